"""Levers that act through production, capital, skills and budgets: direction, place, accounts, and nothing at none."""

import numpy as np
import pytest

from sim.mechanisms import capital
from sim.scenario import load_scenario
from sim.words import FARMING, HIGH_TECH, INDUSTRY, LOCAL_SERVICES, MARINE, RURAL

UNTIL = 2026
FIXED = [INDUSTRY, LOCAL_SERVICES]  # sectors whose taxes stay in the county in part
TRADED = [FARMING, INDUSTRY, MARINE, HIGH_TECH]  # sold at a gate, whose price follows market access


@pytest.fixture(scope="module")
def pair(run):
    """Two runs that differ in one lever, from none to full; the accounts close in both, or the run stops."""
    quiet = load_scenario("full").with_levers

    def runs(name):
        return [run(quiet(**{name: word}), until=UNTIL) for word in ("none", "full")]

    return runs


def group(model, name):
    return model.pack.group(name)


def test_links_with_the_mainland_raise_access_and_prices_everywhere(pair):
    before, after = pair("national_link")
    link = after.counties.market_link[after.active]
    assert np.all(link > 1) and np.all(before.counties.market_link == 1)
    sold = [m.counties.quantity[:, TRADED] for m in (before, after)]
    prices = [m.counties.value_added[:, TRADED] / np.maximum(q, 1e-9)
              for m, q in zip((before, after), sold, strict=True)]
    both = (sold[0] > 0) & (sold[1] > 0)
    assert np.all(both[after.active, 0]) and np.all(prices[1][both] > prices[0][both])
    assert after.counties.gdp.sum() > before.counties.gdp.sum()
    assert np.all(after.counties.access[after.active] > before.counties.access[after.active])


def test_a_coast_built_up_draws_visitors_from_the_landlocked(pair):
    before, after = pair("coast_cluster")
    coast, gone = group(after, "coast"), group(after, "landlocked")
    more = after.counties.visitor_spending - before.counties.visitor_spending
    assert more[coast].sum() > 0 > more[gone].sum() and abs(more.sum()) < 1e-6 * after.outside.visitor_total


def test_joined_sectors_bring_rural_people_of_the_centre_into_local_services(pair):
    before, after = pair("sector_fusion")
    centre = group(after, "centre")
    rural = [m.counted.rows_at_work[centre, RURAL, :, LOCAL_SERVICES].sum() for m in (before, after)]
    assert rural[1] > rural[0]


def test_training_reaches_the_landlocked_only(pair):
    before, after = pair("skill_training")
    inland = group(after, "landlocked")
    spent = [m.record["spending_training"].sum(axis=0) for m in (before, after)]
    assert spent[1][inland].sum() > spent[0][inland].sum() and spent[1][~inland].sum() == 0


@pytest.mark.parametrize(("name", "where", "sector"), [
    ("marine_tfp", "marine_cities", MARINE), ("marine_tfp_coast", "marine_coast", MARINE),
    ("intl_platforms_hightech", "platform_cities", HIGH_TECH),
])
def test_a_premium_raises_productivity_where_it_is_given(pair, name, where, sector):
    before, after = pair(name)
    more = after.counties.productivity[:, sector] - before.counties.productivity[:, sector]
    here = group(after, where) & (before.counties.productivity[:, sector] > 0)
    assert here.any() and np.all(more[here] > 0)
    assert after.counties.value_added[here, sector].sum() > before.counties.value_added[here, sector].sum()


def test_coast_repair_takes_earmarked_money_to_the_ecology_of_the_coast(pair):
    before, after = pair("coast_repair")
    coast = group(after, "coast")
    assert np.all((after.counties.earmark_repair > 0) == coast)
    assert after.counties.spending_ecology[coast].sum() > before.counties.spending_ecology[coast].sum()
    # a county that turns red on a gap moves money from earmarked transfers to equalisation, so both are added
    paid = [m.counties.transfer_earmarked.sum() + m.counties.transfer_equalisation.sum() for m in (before, after)]
    assert paid[1] == pytest.approx(paid[0], rel=0.01)


