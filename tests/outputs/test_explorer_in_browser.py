"""The explorer in a real Chromium: what is chosen is shown, and is what the Dataset holds."""

import csv
import io
import json

import numpy as np
import pytest
import xarray as xr

from outputs import attribution, beside, spread
from outputs.explorer.page import write
from outputs.maps import outlines_of
from outputs.view import View
from sim.region.history import history
from tests.outputs import browser as browser_module
from tests.outputs import synthetic
from tests.outputs.test_explorer import EVIL, caused, titled, with_moves

pytestmark = pytest.mark.skipif(browser_module.found() is None, reason="no Chromium on this machine")

QUICK = 50.0  # milliseconds from a choice to the page that answers it
TITLES = ("No policy", "The Opinions", EVIL)
TITLES_ZH = ("无政策情景", "实施意见基准情景", "充分实施")
HELPERS = """
window.pick = (id, value, kind = "change") => {
  const node = document.getElementById(id);
  node.value = value;
  node.dispatchEvent(new Event(kind, {bubbles: true}));
};
window.values = (selector, key = "value") => Object.fromEntries([...document.querySelectorAll(selector)].map(
  node => [node.dataset.county ?? node.dataset.effect ?? node.dataset.indicator, Number(node.dataset[key])]));
"""


@pytest.fixture(scope="module")
def study():
    results = synthetic.results(draws=4, seeds=3, missing={(1, 2, 1)})
    results = with_moves(titled(results, TITLES, TITLES_ZH)).assign_attrs(title="A study", title_zh="一项研究")
    return View(results, history(), polygons=outlines_of(results))


@pytest.fixture(scope="module")
def file(study, tmp_path_factory):
    return write(study.results, history(), tmp_path_factory.mktemp("page") / "explorer.html", polygons=study.polygons)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    one = browser_module.Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture
def page(chromium, file):
    """The page anew; at the end it has asked for nothing and complained of nothing."""
    chromium.complaints.clear()
    chromium.open(file)
    chromium.do(HELPERS)
    yield chromium
    assert chromium.complaints == []
    assert chromium.requests == [file.resolve().as_uri()]


def place_of(page, name):
    return page.do(f"study.indicators.findIndex(one => one.name === {json.dumps(name)})")


def medians(study, name, scenario, year):
    runs = study.runs(name, scenario)[:, study.at(year)]
    return {str(code): float(np.median(runs[:, row])) for row, code in enumerate(study.results["county"].values)
            if study.members[row]}


def apart_of(study, name, scenario):
    """Scenario less no_policy in the last year [run, ...], in double precision; nan where a pair misses a run."""
    one, other = (study.results[name].sel(scenario=each).isel(year=-1).values.astype(float)
                  for each in (scenario, "no_policy"))
    return (one - other).reshape(-1, *one.shape[2:])


def click(page, selector):
    """A real click in the middle of what a selector finds, brought into view."""
    x, y = page.do(f"""(() => {{ const node = document.querySelector({json.dumps(selector)});
        node.scrollIntoView({{block: "center"}});
        const box = node.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }})()""")
    page.mouse("mousePressed", x, y)
    page.mouse("mouseReleased", x, y)


def test_choices_show_what_the_dataset_holds(page, study):
    page.do(f"pick('indicator', {place_of(page, 'svc')})")
    page.do("pick('main', 2)")
    page.do("pick('year', 20, 'input')")
    expected = medians(study, "svc", "full", 2030)
    shown = page.do("values('#map .county')")
    assert {code: shown[code] for code in expected} == pytest.approx(expected, rel=1e-12)
    assert page.do("values('#ranking tr[data-county]')") == pytest.approx(expected, rel=1e-12)
    order = page.do("[...document.querySelectorAll('#ranking tr[data-county]')].map(row => row.dataset.county)")
    assert order == sorted(expected, key=lambda code: -expected[code])
    assert page.do("document.getElementById('map-title').textContent").startswith(study.label("svc", "en") + ", 2030")


