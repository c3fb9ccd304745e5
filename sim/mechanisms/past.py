"""Following history: residuals of declared equations that reconcile the mechanisms with observed years.

A residual of output is the log of a factor on the productivity of a branch, by county; a sector published under several
branches takes their residuals by the same bridge. For the secondary branch the factor also applies to local
construction, for the tertiary branch to the capture and outside sales of local services, so that prices do not respond.
A residual of revenue is the log of a factor on a county's collection effort, one of spending the log of a factor on its
share of the resources of all counties, which sum to a constant. A residual of pay is the log of residents' pay over the
yield of their labour by zone, at the expense of owners outside. A residual of people is a utility of a place for all
who consider it. Residuals are solved once for a draw (`sim.closure`) and applied to every seed and scenario. After the
last year followed, all but those of people continue under a law estimated on their own past (`sim.closure.law`):
persistence or decay, and new shocks of the past size, partly by county, partly common; drift is not continued. Spending
responds to shocks of revenue, and pay to those of output, as in the past. Those of people are constant. Debt is
restated once, in the first year published for all counties. In addition, residuals of output and pay offset the part of
the model's own relative changes of counties that the past does not support (`sim.closure.ahead`), equally in all
scenarios, so that policy effects are unaffected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.bind import InOut, Out
from sim.core.declare import parameter
from sim.core.normal import normal_quantile
from sim.core.randomness import RESIDUAL, RESIDUAL_MORE, uniforms
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
    SIZES,
    TERTIARY_BRANCH,
)

Floats = NDArray[np.float64]
SHARED_ABOVE = 32  # bits of a seed; higher bits select the shocks of residuals
DEBT_PRINTED = 2020  # first year with published debt of all counties
LEAST_MONEY = 1e-9  # million CNY; avoids division by zero


@dataclass(frozen=True)
class Parameters:
    output_observation_error: tuple = parameter(
        (0.03, 0.01), unit="log", bounds=(0.0, 0.06), confidence="low",
        source="double readings of the output of counties: on the revised basis before 2019, and from 2019",
        says="error of measurement of a county's output by branch, before 2019 and from then on")
    revenue_observation_error: float = parameter(
        0.005, unit="log", bounds=(0.0, 0.02), confidence="medium", source="double readings of budgets and accounts",
        says="error of measurement of a county's own revenue and of its spending")
    income_observation_error: float = parameter(
        0.01, unit="log", bounds=(0.0, 0.03), confidence="low",
        source="sampling error of county household surveys, on which provinces publish nothing further",
        says="error of measurement of a county's income per head")
    census_observation_error: float = parameter(
        0.005, unit="log", bounds=(0.0, 0.01), confidence="medium", source="post-enumeration surveys of censuses",
        says="error of measurement of the residents of a county in a census, relative to that of the province")
    derived_error_ratio: float = parameter(
        2.0, unit="ratio", bounds=(1.0, 4.0), confidence="low", source="assumed",
        says="error of a derived figure relative to that of a published one")
    budget_spread_prior: float = parameter(
        0.15, unit="log", bounds=(0.05, 0.3), confidence="low",
        source="assumed: budgets of small counties depend on single firms and grants",
        says="prior yearly spread of a residual of revenue or spending")
    pay_spread_prior: float = parameter(
        0.02, unit="log", bounds=(0.005, 0.05), confidence="low",
        source="assumed: approximate yearly forecast error of a county's income growth",
        says="prior yearly spread of a residual of pay, of counties and of the province")
    spending_answer_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it is offset",
        says="prior share of a shock to own revenue that is offset by allocations")
    residual_spread_prior: float = parameter(
        0.08, unit="log", bounds=(0.02, 0.15), confidence="low",
        source="assumed: approximate yearly forecast error of a branch's growth in a small county",
        says="prior yearly spread of a residual of output")
    residual_prior_changes: float = parameter(
        8.0, unit="changes", bounds=(2.0, 20.0), confidence="low",
        source="assumed: the prior counts as one year of seven counties",
        says="weight of the prior, in observed changes of residuals")
    residual_common_prior: float = parameter(
        0.03, unit="log", bounds=(0.01, 0.06), confidence="low",
        source="assumed: approximate yearly forecast error of a branch's growth in the province",
        says="prior yearly spread of a residual of the province")
    own_change_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it is realised",
        says="part of the model's own changes of output and incomes of counties against the province that comes true, "
             "expected before any is seen")
    pay_answer_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it is offset",
        says="prior share of a shock to output that is offset by pay")
    residual_prior_years: float = parameter(
        2.0, unit="years", bounds=(1.0, 8.0), source="assumed", confidence="low",
        says="weight of the prior, in observed years")


BRANCH_KINDS, REVENUE_KIND, SPENDING_KIND, PAY_KINDS = slice(0, 3), 3, 4, slice(5, 7)
DAMPED = 3  # output, and pay by zone
KINDS = 7
"""Kinds of residuals that continue under a law: output by branch, revenue, spending, pay by zone."""


class Law(NamedTuple):
    """The law of motion of these residuals after the last year followed: r' = rho r + shock, logs.

    `persistence`: rho [kind]. `spread`: standard deviation of a county's shock [county, kind],
    `common` of that of the whole province [kind]. `mix`, `common_mix`: [kind, kind], lower triangles that correlate
    shocks of one county, and those of the province. `weights` [county, kind]: shares in the province, with which county
    shocks sum to zero. `answer` [kind]: share of a shock that a kind offsets, `moved_by` [county, kind, kind of shock]:
    composition of that shock. `changes`: number of yearly changes used in the estimation, [kind]. `worth`: realised
    share of the model's own relative changes, of output, urban and rural incomes.
    """

    persistence: Floats
    spread: Floats
    common: Floats
    mix: Floats
    common_mix: Floats
    weights: Floats
    answer: Floats
    moved_by: Floats
    changes: NDArray[np.int64]
    worth: Floats

    @property
    def shaken(self) -> bool:
        """Whether the law has shocks."""
        return bool(self.spread.any() or self.common.any())

    def without_shocks(self) -> Law:
        """The law with the same persistence and no shocks."""
        return self._replace(spread=np.zeros_like(self.spread), common=np.zeros_like(self.common))


LAW = "law."  # prefix of the names of its arrays


class History(NamedTuple):
    """The residuals of a draw.

    `until`: the last year followed. `output`: [year from the base year to `until`, county, branch], logs. `revenue`:
    [year, county], logs of a factor on collection effort. `spending`: [year, county], logs of a factor on a county's
    share of all resources. `pay`: [year, county, zone], logs of pay over yield. `people`: [county], utility of a place
    not explained otherwise, in all years. `capital`: [county, market sector], logs of a factor on desired capital after
    `until`, with which it grows in every county as in the whole sector; it decays like residuals of output. `debt`:
    [county], million CNY of debt in excess of borrowing in the first published year, 2020. `damping`: [year after
    `until`, county, part], logs added per year to residuals of output, urban and rural pay, beyond their law; none
    later. `law`: the law of motion of residuals.
    """

    until: int
    output: Floats
    revenue: Floats
    spending: Floats
    pay: Floats
    people: Floats
    capital: Floats
    debt: Floats
    damping: Floats
    law: Law

    def arrays(self) -> dict[str, NDArray]:
        """All but the year as arrays by name, those of the law as `law.NAME`."""
        own = {name: getattr(self, name) for name in self._fields[1:-1]}
        return own | {f"{LAW}{name}": array for name, array in self.law._asdict().items()}

    @staticmethod
    def of_arrays(until: int, arrays: Mapping[str, NDArray]) -> History:
        """The history from the arrays of `arrays`."""
        law = Law(**{name.removeprefix(LAW): array for name, array in arrays.items() if name.startswith(LAW)})
        return History(until=until, law=law, **{name: array for name, array in arrays.items()
                                                if not name.startswith(LAW)})

    @property
    def told(self) -> Floats:
        """All residuals that continue under the law [year, county, kind]."""
        return np.dstack([self.output, self.revenue, self.spending, self.pay])

    def undamped(self) -> History:
        """The history without damping of the model's own later changes."""
        return self._replace(damping=self.damping[:0])

    def damped(self, year: int) -> Floats:
        """Yearly additions to residuals of output and pay beyond their law [county, part]."""
        at = year - self.until - 1
        return self.damping[at] if 0 <= at < len(self.damping) else np.zeros((self.output.shape[1], DAMPED))


