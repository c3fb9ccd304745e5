"""docs/policy.md is in step with the registry and the measured effects, and its surprises are found by rule."""

import pytest

from calibration import effects
from calibration.effects import Effect, Measured
from outputs import policy, surprises
from sim.levers import REGISTRY, SECTION_IDS, SECTIONS

ABOUT = {"code": "c0de", "data": "da7a", "levers": "1e7e", "seeds": "4", "weight": "400", "until": "2035"}


def effect(subject, variable, mean, *, kind="lever", place="all", label="", wide=0.1, reference=100.0):
    """An effect whose interval is the mean and a little to both sides (or `wide`)."""
    return Effect(kind, subject, variable, label, place, "2035", "unit", reference, mean, mean - wide, mean + wide,
                  float(mean > 0), wide)


def measured(*found):
    return Measured(ABOUT, found)


# ---- the page


def test_the_page_is_current():
    """Line numbers of the sources move with every edit and are not compared."""
    text = policy.PAGE.read_text(encoding="utf-8")
    assert policy.without_lines(policy.page(effects.read())) == policy.without_lines(text), (
        "docs/policy.md is stale; run: python3 run.py refresh")


def test_all_22_provisions_stand_on_the_page_with_their_status():
    heads = [line for line in policy.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert heads[:22] == [f"## {i} {SECTIONS[i].title} ({SECTIONS[i].title_zh}): {policy.status_words(SECTIONS[i])}"
                          for i in SECTION_IDS]


def test_what_is_monitored_or_out_of_scope_stands_on_the_page_with_its_reason():
    text = policy.page(measured())
    for section in SECTIONS.values():
        assert all(entry.reason in text and entry.says_zh in text
                   for entry in (*section.monitored, *section.out_of_scope))
        assert section.reason[1:] in text


@pytest.mark.parametrize("section", [i for i in SECTION_IDS if i != "1"])
def test_every_provision_but_the_first_has_a_lever_that_moves_the_model(section):
    assert SECTIONS[section].status == "active"


def test_every_lever_stands_on_the_page_with_its_settings_and_the_line_that_reads_it():
    text = policy.page(measured())
    for name, lever in REGISTRY.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(words in row for words in (lever.says_zh, lever.source, lever.confidence, lever.where))
        assert ".py:" in row and policy.settings(lever)["full"] in row


def test_the_kind_of_every_lever_and_provision_stands_on_the_page():
    text = policy.page(measured())
    for name, lever in REGISTRY.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.split(" | ")[1] == lever.kind_note
    assert "## 10.1 Leadership (加强组织领导): active: governance scalar" in text
    assert f"causal {sum(lever.kind == 'causal' for lever in REGISTRY.values())}, assumed size" in text


def test_the_effect_of_an_assumed_size_says_so_beside_the_number():
    both = measured(effect("ftp_cit", "gdp", 12.0), effect("ftp_tfp", "gdp", 12.0))
    assert REGISTRY["ftp_cit"].kind == "causal" and REGISTRY["ftp_tfp"].kind == "assumed size"
    text = policy.page(both)
    assert "| **+12** (+12 %) | [+11.9" in text and "| **+12** (+12 %) (assumed size) | [+11.9" in text
    assert "`ftp_tfp` +12 (+12 %) (assumed size)" in surprises.strongest(both)
    lines = "\n".join(policy.lines(both, {}))
    assert "ftp_cit [causal]" in lines and lines.count("unit, 2035 (assumed size)") == 1
    sheet = policy.as_csv(both).splitlines()
    assert any(",ftp_tfp,assumed size," in line for line in sheet)
    row = next(e for s in policy.rows(both) for e in s["levers"] if e["lever"] == "ftp_tfp")
    assert (row["kind"], bool(row["evaluation"])) == ("assumed size", True)


def test_an_effect_that_stands_out_is_bold_with_its_interval():
    text = policy.page(measured(effect("ftp_cit", "gdp", 12.0)))
    assert "| `ftp_cit` | `gdp` | + | all | 2035 | unit | 100 | **+12** (+12 %) | [+11.9, +12.1] | 1.00 |" in text
    text = policy.page(measured(effect("ftp_cit", "gdp", 12.0, wide=20)))
    assert "| +12 (+12 %) | [-8, +32] |" in text


def test_a_lever_without_a_measurement_says_so():
    assert policy.NOT_MEASURED in policy.page(measured(effect("ftp_cit", "gdp", 12.0)))


def test_line_numbers_are_what_is_left_out_of_a_comparison():
    assert policy.without_lines("`sim/x.py:12 f`, 3:4") == "`sim/x.py f`, 3:4"


def test_of_many_entries_the_three_largest_that_stand_out_are_shown():
    entries = [effect("a", "x", mean, label=str(mean), wide=wide)
               for mean, wide in ((1.0, 0.1), (2.0, 0.1), (3.0, 0.1), (4.0, 9.0), (-5.0, 0.1))]
    assert [one.mean for one in policy.choice(entries)] == [-5, 3, 2]
    assert [one.mean for one in policy.choice(entries[3:4])] == [4] and policy.choice([]) == []


def test_the_csv_has_a_row_for_every_output_of_every_lever():
    text = policy.as_csv(measured(effect("ftp_cit", "gdp", 12.0))).splitlines()
    assert len(text) == 1 + sum(len(lever.outputs) for lever in REGISTRY.values())
    assert any(line.startswith("2.1,") and ",ftp_cit," in line and ",12," in line for line in text)


def test_what_has_changed_since_the_measurement_is_said():
    assert "changed since" not in " ".join(policy.state_notes(measured(), {"code": "c0de"}))
    assert "changed since they were measured: code" in " ".join(policy.state_notes(measured(), {"code": "beef"}))
    assert policy.NOT_MEASURED in policy.state_notes(Measured({}, ()), {})[0]


@pytest.mark.parametrize(("value", "words"), [
    (0.0, "0"), (0.01234, "+0.0123"), (-12.34, "-12.3"), (12345.0, "+12,300"), (-1234567.0, "-1,230,000"),
    (float("nan"), "-")])
def test_numbers_are_written_in_three_digits_with_their_sign(value, words):
    assert surprises.signed(value) == words


# ---- surprises


def test_help_that_lowers_output_per_head_is_found_where_it_helps():
    falls = effect("paired_help", "gdp_pc", -3.0, place="poorest_third")
    stays = effect("education_coop", "gdp_pc", -3.0, place="poorest_third", wide=9)
    elsewhere = effect("cadres", "gdp_pc", -3.0)
    no_help = effect("gateway", "gdp_pc", -3.0, place="poorest_third")
    assert list(surprises.lowering(measured(falls, stays, elsewhere, no_help))) == [falls]
    people = effect("paired_help", "population", 2.0, place="poorest_third")
    text = surprises.help_that_lowers_output(measured(falls, people))
    assert "| `paired_help` | 5 | poorest_third | -3 % | - | - | **+2 %** |" in text


def test_an_output_on_the_other_side_than_declared_is_found():
    assert REGISTRY["ftp_cit"].direction["gdp"] == "+"
    against = surprises.against_what_is_declared(measured(effect("ftp_cit", "gdp", -2.0)))
    assert "| `ftp_cit` | `gdp` | + | -2 |" in against
    assert "No output" in surprises.against_what_is_declared(measured(effect("ftp_cit", "gdp", 2.0)))


def test_what_may_be_chance_says_how_large_it_would_have_to_be():
    text = surprises.may_be_chance(measured(effect("ftp_cit", "theil_svc", 1.0, wide=5.0),
                                            effect("gateway", "theil_svc", 9.0, wide=5.0)))
    assert "| `theil_svc` | 1 of 2 | 0 | 5 unit | 5 % |" in text and "nothing: `ftp_cit`." in text


@pytest.mark.parametrize(("one", "other", "beyond", "words"), [
    (1, 2, 4, "reinforce each other"), (1, 2, -1, "together less than their sum"), (1, 2, -4, "cancel each other"),
    (1, 2, 0, "add up"), (1, -2, 4, "pull against each other"), (0.05, 0.05, 4, "do together what neither does alone")])
def test_how_two_provisions_go_together(one, other, beyond, words):
    a, b, both, more = (effect("x", "gdp", float(v)) for v in (one, other, one + other + beyond, beyond))
    assert surprises.together(a, b, both, more) == words


def test_pairs_that_reinforce_each_other_are_listed_and_others_named():
    found = []
    for name, beyond in (("6.1+8.2", 2.0), ("5+8.2", 0.0)):
        first, second = name.split("+")
        found += [effect(first, "gdp", 1.0, kind="provision"), effect(second, "gdp", 1.0, kind="provision"),
                  effect(name, "gdp", 2.0 + beyond, kind="pair"), effect(name, "gdp", beyond, kind="beyond")]
    text = surprises.pairs(measured(*found))
    assert "| 6.1 and 8.2 | `gdp` | all | +1 | +1 | +4 | +2 |" in text and "reinforce each other |" in text
    assert "neither reinforce nor cancel: 5 and 8.2" in text


def test_nothing_measured_has_no_surprise():
    assert "Nothing has been measured yet" in surprises.chapter(Measured({}, ()))