def test_differences_are_paired(page, study):
    page.do(f"pick('indicator', {place_of(page, 'gdp_pc')})")
    page.do("pick('main', 1)")
    click(page, "#mode-differences")
    apart = np.nanmedian(apart_of(study, "gdp_pc", "baseline"), axis=0)  # a pair that misses a run is left out
    expected = {str(code): float(value) for code, value, inside
                in zip(study.results["county"].values, apart, study.members) if inside}
    shown = page.do("values('#map .county')")
    assert {code: shown[code] for code in expected} == pytest.approx(expected, rel=1e-9)
    assert page.do("effect('gdp_pc', 0, 25, 1, 0).n") == 11


def test_effects_on_the_province_and_their_verdict(page, study):
    page.do(f"pick('indicator', {place_of(page, 'gdp_pc')})")
    measures = page.do("indicatorNow().measures.map(one => one.key)")
    page.do(f"pick('measure', {measures.index('cv')})")
    rows = page.do("[...document.querySelectorAll('#effects table')][0].querySelectorAll('[data-effect]').length")
    assert rows == 2
    shown = page.do("values('#effects table:first-of-type [data-effect]', 'median')")
    for scenario in ("baseline", "full"):
        assert shown[scenario] == pytest.approx(np.nanmedian(apart_of(study, "cv_gdp_pc", scenario)), rel=1e-9)
    found = page.do("effect('cv_gdp_pc', null, 25, 2, 0)")
    apart = np.sort(apart_of(study, "cv_gdp_pc", "full"))
    assert (found["n"], found["low"], found["high"]) == (12, pytest.approx(apart[0]), pytest.approx(apart[-1]))


def test_the_verdict_counts_the_measures_whose_interval_lies_on_one_side(page, study):
    page.do(f"pick('indicator', {place_of(page, 'gdp_pc')})")
    page.do("pick('main', 2)")
    sides = {"theil": 1, "cv": 1, "cvu": 1, "gini": 1, "maxmin": 1, "top3bottom3": 1, "p90p10": 1, "landcoast": -1,
             "poorest": -1, "below75": 1, "theil_less_one": 1, "cvu_less_one": 1}
    counted = {-1: 0, 0: 0, 1: 0}
    for measure, side in sides.items():
        apart = apart_of(study, f"{measure}_gdp_pc", "full")
        counted[side if apart.min() > 0 else -side if apart.max() < 0 else 0] += 1
    said = page.do("document.getElementById('verdict').textContent")
    assert said.startswith(f"Narrower by {counted[-1]} of {len(sides)}") and not counted[1]
    assert (f"Of {counted[0]} the interval" in said) == (counted[0] > 0)
    planted = page.do("[[1, 2], [-2, -1], [-1, 1]].flatMap(([low, high]) => [1, -1].map(side => "
                      "sideOf({found: {low, high, middle: low}, side})))")
    assert planted == [1, -1, -1, 1, 0, 0]
    assert page.do("sideOf({found: {low: NaN, high: NaN, middle: -1}, side: 1})") == -1


def test_classes_of_the_map_part_what_the_data_hold(page):
    page.do("state.differences = false; state.sameScale = true")
    many = page.do("classes([12000, 37000, 50000, 56000, 78000, 91000, 143000, 190000]).limits")
    assert many == [10000, 15000, 20000, 30000, 50000, 70000, 100000, 150000, 200000]  # by factors, of one magnitude
    assert page.do("classes([0.4, 0.5, 0.6]).limits.length") > 4  # evenly, where the highest is no multiple
    page.do("state.sameScale = false")
    values = [*range(1, 16), 160, 170, 180]
    own = page.do(f"classes({values})")
    counted = np.histogram(values, own["limits"])[0]
    assert len(own["colours"]) == 6 and counted.tolist() == [3] * 6, "as many counties in each class of a year"
    assert own["limits"][0] == 1 and own["limits"][-1] == 180
    assert page.do("classes([5, 5, 5]).limits.length") == 2 and page.do("classes([1, 1, 1, 9]).colours.length") >= 1


def test_effects_in_percent_are_medians_of_the_pairs_as_in_the_report(page, study):
    page.do(f"pick('indicator', {place_of(page, 'gdp_pc')})")
    page.do("pick('main', 2)")
    one, other = (study.results["theil_gdp_pc"].sel(scenario=name).isel(year=-1).values.astype(float).ravel()
                  for name in ("full", "no_policy"))
    expected = np.sort((100 * (one / other - 1))[np.isfinite(one - other)])
    found = page.do("banded(effect('theil_gdp_pc', null, 25, 2, 0).relative)")
    assert [found["middle"], found["low"]] == pytest.approx([np.median(expected), expected[0]], rel=1e-4)
    row = page.do("document.querySelector('#effects table:last-of-type [data-effect=theil_gdp_pc]').textContent")
    assert f"{abs(found['middle']):.3g}"[:3] in row


