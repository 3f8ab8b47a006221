"""The first paint: shown before anything else is loaded, and no trap where it never comes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.ui.pages import MAKERS
from pos_app.ui.shell import Shell
from pos_app.ui.start import paint_first
from tests.ui.screens.sale.counter import FakeStarter


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


def test_a_window_that_is_never_painted_holds_nothing_up(qapp: QApplication, shell: Shell) -> None:
    shell.setUpdatesEnabled(False)
    assert not paint_first(qapp, shell)
    assert shell.painted_s is None
