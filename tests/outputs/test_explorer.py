"""The page of a study holds what its Dataset holds, as one file that asks for nothing."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from outputs import causes
from outputs.explorer import content as content_module
from outputs.explorer import page as page_module
from outputs.explorer import words
from outputs.explorer.content import by_run, content
from outputs.explorer.packing import packed, unpacked
from outputs.explorer.page import is_explorer, page, write
from outputs.view import View
from sim.core.declare import UserError
from tests.outputs import synthetic

EVIL = "</script><img src=x onerror=alert(1)>"


def titled(results, titles, titles_zh=None):
    """Results with titles of scenarios, as a study has them."""
    return results.assign_coords(scenario_title=("scenario", list(titles)),
                                 scenario_title_zh=("scenario", list(titles_zh or titles)))


def with_moves(results):
    """Results with moves by origin and destination: the counts of a made-up matrix."""
    codes = [int(code) for code in results["county"].values]
    shape = [results.sizes[d] for d in ("scenario", "draw", "seed", "year", "county")] + [len(codes) + 1]
    moves = np.random.default_rng(5).integers(0, 4_000, shape).astype(float)
    moves[..., range(len(codes)), range(len(codes))] = 0
    return results.assign(moved=(("scenario", "draw", "seed", "year", "county", "destination"), moves)).assign_coords(
        destination=[*codes, 0])


@pytest.fixture(scope="module")
def study():
    results, past, shapes = synthetic.small(seeds=3, missing={(1, 0, 1)})
    return View(with_moves(titled(results, ["No policy", EVIL], ["无政策", "充分实施"])), past, polygons=shapes)


@pytest.fixture(scope="module")
def held(study):
    """The content as the page hands it to its scripts."""
    return json.loads(re.search(r'id="study">(.*?)</script>', page(study), re.DOTALL)[1])


def values(view, held, name):
    """A series of the page [county, year, scenario, run] or [year, scenario, run]."""
    series = held["series"][name]
    behind = (len(view.years), len(view.scenarios), held["runs"]["kept"])
    return unpacked(series["data"]).reshape((-1, *behind) if series["by_county"] else behind)


def test_packing_keeps_every_number():
    numbers = np.array([0.0, -1.5, np.nan, np.inf, 1e-30, 2_873_358, 1 / 3], dtype=np.float32)
    assert np.array_equal(unpacked(packed(numbers)), numbers, equal_nan=True)
    assert unpacked(packed(np.empty((0, 3)))).size == 0


def test_every_series_is_that_of_the_dataset(study, held):
    assert len(held["series"]) > 40
    for name, series in held["series"].items():
        mine = values(study, held, name)
        for place, scenario in enumerate(study.scenarios):
            given = study.results[name].sel(scenario=scenario)
            behind = [d for d in ("year", "county") if d in given.dims]
            expected = given.transpose(*reversed(behind), "draw", "seed").values.reshape(
                *(given.sizes[d] for d in reversed(behind)), -1).astype(np.float32)
            if series["by_county"]:
                expected = np.where(study.members[:, None, None], expected, np.nan)
            assert np.array_equal(mine[..., place, :], expected, equal_nan=True), name


def test_a_run_that_failed_is_no_number(study, held):
    people = values(study, held, "population")
    assert np.isnan(people[:, :, 1, 1]).all() and np.isfinite(people[0, :, 1, [0, 2]]).all()
    assert [one["runs"] for one in held["scenarios"]] == [3, 2]


def test_observations_are_those_of_history_with_their_trust(study, held):
    told = held["series"]["population"]["past"]["0"]
    past = study.past("population", 0)
    assert [year for year, _, _ in told] == past.years.tolist()
    assert [value for _, value, _ in told] == pytest.approx(past.values.tolist(), rel=1e-6)
    assert [content_module.TRUST[trust] for _, _, trust in told] == past.trust.tolist()
    trusts = {trust for series in held["series"].values() for told in series["past"].values() for *_, trust in told}
    assert trusts == {0, 1, 2}
    assert held["series"]["gdp_volume_pc"]["past"] == {}


def test_units_that_are_not_compared_have_no_values(study, held):
    sansha = [row for row, county in enumerate(held["counties"]) if not county["compared"]]
    assert [held["counties"][row]["code"] for row in sansha] == [460300]
    assert np.isnan(values(study, held, "population")[sansha]).all()
    assert str(sansha[0]) not in held["map"]["paths"]


def test_parts_of_accounts_add_up(study, held):
    assert {one["key"] for one in held["accounts"]} == {"residents", "output", "budget"}
    for account in held["accounts"]:
        parts = unpacked(account["data"]).reshape(-1, len(held["counties"]), len(study.years), len(study.scenarios))
        assert len(parts) == 1 + len(account["parts"])
        assert np.allclose(parts[0], parts[1:].sum(axis=0), rtol=1e-4, atol=0.5, equal_nan=True)
        assert np.nanmax(np.abs(parts[:, :, 0])) == 0


def test_accounts_and_moves_are_means_of_the_runs_all_scenarios_share(study, held):
    residents = next(one for one in held["accounts"] if one["key"] == "residents")
    parts = unpacked(residents["data"]).reshape(-1, len(held["counties"]), len(study.years), 2)
    people = study.results["population"].isel(draw=0, seed=[0, 2]).mean("seed")
    change = people.isel(year=-1) - people.isel(year=0)
    assert np.allclose(parts[0, 0, -1], change.isel(county=0), rtol=1e-6)
    shape = (len(held["counties"]), len(held["counties"]) + 1, len(study.years), 2)
    moves = unpacked(held["flows"]["between"]).reshape(shape)
    expected = study.results["moved"].isel(draw=0, seed=[0, 2]).mean("seed")
    assert np.allclose(moves, expected.transpose("county", "destination", "year", "scenario"), rtol=1e-6)


def test_text_of_a_study_never_becomes_markup(study, held):
    text = page(study)
    assert EVIL not in text and "<img" not in text
    assert held["scenarios"][1]["en"] == EVIL
    assert len(re.findall("</script>", text)) == 2


def test_the_page_asks_for_nothing(study):
    text = page(study)
    assert "default-src 'none'" in text and "connect-src" not in text
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) == {"http://www.w3.org/2000/svg"}
    asked = re.findall(r"""\s(?:src|href)\s*=\s*["'](?!#)([^"']*)""", text)
    assert set(asked) <= {"", "report.html"}  # a link to the page beside it, followed by who clicks it


def test_only_the_scripts_of_the_page_may_run(study):
    text = page(study)
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(script) == 1
    assert page_module._hash(script[0]) in text.split("</head>")[0]


def test_made_twice_the_page_is_the_same_bytes(study):
    assert page(study) == page(study)


def test_the_page_opens_in_the_language_asked_for(study):
    assert '<html lang="zh-CN">' in page(study, "zh") and '<html lang="en">' in page(study)


def test_every_word_is_said_in_both_languages():
    for english, chinese in (*words.TEXT.values(), *words.GROUPS.values()):
        assert english and chinese
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese))
    scripts = "".join((page_module.HERE / name).read_text(encoding="utf-8") for name in page_module.SCRIPTS)
    assert set(re.findall(r'\bsay\("(\w+)"', scripts)) <= set(words.TEXT)
    python = "".join(path.read_text(encoding="utf-8") for path in page_module.HERE.glob("[!w]*.py"))
    assert [key for key in words.TEXT if not re.search(rf'"{key}"|\b{key}:', scripts + python)] == []


