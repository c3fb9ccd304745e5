"""A world on a page in which persons choose a place, and the choice of one person written out (B.2).

The oracle writes the choice out, alternative by alternative, as (M2)-(M6) say it; the kernels of the model must agree
with it in probability and in frequency.
"""

import math
from types import SimpleNamespace

import numpy as np

from sim.agents import place_choice as m
from sim.mechanisms.amenities import CellColumns, expect_moves
from tests.rules import do, world

YEAR = 2015
CLOSED = m.NOWHERE
GENEROUS_Z = 4.5


# ---- the world --------------------------------------------------------------------------------------------------


def place(n, utility=0.0, home=0.0, ethnic=0.0, distance=0.0, hukou_cost=0.0, out=CLOSED, out_barrier=0.0,
          zone_cost=0.0, land_cost=0.0, lam=1.0, gain=0.0):
    """What a choice depends on; row n is outside. No costs, no differences and nobody outside, if nothing is said."""
    full = lambda x, *shape: np.broadcast_to(np.asarray(x, dtype=float), shape).copy()  # noqa: E731
    return SimpleNamespace(
        n=n, utility=full(utility, 4, n, 2), home=full(home, n + 1, n + 1), ethnic=full(ethnic, n),
        distance=full(distance, n + 1, n), hukou_cost=full(hukou_cost, n + 1, n), out=full(out, 4, n + 1),
        out_barrier=out_barrier, zone_cost=zone_cost, land_cost=land_cost, lam=lam, gain=gain)


def tables(w):
    """The weights of places in such a world."""
    made = world(w.n, parameters=dict(zone_change_cost=float(w.zone_cost), land_tie=float(w.land_cost),
                                      nest_dissimilarity=float(w.lam), home_return_gain=float(w.gain)),
                 now=dict(local_urban=1.0, homestead=0.0))
    made.settled.out_barrier[...], made.settled.outsider_return_gain[...] = w.out_barrier, w.gain
    for name, value in dict(place_value=w.utility, outside_value=w.out, home_tie=w.home, ethnic_draw=w.ethnic,
                            registration_cost=w.hukou_cost, way_cost=w.distance).items():
        getattr(made.choices, name)[:] = value
    do(m.weigh_ties, m.weigh_places, m.add_up, on=made)
    return made.choices.group()


def person(o=0, y=0, h=0, e=0, minority=0, land=False, cost=0.0):
    """What a choice knows of a person: county, zone, registration, class, minority, land rights, cost of a move."""
    return SimpleNamespace(o=o, y=y, h=h, e=e, minority=minority, land=land, cost=cost)


def flows_of(choices, *persons, counts=None, evaluation=1.0):
    """Expected moves by the kernel: flows [origin, destination], zone moves [county, up / down]."""
    n = choices.n
    flows, zones = np.zeros((n + 1, n + 1)), np.zeros((n, 2))
    column = lambda name: np.array([getattr(p, name) for p in persons], dtype=np.int64)  # noqa: E731
    cells = CellColumns(
        np.array(counts or [1.0] * len(persons), dtype=float), *map(column, ("o", "y", "h", "e", "minority", "land")),
        np.exp(-np.array([p.cost for p in persons], dtype=float)), np.full(len(persons), float(evaluation)))
    expect_moves(choices, cells, flows, zones)
    return flows, zones


def expected(w, *persons, counts=None, evaluation=1.0):
    """Expected moves in such a world."""
    return flows_of(tables(w), *persons, counts=counts, evaluation=evaluation)


def varied(seed, lam=0.6, n=3):
    """A world in which everything matters."""
    rng = np.random.default_rng(seed)
    return place(
        n, utility=rng.normal(0, 1, (4, n, 2)), home=rng.normal(0, 0.3, (n + 1, n + 1)), ethnic=rng.uniform(0, 1, n),
        distance=rng.uniform(0, 2, (n + 1, n)), hukou_cost=rng.uniform(0, 1, (n + 1, n)) * (1 - np.eye(n + 1, n)),
        out=rng.normal(0, 1, (4, n + 1)), out_barrier=0.7, zone_cost=0.9, land_cost=0.4, lam=lam, gain=0.8)


def everybody(n):
    """One person of every kind that can be."""
    return [person(o, y, h, e, minority, land, cost=0.5)
            for o in range(n + 1) for y in ((0, 1) if o < n else (0,)) for h in range(n + 1) for e in range(4)
            for minority in (0, 1) for land in ((False, True) if o == h and o < n else (False,))
            if not (o == n and h == n)]


# ---- the oracle -------------------------------------------------------------------------------------------------


def alternatives(w, p):
    """V - C of every place a person may choose, {(county, zone): value}, outside being (n, 0): (M2), (M3), (M5)."""
    values = {}
    leaves_land = w.land_cost if p.land and p.y == m.RURAL and p.o == p.h else 0.0
    for d in range(w.n):
        for z in (m.URBAN, m.RURAL):
            value = w.utility[p.e, d, z] + w.home[p.h, d] + p.minority * w.ethnic[d]
            if d != p.o:
                value -= p.cost + w.distance[p.o, d] + w.hukou_cost[p.h, d] + leaves_land
                value += w.gain if d == p.h else 0.0
            if p.o < w.n and z != p.y:
                value -= w.zone_cost
                value -= leaves_land if d == p.o else 0.0
            values[d, z] = value
    out = w.out[p.e, p.o] + w.home[p.h, w.n]
    if p.o < w.n:
        out -= p.cost + w.out_barrier + leaves_land
        out += w.gain if p.h == w.n else 0.0
    values[w.n, m.URBAN] = out
    return values


