"""Finished runs in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.study.batch import status
from sim.study.store import Folder

TOLD_BY = ("code_hash", "data_hash")


def finished(folder: Path, hashes: Mapping[str, str]) -> int:
    """Number of finished runs of a study in its folder with the code and data of `hashes`; others are rerun.

    UserError if the manifest is damaged.
    """
    study = Folder(folder)
    if not study.exists:
        return 0
    manifest = study.manifest()
    same = all(manifest.get(name) == hashes.get(name) for name in TOLD_BY)
    return int(str(status(folder)["done"])) if same else 0
