"""What every PortOne operation works with: records, clock, switches, tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pos_app.practice.book import Book
from pos_app.practice.clock import Clock
from pos_app.practice.face import Reply
from pos_app.practice.journal import Journal
from pos_app.practice.portone.asked import Asked
from pos_app.practice.portone.records import Records
from pos_app.practice.switches import Switches

PRACTICE_KEY = "4820010012345678"
PRACTICE_SECRET = "practice-" + "0123456789abcdef" * 4
"""The key pair of the practice shop; they open nothing anywhere else."""
_ALMOST_OVER_S = 60
_LONGER_S = 300


@dataclass(slots=True)
class Token:
    """The one token of the shop (portone.md 1.4); both times are the server's unix seconds."""

    text: str = field(repr=False)
    ends: int


@dataclass(slots=True)
class Desk:
    """One PortOne account and the KCP beneath it."""

    book: Book
    """For the KCP transaction numbers beneath."""
    journal: Journal
    records: Records
    clock: Clock
    switches: Switches = field(default_factory=Switches)
    token: Token | None = None
    unauthorized_left: int = 0

    def now(self) -> datetime:
        """Return the server's time: the machine's, off by the switch `date_skew_s`."""
        return self.clock() + timedelta(seconds=self.switches.date_skew_s)

    def seconds(self) -> int:
        """Return the server's time in unix seconds."""
        return int(self.now().timestamp())

    def give_token(self) -> Token:
        """Return the token: the same while it lives, longer in its last minute, fresh after."""
        now = self.seconds()
        token = self.token
        if token is None or token.ends <= now:
            self.token = token = Token(
                secrets.token_hex(20), now + self.switches.portone_token_life_s
            )
            self.records.count("tokens made")
        elif token.ends - now < _ALMOST_OVER_S:
            token.ends += _LONGER_S
        self.records.count("tokens given")
        return token

    def admits(self, authorization: str) -> bool:
        """Say whether a header carries the token, with or without the word Bearer before it."""
        words = authorization.split()
        shown = words[1] if len(words) == 2 and words[0].lower() == "bearer" else authorization
        token = self.token
        if token is None or token.ends <= self.seconds():
            return False
        return secrets.compare_digest(shown.strip().encode(), token.text.encode())


Handler = Callable[[Desk, Asked], Reply]
"""Carries out one operation, or only checks it (`Asked.commit`)."""


def envelope(response: object, *, code: int = 0, message: str | None = None) -> dict[str, object]:
    """Return the fields every answer of PortOne has (portone.md 1.3)."""
    return {"code": code, "message": message, "response": response}


def answer(
    response: object,
    verdict: str,
    *,
    status: int = 200,
    tno: str | None = None,
    amount: int | None = None,
) -> Reply:
    """Return an answer with code 0; `tno` (an imp_uid) and `amount` are for the log."""
    return Reply(status, envelope(response), verdict, tno, amount)


def refused(code: int, message: str, *, status: int = 200, verdict: str = "refused") -> Reply:
    """Return an answer with another code and no response."""
    return Reply(status, envelope(None, code=code, message=message), verdict)


NOT_DONE = Reply(200, {}, "not done")
"""The answer to a request that was only checked, and is in order."""
