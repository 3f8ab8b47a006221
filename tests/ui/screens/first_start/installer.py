"""Whoever sets a terminal up: an empty folder, KCP's files, and ten fingers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.config.paths import find_places
from pos_app.domain.errors import ShopTrouble
from pos_app.ui.screens.first_start.view import FirstStartScreen, Step
from pos_app.vault import Keychain
from tests.helpers.asked_desk import AskedDesk
from tests.helpers.kcp_keys import PASSWORD, issue
from tests.helpers.keyrings import memory_keychain
from tests.ui.widgets.keyboard import open_window, type_text

Key = Qt.Key
_PATIENCE_S = 20.0
SHOP = ("봄날꽃집", "김봄날", "1208147521", "021234567", "서울 종로구 꽃길 7", "")


async def until(happened: Callable[[], object]) -> None:
    """Let the loop go on until `happened` says so."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if happened():
                return
            await asyncio.sleep(0.002)


def no_keyring() -> Keychain:
    """Find none."""
    raise ShopTrouble("vault.keyring_missing")


def desk_in(folder: Path, *, keyring: bool = True) -> AskedDesk:
    """Return the set-up desk of a terminal in `folder`."""
    chain = memory_keychain()
    return AskedDesk(
        find_places(folder, practice=False), keychain=(lambda: chain) if keyring else no_keyring
    )


class KcpFiles:
    """What lies in KCP's ZIP, and what people take for it."""

    def __init__(self, folder: Path, number: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        issued = issue(number=number)
        self.folder = folder
        self.certificate = self.put("KCP_AUTH_AB123_CERT.pem", issued.certificate)
        self.private_key = self.put("KCP_AUTH_AB123_PRIKEY.pem", issued.key_file)

    def put(self, name: str, data: bytes) -> Path:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(data)
        return path


class Installer:
    """The screen, and the hands before it."""

    def __init__(self, desk: AskedDesk, files: KcpFiles, *, practice_opens: bool) -> None:
        self.desk = desk
        self.files = files
        self.practised = 0
        self.finished = 0
        self._practice_opens = practice_opens
        self.window = QWidget()
        self.screen = FirstStartScreen(desk, self._practise, self.window)
        self.screen.done.connect(self._done)
        self.screen.resize(1366, 716)
        self.window.resize(1366, 716)

    def _practise(self) -> bool:
        self.practised += 1
        return self._practice_opens

    def _done(self) -> None:
        self.finished += 1

    def at(self) -> Step:
        """Return the step on screen."""
        return self.screen.step

    def press(self, *hit: Key) -> None:
        """Hit keys, one after the other, where the focus is."""
        for key in hit:
            QTest.keyClick(QApplication.focusWidget() or self.screen, key)

    def type(self, words: str) -> None:
        """Type where the focus is."""
        type_text(QApplication.focusWidget() or self.screen, words)

    def enter(self, *words: str) -> None:
        """Type each of `words` into a field and leave it by Enter."""
        for word in words:
            self.type(word)
            self.press(Key.Key_Return)

    def drop(self, *paths: Path) -> None:
        """Drop files somewhere on the page."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        copying = Qt.DropAction.CopyAction
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        over = QDragEnterEvent(QPoint(700, 600), copying, mime, button, none)
        QApplication.sendEvent(self.screen, over)
        if over.isAccepted():
            let_go = QDropEvent(QPointF(700, 600), copying, mime, button, none)
            QApplication.sendEvent(self.screen, let_go)

    async def idle(self) -> None:
        """Wait until nothing is being read or tried."""
        await until(lambda: not self.screen.certificate.is_working())

    async def to_gateways(self) -> None:
        """Walk to the choice of gateways."""
        self.press(Key.Key_Return)
        self.enter(*SHOP)
        assert self.at() is Step.GATEWAYS

    async def to_kcp(self) -> None:
        """Walk to the contract."""
        await self.to_gateways()
        self.press(Key.Key_Return)
        assert self.at() is Step.KCP

    async def to_certificate(self) -> None:
        """Walk to the certificate, as a live shop."""
        await self.to_kcp()
        self.screen.kcp.environment.setFocus()
        self.press(Key.Key_Return)
        self.type("ab123")
        self.press(Key.Key_Return, Key.Key_Return)
        assert self.at() is Step.CERTIFICATE

    async def to_protection(self) -> None:
        """Walk past the certificate."""
        await self.to_certificate()
        self.drop(self.files.private_key, self.files.certificate)
        await self.idle()
        self.enter(PASSWORD)
        await self.idle()
        await until(lambda: self.screen.protection.known)
        assert self.at() is Step.PROTECTION


@contextlib.asynccontextmanager
async def installer(
    folder: Path, *, keyring: bool = True, practice_opens: bool = True
) -> AsyncIterator[Installer]:
    """Open the guided set-up over an empty data folder."""
    desk = desk_in(folder / "data", keyring=keyring)
    made = Installer(desk, KcpFiles(folder / "downloads"), practice_opens=practice_opens)
    open_window(made.window)
    made.screen.activate()
    try:
        yield made
    finally:
        # Closing the last window would end the loop under the test.
        made.window.hide()
        made.screen.deleteLater()
        made.window.deleteLater()
        await asyncio.sleep(0)
