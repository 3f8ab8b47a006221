"""Facts as canonical JSON and back: the form that is stored, signed and kept for years.

Keys are sorted, an amount is an integer, a time is ISO 8601 with its offset, seconds (the only
floats) are decimal text. Reading is strict: what this program does not know was written by a newer
one, and it says so rather than dropping it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import math
import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.facts import FACT_KINDS, Fact
from pos_app.domain.instalments import Months
from pos_app.domain.money import Won
from pos_app.domain.stream_kinds import STREAM_FACTS
from pos_app.domain.streams import StreamFact

_T = TypeVar("_T")

#: Values that are one number: stored as that number, by the name of their only field.
_NUMBERS: dict[object, str] = {Won: "amount", Months: "count"}


def encode_fact(fact: Fact | StreamFact) -> str:
    """Return the canonical JSON text of a fact.

    Raises:
        Bug: it holds something that cannot be stored, e.g. a naive time or half a character.
    """
    try:
        return msgspec.json.encode(_plain(fact), order="sorted").decode("utf-8")
    except (TypeError, ValueError) as error:
        raise Bug("ledger.unstorable_fact", kind=fact.KIND, reason=type(error).__name__) from error


def decode_fact(kind: str, body: str) -> Fact:
    """Return the fact of a payment that `encode_fact` made.

    Raises:
        ShopTrouble: `ledger.newer_facts`: a kind or a field that this program does not know.
        Bug: the text is no such fact.
    """
    return _decode(FACT_KINDS, kind, body)


def decode_stream_fact(kind: str, body: str) -> StreamFact:
    """Do as `decode_fact` for a fact of a stream."""
    return _decode(STREAM_FACTS, kind, body)


def _decode(kinds: Mapping[str, type[_T]], kind: str, body: str) -> _T:
    """Return the fact of one of these kinds."""
    known = kinds.get(kind)
    if known is None:
        raise ShopTrouble("ledger.newer_facts", kind=kind)
    try:
        shaped = _shaped(known, msgspec.json.decode(body), kind)
        return msgspec.convert(shaped, known, strict=True)
    except ValueError as error:  # msgspec's errors are ValueErrors too
        raise Bug("ledger.unreadable_fact", kind=kind, reason=type(error).__name__) from error


def _plain(value: object) -> object:
    """Return `value` as JSON knows it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, str):
        value.encode("utf-8")  # half a character would only be found out by the database
        return value
    if isinstance(value, float):
        return _seconds(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if type(value) in _NUMBERS:
        return getattr(value, _NUMBERS[type(value)])
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"no form for {type(value).__name__}")


def _seconds(value: float) -> str:
    """Return a number of seconds as text that reads back as the same number."""
    if not math.isfinite(value):
        raise ValueError("not a number of seconds")
    return repr(value)


def _moment(value: dt.datetime) -> str:
    """Return a time with its offset."""
    if value.tzinfo is None:
        raise ValueError("a time without its zone")
    return value.isoformat(timespec="microseconds")


#: A time that was written with its zone.
_Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


@functools.cache
def _fields(kind: type) -> Mapping[str, object]:
    """Return the fields of a dataclass, each with its type where that needs shaping, else None."""
    hints = typing.get_type_hints(kind)
    plain = {name: _without_none(hints[name]) for name in _names(kind)}
    return {name: hint if _needs_shape(hint) else None for name, hint in plain.items()}


def _names(kind: type) -> list[str]:
    """Return the names of a dataclass's fields."""
    return [field.name for field in dataclasses.fields(kind)]


def _needs_shape(hint: object) -> bool:
    """Tell whether msgspec reads a type in another form than the stored one."""
    return hint in _NUMBERS or hint in {float, dt.datetime} or dataclasses.is_dataclass(hint)


def _without_none(hint: object) -> object:
    """Return X for `X | None`, any other hint unchanged."""
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        others = [part for part in typing.get_args(hint) if part is not types.NoneType]
        return others[0] if len(others) == 1 else hint
    return hint


def _shaped(known: type, body: object, kind: str) -> object:
    """Return the body of a dataclass in the shape msgspec reads it from; it checks the types after.

    Raises:
        ShopTrouble: a field that the dataclass does not have.
        ValueError: seconds that are no decimal text, a time without its zone.
    """
    if not isinstance(body, dict):
        return body
    fields = _fields(known)
    if not fields.keys() >= body.keys():
        raise ShopTrouble("ledger.newer_facts", kind=kind)
    return {
        name: value if fields[name] is None or value is None else _read(fields[name], value, kind)
        for name, value in body.items()
    }


def _read(hint: object, value: object, kind: str) -> object:
    """Return one value whose stored form is not msgspec's."""
    if hint in _NUMBERS:
        return {_NUMBERS[hint]: value}
    if hint is float:
        return _read_seconds(value)
    if hint is dt.datetime:
        return msgspec.convert(value, _Moment, strict=True)
    assert isinstance(hint, type)  # `_needs_shape` leaves nothing else
    return _shaped(hint, value, kind)


def _read_seconds(value: object) -> float:
    """Read what `_seconds` wrote."""
    if not isinstance(value, str) or not math.isfinite(float(value)):
        raise ValueError("not a number of seconds")
    return float(value)
