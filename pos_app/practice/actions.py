"""The things the gateway can do wrong, by name: their parameters, defaults and limits.

One table for the fault plan and for the magic cards, so that both provoke exactly the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pos_app.practice.trouble import PracticeTrouble

BODY_KINDS: Final = (
    "empty", "html", "array", "string", "null", "nan", "infinity", "duplicate_keys",
    "number_amount", "float_amount", "bool_amount", "huge_number", "deep", "bom", "cp949",
    "invalid_utf8", "truncated", "two_objects",
)  # fmt: skip
"""Spoiled answer bodies (money-safety.md rows 27 to 37)."""

_LONGEST_S: Final = 3600.0
_BIGGEST: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One parameter of a fault: its default, what fits, and that in words."""

    default: object
    fits: Callable[[object], bool]
    wanted: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one `do` name allows."""

    done: tuple[bool, ...]
    """What `done` may be; the first is the default."""
    parameters: Mapping[str, _Parameter]
    on_connection: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing done wrong: its name, if the operation is carried out, its parameters."""

    do: str
    done: bool
    parameters: Mapping[str, object]

    def number(self, name: str) -> float:
        """Return a numeric parameter (seconds, or bytes a second)."""
        return float(str(self.parameters[name]))

    def count(self, name: str) -> int:
        """Return a whole-number parameter (bytes, times, an HTTP status)."""
        return int(str(self.parameters[name]))

    def text(self, name: str) -> str:
        """Return a text parameter; one that was left out is the empty text."""
        value = self.parameters[name]
        return "" if value is None else str(value)


def _seconds(default: float | None) -> _Parameter:
    def fits(value: object) -> bool:
        if value is None:
            return default is None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and 0 <= float(str(value)) <= _LONGEST_S

    return _Parameter(default, fits, f"seconds from 0 to {_LONGEST_S:.0f}")


def _whole(default: int | None, low: int, high: int) -> _Parameter:
    def fits(value: object) -> bool:
        if value is None:
            return default is None
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return _Parameter(default, fits, f"a whole number from {low} to {high}")


def _choice(*choices: str) -> _Parameter:
    return _Parameter(choices[0], lambda value: value in choices, " or ".join(choices))


def _text(default: str | None) -> _Parameter:
    def fits(value: object) -> bool:
        return (isinstance(value, str) and value != "") or (value is None and default is None)

    return _Parameter(default, fits, "a text")


def _table() -> _Parameter:
    return _Parameter({}, lambda value: isinstance(value, dict), "an object")


def _names() -> _Parameter:
    def fits(value: object) -> bool:
        return isinstance(value, list) and all(isinstance(name, str) for name in value)

    return _Parameter([], fits, "a list of names")


def _flag() -> _Parameter:
    return _Parameter(default=False, fits=lambda value: isinstance(value, bool), wanted="a bool")


def _where() -> dict[str, _Parameter]:
    return {
        "after_bytes": _whole(None, 0, _BIGGEST),
        "after_field": _text(None),
        "before_field": _text(None),
    }


_EITHER_NOT, _EITHER_DONE, _DONE, _NEVER = (False, True), (True, False), (True,), (False,)
_STATUS = (200, 599)

KINDS: Final[Mapping[str, _Kind]] = {
    "refuse": _Kind(_NEVER, {"for_s": _seconds(1.0)}, on_connection=True),
    "reset_unread": _Kind(_NEVER, {}),
    "reset": _Kind(_EITHER_NOT, {}, on_connection=True),
    "close": _Kind(_EITHER_NOT, {}, on_connection=True),
    "reset_mid": _Kind(_DONE, _where()),
    "cut": _Kind(_DONE, _where()),
    "hang": _Kind(_EITHER_DONE, {"for_s": _seconds(None)}, on_connection=True),
    "slow": _Kind(_DONE, {"delay_s": _seconds(5.0)}),
    "late": _Kind(_DONE, {"delay_s": _seconds(5.0), "lose": _choice("reset", "hang")}),
    "drip": _Kind(_DONE, {"bytes_per_s": _whole(1, 1, 1_000_000)}),
    "garbage": _Kind(_EITHER_DONE, {"size": _whole(200, 1, _BIGGEST)}),
    "huge_body": _Kind(_EITHER_DONE, {"size": _whole(50 << 20, 1, _BIGGEST)}),
    "huge_headers": _Kind(
        _EITHER_DONE, {"size": _whole(1 << 20, 1, _BIGGEST), "count": _whole(1, 1, 100_000)}
    ),
    "gzip": _Kind(_EITHER_DONE, {"bomb": _flag(), "size": _whole(10 << 20, 1, _BIGGEST)}),
    "redirect": _Kind(
        _EITHER_NOT, {"status": _whole(307, 300, 308), "location": _text("/elsewhere")}
    ),
    "http": _Kind(
        _EITHER_NOT,
        {"status": _whole(500, *_STATUS), "body": _choice("html", "json", "empty", "answer")},
    ),
    "reply": _Kind(
        _EITHER_NOT,
        {"res_cd": _text("9999"), "res_msg": _text(None), "http_status": _whole(200, *_STATUS)},
    ),
    "duplicate": _Kind(_DONE, {"answer": _choice("first", "second")}),
    "pipelined_junk": _Kind(_DONE, {}),
    "continue_100": _Kind(_DONE, {"count": _whole(1, 1, 1000)}),
    "chunked": _Kind(_DONE, {}),
    "no_length": _Kind(_DONE, {}),
    "wrong_length": _Kind(_DONE, {"by": _whole(10, -100_000, 100_000)}),
    "body": _Kind(_EITHER_DONE, {"kind": _choice(*BODY_KINDS)}),
    "edit": _Kind(_DONE, {"set": _table(), "remove": _names()}),
    "headers": _Kind(_DONE, {"set": _table(), "status": _whole(None, *_STATUS)}),
}
"""Every `do` name, with what it takes (README.md has the table in words)."""


def build(wanted: Mapping[str, object]) -> Action:
    """Read `do`, `done` and the parameters of `wanted`; other keys are refused.

    Raises:
        PracticeTrouble: an unknown name or a parameter that does not fit.
    """
    do = wanted.get("do")
    if not isinstance(do, str) or do not in KINDS:
        raise PracticeTrouble(f"'do' has to be one of {', '.join(sorted(KINDS))}, not {do!r}")
    kind = KINDS[do]
    done = wanted.get("done", kind.done[0])
    if not isinstance(done, bool) or done not in kind.done:
        raise PracticeTrouble(
            f"{do}: 'done' may only be {' or '.join(str(d).lower() for d in kind.done)}"
        )
    given = {name: value for name, value in wanted.items() if name not in ("do", "done")}
    parameters = {name: parameter.default for name, parameter in kind.parameters.items()}
    for name, value in given.items():
        if name not in kind.parameters:
            raise PracticeTrouble(f"{do} takes no {name!r}")
        if not kind.parameters[name].fits(value):
            raise PracticeTrouble(
                f"{do}: {name!r} has to be {kind.parameters[name].wanted}, not {value!r}"
            )
        parameters[name] = value
    if parameters.get("body") == "answer" and not done:
        raise PracticeTrouble('http: body "answer" needs "done": true')
    return Action(do, done, parameters)
