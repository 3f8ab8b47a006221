"""One client connection: requests in through h11, answers out, until one of the two ends it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol
from urllib.parse import urlsplit

import h11

from pos_app.practice import answer as http
from pos_app.practice import control, deeds
from pos_app.practice.actions import Action
from pos_app.practice.answer import Answer
from pos_app.practice.deeds import Exchange
from pos_app.practice.face import Face, Request
from pos_app.practice.faults import CONNECTION, Subject
from pos_app.practice.gateway import Gateway
from pos_app.practice.wire import Gone, Wire

_IDLE_S: Final = 75.0
_BODY_LIMIT: Final = 256 * 1024
_HEAD_LIMIT: Final = 64 * 1024


class Server(deeds.Listener, Protocol):
    """The server behind a connection."""

    gateway: Gateway


class Connection:
    """Serves one client."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take over a fresh connection."""
        self._server = server
        self._gateway = server.gateway
        self._wire = Wire(reader, writer)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_LIMIT)
        self.idle = True
        """True between two requests: nothing is lost by ending it."""

    async def serve(self) -> None:
        """Answer requests until the connection ends."""
        try:
            if not await self._spoiled_from_the_start():
                await self._serve_requests()
        except (Gone, TimeoutError):
            pass  # the client left or fell silent; there is nobody to tell
        finally:
            self._wire.close()

    def reset(self) -> None:
        """End the connection at once."""
        self._wire.reset()

    async def _spoiled_from_the_start(self) -> bool:
        action = self._gateway.plan.choose(Subject(CONNECTION))
        if action is None:
            return False
        if action.do == "refuse":
            self._server.refuse_for(action.number("for_s"))
        if action.do in ("refuse", "reset"):
            self._wire.reset()
        if action.do == "hang":
            limit = action.parameters["for_s"]
            await self._wire.left_within(None if limit is None else action.number("for_s"))
        return True

    async def _serve_requests(self) -> None:
        try:
            while await self._serve_one():
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            page = http.html_answer(error.error_status_hint, date=self._gateway.date())
            await self._wire.send(http.whole_bytes(page))

    async def _serve_one(self) -> bool:
        """Answer one request; return whether another may follow."""
        self.idle = True
        event = await self._next_event()
        self.idle = False
        if not isinstance(event, h11.Request):
            return False
        method = event.method.decode("ascii")
        target = event.target.decode("latin-1")
        path = urlsplit(target).path
        face, operation = self._face(method, path)
        if face is None or not operation:
            return await self._serve_own(event, method, wrong_method=operation == "")
        named = Subject(operation, kind=face.kind(operation))
        early = self._gateway.plan.choose(named, body_read=False)
        if early is not None:
            self._wire.reset()
            return False
        body = await self._body()
        if body is None:
            return await self._give(http.html_answer(413, date=self._gateway.date()))
        request = Request(
            operation,
            _header(event, b"content-type"),
            body,
            method,
            target,
            _header(event, b"authorization"),
        )
        return await self._serve_vendor(face, request)

    async def _serve_own(self, event: h11.Request, method: str, *, wrong_method: bool) -> bool:
        body = await self._body()
        date = self._gateway.date()
        if wrong_method:
            return await self._give(http.html_answer(405, date=date))
        if body is None:
            return await self._give(http.html_answer(413, date=date))
        call = control.Call(
            method=method,
            target=event.target.decode("latin-1"),
            headers={name.decode("latin-1"): v.decode("latin-1") for name, v in event.headers},
            body=body,
        )
        answer, refuse_for_s = control.answer(self._gateway, call)
        another = await self._give(answer)
        if refuse_for_s is not None:
            self._server.refuse_for(refuse_for_s)
            return False
        return another

    async def _serve_vendor(self, face: Face, request: Request) -> bool:
        gateway = self._gateway
        subject = face.subject(request)
        row = gateway.journal.arrived(subject)
        exchange = Exchange(gateway, self._server, face, request, row, self._wire)
        action = gateway.plan.choose(subject)
        if action is not None:
            row.fault = action.do
        else:
            action = self._magic(exchange)
        if action is not None:
            await deeds.play(exchange, action)
            return False
        reply = exchange.perform(done=True)
        exchange.settle(reply, reply.status)
        return await self._give(gateway.answer(reply))

    def _magic(self, exchange: Exchange) -> Action | None:
        """Return what magic does to this answer; a request that is refused anyway is spared."""
        found = exchange.face.magic(exchange.request)
        if found is None or exchange.perform(done=False).verdict == "refused":
            return None
        exchange.row.fault = f"magic:{found[0]}"
        return found[1]

    def _face(self, method: str, path: str) -> tuple[Face | None, str | None]:
        for face in self._gateway.faces:
            operation = face.operation(method, path)
            if operation is not None:
                return face, operation
        return None, None

    async def _body(self) -> bytes | None:
        """Return the request's body; None when it is too long."""
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self._next_event()
            if isinstance(event, h11.EndOfMessage):
                return b"".join(parts) if size <= _BODY_LIMIT else None
            if not isinstance(event, h11.Data):
                raise Gone
            size += len(event.data)
            if size <= _BODY_LIMIT:
                parts.append(bytes(event.data))

    async def _next_event(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                interim = h11.InformationalResponse(status_code=100, headers=[])
                await self._wire.send(self._http.send(interim) or b"")
            async with asyncio.timeout(_IDLE_S):
                self._http.receive_data(await self._wire.receive())

    async def _give(self, answer: Answer) -> bool:
        """Send a whole answer through h11; return whether the connection can go on."""
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        response = h11.Response(
            status_code=answer.status, headers=headers, reason=http.reason(answer.status).encode()
        )
        parts = (response, h11.Data(data=answer.body), h11.EndOfMessage())
        await self._wire.send(b"".join(self._http.send(part) or b"" for part in parts))
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE


def _header(request: h11.Request, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in request.headers if key == name), "")
