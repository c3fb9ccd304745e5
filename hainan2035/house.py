"""Verbs on the house itself: its tests, the year as a table, and what is generated from the registries."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hainan2035.arguments import whole
from hainan2035.line import Parser, verb
from hainan2035.looks import against_history
from hainan2035.shared import ROOT, cache_folder, show
from hainan2035.talk import say
from sim.core.declare import Fault, UserError


def test_arguments(one: Parser) -> None:
    one.add_argument("paths", nargs="*", metavar="PATH", help="a test file, a folder, or FILE::TEST (default: all)")
    one.add_argument("--slow", action="store_true", help="include slow tests")
    one.add_argument("-k", metavar="WORDS", help="only tests whose names match")
    one.add_argument("--workers", type=whole(1), metavar="N", help="worker processes (default 2)")


@verb("house", test_arguments, examples=("test", "test tests/mechanisms --slow"))
def test(options) -> int:
    """Run the tests, all of them or those under each PATH; slow ones only with --slow."""
    paths = [_test_path(path) for path in options.paths] or [str(ROOT / "tests")]
    one_file = len(paths) == 1 and ".py" in Path(paths[0]).name
    workers = options.workers if options.workers is not None else 1 if one_file else min(2, os.cpu_count() or 1)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), *paths]
    command += ["-m", ""] if options.slow else []
    command += ["-k", options.k] if options.k else []
    command += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    command += ["-o", f"cache_dir={cache_folder() / 'pytest'}"]
    environment = {"HYPOTHESIS_STORAGE_DIRECTORY": str(cache_folder() / "hypothesis"), **os.environ}
    sys.stdout.flush()
    code = subprocess.call(command, cwd=ROOT, env=environment)
    return {0: 0, 4: 2, 5: 2}.get(code, 1)  # pytest: 4 is a wrong PATH, 5 is no test at all


def _test_path(path: str) -> str:
    """A test's path, from the working directory or from the checkout; `file::test` is one too."""
    file, colons, name = path.partition("::")
    for base in (Path.cwd(), ROOT):
        if (base / file).exists():
            return f"{base / file}{colons}{name}"
    raise UserError(Fault(path, "no such test file or folder", "for example tests/test_command_line.py"))


@verb("house", examples=("schedule", "schedule --json"))
def schedule(options) -> int:
    """The year as a table: its steps, their rules, what these read and write, the sections they serve."""
    from sim.schedule import data_flow

    rows, lines, last = data_flow(), [], ""
    for row in rows:
        if row.step != last:
            lines += ["", f"{row.step}  [{row.sections or '-'}]"]
        last = row.step
        lines += [f"  {row.rule}", f"    reads   {' '.join(row.reads) or '-'}",
                  f"    writes  {' '.join(row.writes) or '-'}"]
    show(options, [row._asdict() for row in rows], lines[1:])
    return 0


def refresh_arguments(one: Parser) -> None:
    one.add_argument("--golden", action="store_true", help="also renew the stored golden run")
    one.add_argument("--gallery", type=Path, metavar="DIR", help="only docs/gallery.md and the README's "
                                                                 "verdict, from this study")
    one.add_argument("--residuals", type=whole(1), metavar="N", help="only the residuals of the first N draws of the "
                                                                     "posterior (some seconds each)")
    one.set_defaults(changes_project=True)


@verb("house", refresh_arguments, examples=("refresh", "refresh --gallery runs/demo"))
def refresh(options) -> int:
    """Regenerate what is made from the code and the data: pages in docs/, schema.json, the kernels' argument types."""
    from calibration import effects
    from outputs import documentation, figures, notebook, policy
    from sim.region import codebook
    from sim.scenario import schema

    if options.gallery:
        return _gallery(options)
    if options.residuals:
        return _residuals(options)
    # Twice: a kernel that others call shows in the process that compiles it, not where all of them come from the cache.
    scripts = ["tests.core.signatures", "tests.core.signatures", *(["tests.golden.refresh"] if options.golden else [])]
    for script in scripts:  # in processes of their own: they run the model from its sources
        code = subprocess.call([sys.executable, "-m", script], cwd=ROOT)
        if code:
            say(f"{script} failed, so no page was written; the reason is given above")
            return 1
    written = [schema.write_schema(), policy.write(effects.read()), documentation.write(), figures.write(),
               codebook.write(), *notebook.write()]
    show(options, [str(path) for path in written], [f"written: {path.relative_to(ROOT)}" for path in written])
    return 0


def _gallery(options) -> int:
    """Pictures, gallery and the README's verdict from a study."""
    from calibration import effects
    from outputs import gallery, maps, origins, overturns
    from outputs.view import View
    from sim.region.history import history
    from sim.study.batch import open_orders, open_results

    results, past = open_results(options.gallery), history()
    tested = against_history(results, past) or {}
    view = View(results, past, polygons=maps.outlines_of(results), orders=open_orders(options.gallery),
                overturns=overturns.read(options.gallery))
    written = gallery.write(view, tested.get("scores"), skill_from_origins=tested.get(origins.ORIGINS),
                            measured=effects.read())
    show(options, [str(path) for path in written], [f"written: {path.relative_to(ROOT)}" for path in written])
    return 0


def _residuals(options) -> int:
    """The table of residuals of the posterior's first draws, and of the one nearest its mean."""
    from tqdm import tqdm

    from sim.closure import shipped, solve
    from sim.core.parts import usable_cores
    from sim.simulate import draw_limits, draw_of
    from sim.study.draws import library_draws, nearest_mean
    from sim.words import LAST_FOLLOWED

    rows = library_draws("production", draw_limits)
    chosen = {row["draw"]: row for row in (*rows[:options.residuals], nearest_mean(rows))}
    draws = [draw_of(row) for row in chosen.values()]
    with ProcessPoolExecutor(usable_cores()) as workers:
        tasks = workers.map(functools.partial(solve.solved_anew, LAST_FOLLOWED), draws)
        found = dict(tqdm(tasks, total=len(draws), unit="draw", file=sys.stderr, leave=False))
    path = shipped.keep(found)
    worst = max(one.misfit.output for one in found.values())
    show(options, {"draws": len(found), "misfit": worst, "written": str(path)},
         [f"{len(found)} draws follow history to {LAST_FOLLOWED}, output at most {worst:.0e} off",
          f"written: {path.relative_to(ROOT)}"])
    return 0
