"""Studies on disk: what is asked, what is done already, what comes out, and in which order."""

import errno
import random

import numpy as np
import pytest
import xarray as xr

from sim.core.declare import UserError
from sim.study import batch, engines, store
from tests.batches import BEGINNINGS, files
from tests.small_model import SMALL, Plan

UNTIL = 2012
TEN = {"weight": 16, "until": UNTIL}  # blocks of four runs


def run(out, scenarios=("baseline",), workers=1, **asked):
    asked = {"seeds": 10, **TEN, **asked}
    return batch.run_study(list(scenarios), workers=workers, out=out, progress=False, model=SMALL, **asked)


def opened(folder, **asked):
    return batch.open_results(folder, model=SMALL, **asked)


def expected_gdp(lever, seed, draw=0):
    return [[(lever + 10 * seed + 100 * draw + t) * c for c in (1, 2, 3)] for t in range(UNTIL - 2009)]


def test_a_study_opens_as_scenario_draw_seed_year_county(tmp_path):
    run(tmp_path / "s", [Plan("full", lever=5.0), Plan("baseline")], seeds=3, draws=2)
    results = opened(tmp_path / "s")
    assert results["gdp"].dims == ("scenario", "draw", "seed", "year", "county")
    assert list(results["scenario"].values) == ["full", "baseline"]
    assert list(results["draw"].values) == [1, 2]
    got = results["gdp"].sel(scenario="full", draw=2, seed=1)
    assert got.values.tolist() == expected_gdp(5.0, 1, 2)
    assert results["population"].dtype == np.int64
    assert list(results["name_zh"].values) == ["海口市", "三亚市", "五指山市"]
    assert results["gdp"].attrs["units"] == "million CNY"
    assert "gdp_pc" in results


@pytest.mark.parametrize("started_by", BEGINNINGS)
def test_results_are_the_same_bytes_for_any_number_of_workers(tmp_path, monkeypatch, started_by):
    monkeypatch.setattr(engines, "STARTED_BY", started_by)
    run(tmp_path / "one")
    for workers in (2, 4):
        run(tmp_path / str(workers), workers=workers)
        assert files(tmp_path / "one") == files(tmp_path / str(workers))


def test_results_are_the_same_bytes_for_any_order_of_blocks(tmp_path, monkeypatch):
    run(tmp_path / "straight")
    reports = engines.Processes.reports
    monkeypatch.setattr(engines.Processes, "reports", lambda self, tasks, *more: reports(
        self, random.Random(1).sample(tasks, len(tasks)), *more))
    run(tmp_path / "shuffled")
    assert files(tmp_path / "straight") == files(tmp_path / "shuffled")


def test_the_size_of_a_block_follows_from_the_weight_alone():
    assert [store.block_rows(weight) for weight in (1, 20, 100, 1000, 100000)] == [1, 4, 10, 31, 32]


def test_a_block_is_a_netcdf_file_that_plain_xarray_reads(tmp_path):
    run(tmp_path / "s", [Plan("基准", 1.0, fails_at_seed=5)], seeds=7)
    with xr.open_dataset(tmp_path / "s" / "results" / "000001-02.nc", engine="h5netcdf") as block:
        assert dict(block.sizes) == {"run": 2, "year": 3, "county": 3, "service": 4}  # the failed run has no row
        assert block["seed"].values.tolist() == [4, 6]
        assert block["scenario"].values.tolist() == ["基准", "基准"]
        assert block["year"].values.tolist() == [2010, 2011, 2012]
        assert block["service"].attrs["flag_meanings"] == "education health culture social"
        assert block["gdp"].dims == ("run", "year", "county")
        assert block["gdp"].attrs["units"] == "million CNY"
        assert block["gdp"][1].values.tolist() == expected_gdp(1.0, 6)
        assert block["population"].dtype == np.int64


