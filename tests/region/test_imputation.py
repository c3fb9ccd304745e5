"""Value added of 2010: observed cells stay, the rest adds to the province, the method is tested on what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.declare import UserError
from sim.region import imputation, tertiary
from sim.region.pack import load_pack

NOMINAL = 100.0                                            # million in 1e8


class Fake:
    """Three counties: A observed (50, 60, 70), B and C not; the province makes 100 in each branch (1e8 CNY)."""

    codes = np.array([1, 2, 3])
    names_en = ("A", "B", "C")
    active = np.array([True, True, True])
    n = 3
    parts = ()
    deflator = pd.Series({2010: 0.8, 2020: 1.0})

    def __init__(self, county=None, structure_b=None):
        self.county = {
            ("gdp_primary", 2010): [50, None, None], ("gdp_secondary", 2010): [60, None, None],
            ("gdp_tertiary", 2010): [70, None, None], ("gdp_h1", 2018): [9, 3, 1],
            ("lf_ind_agriculture", 2010): [10, 10, 10], ("lf_ind_manufacturing", 2010): [10, 10, 10],
            ("lf_employed_by_industry", 2010): [30, 30, 30], ("resident_census", 2010): [1e6, 1e6, 1e6],
            **(county or {})}
        if structure_b:
            for branch, share in zip(imputation.BRANCHES, structure_b, strict=True):
                self.county[(f"gdp_share_{branch}", 2019)] = [None, share, None]

    def values(self, file, variable, year):
        return np.array(self.county.get((variable, year), [None] * 3), dtype=float)

    def doubtful(self, file, variable, year):
        return np.zeros(3, dtype=bool)

    def province(self, variable, year, file=None):
        return 300.0 if variable == "gdp" else 100.0


@pytest.fixture(scope="module")
def pack():
    return load_pack()


def test_totals_are_the_geometric_mean_of_cross_section_and_employment():
    # the rest is 50 + 40 + 30 = 120: the cross-section gives B 90 and C 30, equal employment 60 each;
    # sqrt(90 x 60) : sqrt(30 x 60) = sqrt(3) : 1
    fake = Fake()
    totals, rest = imputation.total_estimates(fake, imputation.observed(fake))
    assert rest.tolist() == pytest.approx([5000, 4000, 3000])
    assert totals.tolist() == pytest.approx([0, 12000 * 3**0.5 / (1 + 3**0.5), 12000 / (1 + 3**0.5)])


def test_a_county_without_cross_section_is_told_by_its_employment():
    fake = Fake({("gdp_h1", 2018): [9, None, None]})
    totals, _ = imputation.total_estimates(fake, imputation.observed(fake))
    assert totals.tolist() == pytest.approx([0, 6000, 6000])


def test_observed_cells_stay_as_printed_and_branches_add_to_the_province():
    cells = imputation.nominal(Fake())
    assert cells[0].tolist() == [5000, 6000, 7000]
    assert cells.sum(axis=0).tolist() == pytest.approx([10000, 10000, 10000])


def test_value_added_is_at_prices_of_2020():
    fake = Fake()
    assert imputation.branch_value_added(fake) * 0.8 == pytest.approx(imputation.nominal(fake))


def test_a_printed_structure_moves_the_split_and_not_the_total():
    plain, told = imputation.nominal(Fake()), imputation.nominal(Fake(structure_b=(70, 10, 20)))
    assert told.sum(axis=1) == pytest.approx(plain.sum(axis=1))
    assert told[1, 0] > plain[1, 0] and told[1, 1] < plain[1, 1]


def test_a_province_with_every_county_observed_needs_no_imputation():
    county = {(f"gdp_{b}", 2010): [1, 2, 3] for b in imputation.BRANCHES}
    fake = Fake(county)
    assert not imputation.imputed_mask(fake).any()
    assert imputation.nominal(fake, draw=5).tolist() == [[100] * 3, [200] * 3, [300] * 3]


def test_observed_counties_that_exceed_the_province_are_a_fault_of_the_data():
    with pytest.raises(UserError, match="must exceed their sum in every branch"):
        imputation.nominal(Fake({("gdp_primary", 2010): [150, None, None]}))


def test_the_order_of_counties_does_not_matter():
    fake, turned = Fake(), Fake()
    turned.codes = fake.codes[::-1]
    turned.county = {k: v[::-1] for k, v in fake.county.items()}
    for draw in (0, 3):
        assert imputation.nominal(turned, draw)[::-1] == pytest.approx(imputation.nominal(fake, draw), rel=1e-10)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=6, max_size=6), st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
       st.lists(st.floats(0.1, 10), min_size=2, max_size=2))
def test_raking_meets_both_margins(seed, rows, columns):
    columns = np.array(columns) * sum(rows) / sum(columns)
    made = imputation.rake(np.array(seed).reshape(3, 2), rows, columns)
    assert made.sum(axis=1) == pytest.approx(rows, rel=1e-9)
    assert made.sum(axis=0) == pytest.approx(columns, rel=1e-6)


def test_raking_by_hand_on_two_by_two():
    # independent margins of an even seed: row x column / total
    made = imputation.rake(np.ones((2, 2)), [6, 4], [5, 5])
    assert made.tolist() == [[3, 3], [2, 2]]


def test_raking_refuses_margins_that_disagree():
    with pytest.raises(ValueError, match="different sums"):
        imputation.rake(np.ones((2, 2)), [1, 1], [3, 3])


# -- Hainan -----------------------------------------------------------------------------------------------------------


def test_seven_units_are_observed_and_eleven_with_sansha_are_not(pack):
    observed = [n for n, m in zip(pack.names_en, imputation.imputed_mask(pack), strict=True) if not m]
    assert observed == ["Haikou", "Sanya", "Wuzhishan", "Lingao", "Baisha", "Baoting", "Qiongzhong"]
    assert imputation.branch_value_added(pack)[~pack.active].sum() == 0


@pytest.mark.parametrize("draw", [0, 1, 7, 20])
def test_hainan_adds_to_its_revised_total_and_the_group_to_its_residual(pack, draw):
    cells = imputation.branch_value_added(pack, draw) * pack.deflator[2010] / NOMINAL
    known = ~imputation.imputed_mask(pack)
    assert cells.sum() == pytest.approx(pack.province("gdp", 2010, file="economy-province"))
    rest = pack.province("gdp_rest_danzhou_and_10_counties", 2010, file="economy-province")
    assert cells[~known].sum() == pytest.approx(rest, abs=0.01)
    assert (cells >= 0).all() and (cells[pack.active] > 0).all()
    printed = np.stack([pack.values("economy", f"gdp_{b}", 2010) for b in imputation.BRANCHES], axis=-1)
    assert cells[known] == pytest.approx(printed[known], rel=1e-12)


def test_branches_keep_their_first_published_shares(pack):
    sums = imputation.branch_value_added(pack).sum(axis=0)
    first = np.array([539.32, 566.55, 946.25])
    assert sums / sums.sum() == pytest.approx(first / first.sum(), rel=1e-6)


def test_units_predicted_as_if_no_branch_were_printed_are_off_by_less_than_a_tenth(pack):
    table = imputation.backtest(pack)
    mean = table.attrs["mean_abs_log_error"]
    assert len(table) == 7
    assert mean["imputed"] == pytest.approx(0.085, abs=0.005)
    assert mean["imputed"] < min(mean["cross_section"], mean["employment"])


def test_output_per_head_of_the_eleven_lies_between_the_poor_and_the_two_cities(pack):
    table = imputation.table(pack).set_index("county")
    imputed = table[(table["flag"] == "partly imputed") & (table["gdp"] > 0)]
    assert len(imputed) == 11 and table.loc["Haikou", "per_head_cny"] == pytest.approx(30163, abs=1)
    assert imputed["per_head_cny"].between(12_000, 29_000).all()


def test_printed_branches_of_the_eleven_stand_as_printed_but_for_the_revision(pack):
    cells = imputation.nominal(pack)
    printed = np.stack([pack.values("economy", f"gdp_{b}_ccy", 2010) for b in ("primary", "secondary")], axis=-1)
    eleven = imputation.imputed_mask(pack) & pack.active
    danzhou = pack.row(460400)
    scale = cells[eleven, 0] / printed[eleven, 0] / NOMINAL
    assert scale == pytest.approx(np.full(11, scale[0])) and 0.96 < scale[0] < 1
    others = eleven & (np.arange(pack.n) != danzhou)
    assert cells[others, 1] == pytest.approx(printed[others, 1] * NOMINAL)
    assert cells[danzhou, 1] / NOMINAL - printed[danzhou, 1] == pytest.approx(113.1, abs=0.1)  # Yangpu


def test_draws_differ_by_about_their_declared_error_and_repeat_after_twenty(pack):
    unknown = imputation.imputed_mask(pack) & pack.active
    central = imputation.branch_value_added(pack, 0)[unknown]
    draws = np.stack([imputation.branch_value_added(pack, m)[unknown] for m in range(1, 21)])
    spread = np.log(draws / central).std(axis=0)
    assert spread[:, 2].mean() == pytest.approx(tertiary.CENTRAL.imputation_tertiary_sd, abs=0.03)
    assert spread[:, 0].mean() == pytest.approx(tertiary.CENTRAL.imputation_primary_reading_sd, abs=0.02)
    assert spread[:, 1].mean() == pytest.approx(tertiary.CENTRAL.imputation_secondary_reading_sd, abs=0.03)
    assert np.array_equal(imputation.branch_value_added(pack, 21), imputation.branch_value_added(pack, 1))
    assert not np.array_equal(imputation.branch_value_added(pack, 2), imputation.branch_value_added(pack, 1))


def test_an_imputed_number_is_never_called_observed(pack):
    table, cells = imputation.table(pack), imputation.imputed_cells(pack)
    assert (table["flag"].eq("observed").to_numpy() == ~imputation.imputed_mask(pack)).all()
    assert cells[~pack.active].all() and cells[:, 0].sum() == 1  # Sansha alone
    assert cells[pack.active, 2].sum() == 11 and cells[pack.active, 1].sum() == 1


# -- where two branches are printed ---------------------------------------------------------------------------------


class TwoBranches(Fake):
    """A in full; of B and C primary and secondary output are printed, 20 and 10, 30 and 5; 1e8 CNY."""

    def __init__(self, county=None, parts=()):
        super().__init__({
            ("gdp_primary_ccy", 2010): [None, 20, 30], ("gdp_secondary_ccy", 2010): [None, 10, 5],
            ("gpb_revenue", 2010): [9, None, None], ("gpb_revenue_ccy", 2010): [None, 4, 1], **(county or {})})
        self.parts = parts


def test_printed_branches_take_what_the_full_tables_leave():
    cells = imputation.nominal(TwoBranches())
    assert cells[0].tolist() == [5000, 6000, 7000]
    assert cells[1:, 0].tolist() == pytest.approx([2000, 3000])  # 20 and 30 of the 50 that are left
    assert cells[1:, 1].tolist() == pytest.approx([4000 * 10 / 15, 4000 * 5 / 15])


def test_what_no_county_prints_is_that_of_the_zone_and_goes_to_its_county():
    cells = imputation.nominal(TwoBranches(parts=((99, 1),)))
    assert cells[1:, 1].tolist() == pytest.approx([3500, 500])  # 40 are left, 15 printed: the zone makes 25
    assert imputation.imputed_cells(TwoBranches(parts=((99, 1),))).tolist() == [
        [False] * 3, [False, True, True], [False, False, True]]


def test_tertiary_output_is_the_geometric_mean_of_two_witnesses():
    # 30 are left; equal work says 15 and 15, revenue 4 to 1 says 24 and 6: sqrt(360) to sqrt(90) is 2 to 1
    cells = imputation.nominal(TwoBranches())
    assert cells[1:, 2].tolist() == pytest.approx([2000, 1000])


def test_the_budget_of_a_county_with_a_zone_says_nothing_of_the_zone():
    # only C has a revenue that counts, and a lone witness says no more than the scale it is brought to: equal work
    cells = imputation.nominal(TwoBranches(parts=((99, 1),)))
    assert cells[1:, 2].tolist() == pytest.approx([1500, 1500])


def test_draws_of_printed_branches_meet_the_sums_of_the_province():
    for draw in (1, 5, 20):
        cells = imputation.nominal(TwoBranches(parts=((99, 1),)), draw)
        assert cells.sum(axis=0) == pytest.approx([10000] * 3) and (cells > 0).all()
        assert cells[0].tolist() == [5000, 6000, 7000]


def test_printed_secondary_output_that_exceeds_the_province_is_a_fault_of_the_data():
    with pytest.raises(UserError, match=r"exceed secondary output of 2010 by 500\.0 million"):
        imputation.nominal(TwoBranches({("gdp_secondary_ccy", 2010): [None, 40, 5]}, parts=((99, 1),)))


def test_tertiary_output_of_units_left_out_is_missed_by_what_is_said(pack):
    table = tertiary.backtest(pack, imputation.province_branches(pack), imputation.observed(pack))
    mean, rms = table.attrs["mean_abs_log_error"], table.attrs["rms_log_error"]
    assert len(table) == 7
    assert (mean["employment"], mean["own_revenue"]) == pytest.approx((0.258, 0.230), abs=0.005)
    assert mean["imputed"] == pytest.approx(0.113, abs=0.005) and rms["imputed"] == pytest.approx(0.129, abs=0.005)
    assert rms["imputed"] < tertiary.CENTRAL.imputation_tertiary_sd


@pytest.mark.parametrize(("branch", "sd"), [("primary", "imputation_primary_reading_sd"),
                                            ("secondary", "imputation_secondary_reading_sd")])
def test_readings_are_as_uncertain_as_two_yearbooks_differ(pack, branch, sd):
    one, other = (pack.values("economy", f"gdp_{branch}{ending}", 2010) for ending in ("", "_ccy"))
    rms = np.sqrt(np.nanmean(np.log(one / other) ** 2))
    assert np.isfinite(one / other).sum() == 5 and rms == pytest.approx(getattr(tertiary.CENTRAL, sd), abs=0.015)
