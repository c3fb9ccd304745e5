"""Verbs on scenarios: list, show, check, diff, save."""

from __future__ import annotations

from pathlib import Path

from hainan2035.arguments import rows, settings
from hainan2035.line import Parser, verb
from hainan2035.shared import show, show_faults, with_levers
from sim.core.declare import UserError


@verb("data", name="scenario list", examples=("scenario list", "scenario list --json"))
def scenario_list(options) -> int:
    """The scenarios of the library."""
    from sim.scenario import library

    found = library()
    show(options, found, [f"{name:22} {title}" for name, title in found.items()])
    return 0


def show_arguments(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO", help="a scenario of the library, or a file")


@verb("data", show_arguments, name="scenario show", examples=("scenario show baseline",
                                                              "scenario show mine.toml --json"))
def scenario_show(options) -> int:
    """A scenario resolved: every value, and the file it came from."""
    from sim.scenario import describe, load_scenario

    plan = load_scenario(options.scenario)
    show(options, plan.resolved(), [describe(plan)])
    return 0


def check_arguments(one: Parser) -> None:
    one.add_argument("scenario", nargs="+", metavar="SCENARIO", help="scenarios or studies, by name or file")


@verb("data", check_arguments, name="scenario check", examples=("scenario check mine.toml",
                                                                "scenario check baseline full opinions"))
def scenario_check(options) -> int:
    """List every fault of scenario and study files at once; nothing is run."""
    from sim.study.studies import check

    faults = [fault for file in options.scenario for fault in check(file)]
    return show_faults(options, faults, f"{len(options.scenario)} checked, no fault")


def diff_arguments(one: Parser) -> None:
    one.add_argument("first", metavar="SCENARIO", help="a scenario of the library, or a file")
    one.add_argument("second", metavar="SCENARIO", help="the one to compare with it")


@verb("data", diff_arguments, name="scenario diff", examples=("scenario diff baseline full",
                                                              "scenario diff baseline mine.toml --json"))
def scenario_diff(options) -> int:
    """How the second scenario differs from the first, in words."""
    from sim.scenario import diff, load_scenario

    first, second = load_scenario(options.first), load_scenario(options.second)
    lines = diff(first, second)
    head = f"{second.name} instead of {first.name}: what each lever attains, then its plan"
    show(options, lines, [head, "", *lines] if lines else ["no difference"])
    return 0


def follow_arguments(one: Parser) -> None:
    one.add_argument("file", nargs="?", type=Path, metavar="FILE.toml",
                     help="a file that chooses series (default: all that is observed; example: "
                          "scenarios/follow/example.toml)")
    rows(one)


@verb("data", follow_arguments, name="scenario follow", examples=("scenario follow",
                                                                  "scenario follow scenarios/follow/example.toml"))
def scenario_follow(options) -> int:
    """The observed series that a run can follow, with years and numbers of values, and what a file chooses of them."""
    from hainan2035.followed import series_lines
    from sim.scenario.follow import load_choice

    try:
        choice = load_choice(options.file)
    except UserError as error:
        return show_faults(options, error.faults, "")
    found = series_lines(choice)
    show(options, {"follow": choice.text, "series": [one._asdict() for one in found]}, found)
    return 0


def save_arguments(one: Parser) -> None:
    one.add_argument("scenario", metavar="SCENARIO", help="a scenario of the library, or a file")
    one.add_argument("path", type=Path, metavar="FILE.toml", help="the new file, without parents")
    settings(one)
    one.add_argument("--force", action="store_true", help="replace a file that is there")


@verb("data", save_arguments, name="scenario save",
      examples=("scenario save baseline mine.toml --set hukou_open=0.5",
                "scenario save full mine.toml --set 8.2=none --set shift:national_growth=-0.01 --force"))
def scenario_save(options) -> int:
    """Write a scenario, with what --set changes in it, to a file of its own."""
    from sim.scenario import load_scenario

    path = with_levers(load_scenario(options.scenario), options.set).save(options.path, options.force)
    show(options, {"written": str(path)}, [f"written to {path}"])
    return 0
