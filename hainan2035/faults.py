"""What the machine refuses, in a sentence: streams that are closed, folders that are gone, memory that is short."""

from __future__ import annotations

import errno
import os
import sys

from sim.core.declare import Fault, UserError

REFUSALS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
            errno.ENAMETOOLONG, errno.ELOOP, errno.EFBIG, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
            errno.EAGAIN}
SCARCE = ("cannot allocate memory", "failed to map segment", "too many open files", "can't start new thread")


def let_go_of_stdout() -> None:
    """Discard what is left in stdout once it takes no more; Python would fail on it at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_streams() -> None:
    """Open closed standard streams on the null device, or the next file would take their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def check_surroundings() -> None:
    """UserError where no verb can work: a current folder that is gone, variables with which Numba cannot compile."""
    try:
        os.getcwd()
    except OSError:
        raise UserError(Fault("", "the current folder no longer exists", "change to another one")) from None
    threads, disabled = (os.environ.get(name, "").strip() for name in ("NUMBA_NUM_THREADS", "NUMBA_DISABLE_JIT"))
    if threads and not (threads.isdecimal() and int(threads) >= 1):
        raise UserError(Fault("NUMBA_NUM_THREADS", f"{threads!r} is not a number of threads", "write 1 or more"))
    if disabled.strip("0"):
        raise UserError(Fault("NUMBA_DISABLE_JIT", "is set; without compiled code a run would take days", "unset it"))
    os.environ["MPLBACKEND"] = "agg"  # figures go into files, never to a screen
    _give_matplotlib_a_folder()


def _give_matplotlib_a_folder() -> None:
    """Where the home folder takes no files, Matplotlib keeps its own in the project's cache; else it complains."""
    from hainan2035.shared import cache_folder

    usual = os.path.abspath(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
    while not os.path.exists(usual):
        usual = os.path.dirname(usual)
    if not os.environ.get("MPLCONFIGDIR") and not os.access(usual, os.W_OK):
        os.environ["MPLCONFIGDIR"] = str(cache_folder() / "matplotlib")


def memory_is_limited() -> bool:
    """Whether the shell lets a process have less than four gigabytes of addresses: libraries then fail in many ways."""
    try:
        import resource
    except ImportError:
        return False
    return 0 <= resource.getrlimit(resource.RLIMIT_AS)[0] < 2**32


def fault_of(reason: Exception) -> Fault | None:
    """What this machine refuses, in words; None where the error may be a fault of the code."""
    from sim.core.files import refusal

    if isinstance(reason, MemoryError):
        return Fault("", "there is not enough memory", "choose a larger --weight, or fewer --workers")
    if not isinstance(reason, OSError) or reason.errno is None:
        scarce = next((word for word in SCARCE if word in str(reason).lower()), "")
        return Fault("", f"the libraries cannot be loaded ({scarce or 'no memory'})",
                     "raise the limits of this shell (ulimit -n, -u, -v)") if scarce or memory_is_limited() else None
    if reason.errno not in REFUSALS:
        return None
    denied = reason.errno in (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)  # reading, too
    what = reason.strerror.lower() if denied else refusal(reason)
    return Fault(str(reason.filename or ""), what, "choose another place" if reason.filename else
                 "make room where results, or compiled kernels ($HAINAN_CACHE), are kept")
