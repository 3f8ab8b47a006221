"""How much memory a fault may cost: 20 MB, whatever is sent (money-safety.md rows 27-40)."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator

MEMORY_MAX = 20 * 1024 * 1024


@contextlib.contextmanager
def no_more_than(limit: int = MEMORY_MAX) -> Iterator[None]:
    """Fail if what Python holds grows by more than `limit` bytes at any moment inside."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= limit, f"{(peak - before) / 1024 / 1024:.1f} MB"
