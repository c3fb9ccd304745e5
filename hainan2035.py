"""The command line: arguments, faults and exit codes; the verbs stand in `verbs`.

`python3 run.py VERB` from a fresh clone, `python -m hainan2035 VERB` in the environment. Progress goes to stderr,
results to stdout. Exit 0 good, 1 some runs failed, 2 bad input, 130 interrupted (a batch started again goes on where it
was). The numeric stack is imported inside the verbs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import gc
import os
import sys
from pathlib import Path

from sim.core.declare import Fault, UserError, nearest, plain_number, printable
from sim.words import (
    BASE_YEAR,
    HORIZON,
    LARGEST_SEED,
    LAST_FOLLOWED,
    LAST_YEAR,
    MOST_DRAWS,
    MOST_SEEDS,
    MOST_WORKERS,
    USUAL_WEIGHT,
    WEIGHTS,
)
from verbs import exports, house, runs, scenarios, sources, studies, testing
from verbs.shared import ROOT, rows_over_the_pack

REFUSALS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
            errno.ENAMETOOLONG, errno.ELOOP, errno.EFBIG, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
            errno.EAGAIN}
FEW_COLLECTIONS = 100_000  # libraries make many objects and no garbage: looking for it took a tenth of a run
SCARCE = ("cannot allocate memory", "failed to map segment", "too many open files", "can't start new thread")


# --- arguments -------------------------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is a fault like any other."""

    def __init__(self, **about):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **about)

    def error(self, message):
        raise UserError(Fault(self.prog, message, f"see {self.prog} --help"))


def whole(least: int, most: int | None = None):
    """A whole number within limits, as an argument's type."""
    def read(text: str) -> int:
        limits = f"a whole number of at least {least}" if most is None else f"a whole number, {least} to {most}"
        if len(text) > 30 or not text.strip().lstrip("+-").isdecimal() or not least <= int(text) <= (most or int(text)):
            raise argparse.ArgumentTypeError(f"{text[:30]!r} is not {limits}")
        return int(text)
    return read


a_weight, a_year = whole(*WEIGHTS), whole(BASE_YEAR + 1, LAST_YEAR)
seeds, workers = whole(1, MOST_SEEDS), whole(1, MOST_WORKERS)


def standard_error(text: str) -> tuple[str, float]:
    """A variable and the standard error wanted of its effects, as an argument's type."""
    name, _, number = text.partition("=")
    if not plain_number(number) > 0.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER, such as theil_gdp_pc=0.001")
    return name.strip(), plain_number(number)


def span(least: int, most: int):
    """Two years such as 2013-2019, or one, within limits, as an argument's type."""
    def read(text: str) -> tuple[int, int]:
        first, _, last = text.partition("-")
        ends = [int(end) if end.strip().isdecimal() and len(end) < 10 else 0 for end in (first, last or first)]
        if not least <= ends[0] <= ends[1] <= most:
            raise argparse.ArgumentTypeError(f"{text[:30]!r} is no span of years within {least}-{most}")
        return ends[0], ends[1]
    return read


def names(text: str) -> list[str]:
    """Names parted by commas, as an argument's type."""
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing")
    return found


def address(text: str) -> str:
    """The address of a scheduler, as an argument's type."""
    kind, sign, place = text.strip().partition("://")
    if not sign or kind not in ("tcp", "tls", "ws", "wss", "ucx") or not place:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as tcp://127.0.0.1:8786")
    return text.strip()


def number_or_table(text: str):
    """A number of draws, or a CSV file with a row for each."""
    return Path(text) if text.endswith(".csv") else whole(0, MOST_DRAWS)(text)


class Verbs:
    """A group of verbs that grows."""

    def __init__(self, group):
        self.group = group

    def add(self, function, name: str = "") -> Parser:
        """A verb with what its function says of itself."""
        one = self.group.add_parser(name or function.__name__, help=function.__doc__, description=function.__doc__)
        one.set_defaults(verb=function, parser=one)
        one.add_argument("--json", action="store_true", help="results for a program")
        return one

    def below(self, name: str, says: str) -> Verbs:
        """A word with verbs of its own, such as `scenario list`."""
        one = self.group.add_parser(name, help=says, description=says)
        return Verbs(one.add_subparsers(metavar="WHAT", required=True))


