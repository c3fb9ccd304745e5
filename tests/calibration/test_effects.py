"""Effects of levers: what is moved in which world, arithmetic one can count, and the way to disk and back."""

import math

import numpy as np
import pytest
import xarray as xr

from calibration import effects
from calibration.effects import Effect, Measured, Subject
from sim.core.declare import UserError
from sim.levers import GOVERNANCE, REGISTRY, SECTIONS

WANTED = {one.name: one for one in effects.subjects()}
COMMON = effects.world("")
WHERE = {"all": np.array([True, True, False]), "poorest_third": np.array([False, True, False])}


class Plan:
    """As much of a scenario as is needed: a name."""

    def __init__(self, name):
        self.name = name


def results(**variables):
    """Two scenarios (a third of a pair), two seeds, 2018 to 2020, three counties of which the last is no member."""
    made = xr.Dataset(coords={"scenario": ["no_policy", "one", "two", "both"], "draw": [0], "seed": [0, 1],
                              "year": [2018, 2019, 2020], "county": [1, 2, 3], "skill": ["junior", "senior"]})
    for name, (unit, kind, dims, values) in variables.items():
        shape = [made.sizes[d] for d in ("scenario", "draw", "seed", "year", *dims)]
        made[name] = (("scenario", "draw", "seed", "year", *dims), np.broadcast_to(values, shape).astype(np.float32),
                      {"units": unit, "kind": kind})
    return made


def grid(none, full):
    """Values by scenario (no_policy, then all others) as [scenario, draw, seed, year, county]."""
    none, full = np.array(none, dtype=float), np.array(full, dtype=float)
    return np.stack([none, full, full, full])[:, None, :, None, :]


def found(ds, *reads, kind="lever", full="one", parts=()):
    subject = Subject(kind, "x", Plan(full), Plan("no_policy"), reads, tuple(map(Plan, parts)))
    return list(effects.effects_of(ds, [subject], WHERE))


# ---- arithmetic


def test_people_and_money_are_summed_over_counties_and_shares_have_a_mean():
    none, full = [[10, 20, 9], [10, 30, 9]], [[11, 22, 5], [14, 30, 5]]
    ds = results(gdp=("million CNY", "flow", ("county",), grid(none, full)),
                 urb=("share", "index", ("county",), grid(none, full)))
    (money,), (share,) = found(ds, ("gdp", "all")), found(ds, ("urb", "all"))
    assert (money.reference, money.mean, money.low, money.high) == (35, 3.5, 3, 4)
    assert (share.reference, share.mean, share.low, share.high) == (17.5, 1.75, 1.5, 2)
    assert money.above_zero == share.above_zero == 1 and money.years == "2020"


def test_an_effect_is_read_in_the_counties_a_lever_is_for_too():
    ds = results(gdp=("million CNY", "flow", ("county",), grid([[10, 20, 0]] * 2, [[15, 18, 0]] * 2)))
    whole, poor = found(ds, ("gdp", "all"), ("gdp", "poorest_third"))
    assert (whole.mean, poor.mean, poor.place, poor.above_zero) == (3, -2, "poorest_third", 0)


def test_skills_are_outputs_of_their_own():
    values = np.zeros((4, 1, 2, 3, 3, 2))
    values[1:, ..., 0], values[1:, ..., 1] = -1, 1
    ds = results(workers=("persons", "stock", ("county", "skill"), values))
    junior, senior = found(ds, ("workers", "all"))
    assert (junior.label, junior.mean, senior.label, senior.mean) == ("junior", -2, "senior", 2)


def test_a_flow_that_has_ended_is_its_yearly_mean_since_the_opinions():
    values = np.zeros((4, 1, 2, 3, 3))
    values[1:, :, :, 1, 0] = 6  # paid in 2019 alone, in the first county
    ds = results(paid=("million CNY", "flow", ("county",), values), owed=("million CNY", "stock", ("county",), values))
    (flow,), (stock,) = found(ds, ("paid", "all")), found(ds, ("owed", "all"))
    assert (flow.years, flow.mean, stock.years, stock.mean) == ("2019-2020", 3, "2020", 0)


