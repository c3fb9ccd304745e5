"""The list of assumptions comes whole from the registries."""

from outputs import assumptions


def test_every_lever_is_listed_with_its_range_and_source():
    from sim.levers import REGISTRY

    table = assumptions.levers()
    assert set(table.name) == set(REGISTRY)
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
    assert (assumptions.levers("zh").says != table.says).any()


def test_the_kind_of_a_lever_stands_beside_its_settings():
    kinds = assumptions.levers().set_index("name").kind
    assert kinds["ftp_cit"] == "causal" and kinds["talent"] == "assumed size (no evaluation)"
    assert assumptions.levers("zh").set_index("name").kind["talent"] == "假定规模"


def test_every_parameter_is_listed_with_its_range_and_source():
    from sim.names import parameter_cards

    table = assumptions.parameters()
    assert list(table.name) == list(parameter_cards())
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
