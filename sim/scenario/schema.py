"""The JSON Schema of scenario files, for editors (scenarios/schema.json; a test keeps it current)."""

from __future__ import annotations

import json
from pathlib import Path

from sim import levers as registry
from sim.core.files import write_whole
from sim.core.stages import WORDS, YEARS
from sim.levers import LIBRARY
from sim.scenario.files import MAX_TITLE, SINCE

SCHEMA = LIBRARY / "schema.json"


def json_schema() -> dict:
    """Keys, sections and levers of a scenario file; parameters and outlook series are checked when it is read."""
    title = {"type": "string", "maxLength": MAX_TITLE}
    words = {"enum": list(WORDS)}
    levers = {name: _lever(lever) for name, lever in registry.REGISTRY.items()}
    setting = {"anyOf": [words, {"type": "number", "minimum": 0.0, "maximum": 1.0}]}
    sections = {"all": setting, **{i: {**setting, "description": f"{s.title} ({s.title_zh})"}
                                   for i, s in registry.SECTIONS.items()}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of hainan2035",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "inherits": {"type": "string"}, "title": title, "title_zh": title,
            "since": {"type": "integer", "minimum": SINCE[0], "maximum": SINCE[1]},
            "sections": _closed(sections), "levers": _closed(levers),
            "parameters": {"type": "object",
                           "additionalProperties": {"type": ["number", "array", "string", "boolean"]}},
            "outlook": {"type": "object", "additionalProperties": _value({"type": "number"}, [])},
            "shifts": {"type": "object", "additionalProperties": {"type": ["number", "array"]}},
        },
    }


def schema_text() -> str:
    """The text of the schema file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def _closed(properties: dict) -> dict:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _lever(lever: registry.Lever) -> dict:
    low, high = lever.range
    number = {"type": "number", "minimum": low, "maximum": high}
    return {"description": f"{lever.says} ({lever.unit}) [{lever.section}] {lever.says_zh}",
            **_value(number, [{"enum": list(WORDS)}])}


def _value(number: dict, more: list) -> dict:
    """A number, a ramp, a path, or stages of them."""
    year = {"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1]}
    two_years = {"type": "array", "items": year, "minItems": 2, "maxItems": 2}
    ramp = {**_closed({"to": number, "since": year, "ramp": two_years}), "required": ["to"]}
    points = {"type": "object", "minProperties": 1, "additionalProperties": False,
              "patternProperties": {"^[0-9]{4}$": number}}
    path = {**_closed({"path": points, "since": year}), "required": ["path"]}
    stages = {"type": "array", "minItems": 1, "items": {"anyOf": [ramp, path]}}
    return {"anyOf": [number, *more, ramp, path, stages]}


def write_schema() -> Path:
    """Regenerate scenarios/schema.json (after a change of the registry); returns its path."""
    write_whole(SCHEMA, schema_text())
    return SCHEMA
