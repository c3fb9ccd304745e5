"""How far the model stands from history: errors beside those of naive forecasts, by county, for the province, in words.

`how_far(results, history)` compares the runs of one scenario, which start from 2010, with what was observed since.
Imputed values are never scored; recalled ones only among provincial totals, where the tables count them. Errors are
differences of logarithms (0.04 is 4 %).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from calibration import benchmarks, patterns, scores
from sim.core import dataset
from sim.core.declare import Fault, UserError, nearest
from sim.indicators import add_indicators, compared_units, runs
from sim.indicators.windows import FITTED, HOLD_OUT
from sim.words import BASE_YEAR

CENSUS, EARLIER_CENSUS = 2020, 2000
SCORED = tuple(dataset.FLAGS.index(flag) for flag in ("official", "secondary", "derived"))
RECALLED = dataset.FLAGS.index("recalled")
KNOWN = (*SCORED, RECALLED)  # what a naive forecast may start from
UNIT_YEARS = range(BASE_YEAR, HOLD_OUT[1] + 1)
TREND_FROM = 2014  # start of the trend carried on from 2017: within one economic census
INTERVAL = (0.05, 0.95)
PROVINCE = (
    ("province_population", "residents"), ("province_gdp", "GDP"), ("province_inc_u", "urban income per head"),
    ("province_inc_r", "rural income per head"), ("province_revenue", "local budget revenue"),
    ("province_ur_ratio", "urban over rural income"),
)
BRANCH_WORDS = ("primary branch", "secondary branch", "tertiary branch")
NOT_IN_STEP = ("province_population", "province_gdp", "province_ur_ratio")
NAIVE_WORDS = {
    "persistence": "as in the base year",
    "constant_share": "constant share of the province",
    "branch_shares": "constant share of each branch of the province",
    "carried_share": "past change of the share carried on",
    "carried_growth": "own past growth carried on",
    "in_step": "in step with the output of the province",
    "naive_mean": "mean of the naive forecasts",
}


class View(NamedTuple):
    """The runs of one scenario and the history beside them, on the same counties."""

    results: xr.Dataset
    history: xr.Dataset
    scenario: str
    members: np.ndarray

    def has(self, name: str) -> bool:
        """Whether both sides know the variable."""
        return name in self.results and name in self.history

    def model(self, name: str, years) -> np.ndarray:
        """[run, year, ...] of the given years."""
        index = pd.Index(self.results["year"].values).get_indexer(list(years))
        values = runs.ensemble(self.results, name, self.scenario)[:, index]
        values[:, index < 0] = np.nan
        return values

    def observed(self, name: str, years, flags=SCORED) -> np.ndarray:
        """[year, ...] of history, nan where not observed."""
        table = self.history[name].reindex(year=list(years))
        values = table.values.astype(float)
        flag = f"{name}_flag"
        if flag in self.history:
            trusted = np.isin(self.history[flag].reindex(year=list(years), fill_value=0).values, flags)
            values = np.where(trusted, values, np.nan)
        return values


def how_far(results: xr.Dataset, history: xr.Dataset, scenario: str | None = None) -> dict[str, pd.DataFrame]:
    """Tables by name: scores, population_2020, gdp_units, province, patterns, coverage.

    The scenario is `baseline` where nothing else is said (the history of the Opinions as they were carried out).
    """
    view = _view(results, history, scenario)
    rows = [*_population_scores(view), *_gdp_scores(view), *_province_scores(view)]
    return {
        "scores": pd.DataFrame(rows),
        "population_2020": _population_table(view),
        "gdp_units": _gdp_table(view),
        "province": _province_table(view),
        "patterns": patterns.table(view),
        "coverage": _coverage(view),
    }


def _view(results, history, scenario) -> View:
    results = runs.canonical(add_indicators(results))
    history = add_indicators(history)
    names = runs.scenarios(results)
    if not names or (scenario and scenario not in names):
        raise UserError(Fault("results", f"no run of {scenario or 'any scenario'}", nearest(scenario or "", names)))
    chosen = scenario or (runs.BASELINE if runs.BASELINE in names else names[0])
    history = history.reindex(county=results["county"].values, fill_value={
        str(name): 0 for name in history.data_vars if str(name).endswith("_flag")})
    return View(results, history, chosen, compared_units(results))


# --- scores


def _score(target, form, window, model, observed, naive, one_series=False) -> dict:
    """One row: errors of the median run and of each naive forecast on the same cells, ratio to the best, words.

    model [run, ..., county], observed [..., county], naive: name -> [..., county].
    """
    naive = dict(naive)
    if len(naive) > 1:
        naive["naive_mean"] = benchmarks.mean_of(*naive.values())
    with np.errstate(divide="ignore", invalid="ignore"):
        ensemble = np.log(model)
    centre = np.median(ensemble, axis=0)
    truth = scores.log_error(observed, np.ones_like(observed))
    errors = {name: scores.log_error(values, observed) for name, values in naive.items()}
    known = np.isfinite(truth) & np.isfinite(centre)
    for error in errors.values():
        known &= np.isfinite(error)
    blank = np.where(known, 0.0, np.nan)
    model_error = centre - truth + blank
    naive_error = {name: scores.mean_absolute(error + blank) for name, error in errors.items()}
    best = min(naive_error, key=naive_error.get) if known.any() and naive_error else ""
    own = scores.mean_absolute(model_error)
    ratio = own / naive_error[best] if best and naive_error[best] > 0 else np.nan
    supported = np.nan if one_series or not best else scores.support(
        np.abs(np.atleast_2d(model_error)), np.abs(np.atleast_2d(errors[best] + blank)))
    spread = scores.crps(ensemble, truth) + blank
    covered = scores.coverage(ensemble, np.where(known, truth, np.nan)) if len(model) > 1 else np.nan
    return {
        "target": target, "form": form, "window": window, "values": int(known.sum()), "recalled": 0,
        "runs": len(model),
        "model_error": own, "model_bias": float(np.nanmean(model_error)) if known.any() else np.nan,
        **{f"error_{name}": naive_error.get(name, np.nan) for name in NAIVE_WORDS},
        "best_naive": NAIVE_WORDS.get(best, ""), "ratio_to_best_naive": ratio,
        "crps": scores.mean_absolute(spread),
        "crps_skill": 1 - scores.mean_absolute(spread) / naive_error[best] if best and naive_error[best] else np.nan,
        "coverage_80": covered, "support": supported,
        "verdict": scores.verdict(ratio, supported, covered, len(model)),
    }


def _population_scores(view: View) -> list[dict]:
    """The census of 2020 against runs from 2010: share of the province, and persons."""
    if not view.has("population"):
        return []
    inside = view.members
    before, base, truth = _censuses(view)
    model = view.model("population", (CENSUS,))[:, 0][:, inside]
    share = truth / truth.sum()
    as_share = model / model.sum(axis=-1, keepdims=True)
    carried = benchmarks.carried_share_change(before, base, 1.0)
    span = BASE_YEAR - EARLIER_CENSUS
    window = f"census {CENSUS}, from {BASE_YEAR}"
    return [
        _score("residents by county", "share of the province", window, as_share, share,
               {"constant_share": benchmarks.constant_share(base, base.sum(), 1.0), "carried_share": carried}),
        _score("residents by county", "persons", window, model, truth,
               {"persistence": benchmarks.persistence(base),
                "carried_growth": benchmarks.carried_growth(before, base, span, CENSUS - BASE_YEAR)}),
    ]


def _censuses(view: View) -> np.ndarray:
    """Residents of the compared units in 2000, 2010, 2020 [census, county]; the first only serves naive forecasts."""
    before = view.observed("population", (EARLIER_CENSUS,), KNOWN)
    return np.concatenate([before, view.observed("population", (BASE_YEAR, CENSUS))])[:, view.members]


def observed_units(view: View) -> np.ndarray:
    """Counties whose output is observed in every year from 2010 to the end of the hold-out [county]."""
    return np.isfinite(view.observed("gdp", UNIT_YEARS)).all(axis=0)


class _Output(NamedTuple):
    """Output of the observed units and of the province over the years of the comparison."""

    years: np.ndarray
    units: np.ndarray
    model: np.ndarray
    model_total: np.ndarray
    truth: np.ndarray
    branches: np.ndarray
    total: np.ndarray
    branch_total: np.ndarray

    def at(self, years) -> np.ndarray:
        """Rows of the years."""
        return np.flatnonzero(np.isin(self.years, years))


def _output(view: View) -> _Output | None:
    if not (view.has("gdp") and view.has("province_gdp")):
        return None
    units, years = observed_units(view), np.array(UNIT_YEARS)
    if not units.any():
        return None
    parts = view.has("gdp_branch") and view.has("province_gdp_branch")
    blank = np.full((len(years), 1), np.nan)
    return _Output(
        years, units, view.model("gdp", years)[..., units], view.model("province_gdp", years),
        view.observed("gdp", years)[:, units],
        view.observed("gdp_branch", years)[:, units] if parts else np.full((len(years), units.sum(), 1), np.nan),
        view.observed("province_gdp", years),
        view.observed("province_gdp_branch", years, KNOWN) if parts else blank,
    )


def _gdp_scores(view: View) -> list[dict]:
    """Output of the units observed every year: shares and levels from 2010, and shares from the last fitted year."""
    out = _output(view)
    if out is None:
        return []
    rows = []
    for first, last in (tuple(FITTED), HOLD_OUT):
        first = max(first, BASE_YEAR + 1)
        window = f"{first}-{last}, from {BASE_YEAR}"
        rows += [_gdp_shares(out, BASE_YEAR, range(first, last + 1), window),
                 _gdp_levels(out, range(first, last + 1), window)]
    start = FITTED[1]
    window = f"{HOLD_OUT[0]}-{HOLD_OUT[1]}, from {start}"
    return [*rows, _gdp_shares(out, start, range(HOLD_OUT[0], HOLD_OUT[1] + 1), window)]


def _gdp_shares(out: _Output, base_year: int, years, window: str) -> dict:
    """Shares of provincial output; from a later base the model's change is put on the share observed then."""
    at, base = out.at(list(years)), out.at([base_year])[0]
    share = out.truth / out.total[:, None]
    made = out.model / out.model_total[..., None]
    if base_year > BASE_YEAR:
        made = made / made[:, base, None] * share[base]
    naive = {"constant_share": np.broadcast_to(share[base], share[at].shape)}
    by_branch = benchmarks.constant_branch_shares(out.branches[base], out.branch_total[base], out.branch_total[at])
    if np.isfinite(by_branch).any():
        naive["branch_shares"] = by_branch / out.total[at, None]
    if base_year > BASE_YEAR:
        early = share[out.at([TREND_FROM])[0]]
        ahead = (out.years[at] - base_year)[:, None]
        naive["carried_share"] = benchmarks.carried_growth(early, share[base], base_year - TREND_FROM, ahead)
    return _score("GDP of the observed units", "share of the province", window, made[:, at], share[at], naive)


