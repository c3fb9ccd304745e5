"""Shares of variance by source and year: random numbers, residual law, parameters, base data, outlook, scenario (F.11).

Base data are the imputation of unobserved values, and the errors of measurement in the history followed.

The component of a source is the variance between runs that differ in this source only, pooled over all such runs. The
most efficient design is a star around each of many points: a run with its own parameters, base data, outlook, random
numbers and residual shocks, and one further run per source in which only that source is redrawn. Components thus
include the interactions of their source (they are total effects), and every component is based on as many independent
pairs as points. Residual shocks never change without the other random numbers: their component is the excess over that
of random numbers, set to zero and flagged if negative. The component of scenarios is the variance of their means less
its expected value without scenario differences (two-way analysis of variance; Yip et al. 2011), flagged likewise.
Shares are of the sum of the components (Hawkins and Sutton 2009); bands come from drawing the points again. `additive`:
variance over points, everything drawn anew, over that sum; below 1 where sources interact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from calibration.outcomes import EFFECT, LEVEL, effect
from calibration.priors import latin, posterior_draws, priors
from sim.core.declare import Fault, Limits, UserError
from sim.indicators.runs import RUN_DIMS, present
from sim.mechanisms.past import SHARED_ABOVE
from sim.scenario.plan import SHIFT, outlook_series, parameter_cards

Array = NDArray[np.float64]

CHANCE, RESIDUAL, PARAMETERS, DATA, OUTLOOK, SCENARIO = (
    "chance", "residual_law", "parameters", "base_data", "outlook", "scenario")
SOURCES = (CHANCE, RESIDUAL, PARAMETERS, DATA, OUTLOOK, SCENARIO)
OUTLOOK_SPREAD = {
    "national_growth": 0.0075, "outside_wage_growth": 0.005, "visitor_growth": 0.015, "central_transfer_growth": 0.01,
    "total_fertility_rate": 0.15, "network_pull": 0.1,
}
"""Standard deviation of the shift of a whole outlook series after the record; the scenarios of slow growth, pull of the
mainland and low fertility lie about two to three of them away. Assumed."""
OF_A_POINT = 6  # runs per point: the run itself and one per source except scenarios
POINTS = 20
BOOTSTRAP = 400
FEWEST_BLOCKS = 8  # points from which bands are drawn over whole points
SEED = 2021


class Design(NamedTuple):
    """Stars around points: rows of the table of draws, and the runs of every scenario."""

    draws: list[dict[str, float]]
    runs: list[dict[str, object]]


def stars(points: int, scenarios: Sequence[str], limits: Mapping[str, Limits], seed: int = SEED) -> Design:
    """A design with so many points; `limits`: the ranges of the shifts of the outlook, by their columns."""
    columns = _columns(points, seed)
    generator = np.random.Generator(np.random.Philox(key=[seed, points]))
    shifts = {f"{SHIFT}:{name}": spread for name, spread in OUTLOOK_SPREAD.items()}
    outlook = {name: np.clip(spread * generator.normal(size=2 * points), limits[name].low, limits[name].high)
               for name, spread in shifts.items()}
    imputation = 1 + generator.permutation(2 * points)
    draws, runs = [], []
    for point in range(points):
        other = point + points
        sources = {PARAMETERS: point, DATA: point, OUTLOOK: point}
        for place, changed in enumerate(({}, {PARAMETERS: other}, {DATA: other}, {OUTLOOK: other})):
            at = sources | changed
            draws.append({"draw": 10 * point + place + 1, "imputation": int(imputation[at[DATA]]),
                          "observation": int(imputation[at[DATA]]),
                          **{name: values[at[PARAMETERS]] for name, values in columns.items()},
                          **{name: float(f"{values[at[OUTLOOK]]:.6g}") for name, values in outlook.items()}})
        first = seed_of(3 * point, 2 * point + 1)
        cells = [(10 * point + place, first) for place in (1, 2, 3, 4)]
        cells += [(10 * point + 1, seed_of(3 * point + 1, 2 * point + 1)),
                  (10 * point + 1, seed_of(3 * point + 2, 2 * point + 2))]
        runs += [{"scenario": name, "draw": draw, "seed": one} for draw, one in cells for name in scenarios]
    return Design(draws, runs)


def seed_of(luck: int, residuals: int) -> int:
    """A seed composed of random numbers `luck`, and of residual shocks common to all seeds with the same `residuals`
    (from 1).
    """
    return luck + (residuals << SHARED_ABOVE)


def _columns(points: int, seed: int) -> dict[str, list[float]]:
    """Two values of each parameter for each point: draws of the posterior where there is one, else of the priors."""
    drawn = posterior_draws()
    if 2 * points > len(drawn) > 0:
        raise UserError(Fault("--points", f"{points} points need {2 * points} draws of the posterior, which has "
                                          f"{len(drawn)}", f"at most {len(drawn) // 2}"))
    if drawn:
        rows = np.random.Generator(np.random.Philox(key=[seed, 2])).permutation(len(drawn))
        return {name: [drawn[rows[place]][name] for place in range(2 * points)] for name in drawn[0]}
    known = priors()
    places = latin(2 * points, len(known), seed)
    mixed = np.random.Generator(np.random.Philox(key=[seed, 3])).permutation(2 * points)
    found = {}
    for prior, column in zip(known, places[mixed].T, strict=True):
        values = prior.at(column)
        found[prior.name] = [int(value) if prior.whole else float(value) for value in values]
    return found


# ---- sources in which runs differ


class Cells(NamedTuple):
    """Runs that every scenario of a study has, by what they are made of: numbers that are equal where it is equal.

    places: [run, 2], rows of draw and seed; keys: numbers [run] of parameters, base data, outlook, seed, residuals.
    """

    places: NDArray[np.intp]
    keys: Mapping[str, NDArray[np.intp]]
    own_shocks: bool


def cells(results: xr.Dataset) -> Cells:
    """The runs that all scenarios have, and what each is made of; UserError where there are none."""
    there = present(results).transpose(*RUN_DIMS).values.all(axis=0)
    places = np.argwhere(there)
    if not len(places):
        raise UserError(Fault("results", "no draw and seed has a run of every scenario", "run the study to its end"))
    of_draw: dict[str, list[str]] = {PARAMETERS: [], DATA: ["imputation", "observation"], OUTLOOK: []}
    cards, series = parameter_cards(), outlook_series()
    for name in map(str, results.coords):
        if results[name].dims == ("draw",) and name not in ("draw", *of_draw[DATA]):
            plain = name.removeprefix(f"{SHIFT}:").removeprefix(f"{SHIFT}_")
            of_draw[PARAMETERS if name in cards or plain not in series else OUTLOOK].append(name)
    draws = {group: _numbered([results[name].values for name in names if name in results.coords],
                              results.sizes["draw"]) for group, names in of_draw.items()}
    seeds = [int(seed) for seed in results["seed"].values]
    shared = [seed >> SHARED_ABOVE for seed in seeds]
    residuals = np.unique([high or -1 - seed for high, seed in zip(shared, seeds)], return_inverse=True)[1]
    keys = {group: numbers[places[:, 0]] for group, numbers in draws.items()}
    keys |= {CHANCE: places[:, 1], RESIDUAL: residuals[places[:, 1]]}
    return Cells(places, keys, any(shared))


def _numbered(columns: Sequence[NDArray[np.generic]], length: int) -> NDArray[np.intp]:
    """One number for each different row of some columns."""
    if not columns:
        return np.zeros(length, dtype=np.intp)
    return np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1)


def classes(of: Cells, source: str) -> list[NDArray[np.intp]]:
    """Groups of runs that differ in one source alone; of residuals: in seed and shocks, with parameters and all the
    same, one run for each set of shocks."""
    fixed = [name for name in of.keys if name not in ((CHANCE, RESIDUAL) if source == RESIDUAL else (source,))]
    if source == CHANCE and not of.own_shocks:
        fixed.remove(RESIDUAL)  # shocks depend on the seed
    groups = _numbered([of.keys[name] for name in fixed], len(of.places))
    found = []
    for number in np.unique(groups):
        rows = np.flatnonzero(groups == number)
        rows = rows[np.sort(np.unique(of.keys[source][rows], return_index=True)[1])]
        if len(rows) > 1:
            found.append(rows)
    return found


def blocks(of: Cells) -> NDArray[np.intp]:
    """A number for each run: runs that share parameters, base data or seed with one another, directly or by way of
    others, have the same one (points of a star design)."""
    number = np.arange(len(of.places))
    for keys in (of.keys[PARAMETERS], of.keys[CHANCE]):
        while True:
            least = pd.Series(number).groupby(keys).transform("min").to_numpy()
            again = pd.Series(least).groupby(of.keys[CHANCE]).transform("min").to_numpy()
            if (again == number).all():
                break
            number = again
    return np.unique(number, return_inverse=True)[1]


# ---- components


def components(results: xr.Dataset, variables: Sequence[str], reference: str, seed: int = SEED) -> pd.DataFrame:
    """A row for each outcome (level, or effect of a scenario), year and source: variance, share, 5-95 % band of the
    share, number of classes of runs, whether it was negative; `additive` of the outcome."""
    of = cells(results)
    scenarios = [str(name) for name in results["scenario"].values]
    years = [int(year) for year in results["year"].values]
    block, groups = blocks(of), {source: classes(of, source) for source in SOURCES[:-1]}
    if not of.own_shocks:
        groups[RESIDUAL] = []
    frames = []
    for variable in variables:
        if variable not in results or set(results[variable].dims) - {*RUN_DIMS, "year"}:
            continue
        array = results[variable].transpose(*RUN_DIMS, "year").values.astype(float)
        runs = array[:, of.places[:, 0], of.places[:, 1]]
        asked = [(LEVEL, "", runs)] + [
            (EFFECT, name, effect(runs[place], runs[scenarios.index(reference)])[None])
            for place, name in enumerate(scenarios) if name != reference]
        for kind, name, values in asked:
            found = _decomposed(values, groups, block, seed)
            frames += [pd.DataFrame({"variable": variable, "kind": kind, "scenario": name, "year": years,
                                     "source": source, **columns}) for source, columns in found.items()]
    if not frames:
        raise UserError(Fault("results", "hold none of the outcomes", ", ".join(variables)))
    return pd.concat(frames, ignore_index=True)


OF_COUNTIES = ("gdp_volume", "population", "real_inc_pc")
"""What is told county by county: volume of output, residents, income at local living costs."""


def by_county(results: xr.Dataset, scenario: str, variables: Sequence[str] = OF_COUNTIES,
              seed: int = SEED) -> pd.DataFrame:
    """Components of the forecast of every county in one scenario, of the logarithm of its value (x 100): columns of
    `components` without `kind`, with `county`, `name_en` and `name_zh`. Where nobody lives nothing is told."""
    of = cells(results.sel(scenario=[scenario]))
    groups = {source: classes(of, source) for source in SOURCES[:-1]}
    if not of.own_shocks:
        groups[RESIDUAL] = []
    years, block = [int(year) for year in results["year"].values], blocks(of)
    frames = []
    for variable in (name for name in variables if name in results and "county" in results[name].dims):
        array = results[variable].sel(scenario=scenario).transpose("draw", "seed", "year", "county")
        values = array.values.astype(float)[of.places[:, 0], of.places[:, 1]]
        for place in np.flatnonzero((values > 0).all(axis=(0, 1))):
            named = {name: str(results[name if name in results.coords else "county"].values[place])
                     for name in ("county", "name_en", "name_zh")}
            found = _decomposed(100.0 * np.log(values[None, ..., place]), groups, block, seed)
            frames += [pd.DataFrame({"variable": variable, **named, "scenario": scenario, "year": years,
                                     "source": source, **columns}) for source, columns in found.items()]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _decomposed(values: Array, groups: Mapping[str, Sequence[NDArray[np.intp]]], block: NDArray[np.intp],
                seed: int) -> dict[str, dict[str, object]]:
    """Components of values [scenario, run, year] with their bands."""
    points = int(np.max(block)) + 1
    whole = points >= FEWEST_BLOCKS
    sums = {source: _sums(values, rows, block if whole else None) for source, rows in groups.items()}
    means = np.stack([values[:, block == point].mean(axis=1) for point in range(points)], axis=1)
    rng = np.random.Generator(np.random.Philox(key=[seed, points]))
    ones = {source: np.ones((1, len(freedom))) for source, (_, freedom) in sums.items()}
    again = rng.multinomial(points, np.full(points, 1 / points), BOOTSTRAP).astype(float)
    drawn = {source: again if whole else rng.multinomial(max(len(freedom), 1), np.full(len(freedom), 1 / len(freedom)),
                                                          BOOTSTRAP).astype(float) if len(freedom) else again[:, :0]
             for source, (_, freedom) in sums.items()}
    central, flagged = _variances(sums, ones, means, np.ones((1, points)))
    spread, _ = _variances(sums, drawn, means, again)
    total = _summed(central)
    shares = {source: _over(np.nan_to_num(one), _summed(spread))
              for source, one in spread.items()}
    firsts = np.array([np.flatnonzero(block == point)[0] for point in range(points)])
    over_points = values[:, firsts].var(axis=1, ddof=1).mean(axis=0) if whole else np.full(values.shape[-1], np.nan)
    within = _summed({source: one for source, one in central.items() if source != SCENARIO})
    additive = _over(over_points, within[0])
    out = {}
    for source, one in central.items():
        known = np.isfinite(one[0])
        low, high = np.quantile(shares[source], (0.05, 0.95), axis=0)
        out[source] = {"variance": one[0], "share": np.where(known, _over(one[0], total[0]), np.nan),
                       "low": np.where(known, low, np.nan), "high": np.where(known, high, np.nan),
                       "classes": len(groups.get(source, ())) if source != SCENARIO else len(values),
                       "negative": flagged.get(source, np.zeros(len(one[0]), dtype=bool)), "additive": additive}
    return out


def _summed(found: Mapping[str, Array]) -> Array:
    """The sum of the components that are told apart."""
    return np.nan_to_num(np.stack(list(found.values()))).sum(axis=0)


def _over(one: Array, other: Array) -> Array:
    return np.divide(one, other, out=np.zeros_like(one), where=other > 0)


def _sums(values: Array, rows: Sequence[NDArray[np.intp]], block: NDArray[np.intp] | None) -> tuple[Array, Array]:
    """Squares within classes, mean over scenarios [unit, year], and degrees of freedom [unit]; units are the blocks, or
    the classes where there are none."""
    units = len(rows) if block is None else int(np.max(block)) + 1
    squares, freedom = np.zeros((units, values.shape[-1])), np.zeros(units)
    for place, these in enumerate(rows):
        unit = place if block is None else int(block[these[0]])
        apart = values[:, these] - values[:, these].mean(axis=1, keepdims=True)
        squares[unit] += (apart**2).sum(axis=1).mean(axis=0)
        freedom[unit] += len(these) - 1
    return squares, freedom


def _variances(sums: Mapping[str, tuple[Array, Array]], weights: Mapping[str, Array], means: Array,
               of_points: Array) -> tuple[dict[str, Array], dict[str, NDArray[np.bool_]]]:
    """Components [sample, year] under weights [sample, unit]; nan where no runs tell; which were negative."""
    found = {}
    for source, (squares, freedom) in sums.items():
        total = weights[source] @ freedom if len(freedom) else np.zeros(len(weights[source]))
        squared = weights[source] @ squares if len(freedom) else np.zeros((len(total), means.shape[-1]))
        found[source] = np.where(total[:, None] > 0, squared / np.maximum(total, 1e-12)[:, None], np.nan)
    flagged = {}
    if np.isfinite(found[RESIDUAL]).any():
        beyond = found[RESIDUAL] - np.nan_to_num(found[CHANCE])
        flagged[RESIDUAL] = beyond[0] < 0
        found[RESIDUAL] = np.maximum(beyond, 0.0)
    if len(means) > 1:
        between = _between(means, of_points)
        flagged[SCENARIO] = between[0] < 0
        found[SCENARIO] = np.maximum(between, 0.0)
    return found, flagged


def _between(means: Array, weights: Array) -> Array:
    """Component of scenarios [sample, year] from means of points [scenario, point, year], by two-way analysis."""
    scenarios = len(means)
    number = weights.sum(axis=1)[:, None]
    of_scenario = np.einsum("bp,spt->bst", weights, means) / number[:, None]
    between = of_scenario.var(axis=1, ddof=1)
    apart = means - means.mean(axis=0)
    squares = np.einsum("bp,spt->bst", weights, apart**2) - number[:, None] * (
        of_scenario - of_scenario.mean(axis=1, keepdims=True))**2
    left = squares.sum(axis=1) / ((scenarios - 1) * np.maximum(number - 1, 1))
    return between - left / number
