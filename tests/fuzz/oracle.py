"""A second reading of the papers: what an answer may count as. Written apart from the client.

It asks the other way round: not "what is this?" but "may this be called approved?". Rules are those
of money-safety.md R5 and sections 4 to 7. Where it says no, a client that says yes is wrong; where
it says yes, a client may still be more careful.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from pos_app.gateways.exchange import Exchange, Response
from tests.unit.gateways import build as kcp
from tests.unit.gateways.portone import build as portone

#: KCP's refusals among the bases, by which nothing was charged; its others leave it open.
_KCP_DECLINES = re.compile(r"[0-9A-Z]{4}")
#: Outcome open whatever stands beside it (money-safety.md section 5).
_KCP_OPEN = frozenset(
    {
        *("0000", "8128", "8094", "8338", "9167", "7101", "CC72", "7512", "3008", "3010", "8041"),
        *("8042", "8043", "8044", "8046", "8047", "8048", "8173", "8174", "8175", "8995"),
        *("8996", "8997", "7R01"),
    }
)
_KCP_NOT_FOUND = frozenset({"8132", "8061", "CCA1", "5530", "8585"})
_DEPTH_MAX = 32


class _Twice(ValueError):
    """A key stands twice."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Twice
    return dict(pairs)


def document(exchange: Exchange, *statuses: int) -> dict[str, Any] | None:
    """Return the one JSON object of a whole answer with one of these statuses, else None."""
    if not isinstance(exchange, Response) or exchange.status not in statuses:
        return None
    try:
        found = json.loads(
            exchange.body.decode("utf-8"), object_pairs_hook=_pairs, parse_float=Decimal
        )
    except (ValueError, RecursionError):
        return None
    except InvalidOperation:
        return None
    if not isinstance(found, dict) or _depth(found) > _DEPTH_MAX:
        return None
    return found


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)


def _is_won(value: object, won: int) -> bool:
    """Tell whether a KCP amount is exactly that: one to twelve ASCII digits in a string."""
    return (
        isinstance(value, str)
        and re.fullmatch("[0-9]{1,12}", value) is not None
        and (int(value) == won)
    )


def _is_number(value: object, won: int) -> bool:
    """Tell whether a PortOne amount is exactly that, written whole or with zeros behind a point."""
    return not isinstance(value, bool) and isinstance(value, int | Decimal) and value == won


def _absent_or(fields: dict[str, Any], name: str, wanted: str) -> bool:
    return fields.get(name) in (None, "") or fields[name] == wanted


def _is_tno(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9]{14}", value) is not None


def kcp_may_be_approved(exchange: Exchange) -> bool:
    """Tell whether a charge answered so may be called approved."""
    fields = document(exchange, 200)
    return (
        fields is not None
        and fields.get("res_cd") == "0000"
        and _is_tno(fields.get("tno"))
        and _is_won(fields.get("amount"), kcp.AMOUNT)
        and (fields.get("card_mny") in (None, "") or _is_won(fields["card_mny"], kcp.AMOUNT))
        and _absent_or(fields, "order_no", kcp.ORDER_NO)
        and _absent_or(fields, "site_cd", kcp.SITE)
        and _absent_or(fields, "currency", "410")
    )


def kcp_may_be_declined(exchange: Exchange) -> bool:
    """Tell whether a charge answered so may be called declined."""
    fields = document(exchange, *range(200, 202), *range(400, 600))
    code = fields.get("res_cd") if fields is not None else None
    named = isinstance(code, str) and _KCP_DECLINES.fullmatch(code) is not None
    return named and code not in _KCP_OPEN


def kcp_may_be_found(exchange: Exchange, *, ref: str | None) -> bool:
    """Tell whether an inquiry answered so may be called the state of our payment."""
    fields = document(exchange, 200, 201)
    if fields is None or fields.get("res_cd") != "0000" or not _is_tno(fields.get("tno")):
        return False
    ours = fields.get("order_no") == kcp.ORDER_NO or fields.get("ordr_idxx") == kcp.ORDER_NO
    no_name = all(fields.get(name) in (None, "") for name in ("order_no", "ordr_idxx"))
    if ref is not None:
        return fields["tno"] == ref and (ours or no_name)
    return ours


