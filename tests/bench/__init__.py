"""Measurements against the stated budgets.

What builds the installers is on the path here, as `pyproject.toml` puts it there for tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
