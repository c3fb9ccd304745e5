"""The types that the kernels are called with in a run: `python -m tests.core.signatures` writes them down anew."""

import numba

from sim.core import cache
from sim.core.compiling import SIGNATURES

SHORT = {"float64": "f8", "float32": "f4", "int64": "i8", "int32": "i4", "int16": "i2", "int8": "i1", "uint64": "u8",
         "uint32": "u4", "uint16": "u2", "uint8": "u1", "bool": "boolean"}


def spelled(kind) -> str:
    """A type in the words Numba reads."""
    if isinstance(kind, numba.types.Array) and not kind.ndim:
        return f"Array({spelled(kind.dtype)},0,'C'{'' if kind.mutable else ',readonly=True'})"
    if isinstance(kind, numba.types.Array):
        axes = [":"] * (kind.ndim - 1) + ["::1" if kind.layout == "C" else ":"]
        return (f"{spelled(kind.dtype)}[{','.join(axes)}]" if kind.mutable else
                f"Array({spelled(kind.dtype)},{kind.ndim},'{kind.layout}',readonly=True)")
    if isinstance(kind, numba.types.BaseNamedTuple):
        home, name = kind.instance_class.__module__, kind.instance_class.__name__
        group = f"__import__('{home}',fromlist=['{name}']).{name}"
        if isinstance(kind, numba.types.NamedUniTuple):  # members of one type
            return f"NamedUniTuple({spelled(kind.dtype)},{kind.count},{group})"
        return f"NamedTuple(({','.join(map(spelled, kind))},),{group})"
    if isinstance(kind, numba.types.BaseTuple):
        return f"Tuple(({','.join(map(spelled, kind))},))"
    if isinstance(kind, numba.types.Omitted):
        return f"Omitted({kind.value})"
    return SHORT.get(str(kind), str(kind))


def used() -> list[str]:
    """A line for each kernel that a run calls, with the types it calls it with; kernels must have been compiled before.

    A kernel that others call is a part of theirs, and does not show where these come from the cache. The base year of a
    draw is settled anew, and not taken from there.
    """
    from sim.model import PREPARED_YEAR, HainanModel

    model = HainanModel("full", seed=0, draw=1, weight=1000, until=PREPARED_YEAR)
    while model.running:
        model.step()
    return sorted(f"{name} {' '.join(sorted('(' + ','.join(map(spelled, kinds)) + ')' for kinds in kernel.signatures))}"
                  for name, kernel in cache.KERNELS.items() if kernel.signatures)


if __name__ == "__main__":
    SIGNATURES.write_text("\n".join(used()) + "\n", encoding="utf-8")
