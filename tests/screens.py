"""Pictures of every screen and state, for people to look at.

    python -m tests.screens --out DIR [--lang ko|en ...] [--scheme light|dark|high_contrast ...]
                            [--size 1366x768 ...] [--text 100] [--only CardTerminal ...]

The real window over fakes (`tests/helpers/fake_app.py`), worked by keys. Each combination gets a
folder; at the end every label that is cut off without an ellipsis is listed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pos_app.logs import set_up_logging, shut_down_logging
from pos_app.ui.application import Application
from pos_app.ui.scope import TaskScope
from pos_app.ui.start import run_window
from pos_app.ui.text import LANGUAGES, use_language
from pos_app.ui.theme import SchemeChoice
from tests.clerk_watch import Watch
from tests.clerk_work import Clerk
from tests.screens_album import Album
from tests.screens_cards import CardTerminal
from tests.screens_gateways import TwoGateways
from tests.screens_identity import CheckingTerminal
from tests.screens_strays import StrayTerminal
from tests.screens_tour import FirstTerminal, FullTerminal, LockedTerminal

Place = (
    FullTerminal
    | TwoGateways
    | CardTerminal
    | CheckingTerminal
    | StrayTerminal
    | FirstTerminal
    | LockedTerminal
)

SIZES = ("1366x768", "1920x1080")
SCHEMES: tuple[SchemeChoice, ...] = ("light", "dark", "high_contrast")


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; exit status 1 if something is cut off or a window outgrew its size."""
    parser = argparse.ArgumentParser(prog="tests.screens")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--lang", choices=LANGUAGES, nargs="+", default=LANGUAGES)
    parser.add_argument("--scheme", choices=SCHEMES, nargs="+", default=SCHEMES[:2])
    parser.add_argument("--size", nargs="+", default=SIZES, metavar="WxH")
    parser.add_argument("--text", type=int, default=100, metavar="PERCENT")
    parser.add_argument("--only", nargs="+", default=(), metavar="TERMINAL")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    complaints: list[str] = []
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        set_up_logging(Path(folder) / "logs", debug=False)
        looks = itertools.product(arguments.lang, arguments.scheme, arguments.size)
        try:
            for number, (lang, scheme, size) in enumerate(looks):
                name = f"{lang}-{scheme}-{size}-{arguments.text}"
                album = Album(arguments.out / name, _size(size))
                use_language(lang)
                _take(album, Path(folder) / str(number), scheme, arguments.text, arguments.only)
                complaints += [f"{name}: {words}" for words in album.complaints]
        finally:
            shut_down_logging()
    print("\n".join([*complaints, f"{len(complaints)} complaint(s)"]))
    return int(bool(complaints))


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _take(
    album: Album, folder: Path, scheme: SchemeChoice, text_percent: int, only: Sequence[str]
) -> None:
    """Open a window after the other and take its pictures."""
    places = (
        FullTerminal,
        TwoGateways,
        CardTerminal,
        CheckingTerminal,
        StrayTerminal,
        FirstTerminal,
        LockedTerminal,
    )
    for terminal in (place(folder) for place in places if place.__name__ in only or not only):
        visit = Visit(terminal, album)
        run_window(terminal, scheme=scheme, text_percent=text_percent, on_built=visit.begin)
        if visit.failure is not None:
            raise visit.failure


class Visit:
    """One window from its opening to its end.

    Attributes:
        failure: what ended the tour before its time.
    """

    def __init__(self, terminal: Place, album: Album) -> None:
        """Take pictures of `terminal` into `album`."""
        self._terminal = terminal
        self._album = album
        self.failure: Exception | None = None

    def begin(self, application: Application) -> None:
        """Begin as soon as the loop runs."""
        application.shell.resize(*self._album.size)
        scope, watch = TaskScope(application, on_error=self._fail), Watch(application)
        asyncio.get_event_loop().call_soon(lambda: scope.start(self._tour(watch), "tour"))

    async def _tour(self, watch: Watch) -> None:
        try:
            await self._terminal.tour(Clerk(watch), self._album)
        finally:
            watch.shell.close()

    def _fail(self, error: Exception) -> None:
        self.failure = error


if __name__ == "__main__":
    sys.exit(main())
