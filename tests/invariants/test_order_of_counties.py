"""The order of counties does not matter: a pack with its counties shuffled settles and works the same.

A mover's place is drawn by inverse distribution over a fixed order of counties (A.7), so where one person ends up may
change with that order; who leaves does not, nor does anything that happens before people move.
"""

import numpy as np
import pytest

import sim.model
from sim import schedule
from sim.mechanisms import migration
from sim.region import base_year
from sim.region.pack import Pack, load_pack

BEFORE_MOVING, MOVING = next(
    (i, step) for i, step in enumerate(schedule.SCHEDULE) if migration.migrate in step.each())


def shuffled(pack, order):
    """The same pack with its counties in another order."""
    other = Pack(pack.path, pack._tables, pack.geojson, pack.hash)
    other.counties = pack.counties.iloc[order].reset_index(drop=True)
    other.codes, other.active = pack.codes[order], pack.active[order]
    other.names_en, other.names_zh = (tuple(np.array(names)[order]) for names in (pack.names_en, pack.names_zh))
    return other


@pytest.fixture(scope="module")
def pair():
    """Two models of 2010 and the order of the second; its persons are those of the first, under other row numbers."""
    patch = pytest.MonkeyPatch()
    pack = load_pack()
    order = np.random.default_rng(5).permutation(pack.n)
    row = np.append(np.argsort(order), pack.n)
    other, people = shuffled(pack, order), base_year.people

    def renumbered(asked, weight):
        columns = dict(people(pack, weight))
        if asked is other:
            columns |= {name: row[columns[name]] for name in ("res_county", "hukou_county")}
        return columns

    patch.setattr(base_year, "people", renumbered)
    one = sim.model.HainanModel(seed=0, weight=1000, until=2011)
    two = sim.model.HainanModel(seed=0, weight=1000, until=2011, pack=other)
    yield one, two, order
    patch.undo()


def differing(one, two, order) -> list[str]:
    """Columns that are not those of the other model, county by county."""
    found = []
    for table in ("counties", "account", "prices", "watch", "outside", "reaches"):
        for name, column in getattr(one, table).columns().items():
            here, there = getattr(getattr(one, table), name), getattr(getattr(two, table), name)
            if table == "counties":
                here = here[order]
                if "destination" in column.dims:
                    here = here[:, np.append(order, one.n)]
            if column.unit == "row of the county":  # it stands in another row there; -1 is none
                here = np.where(here >= 0, np.argsort(order)[here], here)
            size = max(1.0, np.abs(here).max()) if here.size else 1.0
            if np.abs(here.astype(float) - there).max(initial=0.0) > 1e-9 * size:
                found.append(f"{table}.{name}")
    return found


def test_the_base_year_settles_the_same_in_whatever_order_counties_stand(pair):
    one, two, order = pair
    assert list(two.codes) != list(one.codes) and sorted(two.codes) == sorted(one.codes)
    assert differing(*pair) == []
    np.testing.assert_allclose(two.settled.amenity, one.settled.amenity[order], atol=1e-9)
    both = np.append(order, one.n)
    np.testing.assert_allclose(
        two.settled.flows_expected, one.settled.flows_expected[both][:, both], rtol=1e-9, atol=1e-9)


def test_a_year_is_the_same_in_whatever_order_counties_stand_until_people_move(pair, monkeypatch):
    one, two, order = pair

    def compare(model):
        if model is two:
            assert differing(*pair) == []
            raise StopIteration

    steps = schedule.SCHEDULE[:BEFORE_MOVING]
    monkeypatch.setattr(schedule, "SCHEDULE", (*steps, schedule.Step("stop", compare)))
    monkeypatch.setattr(sim.model, "audit", lambda model: None)
    one.step()
    with pytest.raises(StopIteration):
        two.step()
    monkeypatch.setattr(schedule, "SCHEDULE", (MOVING,))
    for model in pair[:2]:
        MOVING.happen(model)
    leaving = [m.counties.departures_internal + m.counties.departures_outside for m in pair[:2]]
    np.testing.assert_array_equal(leaving[1], leaving[0][order])
    np.testing.assert_array_equal(two.counties.departures_outside, one.counties.departures_outside[order])
    np.testing.assert_array_equal(two.counties.zone_moves, one.counties.zone_moves[order])
    assert two.watch.newcomers == one.watch.newcomers
