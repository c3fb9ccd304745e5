"""History followed: what observed years ask for beyond the mechanisms, as residuals of declared equations.

A residual of output is the log of a factor on the productivity of a branch, by county; a sector whose output is told by
several branches shares theirs by the same bridge. Of the secondary branch it is one on what is built here of investment
as well, of the tertiary branch one on what local services capture and sell outside, so that prices do not answer it.
One of revenue is the log of a factor on what a county collects against common rates. One of people is utility that a
place has for all who weigh it. Residuals are solved once for a draw (`sim.closure`) and applied to every seed and
scenario. After the last year followed those of output and revenue go on by a law estimated on their own past
(`sim.closure.law`): what they were, fading or not, and new shocks of the size they had, some of a county, some of all;
drift is not carried on. Those of people stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.core.bind import InOut, Out
from sim.core.declare import parameter
from sim.core.randomness import RESIDUAL, uniforms
from sim.words import (
    BASE_YEAR,
    FARMING,
    HIGH_TECH,
    INDUSTRY,
    LOCAL_SERVICES,
    MARINE,
    MARKET_SECTORS,
    PRIMARY_BRANCH,
    SECONDARY_BRANCH,
    TERTIARY_BRANCH,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    output_observation_error: tuple = parameter(
        (0.03, 0.01), unit="log", bounds=(0.0, 0.06), confidence="low",
        source="double readings of the output of counties: on the revised basis before 2019, and from 2019",
        says="error of measurement of a county's output by branch, before 2019 and from then on")
    revenue_observation_error: float = parameter(
        0.005, unit="log", bounds=(0.0, 0.02), confidence="medium", source="double readings of budgets and accounts",
        says="error of measurement of a county's own revenue")
    residual_spread_prior: float = parameter(
        0.08, unit="log", bounds=(0.02, 0.15), confidence="low",
        source="assumed: growth of a branch in a small county is about so far off any expectation of a year",
        says="yearly spread of a residual of output that is expected before any is seen")
    residual_prior_changes: float = parameter(
        8.0, unit="changes", bounds=(2.0, 20.0), confidence="low",
        source="assumed: that expectation counts as one year of seven counties",
        says="how many seen changes of residuals that expectation is worth")
    residual_common_prior: float = parameter(
        0.03, unit="log", bounds=(0.01, 0.06), confidence="low",
        source="assumed: growth of a branch of the province is about so far off any expectation of a year",
        says="yearly spread of a residual of the whole province that is expected before any is seen")
    residual_prior_years: float = parameter(
        2.0, unit="years", bounds=(1.0, 8.0), source="assumed", confidence="low",
        says="how many seen years that expectation is worth")


class Law(NamedTuple):
    """How residuals of output, by branch, and of revenue go on after the last year followed: r' = rho r + shock, logs.

    The four are its kinds. `persistence`: rho [kind]. `spread`: standard deviation of a county's shock [county, kind],
    `common` of that of the whole province [kind]. `mix`, `common_mix`: [kind, kind], lower triangles that make shocks
    of one county, and those of the province, hang together. `weights` [county, kind]: parts of the province, by which
    shocks of counties leave it as it is. `changes`: how many yearly changes it was estimated on, [kind].
    """

    persistence: Floats
    spread: Floats
    common: Floats
    mix: Floats
    common_mix: Floats
    weights: Floats
    changes: NDArray[np.int64]

    @property
    def shaken(self) -> bool:
        """Whether there are shocks at all."""
        return bool(self.spread.any() or self.common.any())


class History(NamedTuple):
    """The residuals of a draw.

    `until`: the last year followed. `output`: [year from the base year to `until`, county, branch], logs. `revenue`:
    [year, county], logs of a factor on the effort of collecting. `people`: [county], utility that a place has for
    people beyond what explains it, in all years. `capital`: [county, market sector], logs of a factor on the capital
    wanted after `until`, with which it grows everywhere as in the whole sector. `law`: how those of output and revenue
    go on.
    """

    until: int
    output: Floats
    revenue: Floats
    people: Floats
    capital: Floats
    law: Law


def held(counties: int, kinds: int) -> Law:
    """The law under which residuals stay as they are."""
    return Law(np.ones(kinds), np.zeros((counties, kinds)), np.zeros(kinds), np.eye(kinds), np.eye(kinds),
               np.zeros((counties, kinds)), np.zeros(kinds, dtype=np.int64))


def nothing_followed(counties: int, branches: int) -> History:
    """The history of a free run: none after the base year."""
    return History(BASE_YEAR, np.zeros((1, counties, branches)), np.zeros((1, counties)), np.zeros(counties),
                   np.zeros((counties, MARKET_SECTORS)), held(counties, branches + 1))


def continued(residual: Floats, luck: Floats, law: Law, years: int = 1) -> Floats:
    """Residuals a year later [county, kind]; `luck`: standard normals [county and, last, the province, kind].

    `years`: how many have passed since the last year followed. The mean of the factor that a residual is the log of is
    not moved by luck: with v the variance that shocks have brought so far, half of what it grows by beyond what fades
    is taken off.
    """
    own = law.spread * (luck[:-1] @ law.mix.T)
    shock = own - (law.weights * own).sum(axis=0) + law.common * (law.common_mix @ luck[-1])
    variance, rho = law.spread**2 + law.common**2, law.persistence
    so_far = variance * sum(rho ** (2.0 * k) for k in range(years - 1))
    return rho * residual + shock - 0.5 * (variance - rho * (1.0 - rho) * so_far)


def follow(in_history, output_residual_of_history, revenue_residual_of_history, people_residual_of_history,
           capital_residual_of_history, residual_law, last_followed, seed, year, codes, province_code,
           output_residual: InOut, revenue_residual: InOut, people_residual: Out, capital_residual: Out) -> None:
    """Residuals of the year: those of history while it is followed, then as their law says; places keep theirs."""
    people_residual[:], capital_residual[:] = people_residual_of_history, 0.0
    if in_history:
        output_residual[:], revenue_residual[:] = output_residual_of_history, revenue_residual_of_history
        return
    capital_residual[:] = capital_residual_of_history
    told = np.column_stack([output_residual, revenue_residual])
    luck = np.zeros((len(codes) + 1, told.shape[1]))
    if residual_law.shaken:
        luck = ndtri(uniforms(seed, RESIDUAL, year, np.append(codes, province_code)))
    told = continued(told, luck, residual_law, year - last_followed)
    output_residual[:], revenue_residual[:] = told[:, :-1], told[:, -1]


def pass_on(output_residual, marine_bridge, hightech_bridge, sector_residual: Out) -> None:
    """What a sector takes of the residuals of its branches: the mean, weighted as its value added is told by them."""
    sector_residual[:, FARMING] = output_residual[:, PRIMARY_BRANCH]
    sector_residual[:, INDUSTRY] = output_residual[:, SECONDARY_BRANCH]
    sector_residual[:, LOCAL_SERVICES] = output_residual[:, TERTIARY_BRANCH]
    sector_residual[:, MARINE] = output_residual @ np.asarray(marine_bridge)
    sector_residual[:, HIGH_TECH] = output_residual @ np.asarray(hightech_bridge)