def test_bands_are_order_statistics(page):
    numbers = [9, 12, 19, 25, 39, 57, 199]
    found = page.do(f"{numbers}.map(n => [beyond(n), shareOf(n)])")
    assert found == [[spread.rank(n), spread.held(n)] for n in numbers]
    assert page.do("shareOf(8)") == 0  # the whole range, as everywhere
    assert page.do("banded([5, 1, NaN, 3, 2])") == {"n": 4, "middle": 2.5, "low": 1, "high": 5}
    assert page.do("banded([7]).low") is None
    many = page.do("banded(Array.from({length: 19}, (_, k) => 19 - k))")
    assert (many["low"], many["middle"], many["high"]) == (2, 10, 18)


def test_a_click_on_a_county_tells_its_numbers_and_causes(page, study):
    click(page, "#map .county[data-county='469030']")
    assert page.do("document.getElementById('county-title').textContent") == "Qiongzhong in 2035"
    told = page.do("values('#county [data-indicator]')")
    row = [int(code) for code in study.results["county"].values].index(469030)
    for name in ("population", "svc", "inc_pc"):
        assert told[name] == pytest.approx(float(np.median(study.runs(name, "baseline")[:, -1, row])), rel=1e-12)
    parts = page.do("[...document.querySelectorAll('#county [data-account=residents]')].map("
                    "row => [Number(row.dataset.part), Number(row.dataset.value)])")
    whole = dict(parts)[0]
    assert sum(value for part, value in parts if part) == pytest.approx(whole, rel=1e-4, abs=1)
    assert page.do("document.querySelector('#map [aria-pressed=true]').dataset.county") == "469030"
    click(page, "#map .county[data-county='469030']")
    assert page.do("state.county") == -1


def test_moves_of_a_county_are_those_of_the_dataset(page, study):
    page.do("pick('place', 0)")
    shared = [(d, k) for d in range(4) for k in range(3) if (d, k) != (2, 1)]
    moves = study.results["moved"].sel(scenario="baseline").isel(year=-1).values
    mean = np.mean([moves[d, k] for d, k in shared], axis=0)
    row = page.do("({...document.querySelector('#flows [data-partner=\"460200\"]').dataset})")
    assert float(row["left"]) == pytest.approx(mean[0, 1], rel=1e-6)
    assert float(row["came"]) == pytest.approx(mean[1, 0], rel=1e-6)
    assert page.do("document.querySelectorAll('#flows svg path.came').length") > 3


def test_observed_derived_and_imputed_are_told_apart(page, study):
    for name in ("population", "gdp_pc"):
        page.do(f"pick('indicator', {place_of(page, name)})")
        page.do("pick('place', 0)")
        past = study.past(name, 0)
        for trust in ("observed", "derived", "imputed"):
            years = page.do(f"[...document.querySelectorAll('#lines .seen-{trust}')].map(mark => +mark.dataset.year)")
            assert years == past.years[past.trust == trust].tolist()
    page.do(f"pick('indicator', {place_of(page, 'gdp_volume_pc')})")
    assert "No observation" in page.do("document.getElementById('lines-note').textContent")
    assert "no observation" in page.do("document.getElementById('county').textContent")


def test_the_table_of_the_lines_holds_medians_and_bands(page, study):
    page.do(f"pick('indicator', {place_of(page, 'population')})")
    page.do("document.getElementById('lines-table').open = true")
    page.do("new Promise(done => setTimeout(done, 50))")
    cells = page.do("[...document.querySelectorAll('#lines-table tbody tr:last-child > *')].map(c => c.textContent)")
    runs = study.runs("province_population", "no_policy")[:, -1] / 1e3
    assert cells[0] == "2035"
    assert float(cells[1].replace(",", "")) == pytest.approx(np.median(runs), abs=0.6)
    assert float(cells[2].replace(",", "")) == pytest.approx(runs.min(), abs=0.6)