def kcp_may_be_cancelled(exchange: Exchange) -> bool:
    """Tell whether a partial cancel answered so may be called done."""
    fields = document(exchange, 200)
    return (
        fields is not None
        and fields.get("res_cd") == "0000"
        and fields.get("tno") == kcp.TNO
        and _is_won(fields.get("mod_mny"), 20_000)
        and _is_won(fields.get("rem_mny"), 35_000)
    )


def _payment(exchange: Exchange) -> dict[str, Any] | None:
    """Return the payment of an envelope that says handled."""
    fields = document(exchange, 200)
    if fields is None or not (type(fields.get("code")) is int and fields["code"] == 0):
        return None
    response = fields.get("response")
    return response if isinstance(response, dict) else None


def _is_ours(payment: dict[str, Any]) -> bool:
    ref = payment.get("imp_uid")
    named = isinstance(ref, str) and re.fullmatch("[0-9A-Za-z_-]{4,32}", ref) is not None
    return named and payment.get("merchant_uid") == portone.ORDER_NO


def portone_may_be_approved(exchange: Exchange) -> bool:
    """Tell whether a charge answered so may be called approved."""
    payment = _payment(exchange)
    return (
        payment is not None
        and payment.get("status") == "paid"
        and _is_ours(payment)
        and _is_number(payment.get("amount"), portone.AMOUNT)
        and _is_number(payment.get("cancel_amount"), 0)
        and payment.get("currency") == "KRW"
    )


def portone_may_be_declined(exchange: Exchange) -> bool:
    """Tell whether a charge answered so may be called declined: failed, or refused in words."""
    payment = _payment(exchange)
    if payment is not None:
        return payment.get("status") == "failed" and payment.get("merchant_uid") == portone.ORDER_NO
    fields = document(exchange, 200, 400)
    if fields is None or fields.get("response") is not None:
        return False
    code, message = fields.get("code"), fields.get("message")
    refuses = type(code) is int and code in {1, -1}
    return refuses and isinstance(message, str) and "이미" not in message and "CC72" not in message


def _rows(exchange: Exchange) -> list[dict[str, Any]]:
    fields = document(exchange, 200)
    response = fields.get("response") if fields is not None else None
    listed = response.get("list") if isinstance(response, dict) else response
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def portone_may_be_found(exchange: Exchange, *, ref: str | None) -> bool:
    """Tell whether a look-up answered so may be called the state of our payment."""
    if ref is not None:
        payment = _payment(exchange)
        return payment is not None and payment.get("imp_uid") == ref and _is_ours(payment)
    return any(_is_ours(row) for row in _rows(exchange))


def portone_may_be_cancelled(exchange: Exchange) -> bool:
    """Tell whether a partial cancel answered so may be called done."""
    payment = _payment(exchange)
    if payment is None or payment.get("imp_uid") != portone.IMP_UID or not _is_ours(payment):
        return False
    amount, gone = payment.get("amount"), payment.get("cancel_amount")
    numbers = all(
        isinstance(one, int | Decimal) and not isinstance(one, bool) for one in (amount, gone)
    )
    return numbers and amount - gone == 35_000  # type: ignore[operator]  # both are numbers


def kcp_may_be_absent(exchange: Exchange) -> bool:
    """Tell whether an inquiry answered so may be called "not there": one of the codes for it."""
    fields = document(exchange, *range(200, 202), *range(400, 600))
    return fields is not None and fields.get("res_cd") in _KCP_NOT_FOUND


def portone_may_be_absent(exchange: Exchange) -> bool:
    """Tell whether a look-up answered so may be called "not there": a refusing 404, or no row."""
    fields = document(exchange, 200, 404)
    if fields is None or type(fields.get("code")) is not int:
        return False
    if isinstance(exchange, Response) and exchange.status == 404:
        return fields["code"] != 0 and fields.get("response") is None
    return fields["code"] == 0 and not _rows(exchange)
