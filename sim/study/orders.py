"""Attribution of an effect to the parts of a plan by sampled orders: which runs it takes, beyond those of its study.

An order lets the parts come one after the other, from the scenario `low` to the scenario `high`; what an output changes
by when a part comes is the part's contribution in that order, and contributions add up to high less low in every order
(Castro, Gomez and Tejada 2009, on sampling for the Shapley value). Each pair of a draw and a seed has orders of its
own, each beside its reverse, so that a part comes early as often as late. All runs of a pair share its people,
assumptions and luck with the study's own runs of low and high, which are the two ends of every order.

The orders of a pair depend on the stream, the draw, the seed and the parts alone: more draws or orders leave those
there are as they are, and a batch that goes on finds its runs.
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
"""The names of all parts as they come."""


class Pair(NamedTuple):
    """A draw and a seed, and the orders that are run with them."""

    draw: int
    seed: int
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Attribution:
    """What is shared out: high less low, between parts, by `orders` orders of each pair of a draw and a seed.

    `draws`: how many of the study's, the first ones; None for all. `seeds`: how many for each draw, in turn. `stream`:
    which random orders.
    `keep`: the level of detail of what is stored of the runs between low and high.
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

        Draws take turns with the seeds: one seed for all of them would share its luck with all draws, which no mean
        over draws takes away.
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
        """The name of the runs in which these parts have come."""
        if not inside:
            return self.low
        return self.high if len(inside) == len(self.parts) else f"{PREFIX}{letters(self.parts, inside)}"

    def walk(self, order: Order) -> list[str]:
        """The names of the runs that an order passes through, low and high included."""
        return [self.named(order[:place]) for place in range(len(order) + 1)]

    def between(self, pair: Pair) -> dict[str, frozenset[str]]:
        """The runs of a pair between low and high by name, with the parts that have come."""
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
        """What keeps the plans of a study from being mixed."""
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
        """The table of a study file; parts that are no provisions stand in parts.csv beside it."""
        lines: dict[str, object] = {"low": self.low, "high": self.high, "orders": self.orders, "seeds": self.seeds,
                                    "stream": self.stream, "keep": self.keep}
        if self.draws is not None:
            lines["draws"] = self.draws
        return "".join(f"{name} = {_toml(value)}\n" for name, value in lines.items())


def _from(seeds: Sequence[int], place: int) -> list[int]:
    """The seeds in their order, beginning at a place, which may lie beyond the last."""
    start = place % len(seeds)
    return [*seeds[start:], *seeds[:start]]


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- in a manifest


def staged(manifest: Mapping[str, Any], run: str) -> bool:
    """Whether a run of that name is one of the attribution of a study, not of one of its scenarios."""
    return "attribution" in manifest and run.startswith(PREFIX)


def written(asked: Attribution, pairs: Sequence[Pair], variables: Sequence[str]) -> dict[str, object]:
    """What a manifest holds of it: parts, orders by their places, and what is stored of its runs."""
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
    """Whether what a manifest holds can be used."""
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
