"""The log file: one JSON object a line, private, without what must not be in it."""

from __future__ import annotations

import json
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.logs import last_lines, log, log_event, set_up_logging, shut_down_logging
from pos_app.logs.setup import CAPPED, PrivateRotatingFile, escape_controls
from tests.helpers.logguard import ExpectLog

CARD = "4111 1111 1111 1111"


@pytest.fixture
def levels() -> Iterator[None]:
    """Put every level back that setting up changes."""
    names = ["", log.ROOT, *CAPPED]
    before = {name: logging.getLogger(name).level for name in names}
    yield
    shut_down_logging()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def log_file(tmp_path: Path, levels: None) -> Path:
    """Switch logging on for the test."""
    return set_up_logging(tmp_path / "logs", debug=False)


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a log file as objects."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_event_is_one_object_with_its_fields(log_file: Path) -> None:
    log_event(
        log.money, logging.INFO, "charge.sent", order_no="2026112101ABCDEFGH", amount_won=55000
    )
    (entry,) = lines(log_file)
    assert entry["subject"] == "pos_app.money"
    assert entry["level"] == "INFO"
    assert entry["event"] == "charge.sent"
    assert (entry["order_no"], entry["amount_won"]) == ("2026112101ABCDEFGH", 55000)
    assert entry["at"].endswith("+00:00")


def test_a_field_off_the_list_is_refused() -> None:
    with pytest.raises(log.FieldRefusedError, match="buyer_name"):
        log_event(log.money, logging.INFO, "x", buyer_name="홍길동")  # type: ignore[call-arg]  # mypy refuses it too


def test_card_digits_never_reach_the_file_by_any_way(log_file: Path, expect_log: ExpectLog) -> None:
    expect_log("slow", logger="somebody.else")
    expect_log("charge.failed", level=logging.ERROR)

    def fail(card: str) -> None:
        raise ValueError(f"bad card {card}")

    logging.getLogger("somebody.else").warning("slow card %s", CARD)
    log_event(log.money, logging.INFO, "charge", code=CARD, order_no=CARD, payment_id=CARD)
    try:
        try:
            fail(CARD)
        except ValueError as cause:
            raise RuntimeError(f"{CARD} again") from cause
    except RuntimeError as failure:
        log_event(log.money, logging.ERROR, "charge.failed", failure=failure)
    shut_down_logging()
    written = log_file.read_text(encoding="utf-8")
    assert written.count("[digits removed]") == 6
    assert "1111" not in written
    assert "1111" not in "\n".join(last_lines())


def test_an_exception_tells_kind_cause_and_place_but_no_variables(
    log_file: Path, expect_log: ExpectLog
) -> None:
    expect_log("trouble", level=logging.ERROR)
    heard = "쉿"
    try:
        json.loads("{" * len(heard))
    except ValueError as failure:
        log_event(log.gateway, logging.ERROR, "trouble", failure=failure)
    (entry,) = lines(log_file)
    assert entry["failure"][0]["kind"] == "JSONDecodeError"
    assert any("test_setup.py" in place for place in entry["failure"][0]["where"])
    assert heard not in log_file.read_text(encoding="utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_makes_a_second_line_or_turns_the_direction(text: str) -> None:
    escaped = escape_controls(json.dumps(text, ensure_ascii=False))
    assert len(escaped.splitlines()) == 1
    assert not set(escaped) & set("\u202e\u200b\x7f\x85\u2028\ufeff")
    assert json.loads(escaped) == text


def test_libraries_that_print_headers_stay_capped_in_debug_mode(
    tmp_path: Path, levels: None
) -> None:
    file = set_up_logging(tmp_path, debug=True)
    logging.getLogger("httpcore.http11").debug("header")
    logging.getLogger("httpx").info("address")
    log_event(log.money, logging.DEBUG, "ours")
    assert [entry["event"] for entry in lines(file)] == ["ours"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in lists, not in modes")
def test_the_file_is_private_even_where_a_looser_one_was(tmp_path: Path, levels: None) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "pos-app.log").touch(mode=0o644)
    file = set_up_logging(folder, debug=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_rolled_over_files_are_private_and_bounded(tmp_path: Path) -> None:
    handler = PrivateRotatingFile(tmp_path / "x.log", maxBytes=100, backupCount=2, encoding="utf-8")
    for number in range(50):
        handler.handle(logging.makeLogRecord({"msg": f"line {number} " + "x" * 40}))
    handler.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["x.log", "x.log.1", "x.log.2"]
    if sys.platform != "win32":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


class FullDisk:
    """A stream that takes nothing any more."""

    def write(self, text: str) -> int:
        """Refuse."""
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        """Do nothing."""

    def seek(self, *position: int) -> int:
        """Stand at the beginning."""
        return 0

    def tell(self) -> int:
        """Stand at the beginning."""
        return 0

    def close(self) -> None:
        """Do nothing."""


def test_a_full_disk_stops_nobody_and_tells_once_without_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = PrivateRotatingFile(tmp_path / "x.log", maxBytes=1000, backupCount=1)
    handler.close()
    handler.stream = FullDisk()  # type: ignore[assignment]  # only what the handler calls
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "content"}))
    handler.close()
    assert handler.lost == 3
    assert capsys.readouterr().err == "log line lost: OSError\n"
