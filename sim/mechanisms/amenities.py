"""Amenities of places and of the world outside, as revealed by migration around 2010 (B.2, F.2).

The part of settlement and migration that incomes, services and distances do not explain is attributed to the places.
It is settled once, so that net migration of the base year equals the observed one, and is constant over all years.
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

SETTLED, NEAR = 1e-8, 0.1  # tolerance: largest deviation from a target, as a share of the moves concerned
STEP, MIXED, ROUNDS = 0.5, 5, 100
FARTHEST = 40.0  # utility: bound of amenities; a target out of reach leaves the amenity at the bound
MOST_OF_THEM = 0.9  # share of persons considering a move who may at most leave, or return, in the base year
ZONES_COUNT_HALF = 0.5  # a zone's amenity shifts both zones of its county, in opposite directions
HALF_A_ROW = 0.5  # avoids the logarithm of zero
BARRED, BAR_ROUNDS = 1e-12, 200  # largest share of newcomers going elsewhere than observed; maximum number of rounds


@dataclass(frozen=True)
class Parameters:
    outside_growth: float = parameter(
        0.0, unit="1/year", bounds=(-0.02, 0.06), source="assumed: the number living outside is stationary in 2010",
        confidence="low",
        says="growth of the registered population living outside in the base year")
    outsider_stay_years: float = parameter(
        15.0, unit="year", bounds=(8, 25), confidence="low",
        source="assumed: at 10 years four fifths of the persons considering a move would leave every year",
        says="base-year departures of people registered outside are their number divided by this")
    outside_stay_years: float = parameter(
        12.0, unit="year", bounds=(6, 20), confidence="low",
        source="assumed: at 8 years nine tenths of the persons outside considering a move would return every year",
        says="base-year departures to the outside are the persons outside divided by this")
    zone_move_rate: float = parameter(
        0.003, unit="1/year", bounds=(0.0, 0.02), source="urban growth 2000-2010 less reclassification and inflow",
        confidence="low", says="net rural to urban moves inside a county per rural resident in the base year")


class Settled(Constants):
    amenity_sought = column("unknown", unit="utility", says=(
        "Unknowns: amenities of counties, of urban relative to rural zones by county, of the outside, its barrier, "
        "saving of a return move for people of other provinces"))
    moves_missing = column("unknown", unit="share", says=(
        "Deviation from each target, relative to the moves that respond to its amenity"))
    flows_expected = column("destination", "destination", unit="persons", says="Expected moves of the base year")
    zone_flows_expected = column("county", "zone", unit="persons", says=(
        "Expected moves of the base year inside a county, by zone of origin"))
    return_target = column(unit="persons", says="Returns to Hainan in the base year")
    departure_target = column(unit="persons", says="Departures from Hainan of persons registered here in the base year")
    outsider_departure_target = column(unit="persons", says="Departures of people of other provinces in the base year")
    outsider_departures_expected = column(unit="persons", says="Expected departures of people of other provinces")
    newcomer_skills = column("skill", unit="share", says="Skill shares of resident adults from other provinces")
    newcomer_counties = column("county", unit="share",
                               says="Distribution of people of other provinces over counties in the base year")
    inflow_base = column("skill", unit="persons", says="Inflow from outside that balances migration in the base year")
    inflow_value_base = column("skill", unit="utility", says=(
        "Inclusive value of Hainan to people outside in the base year, relative to the world outside (IVH_e)"))
    migration_residual = column("county", unit="persons", says="Modelled minus observed net migration of the base year")


# ---- persons in cells -------------------------------------------------------------------------------------------


class Cells(Table):
    """Persons of working age grouped into cells with identical choices."""

    row_dim = "cell"

    count = column(unit="rows", says="Persons in the cell")
    origin = column(unit="row", says="County of residence, or outside", dtype="int64")
    zone = column(unit="0 urban, 1 rural", says="Zone of residence", dtype="int64")
    registration = column(unit="row", says="County of registration, or outside", dtype="int64")
    mover = column(unit="skill or 3 retired", says="Class of mover", dtype="int64")
    minority = column(unit="0 or 1", says="Li, Miao or other minority", dtype="int64")
    land = column(unit="0 or 1", says="Has rural land at the place of residence", dtype="int64")
    leave = column(unit="weight", says="Weight factor of the moving cost")
    evaluation = column(unit="1/year", says="Share considering a move")

    def gather(self, **columns: NDArray) -> None:
        """Replace the cells."""
        for name, declared in self.columns().items():
            setattr(self, name, np.ascontiguousarray(columns[name], dtype=declared.dtype))

    def group(self) -> CellColumns:
        """The columns as passed to kernels."""
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

    Returns the departures of persons registered outside.
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


# ---- the base year: targets -------------------------------------------------------------------------------------


def gather_cells(persons, n, year, evaluation, leaving_weight, insurance_weight, retirement_age_women,
                 retirement_age_men, retirement_reform_years, cells: Out) -> None:
    """Group persons of working age who may consider moving into cells with identical choices."""
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
    """Target returns to and departures from Hainan in the base year, capped by the persons considering a move.

    Persons registered here and people of other provinces have separate targets: one stock outside, one inside.
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
    """Skills and residence of adults registered outside who live in Hainan; newcomers are given the same.

    A county without any such row counts as half a row.
    """
    here = (persons.hukou_county == n) & (persons.skill > 0)
    counts = np.bincount(persons.skill[here].astype(np.int64), minlength=SKILLS + 1)[1:SKILLS + 1].astype(float)
    newcomer_skills[:] = counts / counts.sum()
    people = np.where(active, np.maximum(rows_by_home[:, IN_OTHER_PROVINCE], HALF_A_ROW), 0.0)
    newcomer_counties[:] = people / people.sum()


# ---- the base year: evaluation of trial amenities ---------------------------------------------------------------


def lay_out(n, active, amenity_sought, amenity: Out, out_amenity: Out, out_barrier: Out,
            outsider_return_gain: Out) -> None:
    """Amenities with zero mean over counties, those of the outside and its barriers, from the vector of unknowns."""
    county, towns, outside = np.split(amenity_sought, (n, 2 * n))
    level = np.where(active, county - county[active].mean(), 0.0)
    amenity[:] = level[:, None] + towns[:, None] * np.array([1.0, -1.0])
    out_amenity[...], out_barrier[...], outsider_return_gain[...] = np.clip(outside, -FARTHEST, FARTHEST)


@kernel
def bar_newcomers(choice_inside, home_tie, registration_cost, way_cost, newcomer_skills, newcomer_counties,
                  newcomer_barrier: InOut):
    """The barriers at which newcomers settle where people of other provinces live; the smallest is zero.

    Solved iteratively, since each skill group weights counties differently.
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
    """Deviation from each target relative to the moves that respond to its amenity.

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
    """Inclusive value of Hainan's counties to people outside in the base year."""
    inflow_value_base[:] = inflow_values(choices)


# ---- the solver -------------------------------------------------------------------------------------------------


def solved(missing: Callable[[NDArray], NDArray], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fixed-point iteration with half steps, and Anderson mixing once close to the solution.

    Nearly identical steps make the mixing ill-conditioned, of which SciPy warns; later steps recover, or the iterations
    are exhausted.
    """
    from scipy.linalg import LinAlgWarning  # slow to import, and not needed for a base year from the cache
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
