"""`python -m hainan2035 VERB`."""

import sys

from hainan2035.line import main


def without_dask(arguments: list[str]) -> bool:
    """Whether a process does without dask: xarray loads it with its first array, and a single run has no use for it."""
    return arguments[:1] == ["run"]


if __name__ == "__main__":
    if without_dask(sys.argv[1:]):
        sys.modules["dask"] = None  # type: ignore[assignment]
    sys.exit(main())
