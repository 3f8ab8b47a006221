"""The scripted clerk's own promises: lines it takes, lines it does not, and its exit statuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.clerk_lines import Answer, Unreadable, read_line, read_lines
from tests.journeys.commands.processes import RUN_TIMEOUT_S, environment
from tests.journeys.counter import CARD


def run_clerk(scenario: str, home: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a whole scenario over an empty data folder."""
    file = home / "scenario.jsonl"
    file.write_text(scenario, encoding="utf-8")
    command = [sys.executable, "-m", "tests.clerk", str(file), "--data-dir", str(home / "data")]
    return subprocess.run(
        command,
        env=environment(home),
        cwd=home,
        capture_output=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )


def test_a_scenario_is_read_before_anything_opens(tmp_path: Path) -> None:
    done = run_clerk('{"do": "quit"}\n{"do": "sell"}\n', tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"line 2" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_terminal_that_was_never_set_up_is_said_in_one_line(tmp_path: Path) -> None:
    done = run_clerk('{"do": "quit"}\n', tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    lines = [line for line in done.stderr.decode().splitlines() if "plugin" not in line]
    assert lines == ["The terminal cannot open: It was never set up."]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"do": "dance"}',
        '{"do": "sell", "amount": 1}',
        f'{{"do": "sell", "amount": true, "card_number": "{CARD}", "expiry": "0729"}}',
        f'{{"do": "sell", "amount": 1, "card_number": {CARD}, "expiry": "0729"}}',
        '{"do": "refund", "order_no": "@1"}',
        '{"do": "wait", "order_no": "@1"}',
        '{"do": "wait", "order_no": "@1", "until": "APPROVED"}',
        '{"do": "resolve", "order_no": "@1", "see": "nothing"}',
        '{"do": "quit", "path": "x"}',
        '{"do": "quit", "timeout_s": 0}',
    ],
)
def test_what_is_no_command_is_refused_without_a_value(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_line(text, 7)
    assert "line 7" in str(refused.value)
    assert CARD not in str(refused.value)


def test_empty_lines_do_not_count_and_numbers_are_typed_as_they_stand() -> None:
    sell = f'{{"do": "sell", "amount": 1.5, "card_number": "{CARD}", "expiry": "0729"}}'
    first, second = read_lines(["", sell, "  ", '{"do": "quit", "timeout_s": 3}'])
    assert (first.get("amount"), first.get("months"), second.timeout_s) == ("1.5", "", 3.0)
    assert CARD not in repr(first)


def test_an_answer_has_every_field_in_its_order() -> None:
    expected = (
        '{"did": "sell", "payment_id": "", "order_no": "7", "state": "승인", '
        '"approval_no": "", "gateway_ref": "", "message": ""}'
    )
    assert Answer("sell", "승인", order_no="7").as_json() == expected
