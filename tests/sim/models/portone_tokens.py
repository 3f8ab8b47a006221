"""PortOne's tokens: 30 minutes, the same one while it lives, then HTTP 401 (portone.md 1.4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.sim.models.book import header, raw_reply
from tests.sim.wire import WireReply, WireRequest

if TYPE_CHECKING:
    from tests.sim.models.portone import PortOneModel

LIFE = dt.timedelta(minutes=30)
LAST_MINUTE, LONGER = dt.timedelta(minutes=1), dt.timedelta(minutes=5)


class Tokens:
    """Gives tokens and checks them.

    Attributes:
        given: how many different ones were made.
    """

    def __init__(self, model: PortOneModel) -> None:
        self.given = 0
        self._model = model
        self._token = ""
        self._ends: dt.datetime | None = None

    def give(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Answer POST /users/getToken."""
        fields = self._fields(request)
        missing = {"imp_key", "imp_secret"} - set(fields)
        for name in sorted(set(fields) - {"imp_key", "imp_secret"}):
            self._model.complain(f"/users/getToken: {name} is no field of this request")
        if missing:
            self._model.complain("/users/getToken: imp_key or imp_secret is missing")
            return self._model.no(400, "imp_key, imp_secret 파라메터가 누락되었습니다.", now)
        contract = self._model.contract
        if (fields["imp_key"], fields["imp_secret"]) != (contract.imp_key, contract.imp_secret):
            self._model.complain("/users/getToken: the pair is not the shop's")
            return self._no_entry("인증에 실패하였습니다. API키와 secret을 확인하세요.", now)
        ends = self._renewed(now)
        token = {
            "access_token": self._token,
            "expired_at": int(ends.timestamp()),
            "now": int(now.timestamp()),
        }
        return self._model.yes(token, now)

    def _fields(self, request: WireRequest) -> dict[str, Any]:
        """Read JSON or a form; both are accepted."""
        kind = header(request.headers, "content-type")
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(request.body.decode()))
        return self._model.json_object(request)

    def _renewed(self, now: dt.datetime) -> dt.datetime:
        """Return the end of the token that counts now, making one where there is none."""
        if self._ends is None or now >= self._ends:
            self.given += 1
            self._token = f"{self._model.rng.getrandbits(160):040x}"
            self._ends = now + LIFE
        elif self._ends - now < LAST_MINUTE:
            self._ends += LONGER
        return self._ends

    def refusal(self, request: WireRequest, now: dt.datetime) -> WireReply | None:
        """Return the 401 that a request gets, or None if its token counts."""
        given = header(request.headers, "authorization")
        if not given:
            self._model.complain("a request without Authorization")
            return self._no_entry("Unauthorized", now)
        token = given.removeprefix("Bearer ")
        if not given.startswith("Bearer ") or not token:
            self._model.complain("Authorization is not of the form Bearer <token>")
        if self._ends is None or token != self._token or now >= self._ends:
            return self._no_entry("Unauthorized", now)
        return None

    def revoke(self) -> None:
        """Forget the token, as when the secret is made anew in the console."""
        self._ends = None

    def _no_entry(self, message: str, now: dt.datetime) -> WireReply:
        """Answer 401, with or without the envelope (Q6)."""
        if self._model.rng.random() < 0.3:
            return raw_reply(401, b"", now)
        envelope = {"code": -1, "message": message, "response": None}
        return self._model.reply(401, envelope, now)
