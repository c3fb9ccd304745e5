"""Sensitivity of outcomes to parameters and to structural assumptions (F.10).

Morris' elementary effects screen all parameters (Morris 1991, Campolongo et al. 2007). The first dozen go into a design
of their own, on which an emulator stands; of it come Sobol's first and total indices (Saltelli et al. 2010), by SALib.
Indices share out the variance of the expected outcome, estimated by means over seeds; chance is told apart, as its
share in the variance of a single run. Q2 of an emulator of means cannot exceed the part of their variance that is no
chance (what a seed makes in all draws alike moves none of them against another), so an output has indices where the
emulator predicts so much of that part. In a screening of many parameters most do next to nothing, so the size that half
of them stay below is what chance makes of any; a parameter is ranked by what it has beyond that. Structural switches
set a mechanism to its limit, one at a time, and compare paired effects.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration import emulator
from calibration.outcomes import EFFECT, Outcome
from calibration.priors import Prior, latin, rows_at
from sim.core.declare import Fault, UserError

Array = NDArray[np.float64]

LEVELS_OF_MORRIS = 4
STEP_OF_MORRIS = LEVELS_OF_MORRIS / (2.0 * (LEVELS_OF_MORRIS - 1))  # of an elementary effect, in parts of the range
MOSTLY_INERT = 30  # number of parameters from which half can be assumed to have negligible effects
Q2_LEAST = 0.5
ALLOWED_LEAST = 0.4  # of the variance of means over seeds that is no chance, below which none of it is told apart
SAMPLES = 1024
"""Base samples of Sobol's sequence; the emulator is asked for (parameters + 2) times as many."""
SEED = 2019
SIZES_OF_CHANCE = ("county_tfp_shock_sd", "province_tfp_sd", "newcomers_sd", "typhoon_damage_sd")
"""Not screened unless they are named: they stretch what chance does, so with few seeds their effect is chance over
these seeds; the share of chance tells of them."""


class Switch(NamedTuple):
    """A structural assumption at its limit: parameters, meaning, and reason."""

    name: str
    parameters: Mapping[str, float]
    says: str
    reason: str


SWITCHES = (
    Switch("static_expectations", {"expectation_speed": 1.0}, "people expect the income of this year to stay",
           "expected income then is this year's, with no memory of earlier ones"),
    Switch("no_catch_up", {"tfp_catchup_speed": 0.0}, "productivity of laggards does not catch up",
           "the term of catching up is in proportion to this speed"),
    Switch("no_network", {"network_elasticity": 0.0}, "nobody follows those who moved before",
           "the number of people of one's origin then has no weight in the choice of a place"),
    Switch("no_agglomeration", {"agglomeration_elasticity": 0.0}, "productivity does not rise with access to work",
           "the factor of agglomeration then is one everywhere"),
)
CENTRAL, FREE = "central", "closure_off"
FREE_SAYS = "history is not followed: the run is free from the base year on"


# ---- designs


def problem(priors: Sequence[Prior]) -> dict[str, object]:
    """The problem as SALib takes it: places between 0 and 1 of the priors."""
    return {"num_vars": len(priors), "names": [prior.name for prior in priors], "bounds": [[0.0, 1.0]] * len(priors)}


def morris_places(priors: Sequence[Prior], trajectories: int, seed: int = SEED) -> Array:
    """Places [draw, parameter] of Morris' trajectories; the same arguments give the same places."""
    from SALib.sample import morris

    return np.asarray(morris.sample(problem(priors), trajectories, num_levels=LEVELS_OF_MORRIS, seed=seed))


def morris_rows(priors: Sequence[Prior], places: Array,
                others: Mapping[str, float] | None = None) -> list[dict[str, float]]:
    """The trajectories as a table of draws, over the whole of each range; `others` stay as they are."""
    return rows_at(priors, np.column_stack([prior.spaced(column) for prior, column in zip(priors, places.T,
                                                                                            strict=True)]), others)


def design_rows(priors: Sequence[Prior], draws: int, seed: int = SEED,
                others: Mapping[str, float] | None = None) -> list[dict[str, float]]:
    """A Latin hypercube over the ranges as a table of draws: an emulator is as good at the ends as in the middle."""
    return morris_rows(priors, latin(draws, len(priors), seed), others)


