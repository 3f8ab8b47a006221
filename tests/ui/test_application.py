"""Starting and ending the program: what the window does when the terminal cannot open."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from pos_app.config.model import Settings
from pos_app.domain.errors import Bug, PosError, ShopTrouble, UserMistake
from pos_app.ui.app import App
from pos_app.ui.application import Application
from pos_app.ui.dialogs import Dialog
from pos_app.ui.text import error_text, language, text
from tests.helpers.fake_app import make_bench

RunAsync = Callable[[Any], Any]
_PATIENCE_S = 8.0


class Desk:
    """A set-up desk that only knows the settings."""

    def __init__(self) -> None:
        """Start in Korean."""
        self.stored = Settings()

    def settings(self) -> Settings:
        """Return what is stored."""
        return self.stored


class Starter:
    """A starter that fails as told, then opens."""

    practice = True

    def __init__(self, folder: Path, *failures: PosError) -> None:
        """Fail with each of `failures` once."""
        self.bench = make_bench(folder)
        self.failures = list(failures)
        self.passphrases: list[str | None] = []
        self.set_up: Any = Desk()
        self.app: App | None = None

    async def open(self, passphrase: str | None) -> App:
        """Open, or fail."""
        self.passphrases.append(passphrase)
        if self.failures:
            raise self.failures.pop(0)
        return self.app or self.bench.app


def dialog() -> Dialog | None:
    """Return the dialog that has the keyboard."""
    found, focus = QApplication.activeModalWidget(), QApplication.focusWidget()
    if isinstance(found, Dialog) and focus is not None and found.isAncestorOf(focus):
        return found
    return None


def press(key: Qt.Key) -> None:
    """Press a key where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key)


def type_text(words: str) -> None:
    """Type words where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, words)


async def until(true: Callable[[], object]) -> None:
    """Let the program go on until `true`."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _PATIENCE_S
    while not true():
        assert loop.time() < give_up
        await asyncio.sleep(0.001)


def run_with(
    run_async: RunAsync,
    starter: Starter,
    scenario: Callable[[Application], Any],
) -> int:
    """Run the application with a person before it; returns its exit status."""

    async def whole() -> int:
        QApplication.setQuitOnLastWindowClosed(False)
        application = Application(starter, 0.0)
        running = asyncio.ensure_future(application.run(exit_when_ready=False))
        await scenario(application)
        return await running

    return int(run_async(whole()))


def test_the_window_is_there_before_the_terminal_opens(run_async: RunAsync, tmp_path: Path) -> None:
    starter = Starter(tmp_path)

    async def scenario(application: Application) -> None:
        await asyncio.sleep(0)
        assert application.shell.isVisible()
        assert application.app is None
        await until(lambda: application.app is not None)
        assert not QApplication.windowIcon().isNull()
        await application.close()

    QApplication.setWindowIcon(QIcon())
    assert run_with(run_async, starter, scenario) == 0


def test_a_passphrase_is_asked_for_until_it_fits(run_async: RunAsync, tmp_path: Path) -> None:
    starter = Starter(
        tmp_path, UserMistake("vault.passphrase_needed"), UserMistake("vault.passphrase_wrong")
    )

    async def scenario(application: Application) -> None:
        for typed in ("first try", "second try"):
            await until(dialog)
            type_text(typed)
            press(Qt.Key.Key_Return)
            await until(lambda: dialog() is None)
        await until(lambda: application.app is not None)
        await application.close()

    assert run_with(run_async, starter, scenario) == 0
    assert starter.passphrases == [None, "first try", "second try"]


@pytest.mark.parametrize(
    "failure",
    [
        ShopTrouble("ledger.in_use", folder="x"),
        ShopTrouble("ledger.read_only", folder="x"),
        UserMistake("settings.gateway_missing"),
    ],
)
def test_what_is_in_the_way_is_said_and_the_window_closes(
    run_async: RunAsync, tmp_path: Path, failure: PosError, expect_log: Callable[..., None]
) -> None:
    expect_log("terminal.not_opened")

    async def scenario(_application: Application) -> None:
        await until(dialog)
        shown = dialog()
        assert shown is not None
        assert shown.accessibleName() == error_text(failure)[0]
        press(Qt.Key.Key_Return)

    run_with(run_async, Starter(tmp_path, failure), scenario)


def test_a_bug_stops_money_and_says_so(
    run_async: RunAsync, tmp_path: Path, expect_log: Callable[..., None]
) -> None:
    expect_log("unhandled", level=logging.ERROR)
    starter = Starter(tmp_path)

    async def scenario(application: Application) -> None:
        await until(lambda: application.app is not None)
        application.unhandled(Bug("payment.impossible_fact", fact="x", state="y"))
        with pytest.raises(ShopTrouble, match=r"money\.halted"):
            starter.bench.jobs.check_open()
        assert text("error.bug.unhandled.title") in application.shell.banner()
        await application.close()

    run_with(run_async, starter, scenario)


def test_a_new_look_builds_the_window_anew(run_async: RunAsync, tmp_path: Path) -> None:
    starter = Starter(tmp_path)

    async def scenario(application: Application) -> None:
        await until(lambda: application.app is not None)
        before = application.shell
        look = msgspec.structs.replace(starter.set_up.stored.look, language="en", theme="dark")
        starter.set_up.stored = msgspec.structs.replace(starter.set_up.stored, look=look)
        starter.bench = make_bench(tmp_path)
        before.reopen_wanted.emit()
        await until(lambda: application.shell is not before and application.app is not None)
        assert language() == "en"
        assert application.shell.isVisible()
        await application.close()

    run_with(run_async, starter, scenario)


def test_a_terminal_that_fails_to_close_does_not_keep_the_window(
    run_async: RunAsync, tmp_path: Path
) -> None:
    starter = Starter(tmp_path)

    async def fail(_timeout_s: float) -> bool:
        raise ShopTrouble("ledger.locked", file="x")

    starter.app = dataclasses.replace(starter.bench.app, close=fail)

    async def scenario(application: Application) -> None:
        await until(lambda: application.app is not None)
        with pytest.raises(ShopTrouble):
            await application.close()
        assert not application.shell.isVisible()

    run_with(run_async, starter, scenario)


def test_closing_waits_for_a_terminal_that_is_being_opened_anew(
    run_async: RunAsync, tmp_path: Path
) -> None:
    """A request on its way would lose its answer with the event loop."""
    starter, drained = Starter(tmp_path), asyncio.Event()
    order: list[str] = []

    async def drain(_timeout_s: float) -> bool:
        await drained.wait()
        order.append("drained")
        return True

    starter.app = dataclasses.replace(starter.bench.app, close=drain)

    async def scenario(application: Application) -> None:
        await until(lambda: application.app is not None)
        application.shell.reopen_wanted.emit()
        await until(lambda: application.app is None)
        closing = asyncio.ensure_future(application.close())
        await asyncio.sleep(0)
        assert not closing.done()
        drained.set()
        await closing
        order.append("closed")

    run_with(run_async, starter, scenario)
    assert order == ["drained", "closed"]
