"""Verbs on scenarios: list, show, check, diff."""

from __future__ import annotations

from hainan2035.line import Parser, verb
from hainan2035.shared import show, show_faults


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

    lines = diff(load_scenario(options.first), load_scenario(options.second))
    show(options, lines, lines or ["no difference"])
    return 0