def test_a_block_is_at_most_two_files_whatever_the_number_of_variables(tmp_path):
    run(tmp_path / "s", keep="all")
    files_of_blocks = [name for name in files(tmp_path / "s") if name.startswith(("results/", "done/"))]
    assert len(files_of_blocks) == 2 * 3


def test_the_same_command_again_has_nothing_to_do(tmp_path):
    first = run(tmp_path / "s")
    before = files(tmp_path / "s")
    again = run(tmp_path / "s")
    assert (first.done, again.done, again.before) == (10, 0, 10)
    assert files(tmp_path / "s") == before


def test_tables_that_a_kill_left_out_are_written_again(tmp_path):
    run(tmp_path / "s")
    before = files(tmp_path / "s")
    for name in ("runs.csv", "draws.csv", "scenarios/baseline.toml"):
        (tmp_path / "s" / name).unlink()
        assert run(tmp_path / "s").done == 0
        assert files(tmp_path / "s") == before


def test_a_block_without_marker_is_written_again(tmp_path):
    run(tmp_path / "s")
    before = files(tmp_path / "s")
    (tmp_path / "s" / "done" / "000001.json").unlink()
    (tmp_path / "s" / "results" / "000001-04.nc").write_bytes(b"garbage")
    assert batch.status(tmp_path / "s")["left"] == 4
    assert run(tmp_path / "s").done == 4
    assert files(tmp_path / "s") == before


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b""),
                                    lambda path: path.write_bytes(path.read_bytes()[:-1]),
                                    lambda path: path.write_bytes(path.read_bytes()[::-1])])
def test_a_block_whose_file_is_damaged_is_computed_again(tmp_path, damage):
    run(tmp_path / "s")
    before = files(tmp_path / "s")
    damage(tmp_path / "s" / "results" / "000002-02.nc")
    assert set(batch.status(tmp_path / "s", verify=True)["damaged"]) == {
        "baseline, draw 0, seed 8", "baseline, draw 0, seed 9"}
    outcome = run(tmp_path / "s")
    assert outcome.done == 2 and "block 2 is damaged" in " ".join(outcome.lines)
    assert files(tmp_path / "s") == before
    assert batch.status(tmp_path / "s", verify=True)["damaged"] == {}


def test_a_marker_cut_in_half_is_no_marker(tmp_path):
    run(tmp_path / "s")
    before = files(tmp_path / "s")
    marker = tmp_path / "s" / "done" / "000000.json"
    marker.write_text(marker.read_text()[:20])
    assert run(tmp_path / "s").done == 4
    assert files(tmp_path / "s") == before


def test_more_seeds_are_rows_at_the_end_and_touch_nothing_that_stands(tmp_path):
    run(tmp_path / "s", seeds=6)
    before = {name: h for name, h in files(tmp_path / "s").items() if name.startswith(("results/", "done/"))}
    assert run(tmp_path / "s", seeds=9).done == 3
    after = files(tmp_path / "s")
    assert {name: after[name] for name in before} == before
    results = opened(tmp_path / "s")
    assert [results["gdp"].sel(seed=s)[0, 0, 0, 0].item() for s in range(9)] == [10.0 * s for s in range(9)]


def test_fewer_seeds_hide_rows_and_more_bring_them_back_for_nothing(tmp_path):
    run(tmp_path / "s", seeds=6)
    fewer = run(tmp_path / "s", seeds=2)
    assert (fewer.done, opened(tmp_path / "s").sizes["seed"]) == (0, 2)
    assert "not named by this study" in " ".join(fewer.lines)
    assert run(tmp_path / "s", seeds=6).done == 0
    assert opened(tmp_path / "s").sizes["seed"] == 6


def test_a_new_scenario_is_run_alone_and_an_edited_one_anew(tmp_path):
    run(tmp_path / "s", ["baseline"], seeds=2)
    assert run(tmp_path / "s", [Plan("full", 1.0), "baseline"], seeds=2).done == 2
    assert run(tmp_path / "s", [Plan("full", 2.0), "baseline"], seeds=2).done == 2
    results = opened(tmp_path / "s")
    assert list(results["scenario"].values) == ["full", "baseline"]
    assert results["gdp"][:, 0, 0, 0, 0].values.tolist() == [2.0, 0.0]


