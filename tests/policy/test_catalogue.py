"""The catalogue of levers: every provision stands in the registry, as a lever, as monitored or as out of scope."""

import pytest

from sim.levers import REGISTRY, SECTIONS

LEVERS = {
    "2.1": "ftp_cit zero_tariff ftp_pit duty_free_allowance ftp_tfp ftp_tourism national_link multi_plan",
    "2.2": "coast_cluster park_protect green_value sector_fusion skill_training",
    "2.3": "marine_tfp reclaim_cap sea_market coast_repair",
    "3.1": "be_target services_open tech_allocation ecommerce",
    "3.2": "hukou_open local_urban rural_net coll_land homestead contract_land state_farm flex_tenure comp_pool "
           "quota_plan quota_trade enclave park_concentration",
    "3.3": "exchange permit_trade carbon_market resource_tenure",
    "4.1": "circle_N circle_S circle_E circle_W coast_belt hub_projects jiangdong_land subcentres five_net",
    "4.2": "strait leizhou bay_area copy_ftz",
    "4.3": "gateway intl_platforms",
    "5": "paired_help soe_invest institutes cadres education_coop hr_parks labour_export",
    "6.1": "eco_comp basin_std basin_infra carbon_offset yangpu_cap",
    "6.2": "park_fiscal resource_share major_projects",
    "7": "svc_share resident_based edu_import vocational health_consortia primary_care culture_share portability",
    "8.1": "quota_tilt infra_land eco_ban talent",
    "8.2": "equal_pool eco_pool weak_area county_tilt",
    "8.3": "debt_ceiling lev_warning",
    "9.1": "one_island basin_plan merge_yangpu",
    "9.2": "monitor feedback",
    "9.3": "law",
    "10.1": "capacity",
    "10.2": "action_plan",
}
MONITORED = {"1": "targets", "2.3": "marine_accounts", "3.3": "balance_sheets", "4.2": "air_control",
             "6.2": "resource_prices", "9.1": "plan_database"}
OUT_OF_SCOPE = {"2.3": "south_china_sea", "3.3": "traceability", "4.3": "single_events", "8.3": "financial_regulation"}


@pytest.mark.parametrize("section", LEVERS)
def test_every_lever_of_the_catalogue_stands_under_its_provision(section):
    assert {name for name in LEVERS[section].split() if REGISTRY[name].section != section} == set()


@pytest.mark.parametrize(("section", "name"), MONITORED.items())
def test_what_is_only_monitored_says_so(section, name):
    assert name in [entry.name for entry in SECTIONS[section].monitored]


@pytest.mark.parametrize(("section", "name"), OUT_OF_SCOPE.items())
def test_what_is_out_of_scope_says_so(section, name):
    assert name in [entry.name for entry in SECTIONS[section].out_of_scope]


def test_only_the_general_requirements_have_no_lever():
    assert [one.id for one in SECTIONS.values() if not one.levers] == ["1"]