def test_exchanges_lower_the_cost_of_capital(pair):
    before, after = pair("exchange")
    assert np.all((after.counties.capital_cost < before.counties.capital_cost)[after.active])
    assert after.counties.capital.sum() > before.counties.capital.sum()


def test_property_rights_in_resources_leave_more_tax_in_the_county(pair):
    before, after = pair("resource_tenure")
    assert after.counties.own_revenue.sum() > before.counties.own_revenue.sum()
    assert np.all(after.counties.tax_rate[after.active][:, FIXED] > before.counties.tax_rate[after.active][:, FIXED])


def test_resource_firms_share_with_the_place_where_they_take_resources(pair):
    before, after = pair("resource_share")
    place = after.observed.resource_part[-1] > 0
    assert np.all(after.counties.resource_benefit[place & after.active] > 0)
    assert not after.counties.resource_benefit[~place].any() and not before.counties.resource_benefit.any()
    assert after.counties.resource_benefit[place] == pytest.approx(
        0.3 * 5 / 9 * after.counties.resource_rent[place])  # five of the nine years to 2030


@pytest.mark.parametrize("name", ["hub_projects", "soe_invest"])
def test_projects_raise_capital_where_they_are_built(pair, name):
    before, after = pair(name)
    hosts = getattr(after.observed, f"{name}_planned").sum(axis=(0, 2)) > 0
    more = after.counties.capital.sum(axis=1) - before.counties.capital.sum(axis=1)
    assert more[hosts].sum() > 0 and after.counties.gdp[hosts].sum() > before.counties.gdp[hosts].sum()


def test_international_platforms_bring_visitors(pair):
    before, after = pair("intl_platforms")
    assert after.outside.visitor_total > before.outside.visitor_total


def test_major_projects_are_paid_by_the_province_and_become_works(pair):
    before, after = pair("major_projects")
    assert after.counties.transfer_earmarked.sum() > before.counties.transfer_earmarked.sum()
    assert after.account.province_programmes < before.account.province_programmes
    assert after.record["spending_capital"].sum() > before.record["spending_capital"].sum()  # over the years


def test_a_tilt_inside_counties_lifts_the_countryside(pair):
    before, after = pair("county_tilt")
    gap = [np.mean((m.counties.service_zone[:, 0] / m.counties.service_zone[:, 1])[m.active]) for m in (before, after)]
    assert gap[1] < gap[0]


def test_the_levers_move_nothing_before_the_opinions(run):
    none, full = run("no_policy", until=2016), run("full", until=2016)
    assert all(np.array_equal(none.record[name], full.record[name]) for name in none.record)


def test_debt_lights_are_counted_by_colour(run):
    model = run("baseline", until=2026)
    lights = model.counties.leverage_light[model.active]
    counted = [int(getattr(model.watch, f"leverage_{c}")) for c in ("yellow", "orange", "red")]
    assert counted == [int((lights == k).sum()) for k in (1, 2, 3)]
    assert set(np.unique(lights)) <= {0, 1, 2, 3}


def test_the_premium_of_the_free_trade_port_follows_park_land():
    """.01 on half a county, and on three quarters once more of its land lies in parks."""
    nowhere = np.zeros(1)
    premium = np.ones((1, 5))  # of last year: written anew

    def premia(on_parks):
        capital.add_premia(
            ftp_tfp=0.01, park_share=np.array([on_parks]), contract_land_by_county=nowhere,
            green_value_farm_by_county=nowhere, marine_tfp_by_county=nowhere, marine_tfp_coast_by_county=nowhere,
            intl_platforms_hightech_by_county=nowhere, productivity_premium=premium)
        return premium[0]

    assert premia(0.5) == pytest.approx([0, 0, 0, 0.005, 0.005])
    assert premia(0.75) == pytest.approx([0, 0, 0, 0.0075, 0.0075])