def test_the_rounding_of_stored_numbers_is_no_effect():
    ds = results(spent=("million CNY", "flow", ("county",), grid([[1e5, 1e5, 0]] * 2, [[1e5, 1e5 + 0.02, 0]] * 2)))
    (one,) = found(ds, ("spent", "all"))
    assert (one.mean, one.clear) == (0, False)


def test_a_pair_does_beyond_its_two_what_it_does_more_than_their_sum():
    values = np.zeros((4, 1, 2, 3, 3))
    values[1, ..., 0], values[2, ..., 0], values[3, ..., 0] = 1, 2, 5
    ds = results(gdp=("million CNY", "flow", ("county",), values + 10))
    both, beyond = found(ds, ("gdp", "all"), kind="pair", full="both", parts=("one", "two"))
    assert (both.kind, both.mean, beyond.kind, beyond.mean) == ("pair", 5, "beyond", 2)


def test_what_the_model_does_not_have_is_left_out():
    assert found(results(), ("no_such_output", "all")) == []


def test_what_stands_out_is_student_s_t_of_the_pairs():
    # differences 1, 2, 3: s = 1, n = 3, t(2 degrees of freedom) = 4.303
    assert effects.stands_out(np.array([1.0, 2, 3])) == pytest.approx(4.303 / math.sqrt(3))
    assert effects.stands_out(np.array([1.0])) == math.inf
    assert effects.stands_out(np.arange(100.0)) == pytest.approx(1.96 * np.std(np.arange(100.0), ddof=1) / 10)


@pytest.mark.parametrize(("low", "high", "stands_out", "clear"), [
    (1, 3, 1, True), (-1, 5, 1, False), (1, 3, 4, False), (float("nan"), float("nan"), math.inf, False)])
def test_an_effect_is_clear_when_its_interval_leaves_zero_out_and_it_stands_out(low, high, stands_out, clear):
    assert Effect("lever", "x", "gdp", "", "all", "2035", "", 1.0, 2.0, low, high, 1.0, stands_out).clear is clear


# ---- what is moved


def test_every_lever_every_provision_with_a_lever_and_every_declared_pair_is_measured():
    assert {s.name for s in WANTED.values() if s.kind == "lever"} == set(REGISTRY)
    assert {s.name for s in WANTED.values() if s.kind == "provision"} == {i for i, s in SECTIONS.items() if s.levers}
    assert {tuple(s.name.split("+")) for s in WANTED.values() if s.kind == "pair"} <= set(effects.PAIRS)


def test_a_lever_attains_what_it_plans_and_no_other_moves():
    for name, one in WANTED.items():
        if one.kind == "lever" and name not in GOVERNANCE and name not in effects.WORLDS:
            full, none = one.full.at(2035), one.none.at(2035)
            others = [other for other in REGISTRY if other not in (name, *GOVERNANCE)]
            assert getattr(full, name) == pytest.approx(REGISTRY[name].full.values[-1]), name
            assert all(getattr(full, other) == getattr(none, other) == REGISTRY[other].none for other in others)


def test_the_world_of_a_lever_is_the_same_at_none_and_at_full():
    for name in effects.WORLDS:
        full, none = WANTED[name].full.at(2035), WANTED[name].none.at(2035)
        moved = {other for other in REGISTRY if getattr(full, other) != getattr(none, other)}
        assert moved - set(GOVERNANCE) == {name}


def test_capacity_lag_and_persistence_change_nothing_where_nothing_is_planned():
    carried_out = effects.at_full(COMMON, ())
    for year in (2018, 2025, 2035):
        assert all(getattr(carried_out.at(year), name) == getattr(COMMON.at(year), name)
                   for name in REGISTRY if name not in GOVERNANCE)


def test_capacity_is_measured_where_there_are_plans():
    full, none = WANTED["capacity"].full, WANTED["capacity"].none
    assert (none.at(2035).capacity, full.at(2035).capacity) == (REGISTRY["capacity"].none, 1.0)
    assert none.at(2035).ftp_cit == full.at(2035).ftp_cit != REGISTRY["ftp_cit"].none
    assert effects.world_words("capacity") == "all other levers at baseline"