def _gdp_levels(out: _Output, years, window: str) -> dict:
    """Million CNY at 2020 prices; the constant share knows the provincial total, the model does not."""
    at, base = out.at(list(years)), out.at([BASE_YEAR])[0]
    naive = {
        "persistence": np.broadcast_to(out.truth[base], out.truth[at].shape),
        "constant_share": benchmarks.constant_share(out.truth[base], out.total[base], out.total[at]),
    }
    form = "million CNY at 2020 prices"
    return _score("GDP of the observed units", form, window, out.model[:, at], out.truth[at], naive)


class _Total(NamedTuple):
    """A provincial series: model [run, year], observed [year] and which of its values are recalled."""

    name: str
    words: str
    model: np.ndarray
    truth: np.ndarray
    recalled: np.ndarray


def _province_series(view: View, years) -> Iterator[_Total]:
    """Every provincial total both sides know."""
    for name, words in PROVINCE:
        if view.has(name):
            truth, firm = view.observed(name, years, KNOWN), view.observed(name, years)
            yield _Total(name, words, view.model(name, years), truth, np.isfinite(truth) & ~np.isfinite(firm))
    name = "province_gdp_branch"
    if view.has(name):
        model, truth, firm = view.model(name, years), view.observed(name, years, KNOWN), view.observed(name, years)
        for i, words in enumerate(BRANCH_WORDS):
            recalled = np.isfinite(truth[:, i]) & ~np.isfinite(firm[:, i])
            yield _Total(f"{name}_{i}", words, model[..., i], truth[:, i], recalled)


