"""The command line: each verb beside its arguments, one file a group of verbs (`line.py` says how one is added).

`python3 run.py VERB` from a fresh clone, `python -m hainan2035 VERB` in the environment. Progress goes to stderr,
results to stdout. Exit 0 good, 1 some runs failed, 2 bad input, 130 interrupted (a batch started again goes on where it
was). The numeric stack is imported inside the verbs, so that `--help` answers at once.
"""

from hainan2035.line import VERSION as __version__
from hainan2035.line import main, parsed

__all__ = ["__version__", "main", "parsed"]
