"""Each error class of httpx has a reason, and none of them decides what left this PC."""

from __future__ import annotations

import inspect

import httpx
import pytest

from pos_app.gateways import failures
from pos_app.gateways.tap import Phase, Tap

#: Raised by httpx for what a response object is used for, never by sending or reading one.
_OF_USE = {"HTTPStatusError", "ResponseNotRead", "RequestNotRead", "CookieConflict"}


def error_classes() -> list[type[Exception]]:
    classes = (kind for _, kind in inspect.getmembers(httpx, inspect.isclass))
    return [k for k in classes if issubclass(k, Exception) and k.__name__ not in _OF_USE]


def make(kind: type[Exception]) -> Exception:
    """Make an error of any class, whatever its constructor wants."""
    error = kind.__new__(kind)
    error.args = ("x",)
    return error


def tap(sent_bytes: int) -> Tap:
    made = Tap(None, None, lambda: False)
    made.enter(Phase.SENDING)
    made.sent_bytes = sent_bytes
    return made


@pytest.mark.parametrize("kind", error_classes())
def test_every_class_has_a_reason_of_the_right_side(kind: type[Exception]) -> None:
    known = {*failures.AFTER_SENDING.values(), "closed_early", "local"}
    assert failures.why_of_error(make(kind), tap(1)) in known
    known = {*failures.BEFORE_SENDING.values(), "local"}
    assert failures.why_of_error(make(kind), tap(0)) in known


@pytest.mark.parametrize(
    "name",
    [
        kind.__name__
        for kind in error_classes()
        if issubclass(kind, (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ReadTimeout))
    ],
)
def test_errors_of_the_line_are_named_on_both_sides(name: str) -> None:
    if name != "ConnectError":
        assert name in failures.AFTER_SENDING
    assert name in failures.BEFORE_SENDING


def test_the_cause_a_person_can_mend_is_found_in_groups_and_chains() -> None:
    inner = OSError("All connection attempts failed")
    inner.__cause__ = ExceptionGroup("", [TimeoutError(), ConnectionRefusedError()])
    error = httpx.ConnectError("")
    error.__cause__ = inner
    inner.__context__ = error
    assert failures.why_of_error(error, tap(0)) == "refused"
