"""What the measured effects of policy show that one would not have thought, found by rule from their table.

Help that lowers the output of those it is for, outputs that move against what their section says, effects that may be
chance (with the size at which they would not be), and provisions that reinforce or cancel each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from outputs.documentation import table
from outputs.measured import Effect, Measured
from sim.levers import ASSUMED, REGISTRY, Lever

HELP = ("5", "6.1", "7", "8.1", "8.2")
"""Provisions that help: mutual help, ecological compensation, services, differentiated policy, transfers."""
LAGGING = ("landlocked", "inland", "centre", "mountains", "ethnic", "poverty", "key_eco", "national_park",
           "poorest_third")
OUTPUT = ("gdp_volume_pc", "gdp_pc")
"""Output per head of help: in volume, else (effects measured before there were volumes) in value."""
LOCAL = (*OUTPUT, "real_inc_pc", "inc_pc", "svc", "population")
STRONGEST = 3


def figure(value: float) -> str:
    """A number in three digits; none for what is not known."""
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 1000:
        places = 2 - math.floor(math.log10(abs(value)))
        return f"{round(value, places):,.0f}"
    return f"{value:.3g}"


def signed(value: float) -> str:
    """A number in three digits with its sign."""
    return f"+{figure(value)}" if value > 0 else figure(value)


def interval(one: Effect) -> str:
    """The interval of an effect."""
    return f"[{signed(one.low)}, {signed(one.high)}]"


def percent(one: Effect, value: float | None = None) -> float:
    """An effect (or another value) in % of the reference."""
    value = one.mean if value is None else value
    return 100.0 * value / abs(one.reference) if one.reference else math.copysign(math.inf, value) if value else 0.0


def relative(one: Effect, value: float | None = None) -> str:
    """An effect in % of the reference, in brackets; nothing where the reference is nothing."""
    return f" ({percent(one, value):+.3g} %)" if one.reference else ""


def chapter(measured: Measured) -> str:
    """The chapter of docs/policy.md."""
    if not measured.effects:
        return "## Surprises\n\nNothing has been measured yet.\n"
    parts = (strongest, help_that_lowers_output, against_what_is_declared, may_be_chance, pairs)
    return "\n".join(["## Surprises\n", *(part(measured) for part in parts)])


# ---- what moves most ---------------------------------------------------------------------------------------------


def strongest(measured: Measured) -> str:
    """By headline indicator, the levers with the largest clear effects."""
    rows = []
    for name in _headlines(measured):
        effects = [one for one in _all(measured, "lever", name) if one.clear]
        effects.sort(key=lambda one: (-abs(one.mean), one.subject))
        words = [f"`{one.subject}` {signed(one.mean)}{relative(one)}{_assumed(one)}" for one in effects[:STRONGEST]]
        rows.append((f"`{name}`", len(effects), ", ".join(words) or "none stands out"))
    return "### What moves most\n\n" + table(("indicator", "levers that stand out", "the largest"), rows)


def _assumed(one) -> str:
    """What is said of a lever whose size is an assumption."""
    return f" ({ASSUMED})" if REGISTRY[one.subject].kind == ASSUMED else ""


def _headlines(measured) -> list[str]:
    """Variables read for all levers: those of the province in every provision."""
    by_variable: dict[str, set[str]] = {}
    for one in measured.effects:
        if one.kind == "lever" and one.place == "all":
            by_variable.setdefault(one.variable, set()).add(one.subject)
    every = max(map(len, by_variable.values()), default=0)
    return sorted(name for name, subjects in by_variable.items() if len(subjects) == every)


def _all(measured, kind: str, variable: str, place: str = "all") -> list:
    return [one for one in measured.effects if (one.kind, one.variable, one.place) == (kind, variable, place)]


# ---- help --------------------------------------------------------------------------------------------------------


def is_help(lever: Lever) -> bool:
    """Whether a lever is meant to help counties that lag."""
    return lever.section in HELP or lever.where in LAGGING


def helped(lever: Lever) -> str:
    """The counties that a lever of help is meant to help."""
    return lever.where if lever.where != "all" else "poorest_third"


def lowering(measured: Measured) -> Iterator[Effect]:
    """Clear falls of GDP per head, in volume where it is measured, of those whom a lever is meant to help."""
    for lever in filter(is_help, REGISTRY.values()):
        output = next((name for name in OUTPUT if measured.of("lever", lever.name, name)), OUTPUT[-1])
        for one in measured.of("lever", lever.name, output, helped(lever)):
            if one.clear and one.mean < 0:
                yield one


def help_that_lowers_output(measured: Measured) -> str:
    """Levers of help that lower the GDP per head of those they are for, beside what else they do there.

    Output is told in volume and income at the local cost of living, where these have been measured.
    """
    falls = list(lowering(measured))
    real = any(one.variable == OUTPUT[0] for one in falls)
    shown = ("real_inc_pc" if real else "inc_pc", "svc", "population")
    rows = []
    for one in sorted(falls, key=lambda one: (percent(one), one.subject)):
        beside = {e.variable: e for e in measured.of("lever", one.subject, place=one.place) if e.variable in LOCAL}
        rows.append((f"`{one.subject}`", REGISTRY[one.subject].section, one.place, f"{percent(one):+.3g} %",
                     *(f"{'**' * e.clear}{percent(e):+.3g} %{'**' * e.clear}" if e else "-"
                       for e in (beside.get(name) for name in shown))))
    says = ("Who is better served or better paid stays, who is helped to a job elsewhere leaves: GDP per head may fall "
            "where income, services or residents rise. Bold exceeds what chance would make.")
    if not rows:
        return "### Help that lowers output per head\n\nNo lever of help clearly lowers it.\n"
    header = ("lever", "section", "helps", OUTPUT[0] if real else OUTPUT[1], *shown)
    return f"### Help that lowers output per head\n\n{says}\n\n" + table(header, rows)


# ---- declared and found ------------------------------------------------------------------------------------------


def signed_outputs(measured: Measured) -> Iterator[tuple[Effect, str]]:
    """(effect on the province, declared sign) of all outputs with a declared sign and a single entry."""
    for lever in REGISTRY.values():
        for output, sign in lever.direction.items():
            effects = measured.of("lever", lever.name, output, "all")
            if sign != "?" and len(effects) == 1:
                yield effects[0], sign


def against_what_is_declared(measured: Measured) -> str:
    """Outputs that clearly move in the other direction than their section says."""
    rows = [(f"`{one.subject}`", f"`{one.variable}`", sign, signed(one.mean), interval(one), one.unit, one.years)
            for one, sign in signed_outputs(measured) if one.clear and (one.mean > 0) != (sign == "+")]
    head = "### Outputs that end on the other side\n\n"
    if not rows:
        return head + "No output clearly ends against its declared sign.\n"
    says = ("The sign is declared for the sum over all years; here is the end. What is brought forward or feeds back "
            "(people come, prices rise, budgets tighten) may end on the other side.")
    return head + f"{says}\n\n" + table(("lever", "output", "declared", "found", "interval", "unit", "years"), rows)


# ---- chance --------------------------------------------------------------------------------------------------------


def may_be_chance(measured: Measured) -> str:
    """Effects whose interval covers zero, and how large they would have to be."""
    rows, loud = [], set()
    for name in _headlines(measured):
        effects = _all(measured, "lever", name)
        loud |= {one.subject for one in effects if one.clear}
        chance = [one for one in effects if not one.clear and one.stands_out]
        if chance:
            size = median(one.stands_out for one in chance)
            still = sum(not one.stands_out and not one.mean for one in effects)
            rows.append((f"`{name}`", f"{len(chance)} of {len(effects)}", still, f"{figure(size)} {chance[0].unit}",
                         f"{abs(percent(chance[0], size)):.2g} %"))
    quiet = sorted({one.subject for one in measured.effects if one.kind == "lever"} - loud)
    parts = ["### Effects that may be chance\n",
             "Levers whose effect on a headline indicator cannot be told from nothing, and how large an effect would "
             "have to be at these seeds (the middle one of these levers).\n",
             table(("indicator", "levers within chance", "levers that move nothing", "would have to exceed",
                    "of the reference"), rows)]
    if quiet:
        parts.append("No headline indicator tells these from nothing: " + ", ".join(f"`{n}`" for n in quiet) + ".\n")
    unsure = [(f"`{one.subject}`", f"`{one.variable}`", sign, signed(one.mean), interval(one), figure(one.stands_out),
               one.unit) for one, sign in signed_outputs(measured) if not one.clear and one.mean]
    if unsure:
        parts += ["Outputs with a declared sign that is not told from nothing at the end:\n",
                  table(("lever", "output", "declared", "found", "interval", "would have to exceed", "unit"), unsure)]
    unmoved = [f"`{one.subject}` on `{one.variable}`" for one, _ in signed_outputs(measured) if not one.mean]
    parts += ["The sum over the province does not move at the end (what is shared out anew, or not yet or no longer "
              "bites): " + ", ".join(unmoved) + ".\n"] if unmoved else []
    return "\n".join(parts)


# ---- together ----------------------------------------------------------------------------------------------------


def together(one: Effect, other: Effect, both: Effect, beyond: Effect) -> str:
    """How two provisions go together on an indicator."""
    if one.clear and other.clear and one.mean * other.mean < 0:
        return "pull against each other"
    if not beyond.clear:
        return "add up"
    if not one.clear and not other.clear:
        return "do together what neither does alone"
    if (beyond.mean > 0) == (one.mean + other.mean > 0):
        return "reinforce each other"
    return "together less than their sum" if both.mean * (one.mean + other.mean) > 0 else "cancel each other"


def pairs(measured: Measured) -> str:
    """Pairs of provisions that reinforce or cancel each other, indicator by indicator."""
    rows, plain = [], []
    names = sorted({one.subject for one in measured.effects if one.kind == "pair"})
    for name in names:
        first, second = name.split("+")
        found = 0
        for beyond in measured.of("beyond", name):
            one, other, both = (measured.of(kind, subject, beyond.variable, beyond.place)[0] for kind, subject in
                                (("provision", first), ("provision", second), ("pair", name)))
            words = together(one, other, both, beyond)
            if words != "add up":
                found += 1
                rows.append((f"{first} and {second}", f"`{beyond.variable}`", beyond.place, signed(one.mean),
                             signed(other.mean), signed(both.mean), signed(beyond.mean), interval(beyond), beyond.unit,
                             words))
        plain += [] if found else [f"{first} and {second}"]
    parts = ["### Provisions together\n",
             "Beyond: what two provisions do together beyond the sum of what each does alone, paired by seed.\n"]
    if rows:
        parts.append(table(("provisions", "indicator", "in", "first", "second", "both", "beyond", "interval", "unit",
                            "they"), rows))
    if plain:
        parts.append("On every indicator read these clearly neither reinforce nor cancel: " + "; ".join(plain) + ".\n")
    return "\n".join(parts)
