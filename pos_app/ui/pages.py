"""Which screens there are; each is built the first time it is wanted.

The screens' modules are imported here at that moment, so that the first paint does not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from pos_app.ui.app import App, Starter
    from pos_app.ui.bridge import Bridge
    from pos_app.ui.shell import ScreenMaker, Shell


def _history(shell: Shell, app: App, bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.history.view import HistoryScreen

    screen = HistoryScreen(app, bridge)
    screen.navigate.connect(shell.show_screen)
    return screen


def _refund(shell: Shell, app: App, bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.refund.view import RefundScreen

    screen = RefundScreen(app, bridge)
    screen.navigate.connect(shell.show_screen)
    return screen


def _identity(shell: Shell, app: App, _bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.identity.view import IdentityScreen

    screen = IdentityScreen(app, shell.sale.identity)
    screen.navigate.connect(shell.show_screen)
    return screen


def _person(shell: Shell, app: App, bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.person.view import PersonScreen

    screen = PersonScreen(app, bridge)
    screen.navigate.connect(shell.show_screen)
    return screen


def _cards(shell: Shell, app: App, bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.cards.view import CardsScreen

    screen = CardsScreen(app, bridge)
    screen.navigate.connect(shell.show_screen)
    return screen


def _settings(shell: Shell, app: App, bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.settings.view import SettingsScreen

    screen = SettingsScreen(app, bridge, shell.set_up)
    screen.navigate.connect(shell.show_screen)
    screen.saved.connect(shell.reopen_wanted)
    return screen


def _help(shell: Shell, _app: App, _bridge: Bridge) -> QWidget:
    from pos_app.ui.screens.help.view import HelpScreen

    screen = HelpScreen()
    screen.navigate.connect(shell.show_screen)
    return screen


MAKERS: dict[str, ScreenMaker] = {
    "history": _history,
    "refund": _refund,
    "identity": _identity,
    "person": _person,
    "cards": _cards,
    "settings": _settings,
    "help": _help,
}


def first_start(shell: Shell, starter: Starter, done: Callable[[], None]) -> None:
    """Show the guided set-up instead of the sale; `done` opens the terminal."""
    from pos_app.ui.screens.first_start.view import FirstStartScreen

    screen = FirstStartScreen(starter.set_up)
    screen.done.connect(done)
    shell.show_tabs(shown=False)
    shell.add_screen("first_start", screen)
    shell.show_screen("first_start", "")