def parser() -> Parser:
    """All verbs with their arguments."""
    top = Parser(prog="hainan2035", description="An agent-based model of regional coordination in Hainan, 2010-2035.",
                 epilog="Each verb has its own --help. Exit codes: 0 good, 1 some runs failed, 2 bad input, 130 "
                        "interrupted.")
    group = top.add_subparsers(metavar="VERB", title="verbs")
    verbs = Verbs(group)
    _first_verbs(verbs)
    _run(verbs.add(runs.run))
    _batch(verbs.add(studies.batch))
    _screen(verbs.add(studies.screen))
    _assumptions(verbs.add(studies.assumptions))
    _limits(verbs.add(studies.limits))
    _verbs_on_folders(verbs)
    _monitor(verbs.add(runs.monitor))
    _verbs_on_scenarios(verbs.below("scenario", "Scenarios: list, show, check, diff."))
    _policy(verbs.add(sources.policy))
    _verbs_on_data(verbs.below("data", "The data pack: check, fit."))
    _history(verbs.add(sources.history))
    verbs.add(house.schedule)
    one = verbs.add(house.refresh)
    one.add_argument("--golden", action="store_true", help="the stored golden run as well")
    one.add_argument("--gallery", type=Path, metavar="DIR", help="from a study, alone: docs/gallery.md and the "
                                                                 "README's verdict")
    top.set_defaults(verbs=group.choices)
    return top


def _first_verbs(verbs: Verbs) -> None:
    one = verbs.add(studies.demo)
    one.add_argument("--out", type=Path, metavar="DIR", help="the study's folder; runs/demo if not said")
    one.add_argument("--workers", type=workers, metavar="N", help="processes; one a processor if not said")
    _rows(one)
    _language(one)
    one.set_defaults(seeds=None, draws=None, weight=None, to=None, set=[], scheduler=None, dry_run=False)
    one = verbs.add(testing.test)
    one.add_argument("paths", nargs="*", metavar="PATH", help="a test file, a folder, or FILE::TEST")
    one.add_argument("--slow", action="store_true", help="the slow ones too")
    one.add_argument("-k", metavar="WORDS", help="only tests whose names match")
    one.add_argument("--workers", type=whole(1), metavar="N", help="processes; 2 if not said")


def _run(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO", help="a name of the library, or a file")
    _one_run(one)
    _followed(one)
    one.add_argument("--threads", type=whole(1), metavar="N", help="threads that share the persons; all cores")
    one.add_argument("--people", type=Path, metavar="FILE.nc", help="write the persons at the end, too")
    one.add_argument("--out", type=Path, metavar="FILE.nc", help="runs/SCENARIO-seedN...nc if not said")
    one.add_argument("--force", action="store_true", help="also over another result, another file or a link")


def _monitor(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO | history", help="a name of the library, a file, or history")
    one.add_argument("--year", type=whole(2000, 2050), metavar="YEAR", help="of the bulletin; the last one if not said")
    _one_run(one)
    _language(one)


def _one_run(one: Parser) -> None:
    one.add_argument("--seed", type=whole(0, LARGEST_SEED), default=0, metavar="N", help="the luck; 0 if not said")
    one.add_argument("--weight", type=a_weight, default=USUAL_WEIGHT, metavar="W",
                     help="residents a person stands for; 100")
    one.add_argument("--to", type=a_year, default=HORIZON, metavar="YEAR", help="the last year; 2035")
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                     help="override a lever, section, parameter or outlook series: hukou_open=0.8, 8.2=full, 2.1=0.5")
    _rows(one)


def _followed(one: Parser) -> None:
    one.add_argument("--history-until", type=whole(BASE_YEAR + 1, LAST_FOLLOWED), metavar="YEAR",
                     help=f"follow observed output of the counties to this year, at most {LAST_FOLLOWED}")


def _batch(one: Parser) -> None:
    one.add_argument("what", nargs="+", metavar="STUDY.toml | SCENARIO", help="a study, or scenarios by name or file")
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds 0 to N-1")
    one.add_argument("--draws", type=number_or_table, metavar="N", help="draws 1 to N, or a CSV file; 0 is central")
    one.add_argument("--runs", type=Path, metavar="FILE.csv",
                     help="only the runs of this table (scenario, draw, seed); every one if not said")
    one.add_argument("--weight", type=a_weight, metavar="W", help="residents that one simulated person stands for")
    one.add_argument("--to", type=a_year, metavar="YEAR", help="the last year")
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="override it in every scenario")
    one.add_argument("--workers", type=workers, metavar="N", help="processes; one a processor if not said")
    one.add_argument("--scheduler", type=address, metavar="ADDRESS", help="a dask scheduler instead of processes")
    one.add_argument("--out", type=Path, metavar="DIR", help="the study's folder; runs/NAME if not said")
    one.add_argument("--dry-run", action="store_true", help="say what would be run, and how large it is")
    one.add_argument("--precision", type=standard_error, action="append", default=[], metavar="NAME=SE",
                     help="add seeds until the effect on NAME has this standard error in the last year")
    one.add_argument("--most-seeds", type=whole(2, MOST_SEEDS), default=200, metavar="N", help="with --precision; 200")
    _followed(one)
    _rows(one)


