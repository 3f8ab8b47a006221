"""One TCP connection: whole answers, broken ones, and real resets.

Everything is handed to the operating system before a call returns, so a reset that follows comes
after the bytes before it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import Final

_READ_SIZE: Final = 65_536
_PIECE: Final = 65_536
# struct linger: two shorts on Windows, two ints elsewhere.
_LINGER_NOW: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Gone(Exception):
    """The client has left; there is nobody to answer."""


class Wire:
    """Reads and writes one connection; every write ends with the bytes out of our hands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over a fresh connection."""
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=0)

    async def receive(self) -> bytes:
        """Return the next bytes, empty when the client has closed or vanished."""
        try:
            return await self._reader.read(_READ_SIZE)
        except ConnectionError:
            return b""

    async def send(self, data: bytes) -> None:
        """Write `data`, in pieces so that large answers do not pile up here.

        Raises:
            Gone: the client has left.
        """
        try:
            for start in range(0, len(data), _PIECE):
                self._writer.write(data[start : start + _PIECE])
                await self._writer.drain()
        except ConnectionError as error:
            raise Gone from error

    async def drip(self, data: bytes, bytes_per_s: int) -> None:
        """Write `data` byte by byte.

        Raises:
            Gone: the client has left.
        """
        for place in range(len(data)):
            await self.send(data[place : place + 1])
            if await self.left_within(1 / bytes_per_s):
                raise Gone

    async def left_within(self, seconds: float | None) -> bool:
        """Wait for so long, or for ever; return True at once when the client leaves."""
        try:
            async with asyncio.timeout(seconds):
                while await self.receive():
                    pass  # whatever else it says is not wanted
        except TimeoutError:
            return False
        return True

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        raw = self._writer.get_extra_info("socket")
        if raw is not None and not self._writer.transport.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOW)
        self._writer.transport.abort()

    def close(self) -> None:
        """End the connection in good order, after what was written."""
        self._writer.close()
