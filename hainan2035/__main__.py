"""`python -m hainan2035 VERB`."""

import atexit
import os
import sys

from hainan2035.line import main


def is_a_run(arguments: list[str]) -> bool:
    """Whether a process does one run and nothing beside: it starts none of its own and draws nothing."""
    return arguments[:1] == ["run"]


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
    if alone := is_a_run(sys.argv[1:]):
        sys.modules["dask"] = None  # type: ignore[assignment]  # xarray would load it with its first array
    code = main()
    leave(code) if alone else sys.exit(code)
