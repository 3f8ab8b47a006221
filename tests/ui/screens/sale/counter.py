"""A clerk's hands at the shell over fakes: keys only, and waiting for what the screen says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.ui.app import App
from pos_app.ui.dialogs import Dialog
from pos_app.ui.pages import MAKERS
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.screens.sale.view import SaleScreen
from pos_app.ui.shell import Shell
from tests.helpers.fake_app import Bench, make_bench

_PATIENCE_S = 8.0


class FakeStarter:
    """A starter whose terminal the test makes itself."""

    practice = True
    set_up: Any = None

    async def open(self, passphrase: str | None) -> App:
        """Have nothing to open."""
        raise NotImplementedError(passphrase)


@dataclass
class Typed:
    """What is typed for a sale; empty texts are passed over with Enter."""

    amount: str = "88000"
    product: str = "Gift plant"
    name: str = "Hong"
    phone: str = "01012344410"
    email: str = ""
    number: str = "9410110000000073"
    expiry: str = "0729"
    holder: str = "880715"
    password: str = "12"
    months: str = "0"


class Counter:
    """One window with a clerk before it."""

    def __init__(self, folder: Path, **bench: Any) -> None:
        """Open the window over a fresh bench."""
        QGuiApplication.setQuitOnLastWindowClosed(False)  # as `run_window` does
        self.bench: Bench = make_bench(folder, **bench)
        self.shell = Shell(FakeStarter(), MAKERS)
        self.shell.show()
        self.shell.attach(self.bench.app)
        self.shell.activateWindow()
        self.keys_pressed = 0

    @property
    def sale(self) -> SaleScreen:
        """Return the sale screen."""
        return self.shell.sale

    def phase(self) -> str:
        """Return where the sale is on the screen, by name."""
        return self.sale.phase.value

    def focus(self) -> QWidget:
        """Return the widget that has the keyboard; there must be one."""
        widget = QApplication.focusWidget()
        assert widget is not None, "nothing has the keyboard"
        return widget

    def key(self, key: Qt.Key) -> None:
        """Press one key where the focus is."""
        self.keys_pressed += 1
        QTest.keyClick(self.focus(), key)

    def type(self, text: str) -> None:
        """Type characters where the focus is."""
        for char in text:
            QTest.keyClicks(self.focus(), char)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Let the program go on until `true`."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _PATIENCE_S
        while not true():
            assert loop.time() < give_up, f"never came: {what}"
            await asyncio.sleep(0.001)

    async def start(self) -> None:
        """Begin at the first field."""
        self.sale.activate()
        await self.until(lambda: QApplication.focusWidget() is not None, "a focus")

    async def fill(self, typed: Typed) -> None:
        """Type a sale into the form up to and with the Enter behind the months."""
        for text in (typed.amount, typed.product, typed.name, typed.phone, typed.email):
            self.type(text)
            self.key(Qt.Key.Key_Return)
        self.fill_card(typed)

    def fill_card(self, typed: Typed) -> None:
        """Type card and months, from the card's number up to and with the last Enter."""
        form = self.sale.form
        for text, field in (
            (typed.number, form.number),
            (typed.expiry, form.expiry),
            (typed.holder, form.holder),
            (typed.password, form.password),
        ):
            self.type(text)
            if field.focus_box() is self.focus() or field is self.focus():
                self.key(Qt.Key.Key_Return)
        self.type(typed.months)
        self.key(Qt.Key.Key_Return)

    async def charge(self, typed: Typed | None = None) -> None:
        """Type a whole sale and charge it; return when the outcome is shown."""
        await self.fill(typed or Typed())
        assert self.phase() == Phase.CONFIRMING, self.sale.slip.facts()
        self.key(Qt.Key.Key_Return)
        await self.until(lambda: self.phase() == Phase.OUTCOME, "an outcome")

    def dialog(self) -> Dialog | None:
        """Return the dialog that is open."""
        active = QApplication.activeModalWidget()
        return active if isinstance(active, Dialog) else None

    async def until_asked(self) -> None:
        """Wait for a dialog that has the keyboard."""

        def asked() -> bool:
            focus, dialog = QApplication.focusWidget(), self.dialog()
            return dialog is not None and focus is not None and dialog.isAncestorOf(focus)

        await self.until(asked, "a question")

    async def until_answered(self) -> None:
        """Wait until no dialog is open and the window has the keyboard again."""

        def answered() -> bool:
            focus = QApplication.focusWidget()
            return self.dialog() is None and focus is not None and self.shell.isAncestorOf(focus)

        await self.until(answered, "the window")

    async def close(self) -> None:
        """Close everything, as the application would."""
        self.shell.detach()
        await self.bench.app.close(1)
        self.shell.let_close()
        self.shell.deleteLater()
        await asyncio.sleep(0)


def at_counter(
    run_async: Callable[[Any], Any],
    folder: Path,
    scenario: Callable[[Counter], Coroutine[Any, Any, None]],
    **bench: Any,
) -> None:
    """Run a scenario at a fresh counter and close it clean."""

    async def whole() -> None:
        counter = Counter(folder, **bench)
        try:
            await counter.start()
            await scenario(counter)
        finally:
            await counter.close()
        assert counter.bench.errors == []

    run_async(whole())
