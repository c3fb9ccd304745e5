"""The law of residuals, on residuals whose law is known."""

import numpy as np
import pytest

from sim.closure import law as residual_law
from sim.closure.law import Answer, Known, Prior
from sim.mechanisms import past
from tests.rules import do, world

NO_ERROR = 0.0
NOTHING_EXPECTED = Prior(0.1, 0.1, 1e-9, 1e-9)


def known(years, units, province=False):
    return Known(np.ones((years, units, 3), bool), np.ones((years, units, 3), bool), np.full((years, 3), province))


def walk(years, units, spread, rho=1.0, key=0):
    luck = np.random.Generator(np.random.Philox(key=key)).normal(size=(years, units, 3))
    out = np.zeros((years, units, 3))
    for t in range(1, years):
        out[t] = rho * out[t - 1] + spread * luck[t]
    return out


def test_a_walk_is_recognised_by_its_spread_and_stays():
    found = residual_law.law(walk(10, 60, 0.07), known(10, 60), np.ones((60, 3)), NO_ERROR, NOTHING_EXPECTED)
    assert np.allclose(found.spread, 0.07, atol=0.01) and (found.persistence >= 0.9).all()
    assert found.changes.tolist() == [60 * 9] * 3  # 2011 to 2019; the years of the pandemic do not count


def test_what_fades_is_seen_to_fade():
    shaken = walk(10, 200, 0.07, rho=0.5)
    assert (residual_law.law(shaken, known(10, 200), np.ones((200, 3)), NO_ERROR, NOTHING_EXPECTED).persistence
            <= 0.8).all()


def test_the_pandemic_is_left_out():
    quiet = walk(12, 50, 0.05)
    loud = quiet.copy()
    loud[10:] += 3.0
    laws = [residual_law.law(one, known(12, 50), np.ones((50, 3)), NO_ERROR, NOTHING_EXPECTED)
            for one in (quiet, loud)]
    assert np.array_equal(laws[0].spread, laws[1].spread)


def test_errors_of_measurement_are_taken_off():
    noisy = walk(10, 300, 0.08)
    noisy += np.random.Generator(np.random.Philox(key=9)).normal(scale=0.03, size=noisy.shape)
    clean, naive = (residual_law.law(noisy, known(10, 300), np.ones((300, 3)), error, NOTHING_EXPECTED).spread
                    for error in (0.03**2, NO_ERROR))
    assert np.allclose(clean, 0.08, atol=0.006) and (naive > clean).all()


def test_with_nothing_seen_the_expected_is_held():
    none = Known(np.zeros((4, 5, 3), bool), np.ones((4, 5, 3), bool), np.zeros((4, 3), bool))
    found = residual_law.law(np.zeros((4, 5, 3)), none, np.ones((5, 3)), NO_ERROR, Prior(0.1, 0.03, 8.0, 2.0))
    assert np.allclose(found.spread, 0.1) and np.allclose(found.common, 0.03)
    assert (found.persistence == 1.0).all() and np.array_equal(found.mix, np.eye(3))


def test_two_seen_changes_against_the_expected_by_hand():
    # of three counties one prints, changes .2 and -.2; four expected changes of .1: sqrt((4 x .01 + 2 x .04) / 6)
    residuals, there = np.zeros((3, 3, 3)), known(3, 3)
    residuals[1], there.printed[:, 1:] = 0.2, False
    found = residual_law.law(residuals, there, np.ones((3, 3)), NO_ERROR, Prior(0.1, 0.03, 4.0, 2.0))
    assert np.allclose(found.spread, np.sqrt(0.12 / 6))


def test_a_break_between_two_years_is_no_change():
    residuals = np.zeros((3, 1, 3))
    residuals[2] = 5.0
    there = known(3, 1)
    there.same[2] = False
    found = residual_law.law(residuals, there, np.ones((1, 3)), NO_ERROR, Prior(0.1, 0.03, 4.0, 2.0))
    assert found.changes.tolist() == [1, 1, 1] and (found.spread < 0.1).all()


