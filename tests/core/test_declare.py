"""Declarations: numbers with unit, range and source; faults that say where, what and how to mend it."""

import math
import pickle
from dataclasses import dataclass

import pytest

from sim.core.declare import (
    Card,
    Fault,
    Limits,
    UserError,
    column,
    merged,
    nearest,
    parameter,
    parameter_cards,
    plain_number,
    printable,
)


@dataclass(frozen=True)
class Parameters:
    speed: float = parameter(0.5, unit="1/year", bounds=(0.2, 1.0), source="assumed", confidence="low", says="how fast")
    shares: tuple = parameter((0.3, 0.7), unit="share", bounds=(0.0, 1.0), source="accounts")


def test_a_parameter_is_a_plain_default_that_knows_unit_range_and_source():
    assert Parameters().speed == 0.5
    card = parameter_cards(Parameters)["speed"]
    assert (card.name, card.default, card.unit, card.bounds) == ("speed", 0.5, "1/year", (0.2, 1.0))
    assert (card.source, card.confidence, card.says) == ("assumed", "low", "how fast")
    assert card.home == __name__


def test_cards_come_in_the_order_of_the_file():
    assert list(parameter_cards(Parameters)) == ["speed", "shares"]


def test_a_fault_is_one_line_where_what_mend():
    assert str(Fault("a.toml:7", "no such lever", "did you mean b?")) == "a.toml:7: no such lever; did you mean b?"
    assert str(Fault("a.toml:7", "no such lever")) == "a.toml:7: no such lever"
    assert str(Fault("", "too small", "write 1")) == "too small; write 1"


def test_a_users_fault_carries_all_faults_and_survives_a_process_border():
    error = UserError(Fault("x", "is wrong", "mend it"), "plain words")
    assert str(error) == "x: is wrong; mend it\nplain words"
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, UserError) and again.faults == error.faults and str(again) == str(error)


def test_control_characters_of_a_file_do_not_reach_the_terminal():
    assert printable("a\x1b[31mb") == "a\\x1b[31mb"
    assert printable("海口\n\tline") == "海口\n\tline"
    assert "\x1b" not in str(Fault("f", "\x1b[2J"))


def test_a_misspelt_name_finds_its_neighbour_and_a_strange_one_finds_none():
    assert nearest("hukou_opn", ["hukou_open", "talent"]) == "did you mean hukou_open?"
    assert nearest("zzz", ["hukou_open", "talent"]) == ""


def test_levels_of_detail_contain_each_other():
    headline, county, everything, never = (Card("x", (), "1", "x", keep=k) for k in ("headline", "county", "all", ""))
    assert [headline.kept(level) for level in ("headline", "county", "all")] == [True, True, True]
    assert [county.kept(level) for level in ("headline", "county", "all")] == [False, True, True]
    assert [everything.kept(level) for level in ("headline", "county", "all")] == [False, False, True]
    assert not any(never.kept(level) for level in ("headline", "county", "all"))


def test_counts_stay_whole_numbers_in_results_and_all_else_is_float32():
    class Places:
        people = column(unit="persons", says="People", dtype="uint8")
        heads = column("zone", unit="persons", says="Heads", dtype="int64", keep="county")

    assert Places.heads.card("county").dtype == "int64"
    assert Places.heads.card("county").dims == ("county", "zone")
    assert Places.heads.card(None).dims == ("zone",)
    assert Places.heads.name == "heads"


def test_a_name_declared_twice_is_a_fault_of_the_house():
    assert merged({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match=r"declared twice: \['a'\]"):
        merged({"a": 1}, {"a": 2, "b": 3})


def test_every_parameter_of_the_model_has_a_name_of_its_own_and_lies_in_its_range():
    from sim.names import parameter_cards as all_cards

    for name, card in all_cards().items():
        low, high = card.bounds
        assert low <= high, name
        values = card.default if isinstance(card.default, tuple) else (card.default,)
        assert all(low <= value <= high for value in values), name
        assert card.unit and card.source and card.confidence in ("high", "medium", "low"), name


def test_a_plain_number_is_written_in_plain_digits():
    assert plain_number(" -1.5e3 ") == -1500.0
    for text in ("1_0", "0x1", "inf", "nan", "１", "", "1e999", "9" * 65, "1,5", "1 0"):
        assert math.isnan(plain_number(text)), text


def test_limits_admit_what_lies_within_them():
    assert Limits(0, 1).admit(0.5) and not Limits(0, 1).admit(1.5) and not Limits(0, 1).admit(math.nan)
    assert Limits(50, 60, whole=True).admit(55) and not Limits(50, 60, whole=True).admit(55.5)
    assert not Limits().admit(math.inf)


def test_a_sampled_whole_number_is_whole_and_every_one_is_as_likely():
    ages = [Limits(60, 65, whole=True).at(share / 600) for share in range(600)]
    assert {age: ages.count(age) for age in set(ages)} == dict.fromkeys(range(60, 66), 100)
    assert Limits(60, 65, whole=True).at(1.0) == 65 and Limits(2.0, 4.0).at(0.25) == 2.5


def test_a_parameter_whose_default_is_whole_takes_whole_numbers():
    @dataclass(frozen=True)
    class Parameters:
        age: int = parameter(60, unit="years", bounds=(60, 65), source="law")
        share: float = parameter(0.5, unit="share", bounds=(0, 1), source="ours")

    cards = parameter_cards(Parameters)
    assert cards["age"].limits == Limits(60, 65, whole=True) and cards["share"].limits == Limits(0, 1)
