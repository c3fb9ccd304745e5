"""A kernel from the cache folder does what it did, alone and inside one that is compiled anew."""

import os
import subprocess
import sys
from pathlib import Path

import numba

from sim.core import loading

ROOT = Path(__file__).resolve().parents[2]
HALF = "from sim.core.cache import kernel\n\n@kernel\ndef half(x):\n    return x / 2\n\n@kernel\ndef total(x):\n" \
       "    return half(x).sum()\n"
CALLS = "from halves import half, total\nimport numpy as np, numba\nx = np.arange(5.0)\n"
LOADED = "print(sum(half.stats.cache_hits.values()), 'numba.cpython.setobj' in sys.modules)\n"


def said(folder: Path, code: str) -> str:
    """What code prints that calls the two kernels above."""
    return said_alone(folder, CALLS + code)


def said_alone(folder: Path, code: str) -> str:
    """What code prints in a process of its own that keeps its kernels in a folder."""
    environment = {**os.environ, "HAINAN_CACHE": str(folder / "cache"), "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}"], env=environment, text=True,
                          capture_output=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_numba_is_one_whose_kernels_are_loaded_this_way():
    assert numba.__version__.startswith(loading.KNOWN)


def test_a_kernel_is_loaded_without_what_compiling_needs_and_then_compiled_into_another(tmp_path):
    (tmp_path / "halves.py").write_text(HALF, encoding="utf-8")
    assert said(tmp_path, f"print(half(x).tolist())\n{LOADED}") == "[0.0, 0.5, 1.0, 1.5, 2.0]\n0 True\n"
    assert said(tmp_path, f"print(half(x).tolist())\n{LOADED}") == "[0.0, 0.5, 1.0, 1.5, 2.0]\n1 False\n"
    compiled = f"print(half(x).tolist())\nprint(total(x))\n{LOADED}print(half(2 * x).tolist())\n"
    assert said(tmp_path, compiled) == "[0.0, 0.5, 1.0, 1.5, 2.0]\n5.0\n1 True\n[0.0, 1.0, 2.0, 3.0, 4.0]\n"
    assert said(tmp_path, "print(total(x), half(x).sum(), half(2))\n") == "5.0 5.0 1.0\n"


def test_with_another_numba_kernels_are_loaded_in_its_own_way(tmp_path):
    (tmp_path / "halves.py").write_text(HALF, encoding="utf-8")
    other = "import sim.core.loading as loading\nloading.KNOWN = ('0.1.',)\n"
    for _ in range(2):
        found = subprocess.run(
            [sys.executable, "-c", f"{other}{CALLS}print(total(x), type(half._cache).__name__)"], text=True,
            env={**os.environ, "HAINAN_CACHE": str(tmp_path / "cache"), "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
            capture_output=True, timeout=100)
        assert found.stdout == "5.0 FunctionCache\n", found.stderr


ROOTS = "from sim.core.cache import kernel\nimport numpy as np\n\n@kernel\ndef total(x):\n" \
        "    return np.where(x > 1.0, np.sqrt(x), x).sum()\n\n@kernel\ndef twice(x):\n    return total(x) + total(x)\n"


def test_a_kernel_is_loaded_without_the_files_whose_functions_are_part_of_it(tmp_path):
    """0, 1 and the roots of 2, 3 and 4, with arrays of NumPy compiled into them; then compiled into another kernel."""
    (tmp_path / "roots.py").write_text(ROOTS, encoding="utf-8")
    code = ("from roots import total, twice\nimport numpy as np\n"
            "print(round(total(np.arange(5.0)), 6), 'numba.np.arrayobj' in sys.modules)\n")
    assert said_alone(tmp_path, code) == "6.146264 True\n"
    assert said_alone(tmp_path, code) == "6.146264 False\n"
    more = f"{code}print(round(twice(np.arange(5.0)), 6), total(np.arange(2.0)))\n"
    assert said_alone(tmp_path, more) == "6.146264 False\n12.292529 1.0\n"