def test_branches_that_offset_in_the_province_are_shaken_against_each_other():
    residuals = np.zeros((10, 30, 3))
    luck = np.random.Generator(np.random.Philox(key=5)).normal(scale=0.05, size=10)
    residuals[:, :, 0], residuals[:, :, 1] = np.cumsum(luck)[:, None], -np.cumsum(luck)[:, None]
    found = residual_law.law(residuals, known(10, 30, True), np.ones((30, 3)), NO_ERROR, NOTHING_EXPECTED)
    assert (found.common_mix @ found.common_mix.T)[1, 0] < -0.6
    shock = past.continued(np.zeros((30, 3)), np.vstack([np.zeros((30, 3)), [1.0, 0.0, 0.0]]), found)
    assert (shock[:, 0] > 0).all() and (shock[:, 1] < 0).all()


def test_shocks_of_counties_leave_the_province_as_it_is():
    sizes = np.array([[3.0], [1.0]]) * np.ones(3)
    law = past.held(2, 3)._replace(spread=np.full((2, 3), 0.1), weights=sizes / sizes.sum(axis=0))
    luck = np.random.Generator(np.random.Philox(key=2)).normal(size=(3, 3))
    of_mean = 0.1**2 * (1 - 2 * law.weights + (law.weights**2).sum(axis=0))  # variance of a distance from the mean
    shock = past.continued(np.zeros((2, 3)), luck, law) + 0.5 * of_mean
    assert np.allclose((sizes * shock).sum(axis=0), 0.0)


def test_what_fades_is_the_distance_of_a_county_from_the_province():
    law = past.held(2, 1)._replace(persistence=np.array([0.5]), weights=np.array([[0.75], [0.25]]))
    later = past.continued(np.array([[0.2], [0.6]]), np.zeros((3, 1)), law)
    assert later == pytest.approx(np.array([[0.25], [0.45]]))  # half-way to .3, the mean by weights


def test_a_kind_that_answers_another_is_told_by_what_is_left_beside_the_answer():
    # the third kind takes off .6 of half the first; nothing else moves it
    moved = walk(10, 40, 0.1)
    moved[..., 2] = -0.6 * 0.5 * moved[..., 0]
    weights = np.zeros((40, 3))
    weights[:, 0] = 0.5
    found = residual_law.law(moved, known(10, 40), np.ones((40, 3)), NO_ERROR, NOTHING_EXPECTED,
                             [Answer(2, weights, 0.0)])
    assert found.answer == pytest.approx([0.0, 0.0, 0.6], abs=1e-6) and np.allclose(found.spread[:, 2], 0.0, atol=1e-6)
    shock = past.continued(np.zeros((40, 3)), np.vstack([np.ones((40, 3)), np.zeros(3)]), found._replace(
        weights=np.zeros((40, 3))))
    luck = shock[:, 0] + 0.5 * (found.spread[:, 0] ** 2 + found.common[0] ** 2)
    assert np.allclose(shock[:, 2], -0.3 * luck, atol=1e-6)


def test_an_answer_leans_on_what_is_expected_where_little_is_seen():
    none = Known(np.zeros((4, 5, 3), bool), np.ones((4, 5, 3), bool), np.zeros((4, 3), bool))
    weights = np.zeros((5, 3))
    weights[:, 0] = 1.0
    found = residual_law.law(np.zeros((4, 5, 3)), none, np.ones((5, 3)), NO_ERROR, Prior(0.1, 0.03, 8.0, 2.0),
                             [Answer(1, weights, 0.7)])
    assert found.answer == pytest.approx([0.0, 0.7, 0.0])


def test_shocks_hang_together_within_a_group_alone():
    alike = np.repeat(walk(10, 40, 0.1)[..., :1], 3, axis=2)
    found = residual_law.law(alike, known(10, 40), np.ones((40, 3)), NO_ERROR, NOTHING_EXPECTED, groups=(0, 0, 1))
    told = found.mix @ found.mix.T
    assert told[1, 0] > 0.9 and told[2, 0] == told[2, 1] == 0.0


def test_errors_are_taken_off_where_they_are_made():
    # counties measured well and badly differ in what is seen alone
    noisy = walk(10, 400, 0.08)
    noisy[:, ::2] += np.random.Generator(np.random.Philox(key=9)).normal(scale=0.05, size=noisy[:, ::2].shape)
    noise = np.zeros(noisy.shape)
    noise[:, ::2] = 0.05**2
    found = residual_law.law(noisy, known(10, 400), np.ones((400, 3)), noise, NOTHING_EXPECTED)
    assert np.allclose(found.spread, 0.08, atol=0.006)


