"""Runs that a folder holds from an earlier call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sim.study.batch import status

MANIFEST = "manifest.json"
TOLD_BY = ("code_hash", "data_hash")


def finished(folder: Path, hashes: Mapping[str, str]) -> int:
    """How many runs of a study its folder holds, of the code and the data that `hashes` tell; others are run again."""
    path = folder / MANIFEST
    if not path.is_file():
        return 0
    manifest = json.loads(path.read_text(encoding="utf-8"))
    same = all(manifest.get(name) == hashes.get(name) for name in TOLD_BY)
    return int(str(status(folder)["done"])) if same else 0