def _history_years(view: View) -> np.ndarray:
    return np.arange(int(view.history["year"].min()), int(view.history["year"].max()) + 1)


def _province_scores(view: View) -> list[dict]:
    rows, years = [], _history_years(view)
    for series in _province_series(view, years):
        since = years[np.isfinite(series.truth) & (years >= BASE_YEAR)]
        if not len(since):
            continue
        base = int(since[0])
        naive = _province_naive(series.truth, years, base) | _in_step_with_output(view, series, years, base)
        for first, last in ((base + 1, FITTED[1]), HOLD_OUT, (HOLD_OUT[1] + 1, int(years[-1]))):
            at = np.flatnonzero((years >= first) & (years <= last))
            if np.isfinite(series.truth[at]).any():
                row = _score(f"province: {series.words}", "level", f"{first}-{last}, from {BASE_YEAR}",
                             series.model[:, at], series.truth[at], {n: v[at] for n, v in naive.items()}, True)
                rows.append(row | {"recalled": int(series.recalled[at].sum())})
    return rows


def _province_naive(truth, years, base: int) -> dict[str, np.ndarray]:
    """Persistence and, where the years before the base are observed, their mean growth carried on."""
    at = int(np.flatnonzero(years == base)[0])
    naive = {"persistence": np.full(len(years), truth[at])}
    before = np.flatnonzero(np.isfinite(truth[:at]) & (years[:at] >= base - 5))
    if len(before):
        start = before[0]
        naive["carried_growth"] = benchmarks.carried_growth(truth[start], truth[at], base - years[start], years - base)
    return naive


