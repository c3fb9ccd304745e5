"""Rows laid over the pack reach every run of a batch, in this process and in workers, and are named in the results."""

import csv

import numpy as np
import pytest

from sim import simulate
from sim.core.declare import UserError
from sim.region.pack import load_pack
from sim.study.batch import open_results, reproduce, run_study

SAID = {"seeds": 2, "weight": 1000, "until": 2011, "progress": False}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Haikou's output of 2010 a little larger, in all branches."""
    folder = tmp_path_factory.mktemp("rows") / "mine"
    folder.mkdir()
    pack = load_pack()
    with (folder / "economy.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["adcode", "county", "year", "variable", "value", "unit", "source", "confidence", "note"])
        for name in ("gdp", "gdp_primary", "gdp_secondary", "gdp_tertiary"):
            value = 1.02 * pack.values("economy", name, 2010)[0]
            writer.writerow([460100, "Haikou", 2010, name, round(value, 4), "1e8 yuan", "mine", "official", ""])
    return folder


@pytest.fixture(scope="module")
def studies(rows, tmp_path_factory):
    """The same study without rows, with them in this process, and with them in workers."""
    place = tmp_path_factory.mktemp("studies")
    model = simulate.Hainan(rows)
    asked = {"bare": {}, "here": {"model": model, "workers": 1}, "workers": {"model": model, "workers": 2}}
    for name, more in asked.items():
        assert run_study(["no_policy", "baseline"], out=place / name, **SAID, **more).code == 0
    return {name: place / name for name in asked}


def test_every_run_sees_the_rows(studies):
    opened = {name: open_results(folder) for name, folder in studies.items()}
    gdp = {name: ds["gdp"].sel(year=2010, county=460100).values for name, ds in opened.items()}
    assert gdp["here"] / gdp["bare"] == pytest.approx(np.full_like(gdp["bare"], 1.02), rel=1e-4)
    assert opened["here"]["gdp"].equals(opened["workers"]["gdp"])


def test_results_carry_the_hash_of_both(studies, rows):
    pack, opened = load_pack(overlay=rows), open_results(studies["workers"])
    assert opened.attrs["data_hash"] == pack.hash and opened.attrs["overlay_hash"] == pack.overlay_hash
    assert opened.attrs["pack_hash"] == load_pack().hash == open_results(studies["bare"]).attrs["data_hash"]
    assert "overlay_hash" not in open_results(studies["bare"]).attrs


def test_a_study_is_reproduced_with_its_rows_and_not_without(studies, rows):
    assert reproduce(studies["here"], 1, model=simulate.Hainan(rows))["same"]
    with pytest.raises(UserError, match=r"was made on other data \(hash .* name its rows with --data"):
        reproduce(studies["here"], 1)


def test_faulty_rows_stop_a_batch_before_it_starts(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "economy.csv").write_text("adcode,year\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"mine/economy\.csv"):
        run_study("baseline", out=tmp_path / "study", model=simulate.Hainan(tmp_path / "mine"), **SAID)
    assert not (tmp_path / "study").exists()
