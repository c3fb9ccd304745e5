"""What a calibration leaves: the table of draws, tables of statistics and checks, and the page docs/posterior.md."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from calibration.posterior.calibrate import DRAWS, RESTARTS, SEED, Calibration, Flagged
from calibration.posterior.check import ENOUGH, LEVEL
from calibration.posterior.design import LAST, PRODUCTION, TO_2017
from calibration.posterior.priors import Prior
from calibration.posterior.recovery import BAND, FOLDS
from sim.core.files import write_whole
from sim.levers import LIBRARY
from sim.names import parameter_cards
from sim.study.draws import CALIBRATED, NUMBERED, calibrated_text, read_draws

Array = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
SHIPPED = LIBRARY / "draws"
PAGE = ROOT / "docs" / "posterior.md"
LOOKS = ROOT / "calibration" / "looks.csv"
LEARNED = 0.15  # contraction below which a parameter counts as not identified
CORRELATED = 0.3
ORDER = (TO_2017, PRODUCTION)
TITLES = {TO_2017: "to2017: figures to 2017", PRODUCTION: "production: figures to 2021"}

LEAD = """# What history tells of the parameters

Draws of the parameters given history, for two information sets: `to2017` has seen figures of 2010-2017 and may be
scored on what came later; `production` has seen figures to 2021 and is never scored on them. Made by
`python3 run.py calibrate --write`; the draws are `scenarios/draws/to2017.csv` and `scenarios/draws/production.csv`,
{draws} of equal weight each.

How: a Latin hypercube over the declared ranges of all parameters with a range (triangular, the central value most
likely), each point with an imputation of the base data of its own. From each origin the runs follow history to it and
go on alone for up to four years, residuals held, yearly shocks off. A closed cell fits for every parameter, so what is
compared is (a) errors of these forecasts, (b) the size of yearly changes of the residuals, and (c), in `production`
alone, what no residual meets and the census of 2020 tells. A screening on the same runs names the parameters worth
learning (forward selection over all statistics); every other one keeps its prior and travels with the draws. A
Gaussian process emulates each statistic; history matching (Vernon, Goldstein and Bower 2010) rules out what no error
explains, and rejection with regression adjustment (Beaumont, Zhang and Balding 2002) draws from what is left.

