"""The guards see what they are there for, and let good tests pass."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.leakguard import LeakGuard
from tests.helpers.logguard import ExpectLog, LogGuard

# ---------------------------------------------------------------------------------- the log guard


@pytest.fixture
def inner() -> Iterator[LogGuard]:
    """Watch one logger by a guard of its own, out of sight of the guard that watches this test."""
    guard = LogGuard()
    logger = logging.getLogger("guarded")
    logger.propagate = False
    logger.addHandler(guard)
    yield guard
    logger.removeHandler(guard)
    logger.propagate = True


def test_an_unexpected_warning_is_a_complaint_with_its_place(inner: LogGuard) -> None:
    logging.getLogger("guarded").warning("disk %s", "full")
    assert "unexpected WARNING from guarded: disk full" in inner.complaint()
    assert "test_guards.py" in inner.complaint()


def test_news_below_warning_is_no_complaint(inner: LogGuard) -> None:
    logging.getLogger("guarded").info("fine")
    assert inner.complaint() == ""


def test_an_expected_record_must_come(inner: LogGuard) -> None:
    inner.expect("never", logger="guarded", level=logging.ERROR)
    logging.getLogger("guarded").info("never")
    assert "expected, but never logged: ERROR from guarded" in inner.complaint()


def test_an_expected_record_is_no_complaint(expect_log: ExpectLog) -> None:
    expect_log("half full", logger="somebody")
    logging.getLogger("somebody.inside").warning("disk half full")


# --------------------------------------------------------------------------------- the leak guard


def test_a_thread_left_running_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.helpers.leakguard.THREAD_GRACE_S", 0.01)
    guard, stop = LeakGuard(), threading.Event()
    thread = threading.Thread(target=stop.wait, name="leftover")
    thread.start()
    complaint = guard.complaint()
    stop.set()
    thread.join()
    assert "thread 'leftover', started at" in complaint
    assert "test_guards.py" in complaint
    assert guard.complaint() == ""


def test_an_open_loop_and_a_task_are_named_with_their_places() -> None:
    guard = LeakGuard()
    loop = asyncio.new_event_loop()
    task = loop.create_task(asyncio.Event().wait())
    complaint = guard.complaint()
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert "open event loop, made at" in complaint
    assert "asyncio task" in complaint
    assert complaint.count("test_guards.py") >= 2
    assert guard.complaint() == ""


def test_a_loop_that_ends_its_tasks_is_no_complaint() -> None:
    async def main() -> None:
        await asyncio.gather(asyncio.sleep(0), asyncio.to_thread(len, ""))

    guard = LeakGuard()
    asyncio.run(main())
    assert guard.complaint() == ""


def test_a_timer_left_running_is_named_with_its_place(qapp: QApplication) -> None:
    guard = LeakGuard()
    timer = QTimer()
    timer.start(60_000)
    complaint = guard.complaint()
    timer.stop()
    assert "QTimer, started at" in complaint
    assert "test_guards.py" in complaint
    assert guard.complaint() == ""


def test_a_timer_that_dies_with_its_widget_is_no_complaint(qtbot: QtBot) -> None:
    guard = LeakGuard()
    widget = QWidget()
    timer = QTimer(widget)
    timer.start(60_000)
    widget.deleteLater()
    assert guard.complaint() == ""


def test_a_window_still_shown_is_named(qtbot: QtBot) -> None:
    guard = LeakGuard()
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setObjectName("forgotten")
    widget.show()
    assert "window still shown: QWidget 'forgotten'" in guard.complaint()
