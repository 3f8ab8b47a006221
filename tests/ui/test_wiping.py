"""Where the window forgets cards, every screen on which one can be typed does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pos_app.domain.errors import Bug
from pos_app.ui.app import App, SetUp
from pos_app.ui.screens.cards.view import CardsScreen
from pos_app.ui.screens.sale.view import SaleScreen
from pos_app.ui.shell import Shell


class _Starter:
    """A terminal that is never opened."""

    practice = True

    @property
    def set_up(self) -> SetUp:
        raise NotImplementedError

    async def open(self, passphrase: str | None) -> App:
        raise NotImplementedError


class _Typing(QWidget):
    """A screen on which a card stands."""

    def __init__(self) -> None:
        super().__init__()
        self.wiped = 0

    def activate(self, _payment_id: str = "") -> None:
        """Come to the front."""

    def wipe_card(self) -> None:
        """Forget it."""
        self.wiped += 1


def test_the_end_and_a_bug_wipe_every_screen(qtbot: QtBot) -> None:
    shell = Shell(_Starter(), {})
    qtbot.addWidget(shell)
    screen = _Typing()
    shell.add_screen("cards", screen)
    shell.show_finishing()
    assert screen.wiped == 1
    shell.show_error(Bug("unexpected", kind="Test"))
    assert screen.wiped == 2


def test_both_screens_can() -> None:
    assert callable(SaleScreen.wipe_card)
    assert callable(CardsScreen.wipe_card)
