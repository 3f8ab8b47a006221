"""The gateway's own addresses: health, book and the control face for tests.

They are for programs on this machine, not for web pages: anything with an Origin, or with a Host
that is not this machine's, is turned away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from pos_app.practice import answer as http
from pos_app.practice.answer import Answer
from pos_app.practice.gateway import Gateway
from pos_app.practice.kcp.fields import json_type
from pos_app.practice.trouble import PracticeTrouble

_HERE: Final = ("127.0.0.1", "localhost", "::1")
_METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "/health": ("GET",),
    "/book": ("GET",),
    "/control": ("GET", "POST"),
    "/control/admin-cancel": ("POST",),
    "/control/portone": ("POST",),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the gateway's own addresses; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def answer(gateway: Gateway, call: Call) -> tuple[Answer, float | None]:
    """Answer a call; the second value is for how long to stop listening afterwards, if asked."""
    parts = urlsplit(call.target)
    if parts.path not in _METHODS:
        return http.html_answer(404, date=gateway.date()), None
    if call.method not in _METHODS[parts.path]:
        return http.html_answer(405, date=gateway.date()), None
    if not _from_here(call):
        return _json(gateway, 403, {"error": "only for programs on this machine"}), None
    if call.method == "GET":
        return _read(gateway, parts.path, parts.query), None
    try:
        return _write(gateway, parts.path, call)
    except LookupError as error:
        return _json(gateway, 404, {"error": str(error)}), None
    except PracticeTrouble as error:
        status = 409 if parts.path.endswith("admin-cancel") else 400
        return _json(gateway, status, {"error": str(error)}), None


def _from_here(call: Call) -> bool:
    host = urlsplit(f"//{call.headers.get('host', '')}").hostname
    return host in _HERE and "origin" not in call.headers


def _read(gateway: Gateway, path: str, query: str) -> Answer:
    if path == "/health":
        return _json(gateway, 200, {"ok": True, "gateway": "practice"})
    if path == "/control":
        return _json(gateway, 200, gateway.settings_json())
    last = parse_qs(query).get("log", [""])[0]
    rows = int(last) if last.isascii() and last.isdecimal() else None
    return _json(gateway, 200, gateway.book_json(rows))


def _write(gateway: Gateway, path: str, call: Call) -> tuple[Answer, float | None]:
    wanted = _object(call)
    if path == "/control":
        refuse_for_s = gateway.change(wanted)
        return _json(gateway, 200, gateway.settings_json()), refuse_for_s
    if path == "/control/portone":
        return _json(gateway, 200, gateway.portone_control(wanted)), None
    unknown = set(wanted) - {"tno", "amount"}
    if unknown:
        raise PracticeTrouble(f"admin-cancel takes no {min(unknown)!r}")
    payment = gateway.admin_cancel(wanted.get("tno"), wanted.get("amount"))
    return _json(gateway, 200, payment), None


def _object(call: Call) -> Mapping[str, object]:
    if not json_type(call.headers.get("content-type", "")):
        raise PracticeTrouble("Content-Type has to be application/json")
    try:
        wanted = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise PracticeTrouble(f"not JSON: {error}") from error
    if not isinstance(wanted, dict):
        raise PracticeTrouble("a JSON object is wanted")
    return wanted


def _json(gateway: Gateway, status: int, value: object) -> Answer:
    return http.json_answer(status, value, date=gateway.date())
