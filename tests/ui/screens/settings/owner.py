"""The owner of a shop before the settings: a terminal that is set up, and ten fingers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.config.issued import Credentials, Issued
from pos_app.config.model import Gateways, KcpSettings, PrinterSettings, Settings, Shop
from pos_app.config.paths import find_places
from pos_app.ui.app import CheckLine
from pos_app.ui.bridge import Bridge
from pos_app.ui.dialogs import Dialog
from pos_app.ui.screens.settings.sections import Section
from pos_app.ui.screens.settings.view import SettingsScreen
from pos_app.vault import Keychain
from tests.helpers.asked_desk import AskedDesk
from tests.helpers.fake_app import Bench, make_bench
from tests.helpers.kcp_keys import issue
from tests.helpers.keyrings import memory_keychain
from tests.ui.widgets.keyboard import open_window, type_text

Key = Qt.Key
_PATIENCE_S = 20.0
SHOP = Shop(
    name="봄날꽃집",
    owner="김봄날",
    business_number="1208147521",
    address="서울 종로구 꽃길 7",
    phone="02-123-4567",
)
SLIP_PRINTER = PrinterSettings(name="전표", kind="escpos", address="tcp://192.0.2.7:9100")
SETTINGS = Settings(
    shop=SHOP,
    gateways=Gateways(kcp=KcpSettings(site_code="AB123")),
    printers=(SLIP_PRINTER,),
)


async def until(happened: Callable[[], object]) -> None:
    """Let the loop go on until `happened` says so."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if happened():
                return
            await asyncio.sleep(0.002)


class Desk(AskedDesk):
    """A real desk whose check-up says what the test wants."""

    findings: tuple[CheckLine, ...] = (CheckLine("doctor.disk", "ok", "넉넉합니다."),)
    examined = 0

    def check_up(self) -> tuple[CheckLine, ...]:
        """Return the findings."""
        self.examined += 1
        return self.findings


def desk_in(folder: Path, settings: Settings) -> Desk:
    """Return the desk of a terminal that was set up with `settings` and a certificate."""
    chain: Keychain = memory_keychain()
    desk = Desk(find_places(folder, practice=False), keychain=lambda: chain)
    issued = issue()
    files = Credentials(issued.certificate, issued.key_file, issued.password)
    desk.save(settings, Issued(kcp=files), None)
    return desk


class Owner:
    """The screen, and the hands before it."""

    def __init__(self, bench: Bench, desk: Desk, settings: Settings) -> None:
        self.bench = bench
        self.desk = desk
        self.window = QWidget()
        app = dataclasses.replace(bench.app, settings=settings)
        self.screen = SettingsScreen(app, Bridge(bench.news, self.window), desk, self.window)
        self.screen.resize(1366, 716)
        self.window.resize(1366, 716)
        self.went: list[tuple[str, str]] = []
        self.reopened = 0
        self.screen.navigate.connect(lambda name, payment: self.went.append((name, payment)))
        self.screen.saved.connect(self._reopen)

    def _reopen(self) -> None:
        self.reopened += 1

    def stored(self) -> Settings:
        """Return what is on the disk."""
        settings = self.desk.settings()
        assert settings is not None
        return settings

    def press(self, *hit: Key) -> None:
        """Hit keys, one after the other, where the focus is."""
        for key in hit:
            QTest.keyClick(QApplication.focusWidget() or self.screen, key)

    def save(self) -> None:
        """Hit Ctrl+S."""
        focus = QApplication.focusWidget() or self.screen
        QTest.keyClick(focus, Key.Key_S, Qt.KeyboardModifier.ControlModifier)

    def type(self, words: str) -> None:
        """Type where the focus is."""
        type_text(QApplication.focusWidget() or self.screen, words)

    def go_to(self, section: Section) -> None:
        """Walk to a section by the arrows, from wherever the focus is in the screen."""
        if not self.screen.list.hasFocus():
            self.press(Key.Key_Escape)
        steps = self.screen.sections().index(section) - self.screen.list.current()
        self.press(*[Key.Key_Down if steps > 0 else Key.Key_Up] * abs(steps))
        assert self.screen.section is section

    def retype(self, words: str) -> None:
        """Replace what stands in the field with the focus."""
        focus = QApplication.focusWidget() or self.screen
        QTest.keyClick(focus, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.press(Key.Key_Backspace)
        self.type(words)

    async def dialog(self) -> Dialog:
        """Return the dialog that has come up, with the keyboard's focus."""
        await until(lambda: _dialog() is not None)
        found = _dialog()
        assert found is not None
        return found

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        await until(
            lambda: not self.screen.certificate.is_working() and not len(self.screen._scope)
        )


def _dialog() -> Dialog | None:
    found, focus = QApplication.activeModalWidget(), QApplication.focusWidget()
    if isinstance(found, Dialog) and focus is not None and found.isAncestorOf(focus):
        return found
    return None


@contextlib.asynccontextmanager
async def owner(
    folder: Path,
    *,
    environment: str = "live",
    settings: Settings = SETTINGS,
    desk: Desk | None = None,
) -> AsyncIterator[Owner]:
    """Open the settings of a terminal, with a desk of its own unless one is given."""
    bench = make_bench(folder / "bench", environment=environment)
    made = Owner(bench, desk or desk_in(folder / "data", settings), settings)
    open_window(made.window)
    made.screen.activate()
    try:
        yield made
    finally:
        # Closing the last window would end the loop under the test.
        made.window.hide()
        made.screen.deleteLater()
        made.window.deleteLater()
        await bench.jobs.drain(1)
        await asyncio.sleep(0)
