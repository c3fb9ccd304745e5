"""Tables hold arrays of one length; a window is one row of a table."""

import numpy as np
import pytest

from sim.core.declare import column
from sim.core.table import Table, Window


class Farms(Table):
    row_dim = "farm"
    hens = column(unit="hens", says="Hens", dtype="int64", keep="headline")
    eggs = column("colour", unit="eggs", says="Eggs by colour", kind="flow", keep="all")
    mood = column(unit="index", says="Mood of the farmer")


class BigFarms(Farms):
    tractors = column(unit="tractors", says="Tractors")


class Account(Table):
    purse = column(unit="CNY", says="Money of all farms", keep="county")


class Weather(Table):
    rain = column(unit="mm", says="Rain of the year", keep="county")


SIZES = {"farm": 3, "colour": 2}


def test_a_table_starts_with_zeros_of_the_declared_shape_and_type():
    farms = Farms(SIZES)
    assert farms.hens.shape == (3,) and farms.hens.dtype == np.int64
    assert farms.eggs.shape == (3, 2) and farms.eggs.dtype == np.float64
    assert not any(array.any() for array in farms.arrays().values())


def test_a_table_without_rows_holds_scalars_as_arrays():
    assert Account(SIZES).purse.shape == ()


def test_columns_come_in_the_order_of_the_file_and_are_inherited():
    assert list(Farms.columns()) == ["hens", "eggs", "mood"]
    assert list(BigFarms.columns()) == ["hens", "eggs", "mood", "tractors"]


def test_only_columns_that_are_kept_have_cards():
    cards = Farms.cards()
    assert list(cards) == ["hens", "eggs"]
    assert cards["hens"].dims == ("farm",) and cards["hens"].dtype == "int64"
    assert cards["eggs"].dims == ("farm", "colour") and cards["eggs"].dtype == "float32"
    assert Account.cards()["purse"].dims == ()


def test_arrays_are_the_arrays_themselves():
    farms = Farms(SIZES)
    farms.arrays()["hens"][1] = 7
    assert farms.hens.tolist() == [0, 7, 0]


def test_two_tables_share_nothing():
    one, other = Farms(SIZES), Farms(SIZES)
    one.hens[0] = 1
    assert other.hens[0] == 0


def test_a_window_reads_and_writes_its_row_alone():
    farms = Farms(SIZES)
    window = Window(farms, 1)
    window.hens = 12
    window.eggs = [5.0, 6.0]
    assert farms.hens.tolist() == [0, 12, 0]
    assert farms.eggs.tolist() == [[0, 0], [5, 6], [0, 0]]
    assert window.hens == 12 and isinstance(window.hens, int)
    window.eggs[0] = 9.0
    assert farms.eggs[1, 0] == 9.0


def test_a_window_sees_what_happens_to_the_table_after_it_was_opened():
    farms = Farms(SIZES)
    window = Window(farms, 2)
    farms.mood = np.array([0.1, 0.2, 0.3])
    assert window.mood == 0.3


def test_a_window_on_several_tables_finds_a_column_in_any_of_them():
    account, weather = Account(SIZES), Weather(SIZES)
    window = Window(account, ..., weather)
    window.purse, window.rain = 2.0, 30.0
    assert account.purse == 2.0 and weather.rain == 30.0 == window.rain
    assert "rain" in window and "hens" not in window


@pytest.mark.parametrize("name", ["cows", "arrays", "_hidden"])
def test_a_window_knows_no_other_names(name):
    window = Window(Farms(SIZES), 0)
    with pytest.raises(AttributeError, match="no such column"):
        getattr(window, name)
    with pytest.raises(AttributeError, match="no such column"):
        setattr(window, name, 1)
