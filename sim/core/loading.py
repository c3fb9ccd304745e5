"""Loading kernels from the cache without the parts needed only for compiling.

With a kernel, Numba loads the code from which it can be compiled into others, and looks up what Python and NumPy have
that can be compiled at all: four of five milliseconds a kernel. A run calls a hundred kernels and compiles none, so
both wait here until one is compiled. Nor are the files of Numba imported whose functions were compiled into a kernel,
the processor is asked for its name once, and a folder is tried for writing when something is written. This relies on
how the versions of Numba in KNOWN work inside; with any other, kernels are loaded in Numba's own way.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numba
from llvmlite.binding import parse_bitcode
from numba.core import environment
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator
from numba.core.codegen import JITCodeLibrary
from numba.core.environment import Environment
from numba.core.runtime import rtsys

KNOWN = ("0.68.",)
ONLY_COMPILED = ("numba.np.", "numba.cpython.")  # files of functions that are compiled into others
ALSO_LINKED = ("numba.cpython.hashing",)  # of these, the ones that machine code finds something in when it is called


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


class _Place(UserProvidedCacheLocator):
    """The folder in which a kernel is kept, tried when it is written to and not when a kernel is declared."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Self:
        """The place of a function of a file."""
        return cls(py_func, py_file)


class _Stored(CompileResultCacheImpl):
    _locator_classes: ClassVar = [_Place]


class _Cache(FunctionCache):
    _impl_class = _Stored

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled for these types, or None; the registries of the context stay as they are."""
        target_context.codegen()._library_class = Library
        rtsys.initialize(target_context)  # the memory of arrays, which kernels make
        with self._guard_against_spurious_io_errors(), _few_imports():
            return self._load_overload(sig, target_context)

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return super()._index_key(sig, _Machine(_machine(codegen)))


class _Machine:
    """What a key says of the machine, known already."""

    def __init__(self, about: tuple[Any, ...]):
        self._about = about

    def magic_tuple(self) -> tuple[Any, ...]:
        """System, processor, and what it can do."""
        return self._about


@functools.cache
def _machine(codegen: Any) -> tuple[Any, ...]:
    """What machine code is made for; the name of the processor is read from a file each time it is asked for."""
    return codegen.magic_tuple()


@contextlib.contextmanager
def _few_imports() -> Iterator[None]:
    """Meanwhile a kernel is loaded without the files whose functions were compiled into it. Numba loads one at a time.

    A kernel keeps the names of each such file beside the constants of its functions. Only what is not compiled looks
    into the names.
    """
    before = environment._rebuild_env

    @functools.wraps(before)
    def rebuilt(file: str, constants: list[Any], name: str) -> Environment:
        if file in sys.modules or file in ALSO_LINKED or not file.startswith(ONLY_COMPILED):
            return before(file, constants, name)
        found = environment.lookup_environment(name)
        if found is None:
            found = Environment({"__name__": file})
            found.consts[:] = constants
            found.env_name = name
            Environment._memo[name] = found
        return found

    environment._rebuild_env = rebuilt
    try:
        yield
    finally:
        environment._rebuild_env = before


def keep(compiled: Any) -> None:
    """Look for a kernel in Numba's cache folder when it is called, and keep it there when it was compiled."""
    if numba.__version__.startswith(KNOWN):
        compiled._cache = _Cache(compiled.py_func)
    else:
        compiled.enable_caching()