def test_other_code_runs_everything_anew(tmp_path, monkeypatch):
    run(tmp_path / "s", seeds=2)
    monkeypatch.setenv("SMALL_MODEL_CODE", "2")
    assert run(tmp_path / "s", seeds=2).done == 2


def test_a_folder_has_one_weight_one_horizon_and_one_level_of_detail(tmp_path):
    run(tmp_path / "s", seeds=1)
    with pytest.raises(UserError) as refusal:
        run(tmp_path / "s", seeds=1, weight=9, until=2013, keep="all")
    assert [fault.what.split(" = ")[0] for fault in refusal.value.faults] == [
        "holds runs with weight", "holds runs with until", "holds runs with keep"]


def test_what_is_kept_follows_the_level_of_detail(tmp_path):
    kept = {}
    for level in ("headline", "county", "all"):
        run(tmp_path / level, seeds=1, keep=level)
        kept[level] = set(opened(tmp_path / level).data_vars) - {"gdp_pc"}
    assert kept == {"headline": {"gdp", "population"}, "county": {"gdp", "population", "spending"},
                    "all": {"gdp", "population", "spending", "moved"}}


def test_a_run_that_fails_leaves_its_cause_and_the_others_go_on(tmp_path, capsys):
    outcome = run(tmp_path / "s", [Plan("baseline", fails_at_seed=3), "full"], seeds=5)
    assert outcome.code == 1
    assert (outcome.done, [str(r) for r in outcome.failed]) == (9, ["baseline, draw 0, seed 3"])
    assert capsys.readouterr().err == "failed: baseline, draw 0, seed 3: money is lost in 2012\n"
    cause = (tmp_path / "s" / "failed" / "baseline_draw0_seed3.txt").read_text()
    assert cause.startswith("baseline, draw 0, seed 3: money is lost in 2012\n\nTraceback")
    assert str(store.__file__).removesuffix("sim/study/store.py") not in cause
    found = batch.status(tmp_path / "s")
    assert found["failed"] == {"baseline, draw 0, seed 3": "money is lost in 2012"}
    assert (found["done"], found["left"]) == (9, 0)


def test_missing_runs_are_nan_in_every_variable_and_named(tmp_path):
    run(tmp_path / "s", [Plan("baseline", fails_at_seed=1)], seeds=3)
    results = opened(tmp_path / "s")
    lost, kept = results.sel(seed=1), results.sel(seed=2)
    assert all(np.isnan(lost[name]).all() for name in results.data_vars)
    assert not any(np.isnan(kept[name]).any() for name in results.data_vars)
    assert results.attrs["missing"] == "baseline, draw 0, seed 1"
    assert results.attrs["runs_missing"] == 1


def test_a_missing_run_does_not_move_a_mean_of_counts(tmp_path):
    run(tmp_path / "whole", seeds=[0, 2])
    run(tmp_path / "s", [Plan("baseline", fails_at_seed=1)], seeds=3)
    whole, lacking = (opened(tmp_path / name)["population"].mean("seed") for name in ("whole", "s"))
    assert np.array_equal(whole, lacking) and (whole > 0).all()
    assert opened(tmp_path / "whole")["population"].dtype == np.int64


def test_where_a_run_is_missing_indicators_that_count_are_nan_too(tmp_path):
    class Counts(type(SMALL)):
        def with_indicators(self, dataset):
            rich = dataset["gdp"] > 12
            return dataset.assign(rich=rich.sum("county"), any_rich=rich.any("county"))

    run(tmp_path / "s", [Plan("baseline", fails_at_seed=1)], seeds=3)
    results = batch.open_results(tmp_path / "s", model=Counts())
    for name in ("rich", "any_rich"):
        assert np.isnan(results[name].sel(seed=1)).all()
        assert not np.isnan(results[name].sel(seed=[0, 2])).any()


