"""Short reasons for exchanges that broke; the catalogue has words for each under `why.*`.

The reason is for people and logs. Whether anything left this PC is not decided here but by the
count in `tap` (money-safety.md section 4).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pos_app.gateways.tap import Tap

#: httpx's error classes by name -> reason, once a byte may have left.
AFTER_SENDING = {
    "ReadTimeout": "timeout",
    "WriteTimeout": "timeout",
    "ReadError": "reset",
    "WriteError": "reset",
    "CloseError": "reset",
    "NetworkError": "reset",
    "RemoteProtocolError": "bad_http",
    "ProtocolError": "bad_http",
    "DecodingError": "encoded",
    "TooManyRedirects": "bad_http",
}
#: The same before the first byte.
BEFORE_SENDING = {
    "ConnectTimeout": "connect_timeout",
    "PoolTimeout": "connect_timeout",
    "TimeoutException": "connect_timeout",
    "ConnectError": "unreachable",
    "ProxyError": "unreachable",
    "NetworkError": "unreachable",
    "ReadError": "closed",
    "WriteError": "closed",
    "CloseError": "closed",
    "ReadTimeout": "closed",
    "WriteTimeout": "closed",
    "RemoteProtocolError": "closed",
}


class AnswerRefusedError(Exception):
    """An answer came and is not read any further; `why` says why not."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def why_of_time(tap: Tap) -> str:
    """Return the reason when the time was over."""
    if tap.sent_bytes:
        return "timeout"
    return "too_late" if tap.is_connected else "connect_timeout"


def why_of_error(error: BaseException, tap: Tap) -> str:
    """Return the reason for an error that ended an exchange."""
    why = getattr(error, "why", None)
    if isinstance(why, str):
        return why
    name = type(error).__name__
    if tap.sent_bytes:
        reason = AFTER_SENDING.get(name, "local")
        return "closed_early" if reason == "bad_http" and tap.saw_end else reason
    return _why_not_connected(error) or BEFORE_SENDING.get(name, "local")


def _why_not_connected(error: BaseException) -> str | None:
    """Look through the causes of an error for the one a person can do something about."""
    reasons = [reason for cause in _causes(error) if (reason := _plain_reason(cause))]
    for reason in ("dns", "tls_untrusted", "tls", "refused"):
        if reason in reasons:
            return reason
    return None


def _plain_reason(cause: BaseException) -> str | None:
    """Name one cause, if it has a plain meaning."""
    if isinstance(cause, socket.gaierror):
        return "dns"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "tls_untrusted"
    if isinstance(cause, ssl.SSLError):
        return "tls"
    if isinstance(cause, ConnectionRefusedError):
        return "refused"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, and the members of groups; each once."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(c for c in (current.__cause__, current.__context__) if c is not None)
