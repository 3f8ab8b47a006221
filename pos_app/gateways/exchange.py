"""What comes of one request: a whole answer, or none and whether anything left this PC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that came whole; its body is not decoded, unpacked or believed yet."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name, any case; empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Broken:
    """No whole answer came.

    Attributes:
        left_us: a byte of the request may have left; False is proved by the count.
        why: a short code; the catalogue has words under `why.*`.
        partial: what came of an answer, at most 256 KiB; nothing in it is verified.
    """

    left_us: bool
    why: str
    partial: bytes = b""


Exchange = Response | Broken


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a host can be reached; no money moves to find out.

    Attributes:
        skew_s: their clock minus ours in seconds, None if they do not say.
    """

    host: str
    reachable: bool
    why: str
    skew_s: float | None
    took_ms: float


def time_of(date: str) -> dt.datetime | None:
    """Return the time an HTTP Date header tells, aware, in whole seconds; None if it tells none."""
    import email.utils  # two dozen modules, not wanted by most answers

    try:
        told = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=dt.UTC)
