"""Designs: a study moves parts of one scenario to another; parts hold every lever once."""

import itertools

import numpy as np
import pytest

from sim.core.declare import UserError
from sim.levers import LIBRARY, REGISTRY, SECTIONS
from sim.scenario import load_scenario
from sim.study.designs import letters, made, mixed, provisions, read_orders, read_parts, two_level, walsh_columns
from sim.study.studies import load_study

FAMILIES = LIBRARY / "studies" / "families.csv"
ORDERS = LIBRARY / "studies" / "orders.csv"
LOW, HIGH = load_scenario("no_policy"), load_scenario("baseline")


def test_every_lever_stands_in_exactly_one_of_twelve_families():
    parts = read_parts(FAMILIES)
    assert len(parts) == 12 and sum(len(part.levers) for part in parts) == len(REGISTRY)
    assert frozenset().union(*(part.levers for part in parts)) == set(REGISTRY)
    assert all(part.title and part.title_zh and part.levers for part in parts)


def test_provisions_with_levers_are_parts_as_well():
    parts = provisions()
    assert [part.name.replace("_", ".") for part in parts] == [one.id for one in SECTIONS.values() if one.levers]
    assert sum(len(part.levers) for part in parts) == len(REGISTRY)


def test_the_declared_orders_name_every_family_and_come_with_their_reverses():
    orders = read_orders(ORDERS, read_parts(FAMILIES))
    assert len(orders) == 200 and len(set(orders)) == 200
    assert all(b == a[::-1] for a, b in zip(orders[::2], orders[1::2], strict=True))


def test_nothing_moved_is_the_low_end_and_everything_moved_the_high_end():
    parts = read_parts(FAMILIES)
    assert mixed(LOW, HIGH, parts, (), "none").hash == LOW.hash
    assert mixed(LOW, HIGH, parts, [part.name for part in parts], "all").hash == HIGH.hash


def test_one_part_alone_moves_its_levers_only():
    parts = read_parts(FAMILIES)
    only = made("alone", LOW, HIGH, parts)["only_hukou_urban"]
    moved = {name for name in REGISTRY if only.levers[name] != LOW.levers[name]}
    family = ("hukou_open", "local_urban", "rural_net")
    assert moved == {name for name in family if HIGH.levers[name] != LOW.levers[name]}
    assert only.title == "No policy with Registration and near-home urban life"
    assert only.title_zh == "无政策情景，加户籍与就地城镇化"


def test_one_part_left_out_is_the_baseline_without_that_section():
    made_here = made("leave_one_out", LOW, HIGH, provisions())["without_3_2"]
    assert made_here.hash == load_scenario("baseline_without_3_2").hash
    assert made_here.title == f"{HIGH.title} without 3.2 Urban-rural integration (11 causal, 3 assumed size)"
    assert made_here.title_zh == f"{HIGH.title_zh}，不含3.2 构建城乡融合发展新机制（因果机制11项、效应假定3项）"


def test_coalitions_are_named_by_letters_in_the_order_of_the_parts():
    parts = read_parts(FAMILIES)
    assert letters(parts, (parts[2].name, parts[0].name)) == "ac"
    found = made("orders", LOW, HIGH, parts, [tuple(part.name for part in parts)])
    assert list(found) == [f"with_{'abcdefghijkl'[:k]}" for k in range(1, 12)]


def test_the_studies_of_the_library_make_their_scenarios():
    names = {study: [one.name for one in load_study(study).scenarios]
             for study in ("each_provision_alone", "leave_one_family_out")}
    assert "only_8_2" in names["each_provision_alone"] and len(names["each_provision_alone"]) == 2 + len(provisions())
    assert {"without_land", "only_land"} <= set(names["leave_one_family_out"])
    assert len(names["leave_one_family_out"]) == 2 + 24


def test_registered_contrasts_name_scenarios_of_their_study():
    study = load_study("contrasts")
    assert study.contrasts["opinions"] == ("baseline", "no_policy")
    assert study.contrasts["order"] == ("equalise_first", "grow_first")


