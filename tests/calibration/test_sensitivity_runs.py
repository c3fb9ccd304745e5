"""The whole analysis on a model whose effect hangs on one parameter alone."""

import shutil
from dataclasses import replace

import pytest

from calibration import overturn, sensitivity, sensitivity_runs
from calibration.overturn import CONFIRMED, Verdict
from calibration.priors import centre, priors
from sim.core.declare import UserError
from sim.study.store import sealed, unsealed
from tests.sensitive_model import AT_CENTRE, CENTRAL, SENSITIVE, SLOPE
from tests.small_model import Plan

ASKED = sensitivity_runs.Asked(
    (Plan("no_policy"), Plan("baseline")), "baseline", "no_policy", trajectories=2, runs=24, retained=2, seeds=2,
    weight=100, until=2012, parameters=("freight_rate", "moving_cost", "inflow_scale"), workers=1, progress=False,
    model=SENSITIVE)


def at_centre():
    """The effect at the central value of the parameter that it hangs on."""
    return AT_CENTRE + SLOPE * (centre()["moving_cost"] - CENTRAL)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensitivity")
    return folder, sensitivity_runs.carry_out(ASKED, folder, lambda line: None)


def test_the_parameter_that_moves_the_effect_is_retained_and_has_all_of_its_variance(analysis):
    _, found = analysis
    assert "moving_cost" in [prior.name for prior in found.parameters]
    mine = found.indices.table[found.indices.table["kind"] == "effect"].set_index("parameter")
    assert mine["total"]["moving_cost"] == pytest.approx(1.0, abs=0.05)
    assert not found.switches["turns"].any() and set(found.switches["central"].round(3)) >= {round(at_centre(), 3)}


def test_sizes_of_chance_are_not_screened_and_cost_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sensitivity, "SIZES_OF_CHANCE", ("freight_rate",))
    monkeypatch.setattr(sensitivity_runs, "priors", lambda names=None: priors(ASKED.parameters))
    asked = replace(ASKED, parameters=(), trajectories=2, runs=12)
    found = sensitivity_runs.carry_out(asked, tmp_path, lambda line: None)
    assert set(found.morris["parameter"]) == {"moving_cost", "inflow_scale"}
    assert "screening of 2 parameters, free: 12 runs" in sensitivity_runs.cost(asked, tmp_path)[0]


def test_a_finished_analysis_runs_nothing_again(analysis):
    folder, found = analysis
    before = {path: path.stat().st_mtime_ns for path in (folder / "design").rglob("*") if path.suffix == ".npz"}
    again = sensitivity_runs.carry_out(ASKED, folder, lambda line: None)
    assert again.indices.table.equals(found.indices.table)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_runs_minutes_and_what_is_done_are_said_before_the_start(analysis, tmp_path):
    folder, _ = analysis
    first, minutes = sensitivity_runs.cost(ASKED, tmp_path)
    assert "16 runs; design over 2" in first and "96 runs of 24 draws" in first and "are done" not in first
    assert minutes.startswith("about ") and "resume" in minutes
    whole = 16 + 96 + 2 * sensitivity_runs.SWITCH_SEEDS * (2 + len(sensitivity.SWITCHES))
    done, minutes = sensitivity_runs.cost(ASKED, folder)
    assert f"; {whole} runs are done" in done and minutes.startswith("about 0 minutes")
    for manifest in (shutil.copytree(folder, tmp_path / "of_other_code")).rglob("manifest.json"):
        told = unsealed(manifest.read_text(encoding="utf-8"))
        manifest.write_text(sealed(told | {"code_hash": "other"}), encoding="utf-8")
    assert "are done" not in sensitivity_runs.cost(ASKED, tmp_path / "of_other_code")[0]
    manifest.write_text("{broken", encoding="utf-8")
    with pytest.raises(UserError, match="is damaged"):
        sensitivity_runs.cost(ASKED, tmp_path / "of_other_code")


def test_a_verdict_is_overturned_where_the_effect_crosses_nought_and_runs_confirm_it(analysis):
    folder, _ = analysis
    verdicts = [Verdict("income", "theil", "theil_inc_pc", "narrower", False),
                Verdict("income", "cvu", "cvu_inc_pc", "narrower", False)]
    said: list[str] = []
    table = sensitivity_runs.overturned(folder, verdicts, ASKED, 3, said.append)
    assert table["state"].tolist() == [CONFIRMED] and table["parameters"].tolist() == ["moving_cost"]
    crossing = CENTRAL - AT_CENTRE / SLOPE
    assert float(table["values"][0]) == pytest.approx(crossing, abs=0.1) and float(table["values"][0]) > crossing
    assert table["effect_there"][0] > 0 > table["effect_central"][0]
    draws = 1 + len(overturn.FARTHER)
    assert len(said) == 1 and said[0].startswith(
        f"1 claims of the emulator are tried by {2 * 3 * draws} runs of {draws} draws, about 0 minutes")


def test_a_folder_without_a_design_is_refused(tmp_path):
    with pytest.raises(UserError, match="no design"):
        sensitivity_runs.overturned(tmp_path, [], ASKED, 3, print)


def test_an_analysis_of_finished_runs_takes_the_parameters_that_differ(analysis):
    folder, found = analysis
    again = sensitivity_runs.of_folder(folder / "design", ASKED)
    assert {prior.name for prior in again.parameters} == {prior.name for prior in found.parameters}
