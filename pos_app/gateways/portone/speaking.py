"""One authorised request: the token first, then the request; a second try only where that is safe.

A 401 says that the token was not taken. That nothing was done is inferred, not written anywhere
(portone.md Q11), so a charge is never sent again: its outcome is open and a look-up decides. What
may be repeated (questions, and cancels with their checksum) goes out once more with a new token.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from pos_app.domain.requests import BeforeSend
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.portone.answers import TOKEN_REFUSED
from pos_app.gateways.portone.needs import Line
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.tokens import NoToken, Token, Tokens

MakeBody = Callable[[], bytearray]


class Speaker:
    """Sends requests with the shop's token."""

    def __init__(self, line: Line, settings: PortOneSettings, tokens: Tokens) -> None:
        self._line = line
        self._settings = settings
        self._tokens = tokens

    async def once(
        self,
        path: str,
        make_body: MakeBody,
        *,
        before_send: BeforeSend | None,
        operation: str,
    ) -> Exchange:
        """POST what must go out at most once.

        The token is there before the connection is opened; without one nothing is sent and the
        answer is `Broken(False, why)`.

        Args:
            path: of the call.
            make_body: called when the token is there, so that digits are copied late.
            before_send: awaited when the line stands and before the first byte.
            operation: for the log.
        """
        token = await self._tokens.get()
        if isinstance(token, NoToken):
            return Broken(left_us=False, why=token.why)
        return await self._send("POST", path, make_body(), token, before_send, operation)

    async def repeatable(
        self,
        method: str,
        path: str,
        make_body: MakeBody | None = None,
        *,
        before_send: BeforeSend | None = None,
        operation: str,
    ) -> Exchange:
        """Send what may be repeated: once more, with a new token, after a 401 was received whole.

        The intent is asked for once. What came before counts: a second try that could not leave
        says nothing about the first one.
        """
        token = await self._tokens.get()
        if isinstance(token, NoToken):
            return Broken(left_us=False, why=token.why)
        body = None if make_body is None else make_body()
        first = await self._send(method, path, body, token, before_send, operation)
        if not _refused(first):
            return first
        token = await self._tokens.get()
        if isinstance(token, NoToken):
            return Broken(left_us=True, why=token.why)
        body = None if make_body is None else make_body()
        second = await self._send(method, path, body, token, None, operation)
        return dataclasses.replace(second, left_us=True) if isinstance(second, Broken) else second

    async def _send(
        self,
        method: str,
        path: str,
        body: bytearray | None,
        token: Token,
        before_send: BeforeSend | None,
        operation: str,
    ) -> Exchange:
        """Send, and forget a token that was refused."""
        moves_money = before_send is not None
        json = {} if body is None else {"Content-Type": "application/json"}
        exchange = await self._line.send(
            method,
            f"{self._settings.base_url}{path}",
            body,
            headers={**token.headers, **json},
            before_send=before_send,
            timeout_s=(
                self._settings.timeout_s if moves_money else self._settings.look_up_timeout_s
            ),
            connect_timeout_s=self._settings.connect_timeout_s,
            operation=operation,
        )
        if _refused(exchange):
            self._tokens.refused(token)
        return exchange


def _refused(exchange: Exchange) -> bool:
    """Tell whether the token was not taken: by the status alone (Q6)."""
    return isinstance(exchange, Response) and exchange.status == TOKEN_REFUSED
