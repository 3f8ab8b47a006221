"""A raw server on loopback that does exactly what a test says, and knows what reached it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Self

Act = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One connection: what came, and the ways to answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.received = bytearray()

    async def request(self) -> bytes:
        """Read one whole request and return its body."""
        head = await self.head()
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await self.reader.readexactly(length)
        self.received += body
        return body

    async def head(self) -> bytes:
        """Read the head of a request, nothing further."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.received += head
        return head

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, status: int = 200, headers: str = "") -> None:
        """Write a proper answer."""
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await self.send(head.encode() + body)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        connected: socket.socket = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def until_gone(self) -> None:
        """Wait until the client leaves."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65_536):
                pass


class RawServer:
    """Listens on 127.0.0.1 and plays `act` on every connection.

    Attributes:
        visits: every connection so far; each holds the bytes that reached it.
    """

    def __init__(self, act: Act, tls: ssl.SSLContext | None = None) -> None:
        self._act = act
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.visits: list[Visit] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/path"

    @property
    def received(self) -> bytes:
        """Return every plain byte that reached it."""
        return b"".join(bytes(visit.received) for visit in self.visits)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        visit = Visit(reader, writer)
        self.visits.append(visit)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._act(visit)
        except asyncio.CancelledError:
            # Ended by the test; the streams module would report a cancelled handler as a fault.
            visit.writer.transport.abort()
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()
