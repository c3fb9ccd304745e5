"""Named projects: a declared list, spent evenly over its years in the county and sector where it stands."""

import numpy as np

from sim.region.pack import load_pack
from sim.region.projects import SECTOR_OF_LETTER, Project, plan, projects

CODES = np.array([460100, 460200])
ONE = Project("A plant", "工厂", "soe_invest", 460200, "I", 2020, 2023, 400.0, "low")


def test_a_project_spends_its_total_evenly_over_its_years():
    money = plan(CODES, "soe_invest", 2010, 2030, (ONE,))
    assert money.shape == (21, 2, 5)
    assert money[10:14, 1, SECTOR_OF_LETTER["I"]].tolist() == [100.0] * 4 and money.sum() == 400.0


def test_a_lever_carries_out_its_own_projects_only():
    assert plan(CODES, "hub_projects", 2010, 2030, (ONE,)).sum() == 0.0


def test_years_outside_the_model_are_left_out():
    assert plan(CODES, "soe_invest", 2022, 2030, (ONE,)).sum() == 200.0


def test_every_project_of_the_list_is_named_in_two_languages_and_starts_with_the_opinions():
    found = projects(load_pack())
    assert all(p.name and p.name_zh and p.total > 0 and p.grade in ("high", "medium", "low") for p in found)
    assert all(2019 <= p.first <= p.last for p in found)
    assert {p.lever for p in found} == {"hub_projects", "soe_invest"}


def test_every_project_stands_in_a_county_of_the_pack():
    pack = load_pack()
    found = projects(pack)
    for lever in ("hub_projects", "soe_invest"):
        listed = sum(p.total for p in found if p.lever == lever)
        assert np.isclose(plan(pack.codes, lever, 2010, 2050, found).sum(), listed)