def _screen(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="screening", metavar="STUDY", help="a study with a factorial design; "
                                                                                   "screening if not said")
    _of_a_study(one)
    _language(one)
    one.set_defaults(draws=None)


def _assumptions(one: Parser) -> None:
    one.add_argument("what", nargs="?", default="opinions", metavar="STUDY", help="a study with one contrast; opinions "
                                                                                  "if not said")
    one.add_argument("--draws", type=whole(2, MOST_DRAWS), default=200, metavar="N", help="of all parameters; 200")
    _of_a_study(one)


def _limits(one: Parser) -> None:
    one.add_argument("--case", action="append", choices=("no_transfers", "rich_outside", "no_moves", "no_visitors",
                                                         "no_debt"), help="one of them; all if not said")
    one.add_argument("--seeds", type=seeds, default=2, metavar="N", help="seeds 0 to N-1; 2 if not said")
    one.add_argument("--weight", type=a_weight, default=400, metavar="W", help="residents a person stands for; 400")
    _rows(one)


def _of_a_study(one: Parser) -> None:
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds 0 to N-1")
    one.add_argument("--weight", type=a_weight, metavar="W", help="residents that one simulated person stands for")
    one.add_argument("--to", type=a_year, metavar="YEAR", help="the last year, whose effects are told")
    one.add_argument("--workers", type=workers, metavar="N", help="processes; one a processor if not said")
    one.add_argument("--out", type=Path, metavar="DIR", help="the study's folder; runs/NAME if not said")
    one.add_argument("--dry-run", action="store_true", help="say what would be run, and how large it is")
    _rows(one)
    one.set_defaults(set=[], scheduler=None)


def _verbs_on_folders(verbs: Verbs) -> None:
    one = verbs.add(studies.status)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one.add_argument("--verify", action="store_true", help="compare every file with its hash; name what is damaged")
    one = verbs.add(exports.export)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    kinds = one.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--netcdf", type=Path, metavar="FILE.nc", help="one NetCDF file")
    kinds.add_argument("--zarr", type=Path, metavar="DIR.zarr", help="a Zarr store (format 2, consolidated)")
    kinds.add_argument("--long", type=Path, metavar="FILE.csv", help="a row for each value: run, year, county, part")
    kinds.add_argument("--iamc", type=Path, metavar="FILE.csv", help="medians and ranges in the form of the IAMC")
    one.add_argument("--variables", type=names, metavar="NAME,NAME", help="these only; all if not said")
    one = verbs.add(exports.plot)
    one.add_argument("folder", type=Path, metavar="DIR | FILE.nc", help="a study's folder, or the file of a run")
    one.add_argument("variable", metavar="VARIABLE", help="a variable or indicator; a part of it as NAME:PART")
    one.add_argument("county", nargs="*", metavar="COUNTY", help="by name or code; all if none is said")
    one.add_argument("--out", type=Path, metavar="FILE", help="FILE.svg, FILE.png, or both beside each other; the "
                                                              "study's figures/plot-VARIABLE if not said")
    _language(one)
    one = verbs.add(studies.reproduce)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one.add_argument("--sample", type=whole(1), default=3, metavar="N", help="how many runs; 3 if not said")
    one.add_argument("--seed", type=whole(0), default=0, metavar="N", help="which runs; 0 if not said")
    _followed(one)
    _rows(one)
    one = verbs.add(studies.compare)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one.add_argument("--out", type=Path, metavar="DIR", help="another folder for the report; the study's if not said")
    one.add_argument("--against", type=Path, metavar="DIR", help="print what another study says instead")
    _rows(one)
    _language(one)
    one = verbs.add(studies.explorer)
    one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")
    one.add_argument("--out", type=Path, metavar="FILE.html", help="explorer.html in the study's folder if not said")
    _rows(one)
    _language(one)
    _hindcast(verbs.add(studies.hindcast))
    _skill(verbs.add(studies.skill))


