"""docs/ODD.md is in step with the registries, and what it documents is complete."""

from outputs import documentation
from sim import names, schedule


def test_the_tables_of_the_odd_page_are_current():
    text = documentation.PAGE.read_text(encoding="utf-8")
    assert documentation.page(text) == text, "docs/ODD.md is stale; run: python3 run.py refresh"


def test_every_parameter_has_unit_range_source_and_confidence():
    for name, card in names.parameter_cards().items():
        values = card.default if isinstance(card.default, tuple) else (card.default,)
        low, high = card.bounds
        assert card.unit and card.source and card.says, name
        assert card.confidence in ("high", "medium", "low"), name
        assert all(low <= value <= high for value in values), name


def test_every_step_of_the_year_names_sections_of_the_opinions():
    from sim.levers import SECTIONS

    for step in schedule.SCHEDULE:
        assert set(step.sections.split()) <= set(SECTIONS), step.says
