"""What tests of batches share: a study's folder as bytes, and the ways in which workers may begin here."""

import hashlib

from sim.study import engines

BEGINNINGS = ("spawn", "fork") if engines.STARTED_BY == "fork" else ("spawn",)


def files(folder):
    """Every file of a study but its log, and the hash of its bytes."""
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "log.txt"}
