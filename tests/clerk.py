"""A scripted clerk: drives the real window with key events only, one JSON line in, one out.

    python -m tests.clerk SCENARIO.jsonl --data-dir DIR [--practice] [--lang ko|en]
                                         [--platform offscreen|xcb]

`-` reads the scenario from standard input, line by line. `tests/journeys/README.md` has every line.
The vault's passphrase comes from POS_APP_VAULT_PASSPHRASE, as for every command.

Exit statuses: 0 the scenario was done, whatever became of its payments; 1 the terminal cannot open,
or the clerk failed; 2 a line of the scenario cannot be read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pos_app.bootstrap.terminal import make_terminal
from pos_app.cli import PASSPHRASE_VARIABLE
from pos_app.config.environment import clear_hostile
from pos_app.logs import set_up_logging, shut_down_logging
from pos_app.ui.application import Application
from pos_app.ui.scope import TaskScope
from pos_app.ui.start import run_window
from pos_app.ui.text import LANGUAGES, use_language
from tests.clerk_keys import ESCAPE
from tests.clerk_lines import TIMEOUT_S, Answer, Line, Unreadable, read_line, read_lines
from tests.clerk_watch import Refused, TooLong, Watch, words_of_dialog
from tests.clerk_work import REFUSED, Clerk

DONE, FAILED, UNREADABLE = 0, 1, 2
_STDIN = "-"
_STDIN_FD = 0
_READ_BYTES = 65536


def main(argv: Sequence[str] | None = None) -> int:
    """Run one scenario and return the exit status."""
    arguments = _parser().parse_args(argv)
    if arguments.platform:
        os.environ["QT_QPA_PLATFORM"] = arguments.platform
    clear_hostile(os.environ)
    passphrase = os.environ.pop(PASSPHRASE_VARIABLE, None) or None
    try:
        lines = None if arguments.scenario == _STDIN else _read(Path(arguments.scenario))
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        return _complain(UNREADABLE, f"The scenario cannot be read: {error}")
    use_language(arguments.lang or "ko")
    terminal = make_terminal(arguments.data_dir, practice=arguments.practice, passphrase=passphrase)
    logs = terminal.set_up.places.root / "logs"
    if logs.parent.is_dir():
        set_up_logging(logs, debug=False)
    shift = Shift(lines)
    try:
        run_window(terminal, scheme="light", chosen_language=arguments.lang, on_built=shift.begin)
    finally:
        shut_down_logging()
    return shift.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.clerk", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("scenario", metavar="SCENARIO.jsonl", help="- for standard input")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--practice", action="store_true", help="work at the practice terminal")
    parser.add_argument("--lang", choices=LANGUAGES)
    parser.add_argument("--platform", choices=("offscreen", "xcb", "windows"))
    return parser


def _read(path: Path) -> list[Line]:
    """Read a whole scenario before anything opens, so that a bad line costs nothing."""
    return read_lines(path.read_text(encoding="utf-8").splitlines())


def _complain(status: int, words: str) -> int:
    print(words, file=sys.stderr, flush=True)
    return status


def _say(answer: Answer) -> None:
    print(answer.as_json(), flush=True)


async def opened(watch: Watch, clerk: Clerk) -> bool:
    """Wait until the terminal takes up work; say why, and return False, if it does not."""

    def seen() -> bool:
        stopped = watch.shell.current_screen() == "first_start"
        return watch.application.app is not None or clerk.keys.dialog() is not None or stopped

    try:
        await watch.until(seen, TIMEOUT_S)
    except TooLong:
        _complain(FAILED, f"The terminal did not open within {TIMEOUT_S:g} s.")
        return False
    if watch.application.app is not None:
        return True
    dialog = clerk.keys.dialog()
    words = words_of_dialog(dialog) if dialog is not None else "It was never set up."
    _complain(FAILED, f"The terminal cannot open: {words}")
    if dialog is not None:
        clerk.keys.hit(ESCAPE)
    return False


class Shift:
    """One scenario from the first paint to the closed window.

    Attributes:
        status: the exit status so far.
    """

    def __init__(self, lines: list[Line] | None) -> None:
        """Do `lines`, or what comes on standard input where they are None."""
        self._lines = lines
        self._application: Application | None = None
        self.status = FAILED

    def begin(self, application: Application) -> None:
        """Start to work as soon as the loop runs."""
        self._application = application
        scope, watch = TaskScope(application, on_error=self.fail), Watch(application)
        asyncio.get_event_loop().call_soon(lambda: scope.start(self.work(watch), "scripted clerk"))

    async def work(self, watch: Watch) -> None:
        """Wait for the terminal, do every line, close the window."""
        clerk = Clerk(watch)
        if await opened(watch, clerk):
            self.status = DONE
            try:
                await self._do_all(watch, clerk)
            except Unreadable as error:
                self.status = _complain(UNREADABLE, f"The scenario cannot be read: {error}")
            _say(Answer("quit"))
        watch.shell.close()

    async def _do_all(self, watch: Watch, clerk: Clerk) -> None:
        async for line in self._commands():
            if line.do == "quit":
                return
            try:
                answer = await clerk.do(line)
            except Refused as refused:
                answer = Answer(line.do, REFUSED, str(refused))
            except TooLong:
                answer = Answer(line.do, "", "the window did not get there in time")
            _say(answer)
            if watch.closing:
                return

    async def _commands(self) -> AsyncIterator[Line]:
        """Yield the scenario's lines, or those of standard input as they come."""
        if self._lines is not None:
            for line in self._lines:
                yield line
            return
        number = 0
        async for text in _standard_input():
            number += 1
            if text.strip():
                yield read_line(text, number)

    def fail(self, error: Exception) -> None:
        """End after a fault of the clerk's own, without a word of what it was typing."""
        where = "".join(traceback.format_tb(error.__traceback__))
        words = "the focus is elsewhere" if isinstance(error, AssertionError) else ""
        self.status = _complain(FAILED, f"{where}The clerk failed: {type(error).__name__} {words}")
        if self._application is not None:
            self._application.shell.close()


async def _standard_input() -> AsyncIterator[str]:
    """Yield lines as they come; the waiting is done by a thread that dies with the program."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

    def read() -> None:
        rest = b""
        # Not sys.stdin: a thread inside its buffer would hold its lock when the program ends.
        while data := os.read(_STDIN_FD, _READ_BYTES):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, rest)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="scenario", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
