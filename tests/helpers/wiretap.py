"""A loopback server that writes down each request and hands it on, byte for byte, to another.

What the other answers goes back as it is, resets included: both ends behave as without it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it stood on the wire.

    Attributes:
        method: in capitals.
        target: path and query, percent signs and all.
        headers: by lower-case name.
        body: the bytes after the headers.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]


class Wiretap:
    """The server, for the length of an `async with`.

    Attributes:
        url: what a client takes as its gateway's address.
        sent: every whole request so far, in the order of their arrival.
    """

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        assert address.hostname
        assert address.port
        self._upstream = (address.hostname, address.port)
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.sent: list[Sent] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, onward = await asyncio.open_connection(*self._upstream)
        except OSError:  # the other refuses: so does the tap, as far as it still can
            writer.transport.abort()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hand_on(reader, onward))
                group.create_task(_hand_back(answers, writer))
        finally:
            for end in (writer, onward):
                with contextlib.suppress(ConnectionError):
                    end.close()
                    await end.wait_closed()

    async def _hand_on(self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter) -> None:
        """Write each request down and send it on, until the client closes."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode("ascii").strip().split("\r\n")
                method, target, _ = first.split(" ")
                pairs = (line.partition(":") for line in lines)
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.sent.append(Sent(method, target, headers, body))
                onward.write(head + body)
                await onward.drain()
        onward.close()


async def _hand_back(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send what the other answers back, until it closes."""
    try:
        while part := await answers.read(65536):
            writer.write(part)
            await writer.drain()
        writer.close()
    except ConnectionError:
        writer.transport.abort()