def test_a_flow_is_not_drawn_in_the_year_a_run_starts_from(page):
    drawn = page.do("""[[0, 3, 2], [1, 3, 2], [0, 0, 0]].map(values => startsAtZero([{found: values.map(value =>
      ({middle: value, low: value, high: value}))}]))""")
    assert drawn == [True, False, False]


def test_the_csv_holds_what_the_chart_shows(page, study):
    page.do(f"pick('indicator', {place_of(page, 'inc_pc')})")
    page.do("pick('place', 0)")
    page.do("document.getElementById('lines-table').open = true")
    page.do("new Promise(done => setTimeout(done, 50))")
    text = page.do("""(async () => {
      let held; URL.createObjectURL = blob => { held = blob; return "#"; };
      document.querySelector('#lines-table button').click();
      return await held.text();
    })()""")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0][1:7] == ["No policy", "No policy low", "No policy high", *(f"The Opinions{w}" for w in ("", " low",
                                                                                                       " high"))]
    runs = study.runs("inc_pc", "baseline")[:, study.at(2030), 0]
    found = next(row for row in rows if row[0] == "2030")
    assert float(found[4]) == pytest.approx(np.median(runs), rel=1e-7)
    assert float(found[5]) == pytest.approx(runs.min(), rel=1e-7)


def test_a_title_from_a_file_is_text(page):
    assert page.do("document.images.length") == 0
    assert page.do("document.querySelector('#main option:last-child').textContent") == EVIL
    assert EVIL in page.do("document.getElementById('shown').textContent")


def test_pointing_tells_a_value_with_its_unit(page):
    page.do(f"pick('indicator', {place_of(page, 'gdp_pc')})")
    x, y = page.do("(() => { const box = document.querySelector('#map .county[data-county=\"460100\"]')"
                   ".getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; })()")
    page.mouse("mouseMoved", x, y)
    tip = page.do("document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent")
    assert "Haikou, 2035" in tip and "CNY" in tip and "no observation" in tip


def answer_times(page):
    """Milliseconds of each kind of choice, the quickest of five: on a busy machine the others may have to wait."""
    return page.do("""(() => {
      const timed = act => [1, 2, 3, 4, 5].map(k => {
        const start = performance.now(); act(k); document.body.offsetHeight; return performance.now() - start;
      }).sort((a, b) => a - b)[0];
      const counties = [...document.querySelectorAll('#map .county[role=button]')];
      return {
        slide: timed(k => pick('year', 10 + k, 'input')), indicator: timed(k => pick('indicator', k)),
        scenario: timed(k => pick('main', k % 3)),
        click: timed(k => counties[k].dispatchEvent(new MouseEvent('click', {bubbles: true}))),
        differences: timed(k => document.getElementById(k % 2 ? 'mode-differences' : 'mode-values').click()),
        language: timed(() => document.getElementById('language').click()),
      };
    })()""")


@pytest.mark.slow
def test_answers_come_at_once(page):
    times = answer_times(page)
    assert {kind: took for kind, took in times.items() if took >= QUICK} == {}


def test_no_answer_is_waited_for(page):
    """Ten times what is asked on a calm machine: a page that computes all of it anew would take longer."""
    times = answer_times(page)
    assert {kind: took for kind, took in times.items() if took >= 10 * QUICK} == {}


def test_both_languages(page):
    english = page.do("document.body.innerText")
    assert page.do("document.documentElement.lang") == "en"
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.replace("中文", ""))
    page.do("document.getElementById('language').click()")
    assert page.do("document.documentElement.lang") == "zh-CN"
    assert page.do("document.getElementById('heading').textContent") == "一项研究"
    chinese = page.do("document.body.innerText")
    assert "2035年" in chinese and "海口" in chinese and "实施意见基准情景" in chinese
    for words in ("Compared with", "no observation", "Ranking", "median", "Choose"):
        assert words not in chinese


