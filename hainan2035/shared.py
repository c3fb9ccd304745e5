"""What verbs share: the checkout, levers said on the command line, a bar over years, results on stdout."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

from sim.core.declare import Fault, UserError, printable
from sim.words import LAST_FOLLOWED

ROOT = Path(__file__).resolve().parents[1]
LAST_LEARNT = 2017  # what the posterior of that name has seen
LIGHT = 1000  # the weight of the run that compiles


def with_levers(plan, settings):
    """A scenario with the levers, sections, parameters and outlook series of `--set NAME=VALUE`."""
    from sim.scenario import with_set

    return with_set(plan, settings) if settings else plan


def chosen_of(options):
    """What of history is followed, as `--follow FILE` says."""
    from sim.scenario.follow import load_choice

    return load_choice(getattr(options, "follow", None))


def usual_draw(plan, options):
    """The draw of one run, and the year to which it follows history.

    It is the draw of the posterior nearest its mean: of the one that has seen all years, or, where nothing is followed
    beyond 2017, of the one that has seen no later year. What the scenario sets itself stays as it says. With
    `--central` it is the central one, free from the base year unless a year is named.
    """
    named = getattr(options, "history_until", None)
    if options.central:
        return 0, named
    from sim import simulate
    from sim.scenario.plan import SHIFT
    from sim.study import draws

    row = draws.usual_draw(table_of(options), simulate.draw_limits)
    own = {*plan.parameters, *plan.outlook_stages, *(f"{SHIFT}:{name}" for name in plan.shifts)}
    draw = simulate.draw_of({name: value for name, value in row.items() if name not in own})
    return draw, named if named is not None else LAST_FOLLOWED


def table_of(options) -> str:
    """The table of the posterior of which the draw of one run is; nothing with `--central`."""
    if options.central:
        return ""
    named = getattr(options, "history_until", None)
    last = chosen_of(options).last_seen(LAST_FOLLOWED if named is None else named)
    return "to2017" if last <= LAST_LEARNT else "production"


def compile_first(find_faults: Callable[[], object] = lambda: None) -> None:
    """Compile what the first run of a version needs, before its bar is shown, and say so.

    Faults of what is asked are found before; what fails in compiling fails in the run too, which says why.
    """
    from sim import simulate
    from sim.core.cache import compiled_mark, is_temporary, used

    if used(compiled_mark()):
        return
    find_faults()
    if is_temporary():
        print("hainan2035: the cache folder cannot be written, so this start compiles for itself alone; set "
              "HAINAN_CACHE to a folder of your own", file=sys.stderr)
    word, terminal = "hainan2035: compiling the model once for this machine", sys.stderr.isatty()
    print(word, end="" if terminal else "\n", file=sys.stderr, flush=True)

    def on_kernel(done: int, total: int) -> None:
        print(f"\r{word}: {done} of {total}", end="", file=sys.stderr, flush=True)

    try:
        with contextlib.suppress(Exception):
            simulate.prepare(LIGHT, on_kernel if terminal else None)
    finally:
        print(end="\n" if terminal else "", file=sys.stderr)


def made_ready(folder: Path) -> None:
    """A folder that takes files: what would fail after long work fails before it."""
    from sim.core.files import writing
    from sim.study.store import refuse_no_room

    refuse_no_room(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def years(until: int):
    """A bar over the years of a run."""
    from tqdm import tqdm

    return tqdm(total=until - 2010, unit="year", file=sys.stderr, leave=False)


def cache_folder() -> Path:
    """Where whatever can be made again is kept, without loading what compiles the kernels."""
    return Path(os.environ.get("HAINAN_CACHE") or ROOT / ".cache").absolute()


def refuse_a_locked_project(options) -> None:
    """UserError where a verb would change files of the project that cannot be written, before it works for minutes."""
    asked = [option for option in ("write", "measure", "changes_project") if getattr(options, option, None)]
    locked = [folder for folder in (ROOT, ROOT / "docs") if not os.access(folder, os.W_OK)]
    if asked and locked:
        what = "this verb" if asked == ["changes_project"] else f"--{asked[0]}"
        raise UserError(Fault(str(locked[0]), f"cannot be written, and {what} changes files of the project",
                              "use a checkout that you may write to"))


@contextlib.contextmanager
def rows_over_the_pack(options):
    """The pack of `--pack DIR` and the rows of `--data DIR` over it while a verb is carried out; most verbs read the
    pack and need no more."""
    rows, pack = getattr(options, "data", None), getattr(options, "pack", None)
    if rows is None and pack is None:
        yield
        return
    from sim.region.pack import laid_over

    with laid_over(rows, pack):
        yield


def model_of(options):
    """The model that a study runs, with the pack of `--pack DIR`, the rows of `--data DIR` and the history followed,
    which travel to workers."""
    from sim.simulate import HAINAN, Hainan

    asked = (getattr(options, "data", None), getattr(options, "history_until", None), chosen_of(options) or None,
             getattr(options, "pack", None))
    return HAINAN if all(one is None for one in asked) else Hainan(*asked)


def show(options, data, lines) -> None:
    """Results on stdout: lines for a person, or JSON for a program."""
    if options.json:
        print(json.dumps(_finite(data), ensure_ascii=False, indent=2, default=str, allow_nan=False))
    else:
        print("\n".join(printable(str(line)) for line in lines))


def _finite(data):
    """The same with null for what JSON has no word for: numbers that are not finite."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def show_faults(options, faults, good: str) -> int:
    """Faults as results: the verb that looks for them has found them."""
    show(options, [fault._asdict() for fault in faults], faults or [good])
    return 2 if faults else 0
