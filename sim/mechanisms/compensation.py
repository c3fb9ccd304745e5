"""Horizontal compensation: counties along a river pay each other by the tests at their section (B.7 E5).

A quarter that meets its target is paid for by the lower county, one that fails by the upper; the province awards a good
year. For one drinking-water source the two counties and the province fill a common pool. Sections 6.1, 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.cache import either, kernel
from sim.core.declare import parameter

WRITES = (
    "reaches.reach_covered", "reaches.reach_payment", "reaches.reach_award", "counties.water_received",
    "counties.water_paid", "counties.water_award", "counties.water_stake",
    "account.province_awards",
)
QUARTERS = 4


@dataclass(frozen=True)
class Parameters:
    water_payment_base: float = parameter(
        1.0, unit="million CNY per quarter", bounds=(0.3, 3.6), confidence="low",
        source="negotiated floors of .30 to 3.60 by section, 2018-19 pilot", says="payment for a quarter (base)")
    water_award_share: float = parameter(
        0.5, unit="share", bounds=(0.0, 1.0), source="assumed: the reward is not printed", confidence="low",
        says="award of the province for a year without a failed quarter, over the year's payments")
    pool_renewed: float = parameter(1.0, unit="share", bounds=(0.0, 1.0), source="assumed", confidence="low",
                                    says="part of a common pool that goes on after its printed years")


# ---- formulas -------------------------------------------------------------------------------------------------


@either
def coverage(stage_reached, stage):
    """How far a section is covered: all of stage k once `stage_reached` is k, in part on the way; none for stage 0."""
    return (stage > 0) * np.minimum(np.maximum(stage_reached - (stage - 1.0), 0.0), 1.0)


@either
def section_payment(passed, base):
    """What the lower county pays the upper: base (2 n - 4) of four quarters (E5)."""
    return base * (2.0 * passed - QUARTERS)


@either
def pool_payment(passed, upper, lower, province):
    """Net payments to the upper county out of a common pool: of the lower county, and of the province.

    The share of quarters passed is earned by the upper county; what is not earned goes back to the other two in
    proportion to what they put in. The three add to zero.
    """
    whole = upper + lower + province
    back = (1.0 - passed / QUARTERS) * whole
    return lower - back * lower / (lower + province), province - back * province / (lower + province)


@kernel
def _cover(reached, base, award_share, stage, passed, covered, payment, award, stake):
    """Coverage of the sections, and what is paid, awarded and at stake by their tests."""
    for r in range(stage.size):
        covered[r] = coverage(reached, stage[r])
        payment[r] = section_payment(passed[r], base * covered[r])
        stake[r] = QUARTERS * (base * covered[r])
        award[r] = award_share * stake[r] if passed[r] == QUARTERS else 0.0


@kernel
def _pay(stage, upper, lower, payment, award, stake, received, paid, awarded, at_stake):
    """Payments of sections by county: received and paid on either bank, awards of the province, what is at stake."""
    for column in (received, paid, awarded, at_stake):
        column[:] = 0.0
    for r in range(stage.size):
        if stage[r] > 0:
            received[upper[r]] += max(payment[r], 0.0)
            paid[lower[r]] += max(payment[r], 0.0)
            received[lower[r]] += max(-payment[r], 0.0)
            paid[upper[r]] += max(-payment[r], 0.0)
            awarded[upper[r]] += award[r]
            at_stake[upper[r]] += stake[r]


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle_up(model) -> None:
    """The tests of the year are paid for, section by section."""
    p, now, counties, reaches, tree = model.parameters, model.now, model.counties, model.reaches, model.base.rivers
    covered, payment, award, stake = (
        reaches.reach_covered, reaches.reach_payment, reaches.reach_award, np.empty(tree.n))
    passed = reaches.reach_tests_passed
    _cover(now.eco_comp, p.water_payment_base * now.eco_comp_scale, p.water_award_share, tree.stage, passed, covered,
           payment, award, stake)
    for row, pool in tree.pools:
        if model.year >= pool.first:
            size = covered[row] * (1.0 if model.year <= pool.last else p.pool_renewed)
            lower, province = pool_payment(passed[row], pool.upper, pool.lower, pool.province)
            payment[row] = size * lower + (1.0 - size) * payment[row]
            award[row] = size * province + (1.0 - size) * award[row]
            stake[row] = size * 0.5 * (pool.upper + pool.lower + pool.province) + (1.0 - size) * stake[row]
    _pay(tree.stage, tree.county, tree.payer, payment, award, stake, counties.water_received, counties.water_paid,
         counties.water_award, counties.water_stake)
    model.account.province_awards[...] = award.sum()
