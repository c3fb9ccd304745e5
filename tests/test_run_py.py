"""run.py: which Python it takes, and how it makes, keeps and remakes the environment.

No package is installed here: the interpreters are shell scripts that answer as a good or a broken Python would.
"""

import contextlib
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.disks import disk, fill, read_only

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in interpreters are shell scripts")

GOOD = """#!/bin/sh
linger() {  # as long as told, with a child of its own, as venv and pip have one
  if [ -n "$STAND_IN_LINGER" ]; then
    echo "$1" >> "$STAND_IN_LOG.steps"; sleep "$STAND_IN_LINGER" & echo "$$ $!" >> "$STAND_IN_LOG.pids"; wait
  fi
}
case "$*" in
  "-I -c "*) printf '\\n%s' "$0" ;;
  "-m venv "*) linger venv; mkdir -p "$3/bin" "$3/lib/python3.13/site-packages" && cp "$0" "$3/bin/python" ;;
  "-m pip "*) echo "$*" >> "$STAND_IN_LOG"; linger pip; if [ -n "$STAND_IN_SLEEP" ]; then exec sleep 30; fi
              if [ -n "$STAND_IN_FAULT" ]; then echo "ERROR: $STAND_IN_FAULT"; exit 1; fi ;;
  "-m compileall "*) linger compileall; echo "compileall" >> "$STAND_IN_LOG" ;;
  "-P -m hainan2035"*) shift 3; echo "verb: $*"; exit ${STAND_IN_EXIT:-0} ;;
  *) exit 9 ;;
esac
"""
SHIM = "#!/bin/sh\necho \"pyenv: python3.13: command not found\" >&2\nexit 127\n"
NO_ENSUREPIP = "#!/bin/sh\nprintf 'ensurepip\\n%s' \"$0\"\n"
TOO_OLD = "#!/bin/sh\nexit 3\n"


