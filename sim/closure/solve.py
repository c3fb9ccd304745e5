"""The residuals of a draw: passes of the reference runs through history, each using the results of the previous one.

Residuals of output are iterated within a year (`output`), those of revenue, pay and spending are found directly, as the
variables are proportional to them. A county without published income takes the provincial remainder of pay. The
response of residents to the attractiveness of places is estimated on the passes themselves. In years without a county
figure its residual is interpolated linearly between years with one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents import budget
from sim.arguments import plan_of
from sim.closure import ahead, shipped
from sim.closure import law as laws
from sim.closure.found import Cost, Followed, Misfit, Unmet
from sim.closure.incomes import FARTHEST, ZONES, Pay, in_pay, meet_incomes, paid_out
from sim.closure.measuring import Errors
from sim.closure.nearness import Gains, spreads
from sim.closure.output import FAR_OFF, happen, meet, parts
from sim.closure.targets import Targets, bridged, last_followed, noise, observed_totals, targets
from sim.core.declare import Fault, UserError
from sim.mechanisms import revenue
from sim.mechanisms.capital import wanted_capital
from sim.mechanisms.past import (
    BRANCH_KINDS,
    DEBT_PRINTED,
    KINDS,
    PAY_KINDS,
    REVENUE_KIND,
    SPENDING_KIND,
    History,
    Law,
    nothing_asked,
    restate_debt,
)
from sim.model import HainanModel
from sim.names import bound, parameter_cards
from sim.region.pack import Pack, load_pack, read_pack
from sim.scenario import Scenario, load_scenario
from sim.scenario.follow import EVERYTHING, Choice, load_choice
from sim.schedule import Step
from sim.words import BASE_YEAR, CNY_PER_MILLION, HORIZON, LAST_FOLLOWED, MARKET

Floats = NDArray[np.float64]
REFERENCE_SEEDS, REFERENCE_WEIGHT = (0, 1, 2, 3), 200
WALKS = 3  # of the whole history: a later one knows the residuals between which a gap is bridged
WALKS_OF_PRINTED = 2  # of the history as printed, with places as they are to people in the one that was drawn
WALKS_TO_A_COUNT = 8  # where residents have been counted on the way
FIRST_SLOPE, SLOPES = 0.3, (0.1, 3.0)  # of log residents on what a place is worth: before and after it is seen
LEANING = 0.04  # utility: a step that tells as much of a slope as was known before, by the chance of four runs
FARTHEST_PLACE = 2.0  # utility: bound, larger than any other amenity of a county
SECONDS_A_WALKED_YEAR = 0.06  # approximate, on one processor of a typical server
LEAST_PAY = 0.3  # of incomes: where it is less, a slip of other incomes is a leap of pay
UNLIKELY = 3.0  # factor from which deviations are reported, in either direction
LASTING = (1.0, 1.0, 1.0, 0.95, 0.9, 1.0, 1.0)
"""At most, of residuals by kind: what is collected of a base, and shares of all that is spent, come back."""
TOGETHER = (0, 0, 0, 0, 1, 0, 0)  # kinds of residuals whose shocks hang together: all but spending, which stands alone


class _Walk(NamedTuple):
    """What one walk found: residuals, what the mean run made of revenue, spending, incomes and residents."""

    output: Floats
    revenue: Floats
    spending: Floats
    pay: Floats
    common_pay: Floats  # [year, zone], of counties without published income
    free: NDArray[np.bool_]  # [year, county, zone]: whether pay is within its bounds
    collected: Floats
    spent: Floats
    incomes: Floats
    people: Floats
    debt: Floats
    asked_debt: Floats  # [county]
    growth: Floats  # [year, county, zone], of persons from the start of a year to those behind its incomes
    error: float
    unmet: tuple[Unmet, ...]
    sizes: Floats  # [county, kind] of residuals
    capital: Floats
    made: Floats  # [year, county, branch], output
    wages: Floats  # [year, county, zone], incomes proportional to pay
    bill: Floats  # [year, county, zone], all incomes


class _Guides(NamedTuple):
    """What a walk is told by the one before, nan where it is told nothing: residuals of years without a figure of their
    own, of pay beside what is common, and the persons behind incomes as parts of those at the start of the year."""

    output: Floats
    revenue: Floats
    spending: Floats
    pay: Floats
    growth: Floats


def followed(until: int, plan: Scenario | str = "baseline", draw: int | Mapping = 0,
             pack: str | Path | Pack | None = None, change: Callable[[HainanModel], None] | None = None,
             last: int | None = HORIZON, follow: str | Path | Choice | None = None) -> Followed:
    """The residuals with which a draw follows history to `until`, solved once in a process.

    They depend on the parameters and the outlook of `plan` and `draw`, not on levers. `observation` in a draw numbers a
    possible history, within errors of measurement; 0: as printed. `change` makes another model of a new one, whose
    residuals are to be solved. `last`: the year to which own changes of the model are damped (`sim.closure.ahead`);
    None: they are left as they are. `follow`: what of history is met, a file or a choice (`sim.scenario.follow`).
    `pack`: the data, a folder or a pack; None: the one in use. UserError where `until` is not among the years that can
    be followed, and with all faults of the file.
    """
    pack = read_pack(pack)
    refuse_other_years(until, pack)
    drawn = draw if isinstance(draw, Mapping) else {"imputation": int(draw)}
    asked = pack, int(until), _reference(plan, drawn), *_base(drawn)
    choice = load_choice(follow)
    if last is None:
        found = _plain(*asked, change, choice)
        return found._replace(history=found.history.undamped())
    in_baseline = dataclasses.replace(_reference("baseline", drawn), parameters=asked[2].parameters)
    return _damped(*asked, change, choice, in_baseline, int(last))


def refuse_other_years(until: object, pack: Pack) -> None:
    """UserError where history cannot be followed to a year."""
    whole = isinstance(until, int | np.integer) and not isinstance(until, bool)
    if whole and BASE_YEAR < until <= LAST_FOLLOWED:
        return
    last = last_followed(pack)
    if not whole or not BASE_YEAR < until <= last:
        raise UserError(Fault("history_until", f"{until!r} is not a year, {BASE_YEAR + 1} to {last}",
                              "counties are observed for these years; rows of your own (--data DIR) may add years"))


def damped(history: History, plan: Scenario, draw: Mapping, last: int) -> History:
    """The history with the model's own changes after it damped to the year `last`, as `plan` and `draw` make them."""
    models = _new_models(load_pack(), plan_of(plan, draw), last, _base(draw)[0], None)
    return history._replace(damping=ahead.damping(models, history))


