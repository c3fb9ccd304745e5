"""Verbs on the house itself: the year as a table, and what is generated from the registries."""

from __future__ import annotations

import subprocess
import sys

from verbs.shared import ROOT, show


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


def refresh(options) -> int:
    """Bring everything generated up to date: schema.json, docs/policy.md, docs/ODD.md, the kernels' argument types."""
    from calibration import effects
    from outputs import documentation, figures, policy
    from sim.scenario import schema

    if options.gallery:
        return _gallery(options)
    # Twice: a kernel that others call shows in the process that compiles it, not where all of them come from the cache.
    scripts = ["tests.core.signatures", "tests.core.signatures", *(["tests.golden.refresh"] if options.golden else [])]
    for script in scripts:  # in processes of their own: they run the model from its sources
        code = subprocess.call([sys.executable, "-m", script], cwd=ROOT)
        if code:
            return 1
    written = [schema.write_schema(), policy.write(effects.read()), documentation.write(), figures.write()]
    show(options, [str(path) for path in written], [f"written: {path.relative_to(ROOT)}" for path in written])
    return 0


def _gallery(options) -> int:
    """Pictures, gallery and the README's verdict from a study."""
    from calibration.hindcast import how_far
    from outputs import gallery, maps
    from outputs.view import View
    from sim.region.history import history
    from sim.study.batch import open_results

    results, past = open_results(options.gallery), history()
    scores = how_far(results, past)["scores"] if "baseline" in results["scenario"].values else None
    written = gallery.write(View(results, past, polygons=maps.outlines_of(results)), scores)
    show(options, [str(path) for path in written], [f"written: {path.relative_to(ROOT)}" for path in written])
    return 0
