"""Attribution of an effect to the parts of a plan by sampled orders: the runs required beyond those of the study.

An order adds the parts one after the other, from the scenario `low` to the scenario `high`; the change of an output
when a part is added is its contribution in that order, and contributions sum to high minus low in every order (Castro,
Gomez and Tejada 2009, on sampling for the Shapley value). Each pair of a draw and a seed has its own orders, each with
its reverse, so that a part comes early as often as late. All runs of a pair share its people, assumptions and random
numbers with the study's own runs of low and high, which are the end points of every order.

The orders of a pair depend only on the stream, the draw, the seed and the parts: more draws or orders leave existing
ones unchanged, and a resumed batch finds its runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.core.declare import KEEP_LEVELS, Fault
from sim.scenario.plan import Scenario
from sim.study.designs import Part, letters, mixed

ORDERS, SEEDS, KEEP = 2, 1, "headline"
MOST_ORDERS, MOST_PARTS = 200, 26  # parts are named by letters
PREFIX = "step_"

Order = tuple[str, ...]
"""The names of all parts in their order."""


class Pair(NamedTuple):
    """A draw and a seed, with their orders."""

    draw: int
    seed: int
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Attribution:
    """The effect to attribute: high minus low, to parts, by `orders` orders for each pair of a draw and a seed.

    `draws`: number of the study's draws used, from the first; None for all. `seeds`: number of seeds per draw, in turn.
    `stream`: stream of the random orders.
    `keep`: the level of detail of the runs between low and high.
    """

    low: str
    high: str
    parts: tuple[Part, ...]
    orders: int = ORDERS
    draws: int | None = None
    seeds: int = SEEDS
    stream: int = 0
    keep: str = KEEP

    def pairs(self, draws: Sequence[int], seeds: Sequence[int]) -> tuple[Pair, ...]:
        """The pairs of the study's draws and seeds with their orders.

        Draws use the seeds in turn: the random numbers of a single seed would be common to all draws and not average
        out over them.
        """
        return tuple(Pair(draw, seed, self._orders_of(draw, seed))
                     for turn, draw in enumerate(draws[:self.draws])
                     for seed in _from(seeds, turn * self.seeds)[:self.seeds])

    def _orders_of(self, draw: int, seed: int) -> tuple[Order, ...]:
        """Random orders, each before its reverse."""
        names = [part.name for part in self.parts]
        found: list[Order] = []
        for number in range(self.orders // 2):
            words = np.random.Philox(np.random.SeedSequence([self.stream, draw, seed, number])).random_raw(len(names))
            order = tuple(names[place] for place in np.argsort(words, kind="stable"))
            found += [order, order[::-1]]
        return tuple(found)

    def named(self, inside: Sequence[str]) -> str:
        """The name of the runs with these parts at high."""
        if not inside:
            return self.low
        return self.high if len(inside) == len(self.parts) else f"{PREFIX}{letters(self.parts, inside)}"

    def walk(self, order: Order) -> list[str]:
        """The names of the runs along an order, including low and high."""
        return [self.named(order[:place]) for place in range(len(order) + 1)]

    def between(self, pair: Pair) -> dict[str, frozenset[str]]:
        """The runs of a pair between low and high by name, with their parts at high."""
        return {self.named(order[:place]): frozenset(order[:place])
                for order in pair.orders for place in range(1, len(order))}

    def plans(self, plans: Sequence[Any], pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Scenario]]:
        """The scenarios between low and high, pair by pair; `plans` are those of the study."""
        by_name = {plan.name: plan for plan in plans}
        low, high = by_name[self.low], by_name[self.high]
        made: dict[str, Scenario] = {}
        for pair in pairs:
            for name, inside in self.between(pair).items():
                if name not in made:
                    made[name] = mixed(low, high, self.parts, inside, name)
                yield pair, made[name]

    def faults(self, plans: Sequence[Any]) -> list[Fault]:
        """Faults that prevent an attribution between the plans of a study."""
        by_name = {plan.name: plan for plan in plans}
        missing = [name for name in (self.low, self.high) if name not in by_name]
        if missing:
            return [Fault("attribution", f"{name} is none of the scenarios", "name it among them") for name in missing]
        low, high = by_name[self.low], by_name[self.high]
        if not (isinstance(low, Scenario) and isinstance(high, Scenario)):
            return [Fault("attribution", "scenarios of this model have no levers to share an effect out to")]
        found = []
        if (low.parameters, low.outlook_stages, low.shifts) != (high.parameters, high.outlook_stages, high.shifts):
            found.append(Fault("attribution", f"{self.low} and {self.high} differ in parameters or outlook",
                               "name two scenarios that differ in their levers alone"))
        taken = [plan.name for plan in plans if plan.name.lower().startswith(PREFIX)]
        found += [Fault("attribution", f"{name}: names that begin with {PREFIX} are those of its runs",
                        "rename the scenario") for name in taken]
        return found

    def to_toml(self) -> str:
        """The table in a study file; parts other than the provisions are in parts.csv beside it."""
        lines: dict[str, object] = {"low": self.low, "high": self.high, "orders": self.orders, "seeds": self.seeds,
                                    "stream": self.stream, "keep": self.keep}
        if self.draws is not None:
            lines["draws"] = self.draws
        return "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items())


def _from(seeds: Sequence[int], place: int) -> list[int]:
    """The seeds in order, starting from a position modulo their number."""
    start = place % len(seeds)
    return [*seeds[start:], *seeds[:start]]


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- in a manifest


def staged(manifest: Mapping[str, Any], run: str) -> bool:
    """Whether a run of that name belongs to the attribution of a study rather than to a scenario."""
    return "attribution" in manifest and run.startswith(PREFIX)


def written(asked: Attribution, pairs: Sequence[Pair], variables: Sequence[str]) -> dict[str, object]:
    """The manifest entry: parts, orders by indices, and the level of detail."""
    places = {part.name: place for place, part in enumerate(asked.parts)}
    return {
        "low": asked.low, "high": asked.high, "keep": asked.keep, "stream": asked.stream, "variables": list(variables),
        "parts": [{"name": part.name, "title": part.title, "title_zh": part.title_zh, "levers": sorted(part.levers)}
                  for part in asked.parts],
        "pairs": [{"draw": pair.draw, "seed": pair.seed,
                   "orders": [[places[name] for name in order] for order in pair.orders]} for pair in pairs],
    }


def read(found: Mapping[str, Any]) -> tuple[Attribution, tuple[Pair, ...]]:
    """The attribution of a manifest that has been checked, and its pairs."""
    parts = tuple(Part(one["name"], one["title"], one["title_zh"], frozenset(one["levers"])) for one in found["parts"])
    pairs = tuple(Pair(one["draw"], one["seed"], tuple(tuple(parts[place].name for place in order)
                                                       for order in one["orders"])) for one in found["pairs"])
    return Attribution(found["low"], found["high"], parts, len(pairs[0].orders), stream=found["stream"],
                       keep=found["keep"]), pairs


def checked(found: Any, manifest: Mapping[str, Any]) -> bool:
    """Whether the manifest entry is valid."""
    try:
        number = len(found["parts"])
        texts = [one[name] for one in found["parts"] for name in ("name", "title", "title_zh")]
        texts += [lever for one in found["parts"] for lever in one["levers"]]
        orders = [order for one in found["pairs"] for order in one["orders"]]
        return (
            {found["low"], found["high"]} <= set(manifest["scenarios"]) and found["low"] != found["high"]
            and found["keep"] in KEEP_LEVELS and set(found["variables"]) <= set(manifest["variables"])
            and isinstance(found["stream"], int) and 2 <= number <= MOST_PARTS and len(found["pairs"]) > 0
            and all(isinstance(text, str) and len(text) <= 2000 and "\0" not in text for text in texts)
            and len({one["name"] for one in found["parts"]}) == number
            and all(one["draw"] in manifest["draws"] and one["seed"] in manifest["seeds"] for one in found["pairs"])
            and len({(one["draw"], one["seed"]) for one in found["pairs"]}) == len(found["pairs"])
            and len({len(one["orders"]) for one in found["pairs"]}) == 1
            and 1 <= len(found["pairs"][0]["orders"]) <= MOST_ORDERS
            and all(sorted(order) == list(range(number)) for order in orders))
    except (KeyError, TypeError, AttributeError):
        return False
