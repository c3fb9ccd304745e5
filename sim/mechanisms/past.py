"""History followed: what observed years ask for beyond the mechanisms, as residuals of declared equations.

A residual of output is the log of a factor on the productivity of a branch, by county; a sector whose output is told by
several branches shares theirs by the same bridge. Of the secondary branch it is one on what is built here of investment
as well, of the tertiary branch one on what local services capture and sell outside, so that prices do not answer it.
One of revenue is the log of a factor on what a county collects against common rates, one of spending that of a factor
on its part of what all counties have to spend: what some get more others get less. One of pay is the log of what
residents of a zone are paid over what their work yields, at the cost of owners outside. One of people is utility that a
place has for all who weigh it. Residuals are solved once for a draw (`sim.closure`) and applied to every seed and
scenario. After the last year followed all but those of people go on by a law estimated on their own past
(`sim.closure.law`): what they were, fading or not, and new shocks of the size they had, some of a county, some of all;
drift is not carried on. Spending answers shocks of revenue, and pay those of output, as they did. Those of people stay.
Debt is restated once, when it was first printed of all counties. Beside their law, residuals of output and of pay take
off what the past does not bear out of the model's own changes of counties against the province (`sim.closure.ahead`):
the same in all scenarios, so that effects of policy stand whole.
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
SHARED_ABOVE = 32  # bits of a seed; what is above them chooses the shocks of residuals
DEBT_PRINTED = 2020  # the first year of which debt of all counties is printed
LEAST_MONEY = 1e-9  # million CNY: keeps counties without any out of a division by nought


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
        source="sampling error of household surveys of a county, of which provinces publish no more",
        says="error of measurement of a county's income per head")
    census_observation_error: float = parameter(
        0.005, unit="log", bounds=(0.0, 0.01), confidence="medium", source="post-enumeration surveys of censuses",
        says="error of measurement of the residents of a county in a census, beside that of the province")
    derived_error_ratio: float = parameter(
        2.0, unit="ratio", bounds=(1.0, 4.0), confidence="low", source="assumed",
        says="error of a figure that is derived from others against that of a printed one")
    budget_spread_prior: float = parameter(
        0.15, unit="log", bounds=(0.05, 0.3), confidence="low",
        source="assumed: budgets of small counties depend on single firms and grants",
        says="yearly spread of a residual of revenue or spending that is expected before any is seen")
    pay_spread_prior: float = parameter(
        0.02, unit="log", bounds=(0.005, 0.05), confidence="low",
        source="assumed: growth of income in a county is about so far off any expectation of a year",
        says="yearly spread of a residual of pay, that of the province as well, that is expected before any is seen")
    spending_answer_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it is made up for",
        says="part of a shock of own revenue that allocations make up for, expected before any is seen")
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
    own_change_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it comes true",
        says="part of the model's own changes of output and incomes of counties against the province that comes true, "
             "expected before any is seen")
    pay_answer_prior: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), confidence="low", source="assumed: half of it is made up for",
        says="part of a shock of output that pay makes up for, expected before any is seen")
    residual_prior_years: float = parameter(
        2.0, unit="years", bounds=(1.0, 8.0), source="assumed", confidence="low",
        says="how many seen years that expectation is worth")


BRANCH_KINDS, REVENUE_KIND, SPENDING_KIND, PAY_KINDS = slice(0, 3), 3, 4, slice(5, 7)
DAMPED = 3  # output, and pay by zone
KINDS = 7
"""Of residuals that go on by a law: of output by branch, of revenue, of spending, of pay by zone."""


class Law(NamedTuple):
    """How residuals of these kinds go on after the last year followed: r' = rho r + shock, logs.

    `persistence`: rho [kind]. `spread`: standard deviation of a county's shock [county, kind],
    `common` of that of the whole province [kind]. `mix`, `common_mix`: [kind, kind], lower triangles that make shocks
    of one county, and those of the province, hang together. `weights` [county, kind]: parts of the province, by which
    shocks of counties leave it as it is. `answer` [kind]: part of a shock that a kind takes off, `moved_by` [county,
    kind, kind of shock]: what makes that shock. `changes`: how many yearly changes it was estimated on, [kind].
    `worth`: part of the model's own changes against the province that came true, of output, urban and rural incomes.
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
        """Whether there are shocks at all."""
        return bool(self.spread.any() or self.common.any())

    def without_shocks(self) -> Law:
        """The law with the same way of fading and no shocks."""
        return self._replace(spread=np.zeros_like(self.spread), common=np.zeros_like(self.common))


LAW = "law."  # before the names of its arrays


