"""A provision, and a lever, told whole; what is quoted is the document, what is ours is called ours."""

import json

import pytest

import hainan2035
from outputs import policy
from outputs.clauses import clauses
from sim.levers import REGISTRY, SECTION_IDS, SECTIONS
from sim.scenario import load_scenario


def told(capsys, *words):
    assert hainan2035.main(["policy", *words]) == 0
    return capsys.readouterr().out


def test_every_provision_has_its_clause_and_a_summary():
    found = clauses()
    assert set(found) == set(SECTION_IDS)
    assert all(len(one.zh) > 60 and one.en.endswith(".") for one in found.values())
    for name, one in found.items():
        core = SECTIONS[name].title_zh[-4:]
        assert name in ("1", "5", "7", "3.3") or core in one.zh, name  # the clause is that of its title


@pytest.mark.parametrize("section", SECTION_IDS)
def test_the_page_quotes_the_clause_before_it_says_what_was_made_of_it(section):
    text = policy.PAGE.read_text(encoding="utf-8")
    part = text.partition(f"## {section} ")[2].partition("\n## ")[0]
    assert f"> {clauses()[section].zh}\n" in part and f"In short (our summary): {clauses()[section].en}\n" in part
    if SECTIONS[section].levers:
        assert part.index("The clause:") < part.index("In the model (our reading):") < part.index("| lever |")
    assert "Asks for" not in text


def test_a_provision_is_told_whole(capsys):
    out = told(capsys, "8.2")
    assert out.startswith("8.2 Balanced fiscal transfers") and "加大对重点生态功能区均衡性转移支付力度" in out
    for name in SECTIONS["8.2"].levers:
        assert f"\n{name} [{REGISTRY[name].kind_note}]" in out
    assert "The provision as a whole, none to full:" in out and "hukou_open" not in out and "\neffects: " in out


def test_a_lever_is_told_with_what_it_attains_and_the_line_that_reads_it(capsys):
    out = told(capsys, "HUKOU_OPEN")
    value = load_scenario("baseline").at(2025).hukou_open
    assert f"attained, baseline: 2018 0, 2020 0, 2025 {value:.4g}" in out and 0.0 < value < 0.8
    assert "read in sim/mechanisms/hukou.py:" in out and "全面放宽城市落户条件" in out and "county_tilt" not in out


def test_a_program_reads_the_same(capsys):
    section, lever = json.loads(told(capsys, "8.2", "--json")), json.loads(told(capsys, "eco_pool", "--json"))
    assert [one["lever"] for one in section["levers"]] == list(SECTIONS["8.2"].levers)
    assert section["clause"]["zh"] == clauses()["8.2"].zh == lever["clause"]["zh"]
    assert lever in [{"section": "8.2", "clause": section["clause"], **one} for one in section["levers"]]
    assert lever["attained"]["full"]["2035"] == 3.0


@pytest.mark.parametrize(("words", "said"), [
    (["8.4"], "8.4: no such provision or lever; did you mean 8.3?"),
    (["hukou_opne"], "did you mean hukou_open?"),
    (["zzz"], "zzz: no such provision or lever; provisions are 1, 2.1"),
    (["8.2", "--csv"], "--csv: cannot be combined with 8.2"),
    (["8.2", "--seeds", "3"], "--seeds: applies to a measurement only"),
])
def test_what_cannot_be_told_is_a_sentence(words, said, capsys):
    assert hainan2035.main(["policy", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err and err.count("\n") == 1