def test_a_warning_of_debt_is_measured_where_there_is_debt():
    assert WANTED["lev_warning"].none.parameters["capital_spending_target"] == 0.12
    assert "capital_spending_target" in effects.world_words("lev_warning") and effects.world_words("ftp_cit") == ""


def test_scenarios_have_names_of_their_own_and_stand_once():
    found = effects.scenarios(list(WANTED.values()))
    names = [one.name for one in found]
    assert names[0] == "no_policy" and len(set(names)) == len(names)
    by_name = {one.name: one.hash for one in found}
    for one in WANTED.values():
        assert all(by_name[plan.name] == plan.hash for plan in (one.full, one.none, *one.parts))


def test_every_group_that_a_lever_is_for_has_counties():
    incomes = np.arange(19.0).reshape(1, 1, 1, 1, 19)
    ds = xr.Dataset({"inc_pc": (("scenario", "draw", "seed", "year", "county"), incomes)},
                    coords={"scenario": ["no_policy"], "year": [2018]})
    masks = effects.places(ds)
    assert all(masks[effects.aimed_at(lever.where)].any() for lever in REGISTRY.values())
    assert masks["poorest_third"].sum() == 6 and not masks["all"].all()


def test_an_indicator_is_read_with_all_it_is_computed_from():
    stored = ["gdp", "population_mid", "population", "debt"]
    assert effects.sources({"theil_gdp_pc"}, stored)[:2] == ["gdp", "population_mid"]
    assert effects.sources({"debt"}, stored) == ["debt"]


# ---- on disk


def test_effects_come_back_from_their_file_as_they_were_to_six_digits(tmp_path):
    one = Effect("lever", "x", "gdp", "", "all", "2035", "million CNY", 123456.7, 1 / 3, -1.0, 2.0, 0.75, 0.1)
    made = Measured({"code": "abc", "seeds": "2", "weight": "400"}, (one._replace(subject="y"), one))
    path = effects.write(made, tmp_path / "effects.csv")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# code=abc seeds=2 weight=400\nkind,subject,variable,") and "123457,0.333333,-1,2" in text
    back = effects.read(path)
    assert back.about == made.about and [e.subject for e in back.effects] == ["x", "y"]
    assert effects.write(back, tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_nothing_measured_is_no_effect(tmp_path):
    assert effects.read(tmp_path / "none.csv") == Measured({}, ())


def test_two_levers_are_measured_on_the_model_itself_and_again_without_a_run(tmp_path):
    """The whole way, short: hukou openness raises entitlement; the second call finds all runs done."""
    wanted = [WANTED["hukou_open"]]
    first = effects.measure(2, 2000, 1, tmp_path / "runs", until=2021, wanted=wanted, progress=False)
    (entitled,) = first.of("lever", "hukou_open", "entitlement", "all")
    assert entitled.mean > 0 and entitled.years == "2021" and entitled.unit == "share"
    assert first.about["seeds"] == "2" and len(first.about["code"]) == 12
    before = (tmp_path / "runs" / "runs.csv").read_bytes()
    assert effects.measure(2, 2000, 1, tmp_path / "runs", until=2021, wanted=wanted, progress=False) == first
    assert (tmp_path / "runs" / "runs.csv").read_bytes() == before


@pytest.mark.parametrize("change", [lambda text: "", lambda text: text[:len(text) // 2], lambda text: text[:-1],
                                    lambda text: text.replace("0.", "x", 1), lambda text: "a,b\n1,2\n",
                                    lambda text: text.partition("\n")[2]])
def test_a_damaged_table_of_effects_is_refused(tmp_path, change):
    path = tmp_path / "effects.csv"
    path.write_text(change(effects.FILE.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(UserError, match="is not a complete table of measured effects"):
        effects.read(path)


def test_bytes_that_are_no_text_are_no_table_of_effects(tmp_path):
    (tmp_path / "effects.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not a complete table"):
        effects.read(tmp_path / "effects.csv")
