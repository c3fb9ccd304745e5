"""The codebook of the data pack, made from the pack: `python3 run.py refresh` brings docs/data.md up to date.

The text between the two marks of docs/data.md is generated here; everything else there is written by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.core.files import write_whole
from sim.region import geography, schema
from sim.region.history import HALF_YEAR_SERIES, SERIES, history
from sim.region.pack import FLAGS, GROUPS, MISSING, Pack, load_pack

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
BEGIN, END = "<!-- codebook: made by sim.region.codebook -->", "<!-- codebook: end -->"
SHORT = {"official": "o", "secondary": "s", "derived": "d", "recalled": "r", "imputed": "i"}


def codebook(pack: Pack | None = None) -> str:
    """The generated part of docs/data.md."""
    pack = pack or load_pack()
    parts = [f"Made from the pack with the hash `{pack.hash[:16]}`. Confidence: "
             + ", ".join(f"{short} {name}" for name, short in SHORT.items()) + " (number of values).\n"]
    for name in schema.TABLES:
        if name in schema.TIDY_FILES:
            parts.append(_tidy(pack, name))
        else:
            parts.append(f"### {name}.csv ({len(pack.table(name))} rows)\n\n" + _columns(schema.TABLES[name]))
    parts += [_shared(), _checks(), _decided(pack), _rejected(pack), _segments(pack), _groups(pack), _assumptions(pack),
              _places(pack), _history(pack)]
    return "\n".join(parts)


def page(text: str, made: str) -> str:
    """The page with its generated part updated."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{made.strip()}\n\n{END}{tail}"


