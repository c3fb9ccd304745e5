"""The residuals of a draw: walks through history by the reference runs, each of which knows what the one before asked.

Residuals of output are found within a year (`output`), those of revenue at once, since it is in proportion to them.
What a place is worth to people moves their number by a slope that the walks themselves tell. In years without a
county's own figure its residual moves in equal steps between the years that have one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arguments import plan_of
from sim.closure import law as laws
from sim.closure.output import BRANCHES, Unmet, happen, meet, parts
from sim.closure.targets import Targets, bridged, targets
from sim.core.declare import Fault, UserError
from sim.mechanisms import revenue
from sim.mechanisms.capital import wanted_capital
from sim.mechanisms.past import History, Law, held
from sim.model import HainanModel
from sim.names import bound, parameter_cards
from sim.region.pack import Pack, load_pack
from sim.scenario import Scenario, load_scenario
from sim.words import BASE_YEAR, LAST_FOLLOWED, MARKET, MARKET_SECTORS

Floats = NDArray[np.float64]
REFERENCE_SEEDS, REFERENCE_WEIGHT = (0, 1, 2, 3), 200
WALKS = 3  # of the whole history: a later one knows the residuals between which a gap is bridged
WALKS_TO_A_COUNT = 6  # where residents have been counted on the way
FIRST_SLOPE, SLOPES = 0.5, (0.15, 3.0)  # of log residents on what a place is worth: before and after it is seen
FARTHEST_PLACE = 2.0  # utility: more than a county has of any other amenity
UNLIKELY = 3.0  # a factor that is reported, either way


class Misfit(NamedTuple):
    """Largest relative distance of what is made from what was observed."""

    output: float
    revenue: float
    people: float


class Followed(NamedTuple):
    """The residuals of a draw, and how well they follow history.

    `misfit`: of the mean of the reference runs, of output among the cells that can be met; `unmet`: those that cannot.
    """

    history: History
    misfit: Misfit
    unmet: tuple[Unmet, ...]


class _Walk(NamedTuple):
    """What one walk found: residuals of output and of revenue (`asked`), revenue and residents made [year, county]."""

    output: Floats
    asked: Floats
    revenue: Floats
    people: Floats
    error: float
    unmet: tuple[Unmet, ...]
    sizes: Floats  # [county, kind] of the base year
    capital: Floats


def followed(until: int, plan: Scenario | str = "baseline", draw: int | Mapping = 0,
             pack: Pack | None = None) -> Followed:
    """The residuals with which a draw follows history to `until`, solved once in a process.

    They depend on the parameters and the outlook of `plan` and `draw`, not on levers. UserError where `until` is not
    among the years that can be followed.
    """
    if isinstance(until, bool) or not isinstance(until, int | np.integer) or not BASE_YEAR < until <= LAST_FOLLOWED:
        raise UserError(Fault("history_until", f"{until!r} is not a year, {BASE_YEAR + 1} to {LAST_FOLLOWED}",
                              "to these output of the counties is observed"))
    drawn = draw if isinstance(draw, Mapping) else {"imputation": int(draw)}
    asked = plan_of(plan, drawn)
    reference = dataclasses.replace(load_scenario("baseline"), parameters=asked.parameters,
                                    outlook_stages=asked.outlook_stages, shifts=asked.shifts)
    return _solved(pack or load_pack(), int(until), reference, int(drawn.get("imputation", 0)))


@functools.lru_cache(maxsize=16)
def _solved(pack: Pack, until: int, plan: Scenario, draw: int) -> Followed:
    wanted = targets(pack, until)
    years, counties = wanted.revenue.shape
    own, printed = np.isfinite(wanted.totals), np.isfinite(wanted.revenue)
    told = History(until, np.zeros(wanted.cells.shape), np.zeros((years, counties)), np.zeros(counties),
                   np.zeros((counties, MARKET_SECTORS)), held(counties, wanted.cells.shape[-1] + 1))
    count = _last_count(wanted, pack.active)
    guide, guide_taxes = np.full(wanted.cells.shape, np.nan), np.full(wanted.revenue.shape, np.nan)
    slope, seen = np.full(counties, FIRST_SLOPE), None
    walks = WALKS if count is None else WALKS_TO_A_COUNT
    for number in range(walks):
        found = _walk(wanted, guide, guide_taxes, told, plan, draw)
        guide, guide_taxes = bridged(found.output, own), bridged(found.asked, printed)
        if number == walks - 1:
            break
        if count is not None:
            made = np.log(np.where(pack.active, found.people[count], 1.0))
            if seen is not None:
                slope = _slope(slope, told.people - seen[0], made - seen[1])
            seen, lacks = (told.people, made), np.log(np.where(pack.active, wanted.people[count], 1.0)) - made
            told = told._replace(people=np.clip(told.people + lacks / slope, -FARTHEST_PLACE, FARTHEST_PLACE))
    misfit = Misfit(found.error, float(_farthest(found.revenue, wanted.revenue)[1:].max(initial=0.0)),
                    0.0 if count is None else float(_farthest(found.people, wanted.people)[count].max()))
    history = told._replace(output=found.output, revenue=found.asked, capital=found.capital)
    return Followed(history._replace(law=_law(wanted, history, found.sizes, plan)), misfit, found.unmet)


def _last_count(wanted: Targets, active: NDArray[np.bool_]) -> int | None:
    """The row of the last year after the base year in which all residents were counted; None where there is none."""
    rows = np.flatnonzero(np.isfinite(wanted.people[1:, active]).all(axis=1)) + 1
    return int(rows[-1]) if len(rows) else None


def _slope(slope: Floats, moved: Floats, answered: Floats) -> Floats:
    """How log residents answered the last step [county]; where it was too short to tell, what was held before."""
    told = np.abs(moved) > 0.01
    return np.where(told, np.clip(answered / np.where(told, moved, 1.0), *SLOPES), slope)


def _lacking(models: list[HainanModel], wanted: Floats) -> Floats:
    """What is added to the residuals of revenue so that the mean run collects what is printed; nought elsewhere."""
    made = np.mean([model.counties.own_revenue for model in models], axis=0)
    there = np.isfinite(wanted) & (wanted > 0) & (made > 0)
    return np.where(there, np.log(np.where(there, wanted, 1.0) / np.where(there, made, 1.0)), 0.0)


def _farthest(made: Floats, wanted: Floats) -> Floats:
    """Relative distance where something was observed, else nought [year, county]."""
    there = np.isfinite(wanted) & (wanted > 0)
    return np.where(there, np.abs(made / np.where(there, wanted, 1.0) - 1.0), 0.0)


def _walk(wanted: Targets, guide: Floats, guide_taxes: Floats, told: History, plan: Scenario, draw: int) -> _Walk:
    """One walk through history under the residuals of people; those of output and revenue are found on the way.

    `guide` [year, county, branch], `guide_taxes` [year, county]: residuals of years that have no figure of their own.
    """
    until = told.until
    models = [HainanModel(plan, seed=seed, weight=REFERENCE_WEIGHT, until=until, draw=draw) for seed in REFERENCE_SEEDS]
    first = models[0]
    residuals, asked = np.zeros(told.output.shape), np.zeros(told.revenue.shape)
    told = told._replace(output=residuals, revenue=asked)
    for model in models:
        model.history = told
    before, making, to_taxes, after = parts()
    worst, unmet = 0.0, []
    for row in range(1, until - BASE_YEAR + 1):
        residuals[row], asked[row] = (np.where(np.isfinite(way[row]), way[row], way_so_far[row - 1]) for way, way_so_far
                                      in ((guide, residuals), (guide_taxes, asked)))
        for model in models:
            model.begin_year()
            happen(before, model)
        error, faults = meet(models, making, wanted, row, residuals)
        worst, unmet = max(worst, error), [*unmet, *faults]
        for model in models:
            happen(to_taxes, model)
        asked[row] += _lacking(models, wanted.revenue[row])
        for model in models:
            model.counties.revenue_residual[:] = asked[row]
            bound(revenue.collect)(model)
            happen(after, model)
            model.end_year()
    collected, people = (np.mean([model.record[name] for model in models], axis=0)
                         for name in ("own_revenue", "population"))
    sizes = np.column_stack([first.record["gdp_branch"][0], first.record["own_revenue"][0]]).astype(float)
    return _Walk(residuals, asked, collected, people, worst, tuple(unmet), sizes, _settled_capital(models))


def _settled_capital(models: list[HainanModel]) -> Floats:
    """The factor on wanted capital, as a log, with which capital grows everywhere as in the whole of its sector.

    Residuals lift output, not capital: without it capital would go on for years to answer the level of a residual.
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


