"""Hindcast: all targets compared with the best naive forecast, with the range explained by chance.

`how_far(results, history)` scores the runs of the scenarios that can be compared with history: `baseline`, whose inputs
from outside are observed to the end (conditional), and `as_of_2017`, whose outlook is what could be known in 2017
(unconditional). Imputed values are never scored; recalled ones only among provincial totals, where they are counted.
No value is compared across a break of its series. Errors are differences of logarithms (0.04 is 4 %), of shares of
residents where the target says points.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from calibration import naive, patterns, places, scores
from calibration.cases import Absent, Case, case_of
from calibration.outlook_as_of import SCENARIO as AS_OF
from calibration.targets import CHANGE, COUNTY, POINTS, RANKS, TARGETS, Target
from calibration.view import CONDITIONAL, Array, RunsAndHistory, view_of
from sim.core import dataset
from sim.core.declare import Fault, UserError
from sim.indicators import runs

LOOKS = Path(__file__).with_name("looks.csv")
MANY_DRAWS = 10  # from which the runs differ by parameters and base data, not by chance alone
NUMBERS = (
    "n_effective", "model_error", "naive_error", "error_ratio", "model_crps", "naive_crps", "ratio", "smallest_gain",
    "support", "dm", "dm_p", "bias", "bias_error", "coverage_80", "level_80", "naive_coverage_80", "energy_ratio",
    "pit_mean", "change_correlation", "change_multiplier", "best_afterwards_ratio",
)


def how_far(results: xr.Dataset, history: xr.Dataset, scenario: str | None = None) -> dict[str, pd.DataFrame]:
    """Tables by name: scores (a row a target and information), naive, by_unit, patterns, coverage.

    The scenario is `baseline` where nothing else is said, with `as_of_2017` beside it where the results have it.
    """
    if results.attrs.get("history_until"):
        raise UserError(Fault("study", f"follows history to {results.attrs['history_until']} and cannot be scored "
                                       "against it", "score a free study (batch skill), or forecasts from earlier "
                                                     "years with `skill`"))
    view = view_of(results, history, scenario)
    views = [view]
    if scenario is None and view.information == CONDITIONAL and AS_OF in runs.scenarios(view.results):
        views.append(RunsAndHistory(view.results, view.history, AS_OF, view.members))
    rows: list[dict] = []
    rivals: list[dict] = []
    by_unit: list[pd.DataFrame] = []
    for one in views:
        for target in TARGETS:
            row, case = scored(one, target)
            rows.append(row)
            if case is not None:
                rivals += _rivals(one, case)
                by_unit.append(_by_unit(one, case))
    return {
        "scores": pd.DataFrame(rows),
        "naive": pd.DataFrame(rivals),
        "by_unit": pd.concat(by_unit, ignore_index=True) if by_unit else pd.DataFrame(),
        "patterns": patterns.table(view),
        "coverage": held(view.history),
    }


def looks() -> list[dict[str, str]]:
    """The record of looks at hold-out years, with code and reason; rows are added by hand."""
    return pd.read_csv(LOOKS, dtype=str, keep_default_na=False).to_dict("records")


def scored(view: RunsAndHistory, target: Target) -> tuple[dict, Case | None]:
    """The row of a target, and its case; what lacks data says so and has no case."""
    try:
        if target.form == RANKS:
            return _row(view, target, **_order_scores(places.order(view, target))), None
        case = case_of(view, target)
    except Absent as reason:
        return _row(view, target, note=str(reason)), None
    return _row(view, target, **_scores(case)), case


def _row(view: RunsAndHistory, target: Target, **found) -> dict:
    """A row with every column, nan where nothing was found."""
    return {
        "target": target.name, "says": target.says, "says_zh": target.says_zh, "level": target.level,
        "form": target.form, "start": "" if target.form == RANKS else target.start, "origin": target.origin,
        "first": min(target.years), "last": max(target.years), "information": view.information,
        "runs": runs.count(view.results, view.scenario),
        "spread": "draws" if view.results.sizes["draw"] >= MANY_DRAWS else "seeds",
        "n": 0, "units": 0, "recalled": 0, "naive": "", "naive_says": "", "naive_says_zh": "", "scored_as": "",
        "verdict": scores.NOTHING, "note": target.note, **dict.fromkeys(NUMBERS, np.nan),
    } | found


def _scores(case: Case) -> dict:
    """Scores of a case: point errors, CRPS of both, coverage, and the range explained by chance."""
    target, forecast, known = case.target, case.naive, case.known
    blank = np.where(known, 0.0, np.nan)
    truth, error = case.truth + blank, case.centre - case.truth + blank
    bias, covered = scores.clustered(error), scores.coverage(case.model, truth)
    found: dict[str, object] = {
        "n": int(known.sum()), "units": int(known.any(axis=0).sum()), "recalled": int((case.recalled & known).sum()),
        "model_error": scores.mean_absolute(error), "bias": bias.mean, "bias_error": _robust(bias, error),
        "coverage_80": covered.share, "level_80": covered.level,
        "pit_mean": scores.known_mean(scores.pit(case.model, truth)), **_changes(case, blank),
    }
    if not forecast.name or not known.any():
        return found | {"note": "; ".join(filter(None, (target.note, "no naive forecast")))}
    of_point = forecast.point - case.truth + blank
    whole = forecast.members is not None and len(case.model) > 1
    model, rival = (scores.crps(case.model, truth), scores.crps(forecast.members, truth)) if whole else \
        (np.abs(error), np.abs(of_point))
    mean, best = scores.known_mean(model), scores.known_mean(rival)
    # units are the independent cases: years that start from one origin are too few to tell chance apart
    tested = scores.diebold_mariano(_of_units(model), _of_units(rival))
    gained, ratio = scores.clustered(rival - model), _over(mean, best)
    gain = scores.smallest_gain(gained, best)
    found |= {
        **_named(forecast.name), "n_effective": gained.effective, "naive_error": scores.mean_absolute(of_point),
        "error_ratio": _over(scores.mean_absolute(error), scores.mean_absolute(of_point)), "ratio": ratio,
        "smallest_gain": gain, "support": scores.support(model, rival), "dm": tested.statistic, "dm_p": tested.p,
        "scored_as": "points",
        "best_afterwards_ratio": _over(scores.mean_absolute(error), min(
            scores.mean_absolute(point - case.truth + blank) for point in forecast.points.values())),
        "verdict": scores.verdict(ratio, gain, target.seen >= max(case.years)),
    }
    if whole:
        energy, of_rival = (scores.known_mean(scores.energy_score(one, truth))
                            for one in (case.model, forecast.members))
        found |= {"scored_as": "distributions", "model_crps": mean, "naive_crps": best,
                  "naive_coverage_80": scores.coverage(forecast.members, truth).share,
                  "energy_ratio": _over(energy, of_rival)}
    return found


def _robust(bias: scores.Mean, error: Array) -> float:
    """The standard error of a bias: of clusters, or of the years of a single series by their autocorrelation."""
    return scores.hac_error(error[:, 0]) if error.shape[1] == 1 else bias.error


def _of_units(table: Array) -> Array:
    """The mean of every unit over its years."""
    return np.array([scores.known_mean(one) for one in table.T])


def _named(forecast: str) -> dict[str, str]:
    words, words_zh = naive.WORDS[forecast]
    return {"naive": forecast, "naive_says": words, "naive_says_zh": words_zh}


def _over(first: float, second: float) -> float:
    return first / second if second > 0 else np.nan


def _changes(case: Case, blank: Array) -> dict[str, float]:
    """Validity of modelled changes: correlation, and the best-fitting multiplier."""
    base = case.naive.points.get("share")
    if case.target.start != CHANGE or base is None:
        return {}
    model, seen = (table - base + blank for table in (case.centre, case.truth))
    inside = np.isfinite(model) & np.isfinite(seen)
    model, seen = model[inside], seen[inside]
    if len(model) < 3 or np.ptp(model) == 0 or np.ptp(seen) == 0:
        return {}
    return {"change_correlation": float(np.corrcoef(model, seen)[0, 1]),
            "change_multiplier": float(model @ seen / (model @ model))}


def _order_scores(found: places.Order) -> dict:
    """Scores of an order: 1 less the rank correlation stands for the error."""
    (made, best, gains), units = places.agreement(found), found.truth.shape[-1]
    gain = scores.smallest_gain(scores.Mean(made - best, float(gains.std()), units, units, units), 1 - best)
    ratio = _over(1 - made, 1 - best)
    return {
        "n": int(np.isfinite(found.truth).sum()), "units": units, "n_effective": float(units),
        "model_error": 1 - made, "naive_error": 1 - best, "error_ratio": ratio, "ratio": ratio, "smallest_gain": gain,
        "support": float(np.mean(gains > 0)), **_named(found.naive), "scored_as": "ranks",
        "verdict": scores.verdict(ratio, gain),
    }


# --- tables beside the scores


def _rivals(view: RunsAndHistory, case: Case) -> Iterator[dict]:
    """Every naive forecast of a target: its error before the origin, by which one is chosen, and afterwards."""
    blank = np.where(case.known, 0.0, np.nan)
    for name, point in case.naive.points.items():
        yield {"target": case.target.name, "information": view.information, "naive": name,
               "says": naive.WORDS[name][0], "chosen": name == case.naive.name,
               "error_before": case.naive.past.get(name, np.nan),
               "error": scores.mean_absolute(point - case.truth + blank)}


def _by_unit(view: RunsAndHistory, case: Case) -> pd.DataFrame:
    """Observed, runs and naive forecast of every unit and year, in the form of the target."""
    undo = np.array if case.target.form == POINTS else np.exp
    low, high, _ = scores.interval(case.model)
    blank = np.nan if len(case.model) < 2 else 0.0
    of_county = case.target.level == COUNTY
    names: dict[str, object] = {"county": view.results["county"].values[case.units] if of_county else 0}
    for name in ("name_en", "name_zh"):
        names[name] = view.results[name].values[case.units] if of_county and name in view.results.coords else ""
    return pd.concat([pd.DataFrame({
        "target": case.target.name, "information": view.information, **names, "year": year,
        "observed": undo(case.truth[k]), "recalled": case.recalled[k], "model_median": undo(case.centre[k]),
        "model_low": undo(low[k]) + blank, "model_high": undo(high[k]) + blank, "naive": undo(case.naive.point[k]),
        "error": case.centre[k] - case.truth[k], "naive_error": case.naive.point[k] - case.truth[k],
    })[np.isfinite(case.truth[k]) & np.isfinite(case.centre[k])] for k, year in enumerate(case.years)])


def held(history: xr.Dataset) -> pd.DataFrame:
    """Coverage of history: years and number of values by reliability."""
    rows = []
    for name in sorted(map(str, history.data_vars)):
        flag = f"{name}_flag"
        if flag not in history or "year" not in history[flag].dims:
            continue
        flags = history[flag]
        known = flags.values != dataset.FLAGS.index("missing")
        if not known.any():
            continue
        years = flags["year"].values[known.any(axis=tuple(range(1, known.ndim)))] if known.ndim > 1 else \
            flags["year"].values[known]
        rows.append({
            "variable": name, "says": history[name].attrs.get("long_name", name),
            "says_zh": history[name].attrs.get("long_name_zh", ""), "first": int(years.min()),
            "last": int(years.max()), "years": len(years), "cells": int(known.size), "known": int(known.sum()),
            **{word: int((flags.values == code).sum()) for code, word in enumerate(dataset.FLAGS) if code},
        })
    return pd.DataFrame(rows)