def test_a_failed_run_is_tried_again(tmp_path):
    run(tmp_path / "s", [Plan("baseline", fails_at_seed=1)], seeds=6)
    assert run(tmp_path / "s", [Plan("baseline", fails_at_seed=1)], seeds=6).code == 1
    mended = run(tmp_path / "s", ["baseline"], seeds=6)
    assert (mended.done, mended.code) == (1, 0)
    assert list((tmp_path / "s" / "failed").iterdir()) == []
    assert opened(tmp_path / "s")["gdp"].sel(seed=1, scenario="baseline", draw=0).values.tolist() == expected_gdp(0, 1)


def test_a_study_that_fails_again_and_again_does_not_grow(tmp_path):
    for _ in range(3):
        run(tmp_path / "s", [Plan("baseline", fails_at_seed=0)], seeds=1)
        assert (tmp_path / "s" / "runs.csv").read_text().splitlines()[1].startswith("0,baseline,0,0,")
        assert list((tmp_path / "s" / "results").iterdir()) == []


@pytest.mark.parametrize(("workers", "started_by"), [(2, BEGINNINGS[0]), (1, BEGINNINGS[-1]), (2, BEGINNINGS[-1])])
def test_a_run_that_kills_its_process_is_the_only_one_that_is_lost(tmp_path, monkeypatch, workers, started_by, capsys):
    monkeypatch.setattr(engines, "STARTED_BY", started_by)
    outcome = run(tmp_path / "s", [Plan("baseline", dies_at_seed=5)], workers=workers)
    assert [str(run) for run in outcome.failed] == ["baseline, draw 0, seed 5"]
    assert (outcome.code, outcome.done) == (1, 9)
    assert "exit code 9" in next(iter(outcome.failed.values()))
    assert "failed: baseline, draw 0, seed 5: its process was ended" in capsys.readouterr().err
    assert batch.status(tmp_path / "s")["failed"].keys() == {"baseline, draw 0, seed 5"}
    assert run(tmp_path / "s").done == 1
    run(tmp_path / "straight")
    assert files(tmp_path / "s") == files(tmp_path / "straight")


def test_the_last_run_of_a_study_never_takes_the_batch_along(tmp_path):
    for _ in range(2):
        outcome = run(tmp_path / "s", [Plan("baseline", dies_at_seed=0)], seeds=1)
        assert (outcome.done, len(outcome.failed)) == (0, 1)
    assert run(tmp_path / "s", seeds=1).done == 1


def test_every_run_that_kills_its_process_is_named(tmp_path):
    outcome = run(tmp_path / "s", [Plan("a", dies_at_seed=1), Plan("b", dies_at_seed=3), Plan("c")], seeds=6, workers=2)
    assert sorted(map(str, outcome.failed)) == ["a, draw 0, seed 1", "b, draw 0, seed 3"]
    assert outcome.done == 16


def test_the_bar_counts_every_run_once(tmp_path):
    ended = []
    request = batch.resolve([Plan("baseline", dies_at_seed=5)], SMALL, seeds=10, **TEN)
    made = batch._Batch(request, store.Folder(tmp_path / "s"), SMALL)
    with made.folder.locked():
        made.lay_out()
        made.write_down()
        tasks = [made._task(number) for number in made.left]
        list(engines.Processes(2).reports(tasks, ended.append, lambda: None))
    assert sum(ended) == 10


