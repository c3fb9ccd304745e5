"""Targets compared by rank: units by a total, and for each unit its partners, by moves and trips.

Trips are those of 1-9 January 2020, not moves of residence, so only the order of the partners of a unit is compared,
and the exponents of a gravity fit. The naive order is that of the plainest gravity: residents over travel minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration import scores
from calibration.cases import Absent, proportion, read
from calibration.targets import COUNTY, Target
from calibration.view import Array, RunsAndHistory
from sim.indicators.windows import FITTED
from sim.region.geography import travel_minutes
from sim.region.pack import load_pack
from sim.words import BASE_YEAR

ENOUGH = 4  # units, or partners, that make an order


class Order(NamedTuple):
    """Median run, observation, and naive forecast, by its name: [unit], or [partner, unit]."""

    model: Array
    truth: Array
    rival: Array
    naive: str = "proportion"


class Agreement(NamedTuple):
    """Rank correlation of runs and of the naive forecast with what was observed, and the gain, by chance [draw]."""

    model: float
    naive: float
    gains: Array


def agreement(found: Order) -> Agreement:
    """Rank correlations of units; of partners the mean over units of those of each, which are drawn again whole."""
    table = np.stack(found[:3])
    if table.ndim == 2:
        made, best = (scores.spearman(table[k], table[1]) for k in (0, 2))
        return Agreement(made, best, scores.resampled_units(
            table, lambda t: scores.rank_correlation(t[0], t[1]) - scores.rank_correlation(t[2], t[1])))
    of_model, of_rival = (
        np.array([scores.spearman(table[k, :, unit], table[1, :, unit]) for unit in range(table.shape[2])])
        for k in (0, 2))
    return Agreement(float(of_model.mean()), float(of_rival.mean()),
                     scores.resampled_units(of_model - of_rival, lambda gains: gains.mean(axis=-1)))


def order(view: RunsAndHistory, target: Target) -> Order:
    """What a target of ranks compares; Absent where something is lacking."""
    if target.observed not in view.history and target.name not in APART:
        raise Absent(target.lacks or "not in the data pack")
    found = SPECIAL.get(target.name, _of_units)(view, target)
    known = np.all([np.isfinite(one) for one in found[:3]], axis=0)
    if found.truth.ndim == 1:
        if known.sum() < ENOUGH:
            raise Absent(f"fewer than {ENOUGH} units are observed")
        return found._replace(model=found.model[known], truth=found.truth[known], rival=found.rival[known])
    inside = known.sum(axis=0) >= ENOUGH
    if not inside.any():
        raise Absent(f"no unit with {ENOUGH} partners")
    model, truth, rival = (np.where(known, one, np.nan)[:, inside] for one in found[:3])
    return Order(model, truth, rival, found.naive)


def _of_units(view: RunsAndHistory, target: Target) -> Order:
    """Units in the last year of the target that the runs reach."""
    return _ranked(view, target, view.observed(target.observed, (target.years[-1],))[0])


def _part_of_year(view: RunsAndHistory, target: Target) -> Order:
    """Revenue of January to August 2022: printed of all units, and no part of history, which ends in 2021 for them."""
    pack = load_pack()
    printed = dict(zip(map(int, pack.codes), pack.values("fiscal", target.observed, target.years[-1]), strict=True))
    return _ranked(view, target, np.array([printed.get(int(code), np.nan) for code in view.results["county"].values]))


def _ranked(view: RunsAndHistory, target: Target, truth: Array) -> Order:
    assert target.level == COUNTY
    made = read(view, target.modelled, (min(target.years[-1], int(view.results["year"].max())),))[:, 0]
    rival = proportion(view, target)
    if rival is None:
        raise Absent("no naive order")
    return Order(np.where(view.members, np.median(made, axis=0), np.nan), truth, rival)


def _moves(view: RunsAndHistory, target: Target) -> Order:
    """Moves by the unit they come from, for each unit they go to: mean of 2018-20, against trips."""
    made, trips, inside = flows(view, target)
    rival = view.observed("population", (BASE_YEAR,))[0][:, None] / minutes(view)
    made, trips, rival = (np.where(inside, table, np.nan) for table in (made, trips, rival))
    return Order(made, trips, rival, "gravity")


def flows(view: RunsAndHistory, target: Target) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Moves a year and trips [from, to], and the pairs of two different units that are compared."""
    number, codes = len(view.members), view.results["county"].values
    years = range(FITTED[1] + 1, min(target.years[-1], int(view.results["year"].max())) + 1)
    if not years:
        raise Absent("no year after those that moves were fitted to")
    made = np.median(read(view, target.modelled, years), axis=0)[..., :number]
    trips = view.history[target.observed].sel(origin=codes, destination=codes).values.astype(float)
    inside = view.members[:, None] & view.members[None, :] & ~np.eye(number, dtype=bool)
    return made.mean(axis=0), trips, inside


def gravity(flow: Array, people: Array, apart: Array, inside: NDArray[np.bool_]) -> Array:
    """Exponents of residents at the origin and at the destination and of minutes, by least squares of logarithms.

    flow [from, to], people [unit], apart [from, to]; pairs without flow are left out.
    """
    start, end = np.nonzero(inside & (flow > 0))
    known = np.stack([np.ones(len(start)), np.log(people[start]), np.log(people[end]), np.log(apart[start, end])], -1)
    return np.linalg.lstsq(known, np.log(flow[start, end]), rcond=None)[0][1:]


def minutes(view: RunsAndHistory) -> Array:
    """Minutes by road between units at the end of the fitted years, in the order of the results."""
    pack = load_pack()
    rows = [pack.row(int(code)) for code in view.results["county"].values]
    return np.maximum(travel_minutes(pack, FITTED[1])[np.ix_(rows, rows)], 1.0)


SPECIAL: Mapping[str, Callable[[RunsAndHistory, Target], Order]] = {"moves": _moves, "revenue_2022": _part_of_year}
APART = ("revenue_2022",)
"""Targets whose observations stand in the pack alone."""
