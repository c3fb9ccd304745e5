"""Figures: axes carry units, scenarios their colours, observations their trust, and one run no interval."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PathCollection, PolyCollection

from outputs import against_history, contrast, gap_figures, maps, paths, style
from outputs import view as view_module
from outputs.compare import FIGURES, caption
from outputs.style import Look
from outputs.view import IMPUTED, View, band, short_name
from outputs.words import LANGUAGES, TEXT
from sim.indicators import registry
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def alone():
    results, past, shapes = synthetic.small(scenarios=("baseline",), seeds=1)
    return View(results, past, polygons=shapes)


def look(view, lang="en"):
    return Look(lang, style.colours(view.scenarios))


def texts(figure):
    axes = [a for a in figure.axes]
    words = [t for a in axes for t in (a.get_xlabel(), a.get_ylabel(), a.get_title(loc="left"), a.get_title())]
    words += [t.get_text() for a in axes for t in a.texts]
    words += [t.get_text() for f in figure.legends for t in (*f.get_texts(), f.get_title())]
    return [*words, figure.get_supxlabel(), figure.get_supylabel()]


PARTS_OF_A_PLAN = ("provisions", "attribution", "attribution_levels", "leaning")
UNITS = {
    "gaps": "2022: change of the gap relative to no_policy, %", "gap_paths": "Theil index",
    "who": "2022: scenario minus no_policy, %", "province": "billion CNY at 2020 prices",
    "population_by_county": "Residents, thousand persons",
    "gdp_per_head_by_county": "GDP per head, thousand CNY at 2020 prices",
    "income_per_head_by_county": "Disposable income per head, thousand CNY at 2020 prices",
    "ageing_by_county": "residents of 65 and over, %",
    "transfers_by_county": "share of transfers in general budget resources, %",
    "effects": "2022: scenario minus no_policy, %", "ranking": "2022: scenario minus no_policy, %",
    "output_and_people": "2019-2022: change, log points x 100",
    "people_by_source": "full, 2019-2022: % of residents in 2019", "land_account": "change since 2010, thousand ha",
    "milestones": "% of runs that meet the milestone (–: not computed)",
    "composite": "index, 0 to 1", "lights": "full; number and colour: the median light of the runs",
    "map_levels": "thousand CNY at 2020 prices", "map_effects": "change relative to no_policy, %",
}


@pytest.mark.parametrize("stem", FIGURES)
def test_axes_carry_units(view, stem):
    with style.drawing():
        figure = FIGURES[stem](view, look(view))
    if stem in PARTS_OF_A_PLAN:  # this study has neither parts that run alone nor numbers that differ between draws
        assert figure is None
        return
    assert any(text.startswith(UNITS[stem]) for text in texts(figure))


def test_scenarios_keep_their_colours_whatever_the_study():
    assert style.colours(["full", "x"])["full"] == style.colours(["no_policy", "baseline", "full"])["full"]
    many = style.colours([f"s{i}" for i in range(6)])
    assert len(set(many.values())) == 6


def test_one_run_is_a_line_without_a_band_and_says_so(alone):
    with style.drawing():
        figure = gap_figures.gap_paths(alone, look(alone))
    assert not [c for a in figure.axes for c in a.collections if isinstance(c, PolyCollection)]
    assert any("one run per scenario: no range" in text for text in texts(figure))


def test_few_runs_are_a_range_and_many_have_quantiles():
    few, many = band(np.arange(5.0)[:, None]), band(np.arange(101.0)[:, None])
    assert (few.low[0], few.high[0], few.has_quantiles) == (0, 4, False)
    assert (many.low[0], many.high[0], many.inner_low[0], many.has_quantiles) == (9, 91, 24, True)


def test_imputed_values_are_hollow_and_observed_ones_solid(view):
    with style.drawing():
        ax = style.figure(2).subplots()
        seen = paths.dots(ax, view.past("gdp_pc", 0))
    assert seen == {"derived", IMPUTED}
    assert paths.MARKS[IMPUTED]["mfc"] == "white" != paths.MARKS["observed"]["mfc"]
    assert ("white" in {line.get_markerfacecolor() for line in ax.lines})


def test_history_stands_beside_the_runs_of_its_own_county(view):
    past = view.past("population", 0)
    assert past.years.tolist()[:2] == [2010, 2020]
    assert past.values[0] == 2_046_170
    assert set(past.trust) == {"observed"}


def test_sansha_is_on_no_panel_but_marked_on_the_map(view):
    with style.drawing():
        multiples = paths.population_by_county(view, look(view))
        mapped = maps.levels(view, look(view))
    assert len(multiples.axes) == 4 and "Sansha" not in " ".join(texts(multiples))
    assert any(t.startswith("Sansha (mark)") for t in texts(mapped))


def test_a_county_without_a_value_is_hatched(view):
    values = np.array([1.0, np.nan, np.nan, 2.0, 3.0])
    with style.drawing():
        ax = style.figure(2).subplots()
        maps.draw(ax, view, values, *maps.classes(values), look(view))
    hatched = [c for c in ax.collections if isinstance(c, PathCollection) and c.get_hatch()]
    assert len(hatched) == 1 and len(hatched[0].get_paths()) == 1


def test_classes_of_differences_are_symmetric_around_zero():
    norm, _ = maps.classes(np.array([-1.0, 7.0, np.nan]), centred=True)
    limits = np.array(norm.boundaries)
    assert limits == pytest.approx(-limits[::-1]) and limits[-1] >= 7


def test_names_stand_inside_their_county(view):
    for path, place in view.shapes.values():
        assert path.contains_point(place)


def test_variables_that_are_not_stored_leave_their_figures_out(view):
    bare = View(view.results[["population", "gdp"]], None, polygons=view.polygons)
    made = {stem: make(bare, look(bare)) for stem, make in FIGURES.items()}
    assert made["ageing_by_county"] is None and made["transfers_by_county"] is None
    assert made["population_by_county"] is not None


def test_no_history_leaves_no_dots(view):
    bare = View(view.results, None)
    assert bare.past("population", 0) is None
    assert maps.levels(bare, look(bare)) is None


def test_the_comparison_with_history_is_drawn_only_when_it_is_handed_in(view):
    assert against_history.draw(None, look(view)) is None
    assert against_history.draw({}, look(view)) is None


def test_every_text_is_there_in_both_languages():
    for key, pair in TEXT.items():
        assert len(pair) == len(LANGUAGES) and all(pair), key
    for stem in [*FIGURES, "how_far"]:
        assert f"caption_{stem}" in TEXT


def test_captions_name_the_reference(view):
    assert "no_policy" in caption(view, "effects", "en") and "no_policy" in caption(view, "effects", "zh")


@pytest.mark.parametrize(("name", "short"), [("海口市", "海口"), ("白沙黎族自治县", "白沙"), ("定安县", "定安")])
def test_chinese_names_lose_their_rank(name, short):
    assert short_name(name, "zh") == short
    assert short_name("Ding'an", "en") == "Ding'an"


def test_svg_keeps_text_as_text_and_knows_chinese_fonts(view):
    with style.drawing("zh"):
        svg = style.as_svg(contrast.dot_plot(view, look(view, "zh")))
    assert "全省常住人口" in svg and "Noto Sans CJK SC" in svg
    assert "<dc:date>" not in svg


def test_a_figure_that_its_canvas_prints_is_the_one_that_matplotlib_saves(view):
    def drawn():
        return gap_figures.gaps(view, look(view))

    svg, png = io.StringIO(), io.BytesIO()
    with style.drawing():
        made = style.as_files(lambda lang: drawn(), "en")
        saved = drawn()
        saved.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        saved.set_layout_engine("none")
        saved.savefig(png, format="png", dpi=style.DPI, metadata={"Software": None},
                      pil_kwargs={"compress_level": style.FAST})
        alone = style.as_png(drawn(), 40)
        again = io.BytesIO()
        drawn().savefig(again, format="png", dpi=40, metadata={"Software": None})
    assert made == {"svg": style._for_browsers(svg.getvalue()).encode(), "png": png.getvalue()}
    assert alone == again.getvalue()


def test_a_view_reads_a_variable_once_and_whole_while_there_is_room(tmp_path, monkeypatch):
    results, past, _ = synthetic.small()
    xr.Dataset({name: results[name] for name in ("population", "gdp")}, attrs=results.attrs).to_netcdf(
        tmp_path / "runs.nc", engine="h5netcdf")
    monkeypatch.setattr(view_module, "MOST_HELD", 0)
    monkeypatch.setattr(registry, "MOST_LOADED", 0)
    with xr.open_dataset(tmp_path / "runs.nc") as stored:
        partly = View(stored, past)
        first = partly.pairs("gdp", *partly.scenarios[:2])
        assert not isinstance(partly.results.variables["gdp"]._data, np.ndarray)
        monkeypatch.setattr(view_module, "MOST_HELD", stored["gdp"].nbytes)
        wholly = View(stored, past)
        second = wholly.pairs("gdp", *wholly.scenarios[:2])
        assert isinstance(wholly.results.variables["gdp"]._data, np.ndarray)
        assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
        wholly.runs("population", wholly.scenarios[0])
        assert list(wholly._held) == ["gdp"]


def test_a_png_is_english_where_no_chinese_font_is_installed(monkeypatch):
    monkeypatch.setattr(style, "cjk_family", lambda: None)
    assert style.png_language("zh") == "en"
    monkeypatch.setattr(style, "cjk_family", lambda: "Noto Sans CJK SC")
    assert style.png_language("zh") == "zh"


def test_drawing_leaves_the_settings_of_others_alone():
    import matplotlib

    before = matplotlib.rcParams["axes.grid"], matplotlib.rcParams["svg.hashsalt"]
    with style.drawing():
        assert matplotlib.rcParams["svg.hashsalt"] == style.SALT
    assert (matplotlib.rcParams["axes.grid"], matplotlib.rcParams["svg.hashsalt"]) == before


def test_years_in_which_history_is_followed_are_no_hold_out():
    results, past, _ = synthetic.small()
    free = texts(FIGURES["province"](View(results, past), look(View(results))))
    assert "hold-out" in free and "history followed" not in free
    followed = View(results.assign_attrs(history_until=2021), past)
    told = texts(FIGURES["province"](followed, look(followed)))
    assert "history followed" in told and "hold-out" not in told and "forecast" in told


def test_a_range_that_goes_beyond_the_axis_ends_in_an_arrow():
    row = SimpleNamespace(verdict="undecided", gap_low=-3.0, gap_high=50.0, gap_percent=1.0)
    with style.drawing():
        ax = style.figure(2.0).subplots()
        gap_figures.dot(ax, 0, row, "black", 10.0)
    assert [line.get_marker() for line in ax.lines] == ["None", ">", "o"]
