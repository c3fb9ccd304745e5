"""The command line: verbs, options, exit codes, and what a fault looks like."""

import contextlib
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import hainan2035
from hainan2035.line import GROUPS, START, WORDS, known
from hainan2035.shared import show
from hainan2035.studies import DEMO
from sim.core.declare import Fault, UserError

ROOT = Path(__file__).resolve().parents[1]


def call(*arguments, **about):
    """The command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "hainan2035", *arguments], text=True, capture_output=True, timeout=60,
                          **{"cwd": ROOT, **about})


def execute(code):
    """Python code in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, timeout=100)


@pytest.fixture
def stand_in(monkeypatch):
    """Puts a small module in the place of one of ours for the time of a test."""
    def put(name, **contents):
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
        return module
    return put


@pytest.fixture
def study(stand_in, monkeypatch):
    """A batch that runs nothing and remembers what it was asked."""
    asked = SimpleNamespace(calls=[], failed={})

    def run_study(what, **said):
        asked.calls.append((what, said))
        return SimpleNamespace(folder=Path(said["out"] or "runs/x"), named=10, before=4, done=6 - len(asked.failed),
                               failed=asked.failed, lines=["would run 10"], code=1 if asked.failed else 0)

    stand_in("sim.study.batch", run_study=run_study, open_results=lambda folder: folder,
             open_orders=lambda folder: None)
    monkeypatch.setattr("hainan2035.studies.compile_first", lambda find_faults: None)
    return asked


# --- answering at once ---


def test_help_answers_without_the_numeric_stack():
    code = ("import sys, hainan2035\n"
            "try: hainan2035.main(['--help'])\nexcept SystemExit: pass\n"
            "print(sorted({'numpy', 'pandas', 'xarray', 'mesa', 'numba', 'scipy', 'pydantic'} & set(sys.modules)))")
    done = execute(code)
    assert done.stdout.endswith("[]\n")


def test_help_takes_less_than_a_third_of_a_second_of_work_at_its_best_of_five():
    def seconds():
        before = os.times()
        assert call("--help").returncode == 0
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system
    assert min(seconds() for _ in range(5)) < 0.3


def test_the_face_loads_its_names_on_use():
    code = ("import sys, sim; print('numpy' in sys.modules, {*dir(sim)} >= {*sim.__all__}); sim.load_scenario\n"
            "sim.nothing")
    done = execute(code)
    assert done.stdout == "False True\n" and "module 'sim' has no attribute 'nothing'" in done.stderr


@pytest.mark.parametrize("words", ["", "scenario", "data", *known()])
def test_every_verb_has_its_help(words, capsys):
    with pytest.raises(SystemExit) as stop:
        hainan2035.main([*words.split(), "--help"])
    assert stop.value.code == 0 and f"usage: hainan2035 {words}".strip() in capsys.readouterr().out


@pytest.mark.parametrize("name", known())
def test_every_verb_has_a_purpose_two_examples_that_can_be_read_and_shows_them(name, capsys):
    one = known()[name]
    assert one.group in GROUPS and one.says.endswith(".") and len(one.examples) >= 2
    for example in one.examples:
        options = hainan2035.parsed(shlex.split(example))
        assert options.verb is one.function and example.startswith(name)
    with pytest.raises(SystemExit):
        hainan2035.main([*name.split(), "--help"])
    out = capsys.readouterr().out
    assert all(f"  {START} {example}\n" in out for example in one.examples)


def test_the_help_of_all_verbs_is_sorted_by_purpose(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        hainan2035.main(["--help"])
    out = capsys.readouterr().out
    titles = [out.index(f"\n{title}:\n") for title in GROUPS.values()]
    assert titles == sorted(titles) and max(map(len, out.splitlines())) <= 100
    assert titles[0] < out.index("\n  run  ") < titles[1] < out.index("\n  batch  ") < titles[2]
    assert all(out.count(f"\n  {name} ") == 1 for name in known())


def test_the_version_is_said_and_is_the_same_wherever_it_is_written(capsys):
    with pytest.raises(SystemExit) as stop:
        hainan2035.main(["--version"])
    said = f"hainan2035 {hainan2035.__version__}, Python 3."
    assert stop.value.code == 0 and capsys.readouterr().out.startswith(said)
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M).group(1)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M).group(1)
    assert hainan2035.__version__ == written == cited == newest