def test_less_important_indicators_are_left_out_where_there_is_no_room(study):
    small = content(study, most_bytes=1)
    assert [one["name"] for one in small["indicators"]] == [
        "gdp_volume_pc", "real_inc_pc", "gdp_pc", "inc_pc", "population", "netmig", "svc", "transfer_share"]
    assert study.label("urb", "en") in [one["en"] for one in small["left_out"]]


def test_of_very_many_runs_the_first_are_shown(study, monkeypatch):
    cells = content_module.ESSENTIAL * 2 * len(study.years) * study.results.sizes["county"]
    monkeypatch.setattr(content_module, "MOST_VALUES", 2 * cells)
    few = content(study)
    assert (few["runs"]["kept"], few["runs"]["all"]) == (2, 3)
    assert np.array_equal(unpacked(few["series"]["svc"]["data"]), by_run(study, "svc", np.arange(2)).ravel(),
                          equal_nan=True)


def test_five_scenarios_of_nineteen_draws_take_six_megabytes_at_most():
    results = synthetic.results(("no_policy", "baseline", "full", "a", "b"), draws=19, seeds=1)
    noise = 1 + 1e-3 * np.random.default_rng(1).normal(size=(5, 19, 1, 26))  # no two runs share a value
    rough = results.map(lambda v: v * noise.reshape(5, 19, 1, 26, *[1] * (v.ndim - 4)) if v.dtype.kind == "f" else v,
                        keep_attrs=True)
    from outputs.maps import outlines_of

    view = View(with_moves(rough), None, polygons=outlines_of(rough))
    assert len(page(view).encode("utf-8")) < 6_000_000
    assert len(content(view)["indicators"]) >= 20


