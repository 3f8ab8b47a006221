"""The practice gateway in a process of its own, which outlives every kill and keeps its book.

The parent tells it by lines of JSON: open a fresh one with faults and switches, wait until nothing
that has arrived is unanswered, show the book.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Self

from pos_app.practice import PracticeOptions, PracticeServer

#: So many turns of the loop in a row without work: everything a dead client had sent is handled.
QUIET_TURNS = 6


class _Watched(PracticeServer):
    """A practice gateway that knows how much it is working on."""

    at_work = 0

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Count what runs."""

        async def counted() -> None:
            try:
                await work
            finally:
                self.at_work -= 1

        self.at_work += 1
        super().later(counted())

    async def quiet(self) -> None:
        """Wait until everything that has arrived is done."""
        turns = 0
        while turns < QUIET_TURNS:
            turns = 0 if self.at_work else turns + 1
            await asyncio.sleep(0)


async def _serve(line: socket.socket) -> None:
    """Obey until the parent hangs up."""
    reader, writer = await asyncio.open_connection(sock=line)
    server: _Watched | None = None
    while said := await reader.readline():
        asked = json.loads(said)
        answer: Any = None
        if asked["do"] == "open":
            if server is not None:
                await server.stop()
            options = PracticeOptions(faults=asked["faults"], switches=asked["switches"])
            server = _Watched(options)
            await server.start()
            answer = server.url
        else:
            assert server is not None
            await server.quiet()
            answer = server.book()
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    if server is not None:
        await server.stop()
    writer.close()


class Bank:
    """The parent's hold on that process; must be started before there are threads or loops."""

    def __init__(self) -> None:
        """Fork it."""
        ours, theirs = socket.socketpair()
        self.process = os.fork()
        if self.process == 0:
            ours.close()
            try:
                asyncio.run(_serve(theirs))
            finally:
                os._exit(0)
        theirs.close()
        self._line = ours
        self._reader = ours.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._line.close()
        os.waitpid(self.process, 0)

    def open(
        self, faults: Sequence[Mapping[str, object]] = (), switches: Mapping[str, object] = {}
    ) -> str:
        """Begin anew with an empty book; return the address."""
        return str(self._ask(do="open", faults=list(faults), switches=dict(switches)))

    def book(self) -> dict[str, Any]:
        """Return its truth, once all that has arrived is handled."""
        book: dict[str, Any] = self._ask(do="book")
        return book

    def _ask(self, **asked: object) -> Any:
        self._line.sendall(json.dumps(asked).encode() + b"\n")
        answer = self._reader.readline()
        assert answer, "the practice gateway has ended"
        return json.loads(answer)
