"""A check is switched off with its code and a reason, or not at all."""

from __future__ import annotations

import pytest

from tests.house.comments import comment_findings
from tests.house.tree import planted, report, sources


def test_no_check_is_switched_off_in_silence() -> None:
    found = [f for s in sources("pos_app", "tests", "packaging") for f in comment_findings(s)]
    assert not found, report(found)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # no" + "qa",
        "x = 1  # no" + "qa: E501",
        "x = 1  # no" + "qa: E501 - x",
        "x = 1  # type" + ": ignore",
        "x = 1  # type" + ": ignore[misc]",
        "x = 1  # TO" + "DO: later",
        "x = 1  # FIX" + "ME",
        "x = 1  # pragma" + ": no cover",
    ],
)
def test_a_silent_switch_is_seen(text: str) -> None:
    assert list(comment_findings(planted("x.py", text + "\n")))


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # no" + "qa: S105, S106 - the mark, not a password",
        "x = 1  # type" + ": ignore[misc, no-any-return]  # the library has no types",
        "x = 'TO" + "DO'  # words a person typed",
    ],
)
def test_a_reasoned_switch_passes(text: str) -> None:
    assert not list(comment_findings(planted("x.py", text + "\n")))
