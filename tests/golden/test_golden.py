"""A small run against stored numbers: persons exactly, all else to a millionth.

Changed on purpose? `python3 run.py refresh --golden`, and a line in the changelog.
"""

import json

import numpy as np
import pytest

from tests.golden.refresh import FILE, OTHERS, PERSONS, RUN, kept, series, written

STORED = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found():
    return series()


def test_the_stored_run_is_this_run():
    assert STORED["run"] == RUN
    assert list(STORED) == ["run", *PERSONS, *OTHERS]


@pytest.mark.parametrize("name", PERSONS)
def test_persons_are_exactly_those_stored(found, name):
    assert found[name].dtype == np.int64
    assert kept(found[name]) == STORED[name], f"{name} moved; on purpose? see the top of this file"


@pytest.mark.parametrize("name", OTHERS)
def test_money_and_land_are_those_stored_to_a_millionth(found, name):
    for part, values in kept(found[name]).items():
        np.testing.assert_allclose(values, STORED[name][part], rtol=1e-6, atol=1e-6, err_msg=f"{name} by {part} moved")


def test_a_refresh_writes_what_the_test_reads(found):
    again = json.loads(written(found))
    assert list(again) == list(STORED)
    assert all(again[name] == kept(found[name]) for name in (*PERSONS, *OTHERS))
