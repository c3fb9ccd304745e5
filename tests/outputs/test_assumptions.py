"""The list of assumptions comes whole from the registries."""

from outputs import assumptions


def test_every_lever_is_listed_with_its_range_and_source():
    from sim.levers import REGISTRY

    table = assumptions.levers()
    assert set(table.name) == set(REGISTRY)
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
    assert (assumptions.levers("zh").says != table.says).any()


def test_every_parameter_is_listed_with_its_range_and_source():
    from sim.names import parameter_cards

    table = assumptions.parameters()
    assert list(table.name) == list(parameter_cards())
    assert (table.range.str.contains(" to ")).all() and (table.source.str.len() > 0).all()