def _reference(plan: Scenario | str, drawn: Mapping) -> Scenario:
    """`baseline` with the parameters and the outlook of a scenario and a draw."""
    asked = plan_of(plan, drawn)
    return dataclasses.replace(load_scenario("baseline"), parameters=asked.parameters,
                               outlook_stages=asked.outlook_stages, shifts=asked.shifts)


def solved_anew(until: int, draw: Mapping) -> tuple[str, Followed]:
    """The residuals of a draw under `baseline`, solved whatever is kept, and the key under which to keep them."""
    pack, plan, base = load_pack(), _reference("baseline", draw), _base(draw)
    found = _solved(pack, until, plan, *base)
    return shipped.key(until, pack.hash, plan.hash, *base), _ahead(pack, found, plan, base[0], HORIZON, None)


def _base(drawn: Mapping) -> tuple[int, int]:
    """The numbers of a draw's imputation and of its errors of measurement."""
    return int(drawn.get("imputation", 0)), int(drawn.get("observation", 0))


def cost(until: int, plan: Scenario | str = "baseline", draw: int | Mapping = 0,
         follow: str | Path | Choice | None = None, last: int = HORIZON) -> Cost | None:
    """About what it takes to solve the residuals of a draw, and to damp own changes to the year `last`; None where
    they are kept beside the draws."""
    choice, pack = load_choice(follow), load_pack()
    refuse_other_years(until, pack)
    drawn = draw if isinstance(draw, Mapping) else {"imputation": int(draw)}
    base, reference = _base(drawn), _reference(plan, drawn)
    if shipped.find(shipped.key(until, pack.hash, reference.hash, *base, choice)):
        return None
    counted = _last_count(targets(pack, until, choice=choice), pack.active) is not None
    walks = (WALKS_TO_A_COUNT if counted else WALKS) + (WALKS_OF_PRINTED if base[1] else 0)
    years = walks * (until - BASE_YEAR) + max(last - BASE_YEAR, 0)
    return Cost((walks + 1) * len(REFERENCE_SEEDS), SECONDS_A_WALKED_YEAR * years)


