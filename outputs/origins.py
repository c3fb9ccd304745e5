"""Skill from rolling origins as a table to read: in the terminal, and as the page docs/origins.md.

The tables are handed in; nothing is scored here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from outputs.documentation import table as markdown
from outputs.numbers import listed_and
from outputs.words import say
from sim.core.files import write_whole

PAGE = Path(__file__).resolve().parents[1] / "docs" / "origins.md"
ORIGINS = "origins"  # among the tables of the comparison with history
TABLE = PAGE.with_suffix(".csv")
TAKEN_BACK = "policy_residuals"  # among the tables of the comparison with history
POLICY_TABLE = PAGE.with_name(f"{TAKEN_BACK}.csv")
HEAD = ("target", "leads", "model", "naive", "which", "ratio", "unconditional", "needs <", "support", "80 %", "width",
        "naive 80 %", "naive width", "n", "eff", "skill")
NO_SPREAD = "–"
HASH = 12
LEAD = """# Skill from rolling origins

From every year {first}-{last} history is followed to that year and the model goes on alone; the years that followed are
compared with it and with the best naive forecast that the year allowed. Made by `python3 run.py skill --write`:
{members} runs an origin at weight {weight}, in turns of {draws} draws of measurement, imputation and parameters
(a fifth of their ranges); code `{code_hash}`, data `{data_hash}`.

- Model and naive: mean absolute error, in % (4 is about 4 % off; counties relative to the province).
- Ratio: CRPS of the runs over that of the best naive forecast, growth of the nation, visitors, births and central
  transfers being as they were; unconditional: with the outlook as it stood at the origin. Below 1 the model is closer.
- Needs: the ratio below which a gain is more than chance (a level of 5 %); eff: how many independent values
  the n are worth. Support: how often the model is the closer one when units are drawn again.
- 80 %: share of the values inside the interval of the runs that should hold 80 %, and its mean width in %; the same of
  the naive forecast.
- Skill, by a rule that was written down before the first scoring: ratio at most .85 with a support of .8, between 70
  and 90 % inside, and no wider than the naive interval, at leads of one to four years.
- A target marked * was seen in setting parameters to the years scored. Years up to an origin are never scored from it.
- All years are taken as today's data have them, revised since; naive forecasts start from the same figures.
"""
RANDOM_WALK = """## What this says

What shows no skill is forecast as it was last seen, with the spread of its past: the path of a single county is then a
random walk around the effects of policy. It says how far a county may drift, not where it goes.
"""


def rows(summary: pd.DataFrame, first: int = 1, last: int = 4) -> list[list[str]]:
    """One line a target at leads from `first` to `last`; the unconditional ratio beside the conditional one."""
    chosen = summary[(summary["first_lead"] == first) & (summary["last_lead"] == last)]
    other = chosen[chosen["information"] == "unconditional"].set_index("target")["ratio"].to_dict()
    told = chosen[chosen["information"] == "conditional"]
    return [_row(row, other.get(row["target"], np.nan)) for row in told.to_dict("records")]


def _row(row: Mapping[str, Any], unconditional: float) -> list[str]:
    first, last = row["first_lead"], row["last_lead"]
    leads = str(first) if first == last else f"{first}-{last}"
    needs = 1 - row["smallest_gain"] if row["smallest_gain"] < 1 else np.nan
    return [row["target"] + ("*" if row["in_sample"] else ""), leads, _percent(row["model_error"]),
            _percent(row["naive_error"]), row["naive_says"], _fixed(row["ratio"]), _fixed(unconditional),
            _fixed(needs), _fixed(row["support"]), _fixed(row["coverage_80"]), _percent(row["width"]),
            _fixed(row["naive_coverage_80"]), _percent(row["naive_width"]), str(row["n"]), _fixed(row["effective"], 0),
            "yes" if row["skill"] else "no"]


def _fixed(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else NO_SPREAD


def _percent(value: float) -> str:
    return _fixed(100 * value, 1)


def lines(summary: pd.DataFrame) -> list[str]:
    """The table of leads one to four for a terminal."""
    text = [list(HEAD), *rows(summary)]
    width = [max(len(line[k]) for line in text) for k in range(len(HEAD))]
    return ["  ".join(cell.ljust(w) if k in (0, 4) else cell.rjust(w)
                      for k, (cell, w) in enumerate(zip(line, width, strict=True))).rstrip() for line in text]


def page(summary: pd.DataFrame, changes: pd.DataFrame, about: Mapping[str, object], more: Sequence[str] = ()) -> str:
    """The page: the rule's leads, whether units change as the model says, `more` sections, and the other leads."""
    spans = summary[["first_lead", "last_lead"]].drop_duplicates().itertuples(index=False)
    others = [row for first, last in spans if (first, last) != (1, 4) for row in rows(summary, first, last)]
    of_changes = [[row["series"], str(row["n"]), str(row["units"]), _fixed(row["multiplier"]), f"{row['error']:.1f}",
                   f"{row['forecast']:.1f}", f"{row['constant']:.1f}"] for row in changes.to_dict("records")]
    parts = [LEAD.format(**about), "## One to four years on\n", markdown(HEAD, rows(summary)), RANDOM_WALK,
             "## Changes of county shares\n", CHANGES,
             markdown(("series", "n", "units", "multiplier", "error of own changes", "of forecasts",
                       "of constant shares"), of_changes), *more,
             "## By lead\n", markdown(HEAD, sorted(others))]
    return "\n".join(part.rstrip() + "\n" for part in parts)