class History(NamedTuple):
    """The residuals of a draw.

    `until`: the last year followed. `output`: [year from the base year to `until`, county, branch], logs. `revenue`:
    [year, county], logs of a factor on the effort of collecting. `spending`: [year, county], logs of a factor on what a
    county has of all that is to be spent. `pay`: [year, county, zone], logs of pay over yield. `people`: [county],
    utility that a place has for people beyond what explains it, in all years. `capital`: [county, market sector], logs
    of a factor on the capital wanted after `until`, with which it grows everywhere as in the whole sector; it fades as
    residuals of output do. `debt`: [county], million CNY that debt was more than borrowed when it was first printed, in
    2020. `damping`: [year after `until`, county, part], logs that residuals of output, of urban and of rural pay gain
    in a year beside their law; none later. `law`: how residuals of its kinds go on.
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
        """The history of the arrays that `arrays` gave."""
        law = Law(**{name.removeprefix(LAW): array for name, array in arrays.items() if name.startswith(LAW)})
        return History(until=until, law=law, **{name: array for name, array in arrays.items()
                                                if not name.startswith(LAW)})

    @property
    def told(self) -> Floats:
        """All residuals that go on by the law [year, county, kind]."""
        return np.dstack([self.output, self.revenue, self.spending, self.pay])

    def undamped(self) -> History:
        """The history after which the model's own changes are left as they are."""
        return self._replace(damping=self.damping[:0])

    def damped(self, year: int) -> Floats:
        """What residuals of output and of pay gain in a year beside their law [county, part]."""
        at = year - self.until - 1
        return self.damping[at] if 0 <= at < len(self.damping) else np.zeros((self.output.shape[1], DAMPED))


def held(counties: int, kinds: int) -> Law:
    """The law under which residuals stay as they are."""
    return Law(np.ones(kinds), np.zeros((counties, kinds)), np.zeros(kinds), np.eye(kinds), np.eye(kinds),
               np.zeros((counties, kinds)), np.zeros(kinds), np.zeros((counties, kinds, kinds)),
               np.zeros(kinds, dtype=np.int64), np.ones(DAMPED))


def nothing_asked(counties: int, until: int = BASE_YEAR) -> History:
    """Residuals of nought to a year, which stay so; to the base year it is the history of a free run."""
    years = until - BASE_YEAR + 1
    return History(until, np.zeros((years, counties, SIZES["branch"])), *np.zeros((2, years, counties)),
                   np.zeros((years, counties, SIZES["zone"])), np.zeros(counties),
                   np.zeros((counties, MARKET_SECTORS)), np.zeros(counties), np.zeros((0, counties, DAMPED)),
                   held(counties, KINDS))


def continued(residual: Floats, luck: Floats, law: Law, years: int = 1) -> Floats:
    """Residuals a year later [county, kind]; `luck`: shocks [county and, last, the province, kind].

    What fades is a county's distance from the province, whose own residual stays where it is.

    `years`: how many have passed since the last year followed. The mean of the factor that a residual is the log of is
    not moved by luck: with v the variance that shocks have brought so far, half of what it grows by beyond what fades
    is taken off.
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
    """The luck of the shocks of residuals: of a seed from 2^32 on its part above that number alone.

    So runs can share these shocks and differ in all other luck, which tells the two apart.
    """
    return seed >> SHARED_ABOVE or seed


def follow(in_history, residuals_of_history, people_residual_of_history, capital_residual_of_history, residual_law,
           damping_of_year, last_followed, marine_bridge, hightech_bridge, seed, year, codes, province_code,
           output_residual: InOut, revenue_residual: InOut, spending_residual: InOut, pay_residual: InOut,
           people_residual: Out, capital_residual: Out) -> None:
    """Residuals of the year: those of history while it is followed, then as their law says; places keep theirs."""
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
    """Shocks of a year [code, kind], of mean nought and variance one: of counties as Laplace had them, since most years
    of most counties are quiet and a few are not; of the last code, the province, normal."""
    drawn = np.hstack([uniforms(seed, process, year, codes) for process in (RESIDUAL, RESIDUAL_MORE)])[:, :KINDS]
    away = drawn[:-1] - 0.5
    return np.vstack([-np.sign(away) * np.log1p(-2.0 * np.abs(away)) / np.sqrt(2.0), normal_quantile(drawn[-1:])])


def of_sectors(by_branch: Floats, marine_bridge: Floats, hightech_bridge: Floats) -> Floats:
    """What sectors take of numbers of branches [..., branch]: the mean, weighted as value added is told by them."""
    found = np.empty((*by_branch.shape[:-1], MARKET_SECTORS))
    found[..., FARMING] = by_branch[..., PRIMARY_BRANCH]
    found[..., INDUSTRY] = by_branch[..., SECONDARY_BRANCH]
    found[..., LOCAL_SERVICES] = by_branch[..., TERTIARY_BRANCH]
    found[..., MARINE] = by_branch @ np.asarray(marine_bridge)
    found[..., HIGH_TECH] = by_branch @ np.asarray(hightech_bridge)
    return found


def pass_on(output_residual, marine_bridge, hightech_bridge, sector_residual: Out) -> None:
    """What a sector takes of the residuals of its branches."""
    sector_residual[:] = of_sectors(output_residual, marine_bridge, hightech_bridge)


def recompose(spending_residual, budget_resources: InOut, allocation_asked: Out) -> None:
    """What all counties have to spend is parted as history asks, by allocations that add to nought."""
    have = np.maximum(budget_resources, 0.0)
    asked = have * np.exp(spending_residual)
    allocation_asked[:] = asked * (have.sum() / max(asked.sum(), LEAST_MONEY)) - have
    budget_resources += allocation_asked


def restate_debt(year, in_history, debt_of_history, debt: InOut, debt_asked: Out) -> None:
    """Debt is what was printed when it first was, of all counties: what is owed beyond what was borrowed here."""
    debt_asked[:] = np.maximum(debt_of_history, -debt) if in_history and year == DEBT_PRINTED else 0.0
    debt += debt_asked
