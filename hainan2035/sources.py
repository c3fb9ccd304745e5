"""Verbs on what the model stands on: the provisions of the Opinions, the data pack, history."""

from __future__ import annotations

from pathlib import Path

from hainan2035.arguments import a_weight, language, rows, seeds, workers
from hainan2035.line import Parser, verb
from hainan2035.shared import ROOT, compile_first, show, show_faults
from sim.core.declare import Fault, UserError, nearest
from sim.words import BASE_YEAR, USUAL_WEIGHT

FIRST_STEP = BASE_YEAR + 1


def policy_arguments(one: Parser) -> None:
    one.add_argument("of", nargs="?", metavar="PROVISION | LEVER", help="one provision such as 8.2, or one lever: its "
                                                                        "clause, settings and effects")
    one.add_argument("--csv", action="store_true", help="print the levers with their effects as CSV")
    one.add_argument("--measure", action="store_true", help="run each lever and provision alone, none to full; writes "
                                                            "docs/policy_effects.csv")
    one.add_argument("--write", action="store_true", help="update docs/policy.md")
    one.add_argument("--against", type=Path, metavar="FILE.csv", help="effects of provisions beside those of an "
                                                                      "earlier table; with --write a figure")
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds of the measurement (default 10)")
    one.add_argument("--weight", type=a_weight, metavar="W", help="weight of the measurement (default 400)")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one per processor)")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the measurement (default runs/policy-...)")


@verb("data", policy_arguments, examples=("policy 8.2", "policy hukou_open --json"))
def policy(options) -> int:
    """The 22 provisions of the Opinions, or one provision or lever: clause, settings, measured effects."""
    from calibration import effects
    from outputs import policy as provisions

    _refuse_what_is_not_used(options)
    if options.of is not None:
        return _told_whole(options)
    if options.against is not None:
        return _against(options)
    written = {}
    if options.measure:
        measured = effects.measure(options.seeds, options.weight, options.workers, options.out)
        written["effects"] = str(effects.write(measured))
    measured = effects.read()
    if options.write:
        written["page"] = str(provisions.write(measured))
    if written:
        show(options, written, [f"{what} written to {path}" for what, path in written.items()])
    elif options.csv:
        print(provisions.as_csv(measured), end="")
    elif options.json:
        show(options, provisions.rows(measured), [])
    else:
        show(options, None, provisions.lines(measured, effects.state()))
    return 0


def _refuse_what_is_not_used(options) -> None:
    """Options of the measurement without it, and the ones that ask for another answer beside --against."""
    measurement = [name for name in ("seeds", "weight", "workers", "out") if getattr(options, name) is not None]
    unused = [] if options.measure else [Fault(f"--{name}", "applies to a measurement only", "add --measure")
                                         for name in measurement]
    if options.against is not None:
        unused += [Fault(f"--{name}", "cannot be combined with --against", "leave one of them out")
                   for name in ("measure", "csv") if getattr(options, name)]
    if options.of is not None:
        unused += [Fault(f"--{name}", f"cannot be combined with {options.of}", "leave one of them out")
                   for name in ("measure", "csv", "write", "against") if getattr(options, name)]
    if unused:
        raise UserError(*unused)


def _told_whole(options) -> int:
    """One provision or one lever: what the clause says, and what was made of it."""
    from calibration import effects
    from outputs import policy as table
    from outputs import provisions
    from sim.levers import REGISTRY, SECTIONS, find

    measured, name = effects.read(), find(options.of, REGISTRY)
    notes = ["", *table.state_notes(measured, effects.state())]
    if options.of in SECTIONS:
        section = SECTIONS[options.of]
        show(options, provisions.section_row(section, measured), [*provisions.section_lines(section, measured), *notes])
    elif name is not None:
        lever = REGISTRY[name]
        show(options, provisions.lever_row(lever, measured), [*provisions.lever_lines(lever, measured), *notes])
    else:
        raise UserError(Fault(options.of, "no such provision or lever", nearest(options.of, [*SECTIONS, *REGISTRY])
                              or f"provisions are {', '.join(SECTIONS)}"))
    return 0


def _against(options) -> int:
    """Effects of provisions beside those of an earlier table; with --write, their figure in docs/figures."""
    from calibration import effects
    from outputs import before_after

    if not options.against.is_file():
        raise UserError(Fault(str(options.against), "no such file", "name a CSV that policy --measure wrote"))
    rows = before_after.table(effects.read(options.against), effects.read())
    lines = before_after.lines(rows)
    written = before_after.write(rows, ROOT / "docs" / "figures") if options.write else []
    show(options, rows.to_dict("records"), [*lines, *(f"written to {path}" for path in written)])
    return 0


