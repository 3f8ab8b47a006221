"""The log guard: an unexpected record at WARNING or above fails the test that caused it.

A warning nobody expected is either a fault or a line that cries wolf; both must be mended. A test
that means to provoke one says so with the fixture `expect_log` and fails if it does not come.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pytest


@dataclass
class _Expectation:
    """A record that a test wants to see: logger and below, level, pattern of the message."""

    pattern: re.Pattern[str]
    logger: str
    level: int
    seen: int = 0

    def takes(self, record: logging.LogRecord) -> bool:
        """Return whether this is the record that was expected."""
        below = f"{record.name}.".startswith(f"{self.logger}.") or not self.logger
        return (
            below
            and record.levelno == self.level
            and bool(self.pattern.search(record.getMessage()))
        )


@dataclass
class LogGuard(logging.Handler):
    """Collects what is logged at WARNING or above while a test runs."""

    expected: list[_Expectation] = field(default_factory=list)
    unexpected: list[logging.LogRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen from WARNING on."""
        super().__init__(logging.WARNING)

    def __hash__(self) -> int:
        """Handlers are kept in sets by the standard library."""
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Sort the record: expected by somebody, or not."""
        for expectation in self.expected:
            if expectation.takes(record):
                expectation.seen += 1
                return
        self.unexpected.append(record)

    def expect(
        self, pattern: str, *, logger: str = "pos_app", level: int = logging.WARNING
    ) -> None:
        """Expect at least one record whose message matches `pattern`, from now on."""
        self.expected.append(_Expectation(re.compile(pattern), logger, level))

    def complaint(self) -> str:
        """Return what is wrong, one line each; empty when nothing is."""
        lines = [
            f"unexpected {record.levelname} from {record.name}: {record.getMessage()}"
            + (f" ({record.exc_info[1]!r})" if record.exc_info and record.exc_info[1] else "")
            + f" [{record.pathname}:{record.lineno}]"
            for record in self.unexpected
        ]
        lines += [
            f"expected, but never logged: {logging.getLevelName(wanted.level)} from"
            f" {wanted.logger or 'any logger'} matching {wanted.pattern.pattern!r}"
            for wanted in self.expected
            if not wanted.seen
        ]
        return "\n".join(lines)


class ExpectLog(Protocol):
    """What the fixture `expect_log` gives: call it before the record is logged."""

    def __call__(
        self, pattern: str, *, logger: str = "pos_app", level: int = logging.WARNING
    ) -> None:
        """Expect at least one record whose message matches `pattern`, in the rest of the test."""


@pytest.fixture(autouse=True)
def log_guard() -> Iterator[LogGuard]:
    """Fail the test for records it did not expect, and for expected ones that did not come."""
    guard = LogGuard()
    root = logging.getLogger()
    root.addHandler(guard)
    yield guard
    root.removeHandler(guard)
    complaint = guard.complaint()
    if complaint:
        pytest.fail(complaint, pytrace=False)


@pytest.fixture
def expect_log(log_guard: LogGuard) -> ExpectLog:
    """Let a test say which warning or error it means to provoke."""
    return log_guard.expect
