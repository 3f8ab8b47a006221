"""The tap on the line: what has left this PC, what has come in, and the body that leaves no copy.

Everything that decides "sent or not sent" is counted here, directly above the socket or the TLS
layer, and nowhere else. This module imports httpcore, so `transport` loads it late.

The request body never enters the HTTP library: it is given a placeholder of zero bytes of the same
length, and the tap puts the real buffer in its place on the way out. Otherwise the library would
make an immutable copy that nobody can overwrite (security.md section 2).
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum

import httpcore

BeforeSend = Callable[[], Awaitable[None]]
#: Where to connect for a host and port; for tests and tunnels, never from settings.
Dial = Callable[[str, int], tuple[str, int]]

#: Bytes of an answer kept as they came, in case it breaks off and holds a transaction number.
RAW_KEPT_MAX = 256 * 1024


class NotSentError(Exception):
    """Something of ours stopped the request before its first byte; `why` says what."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Phase(Enum):
    """How far an exchange has come."""

    CONNECTING = "connecting"
    SECURING = "securing"
    CONNECTED = "connected"
    RECORDING = "recording"
    SENDING = "sending"
    SENT = "sent"


class Tap:
    """Counts and keeps what passes during one exchange.

    Attributes:
        sent_bytes: bytes handed to the layer below, counted before they are handed over.
        received_bytes: bytes that came in.
        raw: the first of them, as they came.
        steps: grows whenever anything moves; for telling a stalled line from a stalled program.
        saw_end: the other side has closed its half.
        consent_failure: what `before_send` raised, for the log.
    """

    def __init__(
        self,
        body: bytearray | None,
        before_send: BeforeSend | None,
        is_too_late: Callable[[], bool],
    ) -> None:
        """Prepare for one exchange.

        Args:
            body: taken over and zeroed when it has left; None for a request without one.
            before_send: awaited when the line stands and before the first byte.
            is_too_late: asked after `before_send`: whether sending makes no sense any more.
        """
        self.phase = Phase.CONNECTING
        self.sent_bytes = 0
        self.received_bytes = 0
        self.raw = bytearray()
        self.steps = 0
        self.saw_end = False
        self.consent_failure: Exception | None = None
        self._body = body
        self._before_send = before_send
        self._is_too_late = is_too_late

    @property
    def is_connected(self) -> bool:
        """Tell whether TCP and, where needed, TLS are up."""
        return self.phase not in {Phase.CONNECTING, Phase.SECURING}

    def enter(self, phase: Phase) -> None:
        """Note the next phase."""
        self.phase = phase
        self.steps += 1

    def wipe(self) -> None:
        """Overwrite the body with zeros; may be called at any time, any number of times."""
        if self._body is not None:
            self._body[:] = bytes(len(self._body))

    async def ask_to_send(self) -> None:
        """Await the consent to send, once, when not a byte has left.

        Raises:
            NotSentError: the consent was not given, or came too late.
        """
        self.enter(Phase.RECORDING)
        if self._before_send is not None:
            try:
                await self._before_send()
            except Exception as failure:
                self.consent_failure = failure
                raise NotSentError("ledger") from failure
        if self._is_too_late():
            raise NotSentError("too_late")
        self.enter(Phase.SENDING)

    async def pass_out(
        self, write: Callable[[bytes, float | None], Awaitable[None]], data: bytes
    ) -> None:
        """Hand over the head, then the body in the place of its placeholder."""
        if self.sent_bytes == 0:
            await self.ask_to_send()
            self.sent_bytes += len(data)
            await write(data, None)
            return
        if self._body is None or self.phase is Phase.SENT or len(data) != len(self._body):
            raise RuntimeError("the library writes something that is not the request")
        self.sent_bytes += len(data)
        # The streams below take any buffer; their type says bytes. They return when the system has
        # taken all of it (anyio sets a write buffer limit of 0), so it may be zeroed afterwards.
        await write(memoryview(self._body), None)  # type: ignore[arg-type] # see above
        self.enter(Phase.SENT)
        self.wipe()

    def note_received(self, data: bytes) -> None:
        """Count and keep what came in; nothing means that the other side has closed."""
        self.steps += 1
        self.saw_end = self.saw_end or not data
        self.received_bytes += len(data)
        room = RAW_KEPT_MAX - len(self.raw)
        if room > 0:
            self.raw += data[:room]


class TappedStream(httpcore.AsyncNetworkStream):
    """A connection of httpcore's own back end with the tap on it."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read, and note it."""
        data = await self._inner.read(max_bytes, timeout)
        self._tap.note_received(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        """Let the tap write; the end of a message is an empty buffer and nothing to do."""
        if buffer:
            await self._tap.pass_out(self._inner.write, buffer)

    async def aclose(self) -> None:
        """Close the connection below."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Put TLS on the connection and the tap above it, where plain bytes pass."""
        self._tap.enter(Phase.SECURING)
        try:
            secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # httpcore closes after errors, not after a cancellation, which is our deadline.
            await self._inner.aclose()
            raise
        self._tap.enter(Phase.CONNECTED)
        return TappedStream(secured, self._tap)

    def get_extra_info(self, info: str) -> object:
        """Ask the connection below; httpcore asks for `ssl_object`."""
        answer: object = self._inner.get_extra_info(info)
        return answer


class TappedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's back end for asyncio, dialling where told and tapping every connection."""

    def __init__(self, tap: Tap, dial: Dial | None, *, secured: bool) -> None:
        self._tap = tap
        self._dial = dial
        self._secured = secured
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to `host`, or to where `dial` says; TLS still checks for `host`."""
        if self._dial is not None:
            host, port = self._dial(host, port)
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        self._tap.enter(Phase.CONNECTING if self._secured else Phase.CONNECTED)
        return TappedStream(stream, self._tap)

    async def sleep(self, seconds: float) -> None:
        """Never needed: connections are not retried."""
        await self._inner.sleep(seconds)
