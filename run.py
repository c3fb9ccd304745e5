"""Sets hainan2035 up on first use, then starts a verb: `python3 run.py demo`, `python3 run.py test`.

Standard library only; the syntax stays valid on Python 3.8, because this file is started by whatever python3 there is.
It looks for a Python that works, makes `.venv` beside itself from `requirements.lock` (every package by its hash), and
hands the verb on to `python -m hainan2035`. A change of the lock, or a set-up that was cut short, makes `.venv` anew.
In a checkout that cannot be written the environment stands in the folder $HAINAN_CACHE instead.
"""

import contextlib
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
OLDEST = (3, 11)
MINORS = (13, 12, 14, 11)  # in the order of preference
WINDOWS = os.name == "nt"
TESTS_OF_PACKAGES = r"site-packages[/\\].*[/\\]tests?[/\\]"
MOST_CORES = 8  # a process each
PROBE = """
import os, sys
if sys.version_info < %r or sys.implementation.name != "cpython":
    sys.exit(3)
lacks = []
for name in ("venv", "ensurepip", "ssl", "ctypes"):
    try:
        __import__(name)
    except ImportError:
        lacks.append(name)
base = getattr(sys, "_base_executable", None) or sys.executable
sys.stdout.buffer.write(os.fsencode("%%s\\n%%s" %% (" ".join(lacks), base)))
""" % (OLDEST,)


class Missing(Exception):
    """Something the machine lacks, in one plain sentence."""


def say(words):
    """Progress goes to stderr; stdout belongs to the verb."""
    sys.stderr.write("hainan2035: %s\n" % words)
    sys.stderr.flush()


# --- which Python ----------------------------------------------------------------------------------------------------


def path_folders(environment):
    """The folders of PATH, in order."""
    return [folder for folder in environment.get("PATH", "").split(os.pathsep) if folder]


def pyenv_roots(environment, own):
    """Where pyenv may keep its versions: as told, at home, beside its commands on PATH, around this very Python."""
    roots = [environment.get("PYENV_ROOT"), os.path.join(os.path.expanduser("~"), ".pyenv")]
    with contextlib.suppress(ImportError, KeyError):
        import pwd

        roots.append(os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".pyenv"))  # HOME may be empty
    for folder in path_folders(environment):
        if os.path.basename(os.path.normpath(folder)) in ("shims", "bin"):
            roots.append(os.path.dirname(os.path.normpath(folder)))
    before, versions, _ = os.path.realpath(own).partition(os.sep + "versions" + os.sep)
    roots.append(before if versions else None)
    known = [root for root in roots if root and os.path.isdir(os.path.join(root, "versions"))]
    return list(dict.fromkeys(known))


def pyenv_pythons(root, minor):
    """The pythons 3.minor below one pyenv root, newest patch first; previews are left out."""
    names = [n for n in os.listdir(os.path.join(root, "versions")) if re.match(r"3\.%d(\.\d+)?$" % minor, n)]
    names.sort(key=lambda name: [int(part) for part in name.split(".")], reverse=True)
    inside = ("python.exe",) if WINDOWS else ("bin", "python3.%d" % minor)
    return [os.path.join(root, "versions", name, *inside) for name in names]


def candidates(environment, own):
    """The commands that may start a suitable Python, best first; this very Python comes last."""
    suffix = ".exe" if WINDOWS else ""
    launcher = shutil.which("py", path=environment.get("PATH", ""))
    for minor in MINORS:
        for folder in path_folders(environment):
            yield [os.path.join(folder, "python3.%d%s" % (minor, suffix))]
        for root in pyenv_roots(environment, own):
            for python in pyenv_pythons(root, minor):
                yield [python]
        if launcher:
            yield [launcher, "-3.%d" % minor]
    yield [own]


