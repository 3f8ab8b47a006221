"""The access token: one in memory, fetched before it is needed, by one request at a time.

A token lives 30 minutes by the server's clock, so its life is what the server says of both ends,
counted on this PC's monotonic clock from before the request was sent (portone.md 1.4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.json_body import json_body
from pos_app.gateways.portone.answers import (
    BAD_REQUEST,
    TOKEN_REFUSED,
    Envelope,
    Fields,
    read_envelope,
)
from pos_app.gateways.portone.needs import KeyPair, Line
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.logs import log, log_event

TOKEN_PATH = "/users/getToken"  # noqa: S105 - a path
#: So long before its end a token is not used any more: connecting (10 s) and writing the intent
#: down must fit. Below the last minute, in which the server moves the end on (portone.md 1.4).
EARLY_S = 30.0
#: A longer life than this is not believed.
_LIFE_MAX_S = 86_400
_TOKEN_LENGTH_MAX = 2_048
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """An access token and, on the monotonic clock, when it should be replaced."""

    value: str
    fresh_until_s: float

    @property
    def headers(self) -> dict[str, str]:
        """Return the header that carries it."""
        return {"Authorization": f"Bearer {self.value}"}


@dataclass(frozen=True, slots=True)
class NoToken:
    """There is none to be had.

    Attributes:
        why: short code: "keys_refused", "access_refused", "token.<what broke>", or why the line
            does not stand.
    """

    why: str


class Tokens:
    """Hands out the token."""

    def __init__(
        self,
        line: Line,
        settings: PortOneSettings,
        keys: KeyPair,
        monotonic: Callable[[], float],
    ) -> None:
        """Fetch nothing yet."""
        self._line = line
        self._settings = settings
        self._keys = keys
        self._monotonic = monotonic
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token | NoToken] | None = None

    async def get(self) -> Token | NoToken:
        """Return a token with enough life left; callers at the same time share one request."""
        token = self._token
        if token is not None and self._monotonic() < token.fresh_until_s:
            return token
        task = self._fetching
        if task is None:
            task = asyncio.create_task(self._fetch(), name="gateway.token")
            self._fetching = task
        # The others still wait for it when one of them is cancelled.
        return await asyncio.shield(task)

    def refused(self, token: Token) -> None:
        """Forget a token that the gateway refused; a newer one is kept."""
        if self._token is token:
            self._token = None

    async def aclose(self) -> None:
        """End a request on its way, and forget the token."""
        self._token, task = None, self._fetching
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _fetch(self) -> Token | NoToken:
        """Ask for a token and keep it."""
        try:
            asked_s = self._monotonic()
            fields = (("imp_key", self._keys.imp_key), ("imp_secret", self._keys.imp_secret))
            exchange = await self._line.send(
                "POST",
                f"{self._settings.base_url}{TOKEN_PATH}",
                json_body(fields),
                headers={"Content-Type": "application/json"},
                before_send=None,
                timeout_s=self._settings.look_up_timeout_s,
                connect_timeout_s=self._settings.connect_timeout_s,
                operation="token",
            )
            found = read_token(exchange, asked_s)
        finally:
            self._fetching = None
        if isinstance(found, Token):
            self._token = found
        else:
            log_event(log.gateway, logging.INFO, "token.missing", reason=found.why)
        return found


def read_token(exchange: Exchange, asked_s: float) -> Token | NoToken:
    """Return the token in an answer.

    Args:
        exchange: what came back.
        asked_s: when it was asked for, on the monotonic clock.
    """
    if isinstance(exchange, Broken):
        # A line that does not stand is the same trouble for the charge itself.
        return NoToken(f"token.{exchange.why}" if exchange.left_us else exchange.why)
    if exchange.status in {BAD_REQUEST, TOKEN_REFUSED}:
        return NoToken("keys_refused")
    if exchange.status == _FORBIDDEN:
        return NoToken("access_refused")
    answer = read_envelope(exchange, kcp=False)
    if not isinstance(answer, Envelope):
        return NoToken(f"token.{answer.why}")
    fields = answer.fields
    if not answer.is_ok or fields is None:
        return NoToken("keys_refused" if answer.code else "token.malformed")
    return _token(fields, asked_s) or NoToken("token.malformed")


def _token(fields: Fields, asked_s: float) -> Token | None:
    """Return the token if its three parts make sense."""
    value = fields.exact("access_token")
    end, now = fields.whole("expired_at"), fields.whole("now")
    if value is None or end is None or now is None:
        return None
    sendable = value.isascii() and value.isprintable() and " " not in value
    life_s = end - now
    if not sendable or len(value) > _TOKEN_LENGTH_MAX or not 0 < life_s <= _LIFE_MAX_S:
        return None
    return Token(value, asked_s + life_s - EARLY_S)