def probabilities(w, p):
    """P(d) P(z | d) of the nested logit (M4), in plain arithmetic."""
    values = alternatives(w, p)
    inclusive, within = {}, {}
    for d in range(w.n + 1):
        nest = {z: v for (c, z), v in values.items() if c == d}
        lam = w.lam if d < w.n else 1.0
        top = max(nest.values())
        weights = {z: math.exp((v - top) / lam) for z, v in nest.items()}
        total = sum(weights.values())
        inclusive[d] = top + lam * math.log(total)
        within |= {(d, z): weight / total for z, weight in weights.items()}
    top = max(inclusive.values())
    total = sum(math.exp(v - top) for v in inclusive.values())
    return {(d, z): math.exp(inclusive[d] - top) / total * share for (d, z), share in within.items()}


def gumbel_max(w, p, rng, times):
    """How often each place is the best of V - C + Gumbel luck: the multinomial logit drawn literally (lam = 1)."""
    values = alternatives(w, p)
    won = dict.fromkeys(values, 0)
    for _ in range(times):
        luck = {place: value - math.log(-math.log(rng.random())) for place, value in values.items()}
        won[max(luck, key=luck.get)] += 1
    return won


def flow_of(w, p):
    """Chances of a person by the oracle: of every destination, and of changing zone at home."""
    chance = probabilities(w, p)
    to = np.array([sum(x for (d, _), x in chance.items() if d == county) for county in range(w.n + 1)])
    change = chance[p.o, 1 - p.y] if p.o < w.n else 0.0
    return to, change


# ---- the tables of a year ---------------------------------------------------------------------------------------


def year_world(entitlement=1.0, openness=(1.0, 1.0), network_elasticity=0.0, homestead=1.0, gain=0.0, barrier=0.8,
               entitlement_outside=None):
    """Two counties and what places are weighed by; row 2 is outside. Entitled outside as elsewhere if not said."""
    made = world(2, YEAR, parameters=dict(
        nonlocal_entitlement_2018=entitlement if entitlement_outside is None else entitlement_outside,
        network_elasticity=network_elasticity, migration_service_elasticity=0.4, hukou_barrier=barrier, ethnic_tie=0.5,
        migration_distance_decay=1.3, migration_income_elasticity=1.2, congestion_disamenity=0.15, land_tie=0.4,
        zone_change_cost=3.0, nest_dissimilarity=0.6, home_return_gain=gain, pension_replacement_urban=0.5,
        local_service_price_weight=0.3, portability_cost=0.2, coverage_amenity=0.2, water_amenity=0.05,
        housing_expenditure_share=0.2),
        now=dict(local_urban=1.0, homestead=homestead, portability=1.0, hr_parks=1.0),
        outlook=dict(network_pull=1.0, national_coverage=0.8))
    for name, value in dict(
            service_price=[1.0, 1.2], pension_level=[[9e3, 1e3], [9e3, 1e3]], urban_density=[50.0, 60.0],
            expected_income=np.random.default_rng(0).lognormal(10, 0.3, (2, 2, 3)),
            service_zone=[[1.2, 0.8], [0.9, 0.7]],
            hukou_open_reached=openness, house_rent=[300.0, 200.0], water_index=[0.4, 0.3],
            minutes_effective=[[0.0, 90.0, 300.0], [90.0, 0.0, 360.0]], network_coverage=0.8).items():
        getattr(made.counties, name)[:] = value
    for name, value in dict(urban_density_base=[40.0, 60.0], house_rent_base=[250.0, 200.0],
                            water_index_base=[0.4, 0.3], network_coverage_base=0.8).items():
        getattr(made.settled, name)[:] = value
    for name, value in dict(rows_by_registration=[[60, 30, 10], [20, 70, 10], [30, 10, 0]], rows_minority=[10, 50],
                            rows_by_zone=[[60, 40], [50, 50]]).items():
        getattr(made.counted, name)[:] = value
    made.outside.outside_income[:] = made.outside.expected_outside_income[:] = [2e4, 3e4, 5e4]
    made.outside.outside_service[...], made.settled.outsider_return_gain[...] = 1.0, gain
    made.prices.nonlocal_entitlement[...] = entitlement
    return made


def weighed(model, out_barrier=0.5):
    """The weights of places in the year of a model, with no amenities."""
    model.settled.out_barrier[...] = out_barrier
    do(*m.WEIGH, on=model)
    return model.choices.group()


# ---- counts against chances -------------------------------------------------------------------------------------


def chi_square(found, wanted):
    """Chi-square of counts against expected counts, and its degrees of freedom, small cells put together."""
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    small = wanted < 5
    if small.any():
        found = np.append(found[~small], found[small].sum())
        wanted = np.append(wanted[~small], wanted[small].sum())
    keep = wanted > 1e-9
    assert found[~keep].sum() == 0
    return ((found[keep] - wanted[keep]) ** 2 / wanted[keep]).sum(), keep.sum() - 1


def not_rejected(chi, freedom):
    return chi < freedom + GENEROUS_Z * math.sqrt(2 * freedom) + 6
