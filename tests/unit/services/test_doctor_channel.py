"""The channel of a gateway with several: what is listed decides, and another is never charged."""

from __future__ import annotations

import pytest

from pos_app.services.doctor import Level, SeenChannel, judge_channel

WINDOW = SeenChannel("kcp.AB123", typed=False, sandbox=False)
LIVE = SeenChannel("kcp.AB123", typed=True, sandbox=False)
TEST = SeenChannel("kcp.T0000", typed=True, sandbox=True)


@pytest.mark.parametrize(
    ("wanted", "environment", "code", "level"),
    [
        ("kcp.AB123", "live", "live", Level.OK),
        ("kcp.ZZZZZ", "live", "missing", Level.FAILED),
        ("", "live", "missing", Level.FAILED),
        ("kcp.T0000", "live", "test_for_money", Level.FAILED),
        ("kcp.AB123", "staging", "money_for_test", Level.FAILED),
        ("kcp.T0000", "staging", "test", Level.WARNING),
        ("kcp.T0000", "loopback", "test", Level.WARNING),
    ],
)
def test_the_channel_named_is_held_against_the_list(
    wanted: str, environment: str, code: str, level: Level
) -> None:
    found = judge_channel(wanted, environment, [WINDOW, LIVE, TEST])
    assert (found.code, found.level) == (code, level)
    assert found.params["known"] == "kcp.AB123, kcp.T0000"


def test_a_window_is_no_channel_for_a_typed_card() -> None:
    found = judge_channel("kcp.AB123", "live", [WINDOW])
    assert (found.code, found.level) == ("not_key_in", Level.FAILED)
    assert found.params["known"] == "-"
