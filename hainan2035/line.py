"""The line itself: how a verb is declared, how a line is read and carried out, and with which exit code it ends.

A verb is a function of its options that returns an exit code, declared beside its arguments:

    def status_arguments(one: Parser) -> None:
        one.add_argument("folder", type=Path, metavar="DIR", help="a study's folder")

    @verb("study", status_arguments, examples=("status runs/demo", "status runs/demo --verify"))
    def status(options) -> int:
        \"\"\"How far a study is.\"\"\"

Every file of this package is read for verbs, so a new one appears in the help by itself; its docstring is its help.
Libraries are imported inside the function.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pkgutil
import platform
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hainan2035 import faults, talk
from hainan2035.shared import refuse_a_locked_project, rows_over_the_pack
from sim.core.declare import Fault, UserError, nearest, printable

VERSION = "0.2.0"
PROGRAM = "hainan2035"
START = "python3 run.py"  # how an example is typed in a fresh clone
FEW_COLLECTIONS = 100_000  # libraries make many objects and no garbage: looking for it took a tenth of a run
GROUPS = {
    "run": "Run the model",
    "study": "Studies: many runs, from one folder",
    "look": "Look at results",
    "history": "Hold the model against history",
    "data": "Scenarios, provisions and data",
    "house": "Tests and generated files",
}
LEADING = ("demo", "run", "batch", "status", "compare", "explorer", "hindcast", "skill", "policy")
"""The verbs to begin with, before the others of their groups."""
WORDS = {"scenario": "Scenarios of the library, and files of your own", "data": "The data pack"}


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is a fault like any other."""

    def __init__(self, **about):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **about)

    def error(self, message):
        raise UserError(Fault(self.prog, message, f"see {self.prog} --help"))


class Verb(NamedTuple):
    """A verb as it was declared; `name` is one word, or two such as `scenario list`."""

    name: str
    group: str
    function: Callable[[argparse.Namespace], int]
    arguments: Callable[[Parser], None]
    examples: tuple[str, ...]

    @property
    def says(self) -> str:
        """What it does, in one paragraph."""
        return " ".join((self.function.__doc__ or "").split())


VERBS: dict[str, Verb] = {}


def no_arguments(one: Parser) -> None:
    """A verb that takes no arguments of its own."""


def verb(group: str, arguments: Callable[[Parser], None] = no_arguments, *, examples: tuple[str, ...],
         name: str = "") -> Callable:
    """Declare the function below as a verb of a group; it keeps its own name unless `name` gives another."""
    def declared(function):
        called = name or function.__name__
        VERBS[called] = Verb(called, group, function, arguments, examples)
        return function
    return declared


def known() -> dict[str, Verb]:
    """All verbs by name, in the order of their groups; every file of this package is read for them."""
    package = Path(__file__).parent
    for module in pkgutil.iter_modules([str(package)]):
        if module.name != "__main__":
            importlib.import_module(f"{package.name}.{module.name}")
    groups, first = list(GROUPS), {name: place for place, name in enumerate(LEADING)}
    return {one.name: one for one in sorted(VERBS.values(), key=lambda one: (
        groups.index(one.group), first.get(one.name, len(LEADING))))}


# --- reading a line --------------------------------------------------------------------------------------------------


def parser() -> Parser:
    """All verbs with their arguments."""
    verbs = known()
    top = Parser(prog=PROGRAM, usage=f"{PROGRAM} VERB ...", epilog=_by_group(verbs),
                 description="An agent-based model of regional coordination in Hainan, 2010-2035.")
    top.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}, Python {platform.python_version()}")
    group = top.add_subparsers(metavar="VERB", help=argparse.SUPPRESS, prog=PROGRAM)
    below = {word: _word(group, word, says) for word, says in WORDS.items()}
    for one in verbs.values():
        word, _, rest = one.name.rpartition(" ")
        _add(below[word] if word else group, one, rest)
    top.set_defaults(verbs=[*dict.fromkeys(name.partition(" ")[0] for name in verbs)])
    return top


def _word(group, word: str, says: str):
    """A word with verbs of its own, such as `scenario list`."""
    return group.add_parser(word, description=f"{says}.").add_subparsers(metavar="WHAT", required=True)


def _add(group, one: Verb, name: str) -> None:
    """A verb with what its function says of itself, its arguments, and its examples."""
    about = {"help": one.says} if " " in one.name else {}
    examples = "\n".join(f"  {START} {example}" for example in one.examples)
    made = group.add_parser(name, description=textwrap.fill(one.says, _width()), epilog=f"examples:\n{examples}",
                            **about)
    made.set_defaults(verb=one.function, parser=made)
    one.arguments(made)
    made.add_argument("--json", action="store_true", help="print results as JSON")
    talk.arguments(made)


def _by_group(verbs: dict[str, Verb]) -> str:
    """The verbs below the purpose they serve, each with what it does."""
    lines = []
    for group, title in GROUPS.items():
        lines += [f"{title}:", *(line for one in verbs.values() if one.group == group for line in _line(one)), ""]
    return "\n".join([*lines, f"`{START} VERB --help` explains a verb, with examples. Exit codes: 0 good, 1 some runs",
                      "failed, 2 bad input, 130 interrupted (start a batch again to resume it)."])


def _line(one: Verb) -> list[str]:
    return textwrap.wrap(one.says, _width(), initial_indent=f"  {one.name:<14}  ", subsequent_indent=" " * 18)


def _width() -> int:
    return max(40, min(110, shutil.get_terminal_size().columns - 2))


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options of a verb; a misspelt verb or option is answered with the nearest one."""
    top = parser()
    verbs = top.get_default("verbs")
    if arguments and not arguments[0].startswith("-") and arguments[0] not in verbs:
        mend = nearest(arguments[0], verbs) or f"verbs are {', '.join(verbs)}"
        raise UserError(Fault(arguments[0], "no such verb", mend))
    options, rest = top.parse_known_args(arguments)
    if not hasattr(options, "verb"):
        raise UserError(Fault(PROGRAM, "no verb given", f"one of {', '.join(verbs)}; see --help"))
    if rest:
        mend = nearest(rest[0].partition("=")[0], options.parser._option_string_actions)
        raise UserError(Fault(options.parser.prog, f"unrecognised: {' '.join(rest)}",
                              mend or f"see {options.parser.prog} --help"))
    return options


# --- carrying it out -------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Carry out a verb; a user's fault is said in plain words, a traceback is a fault of ours."""
    faults.open_streams()
    gc.set_threshold(FEW_COLLECTIONS)
    try:
        options = parsed(sys.argv[1:] if arguments is None else arguments)
        faults.check_surroundings()
        refuse_a_locked_project(options)
        with talk.spoken(options, VERSION), rows_over_the_pack(options):
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
        fault = faults.fault_of(reason)
        if fault is None:
            raise
        print(fault, file=sys.stderr)
        faults.let_go_of_stdout()
        return 2