def probe(command):
    """Run a candidate: (its executable, the modules it lacks), or None where it does not start or is too old.

    A name on PATH proves nothing: the shim of a version that pyenv has not made active exists and exits 127.
    """
    try:
        done = subprocess.run(command + ["-I", "-c", PROBE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    lacks, _, python = os.fsdecode(done.stdout).partition("\n")
    return (python, lacks.split()) if done.returncode == 0 and python else None


def find_python(environment, own):
    """The executable of the first candidate that works and has venv and ensurepip."""
    wish = environment.get("HAINAN_PYTHON")
    if wish:
        found = probe([wish])
        if found and not found[1]:
            return found[0]
        raise Missing("HAINAN_PYTHON is %s, which %s; name a Python %d.%d or later." % (
            (wish, "lacks " + " and ".join(found[1]) if found else "does not start or is too old") + OLDEST))
    incomplete = ""
    for command in candidates(environment, own):
        if not os.path.isfile(command[0]):
            continue
        found = probe(command)
        if found and not found[1]:
            return found[0]
        if found and not incomplete:
            incomplete = " %s would do but lacks %s (Debian and Ubuntu: apt install %s-venv)." % (
                command[0], " and ".join(found[1]), os.path.basename(command[0]))
    raise Missing("Python %d.%d or later with venv and ensurepip is needed and none was found: install Python 3.%d, or "
                  "set HAINAN_PYTHON to one.%s" % (OLDEST + (MINORS[0], incomplete)))


# --- the environment -------------------------------------------------------------------------------------------------


def venv_python(venv):
    """The interpreter inside an environment."""
    return os.path.join(venv, "Scripts", "python.exe") if WINDOWS else os.path.join(venv, "bin", "python")


def lock_hash(here):
    """The hash of requirements.lock, which is the stamp of a finished environment."""
    try:
        with open(os.path.join(here, "requirements.lock"), "rb") as lock:
            return hashlib.sha256(lock.read()).hexdigest()
    except OSError as why:
        raise Missing("requirements.lock cannot be read (%s): is the checkout complete?" % why.strerror) from None


def places(here, environment):
    """The environment and the folder of its lock and log: `.venv` and `.cache`, or both inside $HAINAN_CACHE.

    The latter where the checkout cannot be written and has no finished environment; the name tells checkouts apart.
    """
    ours, cache = os.path.join(here, ".venv"), os.path.join(here, ".cache")
    written = [here, ours, cache, os.path.join(cache, "setup.lock"), os.path.join(cache, "setup.log")]
    if is_ready(here, ours) or all(os.access(place, os.W_OK) for place in written if os.path.exists(place)):
        return ours, cache
    own = os.path.abspath(environment.get("HAINAN_CACHE") or here)
    with contextlib.suppress(OSError):
        os.makedirs(own, exist_ok=True)
    if own == here or not os.access(own, os.W_OK):
        raise Missing("%s cannot be written: set HAINAN_CACHE to a folder of your own, where the environment and the "
                      "compiled model are then kept, or have the owner of the checkout start it once." % here)
    return os.path.join(own, "venv-" + hashlib.sha256(os.fsencode(here)).hexdigest()[:12]), own


def is_ready(here, venv):
    """Whether the environment was finished for this very lock, and its interpreter is still there."""
    try:
        with open(os.path.join(venv, "hainan2035.stamp")) as stamp:
            return stamp.read().strip() == lock_hash(here) and os.path.exists(venv_python(venv))
    except (OSError, ValueError):
        return False


def clean_environment(environment):
    """The variables for our own Python: nothing that would lead its imports or pip elsewhere; text is UTF-8."""
    drop = {"PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN"}
    kept = {name: value for name, value in environment.items() if name not in drop}
    kept.setdefault("PYTHONUTF8", "1")
    return kept


def package_folders(venv):
    """Where the packages of an environment are: one folder."""
    found = glob.glob(os.path.join(glob.escape(venv), "lib", "python3.*", "site-packages"))
    return found or [os.path.join(venv, "Lib", "site-packages")]


def put_on_path(here, venv):
    """One .pth line: `import sim` works in every Python of the environment, also after the checkout has moved."""
    line = os.fsencode(here + "\n")
    for folder in package_folders(venv):
        target = os.path.join(folder, "hainan2035.pth")
        if not os.path.exists(target) or open(target, "rb").read() != line:
            with open(target, "wb") as file:
                file.write(line)


def call(command, environment, log, group, must=True):
    """Run a command of the set-up with its output in the log, whose last error is the cause of a failure."""
    with open(log, "ab") as file:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                              preexec_fn=group)
    if done.returncode and must:
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        silent = "no word of the cause" if shutil.disk_usage(log).free else "No space left on device"
        errors = [line for line in lines if line.startswith("ERROR")] or lines or [silent]
        raise Missing("the set-up failed: %s (all of it is in %s; the next start tries again)" % (errors[-1], log))


def usable_cores():
    """Cores that this process may use, up to some."""
    mine = getattr(os, "sched_getaffinity", None)
    return min(MOST_CORES, len(mine(0)) if mine else os.cpu_count() or 1)


def make(here, venv, cache, environment, own, group):
    """Make the environment anew: interpreter, locked packages with their bytecode, path, and last the stamp."""
    stamp, python = lock_hash(here), find_python(environment, own)
    environment = dict(clean_environment(environment), PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if os.path.islink(venv):
        os.unlink(venv)
    elif os.path.exists(venv):
        say("the environment in %s is incomplete or out of date; rebuilding it" % os.path.basename(venv))
        shutil.rmtree(venv)
    log, ours = os.path.join(cache, "setup.log"), venv_python(venv)
    open(log, "wb").close()
    say("setting up with %s (once; a few minutes)" % python)
    call([python, "-m", "venv", venv], environment, log, group)
    say("installing the packages of requirements.lock")
    call([ours, "-m", "pip", "install", "--no-input", "--no-compile", "--only-binary", ":all:", "--require-hashes",
          "-r", os.path.join(here, "requirements.lock")], environment, log, group)
    # bytecode at once: where PYTHONDONTWRITEBYTECODE is set, every later start would compile it all again; on all
    # cores, and without the packages' own tests: pip takes one core, and three times as long in all
    compiled = [ours, "-m", "compileall", "-q", "-j", str(usable_cores())]
    call(compiled + ["-x", TESTS_OF_PACKAGES] + package_folders(venv), environment, log, group, must=False)
    names = ("hainan2035", "sim", "calibration", "outputs")
    sources = [os.path.join(here, name) for name in names if os.path.exists(os.path.join(here, name))]
    if os.access(here, os.W_OK):
        call(compiled + sources, environment, log, group)
    put_on_path(here, venv)
    with open(os.path.join(venv, "hainan2035.stamp"), "w") as file:
        file.write(stamp + "\n")
    say("ready")


@contextlib.contextmanager
def alone(cache):
    """One set-up at a time: a second start waits for the first. The kernel frees the lock when its holders are gone."""
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "setup.lock"), "w") as file:
        with contextlib.suppress(ImportError, OSError):  # Windows, and folders on a network that knows no locks
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another set-up to finish")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def children():
    """What the commands of a set-up do first, so that all of them end when this process does, however it is ended.

    Each command leads a process group of its own and writes its number into a pipe. A copy of this process reads the
    pipe until its other end is gone with us, and ends the group. It holds the lock of the set-up for as long.
    """
    if WINDOWS:
        yield None
        return
    numbers, told = os.pipe()
    keeper = os.fork()
    if not keeper:
        keep(numbers, told)
    os.close(numbers)

    def group():
        os.setsid()
        os.write(told, b"%d\n" % os.getpid())

    try:
        yield group
    finally:
        os.close(told)
        os.waitpid(keeper, 0)


