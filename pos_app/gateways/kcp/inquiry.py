"""Reads the answer to an inquiry (kcp.md 2.4, 3.3 and 4.6).

An answer is believed only about the payment that was asked for: same transaction number, same
order number, an amount and a balance that are numbers and fit each other.
"""

from __future__ import annotations

import datetime as dt

from pos_app.domain.answers import Absent, CannotTell, Found, FoundState, LookUpAnswer, NoAnswer
from pos_app.domain.money import ZERO, Won
from pos_app.domain.order import KST
from pos_app.domain.requests import LookUpRequest
from pos_app.gateways import kcp_codes as codes
from pos_app.gateways.exchange import Exchange
from pos_app.gateways.kcp.answers import TNO, Answer, read_answer
from pos_app.gateways.kcp.approval import approval_of
from pos_app.gateways.kcp.cancelling import cancel_time
from pos_app.gateways.kcp.wire import ORDER_TNO_TAIL

_APPROVED, _PART, _ALL = "STSR", "STPC", "STSC"
#: By one integration's reading only (kcp.md 4.6, low).
_FAILED = frozenset({"STAF", "STVF"})
_PENDING = frozenset({"STIR", "STSF"})


def read_inquiry(
    exchange: Exchange, request: LookUpRequest, site_code: str, now: dt.datetime
) -> LookUpAnswer:
    """Return what an exchange tells about the payment of `request`."""
    answer = read_answer(exchange)
    if isinstance(answer, NoAnswer):
        return CannotTell(answer.why)
    if answer.code == codes.OK:
        if answer.status not in {200, 201}:
            return CannotTell(f"http.{answer.status}")
        return _other_payment(answer, request, site_code) or _found(answer, now)
    if not answer.may_refuse:
        return CannotTell(f"http.{answer.status}")
    if codes.no_right(answer.code):
        return CannotTell("no_right", final=True)
    if codes.is_not_found(answer.code):
        return Absent()
    return CannotTell(f"code.{answer.code}", final=codes.is_hopeless(answer.code))


def _other_payment(answer: Answer, request: LookUpRequest, site_code: str) -> CannotTell | None:
    """Return why the answer is not about our payment; None if it is."""
    tno = answer.exact("tno")
    if tno is None or not TNO.fullmatch(tno):
        return CannotTell("no_ref")
    if request.gateway_ref is not None and tno != request.gateway_ref:
        return CannotTell("wrong_ref")
    if request.gateway_ref is None and tno.endswith(ORDER_TNO_TAIL):
        return CannotTell("no_ref")
    named = [name for name in ("order_no", "ordr_idxx") if answer.has(name)]
    if any(answer.exact(name) != request.order_no for name in named):
        return CannotTell("wrong_order", final=True)
    if not named and not _fits_without_order(answer, request):
        return CannotTell("wrong_order", final=request.gateway_ref is not None)
    if answer.has("site_cd") and answer.exact("site_cd") != site_code:
        return CannotTell("wrong_order", final=True)
    return None


def _fits_without_order(answer: Answer, request: LookUpRequest) -> bool:
    """Tell whether an answer without an order number can only be ours.

    Asked by transaction number, it must have our amount and the day of our order, or the next.
    """
    at = answer.time("app_time")
    if request.gateway_ref is None or answer.won("amount") != request.amount or at is None:
        return False
    day = at.astimezone(KST).date()
    return request.order_date in {f"{day:%Y%m%d}", f"{day - dt.timedelta(days=1):%Y%m%d}"}


def _found(answer: Answer, now: dt.datetime) -> LookUpAnswer:
    """Return state, amount and balance, if they make sense together."""
    amount = answer.won("amount")
    if amount is None:
        return CannotTell("malformed")
    judged = _judge(answer, amount)
    if isinstance(judged, CannotTell):
        return judged
    state, balance = judged
    tno = answer.exact("tno") or ""
    return Found(
        state=state,
        approval=approval_of(answer, tno, now, quota=None),
        amount=amount,
        balance=balance,
        cancelled_at=cancel_time(answer),
    )


def _judge(answer: Answer, amount: Won) -> tuple[FoundState, Won] | CannotTell:
    """Read `stat_ca_cd`, `canc_card_yn` and `rem_mny` together."""
    stat = answer.text("stat_ca_cd")
    left = answer.won("rem_mny")
    if answer.has("rem_mny") and (left is None or left > amount):
        return CannotTell("malformed")
    if stat in _PENDING:
        return FoundState.PENDING, left or ZERO
    if stat in _FAILED:
        # A failed payment has no approval number and nothing to cancel; else it is no proof.
        surely = not left and not answer.text("app_no")
        return (FoundState.FAILED, ZERO) if surely else CannotTell(f"state.{stat}")
    gone = answer.text("canc_card_yn") == "Y"
    if stat == _ALL or (not left and gone) or (stat in {"", _PART} and left == ZERO):
        return CannotTell("contradiction") if left else (FoundState.CANCELLED, ZERO)
    if stat == _PART and left:
        return FoundState.PARTLY_CANCELLED, left
    if stat == _APPROVED:
        return _judge_approved(amount, left, gone=gone)
    return CannotTell(f"state.{stat[:8]}" if stat and stat != _PART else "malformed")


def _judge_approved(
    amount: Won, left: Won | None, *, gone: bool
) -> tuple[FoundState, Won] | CannotTell:
    """Read STSR: something can be cancelled, normally everything."""
    if left == ZERO or gone:
        return CannotTell("contradiction")
    if left is None or left == amount:
        return FoundState.APPROVED, amount
    return FoundState.PARTLY_CANCELLED, left
