"""Parks: hosts, years and shares of what stands on park land."""

import numpy as np
import pytest

from sim.region.pack import load_pack
from sim.region.parks import host_rows, park_share, parks

PARKS = parks(load_pack())


def test_parks_of_one_host_add_up():
    hosted = [p.share for p in PARKS if p.host == 460200]
    assert len(hosted) == 2 and park_share(np.array([460200]), 2035, PARKS)[0] == sum(hosted)


def test_a_park_counts_from_the_year_it_is_founded():
    dongfang = np.array([469007])
    assert park_share(dongfang, 2020, PARKS)[0] == 0.0 < park_share(dongfang, 2021, PARKS)[0]


def test_a_county_without_park_has_none():
    assert park_share(np.array([469001]), 2035, PARKS).tolist() == [0.0]


def test_shares_follow_the_order_of_the_codes():
    codes = np.array([460100, 469001, 460400])
    assert park_share(codes, 2035, PARKS).tolist() == park_share(codes[::-1], 2035, PARKS).tolist()[::-1]


def test_hosts_are_counties_of_the_pack_and_shares_are_shares():
    pack = load_pack()
    share = park_share(pack.codes, 2035, PARKS)
    assert pack.codes[host_rows(pack.codes, PARKS)].tolist() == [p.host for p in PARKS]
    assert np.all((share >= 0) & (share <= 1)) and share[~pack.active].sum() == 0


def test_every_park_has_opened_by_the_island_wide_customs_closure():
    assert all(1990 <= p.start <= 2025 and p.share > 0 for p in PARKS)
    assert len({p.name for p in PARKS}) == len(PARKS)


def test_all_duty_free_goods_are_sold_somewhere():
    assert load_pack().of_places("duty_free_share", 0.0).sum() == pytest.approx(1.0)
