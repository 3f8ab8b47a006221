"""A terminal with fingers: types cards digit by digit, and lets its memory be read.

    python -m tests.journeys.leaks.typist DATA_DIR

One JSON object a line comes in (`do` and what it needs), one word a line goes out when it is done.
Everything is logged that can be, so that whatever could leak into a log does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from pos_app.bootstrap.terminal import make_terminal
from pos_app.domain.record import PaymentRecord
from pos_app.logs import set_up_logging
from pos_app.ui.application import Application
from pos_app.ui.scope import TaskScope
from pos_app.ui.screens.sale.model import Phase
from pos_app.ui.start import run_window
from pos_app.ui.text import use_language
from tests.journeys.leaks.canary import (
    EXPIRY,
    HOLDER_DIGITS,
    PAN_DIGITS,
    PASSWORD_DIGITS,
    holder_digit,
    pan_digit,
    password_digit,
)

STDIN = 0


class Typist:
    """Sits before the window and does as it is told."""

    def __init__(self, application: Application) -> None:
        """Listen to standard input from now on."""
        self._application = application
        self.shell = application.shell
        self._orders: asyncio.Queue[bytes] = asyncio.Queue()
        self._stirred = asyncio.Event()
        self._rest = b""
        self._listener = QSocketNotifier(STDIN, QSocketNotifier.Type.Read)
        self._listener.activated.connect(self._read)
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        qt.focusChanged.connect(lambda *_: self._stirred.set())
        qt.focusWindowChanged.connect(lambda *_: self._stirred.set())
        application.ready.connect(self._stirred.set)

    def _read(self) -> None:
        data = os.read(STDIN, 4096)
        if not data:
            self._listener.setEnabled(False)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._orders.put_nowait(line)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true`, asking whenever the window changes."""
        while not true():
            self._stirred.clear()
            await self._stirred.wait()

    async def work(self) -> None:
        """Do one order after the other."""
        await self.until(lambda: self._application.app is not None)
        say("ready")
        while True:
            order = json.loads(await self._orders.get())
            say(await getattr(self, order.pop("do"))(**order))

    # -- orders ------------------------------------------------------------------------------------

    async def type(self, card: int, buyer: str = "") -> str:
        """Fill the form with a card, up to the last look."""
        self.hit(Qt.Key.Key_F2)
        for words in (str(51000 + card), "Flowers", buyer, "", ""):
            for char in words:
                QTest.keyClick(self.focus(), ord(char))
            self.hit(Qt.Key.Key_Return)
        self.digits(PAN_DIGITS, lambda place: pan_digit(card, place))
        self.digits(len(EXPIRY), lambda place: int(EXPIRY[place]))
        self.digits(HOLDER_DIGITS, lambda place: holder_digit(card, place))
        self.digits(PASSWORD_DIGITS, lambda place: password_digit(card, place))
        self.hit(Qt.Key.Key_Return)
        return str(self.shell.sale.phase.value)

    async def charge(self, *, wait: bool = True) -> str:
        """Charge; return the state that came."""
        settled = list[PaymentRecord]()

        def note(record: PaymentRecord) -> None:
            settled.append(record)
            self._stirred.set()

        self.shell.sale.settled.connect(note)
        self.hit(Qt.Key.Key_Return)
        if not wait:
            return "charging"
        await self.until(lambda: bool(settled))
        self.shell.sale.settled.disconnect(note)
        return settled[0].state.value

    async def keys(self, names: list[str]) -> str:
        """Hit keys by Qt's names."""
        for name in names:
            self.hit(Qt.Key[f"Key_{name}"])
        return "hit"

    async def clear(self) -> str:
        """Esc, and yes to the question."""
        self.hit(Qt.Key.Key_Escape)
        if self.shell.sale.phase is Phase.TYPING and not self.dialog():
            self.hit(Qt.Key.Key_Escape)
        await self.until(lambda: self.dialog() is not None)
        self.hit(Qt.Key.Key_Return)
        await self.until(lambda: self.dialog() is None)
        return "cleared"

    async def save(self) -> str:
        """Save the slip of the outcome on screen as a PDF."""
        self.hit(Qt.Key.Key_S)
        await self.until(lambda: self.dialog() is not None)
        self.hit(Qt.Key.Key_Escape)
        await self.until(lambda: self.dialog() is None)
        return "saved"

    async def paste(self, card: int) -> str:
        """Put the number on the clipboard as a customer's message has it, and paste it."""
        board = QGuiApplication.clipboard()
        board.setText("-".join(str(pan_digit(card, place)) for place in range(PAN_DIGITS)))
        self.hit(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        return f"{board.text()!r}"

    async def stumble(self) -> str:
        """Let a slot of the window fail, as a bug of ours would, while a card is typed."""
        number = self.shell.sale.form.number

        def slot() -> None:
            with number.peek() as digits:
                raise RuntimeError(f"a bug beside {len(digits)} digits")

        stumbled = asyncio.Event()
        QTimer.singleShot(0, slot)
        QTimer.singleShot(0, stumbled.set)
        await stumbled.wait()
        return "stumbled" if self.shell.banner() else "unnoticed"

    async def close(self) -> str:
        """Close the window."""
        self.shell.close()
        return "closing"

    # -- hands -------------------------------------------------------------------------------------

    def dialog(self) -> QDialog | None:
        """Return the dialog that is open."""
        active = QApplication.activeModalWidget()
        return active if isinstance(active, QDialog) else None

    def focus(self) -> QWidget:
        """Return where a key goes."""
        window = self.dialog() or self.shell
        focused: QWidget | None = window.focusWidget()
        return window if focused is None else focused

    def hit(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Hit one key."""
        QTest.keyClick(self.focus(), key, modifiers)

    def digits(self, count: int, digit: Callable[[int], int]) -> None:
        """Type digits; a field that has all it wants hands the focus on by itself."""
        start = self.focus()
        for place in range(count):
            QTest.keyClick(self.focus(), ord("0") + digit(place))
        if self.focus() is start:
            self.hit(Qt.Key.Key_Return)


def say(word: str) -> None:
    """Answer one order."""
    print(word, flush=True)


def main(data_dir: Path) -> int:
    """Run the window over a terminal that was set up."""
    use_language("ko")
    terminal = make_terminal(data_dir, passphrase=os.environ.pop("POS_APP_VAULT_PASSPHRASE"))
    set_up_logging(terminal.set_up.places.logs, debug=True)
    everything = logging.StreamHandler(sys.stderr)
    for name in (None, *logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.root.addHandler(everything)

    def begin(application: Application) -> None:
        typist, scope = Typist(application), TaskScope(application)
        asyncio.get_event_loop().call_soon(lambda: scope.start(typist.work(), "typist"))

    return run_window(terminal, scheme="light", on_built=begin)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
