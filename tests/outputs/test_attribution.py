"""What parts of a plan contribute: shares from declared orders, and contributions from orders of each pair."""

import re

import numpy as np
import pytest
import xarray as xr

from outputs import attribution, attribution_figures, chapters, gallery, style, tables
from outputs.attribution import shares
from outputs.style import Look
from sim.study.designs import Part
from tests.outputs.test_verdict import planted, said, spread_around

PARTS = tuple(Part(name, name.upper(), name, frozenset()) for name in ("x", "y"))
ORDERS = [("x", "y"), ("y", "x")]


def runs_of(values):
    """province_gdp of every scenario in 2030 and 2035: two seeds that differ by one around the value of 2035."""
    names = list(values)
    gdp = np.array([[[[0.0, values[name] + chance] for chance in (-1.0, 1.0)]] for name in names])
    return xr.Dataset({"province_gdp": (("scenario", "draw", "seed", "year"), gdp)},
                      {"scenario": names, "draw": [0], "seed": [0, 1], "year": [2030, 2035]})


def test_shares_are_means_over_the_orders_and_add_to_the_whole():
    # x adds 3 first and 5 second, y 1 first and 3 second: 4 and 2 of 6
    table = shares(runs_of({"low": 10.0, "with_a": 13.0, "with_b": 11.0, "high": 16.0}), "province_gdp", 2035, PARTS,
                   ORDERS, "low", "high")
    assert table.part.tolist() == ["x", "y"] and table.share.tolist() == pytest.approx([4.0, 2.0])
    assert table.percent.tolist() == pytest.approx([200 / 3, 100 / 3])


def test_where_nothing_changes_there_is_no_percentage():
    level = runs_of(dict.fromkeys(("low", "with_a", "with_b", "high"), 5.0))
    table = shares(level, "province_gdp", 2035, PARTS, ORDERS, "low", "high")
    assert table.share.tolist() == [0.0, 0.0] and table.percent.isna().all()


# --- contributions by the orders of each pair of draw and seed

NAMES = ("8_2", "3_2", "9_3")
GAPS = tuple(f"{measure}_{of}" for of in ("real_inc_pc", "gdp_volume_pc", "svc") for measure in ("theil", "landcoast"))