@functools.lru_cache(maxsize=16)
def _damped(pack: Pack, until: int, plan: Scenario, draw: int, observation: int,
            change: Callable[[HainanModel], None] | None, choice: Choice, ahead_plan: Scenario, last: int) -> Followed:
    """The residuals that are kept, else found, with those by which own changes are damped to a year."""
    found = _plain(pack, until, plan, draw, observation, change, choice)
    if until + len(found.history.damping) >= last:
        return found
    return _ahead(pack, found, ahead_plan, draw, last, change)


@functools.lru_cache(maxsize=16)
def _plain(pack: Pack, until: int, plan: Scenario, draw: int, observation: int,
           change: Callable[[HainanModel], None] | None, choice: Choice) -> Followed:
    """The residuals that are kept, else found; those of another model are not kept."""
    known = pack.from_files and not change
    kept = None if not known else shipped.find(shipped.key(until, pack.hash, plan.hash, draw, observation, choice))
    return kept or _solved(pack, until, plan, draw, observation, change, choice)


def _ahead(pack: Pack, found: Followed, plan: Scenario, draw: int, last: int,
           change: Callable[[HainanModel], None] | None) -> Followed:
    """What was found, with the model's own changes after it damped to a year."""
    history = found.history
    models = _new_models(pack, plan, last, draw, change)
    made = ahead.damping(models, history)
    return shipped.as_kept(found._replace(history=history._replace(damping=made)))


def _solved(pack: Pack, until: int, plan: Scenario, draw: int, observation: int,
            change: Callable[[HainanModel], None] | None = None, choice: Choice = EVERYTHING) -> Followed:
    chosen = choice, spreads(_parameters(plan))
    wanted = targets(pack, until, draw, _errors(observation, plan), *chosen)
    counties = wanted.revenue.shape[1]
    told = nothing_asked(counties, until)
    count = _last_count(wanted, pack.active)
    guides = _Guides(*(np.full(one.shape, np.nan) for one in (
        wanted.cells, wanted.revenue, wanted.spending, wanted.incomes, wanted.incomes)))
    slope, seen = np.full(counties, FIRST_SLOPE), None
    walks = WALKS if count is None else WALKS_TO_A_COUNT
    for number in range(walks):
        found = _walk(_new_models(pack, plan, until, draw, change), wanted, guides, told)
        guides = _guides(found, wanted)
        if number == walks - 1:
            break
        if count is not None:
            made = np.log(np.where(pack.active, found.people[count], 1.0))
            if seen is not None:
                slope = _slope(slope, told.people - seen[0], made - seen[1])
            there = np.isfinite(wanted.people[count])
            lacks = np.where(there, np.log(np.where(there, wanted.people[count], 1.0)) - made, 0.0)
            seen = told.people, made
            told = told._replace(people=np.clip(told.people + lacks / slope, -FARTHEST_PLACE, FARTHEST_PLACE))
    misfit = Misfit(found.error, _worst(found.collected, wanted.revenue),
                    0.0 if count is None else float(_farthest(found.people, wanted.people)[count].max()),
                    _worst(found.spent, _parts_of(wanted.spending, found.spent)),
                    _worst(found.incomes, np.where(found.free, wanted.incomes, np.nan)),
                    float(_farthest(found.debt, wanted.debt)[DEBT_PRINTED - BASE_YEAR:][:1].max(initial=0.0)))
    unmet = (*found.unmet, *_incomes_unmet(found, wanted, pack))
    history = _with(found, told)
    if observation:  # drawn errors carry no information on later years: the law is that of published history
        wanted = targets(pack, until, draw, None, *chosen)
        for _ in range(WALKS_OF_PRINTED):
            found = _walk(_new_models(pack, plan, until, draw, change), wanted, guides, told)
            guides = _guides(found, wanted)
    return shipped.as_kept(Followed(history._replace(law=_law(wanted, _with(found, told), found, plan, pack, choice)),
                                    misfit, unmet))


