"""Stop and go on: copies, pickles and files of a model go on as the model itself, byte for byte."""

import copy
import pickle
import random
import subprocess
import sys

import mesa
import numpy as np
import pytest

from sim import state
from sim.agents.county import County
from sim.core import dataset
from sim.core.declare import UserError
from sim.mechanisms.past import nothing_asked
from sim.model import HainanModel
from sim.scenario import load_scenario

HAIKOU = 460100
MADE = {"plan": "baseline", "seed": 3, "weight": 1000, "until": 2021}


def walked(model, year=2021):
    while model.year < year:
        model.step()
    return model


@pytest.fixture(scope="module")
def whole():
    return walked(HainanModel(**MADE))


@pytest.fixture(scope="module")
def half():
    """A model on its way; nobody walks it on."""
    return walked(HainanModel(**MADE), 2016)


@pytest.fixture
def saved(half, tmp_path):
    return half.save(tmp_path / "half.nc")


def assert_same(one, other):
    assert (one.year, one.steps, one.time, one.running) == (other.year, other.steps, other.time, other.running)
    assert one.record.keys() == other.record.keys()
    for name, array in one.record.items():
        assert array.tobytes() == other.record[name].tobytes(), name
    for table in ("persons", "counties", "account", "prices", "watch", "reaches", "parks", "counted", "choices"):
        for name, array in getattr(one, table).arrays().items():
            assert array.tobytes() == getattr(other, table).arrays()[name].tobytes(), f"{table}.{name}"
    left, right = (model.datacollector.get_model_vars_dataframe() for model in (one, other))
    assert left.equals(right) and len(left) == one.year - 2009


def from_file(model, folder):
    return HainanModel.load(model.save(folder / "state.nc"))


@pytest.mark.parametrize("made", [
    lambda model, folder: copy.deepcopy(model), lambda model, folder: pickle.loads(pickle.dumps(model)), from_file,
    lambda model, folder: copy.deepcopy(from_file(pickle.loads(pickle.dumps(copy.deepcopy(model))), folder))],
    ids=["deepcopy", "pickle", "file", "all, one after the other"])
def test_a_copy_goes_on_as_the_model_with_a_whole_record(half, whole, tmp_path, made):
    other = made(half, tmp_path)
    assert_same(other, half)
    assert_same(walked(other), whole)
    assert half.year == 2016 and not half.record["population"][7:].any()  # the model itself has not moved


def test_the_agents_of_a_copy_are_windows_on_its_own_tables(half):
    other = copy.deepcopy(half)
    other.county[HAIKOU].debt = 5.0
    assert other.counties.debt[other.county[HAIKOU].row] == 5.0 != half.county[HAIKOU].debt
    assert other.county[HAIKOU].model is other and other.county[HAIKOU] in other.agents


def test_copies_of_a_draw_share_what_does_not_change(half):
    other = copy.deepcopy(half)
    assert all(getattr(other, name) is getattr(half, name) for name in (*state.OF_THE_DRAW, "plan"))
    assert len(pickle.dumps(half)) < 5_000_000


def test_the_base_year_and_the_last_year_can_be_saved_too(whole, tmp_path):
    first = HainanModel(**MADE)
    assert_same(walked(from_file(first, tmp_path)), whole)
    assert_same(from_file(whole, tmp_path), whole)


def test_a_state_keeps_scenario_draw_parameters_and_history(tmp_path):
    told = np.random.default_rng(0).normal(0.0, 0.01, (3, 19, 4))
    history = nothing_asked(19, 2012)._replace(output=told[..., :3], revenue=told[..., 3], spending=told[..., 0],
                                               pay=told[..., :2], people=np.full(19, 0.01))
    plan = load_scenario("full").with_parameters(hukou_conversion_rate=0.1).with_levers(
        hukou_open={"path": {2020: 0.1, 2030: 0.7}})
    made = {"plan": plan, "seed": 2**62 + 1, "weight": 1000, "until": 2013, "draw": 3, "history": history}
    other = from_file(walked(HainanModel(**made), 2011), tmp_path)
    assert (other.plan.name, other.plan.hash, other.plan.title_zh) == (plan.name, plan.hash, plan.title_zh)
    assert (other.seed, other.draw, other.history.until) == (2**62 + 1, 3, 2012)
    assert_same(walked(other, 2013), walked(HainanModel(**made), 2013))


