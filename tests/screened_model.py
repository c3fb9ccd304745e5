"""A model with known effects for tests of the screening: the small model, whose output follows from a plan's parts.

Its class stands here by itself, so that spawned workers can import it.
"""

import numpy as np

from sim.levers import SECTIONS
from sim.scenario import Scenario, load_scenario
from sim.study.designs import Part
from tests.small_model import Plan, SmallModel

FIRST = (("2.1",), ("4.3",), ("3.1",), ("3.2",), ("5", "7"))
ALONE = (0.02, 0.01, -0.03)
TOGETHER = 0.08
LOW = load_scenario("no_policy")


def parts() -> tuple[Part, ...]:
    """Six parts made of provisions; the last holds all that stand in no other."""
    rest = tuple(one for one in SECTIONS if not any(one in group for group in FIRST))
    return tuple(Part(f"part{k}", f"part {k}", f"第{k}部分",
                      frozenset(name for one in group for name in SECTIONS[one].levers))
                 for k, group in enumerate((*FIRST, rest)))


class ScreenedModel(SmallModel):
    """ln gdp = .02 a + .01 b - .03 c + .08 a b, with luck of a seed, which is shared, and a little of its own."""

    def load_plan(self, what) -> Scenario:
        return what if isinstance(what, Scenario) else load_scenario(what)

    def run_arrays(self, plan, seed, draw, weight, until, keep="all"):
        a, b, c = (any(plan.levers[name] != LOW.levers[name] for name in part.levers) for part in parts()[:3])
        own = np.random.Generator(np.random.Philox(key=[seed, sum(plan.name.encode())])).normal(0.0, 1e-4)
        log = float(np.dot(ALONE, (a, b, c))) + TOGETHER * (a and b) + 0.3 * seed + own
        arrays = super().run_arrays(Plan(plan.name), seed, draw, weight, until, keep)
        return arrays | {"gdp": np.full_like(arrays["gdp"], 100.0 * np.exp(log))}
