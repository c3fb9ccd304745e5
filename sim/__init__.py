"""The public interface of the model; names are imported on first use, so that `import sim` is cheap.

>>> from sim import load_scenario, run, run_batch, open_results, HainanModel
"""

_HOMES = {
    "load_scenario": "sim.scenario",
    "run": "sim.simulate",
    "run_batch": "sim.study.batch",
    "open_results": "sim.study.batch",
    "HainanModel": "sim.model",
}
__all__ = ["HainanModel", "load_scenario", "open_results", "run", "run_batch"]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}; it offers {', '.join(__all__)}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return sorted({*globals(), *__all__})
