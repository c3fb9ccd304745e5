"""Verbs that show a study: the report with its tables and figures, the explorer, two studies side by side."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from functools import partial
from pathlib import Path

from hainan2035.arguments import a_year, language, names, rows
from hainan2035.line import Parser, verb
from hainan2035.shared import show
from sim.core.declare import Fault, UserError

LANGUAGES = {"en": "English", "zh": "Chinese"}
ONLY_SVG = "figures are written as SVG; with --formats svg,png, compare writes PNG files as well"


def compare_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the report (default: the study's)")
    one.add_argument("--against", type=Path, metavar="DIR", help="compare with this study; prints, and writes nothing")
    one.add_argument("--figures", type=names, metavar="NAME,NAME",
                     help="draw only these figures, such as gaps,effects (docs/figures.md lists them)")
    one.add_argument("--formats", type=names, metavar="KIND,KIND",
                     help="write figures as svg, png or pdf (default svg, which the report needs in any case)")
    one.add_argument("--to", type=a_year, metavar="YEAR",
                     help="last year of tables, figures and text (default: that of the study)")
    rows(one)
    language(one)


@verb("look", compare_arguments, examples=("compare runs/demo --figures gaps,effects --formats svg,png --to 2030",
                                           "compare runs/demo --lang zh --out runs/demo-zh",
                                           "compare runs/first --against runs/second"))
def compare(options) -> int:
    """Write tables, figures and the report of a study; with --against, print two studies side by side."""
    if options.against is not None:
        if options.out is not None:
            raise UserError(Fault("--out", "has no use with --against, which only prints", "leave one of them out"))
        idle = [name for name in ("figures", "formats", "to") if getattr(options, name) is not None]
        if idle:
            raise UserError(Fault(f"--{idle[0]}", "has no use with --against, which only prints",
                                  "leave one of them out"))
        return _two_studies(options)
    return write_what_there_is_to_see(options.folder, options.out or options.folder, options)


def _two_studies(options) -> int:
    from outputs import two_studies

    first, second = map(_view_of, (options.folder, options.against))
    found = two_studies.table(first, second)
    show(options, {"made": two_studies.made_differently(first, second),
                   "gaps": json.loads(found.to_json(orient="records"))}, two_studies.lines(first, second, options.lang))
    return 0


def _view_of(folder: Path):
    """The view of a study; what is wrong with its results names the folder, for there is another one."""
    from outputs.view import View
    from sim.study.batch import open_results

    try:
        return View(open_results(folder))
    except UserError as error:
        raise UserError(*(fault._replace(where=str(folder)) if fault.where == "results" else fault
                          for fault in error.faults)) from None


def explorer_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    one.add_argument("--out", type=Path, metavar="FILE.html",
                     help="file for the page (default explorer.html in the folder)")
    rows(one)
    language(one)


@verb("look", explorer_arguments, examples=("explorer runs/demo", "explorer runs/demo --lang zh --out zh.html"))
def explorer(options) -> int:
    """Write an interactive page of a study: map, time series, effects, ranking and moves; works offline."""
    from outputs import causes
    from outputs.explorer.page import NAME, write
    from sim.region.history import history
    from sim.study.batch import open_orders, open_results
    from sim.study.store import Folder

    path = options.out or options.folder / NAME
    Folder(options.folder).manifest()  # what is wrong with the folder is said before it is held
    _refuse_another_page(path)
    inside = os.path.realpath(path.parent) == os.path.realpath(options.folder)
    with Folder(options.folder).locked() if inside else contextlib.nullcontext():
        write(open_results(options.folder), history(), path, options.lang, orders=open_orders(options.folder),
              causes=causes.read(options.folder))
    show(options, {"folder": str(options.folder), "explorer": str(path), "bytes": path.stat().st_size},
         [f"the explorer: {path}"])
    return 0


def write_what_there_is_to_see(folder: Path, out: Path, options, explorer_too: bool = False) -> int:
    """Write what there is to see of a study into its folder, which is held meanwhile, or into another one."""
    from tqdm import tqdm

    from calibration import effects
    from outputs import overturns
    from outputs.compare import PLAIN, chosen, compare, formats_of, parts
    from outputs.style import INSTALL, png_language
    from sim.region.history import history
    from sim.simulate import hashes
    from sim.study.batch import open_orders, open_results
    from sim.study.results import other_data
    from sim.study.store import Folder

    figures, formats = getattr(options, "figures", None), getattr(options, "formats", None)
    chosen(figures)  # what is wrong with the options is said before anything is read
    written_as = formats_of(formats or PLAIN)
    Folder(folder).manifest()  # what is wrong with the folder is said before it is held
    inside = os.path.realpath(folder) == os.path.realpath(out)
    if not inside:
        _refuse_another_folder(out)
    before = _language_of(out / "report.html")
    with Folder(folder).locked() if inside else contextlib.nullcontext():
        with tqdm(total=len(parts(figures)) + 1, unit="part", file=sys.stderr, leave=False) as bar:
            results, orders, past = open_results(folder), open_orders(folder), history()
            bar.update()
            made = compare(results, past, out, options.lang, how_far=partial(against_history, results, past),
                           measured=effects.read(), on_part=lambda part: bar.update(), orders=orders,
                           overturns=overturns.read(folder), until=getattr(options, "to", None), figures=figures,
                           formats=written_as)
            written = {"report": made.report}
        if explorer_too:
            from outputs import causes
            from outputs.explorer.page import NAME, write

            written["explorer"] = write(results, past, out / NAME, options.lang, orders=orders,
                                        causes=causes.read(folder))
    notes = [ONLY_SVG] if formats is None else []
    notes += [INSTALL] if written_as != PLAIN and png_language(options.lang) != options.lang else []
    notes += [_of_other_data(fault) for fault in other_data(folder, Folder(folder).manifest(), hashes())]
    if before not in ("", options.lang):
        notes.append(f"it replaces the report in {LANGUAGES[before]}; with --out DIR both are kept")
    show(options, {"folder": str(folder), **{what: str(path) for what, path in written.items()}, "notes": notes},
         [*(f"the {what}: {path}" for what, path in written.items()), *notes])
    return 0


def _of_other_data(fault: Fault) -> str:
    """A remark on observations of other data than a study was made on."""
    return f"observed values are not those of the study, which {fault.what}; {fault.mend}"


def against_history(results, past):
    """Tables that say how far to trust a study: its scores against history, or, where it follows history and cannot be
    held against it, the skill from rolling origins; None where neither can be told."""
    from calibration.hindcast import held, how_far
    from outputs import origins

    if results.attrs.get("history_until"):
        return {origins.ORIGINS: origins.read(), origins.TAKEN_BACK: origins.read(origins.POLICY_TABLE),
                "coverage": held(past)}
    # only the Opinions as they were carried out can be held against what happened
    return how_far(results, past) if "baseline" in results["scenario"].values else None


def _refuse_another_page(path: Path) -> None:
    """The page is written anew, or over another one of its kind."""
    from outputs.explorer.page import is_explorer
    from sim.core.files import kind_of, writing

    if path.suffix != ".html":
        raise UserError(Fault(str(path), "does not end in .html, as pages do", f"write {path.stem or 'explorer'}.html"))
    with writing(path):
        kind = kind_of(path)
    if kind == "file" and not is_explorer(path):
        raise UserError(Fault(str(path), "already exists and is not an explorer page",
                              "choose another place with --out"))


def _refuse_another_folder(out: Path) -> None:
    """A report is written into a new or an empty folder, or over another report."""
    from sim.core.files import STAGE, kind_of, writing
    from sim.study.store import HARMLESS

    with writing(out):
        if kind_of(out) == "":
            return
        there = sorted(entry.name for entry in os.scandir(out))
    known = {"report.html", "explorer.html", "tables", "figures", *HARMLESS}
    foreign = [name for name in there if name not in known and not STAGE.fullmatch(name)]
    if foreign or (there and not _is_report(out / "report.html") and not any(map(STAGE.fullmatch, there))):
        raise UserError(Fault(str(out), f"is not empty and holds no report (but {(foreign or there)[0]!r})",
                              "choose an empty or a new folder with --out"))


def _is_report(path: Path) -> bool:
    """Whether a file is a report of ours."""
    from outputs.report import POLICY

    return POLICY.encode() in _head(path).replace(b"&#x27;", b"'")


def _language_of(path: Path) -> str:
    """The language of a report; "" where there is none."""
    head = _head(path) if _is_report(path) else b""
    return next((lang for lang in LANGUAGES if b'lang="%s' % lang.encode() in head), "")


def _head(path: Path) -> bytes:
    """The first bytes of a file; none where there is no file or it cannot be read."""
    from sim.core.files import kind_of

    with contextlib.suppress(OSError):
        if kind_of(path) == "file":
            with open(path, "rb") as file:
                return file.read(4096)
    return b""
