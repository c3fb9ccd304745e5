"""Horizontal compensation: counties along a river pay each other by the tests at their section (B.7 E5).

A quarter that meets its target is paid for by the lower county, one that fails by the upper; the province awards a good
year. For one drinking-water source the two counties and the province fill a common pool. Sections 6.1, 9.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def coverage(stage_reached, stage):
    """How far a section is covered: all of stage k once `stage_reached` is k, in part on the way; none for stage 0."""
    return np.where(stage > 0, np.minimum(np.maximum(stage_reached - (stage - 1.0), 0.0), 1.0), 0.0)


def section_payment(passed, base):
    """What the lower county pays the upper: base (2 n - 4) of four quarters (E5)."""
    return base * (2.0 * passed - QUARTERS)


def pool_payment(passed, upper, lower, province):
    """Net payments to the upper county out of a common pool: of the lower county, and of the province.

    The share of quarters passed is earned by the upper county; what is not earned goes back to the other two in
    proportion to what they put in. The three add to zero.
    """
    whole = upper + lower + province
    back = (1.0 - passed / QUARTERS) * whole
    return lower - back * lower / (lower + province), province - back * province / (lower + province)


# ---- verbs ----------------------------------------------------------------------------------------------------


def settle_up(model) -> None:
    """The tests of the year are paid for, section by section."""
    p, now, reaches, tree = model.parameters, model.now, model.reaches, model.base.rivers
    covered = coverage(now.eco_comp, tree.stage)
    base = p.water_payment_base * now.eco_comp_scale * covered
    passed = reaches.reach_tests_passed
    payment, award = section_payment(passed, base), p.water_award_share * QUARTERS * base * (passed == QUARTERS)
    stake = QUARTERS * base
    for row, pool in tree.pools:
        if model.year >= pool.first:
            size = covered[row] * (1.0 if model.year <= pool.last else p.pool_renewed)
            lower, province = pool_payment(passed[row], pool.upper, pool.lower, pool.province)
            payment[row] = size * lower + (1.0 - size) * payment[row]
            award[row] = size * province + (1.0 - size) * award[row]
            stake[row] = size * 0.5 * (pool.upper + pool.lower + pool.province) + (1.0 - size) * stake[row]
    reaches.reach_covered[:], reaches.reach_payment[:], reaches.reach_award[:] = covered, payment, award
    _charge(model, payment, award, stake)


def _charge(model, payment, award, stake) -> None:
    """Payments of sections by county: received and paid on either bank, awards of the province, what is at stake."""
    counties, tree, n = model.counties, model.base.rivers, model.n
    met = tree.stage > 0
    upper, lower = tree.county[met], tree.payer[met]
    down, up = np.maximum(payment[met], 0.0), np.maximum(-payment[met], 0.0)
    by = lambda county, money: np.bincount(county, weights=money, minlength=n)  # noqa: E731
    counties.water_received[:] = by(upper, down) + by(lower, up)
    counties.water_paid[:] = by(lower, down) + by(upper, up)
    counties.water_award[:] = by(upper, award[met])
    counties.water_stake[:] = by(upper, stake[met])
    model.account.province_awards[...] = award.sum()
