"""`python -m pos_app.practice`: the practice gateway alone."""

from __future__ import annotations

import sys

from pos_app.practice.command import main

if __name__ == "__main__":
    sys.exit(main())
