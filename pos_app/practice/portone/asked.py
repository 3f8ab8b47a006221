"""Reading a request: body in either of two forms, query, and every field against the table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

from pos_app.practice.portone.refusal import BAD_REQUEST, FAILED, Refusal, bad_field
from pos_app.practice.portone.table import SCHEDULE_ITEM, Field, Operation, operations

_WHOLE: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of a character that no UTF-8 can carry."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\[[A-Za-z0-9_]*\])*", re.ASCII)
_MISSING: Final = "필수 파라메터가 누락되었습니다"
_UNKNOWN: Final = "정의되지 않은 파라메터입니다"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose every field fits the table."""

    operation: str
    path: Mapping[str, str]
    query: Mapping[str, object] = field(repr=False)
    body: Mapping[str, object] = field(repr=False)
    commit: bool
    """False: only the checks are wanted, nothing is carried out."""

    def text(self, name: str) -> str:
        """Return a text of the body; empty when it was left out."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def won(self, name: str) -> int | None:
        """Return an amount of the body in whole won; None when it was left out.

        Raises:
            Refusal: it is below zero or has a fraction (KRW has none).
        """
        value = self.body.get(name)
        if not isinstance(value, Decimal):
            return None
        if value < 0 or value != value.to_integral_value():
            raise bad_field(name)
        return int(value)

    def whole(self, name: str, *, query: bool = False) -> int | None:
        """Return a whole number of the body or query; None when it was left out."""
        value = (self.query if query else self.body).get(name)
        return int(value) if isinstance(value, Decimal) else None

    def texts(self, name: str, *, query: bool = False) -> list[str]:
        """Return a list of texts; empty when it was left out."""
        value = (self.query if query else self.body).get(name)
        return [str(item) for item in value] if isinstance(value, list) else []


def read_body(content_type: str, body: bytes) -> tuple[dict[str, object], bool]:
    """Return the fields of a body, and if they came as a form, in which all values are texts.

    Raises:
        Refusal: it is neither JSON nor a form.
    """
    if not body.strip():
        return {}, False
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
            return _nested(pairs), True
        if kind != "application/json":
            raise Refusal("Content-Type: 지원하지 않는 형식입니다.", status=415, code=FAILED)
        value = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("요청 본문을 읽을 수 없습니다.", status=BAD_REQUEST, code=FAILED) from error
    if not isinstance(value, dict):
        raise Refusal("요청 본문을 읽을 수 없습니다.", status=BAD_REQUEST, code=FAILED)
    return value, False


def read_query(target: str) -> dict[str, object]:
    """Return the query: names that end in [] gather a list, of others the last counts."""
    found: dict[str, object] = {}
    for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
        earlier = found.get(name)
        if name.endswith("[]"):
            found[name] = [*(earlier if isinstance(earlier, list) else []), value]
        else:
            found[name] = value
    return found


def checked(
    given: Mapping[str, object],
    stated: Mapping[str, Field],
    *,
    as_text: bool,
    strict: bool,
    also: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """Return the fields the table states, in their types; null counts as left out.

    `also` names fields that other papers have; they come through as they are.

    Raises:
        Refusal: one is missing, of another type, or out of its limits; strict: one is unknown.
    """
    found: dict[str, object] = {name: given[name] for name in also if name in given}
    if strict:
        for name in given:
            if name not in stated and name not in also:
                raise bad_field(name if _NAME.fullmatch(name) else "?", _UNKNOWN)
    for name, about in stated.items():
        value = given.get(name)
        if value is None or value == "":
            if about.needed:
                raise bad_field(name, _MISSING)
            continue
        found[name] = _fit(about, value, as_text=as_text, strict=strict)
    return found


def check_path(operation: Operation, variables: Mapping[str, str]) -> None:
    """Check the variables of a path.

    Raises:
        Refusal: one is too long or not one of its values.
    """
    for name, value in variables.items():
        _fit(operation.path[name], value, as_text=True, strict=False)


def _fit(about: Field, value: object, *, as_text: bool, strict: bool) -> object:
    match about.type:
        case "text":
            return _text(about, value)
        case "texts":
            if not isinstance(value, list):
                raise bad_field(about.name)
            return [_text(about, item) for item in value]
        case "integer" | "number":
            return _number(about, value, as_text=as_text)
        case "boolean":
            known = {"true": True, "false": False} if as_text else {}
            found = known.get(value) if isinstance(value, str) else value
            if not isinstance(found, bool):
                raise bad_field(about.name)
            return found
        case "schedules":
            return _items(about, value, as_text=as_text, strict=strict)
        case _:
            if not isinstance(value, dict):
                raise bad_field(about.name)
            return value


def _text(about: Field, value: object) -> str:
    if not isinstance(value, str) or _UNFIT.search(value):
        raise bad_field(about.name)
    if about.length is not None and len(value) > about.length:
        raise bad_field(about.name, f"최대 {about.length}자입니다")
    if about.one_of and value not in about.one_of:
        raise bad_field(about.name, f"{', '.join(about.one_of)} 중 하나여야 합니다")
    return value


def _number(about: Field, value: object, *, as_text: bool) -> Decimal:
    if as_text:
        form = _WHOLE if about.type == "integer" else _NUMBER
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise bad_field(about.name)
        number = Decimal(value)
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise bad_field(about.name)
    else:
        number = Decimal(value)
    # The description's `number` of a schedule item's card_quota is months all the same.
    if about.type == "integer" and number != number.to_integral_value():
        raise bad_field(about.name)
    low, high = about.least, about.most
    if (low is not None and number < low) or (high is not None and number > high):
        raise bad_field(about.name, f"{low}~{high} 범위여야 합니다")
    return number


def _items(about: Field, value: object, *, as_text: bool, strict: bool) -> list[dict[str, object]]:
    if not isinstance(value, list) or not value:
        raise bad_field(about.name)
    stated = operations()[SCHEDULE_ITEM].body
    found = []
    for item in value:
        if not isinstance(item, dict):
            raise bad_field(about.name)
        found.append(checked(item, stated, as_text=as_text, strict=strict))
    return found


def _nested(pairs: list[tuple[str, str]]) -> dict[str, object]:
    """Turn `a=1`, `b[]=1`, `c[0][d]=1`, `e[f]=1` into objects and lists."""
    found: dict[str, object] = {}
    for name, value in pairs:
        parts = re.findall(r"[^\[\]]+|\[\]", name)
        place: dict[str, object] = found
        for part in parts[:-1]:
            below = place.setdefault(part, {})
            if not isinstance(below, dict):
                raise ValueError("a name is both a value and a table")  # noqa: TRY004 - caught as bad input
            place = below
        last = parts[-1] if parts else name
        place[str(len(place)) if last == "[]" else last] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: object) -> object:
    if not isinstance(value, dict):
        return value
    below = {name: _listed(item) for name, item in value.items()}
    if below and all(name.isdecimal() for name in below):
        return list(below.values())
    return below


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
