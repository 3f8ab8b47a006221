"""Starts the program of this folder with its own Python; `bin/pos-app` runs it isolated (-I -S).

Nothing of the user's Python, and no variable that would change it, is looked at.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib costs the start 5 ms
sys.path += [os.path.join(_HERE, "app"), os.path.join(_HERE, "site")]  # noqa: PTH118 - as above
sys.argv[0] = "pos-app"

from pos_app.cli import main  # noqa: E402 - found only now

if __name__ == "__main__":
    sys.exit(main())
