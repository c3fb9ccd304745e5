"""The list of assumptions comes whole from the registries."""

from outputs import assumptions, chapters
from outputs.view import View
from tests.outputs import synthetic


def test_every_lever_is_listed_with_its_range_and_source():
    from sim.levers import REGISTRY

    table = assumptions.levers()
    assert set(table.name) == set(REGISTRY)
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
    assert (assumptions.levers("zh").says != table.says).any()


def test_the_kind_of_a_lever_stands_beside_its_settings():
    kinds = assumptions.levers().set_index("name").kind
    assert kinds["ftp_cit"] == "causal" and kinds["talent"] == "assumed size (no evaluation)"
    assert assumptions.levers("zh").set_index("name").kind["talent"] == "效应假定"


def test_a_scenario_of_a_design_says_of_what_kind_its_levers_are():
    assert assumptions.kinds_moved("only_2_1", "zh") == "因果机制4项、效应假定4项"
    assert assumptions.kinds_moved("without_8_3") == "causal" and assumptions.kinds_moved("full") == ""
    assert assumptions.kinds_moved("only_2_1") == "4 causal, 4 assumed size"
    assert assumptions.kinds_moved("only_10_2", "zh") == "治理调节系数" and assumptions.kinds_moved("only_fiscal") == ""


def test_the_report_puts_the_kind_beside_the_effect_of_a_provision():
    def effects(*scenarios):
        results, past, shapes = synthetic.small(scenarios=scenarios)
        return chapters.effects_section(View(results, past, polygons=shapes), "en")

    plain, told = effects("no_policy", "full"), effects("no_policy", "only_8_3", "only_2_1")
    assert "<th>kind" not in plain and told.count(">kind<") == 1
    assert ">causal<" in told and ">4 causal, 4 assumed size<" in told


def test_every_parameter_is_listed_with_its_range_and_source():
    from sim.names import parameter_cards

    table = assumptions.parameters()
    assert list(table.name) == list(parameter_cards())
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
