"""Small file systems for tests: one that is full, has no room for another file, or is read-only."""

import contextlib
import subprocess

import pytest


@contextlib.contextmanager
def disk(folder, size: str = "4m", inodes: int = 1000):
    """A file system of its own in memory at `folder`; the test is skipped where mounting is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes}", "tmpfs", str(folder)],
                              capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if made.returncode:
        pytest.skip(f"mounting is not permitted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def read_only(folder) -> None:
    """From now on nothing can be written on this file system, by nobody."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def fill(folder, leave: int = 0) -> None:
    """Fill a file system until only `leave` bytes are free."""
    with contextlib.suppress(OSError), open(folder / "filler", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    if leave:
        with open(folder / "filler", "r+b") as file:
            file.truncate(max(0, file.seek(0, 2) - leave))


def use_up_inodes(folder) -> None:
    """Create empty files until not one more can be made."""
    with contextlib.suppress(OSError):
        for number in range(100_000):
            (folder / f"empty{number}").touch()