def test_the_address_keeps_what_is_chosen(page, file):
    page.do(f"pick('indicator', {place_of(page, 'inc_pc')})")
    page.do("pick('main', 2); pick('reference', 1); pick('place', 4); pick('year', 12, 'input')")
    page.do("document.querySelector('#shown input[value=\"0\"]').click()")
    page.do("document.getElementById('mode-differences').click()")
    page.do("document.getElementById('language').click()")
    address, map_values = page.do("location.hash"), page.do("values('#map .county')")
    page.open(file, address)
    page.do(HELPERS)
    assert page.do("values('#map .county')") == map_values
    assert page.do("[indicatorNow().name, state.main, state.reference, state.county, years[state.year], language,"
                   " state.differences, [...state.shown]]") == ["inc_pc", 2, 1, 4, 2022, "zh", True, [1, 2]]
    page.requests[:] = [file.resolve().as_uri()]  # the address behind # is no request


def test_a_wrong_address_is_as_none(page, file):
    page.open(file, "#i=nothing&c=1&y=9999&m=%3Cimg%3E&s=x&l=fr&v=&g=7")
    assert page.do("[state.indicator >= 0, state.county, years[state.year], state.main, language]") == [
        True, -1, 2035, 1, "en"]
    page.requests[:] = [file.resolve().as_uri()]


def test_keys_move_on_the_map_and_over_the_years(page):
    page.do("document.querySelector('#map .county[tabindex=\"0\"]').focus()")
    first = page.do("document.activeElement.dataset.county")
    page.key("ArrowRight")
    assert page.do("document.activeElement.dataset.county") != first
    page.key("Enter")
    assert page.do("counties[state.county].code == document.activeElement.dataset.county")
    page.do("document.getElementById('lines-drawing').focus()")
    page.key("ArrowLeft")
    page.key("ArrowLeft")
    assert page.do("[years[state.year], document.activeElement.id]") == [2033, "lines-drawing"]
    assert "2033" in page.do("document.getElementById('status').textContent")


def test_play_walks_through_the_years(page):
    page.do("document.getElementById('play').click()")
    assert page.do("years[state.year]") == 2010
    page.do("new Promise(done => setTimeout(done, 1600))")
    assert page.do("years[state.year]") in (2011, 2012)
    page.do("document.getElementById('play').click()")
    assert page.do("document.getElementById('play').textContent") == "Play"


def test_everything_that_can_be_used_has_a_name(page):
    nameless = page.do("""[...document.querySelectorAll(
        'select, input, button, summary, [role=button], [role=img], svg')]
      .filter(node => !node.closest('[aria-hidden=true], .legend, [hidden]'))
      .filter(node => !(node.getAttribute('aria-label') || node.textContent.trim() || node.labels?.length))
      .map(node => node.outerHTML.slice(0, 80))""")
    assert nameless == []
    assert page.do("[...document.querySelectorAll('section.card:not([hidden])')].every(card => "
                   "document.getElementById(card.getAttribute('aria-labelledby')).textContent)")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_narrow_screen_holds_everything(page, file, language):
    page.open(file, f"#c=469030&i=gdp_pc&l={language}", 400, 800)
    assert page.do("document.documentElement.scrollWidth") <= 400
    cut = page.do("""[...document.querySelectorAll('main svg, main table, #controls, #time')]
      .filter(node => node.getBoundingClientRect().right > 400.5)
      .map(node => node.closest('[id]').id + ' ' + node.getBoundingClientRect().right)""")
    assert cut == []
    page.requests[:] = [file.resolve().as_uri()]


