"""The paragraph of methods and the citation of a study."""

import numpy as np
import pytest
import xarray as xr

from outputs import methods
from sim.study.draws import SHIPPED, read_draws
from tests.outputs.test_verdict import planted, spread_around


@pytest.fixture(scope="module")
def view():
    return planted(spread_around(-5, 2))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_names_what_history_the_runs_follow_and_how_to_cite_them(view, lang):
    view.results.attrs |= {"study": "trial", "code_hash": "c" * 64, "data_hash": "d" * 64, "history_until": 2021}
    told, cited = methods.paragraph(view, lang), methods.citation(view, lang)
    assert "2021" in told and ("law" in told or "规律" in told)
    assert "trial" in cited and "c" * 12 in cited and "d" * 12 in cited and "0." in cited
    view.results.attrs["follow"] = "own_revenue = false\ndebt = false\n"
    assert "own_revenue, debt" in methods.paragraph(view, lang) and "own_revenue" not in told
    del view.results.attrs["history_until"], view.results.attrs["follow"]
    free = {"en": f"free from {view.first} on", "zh": f"自{view.first}年起自由演进"}[lang]
    assert free not in told and free in methods.paragraph(view, lang)


def test_draws_of_the_posterior_are_named_with_what_they_have_seen(view):
    draws = [int(number) for number in view.results["draw"].values]
    rows = {int(row["draw"]): row for row in read_draws(SHIPPED / "to2017.csv")}
    number = {draw: rows[place] for place, draw in enumerate(draws, 1)}
    held = dict(view.drawn)
    try:
        view.results = view.results.assign_coords(draw=list(range(1, len(draws) + 1)))
        view.drawn = {name: xr.DataArray(np.array([float(number[draw][name]) for draw in draws]), dims="draw")
                      for name in ("imputation", "moving_cost", "inflow_scale")}
        view.__dict__.pop("varied", None)
        assert "“to2017”, conditioned on figures of 2010-2017" in methods.paragraph(view, "en")
        view.drawn["moving_cost"] = view.drawn["moving_cost"] * 1.01
        view.__dict__.pop("varied", None)
        assert "2 assumed numbers vary over" in methods.paragraph(view, "en")
    finally:
        view.drawn = held
        view.results = view.results.assign_coords(draw=draws)
        view.__dict__.pop("varied", None)
