"""An httpx transport that opens one connection, uses it for one request and closes it.

httpx offers no way to put a tap on its connections, so this small transport joins httpx and
httpcore by their public parts. No pool, no keep-alive, no proxy, no HTTP/2, no retry: a charge must
not go out on a connection whose other end may be gone, nor twice.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from pos_app.gateways.tap import Dial, Tap, TappedBackend


class ZeroBody(httpx.AsyncByteStream):
    """So many zero bytes in one piece: the placeholder the tap replaces by the real body."""

    def __init__(self, length: int) -> None:
        self._length = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield bytes(self._length)


class _Incoming(httpx.AsyncByteStream):
    """The body of an answer, its errors in httpx's terms."""

    def __init__(self, inner: httpcore.Response) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_terms_of_httpx():
            async for chunk in self._inner.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        with _in_terms_of_httpx():
            await self._inner.aclose()


class OneShotTransport(httpx.AsyncBaseTransport):
    """One connection for one request to one origin."""

    def __init__(
        self, url: httpx.URL, tap: Tap, ssl_context: ssl.SSLContext, dial: Dial | None
    ) -> None:
        secured = url.scheme == "https"
        self._connection = httpcore.AsyncHTTPConnection(
            origin=_core_url(url).origin,
            ssl_context=ssl_context if secured else None,
            http1=True,
            http2=False,
            retries=0,
            network_backend=TappedBackend(tap, dial, secured=secured),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Connect, send, and return the answer as soon as its head is there.

        Raises:
            httpx.TransportError: whatever went wrong.
            NotSentError: stopped by us before the first byte.
        """
        assert isinstance(request.stream, httpx.AsyncByteStream)
        core = httpcore.Request(
            method=request.method,
            url=_core_url(request.url),
            headers=request.headers.raw,
            content=request.stream,
        )
        with _in_terms_of_httpx():
            answer = await self._connection.handle_async_request(core)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Incoming(answer))

    async def aclose(self) -> None:
        """Close the connection, whatever state it is in."""
        await self._connection.aclose()


def _core_url(url: httpx.URL) -> httpcore.URL:
    """Return the same address as httpcore writes it."""
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


@contextmanager
def _in_terms_of_httpx() -> Iterator[None]:
    """Turn httpcore's errors into httpx's: the classes have the same names."""
    try:
        yield
    except Exception as error:
        kind = type(error)
        if kind.__module__.partition(".")[0] != "httpcore":
            raise
        same = getattr(httpx, kind.__name__, httpx.TransportError)
        raise same(str(error)) from error