def _new_models(pack: Pack, plan: Scenario, until: int, draw: int,
                change: Callable[[HainanModel], None] | None) -> list[HainanModel]:
    """The reference runs in their initial state."""
    models = [HainanModel(plan, seed=seed, weight=REFERENCE_WEIGHT, until=until, draw=draw, pack=pack)
              for seed in REFERENCE_SEEDS]
    for model in models if change else ():
        change(model)
    return models


def _with(found: _Walk, told: History) -> History:
    return told._replace(output=found.output, revenue=found.revenue, spending=found.spending, pay=found.pay,
                         capital=found.capital, debt=found.asked_debt)


def _errors(observation: int, plan: Scenario) -> Errors:
    p = _parameters(plan)
    return Errors(observation, tuple(p["output_observation_error"]), p["revenue_observation_error"],
                  p["income_observation_error"], p["census_observation_error"], p["derived_error_ratio"])


def _parameters(plan: Scenario) -> dict[str, Any]:
    return {name: card.default for name, card in parameter_cards().items()} | dict(plan.parameters)


def _guides(found: _Walk, wanted: Targets) -> _Guides:
    printed = (np.isfinite(wanted.totals) | np.isfinite(wanted.cells).all(axis=-1),
               np.isfinite(wanted.revenue), np.isfinite(wanted.spending))
    beside = found.pay - found.common_pay[:, None]
    pay = np.stack([bridged(beside[..., z], np.isfinite(wanted.incomes[..., z])) for z in range(beside.shape[2])], -1)
    return _Guides(*map(bridged, (found.output, found.revenue, found.spending), printed), pay, found.growth)


def _incomes_unmet(found: _Walk, wanted: Targets, pack: Pack) -> list[Unmet]:
    """Incomes of which all but pay is more, or less, than what pay at its bound makes up for."""
    off = ~found.free & (_farthest(found.incomes, wanted.incomes) > FAR_OFF)
    return [Unmet(BASE_YEAR + int(row), pack.names_en[c], ZONES[z], float(wanted.incomes[row, c, z]),
                  float(found.incomes[row, c, z])) for row, c, z in np.argwhere(off)]


def _last_count(wanted: Targets, active: NDArray[np.bool_]) -> int | None:
    """The row of the last year after the base year in which residents were counted; None where there is none."""
    rows = np.flatnonzero(np.isfinite(wanted.people[1:, active]).any(axis=1)) + 1
    return int(rows[-1]) if len(rows) else None


def _slope(slope: Floats, moved: Floats, answered: Floats) -> Floats:
    """How log residents answered the last step [county], leaning on what was held before as on a short one."""
    return np.clip((LEANING**2 * slope + moved * answered) / (LEANING**2 + moved**2), *SLOPES)


def _lacking(models: list[HainanModel], wanted: Floats) -> Floats:
    """What is added to the residuals of revenue so that the mean run collects what is printed; nought elsewhere."""
    return _missed(wanted, np.mean([model.counties.own_revenue for model in models], axis=0))


def _parts_of(spent: Floats, have: Floats) -> Floats:
    """What counties spent [..., county] as parts of what those that print it have to spend; nan where nothing is
    printed."""
    there = np.isfinite(spent) & (spent > 0)
    seen, mine = (np.where(there, one, 0.0).sum(axis=-1, keepdims=True) for one in (spent, have))
    return np.where(there, spent * mine / np.where(seen > 0, seen, 1.0), np.nan)


