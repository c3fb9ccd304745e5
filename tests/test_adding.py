"""What docs/adding.md shows, added to the registries of this process: the page cannot promise what does not work."""

import inspect
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim import levers, names
from sim.core.bind import Out, Place, bind
from sim.indicators import counties, registry
from sim.mechanisms import sea
from tests.rules import world

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "adding.md"
LEVER = "sea_fee_level"


def blocks(language):
    """The fenced blocks of the page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)


@pytest.fixture
def lever(tmp_path):
    """The lever of the page, read from the policy files with its table added to those of section 2.3."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "scenarios" / "policies", folder)
    with open(folder / "2_3_land_sea.toml", "a", encoding="utf-8") as file:
        file.write("\n" + blocks("toml")[0])
    sections, found = levers.read_registry(folder)
    assert LEVER in sections["2.3"].levers
    return found[LEVER]


def test_the_lever_of_the_page_is_read_with_its_settings(lever):
    assert (lever.none, lever.range, lever.mechanism) == (1.0, (1.0, 2.0), "sea")
    assert lever.direction == {"sea_use_fees": "+"}


def test_the_rule_of_the_page_finds_the_lever_by_its_name():
    scope = {**vars(sea), "Out": Out}
    exec(blocks("python")[0], scope)
    rule = bind(scope["charge"], {**names.PLACES, LEVER: Place("lever", f"m.now.{LEVER}")})
    model = world(2, observed={"coast": np.array([True, False])}, now={"sea_market": 1.1, LEVER: 1.5},
                  parameters={"sea_use_fee_share": 0.1, "sea_fee_response": 2.0})
    model.counties.factor_land[:, sea.MARINE] = 50.0
    rule(model)
    assert model.counties.sea_use_fees == pytest.approx([9.0, 0.0])  # a tenth of 50, a fifth more, half as much again
    shown, ours = (set(inspect.signature(one).parameters) for one in (scope["charge"], sea.charge.py_func))
    assert shown - ours == {LEVER}


def test_the_indicator_of_the_page_has_its_gaps_by_itself(monkeypatch):
    one, = eval(blocks("python")[1].strip(), vars(counties) | {"indicator": counties.indicator})
    monkeypatch.setitem(registry.COMPARED, one.name, one)
    gaps = {f"{index}_{one.name}": registry._gap(index, one.name) for index in registry.INDICES}
    monkeypatch.setattr(registry, "INDICATORS", {**registry.INDICATORS, one.name: one, **gaps})
    registry._asked.cache_clear()
    found = registry.compute({"debt": np.array([2.0, 6.0]), "population_mid": np.array([1000.0, 1000.0])},
                             coast=np.array([1, 0]), names=[one.name, *gaps])
    registry._asked.cache_clear()
    assert found["debt_pc"] == pytest.approx([2000.0, 6000.0]) and found["maxmin_debt_pc"] == pytest.approx(3.0)
    assert len([name for name in found if name.endswith("_debt_pc")]) == len(registry.INDICES)
    assert gaps["theil_debt_pc"].card.long_name == "Theil index: debt per resident"


def test_every_file_that_the_page_names_is_there():
    named = set(re.findall(r"`((?:sim|tests|outputs|docs|scenarios)/[\w/]+\.\w+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists() and "NAME" not in name and "FILE" not in name
            and "SECTION" not in name] == []