def fit_arguments(one: Parser) -> None:
    one.add_argument("--weight", type=a_weight, default=USUAL_WEIGHT, metavar="W",
                     help=f"residents that one simulated person represents (default {USUAL_WEIGHT})")
    rows(one)


@verb("data", fit_arguments, name="data fit", examples=("data fit", "data fit --weight 1000 --json"))
def data_fit(options) -> int:
    """How closely the base year matches the census and county observations: errors by margin and by quantity."""
    from calibration import base_fit
    from sim.model import HainanModel
    from sim.region.pack import load_pack
    from sim.region.people import build_people, fit_report, fit_summary

    pack = load_pack()
    summary = fit_summary(fit_report(pack, build_people(pack, options.weight), options.weight), options.weight)
    compile_first()
    misfit = base_fit.base_misfit(HainanModel("baseline", weight=options.weight, until=FIRST_STEP))
    show(options, {"census": summary.reset_index().to_dict("records"), "counties": misfit.to_dict("records")},
         [*summary.to_string().splitlines(), "", *base_fit.lines(misfit)])
    return 0


def check_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="another pack (default: the one of Hainan)")
    one.add_argument("--data", type=Path, metavar="DIR", dest="rows",  # their faults are what this verb looks for
                     help="folder with rows of your own, added to the data pack")


@verb("data", check_arguments, name="data check", examples=("data check", "data check --data my_rows"))
def data_check(options) -> int:
    """Check the data pack, and rows of your own, against the schema; each fault with file, row and column."""
    from sim.region.pack import check_pack, load_pack

    faults = check_pack(options.folder, options.rows)
    if faults or options.rows is None:
        return show_faults(options, faults, "the data pack has no fault")
    pack = load_pack(options.folder, options.rows)
    taken = [change._asdict() for change in pack.changes if change.kind == "conflict"]
    added = sum(change.kind == "added" for change in pack.changes)
    show(options, {"faults": [], "added": added, "conflicts": taken, "data_hash": pack.hash,
                   "pack_hash": pack.own_hash, "overlay_hash": pack.overlay_hash},
         ["the data pack and the added rows have no fault",
          f"{added} values added, {len(taken)} replaced",
          *(f"{c['place']}: {c['variable']} of {c['adcode']} in {c['year']}: {c['old']:g} becomes {c['new']:g}"
            for c in taken)])
    return 0


def history_arguments(one: Parser) -> None:
    one.add_argument("--series", action="append", default=[], metavar="NAME", help="print one series by unit and year")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of table and figure (default runs/history)")
    one.add_argument("--no-figure", action="store_true", help="print only, write nothing")
    rows(one)
    language(one)


@verb("history", history_arguments, examples=("history --no-figure", "history --series gdp --data my_rows"))
def history(options) -> int:
    """What is known of each unit and year, and from where; with --data, what your rows change."""
    from outputs import coverage
    from sim.region.history import history as observed
    from sim.region.pack import load_pack

    pack, past = load_pack(), observed()
    names = coverage.coverage(past)["series"].unique().tolist()
    unknown = [name for name in options.series if name not in names]
    if unknown:
        raise UserError(*(Fault(name, "no such series of history", nearest(name, names)) for name in unknown))
    lines = [line for name in options.series for line in (*coverage.grid(past, name), "")]
    found = {"data_hash": pack.hash, "coverage": coverage.coverage(past).to_dict("records")}
    if options.series:
        found["coverage"] = [row for row in found["coverage"] if row["series"] in options.series]
    else:
        lines = coverage.lines(past)
    if pack.overlay is not None:
        lines += ["", *coverage.change_lines(pack)]
        found |= {"pack_hash": pack.own_hash, "overlay_hash": pack.overlay_hash,
                  "rows": [change._asdict() | {"kind": change.kind} for change in pack.changes],
                  "changes": coverage.changes(pack).to_dict("records")}
    if not options.no_figure:
        written = coverage.write(past, options.out or Path("runs") / "history", options.lang)
        found["written"] = [str(path) for path in written]
        lines += ["", f"written to {', '.join(found['written'])}"]
    show(options, found, lines)
    return 0
