"""Results that misled readers once, replayed as they met them: a study with a failed run, sweeps in Mesa, copies of a
model, scenarios that do not differ, draws and weights that no run can take, prices, plans, counts and clauses."""

import copy
import functools
import multiprocessing
import pickle
import re

import mesa
import numpy as np
import pytest
import xarray as xr

import hainan2035
from calibration import effects
from outputs import accounts, answers, chapters, provisions, verdict, watched
from outputs.view import View
from sim import HainanModel, load_scenario, run_batch, simulate
from sim.core.declare import UserError
from sim.levers import SECTIONS
from sim.names import parameter_cards
from sim.scenario import describe, diff
from sim.study.batch import open_results
from sim.study.request import resolve

HAIKOU, WEIGHT, UNTIL, FAILS_AT = 460100, 2000, 2021, 1


class FailsOnce(simulate.Hainan):
    """The model, in which one seed of full stops with a fault."""

    def run_arrays(self, plan, seed, draw, weight, until, keep="all"):
        if plan.name == "full" and seed == FAILS_AT:
            raise UserError("a seed of full stops")
        return super().run_arrays(plan, seed, draw, weight, until, keep)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three seeds of the baseline, of the same under another name, and of full, of which one run has failed."""
    place = tmp_path_factory.mktemp("study")
    (place / "twin.toml").write_text('inherits = "baseline"\ntitle = "The baseline again"\n')
    run_batch(["baseline", place / "twin.toml", "full"], seeds=3, weight=WEIGHT, until=UNTIL, workers=1,
              out=place / "s", progress=False, model=FailsOnce())
    return place / "s"


@pytest.fixture(scope="module")
def study(folder):
    return open_results(folder).load()


# --- a missing run is no number

def test_a_failed_run_enters_no_mean_and_no_effect(study):
    people = study["population"].sel(county=HAIKOU, year=UNTIL, draw=0)
    full = people.sel(scenario="full")
    assert np.isnan(full.sel(seed=FAILS_AT)) and full.mean("seed") == full.sel(seed=[0, 2]).mean("seed")
    effect = (full - people.sel(scenario="baseline")).mean("seed")
    assert abs(effect) < 0.2 * people.sel(scenario="baseline").mean("seed")
    assert (study.attrs["runs"], study.attrs["runs_missing"]) == (8, 1)


def test_plain_xarray_reads_the_same_means_from_the_blocks(folder, study):
    blocks = [xr.open_dataset(path, engine="h5netcdf") for path in sorted((folder / "results").glob("*.nc"))]
    people = xr.concat([one["population"].sel(county=HAIKOU, year=UNTIL) for one in blocks], "run").mean("run")
    assert float(people) == pytest.approx(float(study["population"].sel(county=HAIKOU, year=UNTIL).mean()))


# --- Mesa's tools

def test_a_sweep_by_mesa_is_paired_repeatable_and_by_plain_keywords():
    method = multiprocessing.get_start_method(allow_none=True)
    sweep = functools.partial(mesa.batch_run, HainanModel, number_processes=1, display_progress=False)
    asked = {"plan": ["no_policy", "full"], "weight": WEIGHT, "until": 2012}
    try:
        with pytest.warns(UserWarning, match=r"rng=range\(5\)"):
            runs = [sweep(asked) for _ in range(2)]
        swept = sweep({"hukou_open": [0.0, 1.0], "weight": WEIGHT, "until": 2012}, rng=[0, 1])
    finally:
        multiprocessing.set_start_method(method, force=True)
    assert runs[0] == runs[1] and len({row["gdp"] for row in runs[0]}) == 1  # no lever moves before 2019
    assert sorted(row["hukou_open"] for row in swept) == [0.0, 0.0, 1.0, 1.0]
    assert len({row["gdp"] for row in swept}) == 2  # one a seed


# --- copies

@pytest.mark.parametrize("made", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_history_is_run_once_and_two_futures_branch_from_it(made):
    model = HainanModel(seed=0, weight=WEIGHT, until=2012)
    model.step()
    other = made(model)
    other.step()
    assert other.record["population"][2].sum() > 0 and not model.record["population"][2].any()
    model.step()
    assert np.array_equal(other.record["gdp"], model.record["gdp"])


# --- scenarios that do not differ, and pairs that lack a run

def test_two_names_of_one_scenario_have_no_effect_and_no_winner(study):
    view = View(study.sel(scenario=["baseline", "twin"]))
    told = answers.sentence(view, "twin", "policy", "en")
    assert "the same in every pair" in told and not re.search(r"narrow|wide|lower in|0\.0", told)
    assert answers.who(view, "en") == "None: the two scenarios give the same results in every pair."


def test_a_pair_without_a_run_is_left_out_and_counted(study):
    rows = verdict.gaps(View(study.sel(scenario=["baseline", "full"]))).query("kind == 'policy'")
    assert set(rows.pairs) == {2} and np.isfinite(rows.gap_percent).all()


# --- what no run can take is refused before any run

def test_a_fraction_for_a_whole_number_is_refused_and_a_sample_holds_none(tmp_path):
    from calibration import spread

    (tmp_path / "draws.csv").write_text("retirement_age_men\n61.5\n")
    for draws in ([{"retirement_age_men": 61.5}], tmp_path / "draws.csv"):
        with pytest.raises(UserError, match=r"retirement_age_men.*whole"):
            resolve("baseline", draws=draws)
    whole = [name for name, card in parameter_cards().items() if isinstance(card.default, int)]
    assert all(float(row[name]).is_integer() for row in spread.spread(40) for name in whole if name in row)


def test_a_weight_has_one_range_everywhere(tmp_path, capsys):
    (tmp_path / "study.toml").write_text('title = "T"\nscenarios = ["baseline"]\nweight = 5000\n')
    for refused in (lambda: HainanModel(weight=5000), lambda: resolve("baseline", weight=5000),
                    lambda: simulate.run("baseline", weight=5000), lambda: resolve(tmp_path / "study.toml")):
        with pytest.raises(UserError, match=r"weight.*1 to 2,?000"):
            refused()
    assert hainan2035.main(["scenario", "check", str(tmp_path / "study.toml")]) == 2
    assert "1 to 2" in capsys.readouterr().out


# --- prices

def test_results_name_the_year_of_prices_and_hold_the_deflator(study):
    assert study.attrs["price_year"] == "2020" and "at 2020 prices" in study.attrs["prices"]
    level = study["price_level"].sel(year=2020)
    assert float(level) == pytest.approx(1.0) and "2020" in study["price_level"].attrs["units"]


# --- what is planned is not what happens

def test_a_difference_and_a_description_tell_what_is_attained_first():
    (told,) = [line for line in diff(load_scenario("no_policy"), load_scenario("baseline"))
               if "(hukou_open, 3.2)" in line]
    assert "0.723 in 2025 and 0.85 from 2031 on instead of 0 throughout. The plan rises to 0.8 by 2022" in told
    lines = describe(load_scenario("baseline")).splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("    hukou_open: "))
    assert lines[place + 1].strip() == "attains 0 in 2018, 0.723 in 2025 and 0.85 from 2031 on"


# --- the story and the figure

def test_story_and_table_count_the_same_lights_and_parts_add_up(study):
    view = View(study.sel(scenario=["baseline", "full"]))
    table = watched.light_table(view)
    shown = table[(table.scenario == view.focus) & (table.year == UNTIL)]
    assert (f"{(shown['median'] == 3).sum()} are red, {(shown['median'] == 2).sum()} orange"
            in chapters.watched_section(view, "en"))
    parts = accounts.split_table(view)
    assert np.allclose(parts["relative"], parts["output_share"] - parts["people_share"], atol=1e-9)


def test_whoever_gains_is_told_under_which_scenario_and_against_which(study):
    view = View(study.sel(scenario=["baseline", "full"]))
    told = answers.who(view, "en")
    assert "The Opinions in full" in told and "The Opinions as they are carried out" in told


# --- the document and what was made of it

def test_the_clause_is_quoted_before_it_is_said_what_was_made_of_it():
    measured = effects.read()
    for section in (SECTIONS[name] for name in ("2.3", "8.2", "9.3")):
        text = "\n".join(provisions.section_lines(section, measured))
        quoted, summed_up = text.index("The clause:"), text.index("(our summary)")
        assert quoted < summed_up and all(summed_up < text.index(f"{lever} [") for lever in section.levers)