def _parted(spent: Floats, have: Floats, residuals: Floats, gains: Floats | float = 1.0) -> Floats:
    """Residuals of spending [county] with which counties that print it spend their parts of what these have together.

    The others keep the pattern of `residuals` and what they have together. `gains` [county]: the part of the way from
    `residuals` that is gone.
    """
    wanted = _parts_of(spent, have)
    there, others = np.isfinite(wanted) & (have > 0), ~np.isfinite(wanted) & (have > 0)
    found = np.where(there, np.log(np.where(there, wanted, 1.0) / np.where(there, have, 1.0)), residuals)
    found = np.where(gains == 1.0, found, residuals + gains * (found - residuals))
    if others.any():
        asked = (have * np.exp(found))[others].sum()
        found = np.where(others, found + np.log(have[others].sum() / asked), found)
    return np.where(have > 0, found, 0.0)


def _worst(made: Floats, wanted: Floats) -> float:
    """The largest relative deviation after the base year."""
    return float(_farthest(made, wanted)[1:].max(initial=0.0))


def _farthest(made: Floats, wanted: Floats) -> Floats:
    """Relative deviation where observed, otherwise zero."""
    there = np.isfinite(wanted) & (wanted > 0)
    return np.where(there, np.abs(made / np.where(there, wanted, 1.0) - 1.0), 0.0)


def _walk(models: list[HainanModel], wanted: Targets, guides: _Guides, told: History) -> _Walk:
    """One walk through history under the residuals of people; the others are found on the way."""
    until = told.until
    first, year = models[0], parts()
    residuals, asked, spending, pay = (np.zeros(one.shape) for one in (
        told.output, told.revenue, told.spending, told.pay))
    common = np.zeros((len(pay), pay.shape[2]))
    debt = np.zeros(told.debt.shape)
    told = told._replace(output=residuals, revenue=asked, spending=spending, pay=pay, debt=debt)
    for model in models:
        model.history = told
    worst, unmet = 0.0, []
    seen = residuals[0], asked[0], spending[0], pay[0]
    wages, bill = (np.repeat(np.mean([of(model.counties) for model in models], axis=0)[None], len(pay), axis=0)
                   for of in (in_pay, paid_out))
    for row in range(1, until - BASE_YEAR + 1):
        ways = guides.output[row], guides.revenue[row], guides.spending[row], guides.pay[row]
        stood = residuals[row - 1], asked[row - 1], spending[row - 1], pay[row - 1] - common[row - 1]
        residuals[row], asked[row], spending[row], beside = (
            _start(*one) for one in zip(ways, stood, seen, _in_part(wanted.gains, row), strict=True))
        for model in models:
            model.begin_year()
            happen(year.before, model)
        error, faults = meet(models, year.making, wanted, row, residuals)
        worst, unmet = max(worst, error), [*unmet, *faults]
        for model in models:
            happen(year.to_incomes, model)
        pay[row], common[row] = meet_incomes(models, year.incomes, wanted, row, Pay(
            common[row - 1] + beside, common[row - 1], guides.growth[row]))
        wages[row], bill[row] = (np.mean([of(model.counties) for model in models], axis=0) for of in (in_pay, paid_out))
        for model in models:
            happen(year.to_taxes, model)
        asked[row] += wanted.gains.revenue[row] * _lacking(models, wanted.revenue[row])
        for model in models:
            model.counties.revenue_residual[:] = asked[row]
            bound(revenue.collect)(model)
            happen(year.to_budgets, model)
            bound(budget.gather)(model)
        have = np.mean([model.counties.budget_resources for model in models], axis=0)
        spending[row] = _parted(wanted.spending[row], have, spending[row], wanted.gains.spending[row])
        for model in models:
            model.counties.spending_residual[:] = spending[row]
        seen = tuple(np.where(np.isfinite(way), before, found) for way, before, found in zip(
            ways, seen, (residuals[row], asked[row], spending[row], pay[row] - common[row]), strict=True))
        _borrow(models, year.budgets[0], debt, wanted.debt[row] if first.year == DEBT_PRINTED else None)
        for model in models:
            happen(year.budgets[1:], model)
            model.end_year()
    collected, spent, people, owed, zones, paid = (
        np.mean([model.record[name] for model in models], axis=0, dtype=float)
        for name in ("own_revenue", "budget_resources", "population", "debt", "population_zone", "disposable_income"))
    persons = zones.copy()
    persons[1:] = 0.5 * (zones[1:] + zones[:-1])
    growth = np.ones(zones.shape)
    growth[1:] = np.where(zones[:-1] > 0, persons[1:] / np.maximum(zones[:-1], 1.0), 1.0)
    incomes = CNY_PER_MILLION * paid / np.maximum(persons, 1.0)
    kinds = np.column_stack([first.record["gdp_branch"][0], first.record["own_revenue"][0], spent[-1],
                             first.counties.labour_income]).astype(float)
    return _Walk(
        output=residuals, revenue=asked, spending=spending, pay=pay, common_pay=common, free=np.abs(pay) < FARTHEST,
        collected=collected,
        spent=spent, incomes=incomes, people=people, debt=owed, asked_debt=debt, growth=growth, error=worst,
        unmet=tuple(unmet), sizes=kinds, capital=_settled_capital(models),
        made=np.mean([model.record["gdp_branch"] for model in models], axis=0, dtype=float), wages=wages,
        bill=bill)