def test_a_full_disk_is_a_sentence_and_loses_no_finished_run(tmp_path, monkeypatch):
    whole = store.write_whole

    def full(path, content):
        if path.name.startswith("000001-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, content)

    monkeypatch.setattr(store, "write_whole", full)
    with pytest.raises(UserError, match="the disk is full; make room, then run the same command again"):
        run(tmp_path / "s")
    assert batch.status(tmp_path / "s")["done"] == 4
    monkeypatch.undo()
    assert run(tmp_path / "s").done == 6
    run(tmp_path / "straight")
    assert files(tmp_path / "s") == files(tmp_path / "straight")


@pytest.mark.parametrize("name", ["manifest.json", "runs.csv", "000000.json"])
def test_a_disk_that_fills_anywhere_is_a_sentence(tmp_path, monkeypatch, name):
    whole = store.write_whole

    def full(path, content):
        if path.name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(path, content)

    monkeypatch.setattr(store, "write_whole", full)
    with pytest.raises(UserError, match="the disk is full"):
        run(tmp_path / "s", seeds=1)
    monkeypatch.undo()
    assert run(tmp_path / "s", seeds=1).done == 1


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in ("file", "file/below"):
        with pytest.raises(UserError, match="a file stands where a folder is needed"):
            run(tmp_path / place, seeds=1)


def test_a_folder_with_other_things_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for dry_run in (True, False):
        with pytest.raises(UserError, match=r"is not empty and not a study \(it holds 'thesis.txt'\)"):
            run(tmp_path, seeds=1, dry_run=dry_run)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_a_killed_batch_had_hardly_begun_is_taken(tmp_path):
    (tmp_path / ".lock").touch()
    (tmp_path / ".manifest.json.123.tmp").write_text("{")
    assert run(tmp_path, seeds=1).done == 1
    assert not (tmp_path / ".manifest.json.123.tmp").exists()


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(tmp_path):
    outcome = run(tmp_path / "s", ["a", "b"], dry_run=True)
    assert (outcome.named, outcome.done, list(tmp_path.iterdir())) == (20, 0, [])
    assert outcome.lines[0] == "batch: 20 runs (2 scenarios x 1 draws x 10 seeds, weight 16, to 2012), 0 done, 20 to do"
    # 3 years x 3 counties x (4 bytes gdp + 8 bytes population + 4 x 4 bytes spending) = 252 bytes a run
    assert outcome.size == 20 * 252


def test_names_may_be_chinese(tmp_path):
    run(tmp_path / "研究", [Plan("城乡融合_全面", 3.0), Plan("基准", fails_at_seed=0)], seeds=1)
    results = opened(tmp_path / "研究")
    assert list(results["scenario"].values) == ["城乡融合_全面", "基准"]
    assert (tmp_path / "研究" / "failed" / "基准_draw0_seed0.txt").exists()


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"scenarios": ["../away"]}, "is not a name"),
    ({"scenarios": ["a", "A"]}, "is listed twice"),
    ({"scenarios": []}, "the study names no scenarios"),
    ({"seeds": 0}, "is not a number of seeds"),
    ({"seeds": 99_999_999_999}, "is not a number of seeds"),
    ({"seeds": 10**5000}, "is not a number of seeds"),
    ({"seeds": [1, 1]}, "a list of distinct seeds"),
    ({"seeds": ["1_0"]}, "a list of distinct seeds"),
    ({"seeds": [2**63]}, "a list of distinct seeds"),
    ({"seeds": 100_000, "draws": 3}, "300,000 runs are more than one folder holds"),
    ({"draws": -1}, "is not a number of draws"),
    ({"draws": 3.5}, "not a number of draws, a file or a table"),
    ({"draws": 10**9}, "is not a number of draws"),
    ({"weight": 0}, "0 is not a whole number from 1 to 2000"),
    ({"weight": 2001}, "2001 is not a whole number from 1 to 2000"),
    ({"weight": 100.0}, "is not a whole number"),
    ({"weight": True}, "is not a whole number"),
    ({"until": 2010}, "is not a whole number from 2011 to 2050"),
    ({"until": 2051}, "is not a whole number from 2011 to 2050"),
    ({"keep": "al"}, "is not a level of detail"),
    ({"workers": 0}, "is not a number of processes"),
    ({"workers": 10**6}, "is not a number of processes"),
    ({"scheduler": ""}, "no scheduler answers"),
    ({"scheduler": "nowhere"}, "no scheduler answers"),
    ({"draws": [{"draw": 1, "imputation": 1}, {"draw": 1, "imputation": 2}]}, "a draw number is listed twice"),
    ({"draws": [{"draw": 1, "beta": float("nan")}]}, "is not a number from 0 to 1"),
    ({"draws": [{"beta": "0.5"}]}, "is not a number from 0 to 1"),
    ({"draws": [{"beta": 0.5}, {"age": 55}]}, "row 2 has other columns"),
    ({"draws": [{"age": 55.5}]}, "is not a whole number from 50 to 60"),
    ({"draws": [{"gamma": 0.5}]}, "no parameter, lever, section, outlook series or shift"),
    ({"draws": []}, "0 draws"),
])
def test_a_study_that_makes_no_sense_is_refused_before_anything_is_written(tmp_path, asked, sentence):
    with pytest.raises(UserError, match=sentence):
        run(tmp_path / "s", **asked)
    assert list(tmp_path.iterdir()) == []


