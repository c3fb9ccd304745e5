"""The verdict on the gaps, on planted results: it changes with the numbers, and says what they rest on."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from outputs import answers, followed, gap_figures, money, report, spread, style, tables, verdict
from outputs.compare import caption
from outputs.style import Look
from outputs.view import View
from sim.core import dataset
from sim.region.pack import load_pack
from tests.outputs import synthetic

QUANTITIES = ("real_inc_pc", "gdp_volume_pc", "svc")
YEARS = (2019, 2035)
EMPTY = tables.pd.DataFrame()
EVIL = "</script><img src=x onerror=alert(1)> $x_1$"


def planted(effect, draws=19, seeds=2, missing=(), titles=None, varied=None, scenarios=("no_policy", "full")):
    """Results in which `effect(measure, quantity, scenario, draw, seed)` is the change of a gap in % in 2035, turned:
    positive is wider. All gaps are 1 in 2019, and 1.1 without policy in 2035."""
    dims, shape = ("scenario", "draw", "seed", "year"), (len(scenarios), draws, seeds, len(YEARS))
    data = {}
    for quantity in QUANTITIES:
        for measure, sign in verdict.GAP_MEASURES.items():
            values = np.ones(shape)
            for s, name in enumerate(scenarios):
                for d in range(draws):
                    for k in range(seeds):
                        change = effect(measure, quantity, name, d, k) if s else 0.0
                        values[s, d, k, 1] = 1.1 * (1 + sign * change / 100)
            data[f"{measure}_{quantity}"] = dims, values, {"units": "index"}
    data["gdp"] = (*dims, "county"), np.ones((*shape, 1)), {"units": "million CNY"}
    for place in missing:
        for name, (names, values, attrs) in data.items():
            values[place] = np.nan
            data[name] = names, values, attrs
    coords = {"scenario": list(scenarios), "draw": list(range(draws)), "seed": list(range(seeds)), "year": list(YEARS),
              "county": [460100], **(varied or {})}
    for lang, given in (titles or {}).items():
        coords[f"scenario_title{lang}"] = "scenario", list(given)
    attrs = {"weight": 100, "runs_missing": len(missing), "missing": "; ".join(map(str, missing))} if missing else {}
    return View(xr.Dataset(data, coords, attrs))


def said(view, lang="en"):
    return answers.answers(view, None, lang)


def spread_around(middle, width):
    """An effect that spreads evenly over the draws."""
    return lambda measure, quantity, scenario, draw, seed: middle + width * (draw - 9) / 9


def test_a_gap_that_narrows_in_every_draw_and_measure_is_narrower():
    found = said(planted(spread_around(-5, 2)))
    assert found.word == "They narrow by every measure"
    assert "in income at local living costs the gap is narrower by all 5 measures" in found.sentence
    assert re.search(r"Theil index −5\.0\s%, −6\.8 to −3\.2", found.sentence)  # the third of 38 runs


def test_a_gap_that_widens_says_so_in_both_languages():
    view = planted(spread_around(8, 2))
    assert said(view).word == "They widen by every measure" and "wider by all 5 measures" in said(view).sentence
    assert said(view, "zh").word == "各项指标均显示差距扩大" and "扩大" in said(view, "zh").sentence


def test_a_range_over_zero_is_undecided():
    found = said(planted(spread_around(-1, 5)))
    assert found.word == "Undecided"
    verdict_on_policy, over_time = found.sentence.split(" Over time")
    assert "none of the 15 measures tells" in verdict_on_policy and "in public services (Theil" not in verdict_on_policy
    assert "output per head (Theil index −1.0" in verdict_on_policy.replace("\u202f", " ")
    assert over_time.count(" wider (") == 3  # the scenario's own gaps: 1 in 2019, 1.1 (1 - 1 %) in 2035


def test_measures_that_speak_against_each_other_disagree_and_are_named():
    def effect(measure, quantity, *_):
        return {"theil": -5.0, "landcoast": 4.0}.get(measure, 0.0) if quantity == "svc" else -2.0

    found = said(planted(effect))
    assert found.word == "The measures disagree"
    services = found.sentence[found.sentence.index("public services"):]
    assert re.search(r"narrower by Theil index \(−5\.0\s%", services)
    assert re.search(r"wider by coast over landlocked \(\+4\.0\s%", services)
    assert "the same by 3 of 5 measures" in services


def test_where_only_some_measures_speak_the_verdict_says_how_many():
    def effect(measure, quantity, scenario, draw, seed):
        return -5.0 if (measure, quantity) == ("poorest", "real_inc_pc") else 5.0 * (draw - 9) / 9

    view = planted(effect)
    assert said(view).word == "They narrow by 1 of 15 measures and widen by none"
    assert said(view, "zh").word == "15项指标中1项显示差距缩小，无指标显示扩大"


def test_scenarios_without_a_difference_are_the_same():
    found = said(planted(lambda *_: 0.0))
    assert found.word == "No difference" and "the same in every pair" in found.sentence
    assert found.lines["who"].startswith("None")


def test_one_run_gives_a_direction_and_no_range():
    found = said(planted(lambda *_: -3.0, draws=1, seeds=1))
    assert found.word.endswith("(one run)") and "one run per scenario" in found.lines["sure"]
    assert " to " not in found.sentence.split(" Over time")[0]


def test_seeds_alone_are_never_called_an_interval_of_uncertainty():
    view = planted(lambda m, q, s, draw, seed: -3.0 - seed, draws=1, seeds=30)
    found = said(view)
    assert "seeds only" in found.word and "not uncertainty" in found.lines["sure"]
    assert "random variation only" in answers.ranges_words(view, "en")
    draws = planted(spread_around(-5, 2))
    words = answers.ranges_words(draws, "en")
    assert "random variation only" not in words and "85 % of 38 runs" in words


def test_a_range_is_called_by_the_share_of_new_runs_that_its_order_statistics_hold():
    # of n runs the kth from either end: (n + 1 - 2 k) / (n + 1)
    assert [spread.held(n) for n in (9, 12, 18, 19, 25, 57, 199)] == [80, 85, 89, 80, 85, 83, 80]
    chance = np.random.default_rng(0).normal(size=(12, 20_000))
    low, high = spread.bounds(chance)
    fresh = np.random.default_rng(1).normal(size=20_000)
    assert np.mean((low < fresh) & (fresh < high)) == pytest.approx(11 / 13, abs=0.01)
    assert "85 % of 12 runs over 12 draws" in spread.words_of(spread.Basis(12, 12), "en")
    assert "12次运行的85%" in spread.words_of(spread.Basis(12, 12), "zh")
    assert "too few for an interval" in spread.words_of(spread.Basis(20, 5), "en")


def test_few_draws_are_said_to_be_few():
    found = said(planted(spread_around(-20, 2), draws=3))
    assert found.word.endswith("(few draws)") and "only 3 draws" in found.lines["sure"]


def test_failed_runs_take_their_pairs_out_and_are_counted():
    view = planted(spread_around(-5, 2), missing=[(1, 0, 0), (0, 3, 1)])
    rows = verdict.gaps(view)
    assert set(rows[rows.kind == "policy"].pairs) == {36}
    assert "2 runs are missing" in said(view).lines["sure"] and "nan" not in said(view).sentence.lower()


def test_a_single_scenario_is_told_over_time():
    view = planted(lambda *_: 0.0, scenarios=("baseline",))
    found = said(view)
    assert found.sentence.startswith("From 2019 to 2035 under “baseline”")
    assert "no second scenario" in found.lines["who"]


def test_ratios_that_fall_when_a_gap_widens_are_turned():
    rows = verdict.gaps(planted(lambda *_: 6.0))
    policy = rows[rows.kind == "policy"]
    assert policy.gap_percent.to_numpy() == pytest.approx(6.0) and set(policy.verdict) == {"wider"}
    coast = policy[policy.measure == "landcoast"].iloc[0]
    assert coast.value < coast.reference


def test_the_share_of_chance_is_told():
    view = planted(lambda m, q, s, draw, seed: -5.0 + draw / 10 + 0.001 * seed)
    assert "100 % is between draws" in said(view).lines["sure"]
    chance = planted(lambda m, q, s, draw, seed: -5.0 + seed)
    assert " 0 % is between draws" in said(chance).lines["sure"]


def test_numbers_that_turn_the_sign_are_named():
    numbers = {"moving_cost": ("draw", np.arange(19.0)), "idle": ("draw", np.tile([1.0, 2.0], 10)[:19]),
               "imputation": ("draw", np.arange(19))}
    view = planted(spread_around(0, 5), varied=numbers)
    table = verdict.leaning(view).set_index("name")
    assert table.loc["moving_cost", "turns"] and table.loc["moving_cost", "rank_correlation"] == pytest.approx(1)
    text = " ".join(answers.assumptions_that_turn(view, "en"))
    assert "Its sign differs" in text and "moving_cost" in text and "idle" not in text
    assert "base data and 2 parameters" in said(view).lines["sure"]
    none = answers.assumptions_that_turn(planted(spread_around(0, 5)), "en")
    assert "batch scenarios/studies/uncertain.toml" in none[0]


def test_of_many_numbers_some_seem_to_turn_the_sign_by_chance_and_are_not_named():
    many = np.random.default_rng(1)
    numbers = {f"number_{k}": ("draw", many.permutation(19.0 + np.arange(19))) for k in range(300)}
    view = planted(spread_around(0, 5), varied=numbers)
    table = verdict.leaning(view)
    assert (table.when_low * table.when_high < 0).sum() > 50  # in the halves of a number, as it happens
    assert not table.turns.any() and table.by_chance.iloc[0] > table.rank_correlation.abs().max() > 0.46
    assert "None of the 300 parameters has an influence" in said(view).lines["sure"]
    assert "none of the 300 parameters alone" in answers.assumptions_that_turn(view, "en")[0]
    assert "300个参数中，没有一个" in said(view, "zh").lines["sure"]


def test_how_near_the_runs_are_to_the_last_year_followed_is_told():
    results, past, _ = synthetic.small(draws=1, seeds=3)
    past = past.copy(deep=True)
    at = {"year": int(np.flatnonzero(past.year.values == 2021)[0])}
    middle = results["gdp"].sel(scenario="full", year=2021).median(("draw", "seed")).values
    past["gdp"][at], past["gdp_flag"][at] = middle / 1.01, dataset.FLAGS.index("official")
    past["gdp"][{**at, "county": 3}] = middle[3] / 0.95
    view = View(results, past)
    assert followed.sentence(view, "en") == ""
    view.results.attrs["history_until"] = 2021
    told = followed.sentence(view, "en").replace("\u202f", " ")
    county = view.names("en")[3]
    assert told.startswith("In 2021, the last year followed, the median run is off by 1.0 % in output (median of "
                           f"{view.members.sum()} counties; at most 5.0 %, {county})")
    past["gdp_flag"][at] = dataset.FLAGS.index("imputed")
    view = View(results.assign_attrs(history_until=2021), past)
    assert "output" not in followed.sentence(view, "en")  # what was not observed is no yardstick


def test_how_much_money_flows_is_told_with_what_differs_most():
    shape = (2, 19, 1, 2, 2)  # scenario, draw, seed, year, county; million CNY, nothing but the last year differs
    kinds = {"transfer_base": 100.0, "transfer_equalisation": 2000.0, "transfer_earmarked": 3000.0}
    data = {name: np.full(shape, value) for name, value in kinds.items()}
    data["transfer_equalisation"][1, :, :, 1] += 500.0
    data["transfer_earmarked"][1, :, :, 1] -= 200.0
    results = xr.Dataset({name: (("scenario", "draw", "seed", "year", "county"), values, {"units": "million CNY"})
                          for name, values in data.items()},
                         {"scenario": ["no_policy", "full"], "draw": range(19), "seed": [0], "year": list(YEARS),
                          "county": [460100, 460200]})
    told = " ".join(money.sentences(View(results), "en"))
    assert "transfers 10.8 billion CNY" in told  # 2 x (100 + 2500 + 2800) million
    assert "difference from “no_policy” is +0.6 billion (+0.6 to +0.6)" in told
    assert told.index("transfer_equalisation +1.0") < told.index("transfer_earmarked −0.4")
    assert "transfer_base" not in told and "108.0亿元" in money.sentences(View(results), "zh")[0]


def test_parts_that_run_alone_are_ranked_with_their_ranges():
    names = ("no_policy", "baseline", "only_8_2", "only_3_2", "only_9_3")
    size = {"only_8_2": -4.0, "only_3_2": 3.0, "only_9_3": 0.0, "baseline": -2.0}
    view = planted(lambda m, q, name, draw, seed: size[name] * (1 + draw / 40), scenarios=names)
    line = said(view).lines["thanks"]
    assert re.search(r"narrowed by 8\.2 .*\(−4\.9\s%, −5\.7 to −4\.1; ", line) and re.search(r"widened by 3\.2 ", line)
    assert "1 of 3 undecided or without effect" in line
    assert "do not add up" in line
    with style.drawing():
        assert gap_figures.provisions(view, Look("en", style.colours(view.scenarios))) is not None


def test_provisions_measured_apart_are_told_with_what_they_rest_on():
    def one(subject, mean, clear=True):
        return SimpleNamespace(kind="provision", subject=subject, variable="theil_inc_pc", place="all", reference=0.02,
                               mean=mean, low=mean - 0.0004, high=mean + 0.0004, clear=clear)

    measured = SimpleNamespace(about={"seeds": "10", "code": "abc"}, effects=[
        one("8.2", -0.002), one("3.2", 0.001), one("7", 0.0001, clear=False)])
    line = answers.answers(planted(lambda *_: 1.0), None, "en", measured).lines["thanks"]
    assert "10 seeds, chance only" in line and "another version of the code" in line
    assert re.search(r"narrowed by 8\.2 .*\(−10\.0\s%, −12\.0 to −8\.0; ", line)
    assert re.search(r"widened by 3\.2 ", line)
    assert "1 of 3 indistinguishable from zero" in line and "batch STUDY --attribute" in line


def test_a_study_without_parts_names_the_command():
    assert "batch STUDY --attribute" in said(planted(lambda *_: 1.0)).lines["thanks"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_story_figure_and_file_show_the_same_numbers(lang):
    view = planted(spread_around(-5, 2))
    row = verdict.gaps(view).query("kind == 'policy' and measure == 'theil' and quantity == 'income'").iloc[0]
    assert answers.value_words(row, lang) in said(view, lang).sentence
    made = tables.all_tables(view)["gaps"]
    written = made.query("kind == 'policy' and measure == 'theil' and quantity == 'income'").iloc[0]
    assert written.gap_percent == row.gap_percent
    with style.drawing(lang):
        figure = gap_figures.gaps(view, Look(lang, style.colours(view.scenarios)))
    dots = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert dots[0] == pytest.approx(row.gap_percent)


def test_titles_stand_for_names_and_cannot_break_the_page():
    view = planted(spread_around(-5, 2), titles={"": ("No policy", EVIL), "_zh": ("无政策", "全面实施")})
    assert "全面实施" in said(view, "zh").sentence and "full" not in said(view, "zh").sentence
    with style.drawing():
        figure = gap_figures.gaps(view, Look("en", style.colours(view.scenarios)))
        svg = style.as_svg(figure)
    page = report.page(view, [("gaps", caption(view, "gaps", "en"), svg)], None, (EMPTY, EMPTY), "en", svg)
    assert "<img" not in page and "<script" not in page.lower() and "&lt;/script&gt;&lt;img src=x" in page


def test_the_county_that_makes_the_index_is_left_out_by_name():
    pack = load_pack()
    rows = [pack.row(code) for code in (460100, 460200, 469001, 469024)]
    people, pay = np.array([3e6, 1e6, 1e5, 4e5]), np.array([50e3, 150e3, 30e3, 32e3])
    shape, dims = (2, 1, 1, 1, 4), ("scenario", "draw", "seed", "year", "county")
    pay = np.broadcast_to(pay, shape) * np.array([1.0, 1.0, 1.0, 1.0]).reshape(1, 1, 1, 1, 4)
    ds = xr.Dataset({"real_inc_pc": (dims, pay), "population_mid": (dims, np.broadcast_to(people, shape)),
                     "gdp": (dims, pay), "theil_real_inc_pc": (dims[:-1], np.ones(shape[:-1]))},
                    {"scenario": ["no_policy", "full"], "draw": [0], "seed": [0], "year": [2035],
                     "county": pack.codes[rows], "name_en": ("county", ["Haikou", "Sanya", "Wuzhishan", "Lingao"]),
                     "name_zh": ("county", ["海口市", "三亚市", "五指山市", "临高县"])})
    row = verdict.gaps(View(ds)).query("measure == 'theil_without'").iloc[0]
    assert row.without_name_en == "Sanya" and "三亚" in answers.measure_name(row.to_dict(), "zh")




def test_of_many_scenarios_figures_show_the_reference_and_those_told():
    names = ("no_policy", "only_8_2", "only_3_2", "a", "b", "baseline", "c", "full", "d")
    view = planted(lambda *_: 1.0, scenarios=names)
    assert view.shown == ["no_policy", "a", "b", "baseline", "full"]
    assert planted(lambda *_: 1.0, scenarios=("no_policy", "a", "only_8_2")).strongest == "a"
    parts = planted(lambda *_: 1.0, scenarios=("no_policy", *(f"only_{k}" for k in range(9))))
    assert len(parts.shown) == 5 and parts.shown[0] == "no_policy"
