"""Bodies no gateway should send and every client must survive (money-safety.md rows 27 to 41)."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pos_app.practice.actions import Action

_ENVELOPE: Final = ("code", "message", "response")
_DEPTH: Final = 100_000
_DIGITS: Final = 5_000
_HTML: Final = b"<html><body><h1>\xec\xa0\x90\xea\xb2\x80 \xec\xa4\x91</h1></body></html>"
_Fields = Mapping[str, object]


def body_of_kind(kind: str, fields: _Fields) -> bytes:
    """Return the answer `fields` spoiled in the way `kind` names (actions.BODY_KINDS)."""
    return _SPOILERS[kind](fields)


def edited(fields: _Fields, action: Action) -> dict[str, object]:
    """Return `fields` with the action's `set` and `remove` applied.

    In an envelope its own names are changed there and all others in its response, in each of its
    items where the response is a list.
    """
    removed, changes = action.parameters["remove"], action.parameters["set"]
    names = removed if isinstance(removed, list) else []
    new = changes if isinstance(changes, dict) else {}
    if "response" not in fields:
        return _changed(fields, names, new)
    own = {name: value for name, value in new.items() if name in _ENVELOPE}
    inner = {name: value for name, value in new.items() if name not in _ENVELOPE}
    response = _changed_inside(fields["response"], names, inner)
    whole = {**fields, "response": response}
    return _changed(whole, [name for name in names if name in _ENVELOPE], own)


def cut_point(body: bytes, action: Action) -> int:
    """Return after how many bytes of `body` the answer breaks off.

    `after_field` breaks right after the closing quote of the field's value, `before_field` right
    before its name; a field that is not there, and no wish at all, break after 10 bytes.
    """
    if action.parameters["after_bytes"] is not None:
        return min(action.count("after_bytes"), len(body))
    after, before = action.text("after_field"), action.text("before_field")
    if after or before:
        name = re.escape((after or before).encode())
        found = re.search(rb'"' + name + rb'":(?:"[^"]*"|[^",}\]]+)', body)
        if found:
            return found.end() if after else found.start()
    return min(10, len(body))


def zipped(action: Action, body: bytes) -> bytes:
    """Return `body` gzipped; a bomb is `size` blanks that shrink a thousandfold."""
    if action.parameters["bomb"]:
        return gzip.compress(b" " * action.count("size") + body, mtime=0)
    return gzip.compress(body, mtime=0)


def _changed(fields: _Fields, removed: Collection[object], new: _Fields) -> dict[str, object]:
    kept = {name: value for name, value in fields.items() if name not in removed}
    return {**kept, **new}


def _changed_inside(response: object, removed: Collection[object], new: _Fields) -> object:
    if isinstance(response, list):
        return [_changed_inside(item, removed, new) for item in response]
    if not isinstance(response, dict):
        return response
    if isinstance(response.get("list"), list):
        return {**response, "list": _changed_inside(response["list"], removed, new)}
    return _changed(response, removed, new)


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _raw_amount(token: bytes) -> Callable[[_Fields], bytes]:
    def spoil(fields: _Fields) -> bytes:
        response = fields.get("response")
        if isinstance(response, dict):
            rest = {name: value for name, value in fields.items() if name != "response"}
            return _compact(rest)[:-1] + b',"response":' + spoil(response) + b"}"
        rest = {name: value for name, value in fields.items() if name != "amount"}
        amount = str(fields.get("amount", "1000")).encode()
        start = _compact(rest)[:-1] + (b"," if rest else b"")
        return start + b'"amount":' + token.replace(b"@", amount) + b"}"

    return spoil


def _twice(fields: _Fields) -> bytes:
    first = b'{"code":9999,' if "response" in fields else b'{"res_cd":"9999",'
    return first + _compact(dict(fields))[1:]


def _korean(fields: _Fields) -> bytes:
    name = "message" if "response" in fields else "res_msg"
    text = {**fields, name: str(fields.get(name) or "") or "정상처리"}
    return _compact(text).decode().encode("cp949", errors="replace")


_SPOILERS: Final[Mapping[str, Callable[[_Fields], bytes]]] = {
    "empty": lambda _fields: b"",
    "html": lambda _fields: _HTML,
    "array": lambda fields: _compact([dict(fields)]),
    "string": lambda fields: _compact(_compact(dict(fields)).decode()),
    "null": lambda _fields: b"null",
    "nan": _raw_amount(b"NaN"),
    "infinity": _raw_amount(b"Infinity"),
    "duplicate_keys": _twice,
    "number_amount": _raw_amount(b"@"),
    "float_amount": _raw_amount(b"@.0"),
    "bool_amount": _raw_amount(b"true"),
    "huge_number": _raw_amount(b"9" * _DIGITS),
    "deep": _raw_amount(b"[" * _DEPTH + b"]" * _DEPTH),
    "bom": lambda fields: b"\xef\xbb\xbf" + _compact(dict(fields)),
    "cp949": _korean,
    "invalid_utf8": lambda fields: _compact(dict(fields))[:-1] + b',"note":"\xff\xfe"}',
    "truncated": lambda fields: _compact(dict(fields))[:-2],
    "two_objects": lambda fields: _compact(dict(fields)) * 2,
}