def test_what_a_user_added_goes_along_in_memory_and_not_into_the_file(tmp_path):
    class Collected(HainanModel):
        def __init__(self, **said):
            super().__init__(**said)
            self.datacollector = mesa.DataCollector(agenttype_reporters={County: {"debt": "debt"}})
            self.datacollector.collect(self)

    model = walked(Collected(seed=0, weight=1000, until=2012), 2011)
    model.remark = "mine"
    other = walked(copy.deepcopy(model), 2012)
    assert other.remark == "mine"
    assert len(other.datacollector.get_agenttype_vars_dataframe(County)) == 3 * model.n
    loaded = Collected.load(model.save(tmp_path / "state.nc"))
    assert not hasattr(loaded, "remark") and type(loaded) is Collected and loaded.year == 2011
    assert walked(loaded, 2012).record["debt"].tobytes() == other.record["debt"].tobytes()


def test_a_branch_goes_on_under_another_scenario_as_if_it_had_been_that_one_from_then_on():
    to_2018 = walked(HainanModel(**MADE), 2018)  # no lever differs before 2019
    branch = to_2018.branch("full")
    full = walked(HainanModel(**(MADE | {"plan": "full"})))
    assert_same(walked(branch), full)
    assert to_2018.year == 2018 and to_2018.plan.name == "baseline"


def test_a_branch_refuses_other_parameters_for_they_hold_in_years_that_have_been(half):
    with pytest.raises(UserError, match=r"hukou_conversion_rate, which applies to all years, also those before 2017"):
        half.branch(half.plan.with_parameters(hukou_conversion_rate=0.1))


def test_a_pickle_is_taken_up_in_another_process(half, whole, tmp_path):
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(half))
    there = ("import pickle, pathlib, sys; model = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()); "
             "model.run_model(); print(model.record['gdp'].tobytes().hex())")
    done = subprocess.run([sys.executable, "-c", there, str(tmp_path / "model.pickle")], capture_output=True, text=True)
    assert done.stdout.strip() == whole.record["gdp"].tobytes().hex(), done.stderr


# --- what is refused


@pytest.mark.parametrize("of", ["code", "data"])
def test_a_state_of_other_code_or_data_is_refused_in_a_sentence(half, saved, monkeypatch, of):
    pickled = pickle.dumps(half)
    if of == "code":
        monkeypatch.setattr(state, "source_hash", lambda: "another")
    else:
        monkeypatch.setattr(state, "load_pack", lambda *places: type("Other", (), {"hash": "another"})())
    for again in (lambda: HainanModel.load(saved), lambda: pickle.loads(pickled)):
        with pytest.raises(UserError, match=f"comes from another version of the model's {of}") as error:
            again()
        assert len(error.value.faults) == 1 and "\n" not in str(error.value)


def changed(path, change):
    stored = dataset.open_dataset(path)
    dataset.save(change(stored), path)
    return path


@pytest.mark.parametrize(("change", "word"), [
    (lambda s: s.drop_vars("counties.debt"), "damaged"), (lambda s: s.isel(of_19=slice(0, 18)), "damaged"),
    (lambda s: s.assign_attrs(state="{"), "damaged"), (lambda s: s.assign({"persons.res_county": s["persons.skill"]}),
                                                       "damaged"),
    (lambda s: s.assign_attrs(title="results"), "not the state of a model"),
])
def test_a_file_that_is_not_what_was_saved_is_refused_in_a_sentence(saved, change, word):
    with pytest.raises(UserError, match=word) as error:
        HainanModel.load(changed(saved, change))
    assert len(error.value.faults) == 1


def test_what_is_no_such_file_is_refused_in_a_sentence(tmp_path, whole):
    (tmp_path / "text.nc").write_text("no file of this kind")
    for path in (tmp_path / "missing.nc", tmp_path / "text.nc"):
        with pytest.raises(UserError, match=path.name):
            HainanModel.load(path)
    with pytest.raises(UserError, match="folder"):
        whole.save(tmp_path)


@pytest.mark.slow
def test_a_state_with_a_flipped_bit_is_refused_in_a_sentence(saved):
    whole, luck, refused = saved.read_bytes(), random.Random(5), 0
    for _ in range(40):
        content, bit = bytearray(whole), luck.randrange(8 * len(whole))
        content[bit // 8] ^= 1 << bit % 8
        saved.write_bytes(content)
        try:
            taken = HainanModel.load(saved)
        except UserError:
            refused += 1
        else:  # a place that holds nothing of the model
            assert_same(taken, from_file(taken, saved.parent))
    assert refused > 30


def test_a_file_of_another_kind_is_not_written_over_unless_told(half, tmp_path):
    precious = tmp_path / "notes.txt"
    precious.write_text("precious")
    with pytest.raises(UserError, match="already exists and is not a saved model; choose another name, or force=True"):
        half.save(precious)
    assert precious.read_text() == "precious"
    assert half.save(half.save(precious, force=True)) == precious  # a state may be written over


def test_nothing_in_a_file_is_code(saved):
    stored = dataset.open_dataset(saved)
    assert all(variable.dtype.kind in "biuf" for variable in stored.variables.values())
    assert all(isinstance(value, str) for value in stored.attrs.values())