def _in_step_with_output(view: View, series: _Total, years, base: int) -> dict[str, np.ndarray]:
    """Branches, revenue and incomes that keep their share of provincial output, which is taken as known."""
    if series.name in NOT_IN_STEP or "province_gdp" not in view.history:
        return {}
    output = view.observed("province_gdp", years, KNOWN)
    if "_inc_" in series.name:
        if "province_population" not in view.history:
            return {}
        output = output / view.observed("province_population", years, KNOWN)
    at = int(np.flatnonzero(years == base)[0])
    return {"in_step": series.truth[at] / output[at] * output}


# --- tables by county and year


def _spread(model) -> dict[str, np.ndarray]:
    low, high = np.quantile(model, INTERVAL, axis=0)
    return {"model_median": np.median(model, axis=0), "model_low": low, "model_high": high}


def _names(view: View, inside) -> dict[str, np.ndarray]:
    found = {"county": view.results["county"].values[inside]}
    for name in ("name_en", "name_zh"):
        if name in view.results.coords:
            found[name] = view.results[name].values[inside]
    return found


def _population_table(view: View) -> pd.DataFrame:
    """Residents in 2020 by county: observed, the runs, and the two naive forecasts that know the total."""
    if not view.has("population"):
        return pd.DataFrame()
    inside = view.members
    before, base, truth = _censuses(view)
    model = view.model("population", (CENSUS,))[:, 0][:, inside]
    carried = benchmarks.carried_share_change(before, base, truth.sum())
    share_error = scores.log_error(np.median(model / model.sum(axis=-1, keepdims=True), axis=0), truth / truth.sum())
    return pd.DataFrame({
        **_names(view, inside), "observed_2010": base, "observed_2020": truth, **_spread(model),
        "naive_constant_share": benchmarks.constant_share(base, base.sum(), truth.sum()),
        "naive_carried_share": carried,
        "log_error": scores.log_error(np.median(model, axis=0), truth), "log_error_of_share": share_error,
        "log_error_naive": scores.log_error(carried, truth),
    })


def _gdp_table(view: View) -> pd.DataFrame:
    """Output of the observed units by year."""
    out = _output(view)
    if out is None:
        return pd.DataFrame()
    spread, names = _spread(out.model), _names(view, out.units)
    share = np.median(out.model / out.model_total[..., None], axis=0)
    share_error = scores.log_error(share, out.truth / out.total[:, None])
    frames = []
    for i, year in enumerate(out.years):
        frames.append(pd.DataFrame({
            **names, "year": year, "observed": out.truth[i], **{k: v[i] for k, v in spread.items()},
            "log_error": scores.log_error(spread["model_median"][i], out.truth[i]),
            "log_error_of_share": share_error[i],
        }))
    return pd.concat(frames, ignore_index=True)


def _province_table(view: View) -> pd.DataFrame:
    """Provincial totals by year: observed and the runs."""
    frames, years = [], _history_years(view)
    for series in _province_series(view, years):
        known = np.isfinite(series.truth) & (years >= BASE_YEAR) & np.isfinite(series.model).any(axis=0)
        if known.any():
            spread = _spread(series.model[:, known])
            frames.append(pd.DataFrame({
                "variable": series.name, "words": series.words, "year": years[known], "observed": series.truth[known],
                "recalled": series.recalled[known], **spread,
                "log_error": scores.log_error(spread["model_median"], series.truth[known]),
            }))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _coverage(view: View) -> pd.DataFrame:
    """What history holds: years and number of values by how far they can be trusted."""
    rows = []
    for name in sorted(map(str, view.history.data_vars)):
        flag = f"{name}_flag"
        if flag not in view.history or "year" not in view.history[flag].dims:
            continue
        flags = view.history[flag]
        known = flags.values != dataset.FLAGS.index("missing")
        if not known.any():
            continue
        years = flags["year"].values[known.any(axis=tuple(range(1, known.ndim)))] if known.ndim > 1 else \
            flags["year"].values[known]
        rows.append({
            "variable": name, "says": view.history[name].attrs.get("long_name", name),
            "says_zh": view.history[name].attrs.get("long_name_zh", ""), "first": int(years.min()),
            "last": int(years.max()), "years": len(years), "cells": int(known.size), "known": int(known.sum()),
            **{word: int((flags.values == code).sum()) for code, word in enumerate(dataset.FLAGS) if code},
        })
    return pd.DataFrame(rows)
