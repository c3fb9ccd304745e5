"""What an axis of runs would bring: formulas of the model called run by run, and once for many runs."""

from __future__ import annotations

import numpy as np

from sim.agents import place_choice
from sim.core.randomness import uniforms
from sim.indicators import inequality
from sim.mechanisms import capital, production
from tests.speed.stage import seconds

COUNTIES, SECTORS, RUNS = 19, 6, 64


def _positive(*shape) -> np.ndarray:
    size = int(np.prod(shape))
    return (0.5 + uniforms(3, 99, 1, np.arange(size))[:, 0]).reshape(shape)


def _formulas(runs: int) -> dict:
    """Formulas of several mechanisms with arguments of so many runs."""
    by_sector = [_positive(runs, COUNTIES, SECTORS) for _ in range(8)]
    by_county = [_positive(runs, COUNTIES) for _ in range(2)]
    minutes, utility = 100.0 * _positive(runs, COUNTIES, COUNTIES), _positive(runs, 4, COUNTIES, 2)
    return {
        "output (P1)": (production.output, by_sector),
        "composite labour (P2)": (production.composite_labour, [*by_sector[:3], 1.5]),
        "user cost (P11)": (capital.user_cost, [0.08, 0.05, 0.25, 0.6, 0.3, by_sector[0]]),
        "investment (P13)": (capital.invested_by_market, [0.05, by_sector[0], by_sector[1], 0.2]),
        "access to employment (P3)": (production.agglomeration, [by_county[0], minutes, 0.01]),
        "value of a nest (M4)": (place_choice.nest_value, [utility[..., 0], utility[..., 1], 0.6]),
        "Theil index": (inequality.theil_t, by_county),
    }


def measured() -> dict[str, tuple[float, float]]:
    """Microseconds a run of each formula: alone, and as one of RUNS in a call."""
    alone, many = _formulas(1), _formulas(RUNS)
    return {name: (1e6 * seconds(function, [a[0] if isinstance(a, np.ndarray) else a for a in alone[name][1]], 200),
                   1e6 * seconds(function, many[name][1], 200) / RUNS) for name, (function, _) in many.items()}


if __name__ == "__main__":
    for name, (one, shared) in measured().items():
        print(f"{name:28s} {one:7.2f} {shared:7.2f}  {one / shared:5.1f}")