def test_print_leaves_the_controls_away(page):
    page.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert page.do("getComputedStyle(document.getElementById('controls')).display") == "none"
        assert page.do("document.getElementById('lines-legend').getBoundingClientRect().height") > 0
    finally:
        page.ask("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("kind", ["one run", "thirty scenarios", "no outlines"])
def test_small_and_large_studies_open(chromium, tmp_path, kind):
    names = {"one run": ("baseline",), "no outlines": ("baseline", "full")}.get(kind, [f"情景{k}" for k in range(30)])
    results, past, shapes = synthetic.small(scenarios=tuple(names), seeds=1)
    path = write(results, past, tmp_path / "explorer.html", polygons=() if kind == "no outlines" else shapes)
    chromium.complaints.clear()
    chromium.open(path, "#c=460100")
    chromium.do(HELPERS)
    chromium.do("for (let k = 0; k < study.indicators.length; k++) { pick('indicator', k); pick('place', k % 3 - 1); }")
    assert chromium.complaints == []
    assert chromium.do("document.querySelectorAll('#ranking tr[data-county], #ranking-card[hidden]').length") > 0
    if kind == "one run":
        assert "no comparison is possible" in chromium.do("document.getElementById('effects').textContent")
    if kind == "thirty scenarios":
        chromium.do("for (const k of [0, 8]) show(k, true)")
        assert chromium.do("[0, 8].map(k => document.querySelector(`#lines path[data-scenario=情景${k}]`)"
                           ".getAttribute('stroke-dasharray'))") == [None, "7 3"]
        assert chromium.do("state.shown.size") == 6 and "情景29" in chromium.do("document.body.textContent")


def test_a_county_shows_its_causes_where_they_were_computed(chromium, study, tmp_path):
    path = write(study.results, history(), tmp_path / "explorer.html", polygons=study.polygons, causes=caused(study))
    chromium.complaints.clear()
    code, (reference, main) = study.results["county"].values[0], study.scenarios[:2]
    chromium.open(path, f"#c={code}&m={main}&r={reference}")
    rows = "[...document.querySelectorAll('#county tr[data-cause]')]"
    shown = chromium.do(f"{rows}.map(row => Number(row.dataset.value))")
    assert shown == [3.0, 6.0, 9.0] * 2
    words = chromium.do("document.getElementById('county').textContent")
    assert "Causes of the change 2015–2030" in words and "Causes of the difference in 2030" in words
    assert "Ranges are over 19 draws" in words and chromium.complaints == []


def test_provisions_are_ranked_by_what_they_contribute(chromium, tmp_path):
    """Numbers of the page are those of the attribution, for the province and for a county; and they add up."""
    results, past, shapes = synthetic.small(seeds=2)
    orders = staged(results)
    write(results, past, tmp_path / "explorer.html", polygons=shapes, orders=orders)
    (tmp_path / "report.html").write_text('<a class="beside" href="explorer.html" hidden>x</a>', encoding="utf-8")
    beside.link(tmp_path)
    chromium.complaints.clear()
    chromium.open(tmp_path / "explorer.html", "#i=population&l=en")
    shown = ("[...document.querySelectorAll('#provisions tr[data-part]')]"
             ".map(row => [row.dataset.part, row.dataset.value])")
    added, low, _ = attribution.by_pair(orders, "province_population", 2022)
    wanted = attribution.percent(added, low).mean(axis=1)
    rows = {int(part): float(value) for part, value in chromium.do(shown)}
    assert rows[0] == pytest.approx(wanted[0], rel=1e-5) and rows[1] == pytest.approx(wanted[1], rel=1e-5)
    assert rows[0] + rows[1] == pytest.approx(rows[2], rel=1e-5)
    chromium.do("choose({county: 1})")
    added, low, _ = attribution.by_pair(orders, "population", 2022)
    of_county = attribution.percent(added, low)[:, :, 1].mean(axis=1)
    assert float(chromium.do(shown)[-1][1]) == pytest.approx(of_county.sum(), rel=1e-5)
    chromium.do("choose({year: 0})")
    assert "No differences before" in chromium.do("document.getElementById('provisions').textContent")
    assert chromium.do("document.querySelector('a.beside').offsetParent !== null")
    assert not chromium.complaints


def staged(results):
    """Runs along two orders of two parts between the scenarios of results: half of the way each."""
    low, high = (results.sel(scenario=name)[["population", "province_population"]] for name in ("no_policy", "full"))
    steps = [low, 0.5 * (low + high), high] * 2
    comes = np.array([-1, 0, 1, -1, 1, 0])
    shape = (6, results.sizes["draw"], results.sizes["seed"])
    return xr.concat([one.drop_vars("scenario", errors="ignore") for one in steps], "step").assign_coords(
        step=[f"{order}:{place}" for order in (0, 1) for place in (0, 1, 2)], order=("step", np.repeat([0, 1], 3)),
        part=["8_2", "3_2"], part_title=("part", ["a", "b"]), part_title_zh=("part", ["甲", "乙"]),
        comes=(("step", "draw", "seed"), np.broadcast_to(comes[:, None, None], shape)),
    ).assign_attrs(low="no_policy", high="full")
