"""Random numbers are addresses: known answers, independence of order, identities that last."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core import randomness
from sim.core.cache import kernel
from sim.core.parts import BLOCK
from sim.core.randomness import (
    INFLOW,
    LIFE,
    MOVE,
    SHOCK,
    STATUS,
    WORK,
    block,
    limit,
    mix,
    mixed,
    normal,
    normals,
    uniforms,
    unit,
)

ONES = 0xFFFFFFFF

# Philox4x32-10 of Random123 (kat_vectors): counter, key, answer
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


def words(counter, key):
    """The block at a counter of four words and a key of two: uid is the first two words, then year, then process."""
    uid, seed = np.uint64(counter[1] << 32 | counter[0]), np.uint64(key[1] << 32 | key[0])
    return tuple(int(w) for w in block(seed, counter[3], counter[2], uid))


def philox_by_the_book(counter, key):
    """Philox4x32-10 in plain integers (Salmon et al. 2011, section 3.3)."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for turn in range(10):
        if turn:
            k0, k1 = (k0 + 0x9E3779B9) & ONES, (k1 + 0xBB67AE85) & ONES
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & ONES, (p0 >> 32) ^ c3 ^ k1, p0 & ONES
    return c0, c1, c2, c3


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_a_block_gives_the_known_answers_of_random123(counter, key, answer):
    assert words(counter, key) == answer
    assert philox_by_the_book(counter, key) == answer


word = st.integers(0, ONES)


@settings(max_examples=50, deadline=None)
@given(st.tuples(word, word, word, word), st.tuples(word, word))
def test_every_block_is_the_one_of_the_book(counter, key):
    assert words(counter, key) == philox_by_the_book(counter, key)


def test_a_word_becomes_a_number_strictly_between_0_and_1():
    assert unit(np.uint64(0)) == 0.5 / 2**32
    assert unit(np.uint64(2**31)) == 0.5 + 0.5 / 2**32
    assert unit(np.uint64(ONES)) == 1 - 0.5 / 2**32


def test_uniforms_are_the_four_words_of_the_block_of_each_identity():
    uids = np.array([7, 2**40 + 3], dtype=np.uint64)
    for row, uid in zip(uniforms(5, MOVE, 2019, uids), uids, strict=True):
        expected = philox_by_the_book((int(uid) & ONES, int(uid) >> 32, 2019, MOVE), (5, 0))
        np.testing.assert_array_equal(row, [(w + 0.5) / 2**32 for w in expected])


def test_what_a_person_draws_does_not_depend_on_who_stands_beside_her():
    uids = np.arange(1, 201, dtype=np.uint64)
    order = np.argsort((uids * 7919) % 211)
    together = uniforms(3, WORK, 2015, uids)
    np.testing.assert_array_equal(uniforms(3, WORK, 2015, uids[order]), together[order])
    np.testing.assert_array_equal(uniforms(3, WORK, 2015, uids[17:18])[0], together[17])


def test_another_seed_year_process_or_person_is_another_number():
    here = uniforms(0, LIFE, 2011, [42])
    others = [uniforms(1, LIFE, 2011, [42]), uniforms(0, MOVE, 2011, [42]), uniforms(0, LIFE, 2012, [42]),
              uniforms(0, LIFE, 2011, [43]), uniforms(2**32, LIFE, 2011, [42]), uniforms(0, LIFE, 2011, [2**32 + 42])]
    assert all(np.all(other != here) for other in others)


def test_no_two_processes_share_a_number():
    processes = (LIFE, MOVE, WORK, STATUS, INFLOW, SHOCK)
    assert len(set(processes)) == len(processes)


def test_uniforms_fill_the_unit_square_evenly():
    u = uniforms(11, MOVE, 2030, np.arange(20_000))
    cells = np.bincount((u[:, 0] * 20).astype(int) * 20 + (u[:, 1] * 20).astype(int), minlength=400)
    chi = ((cells - 50.0) ** 2 / 50.0).sum()
    assert abs(chi - 399) < 4 * np.sqrt(2 * 399)
    assert np.abs(np.corrcoef(u, rowvar=False) - np.eye(4)).max() < 4 / np.sqrt(20_000)


