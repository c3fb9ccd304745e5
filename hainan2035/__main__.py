"""`python -m hainan2035 VERB`."""

import atexit
import gc
import os
import sys

from hainan2035.line import main
from hainan2035.standing_in import standing_in

FOR_SPACES_OF_MESA = ("networkx", "scipy.spatial", "scipy.spatial.distance", "tqdm.auto")


NEED_LITTLE = (["run"], ["compare"])


def needs_little(arguments: list[str]) -> bool:
    """Whether a verb does without dask and the spaces of Mesa, and has nothing to take apart at its end."""
    return arguments[:1] in NEED_LITTLE and not {"-h", "--help"} & {*arguments}


def load_little() -> None:
    """Load what a run or a comparison needs, and not what libraries would load beside: that took a fifth of a run."""
    gc.disable()  # libraries make many objects and no garbage
    sys.modules["dask"] = None  # type: ignore[assignment]  # xarray would load it with its first array
    with standing_in(*FOR_SPACES_OF_MESA):
        import sim.agents.table_agent  # noqa: F401  # Mesa first, for it looks through all modules that are loaded
    gc.enable()


def leave(code: int) -> None:
    """End the process at once: taking the compiled kernels and tables apart would take a tenth of a run."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 2
    os._exit(code)


if __name__ == "__main__":
    if alone := needs_little(sys.argv[1:]):
        load_little()
        if sys.argv[1] == "run":
            gc.disable()  # some three thousand objects of garbage, of a million that were looked through for it
    code = main()
    leave(code) if alone else sys.exit(code)
