"""Changes between versions of the settings file: one function for each step, on a copy.

A step takes the decoded file of version n and returns that of version n + 1. It knows nothing of
today's types: those move on, the step stays. If any step fails, the file stays as it was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from pos_app.config.model import SCHEMA_VERSION
from pos_app.domain.errors import ShopTrouble

Raw = dict[str, Any]
Step = Callable[[Raw], Raw]

STEPS: Mapping[int, Step] = {}
"""The step that leads away from each version. Version 1 is the first."""


def version_of(raw: Raw) -> int | None:
    """Return the file's version, None if it does not tell one."""
    version = raw.get("schema_version")
    return version if type(version) is int and version >= 1 else None


def migrate(raw: Raw, *, steps: Mapping[int, Step] = STEPS, to: int = SCHEMA_VERSION) -> Raw:
    """Return `raw` brought to version `to`; `raw` itself is never changed.

    Raises:
        ShopTrouble: `settings.newer_version`: a later program wrote it.
            `settings.migration_failed`: a step is missing or broke.
    """
    version = version_of(raw)
    if version is None or version > to:
        raise ShopTrouble("settings.newer_version", found=version or 0, known=to)
    moved = copy.deepcopy(raw)
    while version < to:
        try:
            moved = steps[version](moved)
        except Exception as error:
            raise ShopTrouble("settings.migration_failed", version=version) from error
        version += 1
        moved["schema_version"] = version
    return moved
