"""Who uses services, and how many standard users a county has (S2, F4)."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.users import service_users, standard_users


def people():
    """One county of 10 rows: 4 registered elsewhere; 3 in school age, one of them from elsewhere."""
    return SimpleNamespace(
        school=np.array([[2, 1]]), health=np.array([[[4, 1, 1], [3, 1, 0]]]), adults=np.array([[[2, 1], [2, 2]]]),
        by_home=np.array([[6, 3, 1]]), by_zone=np.array([[4, 6]]))


def used(people, weight, entitlement):
    return service_users(people.school, people.health, people.by_home, people.adults, weight, entitlement,
                         (1.0, 2.0, 4.0))


def test_users_are_weighed_by_age_and_entitlement():
    # school 2 + .5; health 4 + 2 + 4 at home, (3 + 2) / 2 from elsewhere; all 6 + .5 x 4; adults 4 + .5 x 3; 100 each
    users = used(people(), 100, 0.5)
    assert users == pytest.approx(np.array([[250.0, 1250.0, 800.0, 550.0]]))


def test_full_entitlement_counts_everybody_alike():
    users = used(people(), 1, 1.0)
    assert users == pytest.approx(np.array([[3.0, 15.0, 10.0, 7.0]]))


def test_standard_heads_of_the_province_are_its_residents():
    two = SimpleNamespace(**{name: np.concatenate([a, 3 * a]) for name, a in vars(people()).items()})
    heads = standard_users(used(two, 100, 1.0), 4000.0, np.array([0.3, 0.3, 0.1, 0.3]))
    assert heads == pytest.approx([1000.0, 3000.0])
