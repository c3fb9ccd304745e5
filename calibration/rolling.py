"""Skill from rolling origins: history is followed to a year, the model goes on alone, and is scored on what came after.

From each origin two ensembles go on: conditional (growth of the nation, visitors, births and central transfers as they
were) and unconditional (the outlook as it stood at the origin). Residuals of output, and the law by which they go on,
are solved on the years to the origin alone; what happened up to it is never scored. Parameters are the prior's central
values: some were set on years to 2017, and a target that such a year entered (`Target.seen`) is marked as in-sample.
Each is held against the best naive forecast, chosen and spread by what was known at the origin (`calibration.naive`).

The rule, written before the first scoring: a target is forecast with skill where, over all origins and leads of one to
four years that are out of sample, the CRPS is at most 0.85 of that of the best naive forecast, with a support of 80 %
when units are drawn again, and the central 80 % interval holds between 70 and 90 % of the observations at a mean width
that is not above the naive one's. What fails it is to be read as: held where it was, with the spread of its past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration import outlook_as_of, scores
from calibration.cases import Absent, Case, case_of
from calibration.targets import CHANGE, TARGETS, Target
from calibration.view import CONDITIONAL, UNCONDITIONAL, view_of
from sim import simulate
from sim.core import dataset
from sim.region.history import history
from sim.region.pack import load_pack
from sim.scenario import Scenario, load_scenario
from sim.words import LAST_FOLLOWED

Array = NDArray[np.float64]
ORIGINS = tuple(range(2011, LAST_FOLLOWED))
MEMBERS, WEIGHT = 19, 200
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
              information: Sequence[str] = INFORMATION, names: Sequence[str] = SCORED) -> Iterator[Forecast]:
    """Every target from every origin, as far as something was observed after it on the same definition."""
    past = history()
    chosen = [target for target in TARGETS if target.name in names]
    for origin in origins:
        for told in information:
            view = view_of(ensemble(origin, told, members, weight), past)
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
    """The baseline with what a forecast from the origin may know of the world outside."""
    plan = load_scenario("baseline")
    if information == CONDITIONAL:
        return plan
    held = {name: {"path": value if isinstance(value, dict) else {origin + 1: value}}
            for name, value in outlook_as_of.as_of(load_pack(), origin).items()}
    return replace(replace(plan, since=origin + 1).with_outlook(**held), name=f"{outlook_as_of.AS_OF}{origin}")


def ensemble(origin: int, information: str, members: int = MEMBERS, weight: int = WEIGHT) -> xr.Dataset:
    """Runs of one origin, as results [seed, year, ...]."""
    plan = plan_at(origin, information)
    runs = [simulate.run_arrays(plan, seed, weight=weight, until=LAST_FOLLOWED, history_until=origin)
            for seed in range(members)]
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


def summary(table: pd.DataFrame, leads: Sequence[tuple[int, int]] = (RULE_LEADS, *LEADS)) -> pd.DataFrame:
    """Scores pooled over origins, by target, information and span of leads; of out-of-sample cells where there are any.

    ratio: CRPS of the model over that of the best naive forecast; `error_ratio` the same of mean absolute errors.
    `effective`, `smallest_gain`: as in `scores.clustered`, cells of one origin and year hang together. `dm`, `dm_p`:
    Diebold and Mariano on the mean scores of successive origins. `skill`: whether the rule of this file is met.
    """
    rows = []
    for (name, information), part in table.groupby(["target", "information"], sort=False):
        fresh = part[~part["seen"]]
        in_sample = fresh.empty
        part = part if in_sample else fresh
        for first, last in leads:
            chosen = part[part["lead"].between(first, last)]
            if not chosen.empty:
                rows.append({"target": name, "information": information, "first_lead": first, "last_lead": last,
                             "in_sample": in_sample, **_pooled(chosen, last)})
    return pd.DataFrame(rows)


def _pooled(part: pd.DataFrame, longest: int) -> dict[str, object]:
    both = part.dropna(subset=["naive_crps"])
    alike = both if len(both) else part  # intervals are compared on the cells that both forecasts have
    grid = _grid(both, "naive_crps") - _grid(both, "model_crps") if len(both) else np.full((1, 1), np.nan)
    gained = scores.clustered(grid)
    model, rival = (scores.known_mean(both[name]) for name in ("model_crps", "naive_crps"))
    by_origin = both.groupby("origin")[["model_crps", "naive_crps"]].mean()
    tested = scores.diebold_mariano(by_origin["model_crps"], by_origin["naive_crps"], min(longest, 4))
    bias = scores.clustered(_grid(part, "model_error"))
    enough = grid.shape[1] > 1
    gain, ratio = scores.smallest_gain(gained, rival), model / rival if rival > 0 else np.nan
    found = {
        "n": len(part), "origins": part["origin"].nunique(), "units": part["unit"].nunique(),
        "naive": part["naive"].mode().iat[0], "model_error": scores.mean_absolute(part["model_error"]),
        "naive_error": scores.mean_absolute(part["naive_error"]), "model_crps": model, "naive_crps": rival,
        "ratio": ratio, "effective": gained.effective, "smallest_gain": gain,
        "support": _support(both) if enough else np.nan, "bias": bias.mean, "bias_error": bias.error,
        "dm": tested.statistic, "dm_p": tested.p, "coverage_80": scores.known_mean(alike["inside"]),
        "width": scores.known_mean(alike["width"]), "naive_coverage_80": scores.known_mean(both["naive_inside"]),
        "naive_width": scores.known_mean(both["naive_width"]), "pit_mean": scores.known_mean(part["pit"]),
    }
    found["error_ratio"] = found["model_error"] / found["naive_error"] if found["naive_error"] > 0 else np.nan
    return found | {"skill": meets_rule(found)}


def _grid(part: pd.DataFrame, name: str) -> Array:
    """A column as [origin and year, unit]."""
    return part.pivot_table(index=["origin", "year"], columns="unit", values=name, dropna=False).to_numpy()


def _support(part: pd.DataFrame) -> float:
    return scores.support(_grid(part, "model_crps"), _grid(part, "naive_crps"))


def meets_rule(found: dict) -> bool:
    """Whether a line is forecast with skill by the rule of this file."""
    return bool(found["ratio"] <= RATIO and found["support"] >= SUPPORT
                and COVERED[0] <= found["coverage_80"] <= COVERED[1] and found["width"] <= found["naive_width"])
