"""`python -m hainan2035 VERB`."""

import sys

from hainan2035.line import main

if __name__ == "__main__":
    sys.exit(main())