def keep(numbers, told):
    """The copy's life: wait until nobody writes any more, then end the group that was named last."""
    try:
        os.setsid()
        os.close(told)
        with os.fdopen(numbers, "rb") as pipe:
            named = pipe.read().split()
        for number in named[-1:]:
            for _ in range(100):  # until the last one is gone; a second at most, some are never waited for
                os.killpg(int(number), signal.SIGKILL)
                time.sleep(0.01)
    except OSError:
        pass
    finally:
        os._exit(0)


def ensure(here, environment, own):
    """Make the environment where it is missing, unfinished or made for another lock; where it stands."""
    venv, cache = places(here, environment)
    if not is_ready(here, venv):
        with alone(cache):
            if not is_ready(here, venv):
                with children() as group:
                    make(here, venv, cache, environment, own, group)
    with contextlib.suppress(OSError):
        put_on_path(here, venv)
    return venv


def hand_on(venv, arguments, environment):
    """Become `python -m hainan2035`: signals and the exit code are the verb's own.

    `-P` keeps the working directory off the import path: a file there cannot stand in for a module of ours.
    """
    command = [venv_python(venv), "-P", "-m", "hainan2035"] + arguments
    if not WINDOWS:
        os.execve(command[0], command, clean_environment(environment))
    child = subprocess.Popen(command, env=clean_environment(environment))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child has it too, and decides
            continue


def main(arguments, environment, own):
    """Set up, hand on; what is missing is one sentence and exit 2, an interrupt is 130."""
    try:
        return hand_on(ensure(HERE, environment, own), arguments, environment)
    except Missing as fault:
        say(str(fault))
        return 2
    except OSError as fault:
        say("%s cannot be used: %s." % (fault.filename or HERE, fault.strerror or fault))
        return 2
    except KeyboardInterrupt:
        say("interrupted; the next start sets up again")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ), sys.executable))
