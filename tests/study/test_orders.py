"""Attribution by sampled orders: its runs stand apart, go on, are verified and run again, and add up to the effect."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.levers import LIBRARY
from sim.scenario import load_scenario
from sim.scenario.plan import Scenario
from sim.study import batch, store
from sim.study.designs import provisions
from sim.study.orders import Attribution
from sim.study.request import resolve
from sim.study.store import Folder, sealed, unsealed
from sim.study.studies import load_study
from tests.batches import files
from tests.small_model import SMALL, Plan, SmallModel

STUDY = 'scenarios = ["no_policy", "baseline"]\n'


class Levered(SmallModel):
    """gdp of the first county counts, beside luck, the parts whose levers are not at none; the first two together
    count double."""

    def load_plan(self, what):
        return what if isinstance(what, Scenario) else load_scenario(what)

    def run_arrays(self, plan, seed, draw, weight, until, keep="all"):
        if getattr(self, "fails_at", "") == plan.name:
            raise UserError("no money is left")
        moved = [any(plan.levers[lever] != NONE[lever] for lever in part.levers) for part in provisions()]
        value = sum(2.0**place for place, is_moved in enumerate(moved) if is_moved) + 100.0 * (moved[0] and moved[1])
        return super().run_arrays(Plan("any", value * (1 + draw["draw"])), seed, draw, weight, until, keep)


LEVERED = Levered()
NONE = load_scenario("no_policy").levers
PLANS = tuple(load_scenario(name) for name in ("no_policy", "baseline"))


def study(**asked):
    """A study of two scenarios whose difference is shared out."""
    return SimpleNamespace(name="shared", scenarios=PLANS, reference="no_policy",
                           attribution=Attribution("no_policy", "baseline", provisions(), **asked))


def run(out, model=LEVERED, what=None, **asked):
    asked = {"seeds": 2, "draws": 2, "weight": 100, "until": 2012, "workers": 1, "keep": "county"} | asked
    return batch.run_study(what or study(), out=out, progress=False, model=model, **asked)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders") / "s"
    assert run(folder).code == 0
    return folder


def test_an_order_comes_with_its_reverse_and_names_every_part_once():
    one, other = study().attribution.pairs([1, 2], [0, 7])[0].orders
    assert other == one[::-1] and sorted(one) == sorted(part.name for part in provisions())


def test_orders_of_a_pair_stay_when_draws_seeds_or_orders_are_added():
    few, many = study().attribution, study(orders=6, seeds=2).attribution
    assert [(p.draw, p.seed) for p in few.pairs([1, 2], [0, 7])] == [(1, 0), (2, 7)]
    more = {(p.draw, p.seed): p.orders for p in many.pairs([1, 2, 3], [0, 7])}
    assert len(more) == 6 and all(more[p.draw, p.seed][:2] == p.orders for p in few.pairs([1, 2], [0, 7]))
    assert len(set(more.values())) == 6  # each pair has its own


def test_draws_take_turns_with_the_seeds():
    pairs = study().attribution.pairs([1, 2, 3, 4, 5], [3, 8])
    assert [pair.seed for pair in pairs] == [3, 8, 3, 8, 3]
    both = study(seeds=2).attribution.pairs([1, 2], [3, 8, 9])
    assert [(pair.draw, pair.seed) for pair in both] == [(1, 3), (1, 8), (2, 9), (2, 3)]


def test_another_stream_gives_other_orders():
    assert study(stream=1).attribution.pairs([1], [0]) != study().attribution.pairs([1], [0])


def test_runs_of_the_attribution_are_no_scenarios_of_the_results(whole):
    results = batch.open_results(whole, model=LEVERED)
    assert list(results["scenario"].values) == ["no_policy", "baseline"]
    assert results.attrs["runs"] == 8 and results.attrs["runs_missing"] == 0
    assert "spending" in results


def test_they_cost_two_orders_of_interior_coalitions_a_draw(whole):
    found = batch.status(whole)
    assert found["named"] == found["done"] == 8 + 2 * 2 * (len(provisions()) - 1)
    assert not [path for path in (whole / "scenarios").iterdir() if path.stem.startswith("step_")]


def test_along_an_order_every_step_adds_its_part(whole):
    steps = batch.open_orders(whole, model=LEVERED)
    number = len(provisions())
    assert steps["gdp"].dims == ("step", "draw", "seed", "year", "county")
    assert steps.sizes["step"] == 2 * (number + 1) and list(steps["seed"].values) == [0, 1]
    assert bool(steps["gdp"].sel(draw=2, seed=0).isnull().all())  # draws take turns with the seeds
    gdp = steps["gdp"].sel(draw=2, seed=1).isel(year=-1, county=0).values.reshape(2, number + 1)
    comes = steps["comes"].sel(draw=2, seed=1).values.reshape(2, number + 1)
    assert comes[0, 0] == comes[1, 0] == -1 and sorted(comes[0, 1:]) == list(range(number))
    for order in (0, 1):
        had = set()
        for part, before, after in zip(comes[order, 1:], gdp[order, :-1], gdp[order, 1:], strict=True):
            had.add(part)
            together = 100.0 if {0, 1} <= had and part in (0, 1) else 0.0
            assert after - before == pytest.approx(3 * (2.0**part + together), rel=1e-6)
    assert "gdp_pc" in steps and (steps.attrs["low"], steps.attrs["high"]) == ("no_policy", "baseline")


def test_its_runs_are_stored_at_their_own_level_of_detail(whole):
    steps = batch.open_orders(whole, model=LEVERED)
    assert "spending" not in steps and {"gdp", "population"} <= set(steps)
    with pytest.raises(UserError, match="spending"):
        batch.open_orders(whole, ["spending"], model=LEVERED)


def test_a_study_without_an_attribution_has_no_orders(tmp_path):
    run(tmp_path / "s", what=list(PLANS))
    assert batch.open_orders(tmp_path / "s", model=LEVERED) is None


def test_an_attribution_can_be_added_to_a_study_that_has_been_run(tmp_path, whole):
    run(tmp_path / "s", what=SimpleNamespace(name="shared", scenarios=PLANS, reference="no_policy"))
    again = run(tmp_path / "s")
    assert (again.before, again.done) == (8, 2 * 2 * (len(provisions()) - 1))
    assert batch.open_orders(tmp_path / "s", model=LEVERED).equals(batch.open_orders(whole, model=LEVERED))


def test_a_stage_that_was_broken_off_goes_on_to_the_same_numbers(tmp_path, whole):
    shutil.copytree(whole, tmp_path / "s")
    staged = sorted((tmp_path / "s" / "done").iterdir())[-2:]
    for marker in staged:
        marker.unlink()
    lacking = batch.status(tmp_path / "s")["left"]
    steps = batch.open_orders(tmp_path / "s", model=LEVERED)
    assert lacking > 0 and steps.attrs["runs_missing"] == lacking
    whole_steps = batch.open_orders(whole, model=LEVERED)
    assert int(steps["gdp"].isnull().sum()) > int(whole_steps["gdp"].isnull().sum())
    assert run(tmp_path / "s", workers=2).done == lacking
    assert files(tmp_path / "s") == files(whole)
    assert run(tmp_path / "s").done == 0


def test_a_failed_run_of_the_stage_is_nan_and_is_told(tmp_path):
    model = Levered()
    order = study().attribution.pairs([1], [0])[0].orders[0]
    model.fails_at = study().attribution.named(order[:1])
    outcome = run(tmp_path / "s", model, draws=[{"draw": 1}], seeds=1)
    assert outcome.code == 1 and len(outcome.failed) == 1
    steps = batch.open_orders(tmp_path / "s", model=model)
    assert int(steps["gdp"].isel(year=0, county=0).isnull().sum()) == 1
    assert bool(steps["gdp"].sel(step="0:1").isnull().all()) and steps.attrs["runs_missing"] == 1
    assert batch.open_results(tmp_path / "s", model=model).attrs["runs_missing"] == 0


def test_runs_of_the_stage_are_run_again_from_the_folder_alone(whole):
    found = batch.reproduce(whole, sample=30, model=LEVERED)
    assert found["same"] and any(run.startswith("step_") for run in found["runs"])


def test_the_folders_own_study_names_the_same_runs(whole, tmp_path):
    assert load_study(whole / "study.toml").attribution == study().attribution
    asked = dict(line.split(" = ") for line in (whole / "study.toml").read_text().splitlines() if " = " in line)
    assert asked["parts"] == '"provisions"' and asked["orders"] == "2"


def test_parts_that_are_no_provisions_go_along_with_the_folder(tmp_path):
    for name in ("families.csv",):
        shutil.copy(LIBRARY / "studies" / name, tmp_path / name)
    (tmp_path / "own.toml").write_text(f'{STUDY}[attribution]\nparts = "families.csv"\norders = 4\n', encoding="utf-8")
    asked = load_study(tmp_path / "own.toml")
    assert len(asked.attribution.parts) == 12 and asked.attribution.orders == 4
    run(tmp_path / "s", what=asked, seeds=1, draws=0)
    again = load_study(tmp_path / "s" / "study.toml")
    assert again.attribution.parts == asked.attribution.parts
    assert batch.status(tmp_path / "s", verify=True)["damaged"] == {}
    assert batch.open_orders(tmp_path / "s", model=LEVERED).sizes["part"] == 12


@pytest.mark.parametrize("change", [
    lambda one: one | {"low": "full"}, lambda one: one | {"parts": []}, lambda one: one | {"pairs": []},
    lambda one: one | {"variables": ["../secret"]}, lambda one: one | {"keep": "everything"}, lambda one: [],
    lambda one: one | {"pairs": [one["pairs"][0] | {"draw": 99}]}, lambda one: one | {"stream": "0"},
    lambda one: one | {"pairs": [one["pairs"][0] | {"orders": [[0, 0, 1]]}]}, lambda one: {"low": 1},
    lambda one: one | {"parts": [{"name": 3}] * 2},
])
def test_a_manifest_with_an_attribution_that_cannot_be_used_is_refused(whole, tmp_path, change):
    shutil.copytree(whole, tmp_path / "s")
    path = tmp_path / "s" / "manifest.json"
    found = unsealed(path.read_text(encoding="utf-8"))
    path.write_text(sealed(found | {"attribution": change(found["attribution"])}), encoding="utf-8")
    with pytest.raises(UserError, match="its attribution cannot be used"):
        Folder(tmp_path / "s").manifest()


@pytest.mark.parametrize("text,where,what", [
    ("attribution = 3\n", "attribution", "a table is expected"),
    ("[attribution]\norder = 2\n", "attribution.order", "did you mean orders?"),
    ("[attribution]\norders = 3\n", "attribution.orders", "beside its reverse"),
    ("[attribution]\norders = 0\n", "attribution.orders", "2 to 200"),
    ("[attribution]\nseeds = true\n", "attribution.seeds", "not a whole number"),
    ('[attribution]\nhigh = "ful"\n', "attribution.high", "none of the scenarios"),
    ('[attribution]\nhigh = "no_policy"\n', "attribution.high", "low itself"),
    ('[attribution]\nparts = "../x.csv"\n', "attribution.parts", "beside the study"),
    ('[attribution]\nkeep = "much"\n', "attribution.keep", "not a level"),
])
def test_faults_of_an_attribution_name_their_key(tmp_path, text, where, what):
    (tmp_path / "x.toml").write_text(STUDY + text, encoding="utf-8")
    with pytest.raises(UserError, match=f"(?s){where}.*{what.replace('?', '[?]')}"):
        load_study(tmp_path / "x.toml")


def test_scenarios_that_differ_in_more_than_levers_are_refused():
    other = PLANS[1].with_parameters(moving_cost=3.0)
    what = SimpleNamespace(name="x", scenarios=(PLANS[0], other), attribution=study().attribution)
    with pytest.raises(UserError, match="differ in parameters or outlook"):
        resolve(what, LEVERED)


def test_a_model_whose_plans_have_no_levers_cannot_share_out():
    what = SimpleNamespace(name="x", scenarios=("no_policy", "baseline"), attribution=study().attribution)
    with pytest.raises(UserError, match="no levers to share an effect out to"):
        resolve(what, SMALL)


def test_the_cost_is_said_before_the_start(tmp_path):
    outcome = run(tmp_path / "s", dry_run=True)
    assert any("of these 80 share baseline less no_policy out to 21 parts" in line for line in outcome.lines)
    assert not Path(tmp_path / "s").exists() and store.block_rows(100) == 10


def test_the_usual_attribution_can_be_asked_for_and_left_out():
    bare = SimpleNamespace(name="x", scenarios=PLANS, reference="no_policy")
    assert resolve(bare, LEVERED).attribution is None
    assert resolve(bare, LEVERED, attribute=True).attribution == study().attribution
    said = SimpleNamespace(name="x", scenarios=PLANS, attribution=study(orders=4).attribution)
    assert resolve(said, LEVERED, attribute=True).attribution.orders == 4
    assert resolve(said, LEVERED, attribute=False).attribution is None
    with pytest.raises(UserError, match="which effect is to be attributed"):
        resolve([PLANS[0], _named("one"), _named("two")], LEVERED, attribute=True)
    with pytest.raises(UserError, match="an effect needs two scenarios"):
        resolve([PLANS[0]], LEVERED, attribute=True)


def test_a_scenario_named_like_a_run_of_the_stage_is_refused_only_beside_it(tmp_path):
    own = SimpleNamespace(name="x", scenarios=(*PLANS, _named("step_a")), attribution=study().attribution)
    with pytest.raises(UserError, match="begin with step_"):
        resolve(own, LEVERED)
    run(tmp_path / "s", what=[*PLANS, _named("step_a")], seeds=1, draws=0)
    found = batch.open_results(tmp_path / "s", model=LEVERED)
    assert "step_a" in found["scenario"].values and np.isfinite(found["gdp"].values).all()


def _named(name):
    from dataclasses import replace

    return replace(PLANS[1], name=name)
