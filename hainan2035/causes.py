"""Verbs that say why counties changed: in history, and in the runs of a study."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hainan2035.arguments import a_weight, language, rows, seeds, whole, workers
from hainan2035.line import Parser, verb
from hainan2035.shared import ROOT, compile_first, made_ready, show
from hainan2035.talk import say
from sim.core.declare import Fault, UserError
from sim.words import BASE_YEAR, LAST_FOLLOWED, MOST_DRAWS

if TYPE_CHECKING:
    import xarray as xr

A_SOLVE = 25.0  # about how many seconds residuals of a draw take
ABOUT_ORDERS = "random orders in which causes are released, an even number (default {})"


def _orders_argument(one: Parser, default: int) -> None:
    one.add_argument("--orders", type=whole(2, 200), default=default, metavar="N", help=ABOUT_ORDERS.format(default))
    one.add_argument("--workers", type=workers, default=1, metavar="N", help="worker processes (default 1)")


def decompose_arguments(one: Parser) -> None:
    one.add_argument("--until", type=whole(BASE_YEAR + 1, LAST_FOLLOWED), default=LAST_FOLLOWED, metavar="YEAR",
                     help=f"last year of history to follow (default {LAST_FOLLOWED})")
    one.add_argument("--seeds", type=seeds, default=4, metavar="N", help="seeds 0 to N-1 (default 4)")
    one.add_argument("--weight", type=a_weight, default=400, metavar="W",
                     help="residents that one simulated person represents (default 400)")
    _orders_argument(one, 12)
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of tables and figures (default runs/causes)")
    one.add_argument("--write", action="store_true", help="also write the page docs/causes.md")
    language(one)
    rows(one)


@verb("history", decompose_arguments, examples=("decompose", "decompose --until 2019 --orders 24 --workers 2"))
def decompose(options) -> int:
    """Why each county has changed since 2010: output, income, residents and services by cause, from reruns in which
    single causes are held fixed. Writes a table, a figure and a paragraph per county. Rerun to resume."""
    from calibration import causes
    from outputs import causes as told
    from sim.core.files import writing
    from sim.scenario import load_scenario

    folder = options.out or ROOT / "runs" / "causes"
    orders = _sampled(options, BASE_YEAR, options.until)
    plan = load_scenario("baseline")
    cases = [causes.Case(plan, 0, 0, seed, options.weight, BASE_YEAR, options.until, options.until)
             for seed in range(options.seeds)]
    made_ready(folder)
    compile_first()
    found = _found(cases, orders, folder / "runs", options.workers)
    table = told.table(found)
    residuals = _largest(table, plan, options.until)
    with writing(folder):
        written = told.write(found, folder, f"causes_{plan.name}")
        _draw(lambda lang: told.of_counties(table, lang), folder, "counties", options.lang)
        if options.write:
            runs, _ = causes.cost(cases, orders)
            about = {"first": BASE_YEAR, "last": options.until, "runs": runs, "weight": options.weight,
                     "seeds": options.seeds, "orders": len(orders),
                     **{name: str(found.attrs[name])[:told.HASH] for name in ("code_hash", "data_hash")}}
            written.append(told.write_page(table, residuals, about))
    each = [table[table.county == code] for code in table.county.drop_duplicates()]
    show(options, {"counties": [told.as_json(one) for one in each], "largest_residuals": residuals,
                   "written": [str(path) for path in written]},
         ["\n\n".join(told.paragraph(one, options.lang) for one in each), "",
          *(told.residual_words(one, options.lang) for one in residuals), "",
          f"table, codebook and figure: {folder}",
          *(["written: docs/causes.md"] if options.write else [])])
    return 0


def explain_arguments(one: Parser) -> None:
    one.add_argument("folder", type=Path, metavar="DIR", help="folder of a study")
    one.add_argument("county", metavar="COUNTY", help="a county by name or code")
    one.add_argument("--scenario", metavar="NAME",
                     help="scenario to explain (default: baseline, or the study's last one)")
    one.add_argument("--against", metavar="NAME", help="explain how it differs from this scenario")
    one.add_argument("--draws", type=whole(1, MOST_DRAWS), metavar="N",
                     help="use the first N draws of the study (default: all)")
    one.add_argument("--seeds", type=seeds, default=1, metavar="N",
                     help="use the first N seeds of the study (default 1)")
    _orders_argument(one, 6)
    language(one)
    rows(one)


@verb("look", explain_arguments, examples=("explain runs/demo Haikou", "explain runs/demo 儋州 --against no_policy"))
def explain(options) -> int:
    """Why a county changes after the last year of history, or why two scenarios differ there: by cause, from reruns of
    the study's own draws and seeds in which single causes are held fixed. Writes a figure, a paragraph and tables of
    all counties to DIR/causes. Rerun to resume."""
    from calibration import causes
    from outputs import causes as told
    from sim.core.files import writing
    from sim.scenario.follow import choice_of_text
    from sim.study.results import making
    from sim.study.store import Folder

    manifest = Folder(options.folder).manifest()
    scenario = options.scenario or ("baseline" if "baseline" in manifest["scenarios"] else
                                    list(manifest["scenarios"])[-1])
    names = list(dict.fromkeys([scenario, *([options.against] if options.against else [])]))
    if options.against == scenario:
        raise UserError(Fault("--against", f"{scenario} is compared with itself", "name another scenario"))
    made = making(options.folder, names)
    _of_this_code(manifest)
    code = _county(options.county)
    first = (causes.last_common(*made.plans.values()) if options.against
             else manifest.get("history_until") or BASE_YEAR)
    if first >= manifest["until"]:
        raise UserError(Fault(str(options.folder), f"no year to explain follows {first}",
                              "name scenarios that differ" if options.against else "use decompose for the past"))
    orders = _sampled(options, first, manifest.get("history_until"))
    chosen = list(made.draws)[:options.draws]
    cases = [causes.Case(made.plans[name], row, made.draws[row], seed, manifest["weight"], first, manifest["until"],
                         manifest.get("history_until"), choice_of_text(manifest.get("follow", "")))
             for row in chosen for seed in manifest["seeds"][:options.seeds] for name in names]
    folder = options.folder / told.FOLDER
    made_ready(folder)
    compile_first()
    found = _found(cases, orders, folder / "runs", options.workers)
    shown = told.less(found, scenario, options.against) if options.against else found
    name = str(shown["scenario"].values[0])
    table = told.table(shown)
    own = table[table.county == code]
    titles = str(shown["title_en"].values[0]), str(shown["title_zh"].values[0])
    with writing(folder):
        told.write(shown, folder, f"causes_{name}")
        _draw(lambda lang: told.of_county(own, titles, lang), folder, f"{code}_{name}", options.lang)
    show(options, told.as_json(own) | {"written": str(folder)},
         [titles[options.lang == "zh"], *told.lines(own, options.lang), "",
          f"figure and tables of all counties: {folder}"])
    return 0


# ---- what both share ----------------------------------------------------------------------------------------------


def _sampled(options, first: int, history_until: int | None):
    from calibration import causes

    if options.orders % 2:
        raise UserError(Fault("--orders", f"{options.orders} is odd: each order is run with its reverse",
                              f"write {options.orders + 1}"))
    return causes.sampled_orders(causes.terms_of(first, history_until), options.orders // 2)


def _found(cases: Sequence, orders: Sequence[Sequence[str]], folder: Path, worker_processes: int) -> xr.Dataset:
    """All cases, run where they are not kept; what it costs is said before."""
    from tqdm import tqdm

    from calibration import causes

    lacking = [case for case in cases if causes.kept(folder, case, orders) is None]
    runs, solved = causes.cost(lacking, orders)
    if lacking:
        seconds = causes.timed(lacking[0], runs) + A_SOLVE * solved
        about = max(1, round(seconds / 60 / min(worker_processes, len(lacking))))
        say(f"{runs} runs of {lacking[0].first}-{lacking[0].last} ({len(lacking)} of {len(cases)} cases "
            f"x {runs // len(lacking)} sets of causes), residuals of history solved {solved} times: about {about} "
            f"minute{'s' if about > 1 else ''}; cases are kept in {folder}")
    with tqdm(total=len(cases), unit="case", file=sys.stderr, leave=False) as bar:
        found = causes.all_reruns(cases, orders, folder, worker_processes, lambda case: bar.update())
    return causes.together(cases, found, orders)


def _largest(table, plan, until: int) -> list[dict]:
    """The largest residuals of history, with the branch that asks most; branches weighed by their part of output."""
    from calibration import causes
    from outputs import causes as told
    from sim.region.pack import load_pack

    asked, parts = causes.asked_by_history(plan, 0, until), causes.parts_of_output(until)
    codes = [int(code) for code in load_pack().codes]
    return told.largest_residuals(table, asked.level, asked.year, parts, codes, causes.KINDS)


def _of_this_code(manifest: Mapping[str, Any]) -> None:
    """Say where reruns are of another version of the model than the study."""
    from sim.simulate import code_hash

    if manifest.get("code_hash") != code_hash():
        say("the study was made by another version of the code; its reruns are of this one and may differ from "
            "it, or refuse its draws: run the study again to be sure")


def _county(word: str) -> int:
    """The code of a county named in English or Chinese, short or whole, or by code."""
    from outputs.view import found_by_name
    from sim.region.pack import load_pack

    pack = load_pack()
    known: dict[str, int] = {}
    for code, english, chinese, there in zip(map(int, pack.codes), pack.names_en, pack.names_zh, pack.active):
        if there:
            known |= dict.fromkeys((str(code), english, chinese, chinese[:2]), code)
    return found_by_name([word], known)[0]


def _draw(draw: Callable, folder: Path, stem: str, lang: str) -> None:
    from outputs import style

    folder.mkdir(parents=True, exist_ok=True)
    style.write(draw, folder, stem, lang)