def _hindcast(one: argparse.ArgumentParser) -> None:
    one.add_argument("folder", type=Path, nargs="?", default=ROOT / "runs" / "demo", metavar="DIR",
                     help="a study's folder; the demo's if not said")
    one.add_argument("--write", action="store_true", help="write the page docs/skill.md from it as well")
    _rows(one)


def _skill(one: argparse.ArgumentParser) -> None:
    one.add_argument("--origins", type=span(BASE_YEAR + 1, LAST_FOLLOWED - 1), metavar="YEAR-YEAR",
                     default=(BASE_YEAR + 1, LAST_FOLLOWED - 1), help="the years to forecast from; 2011-2020")
    one.add_argument("--members", type=whole(2, 999), default=19, metavar="N", help="runs from each; 19 if not said")
    one.add_argument("--weight", type=a_weight, default=200, metavar="W", help="residents a person stands for; 200")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder of the tables; runs/origins if not said")
    one.add_argument("--write", action="store_true", help="write the page docs/origins.md as well")
    _rows(one)


def _verbs_on_scenarios(verbs: Verbs) -> None:
    verbs.add(scenarios.scenario_list, "list")
    verbs.add(scenarios.scenario_show, "show").add_argument("scenario", metavar="SCENARIO", help="a name, or a file")
    one = verbs.add(scenarios.scenario_check, "check")
    one.add_argument("scenario", nargs="+", metavar="SCENARIO", help="names, or files")
    one = verbs.add(scenarios.scenario_diff, "diff")
    one.add_argument("first", metavar="SCENARIO", help="a name, or a file")
    one.add_argument("second", metavar="SCENARIO", help="a name, or a file")


def _policy(one: Parser) -> None:
    one.add_argument("--csv", action="store_true", help="the levers with their effects as CSV")
    one.add_argument("--measure", action="store_true", help="run each lever and provision alone, none to full; writes "
                                                            "docs/policy_effects.csv")
    one.add_argument("--write", action="store_true", help="bring docs/policy.md up to date")
    one.add_argument("--against", type=Path, metavar="FILE.csv", help="effects of provisions beside those of an "
                                                                      "earlier table; with --write a figure")
    one.add_argument("--seeds", type=seeds, metavar="N", help="of the measurement; 10 if not said")
    one.add_argument("--weight", type=a_weight, metavar="W", help="of the measurement; 400 if not said")
    one.add_argument("--workers", type=workers, metavar="N", help="processes; one a processor if not said")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder of the runs; runs/policy-... if not said")


def _verbs_on_data(verbs: Verbs) -> None:
    one = verbs.add(sources.data_fit, "fit")
    one.add_argument("--weight", type=a_weight, default=USUAL_WEIGHT, metavar="W",
                     help="residents that one simulated person stands for")
    _rows(one)
    one = verbs.add(sources.data_check, "check")
    one.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="another pack")
    _rows(one, "rows")  # faults of the rows are what this verb looks for


def _history(one: Parser) -> None:
    one.add_argument("--series", action="append", default=[], metavar="NAME", help="one series, units against years")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder of table and figure; runs/history if not said")
    one.add_argument("--no-figure", action="store_true", help="print alone, write nothing")
    _rows(one)
    _language(one)


