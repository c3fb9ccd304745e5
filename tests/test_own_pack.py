"""A data pack of one's own in place of the shipped one: its facts are what a run starts from, its hash is in results,
and what was made on other data is refused."""

import copy
import csv
import pickle
import shutil

import pytest

import hainan2035
from sim import closure, run
from sim.closure import shipped
from sim.core.declare import UserError
from sim.model import HainanModel
from sim.region.history import history
from sim.region.pack import DEFAULT_PATH, check_pack, laid_over, lay_over, load_pack, use_pack
from sim.simulate import HAINAN, Hainan
from sim.study.batch import open_results, reproduce, run_study
from sim.study.draws import CALIBRATED_ON, calibrated, remark
from sim.study.draws import shipped as tables
from sim.study.results import making
from sim.study.studies import load_study

HAIKOU, GROWN = 460100, 1.05
QUICK = {"weight": 1000, "until": 2011}
BRANCHES = ("gdp", "gdp_primary", "gdp_secondary", "gdp_tertiary")


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A copy of the shipped pack in which Haikou made a twentieth more in 2010, in all branches."""
    folder = tmp_path_factory.mktemp("packs") / "better"
    shutil.copytree(DEFAULT_PATH, folder)
    table = folder / "economy.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    code, year, variable, value = map(header.index, ("adcode", "year", "variable", "value"))
    for row in rows:
        if (row[code], row[year]) == (str(HAIKOU), "2010") and row[variable] in BRANCHES:
            row[value] = f"{GROWN * float(row[value]):.4f}"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    assert check_pack(folder) == []
    return folder


@pytest.fixture
def broken(tmp_path):
    """A pack that has lost a table and holds a value that is none."""
    folder = tmp_path / "broken"
    shutil.copytree(DEFAULT_PATH, folder)
    (folder / "land.csv").unlink()
    text = (folder / "fiscal.csv").read_text(encoding="utf-8")
    (folder / "fiscal.csv").write_text(text.replace(",2015,", ",2O15,", 1), encoding="utf-8")
    return folder


def test_what_stands_in_place_of_the_shipped_pack_is_put_back(pack, tmp_path):
    before = load_pack().hash
    with laid_over(None, pack):
        assert load_pack().path == pack.resolve() and load_pack().hash != before
        assert history().attrs["data_hash"] == load_pack().hash
    assert load_pack().hash == before
    assert use_pack(pack).hash == load_pack().hash != before
    with pytest.raises(UserError, match="no such folder"):
        use_pack(tmp_path / "none")
    assert load_pack().path == pack.resolve()  # nothing changes where it cannot
    assert use_pack(None).hash == load_pack().hash == before


def test_rows_lie_over_whichever_pack_is_in_use(pack, tmp_path):
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "services.csv").write_text(
        "adcode,county,year,variable,value,unit,source,confidence,note\n"
        "460100,Haikou,2021,hospital_beds,17500,beds,invented,secondary,\n", encoding="utf-8")
    with laid_over(rows, pack):
        both = load_pack()
        assert (both.path, both.overlay) == (pack.resolve(), rows.resolve())
    with laid_over(None, both):  # a pack that was read brings its rows along
        assert load_pack() is both
    try:
        lay_over(rows)
        assert HainanModel(pack=pack, **QUICK).pack is both
    finally:
        lay_over(None)
    assert HainanModel(pack=pack, **QUICK).pack.overlay is None


def test_a_changed_fact_changes_what_a_run_starts_from(pack):
    bare, own = (run("baseline", pack=place, **QUICK) for place in (None, pack))
    made = (own["gdp"] / bare["gdp"]).sel(year=2010)
    assert float(made.sel(county=HAIKOU)) == pytest.approx(GROWN, rel=1e-4)
    others = made.where(bare["active"], drop=True).drop_sel(county=HAIKOU)
    assert 0.9 < others.min() < 0.99 and others.max() <= 1.0  # the province's output stays: what is imputed gives way
    assert own.attrs["data_hash"] == load_pack(pack).hash and own.attrs["data_pack"] == "better"
    assert bare.attrs["data_hash"] == load_pack().hash and "data_pack" not in bare.attrs


def test_a_model_keeps_its_pack_when_it_is_copied_pickled_and_saved(pack, tmp_path):
    model = HainanModel("baseline", pack=pack, weight=1000, until=2012)
    model.step()
    saved = model.save(tmp_path / "model.nc")
    again = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), HainanModel.load(saved, pack=pack)]
    model.run_model()
    for one in again:
        one.run_model()
        assert one.pack.hash == model.pack.hash and one.record["gdp"].tobytes() == model.record["gdp"].tobytes()
    with pytest.raises(UserError, match=r"another version of the model's data; continue with the same data pack"):
        HainanModel.load(saved)


def test_residuals_are_solved_for_the_pack(pack):
    own, bare = (closure.followed(2011, pack=place, last=2011) for place in (pack, None))
    row = load_pack().row(HAIKOU)
    assert own.misfit.output < 1e-3 and bare.misfit.output < 1e-3
    change = (own.history.output - bare.history.output)[-1]
    assert change[row].mean() < -0.01  # the same output of 2011 is less of a rise
    key = shipped.key(2011, load_pack(pack).hash, "plan", 0, 0)
    assert key != shipped.key(2011, load_pack().hash, "plan", 0, 0) and shipped.find(key) is None


def test_a_study_runs_on_its_pack_in_workers_too_and_is_taken_up_on_no_other(pack, tmp_path):
    asked = {"seeds": 2, "progress": False, **QUICK}
    out = tmp_path / "study"
    (tmp_path / "own.toml").write_text(f'scenarios = ["baseline"]\npack = "{pack}"\n', encoding="utf-8")
    assert load_study(tmp_path / "own.toml").pack == pack.resolve()
    assert run_study(tmp_path / "own.toml", out=out, workers=2, **asked).code == 0
    opened = open_results(out)
    assert opened.attrs["data_hash"] == load_pack(pack).hash and opened.attrs["data_pack"] == "better"
    assert float(opened["gdp"].sel(year=2010, county=HAIKOU).mean()) == pytest.approx(
        float(run("baseline", pack=pack, **QUICK)["gdp"].sel(year=2010, county=HAIKOU)), rel=1e-6)
    resumed = run_study("baseline", out=out, model=Hainan(pack=pack), **asked)
    assert (resumed.before, resumed.done) == (2, 0)
    assert load_study(out / "study.toml").pack == pack.resolve()
    for other in (lambda: run_study("baseline", out=out, **asked), lambda: reproduce(out, 1),
                  lambda: making(out, ["baseline"])):
        with pytest.raises(UserError, match=r"was made on other data .* name its pack \(better\) with --pack"):
            other()
    assert reproduce(out, 1, model=Hainan(pack=pack))["same"]
    with pytest.raises(UserError, match="leave --pack and --data out"):
        run_study("baseline", out=_bare(tmp_path, asked), model=Hainan(pack=pack), **asked)


def _bare(tmp_path, asked):
    run_study("baseline", out=tmp_path / "bare", **asked)
    return tmp_path / "bare"


def test_a_faulty_pack_is_said_in_the_words_of_data_check(broken, tmp_path, capsys):
    wanted = [str(fault) for fault in check_pack(broken)]
    assert any("land.csv: the file is missing" in one for one in wanted) and len(wanted) > 1
    for words in (["run", "baseline"], ["batch", "baseline", "--dry-run"], ["monitor", "history"]):
        assert hainan2035.main([*words, "--pack", str(broken)]) == 2
        assert capsys.readouterr().err.splitlines() == wanted
    (tmp_path / "study.toml").write_text('scenarios = ["baseline"]\npack = "broken"\n', encoding="utf-8")
    for faulty in (lambda: HainanModel(pack=broken), lambda: run("baseline", pack=broken),
                   lambda: HAINAN.on_pack(broken), lambda: load_study(tmp_path / "study.toml")):
        with pytest.raises(UserError) as error:
            faulty()
        assert [str(fault) for fault in error.value.faults] == wanted


def test_a_pack_made_by_hand_cannot_stand_for_all_but_for_a_model(pack):
    made = copy.copy(load_pack(pack))
    made.from_files = False
    with pytest.raises(UserError, match="was made by hand"):
        run("baseline", pack=made, **QUICK)
    assert HainanModel("baseline", pack=made, **QUICK).pack is made


def test_draws_of_the_posterior_say_on_which_data_they_were_calibrated(pack):
    for table in tables():
        made = calibrated(table)[CALIBRATED_ON]
        assert len(made) == 64 and remark(table, made) == ""
        assert f"({load_pack(pack).hash[:12]})" in remark(table, load_pack(pack).hash)
    assert calibrated("") == {} and remark("", "any") == ""


def test_one_run_names_its_pack(pack, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["run", "baseline", "--pack", str(pack), "--weight", "1000", "--to", "2011", "--history-until", "2011"]
    assert hainan2035.main(asked) == 0
    said = capsys.readouterr()
    assert "the draws to2017 were calibrated on other data" in said.err
    assert "pack_better" in said.out and load_pack().hash != load_pack(pack).hash
