"""Amenities: what the migration of 2010 reveals of places and of the world outside (B.2, F.2).

Who lives where, and who moves at given incomes, services and ways, leaves a rest that only the places themselves
explain. It is settled once, so that net migration of the base year is the observed one, and stands for all years.
Sections 3.2, 5.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.choices import Choices
from sim.agents.persons import retirement_ages
from sim.agents.place_choice import (
    NO_ZONE,
    RETIRED,
    inflow_values,
    staying,
)
from sim.core.bind import InOut, Out
from sim.core.cache import kernel
from sim.core.declare import column, parameter
from sim.core.table import Constants, Table
from sim.words import AGES, IN_OTHER_PROVINCE, MEN, OLDEST, RURAL, SENIOR, SKILLS, URBAN, WORK_AGE

SETTLED, NEAR = 1e-8, 0.1  # largest share of the moves concerned that may be missing of a target
STEP, MIXED, ROUNDS = 0.5, 5, 100
FARTHEST = 40.0  # utility: no amenity is worth more; where a target cannot be met the amenity stops there
MOST_OF_THEM = 0.9  # share of those who consider moving at all that may leave, or return, in the base year
ZONES_COUNT_HALF = 0.5  # a zone's amenity moves both zones of its county, one up and one down
HALF_A_ROW = 0.5  # keeps the logarithm of a share from nought
BARRED, BAR_ROUNDS = 1e-12, 200  # most of the newcomers who may go elsewhere than observed; rounds at most


@dataclass(frozen=True)
class Parameters:
    outside_growth: float = parameter(
        0.0, unit="1/year", bounds=(-0.02, 0.06), source="assumed: a steady number lives outside in 2010",
        confidence="low",
        says="growth of the registered population living outside in the base year")
    outsider_stay_years: float = parameter(
        15.0, unit="year", bounds=(8, 25), confidence="low",
        source="assumed: at 10 years four fifths of those who consider moving would leave every year",
        says="base-year departures of people registered outside = their number / this")
    outside_stay_years: float = parameter(
        12.0, unit="year", bounds=(6, 20), confidence="low",
        source="assumed: at 8 years nine tenths of those outside who consider moving would return every year",
        says="base-year departures outside = persons outside / this")
    zone_move_rate: float = parameter(
        0.003, unit="1/year", bounds=(0.0, 0.02), source="urban growth 2000-2010 less reclassification and inflow",
        confidence="low", says="net rural to urban moves inside a county per rural resident in the base year")


class Settled(Constants):
    amenity_sought = column("unknown", unit="utility", says=(
        "What is solved for: amenities of counties, of towns against villages by county, of the outside, its barrier, "
        "what a move back saves people of other provinces"))
    moves_missing = column("unknown", unit="share", says=(
        "What is missing of each target, against the moves that answer to its amenity"))
    flows_expected = column("destination", "destination", unit="persons", says="Expected moves of the base year")
    zone_flows_expected = column("county", "zone", unit="persons", says=(
        "Expected moves of the base year inside a county, by the zone where they begin"))
    return_target = column(unit="persons", says="Persons who return to Hainan in the base year")
    departure_target = column(unit="persons", says="Persons registered here who leave Hainan in the base year")
    outsider_departure_target = column(unit="persons", says="Persons of other provinces who leave it in the base year")
    outsider_departures_expected = column(unit="persons", says="Expected departures of these")
    newcomer_skills = column("skill", unit="share", says="Skills of adults of other provinces who live in Hainan")
    newcomer_counties = column("county", unit="share", says="Where people of other provinces live in the base year")
    inflow_base = column("skill", unit="persons", says="Inflow from outside that closes the base year's balance")
    inflow_value_base = column("skill", unit="utility", says=(
        "What Hainan is worth to people outside in the base year, against what there is outside (IVH_e)"))
    migration_residual = column("county", unit="persons", says="Net migration of the base year less the observed one")


# ---- persons in cells -------------------------------------------------------------------------------------------


class Cells(Table):
    """Persons of working age gathered in cells of equal choice."""

    row_dim = "cell"

    count = column(unit="rows", says="Persons in the cell")
    origin = column(unit="row", says="County of residence, or outside", dtype="int64")
    zone = column(unit="0 urban, 1 rural", says="Zone of residence", dtype="int64")
    registration = column(unit="row", says="County of registration, or outside", dtype="int64")
    mover = column(unit="skill or 3 retired", says="Class of mover", dtype="int64")
    minority = column(unit="0 or 1", says="Li, Miao or other minority", dtype="int64")
    land = column(unit="0 or 1", says="Has rural land where they live", dtype="int64")
    leave = column(unit="weight", says="What the cost of a move leaves")
    evaluation = column(unit="1/year", says="Share who consider moving")

    def gather(self, **columns: NDArray) -> None:
        """Take other cells in place of those that stand here."""
        for name, declared in self.columns().items():
            setattr(self, name, np.ascontiguousarray(columns[name], dtype=declared.dtype))

    def group(self) -> CellColumns:
        """The columns as kernels take them."""
        return CellColumns(**self.arrays())


class CellColumns(NamedTuple):
    """The columns of cells."""

    count: NDArray[np.float64]
    origin: NDArray[np.int64]
    zone: NDArray[np.int64]
    registration: NDArray[np.int64]
    mover: NDArray[np.int64]
    minority: NDArray[np.int64]
    land: NDArray[np.int64]
    leave: NDArray[np.float64]
    evaluation: NDArray[np.float64]


@kernel
def expect_moves(choices: Choices, cells: CellColumns, flows: NDArray[np.float64],
                 zone_flows: NDArray[np.float64]) -> float:
    """Add expected moves of cells of persons: flows [n+1, n+1], zone_flows [n, urban to rural / rural to urban].

    Returns how many leave who are registered outside.
    """
    c, n, back = choices, choices.n, 0.0
    for i in range(cells.count.size):
        o, y, h = cells.origin[i], cells.zone[i], cells.registration[i]
        e, m, land = cells.mover[i], cells.minority[i], cells.land[i]
        zone = NO_ZONE if o == n else y
        stay, change = staying(c, e, o, y, h, m, land)
        leave = cells.leave[i] * (c.land_factor if (land and y == RURAL and o == h) else 1.0)
        w_in = leave * c.total[e, o, zone, h, m]
        w_out = 0.0 if o == n else leave * c.outside[e, o] * c.home_out[h]
        per = cells.count[i] * cells.evaluation[i] / (stay + w_in + w_out)
        if o < n:
            flows[o, n] += per * w_out
            back += per * w_out if h == n else 0.0
            zone_flows[o, y] += per * stay * change
        for d in range(n):
            if d != o:
                flows[o, d] += per * leave * c.inside[e, zone, d] * c.home[h, d] * c.ethnic[m, d] * c.distance[o, d]
    return back


# ---- the base year: what is aimed at ----------------------------------------------------------------------------


def gather_cells(persons, n, year, evaluation, leaving_weight, insurance_weight, retirement_age_women,
                 retirement_age_men, retirement_reform_years, cells: Out) -> None:
    """Persons of working age who may consider moving are gathered in cells of equal choice."""
    q, cost = persons, leaving_weight
    age = np.minimum(OLDEST, year - q.born.astype(np.int64))
    take = (age >= WORK_AGE) & (evaluation[np.clip(age, 0, OLDEST)] > 0)
    women, men = retirement_ages(year, retirement_age_women, retirement_age_men, retirement_reform_years)
    kind = np.where(age >= np.where(q.sex == MEN, men, women), RETIRED, np.maximum(0, q.skill.astype(np.int64) - 1))
    land = (q.hukou_rural == 1) & (q.hukou_county == q.res_county)
    insured = ((q.sector >= 0) & (q.res_zone == URBAN) & (q.res_county < n)) | (q.skill >= SENIOR + 1)
    keys = (q.res_county, q.res_zone, q.hukou_county, kind, q.minority, land, insured, age)
    sizes = (n + 1, 2, n + 1, RETIRED + 1, 2, 2, 2, AGES)
    flat = np.ravel_multi_index(tuple(np.asarray(k, dtype=np.int64)[take] for k in keys), sizes)
    found, counts = np.unique(flat, return_counts=True)
    origin, zone, registration, mover, minority, has_land, has_insurance, a = np.unravel_index(found, sizes)
    cells.gather(
        count=counts, origin=origin, zone=zone, registration=registration, mover=mover, minority=minority,
        land=has_land, evaluation=evaluation[a],
        leave=cost[a] * np.where(has_insurance, insurance_weight, 1.0))


def aim(cells, n, weight, rows_by_registration, rows_by_home, outside_stay_years, outsider_stay_years, outside_growth,
        return_target: Out, departure_target: Out, outsider_departure_target: Out) -> None:
    """Persons who return to Hainan, and who leave it, in the base year: no more than most of those who consider it.

    Those registered here and people of other provinces are aimed at apart: one stock outside, one stock inside.
    """
    outside, of_others = cells.origin == n, cells.registration == n
    most_return, most_leave, most_back = (
        MOST_OF_THEM * weight * (cells.count * cells.evaluation)[where].sum()
        for where in (outside, ~outside & ~of_others, ~outside & of_others))
    left = rows_by_registration[:n, n].sum() * weight / outside_stay_years
    outsiders = rows_by_home[:, IN_OTHER_PROVINCE].sum() * weight / outsider_stay_years
    return_target[...] = min(most_return, (1.0 - outside_growth * outside_stay_years) * left)
    departure_target[...], outsider_departure_target[...] = min(most_leave, left), min(most_back, outsiders)


def settle_newcomers(persons, n, active, rows_by_home, newcomer_skills: Out, newcomer_counties: Out) -> None:
    """Skills of the adults registered outside who live in Hainan, and where such people live: so do those who come.

    A county of which the rows know nobody of another province counts as half a row.
    """
    here = (persons.hukou_county == n) & (persons.skill > 0)
    counts = np.bincount(persons.skill[here].astype(np.int64), minlength=SKILLS + 1)[1:SKILLS + 1].astype(float)
    newcomer_skills[:] = counts / counts.sum()
    people = np.where(active, np.maximum(rows_by_home[:, IN_OTHER_PROVINCE], HALF_A_ROW), 0.0)
    newcomer_counties[:] = people / people.sum()


# ---- the base year: one trial of amenities ----------------------------------------------------------------------


def lay_out(n, active, amenity_sought, amenity: Out, out_amenity: Out, out_barrier: Out,
            outsider_return_gain: Out) -> None:
    """Amenities whose mean over counties is zero, those of the outside and its barriers, from the vector solved for."""
    county, towns, outside = np.split(amenity_sought, (n, 2 * n))
    level = np.where(active, county - county[active].mean(), 0.0)
    amenity[:] = level[:, None] + towns[:, None] * np.array([1.0, -1.0])
    out_amenity[...], out_barrier[...], outsider_return_gain[...] = np.clip(outside, -FARTHEST, FARTHEST)


@kernel
def bar_newcomers(choice_inside, home_tie, registration_cost, way_cost, newcomer_skills, newcomer_counties,
                  newcomer_barrier: InOut):
    """The barriers with which newcomers go where people of other provinces live; the least of them is nought.

    The share of a county that has too many of them times its barrier's odds is met in rounds, as each skill weighs
    counties in its own way.
    """
    n = newcomer_barrier.size
    came = np.empty(n)
    for _ in range(BAR_ROUNDS):
        came[:], least, farthest = 0.0, np.inf, 0.0
        for e in range(newcomer_skills.size):
            total = 0.0
            for d in range(n):
                total += choice_inside[e, NO_ZONE, d] * np.exp(
                    home_tie[n, d] - registration_cost[n, d] - way_cost[n, d] - newcomer_barrier[d])
            for d in range(n):
                came[d] += newcomer_skills[e] / total * choice_inside[e, NO_ZONE, d] * np.exp(
                    home_tie[n, d] - registration_cost[n, d] - way_cost[n, d] - newcomer_barrier[d])
        for d in range(n):
            if newcomer_counties[d] > 0.0:
                farthest = max(farthest, abs(came[d] - newcomer_counties[d]))
                newcomer_barrier[d] += np.log(came[d] / newcomer_counties[d])
                least = min(least, newcomer_barrier[d])
        for d in range(n):
            newcomer_barrier[d] = newcomer_barrier[d] - least if newcomer_counties[d] > 0.0 else 0.0
        if farthest < BARRED:
            break


def expect(choices, cells, weight, flows_expected: Out, zone_flows_expected: Out,
           outsider_departures_expected: Out) -> None:
    """Expected moves of a year, in persons."""
    flows_expected[:], zone_flows_expected[:] = 0.0, 0.0
    back = expect_moves(choices, cells.group(), flows_expected, zone_flows_expected)
    outsider_departures_expected[...] = back * weight
    flows_expected *= weight
    zone_flows_expected *= weight


def compare(n, active, weight, flows_expected, zone_flows_expected, outsider_departures_expected, net_migration_target,
            return_target, departure_target, outsider_departure_target, newcomer_skills, newcomer_counties,
            rows_by_zone, zone_move_rate, moves_missing: Out, inflow_base: Out, migration_residual: Out) -> None:
    """What is missing of each target against the moves that answer to its amenity.

    Targets: net migration of each county (mean of the decade before the base year), net moves from rural to urban
    inside each county, returns from outside, departures of those registered here and of people of other provinces;
    the inflow from outside closes the balance (F.2).
    """
    flows, zones, target = flows_expected, zone_flows_expected, net_migration_target
    rural = rows_by_zone[:, RURAL] * weight
    left, returned = flows[:n, n].sum(), flows[n, :n].sum()
    came = target.sum() + left - returned
    arrivals = came * newcomer_counties
    net = flows[:, :n].sum(axis=0) - flows[:n].sum(axis=1) + arrivals
    gross = flows[:, :n].sum(axis=0) + flows[:n].sum(axis=1) + arrivals
    zone_net, zone_gross = zones[:, RURAL] - zones[:, URBAN], zones.sum(axis=1)
    county = np.where(active, (target - net) / np.maximum(gross, 1.0), 0.0)
    zone = np.where(active, (zone_move_rate * rural - zone_net) / np.maximum(zone_gross, 1.0), 0.0)
    others = outsider_departures_expected
    back, away, away_home = ((wanted - found) / max(found, 1.0) for wanted, found in (
        (return_target, returned), (departure_target, left - others), (outsider_departure_target, others)))
    missing = np.concatenate([county, ZONES_COUNT_HALF * zone, [-back, -away - back, away_home - away]])
    moves_missing[:] = np.clip(missing, -1.0, 1.0)
    inflow_base[:] = max(0.0, came) * newcomer_skills
    migration_residual[:] = net - target


def settle_inflow(choices, inflow_value_base: Out) -> None:
    """What Hainan's counties are worth to people outside in the base year."""
    inflow_value_base[:] = inflow_values(choices)


# ---- the search -------------------------------------------------------------------------------------------------


def solved(missing: Callable[[NDArray], NDArray], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where nothing is missing: steps of half of what is missing, mixed by Anderson's rule once they are near.

    Steps that are nearly alike are mixed badly, of which SciPy warns; the next ones mend it, or the rounds run out.
    """
    from scipy.linalg import LinAlgWarning  # slow to load, and a base year from the cache needs no search
    from scipy.optimize import NoConvergence, anderson

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