def test_normals_have_mean_0_and_variance_1_and_are_made_of_the_words_by_box_and_muller():
    z = normals(2, SHOCK, 2020, np.arange(20_000))
    assert z.shape == (20_000, 2)
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(20_000)
    assert np.abs(z.var(axis=0) - 1).max() < 4 * np.sqrt(2 / 20_000)
    u = uniforms(2, SHOCK, 2020, [7])[0]
    assert normals(2, SHOCK, 2020, [7])[0, 0] == pytest.approx(np.sqrt(-2 * np.log(u[0])) * np.cos(2 * np.pi * u[2]))


def test_a_mixed_identity_is_never_0_and_below_2_to_the_63():
    made = mixed(np.arange(100_000, dtype=np.uint64), 2019)
    assert made.dtype == np.uint64 and made.min() >= 1 and made.max() < 2**63


def test_identities_of_children_of_many_mothers_over_many_years_are_all_different():
    mothers = mixed(np.arange(5_000, dtype=np.uint64), 1)
    children = np.concatenate([mixed(mothers, year) for year in range(2010, 2051)] + [mothers])
    assert np.unique(children).size == children.size


def test_a_mixed_identity_follows_splitmix64_by_the_book():
    def by_the_book(a, b):
        full = 2**64
        z = (a + (b + 1) * 0x9E3779B97F4A7C15) % full
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) % full
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) % full
        return (z ^ z >> 31) >> 1 | 1

    for a, b in ((0, 0), (12345, 2019), (2**62 + 1, 2050)):
        assert int(mix(np.uint64(a), np.uint64(b))) == by_the_book(a, b)


def test_the_generator_of_the_model_is_not_a_sequence():
    assert not hasattr(randomness, "default_rng")
    first = uniforms(0, LIFE, 2011, [1, 2, 3])
    uniforms(0, LIFE, 2012, np.arange(1000))
    np.testing.assert_array_equal(uniforms(0, LIFE, 2011, [1, 2, 3]), first)


@kernel
def _limits(probabilities, out):
    for i in range(probabilities.size):
        out[i] = limit(probabilities[i])


@given(st.floats(min_value=0, max_value=1), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_a_word_below_the_limit_is_a_uniform_below_the_probability(probability, word):
    out = np.empty(1, dtype=np.uint64)
    _limits(np.array([probability]), out)
    for near in {word, max(0, int(out[0]) - 1), min(int(out[0]), 2**32 - 1)}:
        assert ((near + 0.5) * 2.0**-32 < probability) == (near < int(out[0]))


def test_a_limit_of_what_is_no_probability_lets_nobody_through_and_of_more_than_one_everybody():
    out = np.empty(4, dtype=np.uint64)
    _limits(np.array([np.nan, -0.5, 0.0, 1.5]), out)
    assert out.tolist() == [0, 0, 0, 2**32]


def test_words_of_a_block_of_persons_are_those_of_each():
    uids = np.array([1, 2**40 + 7, 2**63], dtype=np.uint64)
    out = np.zeros(4 * BLOCK, dtype=np.uint64)
    rows = np.array([2, 0, 1], dtype=np.int32)
    randomness.words(np.uint64(11), 2, 2020, uids, rows, out)
    of_each = uniforms(11, 2, 2020, uids[rows])
    for j in range(3):
        assert [(float(out[k * BLOCK + j]) + 0.5) * 2.0**-32 for k in range(4)] == of_each[j].tolist()


def test_a_normal_lies_as_far_out_as_one_uniform_says_in_the_direction_of_the_other():
    assert normal(np.exp(-0.5), 1.0) == pytest.approx(1.0)
    assert normal(np.exp(-2.0), 0.5) == pytest.approx(-2.0)
    assert normal(0.3, 0.25) == pytest.approx(0.0, abs=1e-15)


def test_normals_in_a_kernel_are_those_of_arrays():
    """One formula: compiled for numbers, NumPy's for arrays."""
    @kernel
    def compiled(u, v, out):
        for i in range(u.size):
            out[i] = normal(u[i], v[i])

    u, v = uniforms(1, 2, 3, np.arange(1000, dtype=np.uint64))[:, :2].T.copy()
    out = np.empty(1000)
    compiled(u, v, out)
    np.testing.assert_allclose(out, normal(u, v), rtol=1e-14, atol=1e-14)
