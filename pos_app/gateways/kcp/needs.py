"""What the KCP gateway needs from others, as shapes: somebody who signs, and a line to send on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from pos_app.domain.requests import BeforeSend
from pos_app.gateways.exchange import Exchange, Reach


class CertificateDates(Protocol):
    """What the gateway must know of the merchant's certificate."""

    @property
    def not_after(self) -> dt.datetime:
        """Return the end of its validity, aware."""


class Signer(Protocol):
    """Signs for the shop; the key stays in the vault."""

    @property
    def certificate_one_line(self) -> str:
        """Return the PEM certificate on one line, markers intact (kcp.md 1.3)."""

    @property
    def info(self) -> CertificateDates:
        """Return what the certificate says about itself."""

    def sign(self, message: bytes) -> str:
        """Return the SHA256withRSA signature as Base64 on one line (kcp.md 1.4)."""


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
