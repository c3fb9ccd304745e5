"""The base year: what is gathered of 2010, and that a settled model reproduces what is observed and imputed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.core import cache
from sim.model import HainanModel
from sim.region import base_year, imputation, people
from sim.region.base_targets import base_targets, survey_step
from sim.region.base_year import exogenous_residents, net_migration_target, visitor_share
from sim.region.pack import Pack, load_pack
from tests.tiny_pack import RESIDENTS, write_tiny_pack

WEIGHT = 1000


# ---- what is gathered -----------------------------------------------------------------------------------------


class Fake:
    """Two counties and a unit without persons; natural growth of the province 10 per thousand in 2000 and 2010."""

    active = np.array([True, True, False])

    def __init__(self, **county):
        self.county = county

    def values(self, file, variable, year):
        return np.array(self.county[f"{variable}_{year}"], dtype=float)

    def province(self, variable):
        rate = {"birth_rate": 15.0, "death_rate": 5.0}[variable]
        return pd.Series({1990: 99.0, 2000: rate, 2010: rate})


def test_net_migration_is_growth_that_births_do_not_explain():
    # equal natural growth: 10 per thousand each; the first county grows by it alone, the second not at all
    grown = 1000 * np.exp(0.1)
    pack = Fake(resident_census_2000=[1000, 2000, 9], resident_census_2010=[grown, 2000, 10],
                birth_rate_2010=[12, 12, np.nan], death_rate_2010=[4, 4, np.nan])
    assert net_migration_target(pack) == pytest.approx([0.0, -0.01 * 2000, 0.0], abs=1e-9)


def test_counties_keep_their_pattern_of_natural_growth_around_the_mean_of_the_decade():
    # births less deaths 4 and 12 per thousand in two equal counties, mean 8; the decade had 10: 6 and 14
    pack = Fake(resident_census_2000=[1000, 1000, 9], resident_census_2010=[1000, 1000, 10],
                birth_rate_2010=[8, 18, np.nan], death_rate_2010=[4, 6, np.nan])
    assert net_migration_target(pack) == pytest.approx([-6.0, -14.0, 0.0])


def test_a_unit_without_persons_grows_straight_between_censuses_and_then_stands():
    pack = Fake(resident_census_2010=[500, 500, 400], resident_census_2020=[600, 600, 1600])
    path = exogenous_residents(pack, 13)
    assert path[0].tolist() == [0, 0, 400] and path[5].tolist() == [0, 0, 800]  # 400 x 4^(1/2)
    assert path[10, 2] == path[12, 2] == 1600 and path.dtype == np.int64


def with_guests(folder, file, variable, year, guests):
    """The tiny pack with guests of its three counties (None: not printed)."""
    def add(tables):
        for county, count in zip(tables["counties"], guests, strict=True):
            if count is not None:
                tables[file].append({
                    "adcode": county["adcode"], "county": county["name_en"], "year": year, "variable": variable,
                    "value": count, "unit": "1e4 person-times", "source": "made for tests", "confidence": "official",
                    "note": ""})
    return load_pack(write_tiny_pack(folder / "pack", add))


def test_visitors_are_shared_as_overnight_visitors_of_2010_were(tmp_path):
    pack = with_guests(tmp_path, "visitors", "tourists_overnight_ytd11", 2010, [3, 1, 4])
    assert visitor_share(pack) == pytest.approx([0.375, 0.125, 0.5])


def test_hotel_guests_of_2006_stand_in_where_visitors_are_not_printed(tmp_path):
    pack = with_guests(tmp_path, "economy", "tourists_hotel_overnight_ytd11", 2006, [3, 1, 4])
    assert visitor_share(pack) == pytest.approx([0.375, 0.125, 0.5])


def test_a_county_without_printed_guests_gets_next_to_none(tmp_path):
    pack = with_guests(tmp_path, "visitors", "tourists_overnight_ytd11", 2010, [None, 1, 2])
    share = visitor_share(pack)
    assert 0 < share[0] < 0.01 and share.sum() == pytest.approx(1.0)


def test_incomes_that_are_printed_are_known_and_no_others():
    """Five counties print both; rural incomes are brought to the later basis, as that of the province is."""
    known, found = base_year.income_known(load_pack(), 0), base_targets(load_pack())
    told = np.isfinite(found["inc_u"].values)
    assert told.sum() == 5 and np.array_equal(np.isfinite(known).all(axis=1), told)
    assert known[told, 0] == pytest.approx(found["inc_u"].values[told])
    assert known[told, 1] == pytest.approx(found["inc_r_net"].values[told] * survey_step(0))


def test_money_of_the_base_year_is_million_at_prices_of_2020(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
    base = base_year.gather(pack, 0)
    price = pack.deflator[2010]
    assert base.local_revenue == pytest.approx(float(pack.province("gpb_revenue", 2010)) * 100 / price)
    assert base.branch_value_added.sum() == pytest.approx((6.0 + 3.6 + 0.9) * 100 / price)
    assert base.survey_income[0] == pytest.approx(float(pack.province("income_urban", 2010)) / price)
    net = float(pack.province("income_rural_net", 2010)) / price
    assert base.survey_income[1] == pytest.approx(net * np.exp(0.06))  # on the basis of disposable income
    assert base_year.gather(pack, 3).survey_income[1] == pytest.approx(net * survey_step(3))


def test_the_base_population_is_built_once_and_read_after_that(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    built = []

    def build(pack, weight):
        built.append(weight)
        return {"uid": np.arange(weight)}

    monkeypatch.setattr(base_year, "build_people", build)
    pack = SimpleNamespace(hash="0" * 64)
    first, again = base_year.people(pack, 3), base_year.people(pack, 3)
    assert built == [3] and np.array_equal(first["uid"], again["uid"])
    kept = next(tmp_path.glob("*.arrays"))
    whole = kept.read_bytes()
    flipped = whole.replace(first["uid"].tobytes(), (first["uid"] + 1).tobytes())
    assert flipped != whole
    for times, torn in enumerate((b"torn", whole[:-30], whole[:60], flipped, b""), 2):
        kept.write_bytes(torn)
        assert np.array_equal(base_year.people(pack, 3)["uid"], first["uid"]) and built == [3] * times
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


# ---- a settled model ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def settled():
    return HainanModel("no_policy", seed=0, weight=WEIGHT, until=2011)


def relative(made, observed):
    return np.abs(made / observed - 1.0).max()


def test_value_added_by_branch_is_the_imputed_one(settled):
    branch = imputation.branch_value_added(load_pack(), 0)
    on = settled.active
    assert relative(settled.counties.gdp_branch[on], branch[on]) < 1e-6
    assert relative(settled.record["gdp"][0][on], branch[on].sum(axis=1)) < 1e-6


def test_value_added_by_sector_and_construction_add_to_the_branches(settled):
    c, p, on = settled.counties, settled.parameters, settled.active
    branch = imputation.branch_value_added(load_pack(), 0)[on]
    value, built = c.value_added[on], c.construction[on]
    assert relative(value[:, 0] + p.marine_bridge[0] * value[:, 3], branch[:, 0]) < 1e-6
    secondary = value[:, 1] + built + p.marine_bridge[1] * value[:, 3] + p.hightech_bridge[1] * value[:, 4]
    assert relative(secondary, branch[:, 1]) < 1e-6
    assert np.all(value >= 0) and np.all(built >= 0)


def test_value_added_is_what_capital_labour_and_land_of_2010_make(settled):
    """Output at the settled productivity; stocks have been carried to the end of the year since."""
    c, shares, on = settled.counties, settled.settled, settled.active
    assert c.quantity[on, :5] == pytest.approx(c.value_added[on, :5]) and np.all(c.service_price[on] == 1.0)
    assert shares.share_capital + shares.share_labour + shares.share_land == pytest.approx(np.ones((settled.n, 5)))


def test_incomes_by_zone_are_those_of_the_surveys(settled):
    c = settled.counties
    made = 1e6 * c.disposable_income.sum(axis=0) / c.population_zone.sum(axis=0)
    assert relative(made, settled.observed.survey_income) < 1e-6


def test_printed_incomes_of_five_counties_are_met_in_towns_and_villages(settled):
    """Without pay of their own towns have 10 to 18 % too little and villages 20 to 57 % too much."""
    c, known = settled.counties, settled.observed.income_known
    told = np.isfinite(known).all(axis=1)
    off = np.log((1e6 * c.disposable_income / np.maximum(c.population_zone, 1))[told] / known[told])
    assert told.sum() == 5
    assert np.abs(off).max() < 1e-6
    pay = np.exp(settled.settled.zone_pay)
    assert pay[told].min() > settled.parameters.zone_pay_range[0] and pay[told].max() < 1.4
    assert np.all(pay[~told] == 1.0)


def test_local_revenue_is_that_of_the_province_and_of_the_counties_that_print_it(settled):
    c, constants, pack = settled.counties, settled.settled, load_pack()
    price = pack.deflator[2010]
    whole = c.own_revenue.sum() + settled.account.province_own_revenue
    assert whole == pytest.approx(float(pack.province("gpb_revenue", 2010)) * 100 / price)
    printed = base_targets(pack)["own_revenue"].values
    known = np.isfinite(printed) & settled.active
    assert known.sum() == 17 and relative(c.own_revenue[known], printed[known]) < 1e-9
    assert np.ptp(constants.tax_effort[settled.active & ~known]) < 1e-12


def test_people_fit_their_census_margins_to_a_row(settled):
    """Age, zone, registration, skill and activity of every county within the rounding of the weight."""
    report = people.fit_report(load_pack(), base_year.people(load_pack(), WEIGHT), WEIGHT)
    assert report.error.abs().max() < 2 * WEIGHT
    total = report[report.margin == "residents"]
    assert settled.counties.population[settled.active].tolist() == total.made.astype(int).tolist()


def test_ages_of_the_province_are_those_of_the_census(settled):
    report = people.fit_report(load_pack(), base_year.people(load_pack(), WEIGHT), WEIGHT)
    ages = report[report.margin == "sex_age"].copy()
    ages["age"] = ages.cell.str.split().str[1].astype(int)
    target = ages.groupby("age").target.sum().to_numpy()
    made = settled.counties.population_age.sum(axis=0)
    counted = np.add.reduceat(target, np.flatnonzero(np.isin(np.sort(ages.age.unique()), range(0, 90, 5))))
    assert np.abs(made - counted).max() < 0.01 * target.sum() / 18 + 2 * WEIGHT


def test_employment_by_sector_is_that_of_the_persons(settled):
    columns = base_year.people(load_pack(), WEIGHT)
    here = columns["res_county"] < settled.n
    for sector in range(6):
        rows = np.bincount(columns["res_county"][here & (columns["sector"] == sector)], minlength=settled.n)
        assert np.array_equal(settled.counties.employed[:, sector], rows * WEIGHT)


def test_workers_by_branch_are_those_of_the_census(settled):
    report = people.fit_report(load_pack(), base_year.people(load_pack(), WEIGHT), WEIGHT)
    activity = report[report.margin == "activity"].groupby("cell", sort=False)[["target", "made"]].sum()
    assert (activity.made - activity.target).abs().max() < 18 * 0.5 * WEIGHT


def test_expected_net_migration_is_the_target_of_every_county(settled):
    base = settled.observed
    assert np.abs(settled.settled.migration_residual[settled.active]).max() < 1.0
    assert base.net_migration_target[~settled.active].tolist() == [0.0] * int((~settled.active).sum())


def test_land_adds_to_the_area_of_every_county(settled):
    from sim.audit import LAND

    land = sum(getattr(settled.counties, name) for name in LAND)
    assert land[settled.active] == pytest.approx(settled.observed.county_area[settled.active])


def test_levels_are_one_on_the_mean_of_the_base_year(settled):
    c = settled.counties
    people_here = np.where(settled.active, c.population, 0)
    mean = (c.service_level * people_here[:, None]).sum(axis=0) / people_here.sum()
    assert mean == pytest.approx(np.ones(4))
    assert (c.access * people_here).sum() / people_here.sum() == pytest.approx(1.0)


def test_no_place_draws_everything_to_itself(settled):
    """No black hole: z < ga + (1 - al) s_h / (1 + eta_h), in every county and sector that is there (B.3)."""
    p, shares = settled.parameters, settled.settled
    strength = p.agglomeration_elasticity * np.array([1.0, 1.0, 0.5, 1.0])
    homes = p.housing_expenditure_share / (1.0 + p.housing_supply_elasticity)
    bound = shares.share_land[:, 1:] + (1.0 - shares.share_capital[:, 1:]) * homes
    assert np.all((strength < bound)[shares.sector_present[:, 1:]])
    assert settled.watch.agglomeration_margin > 0


def test_another_imputation_meets_the_same_province():
    made = HainanModel("no_policy", seed=0, weight=WEIGHT, until=2011, draw=3)
    branch = imputation.branch_value_added(load_pack(), 3)
    assert relative(made.counties.gdp_branch[made.active], branch[made.active]) < 1e-6
    assert branch.sum() == pytest.approx(imputation.branch_value_added(load_pack(), 0).sum())


def test_the_tiny_pack_has_its_residents(tmp_path):
    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
    rows = np.bincount(base_year.build_people(pack, 100)["res_county"], minlength=4)[:3]
    assert rows.tolist() == [n // 100 for n in RESIDENTS[2010]]


def test_a_base_year_from_the_cache_is_the_one_that_was_settled_and_a_pack_made_by_hand_is_settled_anew(
        tmp_path, monkeypatch):
    from sim import names, settle

    def arrays(base):
        return {f"{place}.{name}": array for place in (*names.TABLES, "settled", "persons")
                for name, array in getattr(base, place).arrays().items()}

    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    settled, settling = [], settle.settle
    monkeypatch.setattr(settle, "settle", lambda made: settled.append(made) or settling(made))
    pack, fresh = load_pack(), settle._settled.__wrapped__
    first, again = (fresh(pack, 1000, 0, ()) for _ in range(2))
    assert settled == [first]
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} - {"vital"} == {"people", "settled"}
    one, other = arrays(first), arrays(again)
    assert one.keys() == other.keys() and len(one) > 500
    for name in one:
        assert (one[name].dtype, one[name].shape) == (other[name].dtype, other[name].shape), name
        assert one[name].tobytes() == other[name].tobytes(), name
        assert one[name].flags.c_contiguous and other[name].flags.writeable, name  # as kernels are compiled for
    fresh(Pack(pack.path, pack._tables, pack.geojson, pack.hash), 1000, 0, ())
    assert len(settled) == 2


def test_the_base_year_of_a_draw_is_kept_for_whoever_runs_it_alone_and_is_the_one_that_was_settled(
        tmp_path, monkeypatch):
    from sim import names, settle

    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    settled, settling = [], settle.settle
    monkeypatch.setattr(settle, "settle", lambda made: settled.append(made) or settling(made))
    pack, draw = load_pack(), (("hukou_conversion_rate", 0.11),)
    fresh = settle._settled.__wrapped__
    apart = fresh(pack, 1000, 1, draw)
    assert len(settled) == 1 and not list(tmp_path.glob("settled-*"))
    with settle.keeping():
        first, again = (fresh(pack, 1000, 1, draw) for _ in range(2))
        assert settled == [apart, first]
        fresh(pack, 1000, 2, draw)
    assert len(settled) == 3 and len(list(tmp_path.glob("settled-*"))) == 2
    for place in (*names.TABLES, "settled", "persons"):
        arrays = [getattr(base, place).arrays() for base in (apart, first, again)]
        for name in arrays[0]:
            assert len({one[name].tobytes() for one in arrays}) == 1, name
    fresh(pack, 1000, 1, draw)
    assert len(settled) == 4
