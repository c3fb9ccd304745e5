"""Validation of a manifest before use: types and consistency of its values.

A seal detects damage, but not invalid contents or malicious paths, so every value is checked here before use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sim.core.declare import KEEP_LEVELS, UserError
from sim.core.toml_file import proper_name
from sim.scenario.follow import choice_of_text
from sim.study import orders

TEXTS = ("format", "study", "title", "title_zh", "reference", "keep", "code_hash", "data_hash", "lock_hash")
WHOLE = ("weight", "until", "block")
SHA256 = re.compile(r"[0-9a-f]{64}")
VARIABLE = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)
FILE = re.compile(r"draws\.csv|runs\.csv|parts\.csv|study\.toml|follow\.toml|scenarios/[^/\\]+\.toml")
TYPES = ("float32", "float64", "int32", "int64")
MOST = 2**63
MOST_OF_A_CHOICE = 10_000  # characters
MOST_CELLS = 10**8
"""Limit of values per run and variable: a thousand times the largest in use."""


def check(manifest: Mapping) -> None:
    """ValueError with the first entry that differs from what a batch writes."""
    for name in TEXTS:
        _demand(_text(manifest.get(name)), name)
    for name in WHOLE:
        _demand(_whole(manifest.get(name)), name)
    _demand(proper_name(manifest["study"]) and manifest["keep"] in KEEP_LEVELS and manifest["block"] >= 1, "study")
    for name in ("seeds", "draws"):
        _demand(_different(manifest.get(name), _whole), name)
    _demand(_table(manifest.get("scenarios"), proper_name, _scenario), "scenarios")
    _demand(manifest["reference"] in ("", *manifest["scenarios"]), "reference")
    _demand(_table(manifest.get("files"), FILE.fullmatch, lambda text: _text(text) and SHA256.fullmatch(text)), "files")
    _demand(manifest.get("history_until") is None or _whole(manifest["history_until"]), "history_until")
    _demand(_followed(manifest), "follow")
    _demand(_table(manifest.get("attributes", {}), VARIABLE.fullmatch, _text, may_be_empty=True), "attributes")
    _check_variables(manifest)
    _demand("attribution" not in manifest or orders.checked(manifest["attribution"], manifest), "attribution")


def _check_variables(manifest: Mapping) -> None:
    """Every dimension has labels, and the years end at the horizon."""
    labels: Any = manifest.get("labels")
    _demand(_table(labels, VARIABLE.fullmatch, lambda words: _different(words, _whole) or _different(words, _text)),
            "labels")
    _demand(_different(labels.get("year"), _whole) and labels["year"][-1] == manifest["until"], "year")
    _demand(_different(labels.get("county"), _whole), "county")

    def fits(about) -> bool:
        """Whether a variable has known dimensions, a simple type, and text attributes."""
        if not isinstance(about, dict) or about.get("dtype") not in TYPES or not isinstance(about.get("dims"), list):
            return False
        dims, cells = about["dims"], len(labels["year"])
        if not all(_text(dim) and dim in labels for dim in dims) or "year" in dims or len(set(dims)) < len(dims):
            return False
        for dim in dims:
            cells *= len(labels[dim])
        return cells <= MOST_CELLS and _table(about.get("attrs"), VARIABLE.fullmatch, _text, may_be_empty=True)

    _demand(_table(manifest.get("variables"), lambda name: VARIABLE.fullmatch(name) and name not in labels, fits),
            "variables")


def _followed(manifest: Mapping) -> bool:
    """Whether the choice of observed series is valid, and history is followed."""
    text, named = manifest.get("follow", ""), manifest.get("follow_hash", "")
    if not isinstance(text, str) or len(text) > MOST_OF_A_CHOICE:
        return False
    try:
        choice = choice_of_text(text)
    except UserError:
        return False
    return choice.hash == named and (not choice or manifest.get("history_until") is not None)


def _demand(true: object, what: str) -> None:
    if not true:
        raise ValueError(f"its {what} cannot be used")


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 2000 and "\0" not in value


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def _different(values: object, kind) -> bool:
    """Whether values are a non-empty list of distinct values of a type."""
    return isinstance(values, list) and bool(values) and all(map(kind, values)) and len(set(values)) == len(values)


def _table(values: object, key, kind, may_be_empty: bool = False) -> bool:
    return isinstance(values, dict) and (bool(values) or may_be_empty) and all(map(key, values)) and all(
        map(kind, values.values()))


def _scenario(about: object) -> bool:
    return isinstance(about, dict) and all(_text(about.get(name)) for name in ("hash", "title", "title_zh"))
