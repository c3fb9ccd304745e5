"""The library S00-S19: every file says what it asks, and what looks ahead leaves history as it was."""

import pytest

from sim.levers import LIBRARY, REGISTRY
from sim.outlook import SERIES
from sim.scenario import check, load_scenario
from sim.scenario.files import library
from sim.study import studies

LAST_DATA_YEAR = 2024
CATALOGUE = {
    "S00": "no_policy", "S01": "baseline", "S02": "full", "S03": "transfers_only", "S04": "land_market_only",
    "S05": "hukou_services_only", "S06": "eco_comp_only", "S07": "ftp_boom_concentration",
    "S08": "austerity_land_collapse", "S09": "shock_typhoon_pandemic", "S10": "high_outmigration",
    "S11": "equalise_first", "S12": "grow_first", "S13": "integration_only", "S14": "weak_implementation",
    "S15": "enclave_quota_trade", "S16": "national_slowdown", "S17": "ageing_low_fertility", "S18": "climate_2050",
}
FORWARD = [name for number, name in CATALOGUE.items() if number >= "S03"] + ["no_policy_from_2025"]
STUDIES = sorted(path.stem for path in (LIBRARY / "studies").glob("*.toml"))


def text_of(name):
    return (LIBRARY / f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(library()))
def test_a_scenario_of_the_library_loads_with_titles_in_two_languages(name):
    assert check(name) == []
    scenario = load_scenario(name)
    assert scenario.title != name and any("\u4e00" <= c <= "\u9fff" for c in scenario.title_zh)


@pytest.mark.parametrize(("number", "name"), CATALOGUE.items())
def test_a_page_says_what_is_asked_what_is_told_what_changes_and_what_to_look_at(number, name):
    page = [line for line in text_of(name).splitlines() if line.startswith("#")]
    prose = " ".join(line.lstrip("# ") for line in page)
    assert page[0].startswith(f"# {number}")
    assert all(word in prose for word in ("Question.", "Story.", "What changes.", "What to look at."))


@pytest.mark.parametrize("name", FORWARD)
def test_what_looks_ahead_has_the_history_of_the_baseline(name):
    baseline, ahead = load_scenario("baseline"), load_scenario(name)
    for year in range(2010, LAST_DATA_YEAR + 1):
        assert vars(ahead.at(year)) == vars(baseline.at(year))
    assert not ahead.parameters
    assert all(min(years) > LAST_DATA_YEAR for years in ahead.outlook.values())


@pytest.mark.parametrize("name", FORWARD)
def test_what_looks_ahead_differs_from_the_baseline_later(name):
    baseline, ahead = load_scenario("baseline"), load_scenario(name)
    levers = any(vars(ahead.at(year)) != vars(baseline.at(year)) for year in range(2025, 2036))
    assert levers or ahead.outlook


def test_every_outlook_named_is_a_series_within_its_bounds():
    for name in library():
        for series, years in load_scenario(name).outlook.items():
            low, high = SERIES[series].bounds
            assert all(low <= value <= high for value in years.values())


def test_families_alone_leave_the_other_levers_at_none_from_2025():
    for name in ("transfers_only", "land_market_only", "hukou_services_only", "eco_comp_only", "integration_only"):
        scenario = load_scenario(name)
        now, still = scenario.at(2035), [n for n, one in REGISTRY.items() if one.section in ("2.1", "3.1", "10.1")]
        assert all(getattr(now, lever) == REGISTRY[lever].none for lever in still)


def test_growth_and_equality_promise_the_same_in_another_order():
    first, later = load_scenario("equalise_first"), load_scenario("grow_first")
    for lever in ("equal_pool", "eco_pool", "weak_area_pool"):
        assert getattr(first.at(2028), lever) > getattr(later.at(2028), lever) == REGISTRY[lever].none
        assert getattr(first.at(2040), lever) == pytest.approx(getattr(later.at(2040), lever), rel=0.05)
    for lever in ("ftp_tfp", "ftp_tourism"):
        assert getattr(later.at(2028), lever) > getattr(first.at(2028), lever) == 0


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_of_the_library_loads(study):
    assert studies.check(f"scenarios/studies/{study}.toml") == []
    text = (LIBRARY / "studies" / f"{study}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ") and "title_zh" in text
