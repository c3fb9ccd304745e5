"""The inverse of the normal distribution function: SciPy's, loaded without what SciPy would load with it.

`scipy.special` imports SciPy's linear algebra and looks up every function of NumPy: a tenth of the time of a run, which
calls this one function. It stands in a file of machine code, whose packages wait here until somebody asks for them.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("scipy", "scipy._lib", "scipy.linalg", "scipy.special")


@contextlib.contextmanager
def _bare_packages() -> Iterator[None]:
    """Meanwhile these packages are no more than the folders of their files, unless they are loaded."""
    home = importlib.util.find_spec("scipy")
    folder = Path(str(home.origin)).parent if home is not None else Path()
    made = {name: ModuleType(name) for name in PACKAGES if name not in sys.modules}
    for name, package in made.items():
        package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def _found() -> Callable[..., Any]:
    """The function, of the file of machine code; of the package where that cannot be loaded alone."""
    with contextlib.suppress(Exception), _bare_packages():
        return importlib.import_module("scipy.special._ufuncs").ndtri
    return importlib.import_module("scipy.special").ndtri


normal_quantile = _found()
"""normal_quantile(share): the number below which that share of a normal distribution of mean 0 and variance 1 lies."""