CHANGES = """The change of a unit's share of the province since the origin, in logarithms. Multiplier: the number by
which the model's own changes fit best; 1 is right in size, 0 knows nothing. Errors in %. Forecasts take own changes of
totals for what they were worth before the origin; constant shares are those that stay.
"""


WRONG_TITLE, POLICY_TITLE = "## Whether a wrong model is found out", "## Policy and residuals"
DRAWS_TITLE = "## Draws of the posterior beside central values"
APART = (DRAWS_TITLE, WRONG_TITLE, POLICY_TITLE)
"""Sections that are measured apart, in the order of the page."""
WRONG_LEAD = """A followed history fits whatever the model is; residuals that have to change more, and errors of
what comes later, can tell. Means over {draws} draws, code `{code}`; worse: wrong less right; spread: its standard
deviation over draws. An error is seen where a measure is worse by more than twice that.
"""
POLICY_LEAD = """Residuals of 2019-2021 hold the pandemic and the negative of any error in what provisions are
assumed to do. Effect: what the provision adds to output of 2021 in the baseline, mean of counties by output, in %.
Half, twice: what residuals of output shift when its levers are half and twice as far from none. Taken back: part of
the effect over counties that the change of residuals since 2018 takes back, and its standard error. Provisions that
the baseline has not begun by 2021 are left out. Code `{code}`.
"""


DRAWS_LEAD = """Scores one to four years ahead of runs in turns of draws of `{named}` (posterior) beside those in turns
of draws around central values, which the tables above hold (central). Scored are years after {seen} alone, for both
alike, so that no year is scored which the posterior has seen; runs have the same seeds, and the world outside is as it
was. Error and width in %; ratio: CRPS over that of the best naive forecast. Code `{code}`.
"""


def draws_section(table: pd.DataFrame, targets: Mapping[str, str], gain: tuple[int, int, float], seen: int, named: str,
                  code: str) -> str:
    """Scores of draws of a posterior beside those around central values, as a section of the page."""
    lines = [[targets[row["target"]], str(row["n_learnt"]), _percent(row["model_error_usual"]),
              _percent(row["model_error_learnt"]), _fixed(row["ratio_usual"]), _fixed(row["ratio_learnt"]),
              _fixed(row["coverage_80_usual"]), _fixed(row["coverage_80_learnt"]), _percent(row["width_usual"]),
              _percent(row["width_learnt"])] for row in table.to_dict("records")]
    head = ("target", "n", "error, central", "posterior", "ratio, central", "posterior", "80 %, central", "posterior",
            "width, central", "posterior")
    closer, of, ratio = gain
    told = (f"The posterior's draws have the lower ratio in {closer} of {of} series; on average (geometric) their\n"
            f"CRPS is {_fixed(ratio)} of that of draws around central values.")
    return "\n".join((DRAWS_TITLE + "\n", DRAWS_LEAD.format(named=named, seen=seen, code=code), markdown(head, lines),
                      told))


