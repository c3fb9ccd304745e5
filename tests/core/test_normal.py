"""The inverse of the normal distribution is SciPy's own, and SciPy is whole for whoever loads it afterwards."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import scipy.special

from sim.core.normal import normal_quantile

ROOT = Path(__file__).resolve().parents[2]


def said(code: str) -> list[str]:
    """What code prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, timeout=100, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_half_lies_below_nought_and_the_known_shares_below_one_and_two():
    shares = normal_quantile(np.array([0.5, 0.8413447460685429, 0.02275013194817921]))
    assert np.allclose(shares, [0.0, 1.0, -2.0], atol=1e-12)


def test_it_is_the_function_of_scipy():
    assert normal_quantile is scipy.special.ndtri


def test_scipy_waits_until_it_is_asked_for_and_is_whole_then():
    found = said("import sys\nfrom sim.core.normal import normal_quantile as f\n"
                 "print(*(name in sys.modules for name in ('scipy', 'scipy.special', 'scipy.linalg')))\n"
                 "import scipy.special, scipy.stats, scipy.linalg\n"
                 "print(f is scipy.special.ndtri, scipy.stats.norm.ppf(0.5), scipy.linalg.inv([[2.0]])[0, 0])\n")
    assert found == ["False", "False", "False", "True", "0.0", "0.5"]


def test_where_the_machine_code_cannot_be_loaded_alone_scipy_is_loaded():
    found = said("import importlib\nloaded = importlib.import_module\n"
                 "def alone(name):\n    if name.endswith('_ufuncs'):\n        raise ImportError(name)\n"
                 "    return loaded(name)\n"
                 "importlib.import_module = alone\n"
                 "from sim.core.normal import normal_quantile\n"
                 "import scipy.special\nprint(normal_quantile is scipy.special.ndtri, scipy.__version__ > '1')\n")
    assert found == ["True", "True"]