def held(counties: int, kinds: int) -> Law:
    """The law under which residuals are constant."""
    return Law(np.ones(kinds), np.zeros((counties, kinds)), np.zeros(kinds), np.eye(kinds), np.eye(kinds),
               np.zeros((counties, kinds)), np.zeros(kinds), np.zeros((counties, kinds, kinds)),
               np.zeros(kinds, dtype=np.int64), np.ones(DAMPED))


def nothing_asked(counties: int, until: int = BASE_YEAR) -> History:
    """Zero residuals up to a year and after; up to the base year, the history of a free run."""
    years = until - BASE_YEAR + 1
    return History(until, np.zeros((years, counties, SIZES["branch"])), *np.zeros((2, years, counties)),
                   np.zeros((years, counties, SIZES["zone"])), np.zeros(counties),
                   np.zeros((counties, MARKET_SECTORS)), np.zeros(counties), np.zeros((0, counties, DAMPED)),
                   held(counties, KINDS))


def continued(residual: Floats, luck: Floats, law: Law, years: int = 1) -> Floats:
    """Residuals a year later [county, kind]; `luck`: standard shocks [county and, last, the province, kind].

    Only the deviation of a county from the province decays; the provincial residual is constant.

    `years`: years since the last year followed. Shocks leave the mean of exp(residual) unchanged: with v their
    accumulated variance, half of its increase net of decay is subtracted.
    """
    own = law.spread * (luck[:-1] @ law.mix.T)
    shock = own - (law.weights * own).sum(axis=0) + law.common * (law.common_mix @ luck[-1])
    shock = shock - law.answer * np.einsum("ckj,cj->ck", law.moved_by, shock)
    rho, common = law.persistence, (law.weights * residual).sum(axis=0)
    variance = law.spread**2 * (1.0 - 2.0 * law.weights) + (law.weights**2 * law.spread**2).sum(axis=0)
    so_far = variance * sum(rho ** (2.0 * k) for k in range(years - 1))
    growth = law.common**2 + variance - rho * (1.0 - rho) * so_far
    return common + rho * (residual - common) + shock - 0.5 * growth