def wrong_section(table: pd.DataFrame, models: Mapping[str, str], measures: Mapping[str, str], draws: int,
                  code: str) -> str:
    """Whether wrong models are found out, as a section of the page; words of models and measures by name."""
    lines = [[models[row["model"]], measures[row["measure"]], _fixed(row["right"], 4), _fixed(row["wrong"], 4),
              _fixed(row["worse"], 4), _fixed(row["spread"], 4), "yes" if row["seen"] else "no"]
             for row in table.to_dict("records")]
    seen = table.groupby("model", sort=False)["seen"].any()
    told = [f"{models[name]}: " + ("found out." if found else "this error cannot be seen in residuals or in what comes "
                                   "later.") for name, found in seen.items()]
    head = ("wrong model", "measure", "right", "wrong", "worse", "spread", "seen")
    return "\n".join((WRONG_TITLE + "\n", WRONG_LEAD.format(draws=draws, code=code), markdown(head, lines), *told))


def policy_section(table: pd.DataFrame, code: str) -> str:
    """What residuals take back of assumed effects, as a section of the page."""
    lines = [[row["section"], _fixed(100 * row["effect"]), _fixed(100 * row["half"]), _fixed(100 * row["twice"]),
              f"{_fixed(row['taken_back'], 1)} ± {_fixed(row['error'], 1)}", "yes" if row["named"] else "no"]
             for row in table.to_dict("records")]
    named = [row["section"] for row in table.to_dict("records") if row["named"]]
    told = ("Residuals take back half or more of the assumed effect of " + ", ".join(named) + "." if named else
            "Residuals take back half or more of no assumed effect.")
    unsure = int((table["error"] > np.abs(table["taken_back"])).sum())
    head = ("provision", "effect", "half", "twice", "taken back", "half or more")
    return "\n".join((POLICY_TITLE + "\n", POLICY_LEAD.format(code=code), markdown(head, lines), told,
                      f"Of {unsure} of {len(table)} the error is larger than the part itself: what provisions are\n"
                      "assumed to have done by 2021 is small against what residuals change by themselves."))


def kept_sections(path: Path = PAGE) -> dict[str, str]:
    """Sections of the page as it stands that are measured apart, by title; those that are not there are left out."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    parts = ["## " + part for part in text.split("\n## ")[1:]]
    return {title: part for part in parts for title in APART if part.startswith(title)}


def write(summary: pd.DataFrame, changes: pd.DataFrame, about: Mapping[str, object], sections: Mapping[str, str],
          path: Path = PAGE) -> Path:
    """Write the page, and its table beside it; sections measured apart, by title, stay where none is handed in."""
    kept = kept_sections(path) | dict(sections)
    more = [kept[title] for title in APART if title in kept]
    write_whole(path, page(summary, changes, about, more))
    write_whole(path.with_suffix(".csv"), summary.to_csv(index=False))
    return path


def write_policy(table: pd.DataFrame, path: Path = POLICY_TABLE) -> Path:
    """Write what residuals take back of assumed effects, for reports to name."""
    write_whole(path, table.to_csv(index=False, float_format="%.6g"))
    return path


def taken_back(table: pd.DataFrame, lang: str) -> str:
    """The sentence that names provisions of whose assumed effect residuals take back half or more; nothing without a
    table."""
    if table.empty:
        return ""
    named = [str(section) for section in table[table["named"].astype(bool)]["section"]]
    key = "taken_back" if named else "taken_back_none"
    return say(key, lang, sections=listed_and(named, lang), n=len(table))


def read(path: Path = TABLE) -> pd.DataFrame:
    """The table that was written last; empty where there is none."""
    return pd.read_csv(path, dtype={"section": str}) if path.is_file() else pd.DataFrame()


class Standing(NamedTuple):
    """Of so many series that no parameter was set by: how many are forecast better than by the best naive forecast,
    beyond chance, how many worse, and how many have skill by the rule."""

    series: int
    better: int
    worse: int
    skilled: int


def standing(summary: pd.DataFrame) -> Standing:
    """How forecasts of one to four years stand, under the inputs from outside that were observed."""
    told = summary[(summary["first_lead"] == 1) & (summary["last_lead"] == 4) & ~summary["in_sample"].astype(bool)
                   & (summary["information"] == "conditional") & np.isfinite(summary["smallest_gain"].astype(float))]
    gain = told["smallest_gain"]
    return Standing(len(told), int((told["ratio"] <= 1 - gain).sum()), int((told["ratio"] >= 1 + gain).sum()),
                    int(told["skill"].astype(bool).sum()))


def named(summary: pd.DataFrame, words: Mapping[str, Sequence[str]], targets: Mapping[str, str]) -> pd.DataFrame:
    """The table with the words of targets and naive forecasts beside their names."""
    return summary.assign(naive_says=[words[name][0] for name in summary["naive"]],
                          target=[targets[name] for name in summary["target"]])