def years(values: Iterable[int]) -> str:
    """Years with runs drawn together: 2005-2009, 2012."""
    runs: list[list[int]] = []
    for year in sorted(set(values)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _rows(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _columns(columns: Sequence[schema.Column]) -> str:
    def allowed(column):
        if column.choices:
            return ", ".join(column.choices)
        return {"mark": "0, 1", "year": "{}-{}".format(*schema.YEARS)}.get(column.kind, "")

    return _rows(("column", "kind", "may be empty", "allowed", "meaning"),
                 ((f"`{c.name}`", c.kind, "yes" if c.empty else "", allowed(c), c.says) for c in columns))


def _shared() -> str:
    return "### Columns of the tidy tables\n\n" + _columns(schema.TIDY)


def _tidy(pack: Pack, name: str) -> str:
    table = pack.table(name)
    declared = table["variable"].map(lambda v: schema.declared(name, v).name)
    rows = []
    for pattern, part in table.groupby(declared, sort=True):
        variable = schema.declared(name, pattern)
        units = ", ".join(sorted(part["unit"].unique()))
        number = part["variable"].nunique()
        shown = f"`{pattern}`" + (f" ({number})" if "*" in pattern else "")
        rows.append((shown, units, _areas(pack, part["adcode"]), years(part["year"]),
                     _trust(part["confidence"]), variable.meaning))
    count = f"{len(table)} rows, {table['variable'].nunique()} variables"
    return f"### {name}.csv ({count})\n\n" + _rows(
        ("variable", "unit", "areas", "years", "confidence", "meaning"), rows)


def _areas(pack: Pack, codes) -> str:
    """Number of counties, and the other areas."""
    found = {int(code) for code in codes}
    counties = len(found & set(pack.codes.tolist()))
    others = sorted(pack.areas[code] for code in found & pack.areas.keys())
    names = [name for name in others if "/" not in name]
    districts = ["districts"] if len(names) < len(others) else []
    return ", ".join([f"{counties} of {pack.n}"] * (counties > 0) + names + districts)


def _trust(confidences) -> str:
    count = Counter(confidences)
    return " ".join(f"{SHORT[name]}{count[name]}" for name in FLAGS[1:] if count[name])


def _checks() -> str:
    def parts(rule):
        return " + ".join(f"`{p}`" for p in rule.parts[:4]) + (" + ..." if len(rule.parts) > 4 else "")

    rows = [(f"{s.file}.csv", f"`{s.total}`", parts(s), f"{s.tolerance:.2%}" if s.tolerance else "exact")
            for s in schema.SUMS]
    rows += [(f"{file}.csv", f"`{name}` of the province", "all counties, in census years", "exact")
             for _, file, name in schema.TOTALS]
    return "### Sums verified by the check\n\n" + _rows(("file", "total", "parts", "within"), rows)


def _decided(pack: Pack) -> str:
    """Resolution of conflicts between two sources, by variable."""
    table = pack.table("conflicts")
    pairs = table.groupby(["new_variable", "stored_variable"], sort=True)
    rows = []
    for (new, stored), part in pairs:
        count = Counter(part["holds"])
        rows.append((f"`{new}`", f"`{stored}`", len(part), *(count[word] or "" for word in schema.HOLDS),
                     years(part["year"])))
    return "### Resolution of conflicts\n\nThe reason for each row is in conflicts.csv.\n\n" + _rows(
        ("later source", "earlier source", "cells", "earlier holds", "later holds", "both", "years"), rows)


def _rejected(pack: Pack) -> str:
    """Values of the county yearbook that were read but rejected."""
    rows = ((row.panel_year, row.unit, row.column, "" if row.value != row.value else f"{row.value:,.0f}", row.reason)
            for row in pack.table("rejected").itertuples())
    return "### Rejected values\n\nFrom the panel of county yearbooks; the year is that of the panel.\n\n" + _rows(
        ("panel year", "unit", "column", "value", "why"), rows)


def _segments(pack: Pack) -> str:
    """Periods within which a series is comparable."""
    names = {int(code): name for code, name in zip(pack.codes, pack.names_en, strict=True)}
    rows = []
    table = pack.table("segments")
    for (series, code), part in table.groupby(["series", "adcode"], sort=False, dropna=False):
        spans = [f"{first}{'-' if last != last else '' if last == first else f'-{last:.0f}'} {basis}"
                 for first, last, basis in zip(part["first_year"], part["last_year"], part["basis"], strict=True)]
        rows.append((f"`{series}`", "every area" if code != code else names[int(code)], "; ".join(spans)))
    return "### Segments\n\nA series not listed here has one segment.\n\n" + _rows(
        ("series", "area", "segments"), sorted(rows))


def _groups(pack: Pack) -> str:
    def members(name):
        mask = pack.group(name)
        return "all" if mask.all() else ", ".join(n for n, inside in zip(pack.names_en, mask, strict=True) if inside)

    return "### Groups of counties\n\n" + _rows(
        ("group", "meaning", "members"), ((f"`{name}`", says, members(name)) for name, says in GROUPS.items()))


def _assumptions(pack: Pack) -> str:
    rows = [(name, f"{a.value:g}", a.unit, "{:g}-{:g}".format(*a.range), a.source)
            for name, a in geography.ASSUMPTIONS.items()]
    rows += [(f"gateway {g.name} ({g.kind}, {g.county})", f"{g.minutes:g}", "min", f"{g.low:g}-{g.high:g}", g.source)
             for g in pack.table("gateways").itertuples()]
    return "### Assumptions of the travel times\n\n" + _rows(("number", "value", "unit", "range", "source"), rows)


def _places(pack: Pack) -> str:
    """Quantities known or judged for single places, with their ranges."""
    rows = [(f"`{row.variable}`", row.county, f"{row.value:g}", f"{row.low:g}-{row.high:g}", row.unit, row.source,
             row.confidence) for row in pack.table("places").itertuples()]
    return "### Quantities of single places\n\n" + _rows(
        ("quantity", "county", "value", "range", "unit", "source", "confidence"), rows)


def _history(pack: Pack) -> str:
    ds = history(pack)
    rows = []
    for series in (*SERIES, HALF_YEAR_SERIES):
        name = series.card.name
        flags = ds[f"{name}_flag"]
        known = flags != MISSING
        held = known.any([d for d in known.dims if d != "year"]) if "year" in known.dims else None
        when = years(ds["year"].values[held.values].tolist()) if held is not None else "2018"
        count = Counter(FLAGS[f] for f in flags.values.ravel().tolist() if f != MISSING)
        trust = " ".join(f"{SHORT[f]}{count[f]}" for f in FLAGS[1:] if count[f])
        rows.append((f"`{name}`", ", ".join(d for d in ds[name].dims), series.card.unit, when, trust,
                     series.card.long_name, series.comment))
    return "### Variables of history\n\n" + _rows(
        ("variable", "dims", "unit", "years", "values by flag", "meaning", "breaks"), rows)


def write() -> Path:
    """Bring docs/data.md up to date; returns its path."""
    write_whole(PAGE, page(PAGE.read_text(encoding="utf-8"), codebook()))
    return PAGE
