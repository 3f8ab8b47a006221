"""Where the description and Prism are found, and why a test is skipped without them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

#: The published description as JSON; README.md says where it comes from.
DESCRIPTION = os.environ.get("PORTONE_V1_DESCRIPTION", "")
#: Prism's command; one on the PATH does as well.
PRISM = os.environ.get("PRISM") or shutil.which("prism") or ""

#: For the tests that need both.
needs_description = pytest.mark.skipif(
    not (DESCRIPTION and PRISM),
    reason="PortOne's description stands under a licence of its own and is not kept here, nor is"
    " Prism: PORTONE_V1_DESCRIPTION and PRISM name them (tests/contract/portone_description)",
)


def sources() -> tuple[Path, Path]:
    """Return the description and Prism's command."""
    return Path(DESCRIPTION), Path(PRISM)