def test_one_scenario_and_thirty_scenarios_have_a_page():
    results, past, shapes = synthetic.small(scenarios=("baseline",), seeds=1)
    assert content(View(results, past, polygons=shapes))["reference"] == 0
    many, past, _ = synthetic.small(scenarios=tuple(f"s{k}" for k in range(30)), seeds=1)
    held = content(View(many, past))
    assert len(held["scenarios"]) == 30 and held["map"]["paths"] == {}


def test_results_of_little_detail_have_a_page_and_those_of_none_a_fault():
    results, past, shapes = synthetic.small(indicators=False)
    few = View(results[["population", "gdp"]].isel(draw=0), past, polygons=shapes)
    held = content(few)
    assert {"population", "gdp"} <= {one["name"] for one in held["indicators"]}
    assert held["accounts"] == [] and held["flows"] == {}
    with pytest.raises(UserError, match="no indicator"):
        content(View(results[["births"]], None))


def test_a_page_is_written_whole_and_known_again(study, tmp_path):
    results, past, shapes = synthetic.small(scenarios=("baseline",), seeds=1)
    path = write(results, past, tmp_path / "explorer.html", polygons=shapes)
    assert is_explorer(path) and [p.name for p in tmp_path.iterdir()] == ["explorer.html"]
    other = tmp_path / "other.html"
    other.write_text("<p>mine</p>")
    assert not is_explorer(other) and not is_explorer(tmp_path / "none.html")
    with pytest.raises(UserError, match="write en or zh"):
        write(results, past, path, "fr")


def test_the_verb_writes_over_pages_of_its_kind_alone(study, tmp_path, monkeypatch, capsys):
    import contextlib

    import hainan2035

    monkeypatch.setattr("sim.study.store.Folder.manifest", lambda self: {})
    monkeypatch.setattr("sim.study.store.Folder.locked", lambda self: contextlib.nullcontext())
    monkeypatch.setattr("sim.study.batch.open_results", lambda folder: study.results)
    for _ in range(2):
        assert hainan2035.main(["explorer", str(tmp_path), "--lang", "zh"]) == 0
    assert is_explorer(tmp_path / "explorer.html")
    assert capsys.readouterr().out == f"the explorer: {tmp_path / 'explorer.html'}\n" * 2
    mine = tmp_path / "mine.html"
    mine.write_text("mine")
    assert hainan2035.main(["explorer", str(tmp_path), "--out", str(mine)]) == 2
    assert hainan2035.main(["explorer", str(tmp_path), "--out", str(tmp_path / "page.txt")]) == 2
    assert mine.read_text() == "mine" and "is not an explorer page" in capsys.readouterr().err


def caused(view, contribution=3.0):
    """A table of causes of the first county: of a scenario, and of its difference from another."""
    code, names = int(view.results["county"].values[0]), view.scenarios
    return pd.DataFrame([
        {"scenario": scenario, "first": 2015, "last": 2030, "county": code, "measure": measure, "term": term,
         "contribution": contribution * (k + 1), "low": 0.5, "high": np.nan, "draws": 19}
        for scenario in (names[1], f"{names[1]}_less_{names[0]}", "another")
        for measure in causes.MEASURES for k, term in enumerate(("people", "other", "whole"))])


def test_causes_are_there_as_far_as_they_were_computed(study):
    assert content(study)["causes"]["tables"] == []
    one, less = content(study, causes=caused(study))["causes"]["tables"]
    assert (one["scenario"], one["against"], less["against"]) == (1, -1, 0)
    assert [term["en"] for term in one["terms"]] == ["people", "other", "change of the window"]
    values = unpacked(one["data"]).reshape(len(study.results["county"]), len(causes.MEASURES), 3, 3)
    assert values[0, 0, :, 0].tolist() == [3.0, 6.0, 9.0] and values[0, 0, 0, 1] == 0.5
    assert np.isnan(values[1:]).all()
