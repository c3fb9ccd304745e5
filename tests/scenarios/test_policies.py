"""The registry: 22 provisions, each lever within its range, each output declared."""

import pytest

from sim.core.declare import UserError
from sim.core.stages import Stage
from sim.levers import (
    ASSUMED,
    GOVERNANCE,
    KINDS,
    LIBRARY,
    MONITORED,
    REGISTRY,
    SCALAR,
    SECTION_IDS,
    SECTIONS,
    kind_words,
    kinds_of,
    policy_table,
    read_registry,
)

INDICATORS = {"gdp_pc", "inc_pc", "inc_u", "inc_r", "svc", "urb", "ur_ratio", "old", "young", "netmig", "fis_own",
              "fis_pc", "lev", "acc", "basic_living", "net", "wq", "co2i"}


def test_all_22_provisions_of_the_opinions_are_there_in_their_order():
    assert tuple(SECTIONS) == SECTION_IDS and len(SECTION_IDS) == 22
    assert all(s.title and s.title_zh for s in SECTIONS.values())


def test_only_goals_and_monitoring_may_do_without_a_lever_for_a_stated_reason():
    assert {i for i, s in SECTIONS.items() if s.status == "monitored"} <= {"1", "9.2"}


def test_what_is_monitored_or_out_of_scope_says_why():
    entries = [e for s in SECTIONS.values() for e in (*s.monitored, *s.out_of_scope)]
    assert entries and all(e.reason and e.says and e.says_zh for e in entries)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_a_lever_stays_within_its_range_and_its_settings_point_the_same_way(name):
    lever = REGISTRY[name]
    low, high = lever.range
    values = [lever.none, *lever.baseline.values, *lever.full.values]
    assert all(low <= value <= high for value in values)
    end = (lever.baseline.values[-1] - lever.none, lever.full.values[-1] - lever.none)
    assert end[0] != 0 and end[0] * end[1] > 0 and abs(end[1]) >= abs(end[0])


def test_a_lever_reaches_declared_outputs_only():
    from sim.agents.county import Counties
    from sim.agents.province import PROVINCE_CARDS

    known = {*Counties.cards(), *PROVINCE_CARDS, *INDICATORS}
    assert {o for lever in REGISTRY.values() for o in lever.outputs} - known == set()


def test_every_lever_has_a_sign_for_each_output():
    assert all(set(lever.direction) == set(lever.outputs) for lever in REGISTRY.values())


def test_a_sign_that_is_left_open_has_its_reason():
    for lever in REGISTRY.values():
        assert ("?" in lever.direction.values()) == bool(lever.open), lever.name


def test_the_opinions_move_nothing_before_2019_except_two_older_programmes():
    early = {n for n, one in REGISTRY.items() for s in (one.baseline, one.full)
             if (s.ramp[0] if s.ramp else s.path[0][0] if s.path else s.since) < 2019}
    assert early <= {"edu_import", "talent"}


def test_lag_capacity_and_persistence_do_not_act_on_themselves():
    assert not any(REGISTRY[name].needs_capacity for name in GOVERNANCE)


def test_a_tax_rate_and_a_warning_switch_need_no_capacity():
    assert not REGISTRY["ftp_cit"].needs_capacity and not REGISTRY["lev_warning"].needs_capacity


def test_every_lever_and_every_provision_has_its_kind():
    assert {lever.kind for lever in REGISTRY.values()} == set(KINDS)
    assert {name for name, lever in REGISTRY.items() if lever.kind == SCALAR} == set(GOVERNANCE)
    assert all(bool(lever.multiplies) == (lever.kind == SCALAR) for lever in REGISTRY.values())
    found = [kinds_of(SECTIONS[i], REGISTRY) for i in ("1", "10.1", "8.3")]
    assert found == [{MONITORED: 0}, {SCALAR: 1}, {"causal": 2}]
    assert kind_words({"causal": 2, ASSUMED: 3}) == "2 causal, 3 assumed size" and kind_words({SCALAR: 1}) == SCALAR
    assert kind_words({"causal": 2, ASSUMED: 3}, "zh") == "因果机制2项、效应假定3项"


def test_what_adds_to_growth_or_demand_by_itself_is_an_assumed_size():
    for name, lever in REGISTRY.items():
        if "premium" in lever.says or "drift" in lever.says:
            assert lever.kind == ASSUMED, name


def test_an_assumed_size_may_be_varied_over_a_range():
    assert all(lever.range[0] < lever.range[1] for lever in REGISTRY.values() if lever.kind == ASSUMED)


@pytest.mark.parametrize(("before", "after", "fault"), [
    ('kind = "causal"', 'kind = "cuasal"', "did you mean causal"),
    ('kind = "causal"\n', "", "kind: a text is expected"),
    ('kind = "causal"', 'kind = "causal"\nevaluation = "none"', 'evaluation belongs to the kind "assumed size"'),
    ('kind = "causal"', 'kind = "governance scalar"', "multiplies is missing")])
def test_a_kind_that_cannot_be_is_named_with_its_line(tmp_path, before, after, fault):
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in (LIBRARY / "policies").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("8_3"):
            text = text.replace(before, after, 1)
        (folder / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"8_3.*toml:\d+: debt_ceiling") as found:
        read_registry(folder)
    assert fault in str(found.value)


def test_values_of_the_catalogue():
    assert REGISTRY["ftp_cit"].none == 0.25 and REGISTRY["ftp_cit"].baseline == Stage(path=((2020, 0.15),))
    assert REGISTRY["hukou_open"].baseline.path == ((2019, 0.0), (2022, 0.8), (2030, 1.0))
    assert REGISTRY["debt_ceiling"].full.to == 1.0 and REGISTRY["debt_ceiling"].range == (1.0, 2.0)
    assert REGISTRY["labour_export"].baseline.path[-2:] == ((2025, 1.0), (2026, 0.5))


def test_the_policy_table_says_what_each_lever_moves():
    rows = policy_table()
    assert [row["section"] for row in rows] == list(SECTION_IDS)
    assert sum(len(row["levers"]) for row in rows) == len(REGISTRY)
    assert all(entry["moves"] and entry["mechanism"] for row in rows for entry in row["levers"])


def test_a_faulty_policy_file_is_refused_with_line_and_key(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in (LIBRARY / "policies").glob("*.toml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    broken = folder / "8_3_macro_prudential.toml"
    text = broken.read_text(encoding="utf-8").replace("none = 1.5", "none = 9.5", 1).replace("unit =", "unitt =", 1)
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_registry(folder)
    assert "8_3_macro_prudential.toml" in str(caught.value) and "debt_ceiling.unitt" in str(caught.value)
    broken.unlink()
    with pytest.raises(UserError, match=r"no file of section 8\.3"):
        read_registry(folder)


def test_a_lever_without_policy_outside_its_range_is_refused(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in (LIBRARY / "policies").glob("*.toml"):
        text = path.read_text(encoding="utf-8").replace("none = 1.5", "none = 9.5")
        (folder / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"debt_ceiling\.none: 9.5 is out of range; 1 to 2"):
        read_registry(folder)
