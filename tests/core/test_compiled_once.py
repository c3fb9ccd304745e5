"""What `prepare` has compiled no later process compiles again, in any scenario; kernels share one set of options.

The types written down for all kernels are those of a run.
"""

import os
import subprocess
import sys
from pathlib import Path

from sim.core.compiling import SIGNATURES
from sim.core.parts import usable_cores

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
from sim.model import prepare
from sim.core import cache
prepare(1000)
print([name for name, kernel in cache.KERNELS.items() if sum(kernel.stats.cache_misses.values())])
"""
RUN = """
import gc
from sim.model import HainanModel
from numba.core.registry import CPUDispatcher
model = HainanModel("full", seed=1, weight=1000, until=2030)
while model.running:
    model.step()
kernels = [k for k in gc.get_objects() if isinstance(k, CPUDispatcher) and k.py_func.__module__.startswith("sim.")]
used = [k for k in kernels if k.signatures and k.targetoptions.get("nogil")]
assert len(used) > 10, used
print([k.py_func.__qualname__ for k in used if sum(k.stats.cache_misses.values())])
print({tuple(sorted((name, str(value)) for name, value in k.targetoptions.items())) for k in used})
"""

WRITTEN = "from tests.core.signatures import used; print(*used(), sep='\\n')"


def in_a_process(program, cache):
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                          env=os.environ | {"HAINAN_CACHE": str(cache), "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_process_after_the_first_compiles_nothing(tmp_path):
    (after_all,) = in_a_process(PREPARE, tmp_path)
    assert after_all == "[]" or usable_cores() < 2, "their types in sim/core/signatures.txt are not those of the calls"
    compiled, options = in_a_process(RUN, tmp_path)
    assert compiled == "[]"
    assert in_a_process(WRITTEN, tmp_path) == SIGNATURES.read_text(encoding="utf-8").splitlines(), (
        "sim/core/signatures.txt is stale: kernels take other arguments than before; run: python3 run.py refresh")
    assert options.count("nogil") == 1, "kernels of different options would share one entry of the cache"
