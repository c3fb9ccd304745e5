"""Horizontal compensation: counties along a river pay each other by the test results at their section (B.7 E5).

For a quarter that meets its target the downstream county pays, for one that fails the upstream county; the province
adds an award for a year without failures. For one drinking-water source the two counties and the province contribute
to a common pool. Sections 6.1, 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Number
from sim.core.bind import InOut, Out
from sim.core.cache import either, kernel
from sim.core.declare import parameter
from sim.region.rivers import Rivers
from sim.words import QUARTERS


@dataclass(frozen=True)
class Parameters:
    water_payment_base: float = parameter(
        1.0, unit="million CNY per quarter", bounds=(0.3, 3.6), confidence="low",
        source="negotiated floors of .30 to 3.60 by section, 2018-19 pilot", says="payment per quarter (base)")
    water_award_share: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), source="assumed: the award is not published", confidence="low",
        says="provincial award for a year without a failed quarter, relative to the year's payments")
    pool_renewed: float = parameter(1.0, unit="share", bounds=(0.0, 1.0), source="assumed", confidence="low",
                                    says="share of a common pool that continues after its published years")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def coverage(stage_reached: Number, stage: Number) -> Number:
    """Coverage of a section: full for stage k once `stage_reached` is k, partial before; none for stage 0."""
    return (stage > 0) * np.minimum(np.maximum(stage_reached - (stage - 1.0), 0.0), 1.0)


@either
def section_payment(passed: Number, base: Number) -> Number:
    """Payment of the downstream to the upstream county: base (2 n - 4) over four quarters (E5)."""
    return base * (2.0 * passed - QUARTERS)


@either
def pool_payment(passed: Number, upper: Number, lower: Number, province: Number) -> tuple[Number, Number]:
    """Net payments to the upstream county from a common pool: by the downstream county, and by the province.

    The upstream county earns the share of quarters passed; the remainder is returned to the other two in proportion to
    their contributions. The three net payments sum to zero.
    """
    whole = upper + lower + province
    back = (1.0 - passed / QUARTERS) * whole
    return lower - back * lower / (lower + province), province - back * province / (lower + province)


def pool_stake(upper: Number, lower: Number, province: Number) -> Number:
    """Payments at stake in the tests of a common pool: half of its maximum, as half of the range for a section."""
    return (upper + lower + province) / 2.0


# ---- rules ----------------------------------------------------------------------------------------------------


@kernel
def cover(eco_comp, eco_comp_scale, water_payment_base, water_award_share, reach_stage, reach_tests_passed,
          reach_covered: Out, reach_payment: Out, reach_award: Out, reach_stake: Out) -> None:
    """Coverage of the sections, and payments, awards and amounts at stake by their tests."""
    base = water_payment_base * eco_comp_scale
    for r in range(reach_stage.size):
        reach_covered[r] = coverage(eco_comp, reach_stage[r])
        reach_payment[r] = section_payment(reach_tests_passed[r], base * reach_covered[r])
        reach_stake[r] = QUARTERS * (base * reach_covered[r])
        reach_award[r] = water_award_share * reach_stake[r] if reach_tests_passed[r] == QUARTERS else 0.0


def share_pools(year, rivers: Rivers, pool_renewed, reach_tests_passed, reach_covered, reach_payment: InOut,
                reach_award: InOut, reach_stake: InOut) -> None:
    """Replace a section's payments by those of a common pool where the two counties and the province have one."""
    for row, pool in rivers.pools:
        if year >= pool.first_year:
            size = reach_covered[row] * (1.0 if year <= pool.last_year else pool_renewed)
            lower, province = pool_payment(reach_tests_passed[row], pool.upper, pool.lower, pool.province)
            stake = pool_stake(pool.upper, pool.lower, pool.province)
            reach_payment[row] = size * lower + (1.0 - size) * reach_payment[row]
            reach_award[row] = size * province + (1.0 - size) * reach_award[row]
            reach_stake[row] = size * stake + (1.0 - size) * reach_stake[row]


@kernel
def pay(reach_stage, reach_county, reach_payer, reach_payment, reach_award, reach_stake, water_received: Out,
        water_paid: Out, water_award: Out, water_stake: Out) -> None:
    """Payments of sections by county: received and paid, provincial awards, amounts at stake."""
    for column in (water_received, water_paid, water_award, water_stake):
        column[:] = 0.0
    for r in range(reach_stage.size):
        if reach_stage[r] > 0:
            upper, lower = reach_county[r], reach_payer[r]
            water_received[upper] += max(reach_payment[r], 0.0)
            water_paid[lower] += max(reach_payment[r], 0.0)
            water_received[lower] += max(-reach_payment[r], 0.0)
            water_paid[upper] += max(-reach_payment[r], 0.0)
            water_award[upper] += reach_award[r]
            water_stake[upper] += reach_stake[r]


def sum_awards(reach_award, province_awards: Out) -> None:
    """Net provincial payments for clean rivers."""
    province_awards[...] = reach_award.sum()
