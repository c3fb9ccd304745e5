"""One variable over the years: by name, with parts and counties; what is not there is said."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import hainan2035
from outputs import plot, style
from outputs.style import Look
from outputs.view import View
from sim.core.dataset import FORMAT, save
from sim.core.declare import UserError
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def made():
    results, past, _ = synthetic.small()
    return results, past


def drawn(made, name, rows=(), lang="en"):
    view = View(*made)
    with style.drawing(lang):
        return plot.draw(view, name, Look(lang, style.colours(view.scenarios)), rows)


def test_a_variable_of_the_province_is_one_panel_with_its_unit(made):
    figure = drawn(made, "province_gdp")
    assert isinstance(figure, Figure) and len(figure.axes) == 1 and "million CNY" in figure.get_supylabel()


def test_counties_are_found_by_code_and_by_name_in_both_languages(made):
    view = View(*made)
    rows = plot.counties(view, ["460100", "三亚", "wuzhishan", "海口市"])
    assert rows == [0, 1, 3]
    figure = drawn(made, "gdp", rows)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Haikou", "Sanya", "Wuzhishan"]


def test_all_counties_are_drawn_but_those_not_compared(made):
    assert len(drawn(made, "gdp").axes) == 4


def test_lines_are_medians_of_the_runs(made):
    view = View(*made)
    line = drawn(made, "gdp", [1]).axes[0].lines[0]
    assert line.get_ydata()[-1] == pytest.approx(float(view.runs("gdp", "no_policy")[:, -1, 1].mean()))  # of two runs


def test_a_part_is_chosen_by_its_label(made):
    results, name = plot.chosen(made[0], "gdp_branch:tertiary")
    assert name == "gdp_branch_tertiary"
    assert float(results[name][0, 0, 0, 0, 0]) == pytest.approx(float(made[0]["gdp_branch"][0, 0, 0, 0, 0, 2]))


@pytest.mark.parametrize(("wanted", "said"), [
    ("gdq", "did you mean gdp"), ("gdp_branch", "gdp_branch:primary"), ("gdp_branch:tertiar", "did you mean tertiary"),
    ("gdp:tertiary", "has no further dimension")])
def test_what_is_no_variable_is_answered(made, wanted, said):
    with pytest.raises(UserError, match=said):
        plot.chosen(made[0], wanted)


def test_an_unknown_county_and_counties_of_the_province_are_faults(made):
    with pytest.raises(UserError, match="did you mean Haikou"):
        plot.counties(View(*made), ["Haiko"])
    with pytest.raises(UserError, match="of the province"):
        drawn(made, "province_gdp", [0])


def test_pictures_are_written_and_a_folder_in_their_place_is_refused(made, tmp_path):
    view = View(*made)
    written = plot.write(view, "province_gdp", "zh", tmp_path / "x")
    assert [path.name for path in written] == ["x.svg", "x.png"]
    assert "全省地区生产总值" in written[0].read_text(encoding="utf-8")
    assert plot.write(view, "province_gdp", "en", tmp_path / "only.png") == [tmp_path / "only.png"]
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        plot.write(view, "province_gdp", "en", tmp_path / "taken.svg")
    with pytest.raises(UserError, match=r"\.svg or \.png"):
        plot.write(view, "province_gdp", "en", tmp_path / "x.pdf")


@pytest.mark.parametrize("name", ["x.svg", "x.png"])
def test_what_is_no_picture_is_not_written_over(made, tmp_path, name):
    (tmp_path / name).write_text("my notes")
    with pytest.raises(UserError, match="is not a picture"):
        plot.write(View(*made), "province_gdp", "en", tmp_path / "x")
    assert (tmp_path / name).read_text() == "my notes" and len(list(tmp_path.iterdir())) == 1


def test_a_picture_is_written_over_a_picture(made, tmp_path):
    for _ in range(2):
        assert len(plot.write(View(*made), "province_gdp", "en", tmp_path / "x")) == 2


@pytest.mark.parametrize("out", ["", ".", "..", "/"])
def test_a_folder_is_no_name_of_a_picture(made, out):
    with pytest.raises(UserError, match="is a folder; name a file in it"):
        plot.write(View(*made), "province_gdp", "en", Path(out))


def test_a_file_without_results_by_county_is_refused(tmp_path, capsys):
    path = save(xr.Dataset({"age": ("person", np.arange(3))}, attrs={"format": FORMAT}), tmp_path / "people.nc")
    assert hainan2035.main(["plot", str(path), "gdp"]) == 2
    assert "people.nc: holds no results by year and county" in capsys.readouterr().err


def test_a_file_with_changed_bytes_is_damaged(made, tmp_path, capsys):
    path = save(made[0][["gdp"]], tmp_path / "run.nc")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"BTHD") if b"BTHD" in content else content.rindex(b"OHDR")  # a record with a checksum
    content[at + 8] ^= 255
    path.write_bytes(content)
    assert hainan2035.main(["plot", str(path), "gdp"]) == 2
    assert "run.nc: " in (said := capsys.readouterr().err) and said.count("\n") == 1
