"""Reads the answer to an approval request (kcp.md 3.1, money-safety.md rule R5).

Approved means: HTTP 200, `res_cd` "0000", a whole transaction number, and amount, order number,
site and currency as we asked for. Our order approved with something else is `Mismatched`, and its
number will be cancelled. Whatever else is odd is `NoAnswer`: an answer about another order names a
payment that may be somebody else's, so a look-up must tell first. `Declined` takes a listed code
that excludes that money moved, in an answer that carries no approval.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pos_app.domain.answers import (
    Approval,
    Approved,
    ChargeAnswer,
    Declined,
    Mismatched,
    NoAnswer,
    NotSent,
)
from pos_app.domain.card import mask_text
from pos_app.domain.requests import ChargeRequest
from pos_app.gateways import kcp_codes as codes
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.kcp.answers import TNO, Answer, read_answer
from pos_app.gateways.kcp.wire import CURRENCY_KRW
from pos_app.gateways.vendor_text import clean

#: `Mismatched.seen` holds at most so many characters.
_SEEN_MAX = 40


def read_charge(
    exchange: Exchange, request: ChargeRequest, site_code: str, now: dt.datetime
) -> ChargeAnswer:
    """Return what an exchange makes of a charge.

    Args:
        exchange: what came back.
        request: what was asked for.
        site_code: ours.
        now: aware; stands in where KCP gives no time of approval.
    """
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_answer(exchange)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        return _approved(answer, request, site_code, now)
    if answer.may_refuse and codes.is_declined(answer.code, answer.message):
        # Only an approval has an approval number (kcp.md 3.1): then one of the two is wrong.
        contradicts = bool(answer.text("app_no"))
        return answer.no_answer("contradiction") if contradicts else Declined(answer.refusal)
    return answer.open_code()


def _approved(
    answer: Answer, request: ChargeRequest, site_code: str, now: dt.datetime
) -> ChargeAnswer:
    """Return what an answer of 0000 is worth."""
    tno = answer.exact("tno")
    if tno is None or not TNO.fullmatch(tno):
        return answer.no_answer("no_ref")
    # The order number comes first: an answer that was crossed with another till's names a payment
    # of that till, whatever else differs, and nobody may cancel it here. One that names none may be
    # anybody's, so it is looked up before anything is cancelled.
    named = [name for name in ("order_no", "ordr_idxx") if answer.has(name)]
    if any(answer.exact(name) != request.order_no for name in named):
        return answer.no_answer("wrong_order")
    is_ours = bool(named)
    amount = request.order.amount
    seen = answer.won("amount")
    card_part = answer.won("card_mny") if answer.has("card_mny") else seen
    if seen is None or card_part is None:
        return answer.no_answer("amount_malformed")
    for field, won in (("amount", seen), ("card_mny", card_part)):
        if won != amount and not is_ours:
            return answer.no_answer("amount_differs")
        if won != amount:
            return Mismatched(tno, field, str(amount.amount), str(won.amount))
    others = {"site_cd": site_code, "currency": CURRENCY_KRW}
    wrong = _differing(answer, tno, others, is_ours=is_ours)
    if wrong is not None:
        return wrong
    return Approved(approval_of(answer, tno, now, quota=request.order.months.quota))


def _differing(
    answer: Answer, tno: str, ours: Mapping[str, str], *, is_ours: bool
) -> Mismatched | NoAnswer | None:
    """Return the first of these fields that is told and is not ours; None if none is."""
    for field, expected in ours.items():
        if not answer.has(field):
            continue
        value = answer.exact(field)
        if value is None or (value != expected and not is_ours):
            return answer.no_answer("malformed")
        if value != expected:
            return Mismatched(tno, field, expected, clean(value, _SEEN_MAX))
    return None


def approval_of(answer: Answer, tno: str, now: dt.datetime, *, quota: str | None) -> Approval:
    """Return the particulars of an approval; every one of them may be missing.

    Args:
        answer: of an approval or an inquiry.
        tno: the transaction number.
        now: aware; used where no time is told.
        quota: the months we asked for, None if that is not known here.
    """
    seen_quota = answer.text("quota")
    odd_quota = quota is not None and seen_quota not in {"", quota}
    return Approval(
        gateway_ref=tno,
        approval_no=answer.text("app_no"),
        approved_at=answer.time("app_time") or now,
        issuer_code=answer.text("card_cd"),
        issuer=answer.text("card_name"),
        acquirer=answer.text("acqu_name"),
        merchant_no=answer.text("bizx_numb"),
        card_masked=mask_text(answer.text("card_no")),
        interest_free=answer.text("noinf") == "Y",
        partial_cancel=answer.text("partcanc_yn") != "N",
        corporate=_one_or_zero(answer.text("card_bin_type_01")),
        check_card=_one_or_zero(answer.text("card_bin_type_02")),
        warning=f"quota.{seen_quota[:8]}" if odd_quota else "",
    )


def _one_or_zero(text: str) -> bool | None:
    """Read KCP's 0 and 1; None for anything else."""
    return {"0": False, "1": True}.get(text)
