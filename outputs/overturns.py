"""What overturns each verdict, in sentences: the table that `overturn` leaves in a study's folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from outputs import sensitivity
from outputs.numbers import listed, number
from outputs.verdict import MEASURES, NARROWER, POLICY, UNDECIDED, WIDER, WITHOUT, clear
from outputs.words import say

STEM = "overturns"
CONFIRMED, NOT_CONFIRMED, HOLDS, NOT_TOLD, CENTRAL = (
    "confirmed", "not_confirmed", "holds", "not_told", "not_at_central_values")
LEANS = {NARROWER: "leans_narrower", WIDER: "leans_wider"}
MOSTLY = 2 / 3  # of the pairs of runs, from which a gap that is undecided leans to one side
NEEDED = ("quantity", "measure", "verdict", "state", "parameters", "central", "values", "distance", "seeds")


def tried(table: pd.DataFrame, scenario: str) -> list[tuple[str, str, str, str, bool]]:
    """What may be overturned: the clear verdicts of a scenario (`verdict.clear`), and gaps that are undecided but
    narrow, or widen, in at least two thirds of the pairs of runs."""
    mine = table[(table["scenario"] == scenario) & (table["kind"] == POLICY)] if len(table) else table
    leaning = []
    for row in mine.to_dict("records"):
        wider = row["pairs"] - row["narrower"] - row["equal"]
        side = NARROWER if row["narrower"] > wider else WIDER
        if row["verdict"] == UNDECIDED and row["measure"] != WITHOUT and (
                max(row["narrower"], wider) >= MOSTLY * row["pairs"]):
            leaning.append((row["quantity"], row["measure"], f"{row['measure']}_{row['of']}", LEANS[side],
                            (side == WIDER) == (MEASURES[row["measure"]] > 0)))
    return clear(table, scenario) + leaning


def read(folder: Path) -> pd.DataFrame | None:
    """The table of a study's folder; None where it has none that can be read."""
    path = folder / "tables" / f"{STEM}.csv"
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype={name: str for name in ("parameters", "central",
                                                                                     "values", "places")})
    except (OSError, ValueError):
        return None
    return table if set(NEEDED) <= set(table) and len(table) else None


def sentences(table: pd.DataFrame, lang: str) -> list[str]:
    """A sentence for each verdict that an assumption within its range turns around, nearest first; what holds, and what
    is not told, in one each."""
    if table.empty:
        return [say("overturn_nothing", lang)]
    turned = table[table["state"] == CONFIRMED].sort_values("distance", kind="stable")
    out = [say("overturn_lead", lang)] if len(turned) else [say("overturn_none", lang)]
    for row in turned.itertuples():
        out.append(say("overturn_row", lang, what=_what(row, lang), verdict=say(f"is_{row.verdict}", lang),
                       changes=_changes(row, lang), distance=number(row.distance, 1), seeds=row.seeds))
    for state in (HOLDS, NOT_CONFIRMED, CENTRAL, NOT_TOLD):
        rows = table[table["state"] == state]
        names = list(dict.fromkeys(_what(row, lang) for row in rows.itertuples()))
        if names:
            out.append(say(f"overturn_{state}", lang, names=listed(names, lang)))
    return out


PART = """## What would overturn the verdicts

Made by `python3 run.py overturn {study} --write` on the design above: {seeds} pairs of runs confirm a claim.
"""


def write_page(table: pd.DataFrame, study: str, seeds: int, path: Path = sensitivity.PAGE) -> Path:
    """Write this part of docs/sensitivity.md."""
    told = "\n".join(f"- {one}" for one in sentences(table, "en"))
    return sensitivity.put(path, "overturn", f"{PART.format(study=study, seeds=seeds)}\n{told}\n")


def named(table: pd.DataFrame, lang: str) -> str:
    """The first row in a clause: the gap, its measure, and the change of assumptions that overturns what is said of
    it."""
    row = next(table.itertuples())
    return say("overturn_named", lang, what=_what(row, lang), changes=_changes(row, lang))


def _changes(row, lang: str) -> str:
    return listed([say("overturn_change", lang, name=name, central=f"{float(central):.3g}", value=f"{float(value):.3g}")
                   for name, central, value in zip(row.parameters.split(), row.central.split(), row.values.split(),
                                                   strict=True)], lang)


def _what(row, lang: str) -> str:
    return say("overturn_what", lang, quantity=say(f"gap_{row.quantity}", lang),
               measure=say(f"measure_{row.measure}", lang))
