"""Seeded damage to an answer: what comes out may be anything a wire can carry."""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Callable
from typing import Any

from pos_app.gateways.exchange import Broken, Exchange, Response
from tests.fuzz.bases import PAN, Base, Json

#: Values a reader could take for something else. Floats and NaN are what `json.dumps` makes them.
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 55000, 55000.0, 55000.5, 1e3, 54999, 55001, 10**30, -0.0,
    float("nan"), float("inf"), "", " ", "0", "0000", "0000 ", " 0000", "00000", "0", "+55000",
    "55000 ", " 55000", "55,000", "5.5e4", "0x D6D8", "５５０００", "٥٥٠٠٠", "055000", "-55000",
    "54999", "55001", "1" * 5000, "null", "paid", "PAID", "paid ", "failed", "ready", "cancelled",
    "KRW", "USD", "410", "840", [], {}, [1], {"a": 1}, [[[[]]]], "20261121", "26112114320731",
    "26112114320732", "2611211432073", "imps_448280090638", "imps_1'; drop table", "2026112101K7QF",
    "2026112101K7QF3M2ZABCDEFGH", "2026112101K7QF3M2ZABCDEFGX", "AB123", "T0000", PAN, PAN + "0",
    "9410-1100-0000-0073", "<b>승인</b><img src=x>", "\u202e0000\u202c", "\x00\x1b[31m", "\ud800",
    "가" * 300, "x" * 70_000, "STSR", "STPC", "STSC", "STAF", "Y", "N", "이미 승인된 거래",
)  # fmt: skip
_KEYS = ("res_cd", "tno", "amount", "code", "status", "imp_uid", "merchant_uid", "RES_CD", "", "ａ")
#: What the money hangs on: damaged oftener than the rest.
_DEAR = (
    "res_cd", "tno", "amount", "card_mny", "order_no", "site_cd", "currency", "rem_mny", "mod_mny",
    "stat_ca_cd", "canc_card_yn", "code", "status", "imp_uid", "merchant_uid", "cancel_amount",
    "message", "res_msg", "fail_reason", "card_no", "card_number", "response", "list",
)  # fmt: skip
_STATUSES = (200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503, 599)


class Damage:
    """Damages answers, one after the other, from one seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._deeds: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._cut, self._drop, self._repeat, self._splice, *[self._digits] * 6,
        )  # fmt: skip

    def spoil(self, base: Base) -> Exchange:
        """Return the answer of `base`, damaged in one way or in several."""
        body = copy.deepcopy(base.body)
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 3))):
            self._spoil_value(body)
        data = self._written(body)
        for _ in range(self._chance.choice((0, 0, 0, 0, 1, 1, 3))):
            data = self._chance.choice(self._deeds)(data)
        data = self._wrapped(data)
        if self._chance.random() < 0.06:
            why = self._chance.choice(("timeout", "closed_early", "reset", "too_big", "cancelled"))
            return Broken(True, why, data[: self._chance.randrange(len(data) + 1)])
        odd = self._chance.random() < 0.12
        status = self._chance.choice(_STATUSES) if odd else base.status
        return Response(status, (("Content-Type", "application/json"),), data)

    def _odd(self) -> Any:
        return copy.deepcopy(self._chance.choice(_ODD))

    def _spoil_value(self, body: Json) -> None:
        """Change, lose, add or rename one value somewhere inside."""
        place = self._place(body)
        if isinstance(place, list):
            self._spoil_list(place)
            return
        dear = [name for name in _DEAR if name in place]
        names = dear if dear and self._chance.random() < 0.6 else sorted(place)
        name = self._chance.choice(names or ["res_cd"])
        match self._chance.randrange(8):
            case 0:
                place.pop(name, None)
            case 1:
                place[self._chance.choice(_KEYS)] = place.pop(name, None)
            case 2:
                place[self._chance.choice(_KEYS)] = self._odd()
            case 3:
                place[name] = [place.get(name)]
            case 4:
                place[name] = {"value": place.get(name)}
            case 5:
                place[name] = _other_type(place.get(name))
            case _:
                place[name] = self._odd()

    def _spoil_list(self, place: list[Any]) -> None:
        if place and self._chance.random() < 0.5:
            place.append(copy.deepcopy(self._chance.choice(place)))
        elif place and self._chance.random() < 0.5:
            place.pop()
        else:
            place.append(self._odd())

    def _place(self, value: Any) -> Any:
        """Return an object or list inside, any depth."""
        inner = [
            one
            for one in (value.values() if isinstance(value, dict) else value)
            if isinstance(one, dict | list)
        ]
        if inner and self._chance.random() < 0.75:
            return self._place(self._chance.choice(inner))
        return value

    def _written(self, body: Json) -> bytes:
        """Write the document in one of several ways; sometimes with a key twice."""
        text = json.dumps(body, ensure_ascii=self._chance.random() < 0.2)
        if self._chance.random() < 0.05:
            name, value = self._chance.choice(_KEYS), self._odd()
            at = text.rfind("}") if self._chance.random() < 0.5 else 1
            pair = f"{json.dumps(name)}:{json.dumps(value)}"
            text = f"{text[:at]}{',' if at > 1 else ''}{pair}{',' if at == 1 else ''}{text[at:]}"
        encoding = self._chance.choice(("utf-8",) * 24 + ("cp949", "utf-16", "utf-8-sig", "utf-7"))
        return text.encode(encoding, "surrogatepass" if encoding.startswith("utf-8") else "replace")

    def _wrapped(self, data: bytes) -> bytes:
        """Put the document into, or beside, something else, now and then."""
        match self._chance.randrange(120):
            case 0:
                return b"[" + data + b"]"
            case 1:
                return data + data
            case 2:
                return json.dumps(data.decode("latin-1")).encode()
            case 3:
                return b"<html><body>" + data + b"</body></html>"
            case 4:
                return gzip.compress(data, mtime=0)
            case 5:
                return b"[" * 100_000 + data
            case 6:
                return data + b" " * self._chance.choice((1, 300_000))
            case 7:
                return b")]}',\n" + data
            case _:
                return data

    def _at(self, data: bytes) -> int:
        return self._chance.randrange(len(data)) if data else 0

    def _flip(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes((self._chance.randrange(256),)) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        return data[: self._at(data)]

    def _drop(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + data[at + self._chance.randrange(1, 40) :]

    def _repeat(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + data[at : at + self._chance.randrange(1, 60)] * 2 + data[at:]

    def _splice(self, data: bytes) -> bytes:
        at, to = self._at(data), self._at(data)
        return data[:at] + data[to : to + self._chance.randrange(1, 80)] + data[at:]

    def _digits(self, data: bytes) -> bytes:
        """Change one digit to another: the smallest lie there is."""
        places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
        if not places:
            return data
        at = self._chance.choice(places)
        return data[:at] + bytes((self._chance.randrange(48, 58),)) + data[at + 1 :]


def _other_type(value: Any) -> Any:
    """Return the same value as another type of JSON."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else [value]
    return str(value)
