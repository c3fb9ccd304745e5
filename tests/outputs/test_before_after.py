"""Effects of provisions before and after: from two tables as they are measured."""

import pytest

from calibration.effects import FILE, Effect, Measured, read
from outputs import before_after, style

FIRST = FILE.with_name("policy_effects_0.1.csv")


def effect(section, variable, mean, low, high, reference=100.0):
    return Effect("provision", section, variable, "", "all", "2035", "index", reference, mean, low, high, 1.0, 0.1)


def measured(*effects):
    return Measured({}, effects)


def test_effects_are_in_per_cent_of_their_own_reference():
    rows = before_after.table(measured(effect("2.1", "theil_inc_pc", 5.0, 4.0, 6.0)),
                              measured(effect("2.1", "theil_inc_pc", 5.0, 4.0, 6.0, reference=50.0)))
    row = rows.iloc[0]
    assert (row.before, row.before_low, row.before_high) == (5.0, 4.0, 6.0)
    assert (row.after, row.after_low, row.after_high) == (10.0, 8.0, 12.0)
    assert row.moved and not row.turned


@pytest.mark.parametrize(("now", "moved", "turned"), [
    ((5.0, 4.5, 5.5), False, False), ((-5.0, -6.0, -4.0), True, True), ((0.05, -0.1, 0.2), True, False)])
def test_what_moved_and_what_turned(now, moved, turned):
    rows = before_after.table(measured(effect("5", "province_population", 5.0, 4.0, 6.0)),
                              measured(effect("5", "province_population", *now)))
    assert (rows.moved.item(), rows.turned.item()) == (moved, turned)


def test_output_in_value_stands_for_volume_before_there_was_one():
    rows = before_after.table(measured(effect("3.1", "province_gdp", 9.0, 8.0, 10.0)),
                              measured(effect("3.1", "province_gdp", 8.5, 8.0, 9.0),
                                       effect("3.1", "province_gdp_volume", 7.0, 6.0, 8.0)))
    assert rows.before_variable.tolist() == ["province_gdp"] and rows.after.tolist() == [7.0]
    assert "value before" in "\n".join(before_after.lines(rows))


def test_what_one_table_lacks_is_left_out():
    rows = before_after.table(measured(effect("3.1", "theil_svc", 1.0, 1.0, 1.0)), measured())
    assert rows.empty and before_after.figure(rows, "en") is None
    assert before_after.lines(rows) == ["no provision stands in both tables"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_figure_of_the_repository_holds_every_provision_and_variable(tmp_path, lang):
    rows = before_after.table(read(FIRST), read())
    assert set(rows.variable) == set(before_after.VARIABLES) and rows.section.nunique() == 21
    with style.drawing(lang):
        figure = before_after.figure(rows, lang)
    assert [ax.get_xlabel() for ax in figure.axes] == ["%"] * 5 and len(figure.axes[0].get_yticklabels()) == 21
    assert len({ax.get_title(loc="left") for ax in figure.axes}) == 5
    assert [path.suffix for path in before_after.write(rows, tmp_path, lang)] == [".svg", ".png"]
