"""Imports run downward: what stands lower knows nothing of what stands higher, inside functions too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = (
    ("sim.core",),
    ("sim.words",),
    ("sim.levers", "sim.outlook", "sim.indicators"),
    ("sim.agents",),
    ("sim.region", "sim.audit"),
    ("sim.mechanisms",),
    ("sim.names",),
    ("sim.schedule", "sim.settle", "sim.scenario", "sim.arguments", "sim.state"),
    ("sim.holds",),
    ("sim.model",),
    ("sim.closure",),
    ("sim.simulate",),
    ("sim.study",),
    ("calibration", "outputs"),
    ("hainan2035",),
)
ONLY_IN = {
    "mesa": ("sim.agents", "sim.model"),
    "matplotlib": ("outputs",),
    "dask": ("sim.study",),
    "distributed": ("sim.study",),
}
NO_REGION = ("sim.region", "sim.agents", "sim.mechanisms", "sim.model", "sim.closure",
             "sim.schedule", "sim.settle")  # not for studies
FACE = "sim"  # sim/__init__.py loads its names on use, so it may name anything below it


def within(module: str, place: str) -> bool:
    return module == place or module.startswith(f"{place}.")


def level(module: str) -> int | None:
    """How high a module stands; None where it is not ours."""
    return next((i for i, group in enumerate(ORDER) if any(within(module, place) for place in group)), None)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def house() -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    folders = ("sim", "calibration", "outputs", "hainan2035")
    return {module_name(path): path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


def imported(tree: ast.AST, module: str, is_package: bool) -> list[tuple[int, str]]:
    """(line, dotted name) of everything imported anywhere; `from a import b` gives `a.b`, which may be a module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                up = parts[: len(parts) - node.level + is_package]
                base = ".".join([*up, base] if base else up)
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            if node.args and isinstance(node.args[0], ast.Constant):
                found.append((node.lineno, str(node.args[0].value)))
    return found


def circles(modules: dict[str, str], packages: frozenset[str] = frozenset()) -> list[str]:
    """Groups of modules that import each other, at the top or inside functions, directly or by way of others."""
    imports = {}
    for module, source in modules.items():
        names = (name for _, name in imported(ast.parse(source), module, module in packages))
        homes = (next((n for n in (name, name.rpartition(".")[0]) if n in modules), None) for name in names)
        imports[module] = {home for home in homes if home not in (None, module)}
    reach = {module: set(names) for module, names in imports.items()}
    while grown := {m: more for m, names in reach.items()
                    if (more := set().union(names, *(reach[n] for n in names))) != names}:
        reach |= grown
    return sorted({" <-> ".join(sorted(other for other in names if module in reach[other]))
                   for module, names in reach.items() if module in names})


def sources() -> tuple[dict[str, str], frozenset[str]]:
    """The text of every module of the house by its name, and which of them are packages."""
    modules = house()
    packages = frozenset(name for name, path in modules.items() if path.name == "__init__.py")
    return {name: path.read_text(encoding="utf-8") for name, path in modules.items()}, packages


def faults(modules: dict[str, str], packages: frozenset[str] = frozenset()) -> list[str]:
    """Every import that runs upward or stands where it must not; `modules` maps a name to its source."""
    out = []
    for module, source in modules.items():
        for line, name in imported(ast.parse(source), module, module in packages):
            why = fault(module, name)
            if why:
                out.append(f"{module}:{line}: {name}: {why}")
    return out


def fault(module: str, name: str) -> str:
    """What is wrong with `module` importing `name`, or nothing."""
    for library, places in ONLY_IN.items():
        if within(name, library) and not any(within(module, place) for place in places):
            return f"{library} belongs to {' and '.join(places)}"
    here, there = level(module), level(name)
    if within(name, "tests"):
        return "the house does not know its tests"
    if module == FACE or there is None or here is None:
        return "" if module == FACE or not within(name, FACE) else "import from the module itself, not from the face"
    if there > here:
        return "runs upward"
    for pair in (("calibration", "outputs"), ("outputs", "calibration")):
        if within(module, pair[0]) and within(name, pair[1]):
            return "calibration and outputs do not know each other"
    below = ("sim.indicators", "sim.core", "sim.words")
    if within(module, "sim.indicators") and not any(within(name, place) for place in below):
        return "indicators use core and words alone"
    if within(module, "sim.study") and any(within(name, place) for place in NO_REGION):
        return "studies know no region"
    if within(module, "sim.mechanisms") and within(name, "sim.mechanisms"):
        same = name.split(".")[:3] == module.split(".")[:3] or module == "sim.mechanisms"
        return "" if same else "mechanisms do not know each other"
    return ""


def test_every_module_has_its_place_in_the_order():
    homeless = [module for module in house() if module != FACE and level(module) is None]
    assert homeless == []


def test_imports_run_downward():
    assert faults(*sources()) == []


def test_no_modules_import_each_other():
    modules, packages = sources()
    assert circles({name: text for name, text in modules.items() if name != FACE}, packages) == []


def test_a_circle_is_found_across_functions_and_packages():
    modules = {"a": "from b import c", "b": "", "b.c": "def f():\n    import d", "d": "from a import x",
               "e": "import a"}
    assert circles(modules, frozenset({"b"})) == ["a <-> b.c <-> d"]
    assert circles({"a": "import b", "b": "", "e": "import a"}) == []


@pytest.mark.parametrize(("module", "source", "expected"), [
    ("sim.core.table", "from sim.levers import x", "runs upward"),
    ("sim.core.table", "def f():\n    import sim.model", "runs upward"),
    ("sim.core.table", "from .. import model", "runs upward"),
    ("sim.mechanisms.land", "from sim.mechanisms import housing", "do not know each other"),
    ("sim.mechanisms.land", "from . import housing", "do not know each other"),
    ("sim.mechanisms.land", "import mesa", "mesa belongs to"),
    ("sim.simulate", "def f():\n    from dask.distributed import Client", "dask belongs to"),
    ("calibration.hindcast", "import matplotlib.pyplot as plt", "matplotlib belongs to"),
    ("calibration.hindcast", "from outputs.tables import write", "do not know each other"),
    ("sim.indicators.counties", "from sim.levers import x", "indicators use core and words alone"),
    ("sim.region.history", "import importlib\nimportlib.import_module('sim.study.batch')", "runs upward"),
    ("sim.study.batch", "from sim import run", "not from the face"),
    ("sim.scenario.files", "from sim.study.studies import load_study", "runs upward"),
    ("sim.study.store", "def f():\n    from sim.region.pack import load_pack", "studies know no region"),
    ("sim.study.batch", "from sim.model import HainanModel", "studies know no region"),
])
def test_an_import_that_must_not_be_is_found(module, source, expected):
    assert len(faults({module: source})) == 1 and expected in faults({module: source})[0]


@pytest.mark.parametrize(("module", "source"), [
    ("sim.mechanisms.land", "from sim.core.declare import parameter\nimport numpy as np\nimport sim.agents.county"),
    ("sim.model", "import mesa\nfrom sim.mechanisms import land, housing"),
    ("outputs.maps", "from sim.study.batch import open_results\nfrom matplotlib.figure import Figure"),
    ("hainan2035.studies", "from calibration.hindcast import how_far\nfrom outputs.compare import compare"),
    ("sim", "from sim.model import HainanModel"),
    ("sim.study.batch", "from sim.simulate import HAINAN\nfrom sim.scenario import load_scenario"),
])
def test_an_import_that_runs_downward_is_left_alone(module, source):
    assert faults({module: source}) == []
