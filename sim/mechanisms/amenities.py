"""Amenities: what the migration of 2010 reveals of places and of the world outside (B.2, F.2).

Who lives where, and who moves at given incomes, services and ways, leaves a rest that only the places themselves
explain. It is settled once, so that net migration of the base year is the observed one, and stands for all years.
Sections 3.2, 5.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from scipy.linalg import LinAlgWarning
from scipy.optimize import NoConvergence, anderson

from sim.agents.persons import retirement_ages
from sim.agents.place_choice import (
    NO_ZONE,
    RETIRED,
    inflow_shares,
    inflow_values,
    leaving,
    leaving_insurance,
    settle_ages,
    staying,
    tables_now,
    update_expectations,
)
from sim.core.cache import kernel
from sim.core.declare import parameter
from sim.words import RURAL, URBAN, WORK_AGE

WRITES = ("counties.expected_income",)
SETTLED, NEAR = 1e-8, 0.1  # largest share of the moves concerned that may be missing of a target
STEP, MIXED, ROUNDS = 0.5, 5, 100
FARTHEST = 40.0  # utility: no amenity is worth more; where a target cannot be met the amenity stops there
MOST_OF_THEM = 0.9  # share of those who consider moving at all that may leave, or return, in the base year


@dataclass(frozen=True)
class Parameters:
    outside_growth: float = parameter(
        0.0, unit="1/year", bounds=(-0.02, 0.06), source="assumed: a steady number lives outside in 2010",
        confidence="low",
        says="growth of the registered population living outside in the base year")
    outsider_stay_years: float = parameter(
        10.0, unit="year", bounds=(5, 20), source="assumed: mean stay of people from other provinces", confidence="low",
        says="base-year departures of people registered outside = their number / this")
    outside_stay_years: float = parameter(
        8.0, unit="year", bounds=(4, 15), source="assumed: mean stay of migrant workers outside", confidence="low",
        says="base-year departures outside = persons outside / this")
    zone_move_rate: float = parameter(
        0.003, unit="1/year", bounds=(0.0, 0.02), source="urban growth 2000-2010 less reclassification and inflow",
        confidence="low", says="net rural to urban moves inside a county per rural resident in the base year")


# ---- persons in cells -------------------------------------------------------------------------------------------


def _cells(model, evaluation, cost):
    """Persons of working age gathered in cells of equal choice: counts, keys, cost weight, evaluation."""
    q, n, p = model.persons, model.n, model.parameters
    age = np.minimum(100, model.year - q.born.astype(np.int64))
    take = (age >= WORK_AGE) & (evaluation[np.clip(age, 0, 100)] > 0)
    retire_f, retire_m = retirement_ages(
        model.year, p.retirement_age_women, p.retirement_age_men, p.retirement_reform_years)
    past = age >= np.where(q.sex == 1, retire_m, retire_f)
    kind = np.where(past, RETIRED, np.maximum(0, q.skill.astype(np.int64) - 1))
    land = (q.hukou_rural == 1) & (q.hukou_county == q.res_county)
    insured = ((q.sector >= 0) & (q.res_zone == URBAN) & (q.res_county < n)) | (q.skill >= 2)
    keys = (q.res_county, q.res_zone, q.hukou_county, kind, q.minority, land, insured, age)
    sizes = (n + 1, 2, n + 1, 4, 2, 2, 2, 101)
    flat = np.ravel_multi_index(tuple(np.asarray(k, dtype=np.int64)[take] for k in keys), sizes)
    found, counts = np.unique(flat, return_counts=True)
    o, y, h, e, m, has_land, has_insurance, a = np.unravel_index(found, sizes)
    leave = cost[a] * np.where(has_insurance, leaving_insurance(model), 1.0)
    return counts.astype(float), o, y, h, e, m, has_land, leave, evaluation[a]


@kernel
def expect_moves(choices, counts, key_o, key_y, key_h, key_e, key_m, key_land, key_cost, evaluation, flows, zone_flows):
    """Expected moves of cells of persons: flows [n+1, n+1], zone_flows [n, urban to rural / rural to urban]."""
    c, n = choices, choices.n
    for i in range(counts.size):
        o, y, h, e, m, land = key_o[i], key_y[i], key_h[i], key_e[i], key_m[i], key_land[i]
        zone = NO_ZONE if o == n else y
        stay, change = staying(c, e, o, y, h, m, land)
        leave = key_cost[i] * (c.land_factor if (land and y == RURAL and o == h) else 1.0)
        w_in = leave * c.total[e, o, zone, h, m]
        w_out = 0.0 if o == n else leave * c.outside[e, o] * c.home_out[h]
        per = counts[i] * evaluation[i] / (stay + w_in + w_out)
        if o < n:
            flows[o, n] += per * w_out
            zone_flows[o, y] += per * stay * change
        for d in range(n):
            if d != o:
                flows[o, d] += per * leave * c.inside[e, zone, d] * c.home[h, d] * c.ethnic[m, d] * c.distance[o, d]


def _outsider_skills(model):
    """Skills of the adults registered outside who live in Hainan: the mix of those who come."""
    q = model.persons
    here = (q.hukou_county == model.n) & (q.skill > 0)
    counts = np.bincount(q.skill[here].astype(np.int64), minlength=4)[1:4].astype(float)
    return counts / counts.sum()


# ---- the base year ---------------------------------------------------------------------------------------------


def settle(model) -> None:
    """Amenities of places and of the outside that make net migration of the base year the observed one.

    Targets: net migration of each county (mean of the decade before the base year), net moves from rural to urban
    inside each county, departures to the outside; the inflow from outside closes the balance (F.2).
    """
    p, base, n = model.parameters, model.base, model.n
    update_expectations(model)
    settle_ages(model)
    cells = _cells(model, base.evaluation, leaving(model))
    rural = model.people.by_zone[:, RURAL] * model.weight
    target, (returns, departures) = base.net_migration_target, _targets(model, *cells[:2], cells[-1])
    skills, active = _outsider_skills(model), model.active
    seen = SimpleNamespace()

    def amenities(x):
        """Of the vector solved for: amenities [county, zone] whose mean is zero, of the outside, and its barrier."""
        county = np.where(active, x[:n] - x[:n][active].mean(), 0.0)
        outside, barrier = np.clip(x[2 * n:], -FARTHEST, FARTHEST)
        return county[:, None] + x[n:2 * n, None] * np.array([1.0, -1.0]), outside, barrier

    def missing(x):
        """What is missing of each target against the moves that answer to its amenity."""
        tables = tables_now(model, *amenities(x))
        flows, zones = np.zeros((n + 1, n + 1)), np.zeros((n, 2))
        expect_moves(tables, *cells, flows, zones)
        flows, zones = flows * model.weight, zones * model.weight
        left, returned = flows[:n, n].sum(), flows[n, :n].sum()
        came = target.sum() + left - returned
        arrivals = came * np.einsum("e,ed->d", skills, inflow_shares(tables))
        net = flows[:, :n].sum(axis=0) - flows[:n].sum(axis=1) + arrivals
        gross = flows[:, :n].sum(axis=0) + flows[:n].sum(axis=1) + arrivals
        zone_net, zone_gross = zones[:, RURAL] - zones[:, URBAN], zones.sum(axis=1)
        seen.tables, seen.flows, seen.came, seen.net = tables, flows, came, net
        county = np.where(active, (target - net) / np.maximum(gross, 1.0), 0.0)
        zone = np.where(active, (p.zone_move_rate * rural - zone_net) / np.maximum(zone_gross, 1.0), 0.0)
        back, away = (returns - returned) / max(returned, 1.0), (departures - left) / max(left, 1.0)
        return np.clip(np.concatenate([county, 0.5 * zone, [-back, -away - back]]), -1.0, 1.0)

    found = _solved(missing, np.zeros(2 * n + 2))
    missing(found)
    base.amenity, base.out_amenity, base.out_barrier = amenities(found)
    base.inflow = max(0.0, seen.came) * skills
    base.inflow_value = inflow_values(seen.tables)
    base.expected_flows, base.migration_residual = seen.flows, seen.net - target


def _targets(model, counts, origin, evaluation):
    """Persons who return to Hainan, and who leave it, in the base year: no more than most of those who consider it."""
    p, people, n, w = model.parameters, model.people, model.n, model.weight
    most_return, most_leave = (MOST_OF_THEM * w * (counts * evaluation)[where].sum()
                               for where in (origin == n, origin < n))
    left = people.network[:n, n].sum() * w / p.outside_stay_years
    outsiders = people.by_home[:, 2].sum() * w / p.outsider_stay_years
    return (min(most_return, (1.0 - p.outside_growth * p.outside_stay_years) * left),
            min(most_leave, left + outsiders))


def _solved(missing, start):
    """Where nothing is missing: steps of half of what is missing, mixed by Anderson's rule once they are near.

    Steps that are nearly alike are mixed badly, of which SciPy warns; the next ones mend it, or the rounds run out.
    """
    near = _stepped(missing, start, NEAR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LinAlgWarning)
            return anderson(missing, near, alpha=STEP, M=MIXED, f_tol=SETTLED, tol_norm=_largest,
                            maxiter=ROUNDS, line_search=None)
    except (NoConvergence, ValueError, np.linalg.LinAlgError):
        return _stepped(missing, near, SETTLED)


def _stepped(missing, x, tolerance):
    for _ in range(ROUNDS):
        short = missing(x)
        if _largest(short) < tolerance:
            break
        x = x + STEP * short
    return x


def _largest(x):
    return np.abs(x).max()
