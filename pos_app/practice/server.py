"""The practice gateway on its port: start, stop, stop listening, listen again."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self

from pos_app.practice.connection import Connection
from pos_app.practice.gateway import Gateway
from pos_app.practice.options import PracticeOptions
from pos_app.practice.trouble import PracticeTrouble


class PracticeServer:
    """A payment gateway on loopback, for practice and for tests; use it with `async with`."""

    def __init__(self, options: PracticeOptions | None = None) -> None:
        """Read options and book; nothing listens yet.

        Raises:
            PracticeTrouble: the fault plan, a switch, a certificate or the book is of no use.
        """
        self._options = options or PracticeOptions()
        self.gateway = Gateway(self._options)
        self._port = self._options.port
        self._listening: asyncio.Server | None = None
        self._reserved: socket.socket | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._connections: set[Connection] = set()
        self._running = False
        self._stopped = False

    @property
    def port(self) -> int:
        """The port it listens on; the real one as soon as it has started."""
        return self._port

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        host = self._options.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Take the port and listen; does nothing while it is running.

        Raises:
            PracticeTrouble: the port is taken, the book's file cannot be written, or it has been
                stopped before.
        """
        if self._running:
            return
        if self._stopped:
            raise PracticeTrouble("a practice gateway that was stopped does not start again")
        self._reserved = self._bind()
        self._port = self._reserved.getsockname()[1]
        self._running = True
        try:
            self.gateway.open()
            await self.listen_again()
        except PracticeTrouble:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every connection and let go of port and book; safe to call twice."""
        self._running, self._stopped = False, True
        await self.stop_listening()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None
        for connection in tuple(self._connections):
            connection.reset()
        tasks = tuple(self._work)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # One round of the loop, in which aborted transports close their sockets.
        await asyncio.sleep(0)
        self.gateway.close()

    async def stop_listening(self) -> None:
        """Have connections refused, on the port it keeps; idle connections end as well."""
        if self._listening is None:
            return
        self._listening.close()
        self._listening = None
        if self._running:
            self._reserved = self._bind()
        for connection in tuple(self._connections):
            if connection.idle:
                connection.reset()

    async def listen_again(self) -> None:
        """Take connections again; does nothing if it does, or has been stopped."""
        if self._listening is not None or self._reserved is None or not self._running:
            return
        sock, self._reserved = self._reserved, None
        try:
            self._listening = await asyncio.start_server(self._accept, sock=sock, backlog=512)
        except OSError as error:
            sock.close()
            raise PracticeTrouble(f"port {self._port} cannot be used: {error}") from error

    def refuse_for(self, seconds: float) -> None:
        """Stop listening for so long, beginning now."""

        async def pause() -> None:
            await self.stop_listening()
            await asyncio.sleep(seconds)
            await self.listen_again()

        self.later(pause())

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the connections; it ends with the server."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._ended)

    def book(self) -> dict[str, object]:
        """Return what `GET /book` shows."""
        return self.gateway.book_json()

    def change(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Do what `POST /control` does.

        Raises:
            PracticeTrouble: something in it does not fit; nothing has changed.
        """
        refuse_for_s = self.gateway.change(wanted)
        if refuse_for_s is not None:
            self.refuse_for(refuse_for_s)
        return self.gateway.settings_json()

    def admin_cancel(self, tno: str, amount: int | None = None) -> dict[str, object]:
        """Cancel a payment behind the client's back; no amount means all that is left.

        Raises:
            LookupError: there is no such payment.
            PracticeTrouble: the amount is not between one won and the balance.
        """
        return self.gateway.admin_cancel(tno, amount)

    def portone_control(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Do what `POST /control/portone` does.

        Raises:
            PracticeTrouble: something in it does not fit; nothing has been done.
            LookupError: no such schedule is waiting.
        """
        return self.gateway.portone_control(wanted)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self._connections.add(connection)

        async def serve() -> None:
            try:
                await connection.serve()
            finally:
                self._connections.discard(connection)

        self.later(serve())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            context = {"message": "practice gateway", "exception": task.exception(), "task": task}
            task.get_loop().call_exception_handler(context)

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._options.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                # There SO_REUSEADDR would let another program take the port as well.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self._options.host, self._port))
            sock.setblocking(False)
        except OSError as error:
            sock.close()
            raise PracticeTrouble(f"port {self._port} cannot be used: {error}") from error
        return sock
