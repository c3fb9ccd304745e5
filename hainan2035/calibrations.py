"""The verb that learns parameters from history."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hainan2035.arguments import a_weight, rows, seeds, whole, workers
from hainan2035.line import Parser, verb
from hainan2035.shared import ROOT, compile_first, made_ready, show
from hainan2035.talk import say

BOTH = ("to2017", "production")


def calibrate_arguments(one: Parser) -> None:
    how = one.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="about half an hour on two free processors (the default)")
    how.add_argument("--full", action="store_true", help="more points, seeds and detail; takes hours")
    one.add_argument("--information", choices=BOTH, metavar="SET", help="to2017: data to 2017; production: data to "
                                                                        "2021 (default: both, from one design)")
    one.add_argument("--targets", type=Path, metavar="FILE.toml", help="statistics, weights and errors of your own")
    one.add_argument("--points", type=whole(24, 20_000), metavar="N", help="points of the first wave")
    one.add_argument("--second", type=whole(0, 20_000), metavar="N", help="points of a second wave, run even where the "
                                                                          "first rules next to nothing out (default: "
                                                                          "a quarter of the first, if it does)")
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds per point")
    one.add_argument("--weight", type=a_weight, metavar="W", help="residents that one simulated person represents")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one per processor)")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the runs and tables, where finished runs are "
                                                             "kept (default runs/calibration)")
    one.add_argument("--dry-run", action="store_true", help="print the number of runs and their time; run nothing")
    one.add_argument("--write", action="store_true", help="also write scenarios/draws and docs/posterior.md")
    rows(one, dest="rows")


@verb("history", calibrate_arguments,
      examples=("calibrate --dry-run", "calibrate",
                "calibrate --information to2017 --points 60 --weight 1000 --out runs/try"))
def calibrate(options) -> int:
    """Estimate the parameters from history: draws from the posterior, how well each parameter is identified, and what
    history cannot tell. Rerun to resume."""
    from calibration.posterior import calibrate as whole_of_it
    from calibration.posterior import design, report
    from calibration.posterior.choice import read_choice
    from calibration.posterior.priors import priors
    from outputs.tables import write_all
    from sim.core.dataset import writing
    from sim.region.pack import load_pack

    choice = read_choice(options.targets, [one.name for one in priors()]) if options.targets else None
    size = design.FULL if options.full else design.QUICK
    if options.points:
        size = size._replace(first=options.points, second=options.points // 4)
    if options.second is not None:
        size = size._replace(second=options.second, asked=True)
    size = size._replace(seeds=options.seeds or size.seeds, weight=options.weight or size.weight)
    folder = options.out or ROOT / "runs" / "calibration"
    data = options.rows, options.pack
    if options.rows is not None:
        load_pack(overlay=options.rows)  # faults of the rows are said before anything is compiled
    if not options.dry_run:
        made_ready(folder)
    compile_first()
    asked = (options.information,) if options.information else BOTH
    if options.dry_run:
        lines = whole_of_it.cost(asked, size, folder, data, options.workers)
        show(options, {"folder": str(folder), "says": lines}, [*lines, f"runs would go to {folder}"])
        return 0
    found = whole_of_it.calibrate(asked, size, folder, choice, data, options.workers, say=say)
    with writing(folder):
        for one in found:
            report.write_draws(one, folder / f"{one.information}.csv")
            write_all(report.tables(one), folder / "tables")
        (folder / "posterior.md").write_text(report.page(found), encoding="utf-8")
        written = report.ship(found) if options.write else []
    show(options, {one.information: {name: json.loads(table.to_json(orient="records"))
                                     for name, table in report.tables(one).items()} for one in found},
         [line for one in found for line in report.lines(one)]
         + [f"draws, tables and the page: {folder}{os.sep}", *(f"written: {path.relative_to(ROOT)}"
                                                               for path in written)])
    return 0
