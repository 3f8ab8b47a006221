"""What the PortOne gateway needs from others, as shapes: the key pair, and a line to send on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from pos_app.domain.requests import BeforeSend
from pos_app.gateways.exchange import Exchange, Reach


class KeyPair(Protocol):
    """The shop's REST API key and secret, from the vault; its `repr` shows neither.

    The pair can move money, so it is read only while a token is asked for.
    """

    @property
    def imp_key(self) -> str:
        """Return the REST API key."""

    @property
    def imp_secret(self) -> str:
        """Return the REST API secret."""


class Line(Protocol):
    """What carries a request; `Transport` fits."""

    async def send(
        self,
        method: str,
        url: str,
        body: bytearray | None,
        *,
        headers: Mapping[str, str],
        before_send: BeforeSend | None,
        timeout_s: float,
        connect_timeout_s: float,
        operation: str,
    ) -> Exchange:
        """Send once; zero the body whatever happens."""

    async def reach(self, url: str, now: dt.datetime, timeout_s: float = 10.0) -> Reach:
        """Tell whether the host can be reached."""