The error of a statistic has four parts: replicate runs (in the emulator's noise), measurement of the printed figures,
the chance of the years (what the best naive forecast misses one year ahead, docs/origins.md), and discrepancy (.0125 a
year for county shares, .005 for the province, smaller or larger where the catalogue says so). They are settings:
`--targets FILE.toml`.
"""

LIKELY = """Every point of the first wave with errors of history drawn is a history that the model makes. Parts of the
statistics are judged by their distance from all of these (Mahalanobis; a predictive check, Box 1980), those that no
emulator tells among them. Mean square: of what happened from the mean of the design, in standard deviations of design
and errors; about 1 where errors are as large as they are said to be. What happened is no farther off in its worst part
than histories of the model's own are with a chance of {chance:.2f}. A history is flagged where that chance is at most
{level:.0f} %. A model that is wrong on purpose (all else central, history followed as by the right one) is found out
where {enough:.0f} % of its histories are flagged by the part that its error is about, which is declared with it; who
does not know where to look goes by the worst of all parts, which flags fewer. Both shares hang on the errors that are
allowed for statistics (docs/decisions.md has them at others)."""


# --- the draws


def draws(found: Calibration) -> list[dict[str, float]]:
    """The rows of the table of draws: learned parameters from the posterior, all others from their prior.

    Each draw has an imputation and, where tables of draws know them, errors of observation of its own.
    """
    luck = np.random.default_rng([SEED, ORDER.index(found.information)])
    others = qmc.LatinHypercube(len(found.others), rng=luck).random(len(found.places))
    drawn = dict(zip([one.name for one in found.learned], found.places.T, strict=True))
    drawn |= dict(zip([one.name for one in found.others], others.T, strict=True))
    table = {}
    for prior in (*found.learned, *found.others):
        values = prior.values(drawn[prior.name]).tolist()
        table[prior.name] = [int(value) for value in values] if prior.whole else values
    own = [name for name in ("imputation", "observation") if name in NUMBERED]
    return [{"draw": row + 1, **{name: row + 1 for name in own}, **{name: table[name][row] for name in table}}
            for row in range(len(found.places))]


def write_draws(found: Calibration, path: Path) -> Path:
    """Write the table of draws as CSV."""
    rows = draws(found)
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(rows[0])
    out.writerows([f"{value:.6g}" if isinstance(value, float) else value for value in row.values()] for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.getvalue())
    return path


# --- tables


def parameters(found: Calibration) -> pd.DataFrame:
    """A row a learned parameter: prior, posterior, contraction, and its mean in every restart."""
    pooled = found.pooled()
    rows = []
    for k, prior in enumerate(found.learned):
        mean, spread, low, high = summary(prior, pooled.places[:, k], pooled.weights)
        again = [summary(prior, one.places[:, k], one.weights)[0] for one in found.posteriors if one.told]
        rows.append({
            "parameter": prior.name, "low": prior.low, "mode": prior.mode, "high": prior.high,
            "prior_mean": prior.mean, "prior_sd": prior.spread, "mean": mean, "sd": spread, "q10": low, "q90": high,
            "contraction": 1.0 - spread / prior.spread,
            **{f"mean_restart_{seed}": value for seed, value in zip(RESTARTS, again, strict=False)}})
    return pd.DataFrame(rows)


def summary(prior: Prior, places: Array, weights: Array) -> tuple[float, float, float, float]:
    """Mean, standard deviation, and the quantiles .1 and .9 of a parameter."""
    values = prior.values(places)
    mean = float(weights @ values)
    order = np.argsort(values)
    at = np.cumsum(weights[order])
    low, high = (float(values[order][min(int(np.searchsorted(at, share)), len(order) - 1)]) for share in (0.1, 0.9))
    return mean, float(np.sqrt(weights @ (values - mean) ** 2)), low, high


def correlations(found: Calibration) -> list[tuple[str, str, float]]:
    """Pairs of learned parameters that the posterior ties together, the strongest first."""
    pooled = found.pooled()
    away = pooled.places - pooled.weights @ pooled.places
    covariance = away.T @ (pooled.weights[:, None] * away)
    size = np.sqrt(np.diag(covariance))
    found_pairs = [(found.learned[a].name, found.learned[b].name, float(covariance[a, b] / (size[a] * size[b])))
                   for a in range(len(size)) for b in range(a)]
    return sorted((pair for pair in found_pairs if abs(pair[2]) >= CORRELATED), key=lambda pair: -abs(pair[2]))


def statistics(found: Calibration) -> pd.DataFrame:
    """A row a statistic: observed, over the design and over the posterior, errors, Q2, whether it is used."""
    used = {one.statistic.name: place for place, one in enumerate(found.used)}
    after = found.emulator.mean(found.places)
    rows = []
    for one, q2 in zip(found.table, found.q2, strict=True):
        place, runs = used.get(one.statistic.name), one.runs.mean(axis=1)
        rows.append({
            "statistic": one.statistic.name, "says": one.statistic.says, "cells": one.cells, "observed": one.observed,
            "design_mean": runs.mean(), "design_sd": runs.std(), "replicate": one.replicate,
            "measurement": one.measurement, "luck": one.luck, "discrepancy": one.statistic.discrepancy,
            "weight": found.choice.weight(one.statistic.name), "q2": q2, "used": place is not None,
            "posterior_mean": np.nan if place is None else after[:, place].mean(),
            "posterior_sd": np.nan if place is None else after[:, place].std(),
            "far": (np.nan if place is None
                    else abs(after[:, place].mean() - one.observed) / found.evidence.error[place])})
    return pd.DataFrame(rows)


def recovered(found: Calibration) -> pd.DataFrame:
    """A row a learned parameter: coverage of 80 and 90 % intervals of known truths, and ranks in tenths."""
    if found.recovery is None:
        return pd.DataFrame()
    low, high = found.recovery.band(0.9)
    covered, rows = found.recovery.covered(0.9), []
    for k, prior in enumerate(found.learned):
        rows.append({"parameter": prior.name, "covered_80": found.recovery.covered(0.8)[k], "covered_90": covered[k],
                     "band_low": low, "band_high": high, "inside": bool(low <= covered[k] <= high),
                     "ranks": " ".join(map(str, found.recovery.histogram()[k])), "flat_p": found.recovery.flat()[k]})
    return pd.DataFrame(rows)


def moved_draws(found: Calibration, shipped: Path | None = None) -> pd.DataFrame:
    """A row a parameter learned here or in the shipped draws: both means, and how far apart in standard deviations."""
    path = shipped or SHIPPED / f"{found.information}.csv"
    if not path.is_file():
        return pd.DataFrame()
    before = pd.DataFrame(read_draws(path))
    after = pd.DataFrame(draws(found))
    rows = [{"parameter": prior.name, "shipped": before[prior.name].mean(), "here": after[prior.name].mean(),
             "moved": (after[prior.name].mean() - before[prior.name].mean()) / max(before[prior.name].std(), 1e-300)}
            for prior in found.learned if prior.name in before]
    return pd.DataFrame(rows)


def tables(found: Calibration) -> dict[str, pd.DataFrame]:
    """All of them by name, those that hold something."""
    named = {"parameters": parameters(found), "statistics": statistics(found), "recovery": recovered(found),
             "moved_statistics": pd.DataFrame(found.moved, columns=["statistic", "shipped", "here"])}
    if found.moved:
        named["moved_parameters"] = moved_draws(found)
    return {f"{found.information}_{name}": table for name, table in named.items() if len(table)}


# --- words


def lines(found: Calibration) -> list[str]:
    """What a calibration says, for a terminal."""
    table = parameters(found)
    out = [f"{found.information}: {found.points} points ({found.failed} failed), {len(found.used)} of "
           f"{len(found.table)} statistics emulated, {100 * found.pooled().share:.0f} % of the prior not ruled out, "
           f"chance of a history farther off {found.likely.whole:.2f}"]
    out += [f"  {row['parameter']}: {row['prior_mean']:.4g} ({row['prior_sd']:.2g}) -> {row['mean']:.4g} "
            f"({row['sd']:.2g}), contraction {row['contraction']:.2f}" for row in table.to_dict("records")]
    if found.recovery is not None:
        out.append(f"  known truths: {100 * found.recovery.pooled(0.8):.0f} % inside 80 % intervals, "
                   f"{100 * found.recovery.pooled(0.9):.0f} % inside 90 % ones ({len(found.recovery.ranks)} truths)")
    out += [f"  a model that is wrong on purpose ({one.name}) is {'' if one.found else 'not '}found out: of its "
            f"histories {100 * one.by_part.get(one.part, np.nan):.0f} % are flagged by {one.part}, "
            f"{100 * one.flagged:.0f} % by the worst of all parts" for one in found.wrong]
    out += [f"  rows over the pack move {name}: {before:.4f} -> {after:.4f}" for name, before, after in found.moved]
    return out


def section(found: Calibration) -> str:
    """The part of the page on one information set."""
    table, stats, pooled = parameters(found), statistics(found), found.pooled()
    used = stats[stats["used"]]
    weak = table[table["contraction"] < LEARNED]["parameter"].tolist()
    size = found.size
    text = [
        f"## {TITLES[found.information]}", "",
        f"Runs: {found.points} points of all {len(found.learned) + len(found.others)} parameters x {size.seeds} seeds "
        f"at weight {size.weight} (`--points {size.first} --second {size.second} --seeds {size.seeds} --weight "
        f"{size.weight}`)"
        + (f", {found.second[0]} of them in a second wave {found.second[1]}" if found.second[0] else "")
        + f" ({found.failed} points failed). Figures looked at: to {LAST[found.information]}. "
        f"{len(used)} of {len(stats)} statistics are emulated with Q2 of at least {found.choice.q2:g} and used. "
        f"Implausibility of the second worst statistic within {found.choice.cut:g}: {100 * pooled.share:.0f} % of the "
        "prior.", "",
        "### Parameters learned", "",
        _markdown(["parameter", "range", "prior mean (sd)", "posterior mean (sd)", "80 %", "contraction",
                   *(f"restart {seed}" for seed in RESTARTS)],
                  [[row["parameter"], f"{row['low']:g} to {row['high']:g}",
                    f"{row['prior_mean']:.4g} ({row['prior_sd']:.2g})", f"{row['mean']:.4g} ({row['sd']:.2g})",
                    f"{row['q10']:.4g} to {row['q90']:.4g}", f"{row['contraction']:.2f}",
                    *(f"{row.get(f'mean_restart_{seed}', np.nan):.4g}" for seed in RESTARTS)]
                   for row in table.to_dict("records")]), "",
        "Contraction is 1 - posterior sd / prior sd. Restarts draw the prior and all random numbers anew.", "",
        "Tied together (correlation of places): "
        + ("; ".join(f"{a} and {b} {r:+.2f}" for a, b, r in correlations(found)) or "none beyond .3") + ".", "",
        "### Not identified", "",
        (f"Screened in, but with a contraction below {LEARNED:g}: {', '.join(weak)}. " if weak else "")
        + f"The other {len(found.others)} parameters keep their prior and are drawn from it: what hangs on them hangs "
        "on assumptions (docs/sensitivity.md says which conclusions do). They are, by the file that declares them:", "",
        *_by_file([one.name for one in found.others]), "",
        "### Statistics", "",
        "Errors a year in logarithms (rates and levels of 2020 in points); far: posterior mean from what is observed, "
        "in standard deviations of measurement, chance and discrepancy.", "",
        _markdown(["statistic", "cells", "observed", "design (sd)", "posterior (sd)", "replicate", "measured", "chance",
                   "discrepancy", "Q2", "used", "far"],
                  [[row["says"], str(row["cells"]), f"{row['observed']:.3f}",
                    f"{row['design_mean']:.4f} ({row['design_sd']:.4f})",
                    "–" if np.isnan(row["far"]) else f"{row['posterior_mean']:.4f} ({row['posterior_sd']:.4f})",
                    f"{row['replicate']:.4f}", f"{row['measurement']:.4f}", f"{row['luck']:.4f}",
                    f"{row['discrepancy']:.4f}", f"{row['q2']:.2f}", "yes" if row["used"] else "no",
                    "–" if np.isnan(row["far"]) else f"{row['far']:.1f}"] for row in stats.to_dict("records")]), "",
        *_likely(found), "### Known truths", "", *_checks(found)]
    return "\n".join(text)


def _by_file(names: Sequence[str]) -> list[str]:
    """Parameters as a list with a line a file."""
    files: dict[str, list[str]] = {}
    for name in names:
        files.setdefault(parameter_cards()[name].home.rpartition(".")[2], []).append(name)
    return [f"- {file} ({len(of)}): {', '.join(of)}" for file, of in sorted(files.items())]


def _checks(found: Calibration) -> list[str]:
    known = found.recovery
    if known is None:
        return ["Not asked, for fewer than 50 points came through.", ""]
    low, high = known.band(0.9)
    out = [name for name, one in zip([p.name for p in found.learned], known.covered(0.9), strict=True)
           if not low <= one <= high]
    return [
        f"{len(known.ranks)} points of the design stand for histories ({known.lost} more were ruled "
        f"out), with errors drawn; truth and fit at weight {found.size.weight}, the emulator conditioned on the other "
        f"points ({FOLDS} folds). Pooled over parameters 80 % intervals hold {100 * known.pooled(0.8):.0f} %, 90 % "
        f"intervals {100 * known.pooled(0.9):.0f} %. Chance allows one parameter {100 * low:.0f} to {100 * high:.0f} % "
        f"of the latter in 99 of 100 cases: {'all are inside' if not out else 'outside are ' + ', '.join(out)}. Of "
        f"{len(found.learned)} parameters chance puts {(1.0 - BAND) * len(found.learned):.1f} outside.", "",
        _markdown(["parameter", "in 80 %", "in 90 %", "ranks in tenths", "p of flat"],
                  [[row["parameter"], f"{row['covered_80']:.2f}", f"{row['covered_90']:.2f}", row["ranks"],
                    f"{row['flat_p']:.2f}"] for row in recovered(found).to_dict("records")]), ""]


def _likely(found: Calibration) -> list[str]:
    """Whether what happened could be the model's, whether other models are told from it, and what rules out."""
    table = [[part, str(number), f"{squares:.2f}", f"{chance:.2f}"]
             for part, (number, squares, chance) in found.likely.by_part.items()]
    wrong = [[one.name, one.part, f"{100 * one.by_part.get(one.part, np.nan):.0f} %", "yes" if one.found else "no",
              f"{100 * one.flagged:.0f} %",
              ", ".join(f"{part} {100 * share:.0f} %" for part, share in one.by_part.items()),
              ", ".join(f"{name} {value:+.1f}" for name, value in one.farthest), f"{100 * one.share:.0f} %"]
             for one in found.wrong]
    ruled = [[f"{times:g}", f"{cut:g}", f"{100 * share:.0f} %"] for times, cut, share in found.ruled]
    return ["### Could this history be the model's, and would another model be found out", "",
            *LIKELY.format(level=100 * LEVEL, chance=found.likely.whole, enough=100 * ENOUGH).splitlines(), "",
            _markdown(["part", "statistics", "mean square", "chance of one farther off"], table), "",
            *_said(found.wrong), "",
            _markdown(["wrong on purpose", "its part", "flagged by it", "found out", "flagged by the worst of all",
                       "by part", "farthest, in standard deviations", "prior not ruled out"], wrong), "",
            "What errors rule out, by the implausibility of the second worst statistic. Where mean squares above are "
            "about 1 or more, the discrepancy is as large as what the model misses, and smaller ones would rule out "
            "for its faults:", "",
            _markdown(["discrepancy times", "cut", "prior not ruled out"], ruled), ""]


def _said(wrong: Sequence[Flagged]) -> list[str]:
    """Models that are not told from this one, and why."""
    return [f"- Not found out: {one.name}. No statistic lies farther off than "
            f"{max(abs(value) for _, value in one.farthest):.1f} standard deviations of what the model makes within "
            "its ranges and of the errors of history together."
            for one in wrong if not one.found]


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head),
                      *("| " + " | ".join(row) + " |" for row in rows)])


