"""The verb that runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sim.core.declare import Fault, UserError
from verbs.shared import ROOT


def test(options) -> int:
    """The tests: all of them, or those below each PATH; without --slow those of the common round."""
    paths = [_test_path(path) for path in options.paths] or [str(ROOT / "tests")]
    one_file = len(paths) == 1 and ".py" in Path(paths[0]).name
    workers = options.workers if options.workers is not None else 1 if one_file else min(2, os.cpu_count() or 1)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), *paths]
    command += ["-m", ""] if options.slow else []
    command += ["-k", options.k] if options.k else []
    command += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    environment = {"HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".cache" / "hypothesis"), **os.environ}
    sys.stdout.flush()
    code = subprocess.call(command, cwd=ROOT, env=environment)
    return {0: 0, 4: 2, 5: 2}.get(code, 1)  # pytest: 4 is a wrong PATH, 5 is no test at all


def _test_path(path: str) -> str:
    """A test's path, from the working directory or from the checkout; `file::test` is one too."""
    file, colons, name = path.partition("::")
    for base in (Path.cwd(), ROOT):
        if (base / file).exists():
            return f"{base / file}{colons}{name}"
    raise UserError(Fault(path, "no such test file or folder", "for example tests/test_command_line.py"))
