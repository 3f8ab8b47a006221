"""The first paint: shown before anything else is loaded, and no trap where it never comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.domain.errors import Bug
from pos_app.ui.app import App
from pos_app.ui.pages import MAKERS
from pos_app.ui.shell import Shell
from pos_app.ui.start import paint_first, run_window
from tests.helpers.fake_app import make_bench
from tests.helpers.logguard import ExpectLog
from tests.ui.screens.sale.counter import FakeStarter


class Starter(FakeStarter):
    """A starter whose terminal opens at once."""

    def __init__(self, folder: Path) -> None:
        """Stand ready."""
        self.opened = False
        self._bench = make_bench(folder)

    async def open(self, passphrase: str | None) -> App:
        """Open."""
        self.opened = True
        return self._bench.app


@pytest.fixture(autouse=True)
def no_window_left(qapp: QApplication) -> Iterator[None]:
    """End what a program that has ended leaves to the interpreter's end."""
    yield
    for left in QApplication.topLevelWidgets():
        left.deleteLater()
    qapp.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))


@pytest.fixture
def shell(qapp: QApplication) -> Iterator[Shell]:
    qapp.setQuitOnLastWindowClosed(False)
    made = Shell(FakeStarter(), MAKERS)
    yield made
    made.let_close()
    made.deleteLater()


def test_painted_means_that_the_sale_screen_is_on_the_display(
    qapp: QApplication, shell: Shell
) -> None:
    before_s, painted_before = time.monotonic(), shell.painted_s
    assert not paint_first(qapp, shell)
    assert painted_before is None
    assert before_s <= (shell.painted_s or 0.0) <= time.monotonic()
    field = shell.sale.form.amount
    assert field.isVisible()
    assert QWidget.hasFocus(field.focus_box())
    assert shell.current_screen() == "sale"


def test_it_is_told_once(qapp: QApplication, shell: Shell) -> None:
    told: list[float | None] = []
    shell.painted.connect(lambda: told.append(shell.painted_s))
    paint_first(qapp, shell)
    first = shell.painted_s
    shell.repaint()
    qapp.sendPostedEvents()
    assert told == [first]
    assert shell.painted_s == first


def test_a_window_closed_at_once_is_not_forgotten(qapp: QApplication, shell: Shell) -> None:
    QTimer.singleShot(0, shell.close)
    assert paint_first(qapp, shell)


def window() -> Shell:
    """Return the one window there is."""
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, Shell))


def test_the_program_ends_when_its_window_was_closed_at_once(
    qapp: QApplication, tmp_path: Path
) -> None:
    starter = Starter(tmp_path)
    QTimer.singleShot(0, lambda: window().close())
    assert run_window(starter, scheme="light") == 0
    assert not starter.opened


def test_what_goes_wrong_before_the_first_paint_is_told(
    qapp: QApplication, tmp_path: Path, expect_log: ExpectLog
) -> None:
    expect_log("unhandled", level=logging.ERROR)

    def fail() -> None:
        raise ValueError("a fault of ours")

    QTimer.singleShot(0, fail)
    starter = Starter(tmp_path)
    with pytest.raises(Bug, match=r"bug\.unhandled"):
        run_window(starter, scheme="light", exit_when_ready=True)


def test_a_window_that_is_never_painted_holds_nothing_up(qapp: QApplication, shell: Shell) -> None:
    shell.setUpdatesEnabled(False)
    assert not paint_first(qapp, shell)
    assert shell.painted_s is None
