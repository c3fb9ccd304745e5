"""Kinds of arguments, each a function that reads one or says what is wrong; and arguments that several verbs share."""

from __future__ import annotations

import argparse
from pathlib import Path

from hainan2035.line import Parser
from sim.core.declare import plain_number
from sim.words import (
    BASE_YEAR,
    HORIZON,
    LARGEST_SEED,
    LAST_FOLLOWED,
    LAST_OF_ROWS,
    LAST_YEAR,
    MOST_DRAWS,
    MOST_SEEDS,
    MOST_WORKERS,
    USUAL_WEIGHT,
    WEIGHTS,
)


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
            raise argparse.ArgumentTypeError(f"{text[:30]!r} is not a span of years within {least}-{most}")
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
    """A number of draws, a table of the library (production:19), or a CSV file with a row for each."""
    if text.endswith(".csv"):
        return Path(text)
    return text if text[:1].isalpha() else whole(0, MOST_DRAWS)(text)


# --- arguments that several verbs share ------------------------------------------------------------------------------


def one_run(one: Parser) -> None:
    """Options of a single run, beside its scenario."""
    one.add_argument("--seed", type=whole(0, LARGEST_SEED), default=0, metavar="N", help="random seed (default 0)")
    one.add_argument("--weight", type=a_weight, default=USUAL_WEIGHT, metavar="W",
                     help=f"residents that one simulated person represents (default {USUAL_WEIGHT})")
    one.add_argument("--to", type=a_year, default=HORIZON, metavar="YEAR", help=f"last year (default {HORIZON})")
    settings(one)
    rows(one)


def settings(one: Parser, where: str = "") -> None:
    """Levers and the like, set for this command alone."""
    one.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                     help=f"{where}override a lever, section, parameter or outlook series: hukou_open=0.8, 8.2=full, "
                          "2.1=0.5, shift:national_growth=-0.01 (added to a series); may be repeated")


def central(one: Parser) -> None:
    """The option for a run with central parameters that does not follow history."""
    one.add_argument("--central", action="store_true",
                     help="central values of all parameters and a free run from the base year, instead of the "
                          "posterior draw nearest the mean, which follows history")


def followed(one: Parser) -> None:
    """The last year of history that is followed."""
    one.add_argument("--history-until", type=whole(BASE_YEAR + 1, LAST_OF_ROWS), metavar="YEAR",
                     help=f"follow observed history of the counties to this year, at most {LAST_FOLLOWED}, or to the "
                          f"last year of rows of your own (--data), at most {LAST_OF_ROWS}")


def chosen(one: Parser) -> None:
    """What of history is followed."""
    one.add_argument("--follow", type=Path, metavar="FILE.toml",
                     help="which observed series are followed, to which year and how closely (default: all; example: "
                          "scenarios/follow/example.toml)")


def of_a_study(one: Parser) -> None:
    """Options of a verb that runs a study of its own."""
    one.add_argument("--seeds", type=seeds, metavar="N", help="seeds 0 to N-1")
    one.add_argument("--weight", type=a_weight, metavar="W", help="residents that one simulated person represents")
    one.add_argument("--to", type=a_year, metavar="YEAR", help="last year, for which effects are printed")
    one.add_argument("--workers", type=workers, metavar="N", help="worker processes (default: one per processor)")
    one.add_argument("--out", type=Path, metavar="DIR", help="folder of the study (default runs/NAME)")
    one.add_argument("--dry-run", action="store_true", help="print what would be run and its size; run nothing")
    rows(one)
    one.set_defaults(set=[], scheduler=None)


def rows(one: Parser, dest: str = "data") -> None:
    """Rows of the user's own; `dest` other than `data` where the verb itself lays them over the pack."""
    one.add_argument("--data", type=Path, metavar="DIR", dest=dest,
                     help="folder with rows of your own, added to the data pack")
    pack(one)


def pack(one: Parser) -> None:
    """A data pack of the user's own."""
    one.add_argument("--pack", type=Path, metavar="DIR", help="folder with a whole data pack of your own, in place of "
                                                              "the shipped one")


def language(one: Parser) -> None:
    """The language of what is written."""
    one.add_argument("--lang", choices=("en", "zh"), default="en", help="language of texts and figures (default en)")