@pytest.fixture(scope="module")
def run_py():
    spec = importlib.util.spec_from_file_location("run_py", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def no_other_pyenv(run_py, tmp_path, monkeypatch):
    """The pyenv of the machine that tests stays out of sight."""
    everywhere = run_py.pyenv_roots
    monkeypatch.setattr(run_py, "pyenv_roots", lambda *told: [r for r in everywhere(*told) if str(tmp_path) in r])


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def house(tmp_path):
    """A checkout with a space in its path, and a PATH with one good stand-in interpreter."""
    here = tmp_path / "a check out"
    here.mkdir()
    shutil.copy(ROOT / "run.py", here)
    (here / "requirements.lock").write_text("numpy==2.0 --hash=sha256:00\n")
    script(tmp_path / "bin" / "python3.13", GOOD)
    return here


def start(house, *arguments, cwd=None, **extra):
    """Start run.py of the checkout as a newcomer would, with nothing but our own PATH."""
    environment = {"PATH": f"{house.parent / 'bin'}:/usr/bin:/bin", "HOME": "", "PYTHONDONTWRITEBYTECODE": "1",
                   "STAND_IN_LOG": str(house.parent / "log"), **extra}
    return subprocess.run([sys.executable, str(house / "run.py"), *arguments], env=environment, text=True, timeout=60,
                          capture_output=True, cwd=cwd or house.parent)


def setups(house) -> int:
    """How many times packages were installed."""
    log = house.parent / "log"
    return log.read_text().count("-m pip install") if log.exists() else 0


# --- which Python ---


def test_the_first_python_that_works_is_taken_in_the_order_13_12_14_11(run_py, tmp_path):
    for minor in (11, 12, 14):
        script(tmp_path / f"python3.{minor}", GOOD)
    assert run_py.find_python({"PATH": str(tmp_path)}, "/none") == str(tmp_path / "python3.12")


def test_a_pyenv_shim_that_exits_127_is_skipped_for_a_later_folder_of_the_path(run_py, tmp_path):
    script(tmp_path / "shims" / "python3.13", SHIM)
    script(tmp_path / "real" / "python3.13", GOOD)
    environment = {"PATH": f"{tmp_path / 'shims'}:{tmp_path / 'real'}"}
    assert run_py.find_python(environment, "/none") == str(tmp_path / "real" / "python3.13")


def test_behind_a_broken_shim_pyenv_s_own_versions_are_found_also_when_home_is_empty(run_py, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "")
    script(tmp_path / "shims" / "python3.13", SHIM)
    script(tmp_path / "versions" / "3.13.0" / "bin" / "python3.13", SHIM.replace("127", "1"))
    script(tmp_path / "versions" / "3.13.2" / "bin" / "python3.13", GOOD)
    script(tmp_path / "versions" / "3.13.10rc1" / "bin" / "python3.13", GOOD)
    found = run_py.find_python({"PATH": str(tmp_path / "shims")}, "/none")
    assert found == str(tmp_path / "versions" / "3.13.2" / "bin" / "python3.13")


def test_pyenv_is_found_by_its_variable_and_around_the_running_python(run_py, tmp_path):
    own = script(tmp_path / "versions" / "3.12.1" / "bin" / "python3.12", GOOD)
    assert str(tmp_path) in run_py.pyenv_roots({"PYENV_ROOT": str(tmp_path)}, "/none")
    assert str(tmp_path) in run_py.pyenv_roots({}, str(own))


def test_newer_patches_come_before_older_ones_as_numbers_not_as_text(run_py, tmp_path):
    for name in ("3.13.9", "3.13.10", "3.12.1", "3.13-dev"):
        (tmp_path / "versions" / name).mkdir(parents=True)
    assert [Path(p).parts[-3] for p in run_py.pyenv_pythons(str(tmp_path), 13)] == ["3.13.10", "3.13.9"]


def test_the_py_launcher_is_asked_for_each_version(run_py, tmp_path):
    launcher = script(tmp_path / "py", GOOD)
    assert [str(launcher), "-3.13"] in list(run_py.candidates({"PATH": str(tmp_path)}, "/none"))


def test_the_running_python_is_the_last_resort(run_py, tmp_path):
    own = script(tmp_path / "some-python", GOOD)
    assert list(run_py.candidates({"PATH": ""}, str(own)))[-1] == [str(own)]


def test_a_python_without_ensurepip_is_passed_over_for_one_that_has_it(run_py, tmp_path):
    script(tmp_path / "python3.13", NO_ENSUREPIP)
    script(tmp_path / "python3.12", GOOD)
    assert run_py.find_python({"PATH": str(tmp_path)}, "/none") == str(tmp_path / "python3.12")


def test_when_nothing_works_one_sentence_says_what_is_needed_and_what_was_lacking(run_py, tmp_path):
    script(tmp_path / "python3.13", NO_ENSUREPIP)
    script(tmp_path / "python3.12", TOO_OLD)
    with pytest.raises(run_py.Missing, match=r"Python 3\.11 or later .* lacks ensurepip .*python3\.13-venv"):
        run_py.find_python({"PATH": str(tmp_path)}, "/none")


def test_a_wished_python_is_taken_or_refused_but_never_replaced(run_py, tmp_path):
    good, old = script(tmp_path / "good", GOOD), script(tmp_path / "old", TOO_OLD)
    script(tmp_path / "python3.13", GOOD)
    assert run_py.find_python({"PATH": str(tmp_path), "HAINAN_PYTHON": str(good)}, "/none") == str(good)
    with pytest.raises(run_py.Missing, match="does not start or is too old"):
        run_py.find_python({"PATH": str(tmp_path), "HAINAN_PYTHON": str(old)}, "/none")


def test_the_probe_of_a_real_interpreter_names_an_executable_outside_this_environment(run_py):
    python, lacks = run_py.probe([sys.executable])
    assert lacks == [] and Path(python).exists()
    assert Path(sys.prefix) not in Path(python).parents or sys.prefix == sys.base_prefix


# --- the environment ---


def test_the_first_start_sets_up_and_hands_the_verb_on_from_any_working_directory(house, tmp_path):
    done = start(house, "run", "a b", "--set", "x=1", cwd="/")
    assert (done.returncode, done.stdout) == (0, "verb: run a b --set x=1\n")
    assert "setting up" in done.stderr and setups(house) == 1
    assert (house / ".venv/lib/python3.13/site-packages/hainan2035.pth").read_text() == f"{house}\n"


def test_packages_are_installed_by_hash_as_wheels_and_with_their_bytecode(house):
    start(house)
    log = (house.parent / "log").read_text()
    assert "--require-hashes" in log and "--only-binary :all:" in log and "--no-compile" in log
    assert log.endswith("compileall\n")


def test_the_second_start_does_not_set_up_again_and_is_silent(house):
    start(house)
    done = start(house, "demo")
    assert (done.stdout, done.stderr, setups(house)) == ("verb: demo\n", "", 1)


def test_another_lock_makes_the_environment_anew(house):
    start(house)
    (house / "requirements.lock").write_text("numpy==2.1 --hash=sha256:01\n")
    assert "rebuilding it" in start(house).stderr and setups(house) == 2


@pytest.mark.parametrize("half_made", ["an empty folder", "a file", "no stamp", "a dangling interpreter"])
def test_a_half_made_environment_is_made_anew(house, half_made):
    venv = house / ".venv"
    if half_made == "an empty folder":
        venv.mkdir()
    elif half_made == "a file":
        venv.mkdir()
        (venv / "pyvenv.cfg").write_text("home = nowhere\n")
    else:
        start(house)
        (venv / ("hainan2035.stamp" if half_made == "no stamp" else "bin/python")).unlink()
    before = setups(house)
    done = start(house, "demo")
    assert (done.returncode, done.stdout, setups(house)) == (0, "verb: demo\n", before + 1)


def test_a_link_in_the_place_of_the_environment_is_removed_and_its_target_left_alone(house, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("x")
    (house / ".venv").symlink_to(tmp_path / "mine")
    assert start(house, "demo").returncode == 0
    assert (tmp_path / "mine" / "precious").exists() and not (house / ".venv").is_symlink()


def test_a_failed_install_is_one_sentence_and_exit_2_and_the_next_start_tries_again(house):
    done = start(house, "demo", STAND_IN_FAULT="no matching distribution found for numpy")
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert "no matching distribution found for numpy" in done.stderr.splitlines()[-1]
    assert start(house, "demo").returncode == 0


def test_a_missing_lock_is_one_sentence_and_exit_2(house):
    (house / "requirements.lock").unlink()
    done = start(house, "demo")
    assert done.returncode == 2 and "requirements.lock" in done.stderr and "Traceback" not in done.stderr


def test_a_wish_that_does_not_work_is_one_sentence_and_exit_2(house):
    done = start(house, "demo", HAINAN_PYTHON="/nowhere/python")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "/nowhere/python" in done.stderr


def test_the_exit_code_is_the_verb_s_own(house):
    assert [start(house, STAND_IN_EXIT=str(code)).returncode for code in (0, 1, 2, 130)] == [0, 1, 2, 130]


def test_a_moved_checkout_puts_its_new_place_on_the_path(house, tmp_path):
    start(house)
    moved = house.rename(tmp_path / "moved")
    assert start(moved, "demo").stdout == "verb: demo\n"
    assert (moved / ".venv/lib/python3.13/site-packages/hainan2035.pth").read_text() == f"{moved}\n"
    assert setups(moved) == 1


def test_an_interrupt_during_the_setup_exits_130_without_a_stamp(house):
    environment = {"PATH": f"{house.parent / 'bin'}:/usr/bin:/bin", "HOME": "", "STAND_IN_SLEEP": "yes",
                   "STAND_IN_LOG": str(house.parent / "log")}
    child = subprocess.Popen([sys.executable, str(house / "run.py"), "demo"], env=environment, start_new_session=True,
                             stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while not (house.parent / "log").exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)
    os.killpg(child.pid, signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130 and "interrupted" in said and "Traceback" not in said
    assert not (house / ".venv/hainan2035.stamp").exists()


def begin(house, **extra):
    """Start run.py and leave it at work, in a session of its own."""
    environment = {"PATH": f"{house.parent / 'bin'}:/usr/bin:/bin", "HOME": "",
                   "STAND_IN_LOG": str(house.parent / "log"), **extra}
    return subprocess.Popen([sys.executable, str(house / "run.py"), "demo"], env=environment, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def at_work(house) -> list[int]:
    """Processes of the set-up that are still running."""
    log = house.parent / "log.pids"
    found = []
    for pid in map(int, log.read_text().split() if log.exists() else ()):
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] if sys.platform == "linux" \
                else os.kill(pid, 0)
            if state != "Z":
                found.append(pid)
    return found


def wait_until(true, seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(true())


@pytest.mark.parametrize(("step", "name"), [("pip", "SIGTERM"), ("pip", "SIGKILL"), ("pip", "SIGINT"),
                                            ("pip", "SIGHUP"), ("venv", "SIGKILL"), ("compileall", "SIGKILL")])
def test_whatever_ends_the_set_up_ends_its_children_and_the_next_start_mends(house, step, name):
    child = begin(house, STAND_IN_LINGER="0.2")
    steps = house.parent / "log.steps"
    assert wait_until(lambda: steps.exists() and step in steps.read_text())
    os.kill(child.pid, getattr(signal, name))  # this process alone, as a service manager or a user does
    child.communicate(timeout=20)
    assert child.returncode in (130, -getattr(signal, name))
    assert wait_until(lambda: not at_work(house), 2.0), "children of the set-up go on without it"
    assert not (house / ".venv/hainan2035.stamp").exists()
    assert start(house, "demo").stdout == "verb: demo\n"


def kill_at_random_moments(house, times: int, seed: int) -> None:
    chance = random.Random(seed)
    for time_ in range(times):
        child = begin(house, STAND_IN_LINGER="0.05")
        time.sleep(chance.uniform(0.0, 0.5))
        child.send_signal(chance.choice([signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP]))
        child.communicate(timeout=20)
        if chance.random() < 0.7:  # sometimes the next start finds what two killed ones have left
            assert start(house, "demo").stdout == "verb: demo\n", f"kill {time_}"
            assert not at_work(house)
            (house / ".venv/hainan2035.stamp").unlink()


def test_a_set_up_killed_at_random_moments_is_mended_by_the_next_start(house):
    kill_at_random_moments(house, 4, seed=1)


@pytest.mark.slow
def test_a_set_up_killed_a_hundred_times_is_mended_each_time(house):
    kill_at_random_moments(house, 100, seed=2)


def test_a_second_start_waits_for_the_first_and_takes_over_when_it_is_killed(house):
    first = begin(house, STAND_IN_LINGER="5")
    assert wait_until((house.parent / "log.steps").exists)
    second = begin(house)
    time.sleep(0.3)
    assert setups(house) == 0  # the first still makes its environment, the second waits
    first.kill()
    first.communicate(timeout=20)
    _, said = second.communicate(timeout=20)
    assert second.returncode == 0 and "waiting for another set-up to finish" in said
    assert setups(house) == 1 and not at_work(house)


def test_a_checkout_that_cannot_be_written_names_the_way_out_and_the_way_works(house, tmp_path):
    with disk(tmp_path / "disk") as there:
        shared = shutil.copytree(house, there / "checkout")
        read_only(there)
        environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": "", "STAND_IN_LOG": str(tmp_path / "log")}

        def go(**more):
            return subprocess.run([sys.executable, str(shared / "run.py"), "demo"], env=environment | more, text=True,
                                  capture_output=True, timeout=60)

        refused = go()
        assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "HAINAN_CACHE" in refused.stderr
        assert go(HAINAN_CACHE=str(there / "below")).stderr.count("HAINAN_CACHE") == 1
        assert [go(HAINAN_CACHE=str(tmp_path / "mine")).stdout for _ in range(2)] == ["verb: demo\n"] * 2
        assert setups(house) == 1 and len(list((tmp_path / "mine").glob("venv-*/hainan2035.stamp"))) == 1


def test_a_ready_checkout_of_somebody_else_is_used_as_it_is(house, tmp_path):
    with disk(tmp_path / "disk") as there:
        shared = shutil.copytree(house, there / "checkout")
        environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": "", "STAND_IN_LOG": str(tmp_path / "log")}

        def go():
            return subprocess.run([sys.executable, str(shared / "run.py"), "demo"], env=environment, text=True,
                                  capture_output=True, timeout=60)

        assert go().returncode == 0
        read_only(there)
        assert (go().stdout, go().stderr) == ("verb: demo\n", "")


def test_a_full_disk_is_one_sentence_and_the_next_start_goes_on(house, tmp_path):
    with disk(tmp_path / "disk", size="200k") as there:
        shared = shutil.copytree(house, there / "checkout")
        environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": "", "STAND_IN_LOG": str(tmp_path / "log")}

        def go():
            return subprocess.run([sys.executable, str(shared / "run.py"), "demo"], env=environment, text=True,
                                  capture_output=True, timeout=60)

        fill(there)
        full = go()
        assert full.returncode == 2 and "Traceback" not in full.stderr
        assert "No space left on device" in full.stderr.splitlines()[-1]
        (there / "filler").unlink()
        assert go().stdout == "verb: demo\n"


def test_two_first_starts_at_once_set_up_once(house):
    environment = {"PATH": f"{house.parent / 'bin'}:/usr/bin:/bin", "HOME": "",
                   "STAND_IN_LOG": str(house.parent / "log")}
    both = [subprocess.Popen([sys.executable, str(house / "run.py"), "demo"], env=environment,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [child.wait(timeout=60) for child in both] == [0, 0]
    assert setups(house) == 1


# --- what a newcomer's machine needs ---


def test_run_py_is_valid_on_python_3_8_and_imports_the_standard_library_only():
    import ast

    tree = ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 8))
    names = {alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import)
             for alias in node.names}
    assert names <= set(sys.stdlib_module_names)


def test_the_lock_holds_a_hash_for_every_package_and_no_address_and_no_path():
    lock = (ROOT / "requirements.lock").read_text()
    packages = [line for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(packages) > 50 and all(line.endswith("\\") for line in packages)
    assert not any(word in lock for word in ("://", "file:", "@ ", "--index", "--find-links", "torch", str(ROOT)))


def test_the_lock_covers_every_dependency_but_the_explorer_s():
    import re
    import tomllib

    def plain(requirement):
        return re.match(r"[A-Za-z0-9_.-]+", requirement).group().lower().replace("_", "-")

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["calibrate"], *extras["cluster"], *extras["test"]]
    locked = {plain(line) for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line}
    assert {plain(each) for each in wanted} - locked == set()


def test_the_check_of_a_submission_calls_exactly_the_two_commands_of_the_readme():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if "run.py" in line] == ["python3 run.py demo", "python3 run.py test"]
    readme = (ROOT / "README.md").read_text()
    assert all(command in readme for command in ("python3 run.py demo", "python3 run.py test"))