def _borrow(models: list[HainanModel], budgets: Step, asked: Floats, printed: Floats | None) -> None:
    """Budgets of a year; `asked` is what the mean of the runs lacks of the debt that is printed, if any."""
    for rule in budgets.each():
        if rule is restate_debt and printed is not None:
            asked[:] = np.nan_to_num(printed - np.mean([model.counties.debt for model in models], axis=0))
        for model in models:
            bound(rule)(model)


def _start(way: Floats, stood: Floats, seen: Floats, in_part: NDArray[np.bool_]) -> Floats:
    """Residuals from which those of a year are found: on the `way` between two figures, else those of the year before.

    Where a figure is met in part, the way to it starts where the last figure left residuals (`seen`): the steps of the
    years between have gone most of it already.
    """
    return np.where(np.isfinite(way), way, np.where(in_part, seen, stood))


def _in_part(gains: Gains, row: int) -> tuple[NDArray[np.bool_], ...]:
    """Whether output, revenue, spending and pay are followed only partly in a year."""
    return (((gains.cells[row] < 1.0) | (gains.totals[row] < 1.0))[:, None], gains.revenue[row] < 1.0,
            gains.spending[row] < 1.0, gains.incomes[row] < 1.0)


def _settled_capital(models: list[HainanModel]) -> Floats:
    """The log factor on desired capital with which capital of every county grows as in the whole sector.

    Residuals raise output, but not capital; without the factor, capital would respond to their level for years.
    """
    first = models[0]
    held_now, value = (np.mean([getattr(model.counties, name)[:, MARKET] for model in models], axis=0)
                       for name in ("capital", "value_added"))
    wanted = wanted_capital(first.settled.share_capital, value, first.counties.capital_cost,
                            first.settled.capital_scale)
    there = (held_now > 0) & (wanted > 0)
    whole = np.where(there, wanted, 0.0).sum(axis=0) / np.maximum(np.where(there, held_now, 0.0).sum(axis=0), 1e-9)
    ratio = np.where(there, whole * held_now / np.where(there, wanted, 1.0), 1.0)
    return np.log(np.clip(ratio, 1.0 / UNLIKELY, UNLIKELY))


