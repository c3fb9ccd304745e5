"""How a plan becomes what is attained: paths one can count by hand (C.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.stages import Stage
from sim.levers import as_planned, attained, governance

YEARS = tuple(range(2018, 2031))


def steered(lag=0.0, capacity=1.0, persistence=1.0, years=YEARS):
    count = len(years)
    return governance((lag,) * count, (capacity,) * count, (persistence,) * count, years)


def by_year(stages, how, none=0.0, needs_capacity=True):
    return dict(zip(how.years, attained(stages, none, needs_capacity, how)))


def test_a_ramp_is_straight_between_its_two_years():
    values = by_year((Stage(to=1.0, ramp=(2020, 2024)),), steered())
    assert [values[y] for y in range(2019, 2026)] == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_a_path_is_none_before_its_first_year_and_constant_after_its_last():
    values = by_year((Stage(path=((2020, 0.4), (2022, 0.8))),), steered())
    assert [values[y] for y in range(2019, 2025)] == pytest.approx([0.0, 0.4, 0.6, 0.8, 0.8, 0.8])


def test_a_jump_is_a_ramp_of_one_year():
    values = by_year((Stage(to=0.15, ramp=(2020, 2021)),), steered(), none=0.25)
    assert [values[2020], values[2021], values[2022]] == [0.25, 0.15, 0.15]


def test_a_lag_moves_the_ramp():
    values = by_year((Stage(to=1.0, ramp=(2020, 2024)),), steered(lag=2))
    assert [values[y] for y in (2021, 2022, 2023, 2026, 2027)] == [0.0, 0.0, 0.25, 1.0, 1.0]


def test_capacity_is_the_share_of_the_plan_that_is_carried_out():
    values = by_year((Stage(to=0.5, ramp=(2020, 2021)),), steered(capacity=0.7), none=1.0)
    assert values[2021] == pytest.approx(1.0 + 0.7 * (0.5 - 1.0))


def test_what_is_attained_erodes_toward_none_from_the_year_after_the_plan_is_complete():
    values = by_year((Stage(to=1.2, ramp=(2020, 2022)),), steered(persistence=0.9), none=1.0)
    assert values[2021] == pytest.approx(1.1)
    for years_after in range(6):
        assert values[2022 + years_after] == pytest.approx(1.0 + 0.2 * 0.9**years_after)


def test_the_closed_form_of_all_three():
    lag, capacity, persistence = 1, 0.8, 0.95
    values = by_year((Stage(to=0.6, ramp=(2019, 2023)),), steered(lag, capacity, persistence), none=0.2)
    for year in YEARS:
        ramp = min(1.0, max(0.0, (year - lag - 2019) / 4))
        expected = 0.2 + 0.4 * ramp * capacity * persistence ** max(0, year - lag - 2023)
        assert values[year] == pytest.approx(expected)


def test_a_law_stops_the_erosion_but_brings_nothing_back():
    persistence = tuple(0.9 if year < 2024 else 1.0 for year in YEARS)
    how = governance((0,) * len(YEARS), (1.0,) * len(YEARS), persistence, YEARS)
    values = by_year((Stage(to=1.0, ramp=(2020, 2021)),), how)
    assert values[2023] == pytest.approx(0.81)
    assert values[2030] == pytest.approx(0.81)


def test_a_plan_never_runs_backwards_when_the_lag_grows():
    lags = tuple(0 if year < 2023 else 4 for year in YEARS)
    how = governance(lags, (1.0,) * len(YEARS), (1.0,) * len(YEARS), YEARS)
    values = by_year((Stage(to=1.0, ramp=(2020, 2025)),), how)
    assert [values[y] for y in range(2022, 2030)] == pytest.approx([0.4, 0.4, 0.4, 0.4, 0.4, 0.6, 0.8, 1.0])


def test_a_lever_that_needs_no_effort_stands_as_it_is_written():
    values = by_year((Stage(path=((2020, 0.15),)),), steered(2, 0.4, 0.9), none=0.25, needs_capacity=False)
    assert [values[2019], values[2020], values[2030]] == [0.25, 0.15, 0.15]


def test_a_plain_number_is_taken_as_attained():
    values = by_year((Stage(since=2019, to=0.5),), steered(2, 0.4, 0.9))
    assert [values[2018], values[2019], values[2030]] == [0.0, 0.5, 0.5]


def test_a_later_stage_hands_over_from_what_it_replaces():
    stages = (Stage(to=0.4, ramp=(2019, 2020)), Stage(since=2024, to=1.0, ramp=(2024, 2026)))
    values = by_year(stages, steered())
    assert [values[y] for y in range(2022, 2028)] == pytest.approx([0.4, 0.4, 0.4, 0.7, 1.0, 1.0])


def test_a_later_stage_that_waits_leaves_the_erosion_of_the_first_as_it_is():
    first = Stage(to=1.0, ramp=(2019, 2020))
    how = steered(persistence=0.9)
    alone = by_year((first,), how)
    both = by_year((first, Stage(since=2022, to=0.5, ramp=(2026, 2028))), how)
    assert all(both[y] == alone[y] for y in range(2018, 2027))
    assert both[2028] == 0.5


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(2018, 2024), st.integers(1, 6), st.floats(0, 4),
       st.floats(0.1, 1), st.floats(0.8, 1))
def test_what_is_attained_lies_between_none_and_the_plan(none, to, start, length, lag, capacity, persistence):
    stage = Stage(to=to, ramp=(start, start + length))
    values = attained((stage,), none, True, steered(lag, capacity, persistence))
    low, high = min(none, to), max(none, to)
    assert all(low - 1e-12 <= value <= high + 1e-12 for value in values)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(2015, 2030), st.floats(0, 1)), min_size=1, max_size=4, unique_by=lambda p: p[0]))
def test_as_planned_a_path_passes_through_its_points(points):
    points = tuple(sorted(points))
    values = by_year((Stage(path=points),), as_planned(tuple(range(2010, 2036))))
    assert all(values[year] == pytest.approx(value) for year, value in points)