def page(found: Sequence[Calibration], before: str = "") -> str:
    """The page; the part on an information set that was not calibrated now is kept from the page `before`."""
    parts = {one: _kept(before, one) for one in ORDER} | {one.information: section(one) for one in found}
    written = [f"<!-- {name} -->\n{parts[name].strip()}\n<!-- end -->" for name in ORDER if parts[name]]
    return LEAD.format(draws=DRAWS) + "\n" + "\n\n".join(written) + "\n"


def _kept(before: str, information: str) -> str:
    part = re.search(f"<!-- {information} -->\n(.*?)\n<!-- end -->", before, flags=re.DOTALL)
    return part.group(1) if part else ""


# --- what is written


def ship(found: Sequence[Calibration]) -> list[Path]:
    """Write draws, page and the record of looks of the house."""
    written = [write_draws(one, SHIPPED / f"{one.information}.csv") for one in found]
    before = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    write_whole(PAGE, page(found, before))
    known = {one.information: dict(one.hashes)["data_hash"] for one in found}
    write_whole(CALIBRATED, calibrated_text(known))
    looks = LOOKS.read_text(encoding="utf-8")
    for one in found:
        all_seen = one.information == PRODUCTION
        row = (f'"{len(one.used)} statistics of errors from followed history, of residuals'
               f'{" and of the census of 2020" if all_seen else ""}, over a design of parameters",'
               f'2011-{LAST[one.information]},docs/posterior.md,"posterior {one.information}: draws of parameters; '
               f'{"never scored on these years" if all_seen else "years after 2017 are unseen"}"\n')
        looks += "" if row in looks else row
    write_whole(LOOKS, looks)
    return [*written, CALIBRATED, PAGE, LOOKS]