# --- how they go on


def test_shocks_of_counties_have_the_variance_of_one_and_longer_tails_than_normal():
    drawn = past.shocks(7, 2025, np.arange(1, 40_002))
    counties = drawn[:-1]
    assert np.allclose(counties.mean(axis=0), 0.0, atol=0.03) and np.allclose(counties.var(axis=0), 1.0, atol=0.05)
    assert np.allclose((counties**4).mean(axis=0), 6.0, atol=1.0)  # 3 of the normal law
    # half of all are within ln 2 / sqrt(2) of nought
    assert np.allclose((np.abs(counties) < np.log(2.0) / np.sqrt(2.0)).mean(axis=0), 0.5, atol=0.01)


def test_luck_does_not_move_the_mean_of_the_factor():
    law = past.held(4000, 3)._replace(spread=np.full((4000, 3), 0.3))
    luck = np.random.Generator(np.random.Philox(key=3)).normal(size=(4001, 3))
    assert np.exp(past.continued(np.zeros((4000, 3)), luck, law)).mean() == pytest.approx(1.0, abs=0.01)


def test_luck_that_fades_does_not_move_the_mean_either():
    law = past.held(20000, 3)._replace(spread=np.full((20000, 3), 0.3), persistence=np.full(3, 0.8))
    luck = np.random.Generator(np.random.Philox(key=4)).normal(size=(6, 20001, 3))
    residual = np.zeros((20000, 3))
    for year, of_year in enumerate(luck, 1):
        residual = past.continued(residual, of_year, law, year)
    assert np.exp(residual).mean() == pytest.approx(1.0, abs=0.02)


def told(law, until=2011, output=0.4):
    return past.nothing_asked(2, until)._replace(
        output=np.full((2, 2, 3), output), revenue=np.full((2, 2), 0.2), spending=np.full((2, 2), 0.05),
        pay=np.full((2, 2, 2), 0.02), people=np.array([0.3, 0.0]), capital=np.full((2, 5), 0.1), law=law)


def test_after_history_the_last_residual_fades_and_places_keep_theirs():
    law = past.held(2, past.KINDS)._replace(persistence=np.array([0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 0.0]))
    here = world(2, history=told(law), year=2011, codes=np.arange(2), province_code=460000)
    do(past.follow, on=here)
    assert np.allclose(here.counties.output_residual, 0.4) and np.allclose(here.counties.revenue_residual, 0.2)
    assert not here.counties.capital_residual.any()
    here.year = 2012
    do(past.follow, on=here)
    assert np.allclose(here.counties.output_residual, [[0.2, 0.4, 0.4]] * 2)
    assert np.allclose(here.counties.spending_residual, 0.025)
    assert np.allclose(here.counties.pay_residual, [[0.02, 0.0]] * 2)
    # capital of farming answers half of its residual again, that of the marine economy .45 of it and all of the rest
    assert np.allclose(here.counties.capital_residual, [[0.05, 0.1, 0.1, 0.0775, 0.1]] * 2)
    assert not here.counties.revenue_residual.any() and here.counties.people_residual.tolist() == [0.3, 0.0]


def test_the_same_seed_gives_the_same_shocks():
    law = past.held(2, past.KINDS)._replace(spread=np.full((2, past.KINDS), 0.1))
    found = []
    for seed in (1, 1, 2):
        here = world(2, history=told(law), year=2012, seed=seed, codes=np.arange(2), province_code=460000)
        do(past.follow, on=here)
        c = here.counties
        found.append(np.column_stack([c.output_residual, c.revenue_residual, c.spending_residual, c.pay_residual]))
    assert np.array_equal(found[0], found[1]) and not np.array_equal(found[0], found[2])
    assert len(np.unique(found[0])) == found[0].size  # no two residuals share a shock


def test_sectors_take_the_residuals_of_their_branches():
    here = world(1)
    here.counties.output_residual[:] = [[0.1, 0.2, 0.4]]
    do(past.pass_on, on=here)  # marine .45 .25 .30, high technology 0 .25 .75
    assert np.allclose(here.counties.sector_residual, [[0.1, 0.2, 0.4, 0.215, 0.35]])
