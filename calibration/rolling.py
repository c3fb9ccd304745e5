"""Skill from rolling origins: history is followed up to a year, and the model's forecasts for later years are scored.

From each origin two ensembles go on: conditional (growth of the nation, visitors, births and central transfers as they
were) and unconditional (the outlook as it stood at the origin). Residuals, and the law by which they go on, are solved
on the years to the origin alone; what happened up to it is never scored. Runs differ in their seeds and take turns
among a few draws: history within errors of measurement, imputation of the base year, and parameters by a Latin
hypercube over a fifth of their ranges around central values. Some of these were set on years to 2017, and a target that
such a year entered (`Target.seen`) is marked as in-sample.
Each is compared with the best naive forecast, selected and spread with the information at the origin
(`calibration.naive`).

The rule, written before the first scoring: a target is forecast with skill where, over all origins and leads of one to
four years that are out of sample, the CRPS is at most 0.85 of that of the best naive forecast, with a support of 80 %
when units are drawn again, and the central 80 % interval holds between 70 and 90 % of the observations at a mean width
that is not above the naive one's. Targets that fail are to be read as constant, with the spread of their past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration import outlook_as_of, scores, spread
from calibration.cases import Absent, Case, case_of
from calibration.comparison import Comparison, compare
from calibration.stacked import stacked
from calibration.targets import CHANGE, TARGETS, Target
from calibration.view import CONDITIONAL, UNCONDITIONAL, view_of
from sim import closure, simulate
from sim.core import dataset
from sim.region.history import history
from sim.region.pack import load_pack
from sim.scenario import Scenario, load_scenario
from sim.words import LAST_FOLLOWED

Array = NDArray[np.float64]
ORIGINS = tuple(range(2011, LAST_FOLLOWED))
MEMBERS, WEIGHT = 38, 200
DRAWS = 6  # among which the runs of an origin take turns; the first is central, with history as printed
PART_OF_RANGE = 0.2  # of parameters, around central values, that draws span
INFORMATION = (CONDITIONAL, UNCONDITIONAL)
SCORED = ("residents_old_basis", "residents_2021", "registered", "gdp_long", "gdp", "gdp_primary", "gdp_secondary",
          "gdp_tertiary", "income_urban", "income_rural", "income_ratio", "own_revenue", "spending", "debt_change",
          "province_residents", "province_gdp", "province_primary", "province_secondary", "province_tertiary",
          "province_income_urban", "province_income_rural", "province_income_ratio", "province_revenue",
          "province_debt")
"""Targets that can start from more than one origin; where a later one is a case of the same series it is left out."""
LEADS = ((1, 1), (2, 2), (3, 4), (5, 10))
RULE_LEADS = (1, 4)
RATIO, SUPPORT, COVERED = 0.85, 0.8, (0.7, 0.9)


class Forecast(NamedTuple):
    """One case from one origin."""

    origin: int
    information: str
    case: Case


def forecasts(origins: Iterable[int] = ORIGINS, members: int = MEMBERS, weight: int = WEIGHT,
              information: Sequence[str] = INFORMATION, names: Sequence[str] = SCORED,
              among: Sequence[Mapping[str, object]] | None = None) -> Iterator[Forecast]:
    """Every target from every origin, as far as something was observed after it on the same definition.

    `among`: draws among which runs take turns (None: those of `draws`).
    """
    past = history()
    chosen = [target for target in TARGETS if target.name in names]
    for origin in origins:
        for told in information:
            view = view_of(ensemble(origin, told, members, weight, among), past)
            for target in chosen:
                asked = _from(target, origin)
                try:
                    case = case_of(view, asked)
                except Absent:
                    continue
                if case.known.any():
                    yield Forecast(origin, told, case)


def _from(target: Target, origin: int) -> Target:
    """The target asked from another origin, for all years after it."""
    return replace(target, origin=origin, years=tuple(range(origin + 1, LAST_FOLLOWED + 1)), start=CHANGE)


def plan_at(origin: int, information: str) -> Scenario:
    """The baseline with the external information available to a forecast from the origin."""
    plan = load_scenario("baseline")
    if information == CONDITIONAL:
        return plan
    held = {name: {"path": value if isinstance(value, dict) else {origin + 1: value}}
            for name, value in outlook_as_of.as_of(load_pack(), origin).items()}
    return replace(replace(plan, since=origin + 1).with_outlook(**held), name=f"{outlook_as_of.AS_OF}{origin}")


def draws(number: int = DRAWS) -> list[Mapping[str, object]]:
    """Draws among which runs take turns, as the model takes them; the first is central."""
    central = {name: card.default for name, card in spread.ranged().items() if isinstance(card.default, float)}
    near = [{"draw": row["draw"], "imputation": row["imputation"], "observation": row["draw"]}
            | {name: value + PART_OF_RANGE * (row[name] - value) for name, value in central.items()}
            for row in spread.spread(max(2, number - 1))[:number - 1]]
    drawn = map(simulate.draw_of, near)
    return [{"imputation": 0}, *(one for one in drawn if isinstance(one, Mapping))]


def ensemble(origin: int, information: str, members: int = MEMBERS, weight: int = WEIGHT,
             among: Sequence[Mapping[str, object]] | None = None) -> xr.Dataset:
    """Runs of one origin, as results [seed, year, ...]; what came before is solved once for both outlooks."""
    plan, among = plan_at(origin, information), among or draws(min(DRAWS, members))
    told = [closure.damped(closure.followed(origin, "baseline", draw, last=None).history, plan, draw, LAST_FOLLOWED)
            for draw in among]
    runs = [simulate.run_arrays(plan, seed, among[seed % len(among)], weight, LAST_FOLLOWED,
                                history=told[seed % len(among)]) for seed in range(members)]
    arrays = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
    labels = {**simulate.coordinates(LAST_FOLLOWED), "seed": list(range(members))}
    made = dataset.make(arrays, simulate.cards(), labels, {"scenario": plan.name}, ("seed", "year"))
    return simulate.with_indicators(made)


# --- scores


def cells(found: Iterable[Forecast]) -> pd.DataFrame:
    """A row a target, information, origin, year and unit: errors, scores and intervals of model and naive forecast."""
    frames = []
    for origin, information, case in found:
        target, truth = case.target, case.truth + np.where(case.known, 0.0, np.nan)
        model, point, members = case.model, case.naive.point, case.naive.members
        none = np.full(truth.shape, np.nan)
        low, high, _ = scores.interval(model)
        naive_low, naive_high, _ = (none, none, 0.0) if members is None else scores.interval(members)
        table = {
            "model_error": case.centre - truth, "naive_error": point - truth,
            "model_crps": scores.crps(model, truth),
            "naive_crps": none if members is None else scores.crps(members, truth),
            "pit": scores.pit(model, truth), "inside": _inside(truth, low, high), "width": high - low,
            "naive_inside": _inside(truth, naive_low, naive_high), "naive_width": naive_high - naive_low,
        }
        year, unit = np.meshgrid(case.years, case.units, indexing="ij")
        keep = np.isfinite(truth)
        frames.append(pd.DataFrame({
            "target": target.name, "information": information, "origin": origin, "year": year[keep],
            "lead": year[keep] - origin, "unit": unit[keep], "naive": case.naive.name,
            "seen": target.seen >= year[keep], **{name: values[keep] for name, values in table.items()}}))
    return pd.concat(frames, ignore_index=True)


def _inside(truth: Array, low: Array, high: Array) -> Array:
    return np.where(np.isfinite(truth) & np.isfinite(low), (truth >= low) & (truth <= high), np.nan)


def summary(found: Sequence[Forecast], leads: Sequence[tuple[int, int]] = (RULE_LEADS, *LEADS)) -> pd.DataFrame:
    """Scores pooled over origins, by target, information and span of leads; of out-of-sample cells where there are any.

    Of cells with a naive distribution as `calibration.comparison.compare` has them: `ratio` of CRPS, `effective`,
    `smallest_gain`, `support`, `dm`, `bias`, `energy_ratio`, `coverage_80`, `width`, `pit_mean`. Of all cells: `n`,
    `model_error`, `naive_error` and their `error_ratio`. `skill`: whether the rule of this file is met.
    """
    rows = []
    for (name, information), table in cells(found).groupby(["target", "information"], sort=False):
        fresh = table[~table["seen"]]
        part = table if fresh.empty else fresh
        mine = [one.case for one in found if (one.case.target.name, one.information) == (name, information)]
        spans = [span for span in leads if part["lead"].between(*span).any()]
        compared = _compared(mine, fresh.empty, spans)
        for span, comparison in zip(spans, compared, strict=True):
            chosen = part[part["lead"].between(*span)]
            rows.append({"target": name, "information": information, "first_lead": span[0], "last_lead": span[1],
                         "in_sample": fresh.empty, **_pooled(chosen, comparison)})
    return pd.DataFrame(rows)


def _compared(cases: Sequence[Case], in_sample: bool, spans: Sequence[tuple[int, int]]) -> list[Comparison | None]:
    """Comparisons by span of leads of what was not seen (or of all that is in-sample); None where there is nothing."""
    rivalled = [case for case in cases if case.naive.members is not None]
    if not rivalled:
        return [None] * len(spans)
    made = stacked(rivalled)
    origins, leads = np.array(made.origins)[:, None], np.arange(1, made.observed.shape[1] + 1)
    fresh = (origins + leads > rivalled[0].target.seen) | in_sample
    observed = np.where(fresh[..., None], made.observed, np.nan)
    inside = [(first, min(last, len(leads))) for first, last in spans]
    there = [first <= last for first, last in inside]
    rows = iter(compare(made.forecast, made.rival, observed, [span for span, known in zip(inside, there) if known]))
    found = [next(rows) if known else None for known in there]
    return [one if one is not None and one.cases else None for one in found]


TOLD = {"model_crps": "crps", "naive_crps": "rival_crps", "coverage_80": "covered",
        "naive_coverage_80": "rival_covered", "naive_width": "rival_width"}
"""Columns of the table by the names that a comparison has for them, where these differ."""
COMPARED = ("ratio", "ratio_low", "ratio_high", "effective", "smallest_gain", "support", "bias", "bias_error", "dm",
            "dm_p", "energy_ratio", "width", "pit_mean", "pit_p")


def _pooled(part: pd.DataFrame, comparison: Comparison | None) -> dict[str, object]:
    """A line of the table: of all cells of `part`, and as they were compared, nan where they could not be."""
    found = {
        "n": len(part), "origins": part["origin"].nunique(), "units": part["unit"].nunique(),
        "naive": part["naive"].mode().iat[0], "model_error": scores.mean_absolute(part["model_error"]),
        "naive_error": scores.mean_absolute(part["naive_error"])}
    names = {**{name: name for name in COMPARED}, **TOLD}
    found |= {name: np.nan if comparison is None else getattr(comparison, field) for name, field in names.items()}
    if comparison is None:
        found |= {"coverage_80": scores.known_mean(part["inside"]), "width": scores.known_mean(part["width"])}
    found["error_ratio"] = found["model_error"] / found["naive_error"] if found["naive_error"] > 0 else np.nan
    return found | {"skill": meets_rule(found)}


def meets_rule(found: dict) -> bool:
    """Whether a line is forecast with skill by the rule of this file."""
    return bool(found["ratio"] <= RATIO and found["support"] >= SUPPORT
                and COVERED[0] <= found["coverage_80"] <= COVERED[1] and found["width"] <= found["naive_width"])
