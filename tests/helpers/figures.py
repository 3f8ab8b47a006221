"""Figures that a run prints at its end: how much was simulated, killed, cut, answered.

A test that says "nothing was lost" is worth as much as what it tried; so the number is shown, also
when the tests ran in several workers.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_COUNTED: Counter[str] = Counter()
_KEY = "figures"


def add(what: str, count: int) -> None:
    """Add to a figure of this run, e.g. `add("simulated sales", 2000)`."""
    _COUNTED[what] += count


def counted() -> dict[str, int]:
    """Return the figures so far, by name."""
    return dict(sorted(_COUNTED.items()))


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's figures to the run that started it."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = counted()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker counted."""
    _COUNTED.update(getattr(node, "workeroutput", {}).get(_KEY, {}))


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, one a line."""
    if _COUNTED:
        terminalreporter.section("figures")
        for what, count in counted().items():
            terminalreporter.write_line(f"{count:>12,}  {what}")