GOOD = 'scenarios = ["no_policy", "baseline"]\n'


@pytest.mark.parametrize(("text", "key", "reason"), [
    ('[design]\nkind = "alon"\n', "design.kind", "no such design"), ("design = 3\n", "design", "a table"),
    ('[design]\nkind = "alone"\nlow = "no_policy"\nhigh = "ful"\n', "design.high", "none of the scenarios"),
    ('[design]\nkind = "alone"\nlow = "no_policy"\nhigh = "baseline"\nparts = "../x.csv"\n', "design.parts", "beside"),
    ('[design]\nkind = "orders"\nlow = "no_policy"\nhigh = "baseline"\n', "design.orders", "CSV file beside"),
    ('[design]\nkinds = "alone"\n', "design.kinds", "did you mean kind?"),
    ('[contrasts]\nx = ["baseline"]\n', "contrasts.x", "two scenarios"),
    ('[contrasts]\nx = ["baseline", "ful"]\n', "contrasts.x", "none of the scenarios"),
])
def test_a_wrong_design_or_contrast_is_refused_with_line_and_key(tmp_path, text, key, reason):
    path = tmp_path / "study.toml"
    path.write_text(GOOD + text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_study(path)
    assert f": {key}:" in str(caught.value) and reason in str(caught.value)


@pytest.mark.parametrize(("table", "reason"), [
    ("part,title\nx,X\n", "columns"), ("part,title,title_zh,members\n", "columns or rows"),
    ("part,title,title_zh,members\nx,X,X,3.9\n", "neither a provision nor a lever"),
    ("part,title,title_zh,members\nx,X,X,3.2\ny,Y,Y,3.2\n", "is also in x"),
    ("part,title,title_zh,members\nx,X,X,3.2\n", "is in no part"),
    ("part,title,title_zh,members\nx y,X,X,3.2\n", "not a name"),
])
def test_a_wrong_table_of_parts_is_refused(tmp_path, table, reason):
    path = tmp_path / "parts.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UserError, match=reason):
        read_parts(path)


def test_an_order_that_forgets_a_part_is_refused(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("order,parts\n1,ftp land\n", encoding="utf-8")
    with pytest.raises(UserError, match="does not list every part exactly once"):
        read_orders(path, read_parts(FAMILIES))


@pytest.mark.parametrize("number", [1, 2, 5, 6, 11, 17, 21, 26])
def test_a_factorial_tells_parts_and_pairs_apart(number):
    """Resolution V: columns of parts and of pairs of parts are orthogonal to one another and to the mean."""
    signs = 2.0 * two_level(number) - 1.0
    columns = np.array([np.ones(len(signs)), *signs.T,
                        *(signs[:, i] * signs[:, j] for i, j in itertools.combinations(range(number), 2))])
    assert np.array_equal(columns @ columns.T, len(signs) * np.eye(len(columns)))
    assert np.linalg.matrix_rank(columns) == len(columns) and len(signs) & (len(signs) - 1) == 0


def test_twenty_one_provisions_need_512_runs():
    assert walsh_columns(21) == (1, 2, 4, 8, 15, 16, 32, 51, 64, 85, 106, 128, 150, 171, 219, 237, 247, 256, 279, 297,
                                 455)
    assert two_level(21).shape == (512, 21) and not two_level(21)[0].any() and two_level(6).shape == (32, 6)


def test_the_screening_study_runs_every_combination_once():
    study = load_study("screening")
    names = [one.name for one in study.scenarios]
    assert study.design.kinds == ("factorial",) and study.design.parts == provisions() and len(set(names)) == len(names)
    wanted = {study.design.coalition(part.name for part, inside in zip(provisions(), row) if inside)
              for row in two_level(21)}
    assert len(wanted) == 512 and wanted <= set(names) and set(names) - wanted <= {"full"}
    levers = {one.name: one.levers for one in study.scenarios}
    assert len({str(sorted(found.items())) for found in levers.values()}) == len(levers)