def _law(wanted: Targets, found: History, sizes: Floats, plan: Scenario) -> Law:
    """How residuals of output and revenue go on, from what counties print."""
    p = {name: card.default for name, card in parameter_cards().items()} | dict(plan.parameters)
    branches = wanted.cells.shape[-1]
    printed = np.isfinite(wanted.revenue)
    active = sizes.sum(axis=1) > 0
    of_branches = np.isfinite(wanted.cells).all(axis=-1)
    known = laws.Known(
        np.dstack([*[of_branches] * branches, printed]),
        np.dstack([*[wanted.same_output] * branches, wanted.same_revenue]),
        np.column_stack([*[np.isfinite(wanted.province).all(axis=-1)] * branches, printed[:, active].all(axis=1)]))
    prior = laws.Prior(p["residual_spread_prior"], p["residual_common_prior"], p["residual_prior_changes"],
                       p["residual_prior_years"])
    errors = np.column_stack([*[p["output_observation_error"]] * branches, [p["revenue_observation_error"]] * 2])
    return laws.law(np.dstack([found.output, found.revenue]), known, sizes, errors, prior)


# --- what there is to say


def sayings(found: Followed) -> list[str]:
    """What to know of residuals: how near they come, cells that none meets, and where more than threefold is asked."""
    seen, lines = found.misfit, []
    lines.append(f"the mean of {len(REFERENCE_SEEDS)} reference runs at weight {REFERENCE_WEIGHT} is at most "
                 f"{seen.output:.0e} from observed output, {100 * seen.revenue:.2f} % from own revenue and "
                 f"{100 * seen.people:.2f} % from counted residents")
    lines += [f"not met: {cell.branch} branch of {cell.county} in {cell.year}, {cell.made:,.0f} of {cell.wanted:,.0f} "
              "million CNY" for cell in found.unmet]
    names_en, kinds = load_pack().names_en, (*(f"its {branch} branch makes" for branch in BRANCHES), "it collects")
    told = np.dstack([found.history.output, found.history.revenue])
    extreme = np.abs(told) > np.log(UNLIKELY)
    for c, k in np.argwhere(extreme.any(axis=0)):
        of = BASE_YEAR + np.flatnonzero(extreme[:, c, k])
        factor = np.exp(told[of[-1] - BASE_YEAR, c, k])
        lines.append(f"history asks {names_en[c]} for {factor:.2g} times what {kinds[k]} by itself ({of[0]}-{of[-1]})")
    return lines


def misfit(model: HainanModel, until: int) -> Floats:
    """Output of a run against what was observed of a year, relative [county]; nan where nothing was."""
    row = until - BASE_YEAR
    return model.record["gdp"][row] / targets(model.pack, until).totals[row] - 1.0
