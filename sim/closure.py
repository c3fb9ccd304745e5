"""History followed: the residuals of output with which the model passes through the observed years.

In the practice of general-equilibrium models a historical simulation takes what was observed as given and solves for
the residuals of productivity and demand (Dixon and Rimmer 2002). Here, year by year, the residuals of the three
branches in each county are found with which the mean of the reference runs makes the output observed. They are solved
for a draw once (its parameters, outlook and imputation, `baseline`, luck of output at rest) and applied to all seeds
and scenarios: where levers differ before the last year followed, so may the past.

What is observed: branches of a county where they are printed, else its total, else only what the province's branches
leave; missing branches take the model's own pattern, scaled to those margins (least change in the sense of Kullback and
Leibler). In years without a county's own figure its residual moves in equal steps between the years that have one.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import names, residual_law, schedule
from sim.arguments import plan_of
from sim.core.bind import contract
from sim.core.declare import Fault, UserError
from sim.mechanisms.past import History, Law, held
from sim.model import HainanModel
from sim.region import segments
from sim.region.history import history
from sim.region.pack import Pack, load_pack
from sim.scenario import Scenario, load_scenario
from sim.words import (
    BASE_YEAR,
    FARMING,
    HIGH_TECH,
    INDUSTRY,
    LAST_FOLLOWED,
    LOCAL_SERVICES,
    MARINE,
)

Floats = NDArray[np.float64]
REFERENCE_SEEDS, REFERENCE_WEIGHT = (0, 1, 2, 3), 200
PASSES = 3  # of the whole history: a later one knows the residuals between which a gap is bridged
ROUNDS, NEAR_ENOUGH = 40, 1e-5  # within a year; relative, of every cell
FITTINGS = 200  # of rows and columns to their margins
LEAST_PART = 0.02  # of a branch of the province, left to the counties that print none
FARTHEST, LONGEST_STEP = 3.0, 0.7  # logs: a residual beyond is no answer to a cell; a step of a round
UNLIKELY = 3.0  # a factor that is reported, either way
FAR_OFF = 1e-3  # relative: a cell farther off is not met
BRANCHES = ("primary", "secondary", "tertiary")
FIRST, LAST = "output is made", "factors are paid"


class Targets(NamedTuple):
    """What is observed of output, million CNY at base prices; nan where nothing is.

    `cells`: [year, county, branch], `totals`: [year, county], `province`: [year, branch], years from the base year on.
    """

    cells: Floats
    totals: Floats
    province: Floats


class Unmet(NamedTuple):
    """A cell that no residual meets."""

    year: int
    county: str
    branch: str
    wanted: float
    made: float


class Followed(NamedTuple):
    """The residuals of a draw, and how well they follow history.

    `error`: the largest relative error of a cell that can be met, mean of the reference runs; `unmet`: those that
    cannot.
    """

    history: History
    error: float
    unmet: tuple[Unmet, ...]


# --- what is observed


def targets(pack: Pack, until: int) -> Targets:
    """Observed output from the base year to `until`, its margins made consistent.

    The province's branches stand as they are. Where counties with a figure of their own add up to all of it, totals
    take the ratio of the two: statistical offices revise the one before the other.
    """
    ds = history(pack).sel(year=slice(BASE_YEAR, until))
    cells, totals, province = (ds[name].values for name in ("gdp_branch", "gdp", "province_gdp_branch"))
    active = pack.active
    whole = np.isfinite(cells).all(axis=-1)
    totals = np.where(whole, np.nansum(cells, axis=-1), totals)
    every = np.isfinite(totals[:, active]).all(axis=1)
    ratio = np.where(every, np.nansum(province, axis=1) / np.nansum(totals[:, active], axis=1), 1.0)
    return Targets(np.where(whole[..., None], cells * ratio[:, None, None], np.nan), totals * ratio[:, None], province)


def fitted(seed: Floats, cells: Floats, totals: Floats, province: Floats, active: NDArray[np.bool_]) -> Floats:
    """The branches [county, branch] of a year nearest to `seed` that meet what is observed.

    Cells printed by branch stand; rows with a total and columns of the province are met by turns (iterative
    proportional fitting). A column in which everything is printed is not scaled.
    """
    known = np.isfinite(cells).all(axis=-1) & active
    out = np.where(known[:, None], cells, np.where(active[:, None], np.maximum(seed, 1e-9), 0.0))
    free, rows = active & ~known, active & ~known & np.isfinite(totals)
    left = province - out[known].sum(axis=0)
    if not free.any() or not np.isfinite(left).all():
        if rows.any():
            out[rows] *= (totals[rows] / out[rows].sum(axis=1))[:, None]
        return out
    left = np.maximum(left, LEAST_PART * out[free].sum(axis=0))
    for _ in range(FITTINGS):
        out[free] *= left / out[free].sum(axis=0)
        if not rows.any():
            break
        out[rows] *= (totals[rows] / out[rows].sum(axis=1))[:, None]
    return out


# --- solving


def followed(until: int, plan: Scenario | str = "baseline", draw: int | Mapping = 0,
             pack: Pack | None = None) -> Followed:
    """The residuals with which a draw follows history to `until`, solved once in a process.

    They depend on the parameters and the outlook of `plan` and `draw`, not on levers. UserError where `until` is not
    among the years that can be followed.
    """
    if not BASE_YEAR < until <= LAST_FOLLOWED:
        raise UserError(Fault("history_until", f"{until} is outside {BASE_YEAR + 1}-{LAST_FOLLOWED}",
                              "write a year in that range: to it output of the counties is observed"))
    drawn = draw if isinstance(draw, Mapping) else {"imputation": int(draw)}
    asked = plan_of(plan, drawn)
    reference = dataclasses.replace(load_scenario("baseline"), parameters=asked.parameters,
                                    outlook_stages=asked.outlook_stages, shifts=asked.shifts)
    return _solved(pack or load_pack(), int(until), reference, int(drawn.get("imputation", 0)))


@functools.lru_cache(maxsize=16)
def _solved(pack: Pack, until: int, plan: Scenario, draw: int) -> Followed:
    wanted = targets(pack, until)
    guide = np.full(wanted.cells.shape, np.nan)
    own = np.isfinite(wanted.totals)
    for _ in range(PASSES):
        residuals, error, unmet, first = _pass(wanted, guide, until, plan, draw)
        guide = bridged(residuals, own)
    return Followed(History(until, residuals, _law(wanted, residuals, first)), error, unmet)


def _law(wanted: Targets, residuals: Floats, model: HainanModel) -> Law:
    """How the residuals go on, from the branches that counties print."""
    p = model.parameters
    years = range(BASE_YEAR, BASE_YEAR + len(residuals))
    same = np.stack([segments.same_segment("gdp_branch", model.codes.tolist(), year - 1, [year], model.pack)[0]
                     for year in years])
    printed = np.isfinite(wanted.cells).all(axis=-1)
    known = residual_law.Known(printed, same, np.isfinite(wanted.province).all(axis=-1))
    prior = residual_law.Prior(p.residual_spread_prior, p.residual_common_prior, p.residual_prior_changes,
                               p.residual_prior_years)
    return residual_law.law(residuals, known, model.record["gdp_branch"][0].astype(float),
                            tuple(p.output_observation_error), prior)


def bridged(residuals: Floats, own: NDArray[np.bool_]) -> Floats:
    """Residuals of years without an own figure [year, county, branch] in equal steps between those with one.

    nan where a figure is there, and after the last one, where what was solved stands.
    """
    out = np.full(residuals.shape, np.nan)
    years = np.arange(residuals.shape[0])
    for c in range(residuals.shape[1]):
        at = np.union1d([0], np.flatnonzero(own[:, c]))
        gaps = [y for y in years[: at[-1]] if y not in at]
        for b in range(residuals.shape[2]):
            out[gaps, c, b] = np.interp(gaps, at, residuals[at, c, b])
    return out


def _pass(wanted: Targets, guide: Floats, until: int, plan: Scenario, draw: int):
    """One walk through history: residuals [year, county, branch], the largest error, cells not met, a model."""
    models = [HainanModel(plan, seed=seed, weight=REFERENCE_WEIGHT, until=until, draw=draw) for seed in REFERENCE_SEEDS]
    first = models[0]
    residuals = np.zeros((until - BASE_YEAR + 1, first.n, wanted.cells.shape[-1]))
    told = History(until, residuals, held(*residuals.shape[1:]))
    for model in models:
        model.history = told
    before, making, after = _parts()
    worst, unmet = 0.0, []
    for row in range(1, until - BASE_YEAR + 1):
        residuals[row] = np.where(np.isfinite(guide[row]), guide[row], residuals[row - 1])
        for model in models:
            model.begin_year()
            _happen(before, model)
        error, faults = _meet(models, making, wanted, row, residuals)
        worst, unmet = max(worst, error), [*unmet, *faults]
        for model in models:
            _happen(after, model)
            model.end_year()
    return residuals, worst, tuple(unmet), first


@functools.cache
def _parts() -> tuple[tuple[schedule.Step, ...], ...]:
    """The steps of a year before output is made, those that make and pay it, and those after."""
    at = [step.says for step in schedule.SCHEDULE]
    start, end = at.index(FIRST), at.index(LAST) + 1
    return schedule.SCHEDULE[:start], schedule.SCHEDULE[start:end], schedule.SCHEDULE[end:]


def _happen(steps, model: HainanModel) -> None:
    for step in steps:
        step.happen(model)


def _meet(models, making, wanted: Targets, row: int, residuals: Floats) -> tuple[float, list[Unmet]]:
    """Rounds of produce, sell and pay until the mean of the runs makes what is wanted of the year."""
    first = models[0]
    stood = [_remembered(model) for model in models]
    goal = None
    stuck = ~np.broadcast_to(first.active[:, None], residuals[row].shape)
    for _ in range(ROUNDS):
        for model, before in zip(models, stood, strict=True):
            _put_back(model, before)
            model.counties.output_residual[:] = residuals[row]
            _happen(making, model)
        made = np.mean([model.counties.gdp_branch for model in models], axis=0)
        if goal is None:
            goal = fitted(made, wanted.cells[row], wanted.totals[row], wanted.province[row], first.active)
        miss = np.abs(made / np.where(goal > 0, goal, 1.0) - 1.0)
        if np.where(stuck, 0.0, miss).max() < NEAR_ENOUGH:
            break
        asked = residuals[row] + _correction(models, goal - made, stuck)
        residuals[row] = np.clip(asked, -FARTHEST, FARTHEST)
        stuck = stuck | (np.abs(asked) > FARTHEST)
    unmet = np.argwhere((miss > FAR_OFF) & first.active[:, None])
    shown = [Unmet(first.year, first.names[c], BRANCHES[b], float(goal[c, b]), float(made[c, b])) for c, b in unmet]
    return float(np.where(stuck, 0.0, miss).max()), shown


def _correction(models, lacking: Floats, stuck: NDArray[np.bool_]) -> Floats:
    """What is added to the residuals [county, branch]: a step of Newton's method on what the branches lack.

    A residual moves its own sectors, and those it shares by the bridges of marine industry and high technology; pay of
    the public service answers none. Residuals that are stuck at their bound do not move.
    """
    value, construction = (np.mean([getattr(model.counties, name) for model in models], axis=0)
                           for name in ("value_added", "construction"))
    p, n = models[0].parameters, lacking.shape[-1]
    own = np.stack([value[:, FARMING], value[:, INDUSTRY] + construction, value[:, LOCAL_SERVICES] - construction],
                   axis=1)
    moves = own[:, :, None] * np.eye(n)
    for sector, bridge in ((MARINE, p.marine_bridge), (HIGH_TECH, p.hightech_bridge)):
        moves += value[:, sector, None, None] * np.outer(bridge, bridge)
    free = ~stuck
    moves = np.where(free[:, :, None] & free[:, None, :], moves, 0.0) + np.where(stuck[:, :, None], np.eye(n), 0.0)
    moves += 1e-9 * np.eye(n)
    step = np.linalg.solve(moves, np.where(free, lacking, 0.0)[..., None])[..., 0]
    return np.clip(step, -LONGEST_STEP, LONGEST_STEP)


@functools.cache
def _written() -> tuple[tuple[str, str], ...]:
    """Table and column of everything the steps of output write."""
    writes = {name for step in _parts()[1] for rule in step.each() for name in contract(rule).writes}
    return tuple((table, name) for table, kind in names.TABLES.items() for name in kind.columns() if name in writes)


def _remembered(model: HainanModel) -> dict[tuple[str, str], np.ndarray]:
    return {(table, name): getattr(getattr(model, table), name).copy() for table, name in _written()}


def _put_back(model: HainanModel, stood) -> None:
    for (table, name), array in stood.items():
        getattr(getattr(model, table), name)[...] = array


def sayings(found: Followed) -> list[str]:
    """What to know of residuals: cells that none meets, and counties of which more than threefold is asked."""
    years, extreme = found.history.output.shape[0], np.abs(found.history.output) > np.log(UNLIKELY)
    lines = [f"not met: {cell.branch} branch of {cell.county} in {cell.year}, {cell.made:,.0f} of {cell.wanted:,.0f} "
             "million CNY" for cell in found.unmet]
    names_en = load_pack().names_en
    for c, b in np.argwhere(extreme.any(axis=0)):
        of = [BASE_YEAR + year for year in range(years) if extreme[year, c, b]]
        factor = np.exp(found.history.output[of[-1] - BASE_YEAR, c, b])
        lines.append(f"history asks {names_en[c]} for {factor:.2g} times what its {BRANCHES[b]} branch makes by itself "
                     f"({of[0]}-{of[-1]})")
    return lines


def misfit(model: HainanModel, until: int) -> Floats:
    """Output of a run against what was observed of a year, relative [county]; nan where nothing was."""
    row = until - BASE_YEAR
    return model.record["gdp"][row] / targets(model.pack, until).totals[row] - 1.0