def stage(effect, draws=19, seeds=1, missing=(), names=NAMES, levels=("province_gdp_volume",), orders=2):
    """Runs along orders in which `effect(part, variable, draw)` % of the first value is what a part adds in any order;
    half of the effect of the first two parts is added only when both are there."""
    number = len(names)
    dims, shape = ("step", "draw", "seed", "year"), (orders * (number + 1), draws, seeds, 2)
    variables = (*GAPS, *levels)
    data = {name: np.ones(shape) for name in variables}
    comes = np.full(shape[:3], -1)
    for d in range(draws):
        for k in range(seeds):
            for o in range(orders // 2):
                one = np.random.default_rng([d, k, o]).permutation(number)
                for half, order in enumerate((one, one[::-1])):
                    start = (2 * o + half) * (number + 1)
                    comes[start + 1:start + number + 1, d, k] = order
                    for name in variables:
                        whole = [effect(part, name, d) for part in names]
                        for place in range(number + 1):
                            inside = set(order[:place])
                            both = {0, 1} <= inside
                            change = sum(whole[part] * (1 if part > 1 or both else 0.5) for part in inside)
                            data[name][start + place, d, k, 1] = 2.0 * (1 + change / 100)
    for place in missing:
        for values in data.values():
            values[place] = np.nan
    return xr.Dataset({name: (dims, values) for name, values in data.items()}, {
        "step": [f"{o}:{place}" for o in range(orders) for place in range(number + 1)], "draw": list(range(draws)),
        "seed": list(range(seeds)), "year": [2019, 2035], "part": list(names), "comes": (dims[:3], comes),
        "order": ("step", np.repeat(np.arange(orders), number + 1)),
        "part_title": ("part", [f"Part {name}" for name in names]),
        "part_title_zh": ("part", [f"部分{name}" for name in names]),
    }, {"low": "no_policy", "high": "full", "runs_missing": len(missing)})


def seen(orders, draws=19, seeds=1):
    """A view of a study in which the gaps narrow, beside the runs of its attribution."""
    view = planted(spread_around(-5, 2), draws=draws, seeds=seeds)
    view.orders = orders
    return view


def sized(sizes, width=0.1):
    """Effects by part, which spread a little over the draws."""
    return lambda part, variable, draw: sizes[part] * (1 + width * (draw - 9) / 9)


NARROWS = sized({"8_2": -4.0, "3_2": 3.0, "9_3": 0.0})


def test_contributions_add_up_in_the_mean_and_are_those_planted():
    table = attribution.contributions(seen(stage(NARROWS)))
    theil = table[table.variable == "theil_real_inc_pc"].set_index("part")
    # half of -4 and of +3 comes alone, the other half of both is shared between the two
    assert theil.percent.to_dict() == pytest.approx({"8_2": -2.25, "3_2": 1.25, "9_3": 0.0, "all": -1.0})
    assert theil.percent[list(NAMES)].sum() == pytest.approx(theil.percent["all"], abs=1e-12)
    assert theil.verdict.to_dict() == {"8_2": "narrower", "3_2": "wider", "9_3": "same", "all": "narrower"}
    assert set(theil.draws) == {19} and set(theil.orders) == {2}
    assert (theil.percent_low <= theil.percent).all() and (theil.percent <= theil.percent_high).all()


def test_of_what_is_nothing_without_the_plan_there_is_no_percentage():
    found = attribution.percent(np.array([[1.0, -1.0], [0.0, 0.0], [2.0, 4.0]]), np.array([0.0, -2.0]))
    assert np.isnan(found[0, 0]) and np.isnan(found[2, 0]) and found[1].tolist() == [0.0, 0.0]
    assert found[:, 1].tolist() == [-50.0, 0.0, 200.0]


def test_a_mean_of_another_sign_than_the_median_says_so():
    assert "median" not in said(seen(stage(NARROWS))).lines["thanks"]
    widens = said(seen(stage(sized({"8_2": 4.0, "3_2": 3.0, "9_3": 0.0})))).lines["thanks"].replace("\u00a0", " ")
    assert "+7.0 % in total (mean of 19 pairs; the median is −5.0 %)" in widens  # the gaps of the study itself narrow


def test_contributions_add_up_to_high_less_low_in_every_pair():
    orders = stage(NARROWS, orders=4)
    added, low, draws = attribution.by_pair(orders, "theil_svc", 2035)
    whole = orders["theil_svc"].sel(year=2035).values
    assert added.sum(axis=0) == pytest.approx(whole[3, :, 0] - whole[0, :, 0], abs=1e-14)
    assert low == pytest.approx(2.0) and list(draws) == list(range(19))


def test_a_part_that_acts_only_with_another_gets_half_of_what_they_do_together():
    added, _, _ = attribution.by_pair(stage(NARROWS), "theil_svc", 2035)  # half of -4 and +3 comes with the second
    together = 2.0 * 0.5 * (-4.0 + 3.0) / 100
    alone = 2.0 * 0.5 * np.array([-4.0, 3.0]) / 100
    assert added[:2, 9] == pytest.approx(alone + together / 2)


def test_ratios_that_fall_when_a_gap_widens_are_turned_and_totals_are_not():
    table = attribution.contributions(seen(stage(NARROWS))).set_index(["variable", "part"])
    assert table.loc[("landcoast_svc", "8_2"), "percent"] > 0 > table.loc[("theil_svc", "8_2"), "percent"]
    assert table.loc[("landcoast_svc", "8_2"), "verdict"] == "wider"
    assert table.loc[("province_gdp_volume", "8_2"), "verdict"] == "less"


def test_the_line_names_what_narrows_most_with_range_and_kind():
    line = said(seen(stage(NARROWS))).lines["thanks"]
    assert "income at local living costs, −1.0" in line and "in total (mean of 19 pairs), decomposed over 3" in line
    assert "narrowed by 8.2 Balanced fiscal transfers (−2.3" in line and "; 4 causal, 1 assumed size)" in line
    assert "widened by 3.2 Urban-rural integration (+1.3" in line and "1 undecided or without effect" in line
    assert "Theil index of output per head, −1.0" in line
    assert "80 % of 19 pairs over 19 draws, each with its own orders" in line
    assert "each_provision_alone" not in line and "--attribute" not in line


def test_parts_that_widen_lead_the_line_where_the_plan_widens():
    line = said(seen(stage(sized({"8_2": 4.0, "3_2": 3.0, "9_3": 2.0})))).lines["thanks"]
    assert "narrowed by none; widened by 8.2" in line and "0 undecided" in line
    chinese = said(seen(stage(sized({"8_2": 4.0, "3_2": 3.0, "9_3": 2.0}))), "zh").lines["thanks"]
    assert "没有条款缩小差距；扩大差距的有8.2" in chinese and not re.search("[a-z]{4}", chinese)


def test_parts_whose_range_holds_zero_are_undecided():
    line = said(seen(stage(sized({"8_2": -1.0, "3_2": 1.0, "9_3": 0.5}, width=30.0)))).lines["thanks"]
    assert "narrowed by none; widened by none; 3 undecided" in line


def test_scenarios_that_are_the_same_have_nothing_to_share_out():
    line = said(seen(stage(lambda *_: 0.0))).lines["thanks"]
    assert line == "No provision: “full” and “no_policy” give the same results."


def test_one_pair_has_contributions_without_a_range():
    view = seen(stage(NARROWS, draws=1), draws=1)
    table = attribution.contributions(view)
    assert table.percent_low.isna().all() and table.percent_error.isna().all()
    line = said(view).lines["thanks"]
    assert "a single pair of runs and its orders, so no range" in line and " to " not in line.split("; widened")[0]
    with style.drawing():
        figure = attribution_figures.gaps(view, Look("en", style.colours(view.scenarios)))
    assert "no range" in figure.legends[0].get_title().get_text()


def test_seeds_of_one_draw_are_chance_and_few_draws_are_few():
    chance = said(seen(stage(NARROWS, draws=1, seeds=12), draws=1, seeds=12)).lines["thanks"]
    assert "not uncertainty" in chance
    assert "over only 3 draws" in said(seen(stage(NARROWS, draws=3), draws=3)).lines["thanks"]


def test_a_pair_with_a_failed_run_is_left_out_and_counted():
    view = seen(stage(NARROWS, missing=[(2, 4, 0), (5, 7, 0)]))
    table = attribution.contributions(view)
    assert set(table.pairs) == {17} and table.percent.notna().all()
    assert "2 runs of the attribution are missing" in chapters.thanks_section(view, "en")


def test_where_every_run_failed_the_line_is_the_one_without_an_attribution():
    view = seen(stage(NARROWS, draws=1, missing=[(1, 0, 0)]), draws=1)
    assert attribution.contributions(view).empty and "--attribute" in said(view).lines["thanks"]
    assert attribution_figures.gaps(view, Look("en", style.colours(view.scenarios))) is None


def test_without_an_attribution_the_line_says_how_to_get_one():
    view = planted(spread_around(-5, 2))
    assert "batch STUDY --attribute" in said(view).lines["thanks"]
    assert attribution.contributions(view).empty


def test_parts_that_are_no_provisions_are_called_by_their_titles():
    names = ("land", "fiscal", "ftp")
    view = seen(stage(sized(dict(zip(names, (-3.0, 2.0, 0.0)))), names=names))
    line = said(view).lines["thanks"]
    assert "narrowed by Part land (" in line and "several provisions" in line


def test_bars_are_the_means_of_the_table_sorted_by_the_first_gap():
    view = seen(stage(NARROWS))
    with style.drawing():
        figure = attribution_figures.gaps(view, Look("en", style.colours(view.scenarios)))
    first = figure.axes[0]
    bars = [bar.get_width() for bar in first.patches]
    table = attribution.contributions(view).set_index(["variable", "part"]).loc["theil_real_inc_pc", "percent"]
    assert bars == pytest.approx([table["8_2"], table["9_3"], table["3_2"], table["all"]])
    assert [label.get_text() for label in first.get_yticklabels()][-1] == "total"
    assert sum(bars[:-1]) == pytest.approx(bars[-1]) and len(figure.axes) == 3
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert labels == {"some levers of assumed size", "governance: scales the others"}


def test_the_gallery_shows_what_provisions_contribute(tmp_path):
    drawn = gallery.draw_all(seen(stage(NARROWS)), tmp_path)
    assert {"attribution", "attribution_levels"} <= set(drawn) and (tmp_path / "attribution.png").is_file()
    assert "decomposed over 3 provisions" in gallery.page(seen(stage(NARROWS)), drawn).replace("\n", " ")


def test_the_chapter_tells_table_and_words_from_the_same_numbers():
    view = seen(stage(NARROWS))
    text = chapters.thanks_section(view, "en")
    table = attribution.contributions(view).set_index(["variable", "part"])
    row = table.loc[("theil_real_inc_pc", "8_2")]
    assert f"{row.percent:+.2f}".replace("-", "−") in text and "total" in text
    assert "in 2 orders drawn for each pair" in text
    assert "每对抽样与种子各用2种次序" in chapters.thanks_section(view, "zh")


def test_the_table_is_written_with_every_column_explained():
    made = tables.all_tables(seen(stage(NARROWS)))
    book = made["codebook"]
    mine = book[book.table == "attribution.csv"].set_index("name")
    assert set(mine.index) == set(made["attribution"].columns)
    assert all(row.says != name.replace("_", " ") for name, row in mine.iterrows())