def _rows(one: Parser, dest: str = "data") -> None:
    one.add_argument("--data", type=Path, metavar="DIR", dest=dest, help="rows of your own, laid over the data pack")


def _language(one: Parser) -> None:
    one.add_argument("--lang", choices=("en", "zh"), default="en", help="of the report and figures")


def parsed(arguments: list[str]):
    """The options of a verb; a misspelt verb or option is answered with the nearest one."""
    top = parser()
    known = top.get_default("verbs")
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        mend = nearest(arguments[0], known) or f"verbs are {', '.join(known)}"
        raise UserError(Fault(arguments[0], "no such verb", mend))
    options, rest = top.parse_known_args(arguments)
    if not hasattr(options, "verb"):
        raise UserError(Fault("hainan2035", "a verb is needed", f"one of {', '.join(known)}; see --help"))
    if rest:
        mend = nearest(rest[0].partition("=")[0], options.parser._option_string_actions)
        raise UserError(Fault(options.parser.prog, f"does not know {' '.join(rest)}",
                              mend or f"see {options.parser.prog} --help"))
    return options


def main(arguments: list[str] | None = None) -> int:
    """Carry out a verb; a user's fault is said in plain words, a traceback is a fault of ours."""
    _open_streams()
    gc.set_threshold(FEW_COLLECTIONS)
    try:
        options = parsed(sys.argv[1:] if arguments is None else arguments)
        _check_surroundings()
        with rows_over_the_pack(options):
            code = options.verb(options)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(*error.faults, sep="\n", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        print(printable(str(stop)) or "interrupted", file=sys.stderr)
        return 130
    except (OSError, MemoryError, ImportError, SystemError, RuntimeError) as reason:
        fault = _fault_of(reason)
        if fault is None:
            raise
        print(fault, file=sys.stderr)
        _let_go_of_stdout()
        return 2


def _let_go_of_stdout() -> None:
    """Where stdout takes no more, let what is left in it go nowhere: Python would fail on it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """Whoever closed stdin, stdout or stderr wants no word of them; else the next file would take their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _check_surroundings() -> None:
    """What no verb could work in: a current folder that is gone, variables with which Numba cannot compile."""
    try:
        os.getcwd()
    except OSError:
        raise UserError(Fault("", "the current folder does not exist any more", "change to another one")) from None
    threads, disabled = (os.environ.get(name, "").strip() for name in ("NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT"))
    if threads and not (threads.isdecimal() and int(threads) >= 1):
        raise UserError(Fault("NUMBA_NUM_THREADS", f"{threads!r} is not a number of threads", "write 1 or more"))
    if disabled.strip("0"):
        raise UserError(Fault("NUMBA_DISABLE_JIT", "is set, and uncompiled a run would take days", "unset it"))
    os.environ["MPLBACKEND"] = "agg"  # figures go into files, never to a screen


def _memory_is_limited() -> bool:
    """Whether the shell lets a process have less than four gigabytes of addresses: libraries then fail in many ways."""
    try:
        import resource
    except ImportError:
        return False
    return 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] < 2**32


def _fault_of(reason: Exception) -> Fault | None:
    """What this machine refuses; None where it may be a fault of ours."""
    from sim.core.files import refusal

    if isinstance(reason, MemoryError):
        return Fault("", "there is not enough memory", "choose a larger --weight, or fewer --workers")
    if not isinstance(reason, OSError) or reason.errno is None:
        scarce = next((word for word in SCARCE if word in str(reason).lower()), "")
        return Fault("", f"not even the libraries can be loaded ({scarce or 'no memory'})",
                     "raise the limits of this shell (ulimit -n, -u, -v)") if scarce or _memory_is_limited() else None
    if reason.errno not in REFUSALS:
        return None
    denied = reason.errno in (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)  # reading, too
    what = reason.strerror.lower() if denied else refusal(reason)
    return Fault(str(reason.filename or ""), what, "choose another place" if reason.filename else
                 "make room where results, or compiled kernels ($HAINAN_CACHE), are kept")


if __name__ == "__main__":
    sys.exit(main())
