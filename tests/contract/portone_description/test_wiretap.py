"""The wiretap: everything is written down, nothing is changed, and cut connections stay cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import httpx

from pos_app.practice import PracticeServer
from tests.helpers.wiretap import Wiretap

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def client(url: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return httpx.AsyncClient(base_url=url, trust_env=False)


async def serving(serve: Serve) -> asyncio.Server:
    return await asyncio.start_server(serve, "127.0.0.1", 0)


def url_of(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_requests_are_written_down_and_answered_by_the_other_server() -> None:
    async def made() -> None:
        async with PracticeServer() as server, Wiretap(server.url) as tap, client(tap.url) as http:
            health = await http.get("/health?a=%2F..")
            refused = await http.post("/control", json={"switches": {"nonsense": 1}})
            assert health.json()["ok"]
            assert refused.status_code == 400
            first, second = tap.sent
            assert (first.method, first.target, first.path, first.body) == (
                "GET",
                "/health?a=%2F..",
                "/health",
                b"",
            )
            assert second.body == b'{"switches":{"nonsense":1}}'
            assert second.headers["content-type"] == "application/json"

    asyncio.run(made())


def test_an_answer_cut_short_arrives_cut_short() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async def made() -> type[Exception]:
        server = await serving(cut)
        try:
            async with Wiretap(url_of(server)) as tap, client(tap.url) as http:
                await http.get("/")
        except httpx.HTTPError as error:
            return type(error)
        finally:
            server.close()
        return AssertionError

    assert asyncio.run(made()) is httpx.RemoteProtocolError


def test_a_request_that_is_never_answered_is_written_down_and_ends_with_the_tap() -> None:
    async def made() -> int:
        silent = asyncio.Event()
        hung: list[asyncio.StreamWriter] = []

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hung.append(writer)
            await reader.readuntil(b"\r\n\r\n")
            silent.set()

        server = await serving(hang)
        async with Wiretap(url_of(server)) as tap:
            reader, writer = await asyncio.open_connection(
                *tap.url.removeprefix("http://").split(":")
            )
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            await silent.wait()
        assert await reader.read() == b""
        writer.close()
        for end in hung:
            end.close()
        server.close()
        return len(tap.sent)

    assert asyncio.run(made()) == 1
