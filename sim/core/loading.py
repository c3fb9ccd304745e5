"""Kernels from the cache folder, loaded without what only compiling needs.

With a kernel, Numba loads the code from which it can be compiled into others, and looks up what Python and NumPy have
that can be compiled at all: four of five milliseconds a kernel. A run calls a hundred kernels and compiles none, so
both wait here until one is compiled. This relies on how the versions of Numba in KNOWN work inside; with any other,
kernels are loaded in Numba's own way.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite.binding import parse_bitcode
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.runtime import rtsys

KNOWN = ("0.68.",)


class Library(JITCodeLibrary):
    """Machine code; its code for others is read when one of them is compiled."""

    _for_others: bytes | None = None
    _machine_code = b""

    @classmethod
    def _unserialize(cls, codegen: Any, state: tuple) -> JITCodeLibrary:
        name, kind, data = state
        if kind != "object":
            return super()._unserialize(codegen, state)
        library = codegen.create_library(name)
        library._machine_code, library._for_others = data
        library.enable_object_caching()
        library._set_compiled_object(library._machine_code)
        library._finalize_final_module()
        return library

    def _get_module_for_linking(self) -> Any:
        if self._for_others is not None:
            self._shared_module, self._for_others = parse_bitcode(self._for_others), None
            self._codegen._engine._load_defined_symbols(self._shared_module)
        return super()._get_module_for_linking()

    def get_pointer_to_function(self, name: str) -> int:
        """The address of a function of this library, 0 where it has none of this name."""
        if self._for_others is None:
            return super().get_pointer_to_function(name)
        return self._codegen._engine.get_function_address(name) if name.encode() in self._machine_code else 0


class _Cache(FunctionCache):
    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled for these types, or None; the registries of the context stay as they are."""
        target_context.codegen()._library_class = Library
        rtsys.initialize(target_context)  # the memory of arrays, which kernels make
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def keep(compiled: Any) -> None:
    """Look for a kernel in Numba's cache folder when it is called, and keep it there when it was compiled."""
    if numba.__version__.startswith(KNOWN):
        compiled._cache = _Cache(compiled.py_func)
    else:
        compiled.enable_caching()