def test_a_design_is_a_table_of_draws(tmp_path):
    design = [{"draw": 7, "imputation": 2, "beta": 0.1}, {"draw": 3, "imputation": 1, "beta": 1 / 3}]
    run(tmp_path / "s", seeds=1, draws=design)
    results = opened(tmp_path / "s")
    assert list(results["draw"].values) == [7, 3]
    assert results["beta"].values.tolist() == [0.1, 1 / 3]
    assert results["imputation"].values.tolist() == [2, 1]
    assert results["gdp"].sel(draw=7)[0, 0, 0, 0].item() == 700
    # the folder's own table is a design again
    assert run(tmp_path / "s", seeds=1, draws=tmp_path / "s" / "draws.csv").before == 2


def test_a_study_reproduces_from_its_folder(tmp_path):
    run(tmp_path / "s", [Plan("full", 0.1), "baseline"], draws=2, seeds=2)
    found = batch.reproduce(tmp_path / "s", sample=5, model=SMALL)
    assert found["same"] and len(found["runs"]) == 5 and found["differing"] == {} and found["other"] == []
    assert batch.reproduce(tmp_path / "s", sample=5, model=SMALL) == found


def test_a_study_with_a_changed_number_does_not_reproduce(tmp_path, monkeypatch):
    run(tmp_path / "s", seeds=1)
    made = SMALL.run_arrays

    def other(self, *asked):
        arrays = made(*asked)
        arrays["gdp"][1, 1] = 0.5
        return arrays

    monkeypatch.setattr(SMALL.__class__, "run_arrays", other)
    found = batch.reproduce(tmp_path / "s", model=SMALL)
    assert not found["same"]
    assert found["differing"] == {"baseline, draw 0, seed 0": ["gdp"]}


def test_a_folder_that_is_no_study_is_one_sentence(tmp_path):
    for look in (opened, batch.status, lambda p: batch.reproduce(p, model=SMALL)):
        with pytest.raises(UserError, match="is not the folder of a study"):
            look(tmp_path)


def test_only_the_variables_asked_for_are_read(tmp_path):
    run(tmp_path / "s", seeds=1)
    assert set(opened(tmp_path / "s", variables=["gdp", "population"]).data_vars) == {"gdp", "population", "gdp_pc"}
    with pytest.raises(UserError, match="did you mean population"):
        opened(tmp_path / "s", variables=["populatoin"])


def test_a_worker_with_other_sources_is_refused(tmp_path):
    task = engines.Block(str(tmp_path), 0, (), None, 16, UNTIL, "county", (),
                         {"code_hash": "other", "data_hash": "data", "lock_hash": "lock"}, SMALL)
    assert engines.carry_out(task).refused == "a worker has another code hash than this batch"


def test_a_batch_runs_on_dask_with_the_same_bytes(tmp_path):
    distributed = pytest.importorskip("distributed")
    run(tmp_path / "here")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False,
                                  dashboard_address=None) as cluster:
        run(tmp_path / "there", scheduler=cluster.scheduler_address)
    assert files(tmp_path / "here") == files(tmp_path / "there")
