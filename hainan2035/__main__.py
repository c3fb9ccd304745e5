"""`python -m hainan2035 VERB`."""

import atexit
import gc
import os
import sys

from hainan2035.line import main
from hainan2035.standing_in import frames_by_name, standing_in

FOR_SPACES_OF_MESA = ("networkx", "scipy.spatial", "scipy.spatial.distance", "tqdm.auto")
FOR_NO_RUN = ("asyncio", "yaml")  # xarray reads from a network with the one, Numba its own settings with the other
NEED_LITTLE = (["run"], ["compare"])


def needs_little(arguments: list[str]) -> bool:
    """Whether a verb does without dask and the spaces of Mesa, and has nothing to take apart at its end."""
    return arguments[:1] in NEED_LITTLE and not {"-h", "--help"} & {*arguments}


def load_little(verb: str = "") -> None:
    """Load what a run or a comparison needs, and not what libraries would load beside: that took a fifth of a run.

    Nor are threads started for matrices, which are small: they wait for work at the full speed of a processor.
    """
    gc.disable()  # libraries make many objects and no garbage
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.modules["dask"] = None  # type: ignore[assignment]  # xarray would load it with its first array
    with standing_in(*FOR_SPACES_OF_MESA), frames_by_name():
        import sim.agents.table_agent  # noqa: F401
    if verb == "run":
        with standing_in(*FOR_NO_RUN):
            import xarray  # noqa: F401
            from numba.core import entrypoints
        entrypoints._already_initialized = True  # it would look through all packages for some that extend it
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
        load_little(sys.argv[1])
        if sys.argv[1] == "run":
            gc.disable()  # some three thousand objects of garbage, of a million that were looked through for it
    code = main()
    leave(code) if alone else sys.exit(code)