def _law(wanted: Targets, told: History, found: _Walk, plan: Scenario, pack: Pack, choice: Choice) -> Law:
    """How residuals go on, from what counties print.

    Deviations of the base year itself do not count as changes of the first year.
    """
    p = _parameters(plan)
    branches = wanted.cells.shape[-1]
    collected, spent, paid = (np.isfinite(one) for one in (wanted.revenue, wanted.spending, wanted.incomes))
    paid &= found.free  # unmet values carry no information
    active = found.sizes.sum(axis=1) > 0
    of_branches = np.isfinite(wanted.cells).all(axis=-1)
    known = laws.Known(
        np.dstack([*[of_branches] * branches, collected, spent, _tells_pay(paid, found.wages, found.bill)]),
        np.dstack([*[wanted.same_output] * branches, wanted.same_revenue, wanted.same_spending, wanted.same_incomes]),
        np.column_stack([*[np.isfinite(wanted.province).all(axis=-1)] * branches, collected[:, active].all(axis=1),
                         spent[:, active].all(axis=1), np.isfinite(wanted.province_incomes)]))
    prior = laws.Prior(_by_kind(p["residual_spread_prior"], p["budget_spread_prior"], p["pay_spread_prior"]),
                       _by_kind(p["residual_common_prior"], p["residual_common_prior"], p["pay_spread_prior"]),
                       p["residual_prior_changes"], p["residual_prior_years"])
    own = np.zeros((len(active), KINDS))
    own[:, REVENUE_KIND] = np.clip(found.collected[-1] / np.maximum(found.spent[-1], 1e-9), 0.0, 1.0)
    branches_of = found.made[-1] / np.maximum(found.made[-1].sum(axis=-1, keepdims=True), 1e-9)
    shocks = np.zeros((len(active), KINDS))
    shocks[:, BRANCH_KINDS] = branches_of
    answers = [laws.Answer(SPENDING_KIND, own, p["spending_answer_prior"]),
               *(laws.Answer(kind, shocks, p["pay_answer_prior"]) for kind in range(KINDS)[PAY_KINDS])]
    residuals = told.told.copy()
    residuals[0, :, REVENUE_KIND] = _missed(wanted.revenue[0], found.collected[0])
    residuals[0, :, SPENDING_KIND] = _missed(_parts_of(wanted.spending[0], found.spent[0]), found.spent[0])
    seen = noise(pack, told.until, _errors(0, plan), choice)
    follows = _changes_told(np.dstack([np.isfinite(wanted.totals), paid]),
                            np.dstack([wanted.same_totals, wanted.same_incomes]))
    learnt = ahead.learnt(residuals, found.made, found.incomes, found.bill, found.wages, follows,
                          p["own_change_prior"], p["residual_prior_changes"])
    gained = learnt.taken.cumsum(axis=0)
    residuals[..., BRANCH_KINDS] -= gained[..., :1]
    residuals[..., PAY_KINDS] -= gained[..., 1:]
    law = laws.law(residuals, known, found.sizes, seen, prior, answers, TOGETHER)
    return law._replace(persistence=np.minimum(law.persistence, LASTING), worth=learnt.worth)


def _changes_told(known: NDArray[np.bool_], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the change from the year before is known [year after the first, ...]: both years, on one definition."""
    return known[1:] & known[:-1] & same[1:]


def _tells_pay(met: NDArray[np.bool_], wages: Floats, bill: Floats) -> NDArray[np.bool_]:
    """Whether incomes are informative on pay, i.e. pay is a substantial part of them."""
    return met & (wages >= LEAST_PAY * bill)


def _missed(printed: Floats, made: Floats) -> Floats:
    """Log ratio of published to modelled values; zero where unpublished."""
    there = np.isfinite(printed) & (printed > 0) & (made > 0)
    return np.where(there, np.log(np.where(there, printed, 1.0) / np.where(there, made, 1.0)), 0.0)


def _by_kind(output, budgets, pay) -> Floats:
    """Values for each kind of residual, along the last dimension."""
    return np.concatenate([np.atleast_1d(one) for one in (*[output] * 3, *[budgets] * 2, *[pay] * 2)], axis=-1)


def misfit(model: HainanModel, until: int) -> Floats:
    """Relative deviation of a run's output from that observed in a year [county]; nan where unobserved."""
    row = until - BASE_YEAR
    return model.record["gdp"][row] / observed_totals(model.pack, until)[row] - 1.0