def test_a_verb_declared_in_a_new_file_of_the_package_appears_by_itself(tmp_path):
    house = tmp_path / "house"
    shutil.copytree(ROOT / "hainan2035", house / "hainan2035", ignore=shutil.ignore_patterns("__pycache__"))
    (house / "sim").symlink_to(ROOT / "sim")
    (house / "hainan2035" / "greeting.py").write_text('''
from hainan2035.line import verb

@verb("house", lambda one: one.add_argument("name"), examples=("greet Haikou", "greet Sanya --json"))
def greet(options):
    """Greet a county."""
    print("hello,", options.name)
    return 0
''', encoding="utf-8")
    assert call("greet", "Haikou", cwd=house).stdout == "hello, Haikou\n"
    assert "\n  greet           Greet a county.\n" in call("--help", cwd=house).stdout


def test_a_single_run_does_without_dask_and_its_results_are_written_all_the_same(tmp_path):
    from hainan2035.__main__ import needs_little

    assert needs_little(["run", "baseline"]) and needs_little(["compare", "runs/demo"])
    assert not needs_little(["batch", "run"]) and not needs_little(["run", "--help"]) and not needs_little([])
    code = ("import sys; sys.modules['dask'] = None; import xarray as xr; from sim.core.dataset import as_netcdf\n"
            "ds = xr.Dataset({'a': ('year', [1.0, 2.0])}, coords={'year': [2010, 2011]}); ds['b'] = 2 * ds['a']\n"
            "print(len(as_netcdf(ds)) > 1000, 'dask.array' in sys.modules)")
    done = execute(code)
    assert done.stdout == "True False\n", done.stderr


def test_a_run_loads_neither_graphs_nor_trees_of_points_and_whoever_asks_for_them_has_them():
    code = ("import sys\nfrom hainan2035.__main__ import load_little\nload_little()\n"
            "held = [name for name in ('networkx', 'scipy.spatial', 'tqdm.auto') if name in sys.modules]\n"
            "import networkx, mesa\nfrom mesa.discrete_space import Network\n"
            "space = Network(networkx.path_graph(3), random=mesa.Model(rng=1).random)\n"
            "print(held, len(space.all_cells), 'scipy.spatial' in sys.modules)")
    done = execute(code)
    assert done.stdout == "[] 3 True\n", done.stderr


def test_a_run_loads_nothing_of_networks_and_the_libraries_work_all_the_same():
    code = ("import sys\nfrom hainan2035.__main__ import load_little\nload_little('run')\n"
            "held = [name for name in ('asyncio', 'yaml', 'scipy.special', 'dask') if sys.modules.get(name)]\n"
            "import logging, os, asyncio, yaml, mesa, numba, xarray\n"
            "print(held, xarray.core.dataset.asyncio.Lock().locked(), yaml.safe_load('[1]'), numba.njit(lambda: 2)())\n"
            "print(os.environ['OPENBLAS_NUM_THREADS'], 'MESA.mesa.model' in logging.Logger.manager.loggerDict)\n")
    done = execute(code)
    assert done.stdout.splitlines()[0] == "[] False [1] 2", done.stderr
    assert done.stdout.splitlines()[1] == "1 True", done.stdout


def test_while_mesa_is_loaded_frames_tell_file_line_and_name():
    from hainan2035.standing_in import frames_by_name

    def asked():
        return inspect.stack()[1], inspect.getmodule(inspect.currentframe())

    with frames_by_name():
        frame, module = asked()
    assert (frame.function, frame.filename, frame.code_context) == (
        "test_while_mesa_is_loaded_frames_tell_file_line_and_name", __file__, None) and module is sys.modules[__name__]
    frame, module = asked()
    assert frame.code_context == ["    frame, module = asked()\n"] and module is sys.modules[__name__]


def test_a_run_that_ends_at_once_keeps_its_exit_code_and_what_it_said(tmp_path):
    done = call("run", "no_such", "--out", str(tmp_path / "x.nc"))
    assert done.returncode == 2 and "no_such" in done.stderr
    code = "from hainan2035.__main__ import leave\nprint('result')\nleave(0)"
    command, buffered = [sys.executable, "-c", code], {**os.environ, "PYTHONUNBUFFERED": ""}
    with open("/dev/full", "w") as full:
        full_disk = subprocess.run(command, cwd=ROOT, stdout=full, env=buffered, timeout=60)
    kept = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=buffered, timeout=60)
    assert (full_disk.returncode, kept.returncode, kept.stdout) == (2, 0, "result\n")


