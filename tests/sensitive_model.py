"""A model whose effect hangs on one parameter: the small model, whose output follows from a plan and a draw.

Its class stands here by itself, so that spawned workers can import it.
"""

from pathlib import Path

import numpy as np

from calibration.spread import ranged
from tests.small_model import Plan, SmallModel

CENTRAL, SLOPE, AT_CENTRE = 2.4, 0.8, -1.0


class SensitiveModel(SmallModel):
    """100 ln (with policy / without) = -1 + .8 (moving_cost - 2.4): nought at 3.65; levels have luck as well."""

    def load_plan(self, what) -> Plan:
        return super().load_plan(Path(what) if "/" in str(what) else what)

    def following(self, history_until, follow=None):
        return self

    def draw_limits(self, header):
        return {name: card.limits for name, card in ranged().items()}

    def run_arrays(self, plan, seed, draw, weight, until, keep="all"):
        arrays = super().run_arrays(Plan(plan.name), seed, {"draw": 0}, weight, until, keep)
        effect = AT_CENTRE + SLOPE * (draw.get("moving_cost", CENTRAL) - CENTRAL) if plan.name == "baseline" else 0.0
        return arrays | {"gdp": np.full_like(arrays["gdp"], 100.0 * (1 + 0.01 * seed) * np.exp(effect / 100))}

    def with_indicators(self, dataset):
        return dataset.assign(theil_inc_pc=dataset["gdp"].isel(county=0, drop=True))


SENSITIVE = SensitiveModel()
