"""PortOne's payment objects in the shapes the papers allow (portone.md 2.2)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.sim.models.book import Sale
from tests.sim.wire import TrueCharge

if TYPE_CHECKING:
    from tests.sim.models.portone import Attempt, PortOneModel

#: portone.md 4.5 and 4.6: the PG's code in brackets, then its text.
DECLINES = (
    "[CC61]거래금액 한도 초과",
    "[CC63]비밀번호 오류",
    "[CC54]유효기간 만료",
    "[CC14]카드번호 오류",
    "[CC45]정지 카드",
    "[CC10]통장 잔액 부족",
)
DOUBTS = ("[CC72]카드사 TIMEOUT", "[8041]PG 엔진 타임아웃", "[8044]커넥터 타임아웃", "[8042]지연")
_CARDS = (("381", "KB국민카드"), ("366", "신한카드"), ("367", "현대카드"), ("999", "새 카드"))
_SHOWN = (
    "apply_num",
    "card_code",
    "card_name",
    "card_number",
    "card_quota",
    "card_type",
    "name",
    "buyer_name",
    "customer_uid",
    "pg_tid",
)
TWISTS = (
    "order",
    "number",
    "site",
    "ready",
    "new status",
    "no status",
    "no number",
    "no amount",
    "text amount",
    "null",
)
#: Everything but the seven required fields may be missing or null (portone.md 2.2).
_REQUIRED = frozenset(
    {"imp_uid", "merchant_uid", "amount", "cancel_amount", "currency", "status", "sandbox"}
)
#: What an answer keeps in any case: the times and rows by which a payment can be filed at all.
_KEPT = _REQUIRED | {"started_at", "paid_at", "failed_at", "cancelled_at", "cancel_history"}


class Answers:
    """Writes what PortOne says about its payments."""

    def __init__(self, model: PortOneModel) -> None:
        self._model = model

    def channels(self) -> list[dict[str, Any]]:
        """Return the channels of the shop: its key-in channel among others."""
        contract = self._model.contract
        provider, _, merchant = contract.pg.partition(".")
        rows = [
            ("kcp", "A52CY", "payment", "결제창", "channel-key-0001"),
            (provider, merchant, "api_payment", "수기결제", "channel-key-0002"),
        ]
        listed = [
            {
                "pg_provider": row[0],
                "pg_id": row[1],
                "sandbox": contract.sandbox,
                "type": row[2],
                "channel_name": row[3],
                "channel_key": row[4],
            }
            for row in rows
        ]
        self._model.rng.shuffle(listed)
        return listed

    def drawn(self, fields: dict[str, Any], truth: TrueCharge) -> dict[str, Any]:
        """Draw, once for a payment, what every answer about it shows."""
        model = self._model
        digits = str(fields.get("card_number", "9410110000000073")).replace("-", "")
        code, name = model.one_of(_CARDS)
        status = model.contract.partial_status
        return {
            "apply_num": f"{model.rng.randrange(10**8):08d}",
            "card_code": code,
            "card_name": name,
            "card_number": f"{digits[:6]}******{digits[-4:]}",
            "card_quota": fields.get("card_quota", 0),
            "card_type": model.one_of((0, 1, None)),
            "name": fields.get("name"),
            "buyer_name": fields.get("buyer_name"),
            "customer_uid": fields.get("customer_uid"),
            "pg_tid": f"{truth.at:%y%m%d}{model.next_number():08d}",
            "tax_free": fields.get("tax_free", 0),
            "partial_status": model.one_of(("paid", "cancelled")) if status == "either" else status,
            "reasons": [],
            "float": model.rng.random() < 0.3,
        }

    def payment(self, sale: Sale, now: dt.datetime) -> dict[str, Any]:
        """Return a charged payment as it stands."""
        truth, shown = sale.truth, sale.shown
        back = truth.amount - truth.balance
        status = "paid"
        if truth.cancels:
            status = shown["partial_status"] if truth.balance else "cancelled"
        elif now < sale.finished_at:
            status = "ready"
        started = int(truth.at.timestamp())
        record = {
            **self._common(truth.order_no, truth.gateway_ref, shown),
            "amount": float(truth.amount) if shown["float"] else truth.amount,
            "cancel_amount": float(back) if shown["float"] else back,
            "status": status,
            "started_at": started,
            "paid_at": 0 if status == "ready" else started,
            "failed_at": 0,
            "cancelled_at": int(truth.cancels[-1].at.timestamp()) if truth.cancels else 0,
            "fail_reason": None,
            "cancel_reason": shown["reasons"][-1] if shown["reasons"] else None,
            "receipt_url": "https://admin8.kcp.co.kr/assist/bill.BillActionNew.do?cmd=card_bill"
            f"&tno={shown['pg_tid']}&order_no={truth.gateway_ref}&trade_mony={truth.amount}",
            "cancel_history": self._history(truth, shown),
        }
        return self._worn(record)

    def failed(self, attempt: Attempt) -> dict[str, Any]:
        """Return a payment that failed."""
        record = {
            **self._common(attempt.order_no, attempt.imp_uid, attempt.shown),
            "apply_num": None,
            "amount": attempt.amount,
            "cancel_amount": 0,
            "status": "failed",
            "started_at": int(attempt.at.timestamp()),
            "paid_at": 0,
            "failed_at": int(attempt.at.timestamp()),
            "cancelled_at": 0,
            "fail_reason": attempt.reason,
            "cancel_history": [],
        }
        return self._worn(record)

    def _common(self, order_no: str, imp_uid: str, shown: dict[str, Any]) -> dict[str, Any]:
        """Return what paid and failed payments have."""
        contract = self._model.contract
        provider, _, merchant = contract.pg.partition(".")
        return {
            "imp_uid": imp_uid,
            "merchant_uid": order_no,
            "pay_method": "card",
            "channel": "api",
            "pg_provider": provider,
            "pg_id": merchant,
            "emb_pg_provider": None,
            "sandbox": contract.sandbox,
            "escrow": False,
            "currency": "KRW",
            "user_agent": "sorry_not_supported_anymore",
            "cash_receipt_issued": False,
            "customer_uid_usage": None,
            "promotion": None,
            **{name: shown[name] for name in _SHOWN},
        }

    def _history(self, truth: TrueCharge, shown: dict[str, Any]) -> list[dict[str, Any]]:
        """Return one row for each cancel."""
        return [
            {
                "pg_tid": shown["pg_tid"],
                "amount": cancel.amount,
                "cancelled_at": int(cancel.at.timestamp()),
                "reason": "고객 변심" if cancel.by_shop else "관리자 취소",
                "cancellation_id": f"{truth.gateway_ref}-{number}",
                "receipt_url": None,
            }
            for number, cancel in enumerate(truth.cancels)
        ]

    def _worn(self, record: dict[str, Any]) -> dict[str, Any]:
        """Leave optional fields out, set others to null, and add new ones."""
        worn = self._model.thinned(record, frozenset(set(record) - _KEPT))
        share = self._model.habits.optional_missing
        for name in sorted(set(worn) - _KEPT):
            if share > 0 and self._model.rng.random() < share:
                worn[name] = None
        return worn

    def twisted(self, answer: dict[str, Any], sale: Sale) -> dict[str, Any] | None:
        """Return the answer with one thing wrong; the charge itself stands as it was asked for.

        Right ending in every case: approved, after a look-up.
        """
        other = self._model.other_sale(sale.truth.order_no)
        kind = self._model.twist(TWISTS)
        changes: dict[str, dict[str, Any]] = {
            "order": {"merchant_uid": other.truth.order_no if other else "0" * 26},
            "number": {
                "imp_uid": other.truth.gateway_ref if other else "",
                "merchant_uid": other.truth.order_no if other else "",
            },
            "site": {"pg_id": "ZZ9ZZ", "pg_provider": "danal"},
            "ready": {"status": "ready", "paid_at": 0},
            "new status": {"status": "settled_soon"},
            "text amount": {"amount": f"{sale.truth.amount:,}원"},
        }
        changed = changes.get(kind, {})
        if kind == "null":
            return None
        missing = {"no status": "status", "no number": "imp_uid", "no amount": "amount"}.get(kind)
        return {k: v for k, v in {**answer, **changed}.items() if k != missing}