# --- the page of the project ---


def verbs_of_the_readme():
    """The verbs in the first column of the table: `scenario list|show DIR` stands for two."""
    for row in re.findall(r"^\| `([a-z].*?)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE):
        words = row.removeprefix(START).replace("\\|", "/").split()
        if words == ["..."]:  # the head of the table
            continue
        if words[0] in WORDS:
            yield from (f"{words[0]} {what}" for what in words[1].split("/"))
        else:
            yield words[0]


def test_the_readme_names_every_verb_once():
    assert sorted(verbs_of_the_readme()) == sorted(known())


# --- how much is said ---


def test_quiet_keeps_results_and_faults_and_nothing_else(stand_in, capsys):
    def library():
        print("progress", file=sys.stderr)
        return {"mine": "A title"}

    stand_in("sim.scenario", library=library)
    assert hainan2035.main(["scenario", "list"]) == 0
    assert "progress\n" in capsys.readouterr().err
    assert hainan2035.main(["scenario", "list", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("mine ") and err == ""

    def broken():
        print("progress", file=sys.stderr)
        raise UserError(Fault("mine.toml:1", "wrong"))

    stand_in("sim.scenario", library=broken)
    assert hainan2035.main(["scenario", "list", "-q"]) == 2
    assert capsys.readouterr().err == "mine.toml:1: wrong\n"


def test_verbose_says_what_was_used_and_what_it_cost(stand_in, monkeypatch, capsys):
    monkeypatch.setenv("HAINAN_CACHE", "/somewhere")
    stand_in("sim.scenario", library=lambda: {"mine": "A title"})
    assert hainan2035.main(["scenario", "list", "-v", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"mine": "A title"}
    first, last = err.splitlines()
    assert first.startswith(f"hainan2035: {hainan2035.__version__}, Python 3.") and first.endswith("cache /somewhere")
    assert re.fullmatch(r"hainan2035: [\d.]+ s, [\d.]+ s of processor time(, [\d,]+ MB of memory)?", last)


def test_one_is_quiet_or_verbose(capsys):
    assert hainan2035.main(["scenario", "list", "-q", "-v"]) == 2
    assert "not allowed with" in capsys.readouterr().err


# --- faults ---


@pytest.mark.parametrize(("words", "said"), [
    (["dmeo"], "dmeo: no such verb; did you mean demo?"),
    (["xyzzy"], "xyzzy: no such verb; verbs are demo, run, monitor"),
    ([], "no verb given"),
    (["run", "baseline", "--sed", "3"], "unrecognised: --sed 3; did you mean --seed?"),
    (["run", "baseline", "--seed", "-1"], "'-1' is not a whole number"),
    (["run", "baseline", "--seed", "1.5"], "'1.5' is not a whole number"),
    (["run", "baseline", "--weight", "0"], "'0' is not a whole number, 1 to 2000"),
    (["run", "baseline", "--to", "2010"], "'2010' is not a whole number, 2011 to 2050"),
    (["run"], "required: SCENARIO"),
    (["screen", "demo"], 'demo: has no factorial design; [design] with kind = "factorial"'),
    (["screen", "no_such_study"], "no_such_study.toml"),
    (["sensitivity", "demo"], "demo: registers 0 contrasts where one is expected"),
    (["sensitivity", "--parameters", "moving_cots", "--dry-run"], "did you mean moving_cost?"),
    (["sensitivity", "scenarios", "--write"], "--write: the page tells of designs that this verb makes"),
    (["uncertainty", "--seeds", "3"], "--seeds: the design has seeds of its own"),
    (["uncertainty", "uncertain"], "uncertain: has draws or runs of its own, and the design makes them"),
    (["assumptions", "demo"], "demo: registers 0 contrasts where one is expected"),
    (["limits", "--case", "no_rain"], "argument --case: invalid choice: 'no_rain'"),
    (["policy", "--against", "no_such.csv"], "no_such.csv: no such file"),
    (["policy", "--against", "README.md"], "README.md: is not a complete table of measured effects"),
    (["policy", "--against", "x.csv", "--csv"], "--csv: cannot be combined with --against"),
    (["policy", "--seeds", "3"], "--seeds: applies to a measurement only; add --measure"),
    (["compare", "x", "--against", "y", "--out", "z"], "--out: has no use with --against, which only prints"),
    (["assumptions", "--draws", "8"], "--draws: 8 are too few"),
    (["skill", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["history", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["export", "x", "--long", "y.csv", "--variables", ","], "',' names nothing"),
    (["batch", "baseline", "--draws", "many"], "many is not a table of the library"),
    (["batch", "baseline", "--draws", "-1"], "'-1' is not a whole number"),
    (["scenario", "lst"], "invalid choice: 'lst'"),
    (["test", "tests/no_such.py"], "no such test file or folder"),
    (["run", "baseline", "--set", "hukou_opn=1"], "did you mean hukou_open"),
    (["run", "baseline", "--out", "x.txt"], "x.txt: does not end in .nc"),
    (["run", "baseline", "--out", "README.md/x.nc"], "README.md/x.nc: a file stands where a folder is needed"),
    (["run", "baseline", "--data", "no_such"], "no_such: no such folder"),
    (["monitor", "baseline", "--to", "2020", "--year", "2030"], "--year: 2030 is not among the years 2010-2020"),
    (["batch", "baseline", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["batch", "baseline", "--out", "docs"], "docs: "),
    (["batch", "baseline", "full", "--precision", "theil=1"], "precision: theil is not among the results"),
    (["batch", "baseline", "full", "--set", "hukou_opn=1"], "did you mean hukou_open"),
    (["demo", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["sensitivity", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["uncertainty", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["screen", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["assumptions", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["decompose", "--orders", "3"], "--orders: 3 is odd"),
    (["decompose", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["calibrate", "--targets", "no_such.toml"], "no_such.toml: "),
    (["calibrate", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["calibrate", "--data", "no_such"], "no_such: no such folder"),
    (["policy", "--measure", "--out", "README.md/x"], "README.md/x: a file stands where a folder is needed"),
    (["skill", "--draws", "no_such.csv"], "no_such.csv: "),
    (["explain", "no_such", "Haikou"], "no_such: "), (["overturn", "no_such"], "no_such: "),
    (["reproduce", "no_such"], "no_such: "),
])
def test_bad_input_is_one_line_on_stderr_and_exit_2_where_nothing_is_compiled(words, said, capsys, monkeypatch,
                                                                             tmp_path):
    """Faults of arguments come before the word that the model is compiled, and before any compiling."""
    def prepare(weight, on_kernel):
        raise SystemExit("the model was compiled")

    monkeypatch.setattr("sim.core.cache.compiled_mark", lambda: tmp_path / "compiled")
    monkeypatch.setattr("sim.simulate.prepare", prepare)
    assert hainan2035.main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err and err.count("\n") == 1


def test_a_fault_prints_without_a_traceback_all_faults_at_once_and_controls_escaped(stand_in, capsys):
    def check(file):
        raise UserError(Fault(f"{file}:1", "wrong", "mend it"), Fault(f"{file}:2", "bell \a"))

    stand_in("sim.study.studies", check=check)
    assert hainan2035.main(["scenario", "check", "boom.toml"]) == 2
    assert capsys.readouterr().err == "boom.toml:1: wrong; mend it\nboom.toml:2: bell \\x07\n"


def test_a_fault_of_ours_keeps_its_traceback(stand_in):
    stand_in("sim.scenario", library=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hainan2035.main(["scenario", "list"])


@pytest.mark.parametrize("place", ["file/below/x.nc", "folder"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_run(place, monkeypatch, tmp_path, capsys):
    from sim import simulate

    monkeypatch.setattr(simulate, "simulated", lambda *told, **more: pytest.fail("it ran"))
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    assert hainan2035.main(["run", "baseline", "--out", str(tmp_path / place)]) == 2
    err = capsys.readouterr().err
    assert str(tmp_path / place) in err and err.count("\n") == 1


def test_what_the_file_system_refuses_is_one_line_and_exit_2(stand_in, capsys):
    def library():
        raise PermissionError(13, "Permission denied", "/closed")

    stand_in("sim.scenario", library=library)
    assert hainan2035.main(["scenario", "list"]) == 2
    assert capsys.readouterr().err == "/closed: permission denied; choose another place\n"


def test_a_real_run_is_written_with_its_people_and_its_gaps_are_shown(tmp_path, monkeypatch, capsys):
    import xarray as xr

    monkeypatch.chdir(tmp_path)
    assert hainan2035.main("run baseline --central --weight 1000 --to 2011 --people people.nc --json".split()) == 0
    said = json.loads(capsys.readouterr().out)
    with xr.open_dataset(said["out"]) as results, xr.open_dataset("people.nc") as people:
        assert results["year"].values.tolist() == [2010, 2011] and people.sizes["person"] > 5000
        assert said["cost"]["rows"] == people.sizes["person"] and "random_place" not in people
        assert said["indices"]["theil_gdp_pc"]["2010"] == round(float(results["theil_gdp_pc"][0]), 6)


def test_a_run_that_ends_before_the_year_to_which_history_is_followed_says_how_near_it_is(tmp_path, capsys):
    command = ["run", "baseline", "--central", "--weight", "1000", "--to", "2011", "--history-until", "2012"]
    assert hainan2035.main([*command, "--out", str(tmp_path / "x.nc")]) == 0
    assert "history followed to 2011: at weight 1000 this run misses observed output by" in capsys.readouterr().out


def test_large_residuals_are_named_with_their_years_and_what_no_residual_meets():
    from hainan2035.followed import large_residuals, not_met
    from sim import closure
    from sim.closure.found import Unmet
    from sim.mechanisms import past

    history = past.nothing_asked(19, 2012)
    history.output[1, 0, 1], history.revenue[1:, 0] = np.log(4.0), np.log(0.25)
    unmet = Unmet(2011, "Lingao", "secondary", 100.0, 90.0)
    poor = Unmet(2012, "Lingao", "villages", 9_000.0, 9_500.0)
    found = closure.Followed(history, closure.Misfit(1e-6, 0.01, 0.0), (unmet, poor))
    assert not_met(found) == [
        "not met: output of the secondary branch of Lingao in 2011 (90 of 100 million CNY)",
        "not met: income in villages of Lingao in 2012 (9,500 instead of 9,000 CNY per head)"]
    assert large_residuals(found) == [
        "to match history, the secondary branch of Haikou makes 4 times what the model alone would give (2011)",
        "to match history, Haikou collects 0.25 times what the model alone would give (2011-2012)"]


def test_a_run_that_is_told_nothing_after_2017_takes_the_posterior_that_has_not_seen_it(tmp_path):
    from types import SimpleNamespace

    from hainan2035.shared import usual_draw
    from sim import load_scenario
    from sim.scenario.follow import SERIES

    (tmp_path / "early.toml").write_text("".join(f"{name} = {{ until = 2016 }}\n" for name in SERIES))
    asked = [SimpleNamespace(central=False, history_until=2021, follow=follow) for follow in (
        None, tmp_path / "early.toml")] + [SimpleNamespace(central=False, history_until=2016, follow=None)]
    draws = [usual_draw(load_scenario("baseline"), one)[0] for one in asked]
    assert draws[0] != draws[1] == draws[2]


def test_a_run_takes_the_draw_nearest_the_mean_and_keeps_what_the_scenario_sets(tmp_path, monkeypatch, capsys):
    import xarray as xr

    from sim.study import draws

    table = "draw,imputation,saving_rate,moving_cost\n1,3,0.3,4\n2,5,0.34,4.2\n3,7,0.4,4.3\n"
    (tmp_path / "to2017.csv").write_text(table)
    monkeypatch.setattr(draws, "SHIPPED", tmp_path)
    command = "run baseline --weight 1000 --to 2011 --history-until 2011 --set moving_cost=4.1 --out".split()
    assert hainan2035.main([*command, str(tmp_path / "x.nc")]) == 0
    capsys.readouterr()
    with xr.open_dataset(tmp_path / "x.nc") as results:
        assert results.attrs["draw"] == "{'imputation': 5, 'parameters': {'saving_rate': 0.34}}"
        assert results.attrs["history_until"] == 2011


def test_an_interrupt_says_so_and_exits_130(stand_in, capsys):
    def library():
        raise KeyboardInterrupt("interrupted: 3 of 9 runs are finished and kept")

    stand_in("sim.scenario", library=library)
    assert hainan2035.main(["scenario", "list"]) == 130
    assert capsys.readouterr().err == "interrupted: 3 of 9 runs are finished and kept\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes of a shell")
def test_a_reader_that_closes_the_pipe_early_is_no_fault():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([sys.executable, "-m", "hainan2035", "policy", "--json"], cwd=ROOT, text=True,
                              stdout=writer, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


# --- studies ---


def test_a_batch_hands_on_what_is_said_and_leaves_the_rest_to_the_study(study, capsys):
    assert hainan2035.main(["batch", "a", "b", "--seeds", "3", "--to", "2020", "--out", "x"]) == 0
    what, said = study.calls[0]
    assert what == ["a", "b"] and said["out"] == Path("x") and said["dry_run"] is False
    assert {name: said[name] for name in ("seeds", "until", "draws", "weight", "workers", "scheduler")} == {
        "seeds": 3, "until": 2020, "draws": None, "weight": None, "workers": None, "scheduler": None}
    assert capsys.readouterr().out == "10 of 10 runs are in x\n"


def test_failed_runs_of_a_batch_exit_1_and_are_named_for_a_program(study, capsys):
    study.failed = {"baseline seed 3": "people: county 469001: 3 too many"}
    assert hainan2035.main(["batch", "baseline", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == study.failed and (found["named"], found["before"], found["done"]) == (10, 4, 5)


def test_draws_are_a_number_or_a_table(study):
    hainan2035.main(["batch", "a", "--draws", "8"])
    hainan2035.main(["batch", "a", "--draws", "design.csv"])
    assert [said["draws"] for _, said in study.calls] == [8, Path("design.csv")]


def test_a_lever_set_on_the_command_line_is_set_in_every_scenario_of_a_study(study):
    hainan2035.main(["batch", str(DEMO), "--set", "hukou_open=0.25", "--seeds", "2"])
    what, _ = study.calls[0]
    assert [plan.name for plan in what.scenarios] == ["no_policy", "baseline", "full"]
    assert {plan.planned("hukou_open", [2030]) for plan in what.scenarios} == {(0.25,)}
    assert len({plan.hash for plan in what.scenarios}) == 3 and what.reference == "no_policy"


@pytest.mark.parametrize(("scenarios", "held_against_history"), [(["no_policy", "baseline"], "tables"),
                                                                  (["no_policy", "full"], None)])
def test_the_demo_runs_its_study_and_then_compares(scenarios, held_against_history, study, stand_in, capsys, tmp_path,
                                                      monkeypatch):
    import xarray as xr

    seen = []

    def compare(*told, on_part, measured, **more):
        on_part("tables")  # moves the bar
        seen.append((told, more | {"how_far": more["how_far"]()}))
        return SimpleNamespace(report=told[2] / "report.html")

    def write(results, history, path, lang, **more):
        seen.append((results, history, lang))
        return path

    results = xr.Dataset(coords={"scenario": scenarios})
    sys.modules["sim.study.batch"].open_results = lambda folder: results
    stand_in("outputs.compare", compare=compare, parts=lambda figures: ("tables", "report"), chosen=lambda figures: (),
             PLAIN=("svg",), formats_of=tuple)
    stand_in("outputs.explorer.page", NAME="explorer.html", write=write)
    stand_in("calibration.hindcast", how_far=lambda results, history: "tables", held=lambda past: "what is known")
    stand_in("sim.region.history", history=lambda: "history")
    monkeypatch.setattr("sim.study.store.Folder.manifest", lambda self: {})
    monkeypatch.setattr("sim.study.store.Folder.locked", lambda self: contextlib.nullcontext())
    assert hainan2035.main(["demo", "--out", str(tmp_path), "--lang", "zh"]) == 0
    assert study.calls[0][0] == DEMO
    assert seen == [((results, "history", tmp_path, "zh"), {"how_far": held_against_history, "orders": None,
                                                            "overturns": None, "until": None, "figures": None,
                                                            "formats": ("svg",)}),
                    (results, "history", "zh")]
    assert capsys.readouterr().out == (f"the report: {tmp_path / 'report.html'}\n"
                                       f"the explorer: {tmp_path / 'explorer.html'}\n"
                                       "figures are written as SVG; with --formats svg,png, compare writes PNG files "
                                       "as well\n")


def test_the_bulletin_of_history_and_of_a_scenario_names_its_year(stand_in, monkeypatch, capsys):
    from sim import simulate

    def bulletin(ds, year):
        return {"year": year or 2024, "of_what": ds}

    stand_in("outputs.bulletin", bulletin=bulletin, lines=lambda found, lang: [f"{found['of_what']} {found['year']}"])
    stand_in("sim.region.history", history=lambda: "what was observed")
    monkeypatch.setattr(simulate, "with_indicators", lambda ds: ds)
    monkeypatch.setattr(simulate, "load_plan", lambda name: name)
    monkeypatch.setattr(simulate, "run", lambda plan, seed, weight, until, **_: f"{plan} {seed} {weight} {until}")
    assert hainan2035.main(["monitor", "history"]) == 0
    asked = "monitor full --central --year 2030 --seed 2 --weight 400 --json"
    assert hainan2035.main(asked.split()) == 0
    text = capsys.readouterr().out
    assert text.startswith("what was observed 2024\n")
    assert json.loads(text.partition("\n")[2]) == {"of": "full", "year": 2030, "of_what": "full 2 400 2035"}


def test_the_test_verb_runs_a_test_by_its_path_from_any_folder_and_says_when_there_is_none(tmp_path):
    about = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    floor = "tests/floors/test_imports_run_downward.py::test_an_import_that_runs_downward_is_left_alone"
    done = call("test", floor, **about)
    assert done.returncode == 0 and "6 passed" in done.stdout
    assert call("test", floor, "-k", "no_such_words", **about).returncode == 2


def test_the_demo_study_is_three_scenarios_and_nineteen_draws_at_weight_100_to_2035():
    from sim.study.studies import load_study

    asked = load_study(DEMO)
    assert [plan.name for plan in asked.scenarios] == ["no_policy", "baseline", "full"]
    assert (asked.seeds, asked.draws, asked.weight, asked.history_until, asked.until) == (1, 19, 100, 2021, 2035)


def test_status_names_what_failed_and_exits_1_only_then(stand_in, capsys):
    found = {"study": "demo", "named": 15, "done": 14, "failed": {"full draw 0 seed 4": "land: 1 ha"}, "left": 0}
    stand_in("sim.study.batch", status=lambda folder, verify: found)
    assert hainan2035.main(["status", "runs/demo"]) == 1
    assert capsys.readouterr().out == "demo: 14 of 15 done, 1 failed, 0 left\nfailed: full draw 0 seed 4: land: 1 ha\n"
    found.update(failed={}, left=1)
    assert hainan2035.main(["status", "runs/demo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_a_run_that_comes_out_otherwise_exits_1(stand_in, monkeypatch, capsys):
    found = {"same": False, "runs": ["a seed 0", "a seed 1"], "differing": {"a seed 1": ["gdp"]},
             "other": ["lock_hash"]}
    stand_in("sim.study.batch", reproduce=lambda folder, sample, seed, model: found)
    monkeypatch.setattr("hainan2035.studies.compile_first", lambda: None)
    assert hainan2035.main(["reproduce", "runs/demo"]) == 1
    said = capsys.readouterr().out
    assert said == "a seed 0: the same bytes\na seed 1: gdp\nthe study was made with other packages\n"


# --- scenarios, policy, data ---


def test_the_library_is_listed_for_a_person_and_for_a_program(capsys):
    assert hainan2035.main(["scenario", "list"]) == 0
    assert "no_policy" in capsys.readouterr().out
    assert hainan2035.main(["scenario", "list", "--json"]) == 0
    assert {"no_policy", "baseline", "full"} <= set(json.loads(capsys.readouterr().out))


def test_a_scenario_is_shown_with_the_file_each_value_came_from(capsys):
    assert hainan2035.main(["scenario", "show", "baseline", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["levers"]["hukou_open"]["from"].endswith(".toml")


def test_a_difference_is_said_in_words_and_none_is_said_too(capsys):
    assert hainan2035.main(["scenario", "diff", "no_policy", "full"]) == 0
    assert "instead of" in capsys.readouterr().out
    assert hainan2035.main(["scenario", "diff", "full", "full"]) == 0
    assert capsys.readouterr().out == "no difference\n"


def test_a_scenario_is_saved_with_what_is_set_in_it(tmp_path, capsys):
    from sim.scenario import load_scenario

    path = tmp_path / "mine.toml"
    words = ["scenario", "save", "baseline", str(path), "--set", "hukou_open=0.5", "--set", "shift:visitors=3"]
    assert hainan2035.main(words) == 0 and capsys.readouterr().out == f"written to {path}\n"
    found = load_scenario(path)
    assert found.at(2030).hukou_open == 0.5 and found.shifted["visitors"][2030] == 3.0
    assert hainan2035.main(words) == 2 and "already exists" in capsys.readouterr().err
    assert hainan2035.main([*words, "--force", "-q"]) == 0


def test_series_that_can_be_followed_are_listed_with_what_a_file_meets_of_them(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("own_revenue = { until = 2015 }\ndebt = false\n")
    assert hainan2035.main(["scenario", "follow", str(tmp_path / "mine.toml"), "--json"]) == 0
    found = {one["series"]: one for one in json.loads(capsys.readouterr().out)["series"]}
    assert found["debt"]["met"] == 0 and found["debt"]["observed"] == found["population"]["met"] == 18
    assert found["own_revenue"]["how"] == "met to 2015" and 0 < found["own_revenue"]["met"] < 143
    assert (found["gdp"]["first"], found["gdp"]["last"]) == (2011, 2021)
    (tmp_path / "mine.toml").write_text("own_revenue = 3\ndebts = false\n")
    assert hainan2035.main(["scenario", "follow", str(tmp_path / "mine.toml")]) == 2
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_check_finds_the_faults_of_all_files_at_once(tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text('inherits = "baseline"\n[levers]\nhukou_opn = 1\n')
    assert hainan2035.main(["scenario", "check", str(tmp_path / "one.toml"), str(tmp_path / "two.toml")]) == 2
    said = capsys.readouterr().out
    assert "one.toml:3" in said and "two.toml:3" in said and said.count("did you mean hukou_open") == 2


def test_the_policy_has_22_provisions_and_none_is_printed_better_than_its_status(capsys):
    from sim.scenario import policy_table

    assert hainan2035.main(["policy", "--json"]) == 0
    told, known = json.loads(capsys.readouterr().out), json.loads(json.dumps(policy_table()))
    assert len(known) == 22
    for row, one in zip(known, told, strict=True):
        assert {name: one[name] for name in row.keys() - {"levers"}} == {n: row[n] for n in row.keys() - {"levers"}}
        assert all(a.items() <= b.items() and b["read_in"] for a, b in zip(row["levers"], one["levers"], strict=True))
    assert hainan2035.main(["policy"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    said = [line.rpartition("): ")[2].partition(": ")[0] for line in heads]
    assert said == [row["status"] for row in policy_table()]


def test_the_data_pack_has_no_fault_and_a_broken_one_says_where(tmp_path, capsys):
    assert hainan2035.main(["data", "check"]) == 0
    capsys.readouterr()
    assert hainan2035.main(["data", "check", str(tmp_path)]) == 2
    assert ".csv" in capsys.readouterr().out


def test_a_word_is_said_before_the_model_is_compiled_and_none_when_it_is(tmp_path, monkeypatch, capsys):
    from hainan2035.shared import compile_first
    from sim import simulate
    from sim.core import cache

    monkeypatch.setattr(simulate, "prepare", lambda weight, on_kernel: on_kernel and on_kernel(1, 2))
    monkeypatch.setattr(cache, "compiled_mark", lambda: tmp_path / "compiled")
    compile_first()
    assert capsys.readouterr().err == "hainan2035: compiling the model once for this machine\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    compile_first()
    word = "hainan2035: compiling the model once for this machine"
    assert capsys.readouterr().err == f"{word}\r{word}: 1 of 2\n"
    monkeypatch.setattr(cache, "is_temporary", lambda: True)
    compile_first()
    assert "set HAINAN_CACHE to a folder of your own" in capsys.readouterr().err
    (tmp_path / "compiled").touch()
    compile_first()
    assert capsys.readouterr().err == ""


def test_results_for_a_program_are_json_even_where_a_number_is_none(capsys):
    show(SimpleNamespace(json=True), [{"ratio": float("nan"), "debt": (float("-inf"), 1.5)}], [])
    out = capsys.readouterr().out
    assert "NaN" not in out and json.loads(out) == [{"ratio": None, "debt": [None, 1.5]}]