def luck_of_shocks(seed: int) -> int:
    """The seed of the shocks of residuals: for a seed of 2^32 or more, its higher bits only.

    Runs can thus share these shocks and differ in all other random numbers, to separate the two.
    """
    return seed >> SHARED_ABOVE or seed


def follow(in_history, residuals_of_history, people_residual_of_history, capital_residual_of_history, residual_law,
           damping_of_year, last_followed, marine_bridge, hightech_bridge, seed, year, codes, province_code,
           output_residual: InOut, revenue_residual: InOut, spending_residual: InOut, pay_residual: InOut,
           people_residual: Out, capital_residual: Out) -> None:
    """Residuals of the year: those of history while it is followed, later by their law; those of places are constant.
    """
    people_residual[:], capital_residual[:] = people_residual_of_history, 0.0
    told = residuals_of_history
    if not in_history:
        left = residual_law.persistence[BRANCH_KINDS] ** (year - last_followed)
        capital_residual[:] = capital_residual_of_history * of_sectors(left, marine_bridge, hightech_bridge)
        luck = np.zeros((len(codes) + 1, KINDS))
        if residual_law.shaken:
            luck = shocks(luck_of_shocks(seed), year, np.append(codes, province_code))
        told = continued(np.column_stack([output_residual, revenue_residual, spending_residual, pay_residual]), luck,
                         residual_law, year - last_followed)
        told[:, BRANCH_KINDS] += damping_of_year[:, :1]
        told[:, PAY_KINDS] += damping_of_year[:, 1:]
    output_residual[:], revenue_residual[:] = told[:, BRANCH_KINDS], told[:, REVENUE_KIND]
    spending_residual[:], pay_residual[:] = told[:, SPENDING_KIND], told[:, PAY_KINDS]


def shocks(seed: int, year: int, codes: NDArray[np.int64]) -> Floats:
    """Shocks of a year [code, kind], with mean zero and variance one: Laplace distributed for counties, where large
    changes are rare; normally distributed for the last code, the province."""
    drawn = np.hstack([uniforms(seed, process, year, codes) for process in (RESIDUAL, RESIDUAL_MORE)])[:, :KINDS]
    away = drawn[:-1] - 0.5
    return np.vstack([-np.sign(away) * np.log1p(-2.0 * np.abs(away)) / np.sqrt(2.0), normal_quantile(drawn[-1:])])


def of_sectors(by_branch: Floats, marine_bridge: Floats, hightech_bridge: Floats) -> Floats:
    """Sector values of branch values [..., branch]: the mean, weighted by the bridge of value added."""
    found = np.empty((*by_branch.shape[:-1], MARKET_SECTORS))
    found[..., FARMING] = by_branch[..., PRIMARY_BRANCH]
    found[..., INDUSTRY] = by_branch[..., SECONDARY_BRANCH]
    found[..., LOCAL_SERVICES] = by_branch[..., TERTIARY_BRANCH]
    found[..., MARINE] = by_branch @ np.asarray(marine_bridge)
    found[..., HIGH_TECH] = by_branch @ np.asarray(hightech_bridge)
    return found


def pass_on(output_residual, marine_bridge, hightech_bridge, sector_residual: Out) -> None:
    """The residual of a sector from those of its branches."""
    sector_residual[:] = of_sectors(output_residual, marine_bridge, hightech_bridge)


def recompose(spending_residual, budget_resources: InOut, allocation_asked: Out) -> None:
    """Redistribute the resources of all counties by the historical residuals, with allocations that sum to zero."""
    have = np.maximum(budget_resources, 0.0)
    asked = have * np.exp(spending_residual)
    allocation_asked[:] = asked * (have.sum() / max(asked.sum(), LEAST_MONEY)) - have
    budget_resources += allocation_asked


def restate_debt(year, in_history, debt_of_history, debt: InOut, debt_asked: Out) -> None:
    """Adjust debt to its first published value for all counties."""
    debt_asked[:] = np.maximum(debt_of_history, -debt) if in_history and year == DEBT_PRINTED else 0.0
    debt += debt_asked