def switch_rows(usual: Mapping[str, float], switches: Sequence[Switch] = SWITCHES) -> list[dict[str, float]]:
    """The central world (draw 1, parameters as `usual`) and each switch as a table of draws."""
    return [{"draw": number, "imputation": 0, **usual, **set_to}
            for number, set_to in enumerate(({}, *(switch.parameters for switch in switches)), 1)]


# ---- indices


def morris(priors: Sequence[Prior], places: Array, y: Array, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Elementary effects of each parameter on each outcome: mean, mean size (mu*), its interval, spread.

    y: [draw, seed, outcome]; effects are of the mean over seeds, over the whole range of a parameter. Trajectories in
    which a run lacks are left out. `share`: mu* in standard deviations of the outcome over the design; `chance`: the
    part of the variance of the outcome that chance makes; `worth`: the share beyond that of half of all parameters, as
    far as the outcome is not chance.
    """
    from SALib.analyze import morris as analysis

    means = y.mean(axis=1)
    length = len(priors) + 1
    whole = np.isfinite(means).all(axis=1).reshape(-1, length).all(axis=1)
    if whole.sum() < 2:
        raise UserError(Fault("results", f"{whole.sum()} trajectories have all their runs", "finish the study: at "
                                                                                              "least two are needed"))
    kept = np.repeat(whole, length)
    frames = []
    for place, outcome in enumerate(outcomes):
        column = means[kept, place]
        found = analysis.analyze(problem(priors), places[kept], column, num_levels=LEVELS_OF_MORRIS, seed=SEED)
        spread = float(column.std())
        share = np.asarray(found["mu_star"], dtype=float) / (spread or np.inf)
        usual = float(np.median(share)) if len(priors) >= MOSTLY_INERT else 0.0
        chance = min(1.0, np.pi * (usual * STEP_OF_MORRIS / 2.0) ** 2)  # a step is the difference of two runs
        frames.append(pd.DataFrame({
            **outcome._asdict(), "parameter": found["names"], "mean": found["mu"], "size": found["mu_star"],
            "size_interval": found["mu_star_conf"], "spread": found["sigma"], "share": share, "chance": chance,
            "worth": (1.0 - chance) * np.maximum(share - usual, 0.0)}))
    return pd.concat(frames, ignore_index=True)


def retained(table: pd.DataFrame, number: int) -> list[str]:
    """The parameters with the largest part in the squared effects on outcomes, mean over all of them, each as far as it
    is not chance."""
    parts = _parts(table) * (1.0 - table["chance"])
    most = parts.groupby(table["parameter"], sort=False).mean().sort_values(ascending=False, kind="stable")
    return [str(name) for name in most.index[:number]]


def held(table: pd.DataFrame, names: Sequence[str]) -> dict[Outcome, float]:
    """Share of selected parameters in the squared elementary effects of all, beyond chance, by outcome."""
    mine = _parts(table).where(table["parameter"].isin(names), 0.0)
    found = mine.groupby([table[name] for name in Outcome._fields], sort=False).sum()
    return {Outcome(str(variable), int(year), str(kind)): float(share)
            for (variable, year, kind), share in found.items()}


def _parts(table: pd.DataFrame) -> pd.Series:
    """The part of each parameter in the squared effects of all on an outcome, beyond chance."""
    squares = table["worth"] ** 2
    total = squares.groupby([table[name] for name in Outcome._fields], sort=False).transform("sum")
    return squares / total.where(total > 0, 1.0)


class Indices(NamedTuple):
    """Sobol's indices, a row for each outcome and parameter; how good the emulator is, a row for each outcome."""

    table: pd.DataFrame
    quality: pd.DataFrame
    emulator: emulator.Emulator


def sobol(priors: Sequence[Prior], x: Array, y: Array, outcomes: Sequence[Outcome], q2_least: float = Q2_LEAST,
          samples: int = SAMPLES) -> Indices:
    """First and total indices of the mean over seeds under the priors, by an emulator.

    x: values [draw, parameter]; y: [draw, seed, outcome]. Draws in which a run lacks are left out. UserError where the
    emulator predicts no outcome well enough.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    whole = np.isfinite(y).all(axis=(1, 2))
    x, y = x[whole], y[whole]
    made = emulator.fit(x, y.mean(axis=1), [str(outcome) for outcome in outcomes],
                        ranges=[[prior.low, prior.high] for prior in priors])
    asked = problem(priors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SALib's own calls of pandas
        places = np.asarray(sampling.sample(asked, samples, calc_second_order=False, seed=SEED))
    drawn = made.mean(np.column_stack([prior.at(column) for prior, column in zip(priors, places.T, strict=True)]))
    quality = _quality(made, y, drawn, outcomes, q2_least)
    if not quality["told"].any():
        made.require(q2_least)
    frames = []
    for place, (outcome, good) in enumerate(zip(outcomes, quality["told"], strict=True)):
        if not good or np.ptp(drawn[:, place]) == 0:
            continue
        found = analysis.analyze(asked, drawn[:, place], calc_second_order=False, seed=SEED)
        frames.append(pd.DataFrame({**outcome._asdict(), "parameter": asked["names"], "first": found["S1"],
                                    "first_interval": found["S1_conf"], "total": found["ST"],
                                    "total_interval": found["ST_conf"]}))
    columns = [*Outcome._fields, "parameter", "first", "first_interval", "total", "total_interval"]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return Indices(table, quality, made)


def _quality(made: emulator.Emulator, y: Array, drawn: Array, outcomes: Sequence[Outcome],
             q2_least: float) -> pd.DataFrame:
    """Q2, spread by parameters, spread by chance in a single run, and the share of chance in the variance of both."""
    seeds = y.shape[1]
    chance = y.var(axis=1, ddof=1).mean(axis=0) if seeds > 1 else made.noise**2
    spread = drawn.var(axis=0)
    both = np.where(spread + chance > 0, spread + chance, 1.0)
    allowed = _allowed(y)
    told = (made.q2 >= q2_least * allowed) & (allowed >= ALLOWED_LEAST)
    return pd.DataFrame({
        **{name: [getattr(one, name) for one in outcomes] for name in Outcome._fields}, "runs": len(y), "seeds": seeds,
        "q2": made.q2, "q2_allowed": allowed, "told": told, "spread": np.sqrt(spread), "chance": np.sqrt(chance),
        "chance_share": chance / both})


def _allowed(y: Array) -> Array:
    """The largest Q2 that chance allows to an emulator of means over seeds [outcome]: the part of their variance over
    draws that is no chance, by the analysis of variance of draws and seeds; one where a single seed cannot tell."""
    draws, seeds = y.shape[:2]
    if min(draws, seeds) < 2:
        return np.ones(y.shape[2])
    means = y.mean(axis=1)
    left = y - means[:, None] - y.mean(axis=0) + y.mean(axis=(0, 1))
    chance = (left**2).sum(axis=(0, 1)) / ((draws - 1) * (seeds - 1)) / seeds
    between = means.var(axis=0, ddof=1)
    return np.clip(1.0 - chance / np.where(between > 0, between, np.inf), 0.0, 1.0)


def switched(y: Array, free: Array | None, outcomes: Sequence[Outcome],
             switches: Sequence[Switch] = SWITCHES) -> pd.DataFrame:
    """Outcomes under each switch and in the central world: means over seeds, and the difference with its error.

    y: [draw, seed, outcome], the draws of `switch_rows`; free: [seed, outcome], the central world with no history
    followed. `turns`: an effect has the other sign, and both are beyond twice their standard error.
    """
    worlds = {switch.name: (y[place], switch.says) for place, switch in enumerate(switches, 1)}
    if free is not None:
        worlds[FREE] = (free, FREE_SAYS)
    rows = []
    for place, outcome in enumerate(outcomes):
        usual = y[0, :, place]
        for name, (found, says) in worlds.items():
            mine = found[:, place]
            both = np.isfinite(usual) & np.isfinite(mine)
            one, other = usual[both], mine[both]
            here, there = _error(one), _error(other)
            turns = (outcome.kind == EFFECT and one.size > 0 and one.mean() * other.mean() < 0
                     and abs(one.mean()) > 2 * here and abs(other.mean()) > 2 * there)
            rows.append({**outcome._asdict(), "switch": name, "says": says, "seeds": int(both.sum()),
                         "central": one.mean() if one.size else np.nan, "central_error": here,
                         "switched": other.mean() if one.size else np.nan, "switched_error": there,
                         "difference": (other - one).mean() if one.size else np.nan,
                         "difference_error": _error(other - one), "turns": bool(turns)})
    return pd.DataFrame(rows)


def _error(values: Array) -> float:
    """Standard error of a mean; nan of fewer than two values."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
