"""The fields of each answer, as the papers and real replies have them (kcp.md 2.1, 2.2, 2.4).

Every value is a string, amounts included.
"""

from __future__ import annotations

from typing import Final

from pos_app.practice.book import PARTIAL, Cancel, Payment
from pos_app.practice.kcp.cards import CardKind, shown_mask
from pos_app.practice.kcp.charge import Charge
from pos_app.practice.kcp.codes import APPROVED, text_of
from pos_app.practice.kcp.later import CARD, CancelRequest
from pos_app.practice.kcp.refusal import Refusal
from pos_app.practice.kcp.tax import Split
from pos_app.practice.switches import Switches

Reply = dict[str, str]
"""Field names to values."""

_MERCHANT_NUMBER: Final = "00998877665"
_BUSINESS_NUMBER: Final = "1138521083"
_KEPT: Final = (
    "card_cd", "card_name", "acqu_cd", "acqu_name", "noinf", "noinf_type", "card_bin_type_01",
    "card_bin_type_02", "card_bin_bank_cd",
)  # fmt: skip


def refused(code: str, message: str = "") -> Reply:
    """Return all a refusal promises: res_cd and res_msg."""
    return {"res_cd": code, "res_msg": message or text_of(code)}


def refusal(error: Refusal) -> Reply:
    """Return the answer to a request that was turned down."""
    return refused(error.code, error.message)


def card_details(kind: CardKind, quota: str) -> Reply:
    """Return what approval and inquiry say about the card; kept with the payment."""
    free = bool(kind.noinf_type) and quota != "00"
    details = {
        "card_cd": kind.card_cd,
        "card_name": kind.card_name,
        "acqu_cd": kind.acqu_cd,
        "acqu_name": kind.acqu_name,
        "noinf": "Y" if free else "N",
        "noinf_type": kind.noinf_type if free else "",
        "card_bin_type_01": "1" if kind.corporate else "0",
        "card_bin_type_02": "1" if kind.check else "0",
        "card_bin_bank_cd": kind.bank_cd,
    }
    return details if kind.refundable else {**details, "refundable": "N"}


def approval(payment: Payment, charge: Charge, switches: Switches, *, masking: str) -> Reply:
    """Return the answer to an approved charge."""
    reply = {
        "res_cd": APPROVED,
        "res_msg": text_of(APPROVED),
        "res_en_msg": "processing completed",
        "tno": payment.tno,
        "amount": str(payment.amount),
        "pay_method": CARD,
        "order_no": payment.order_no,
        **{name: payment.details[name] for name in _KEPT if name != "noinf_type"},
        "card_no": shown_mask(charge.card_no, masking or switches.masking),
        "app_no": payment.app_no,
        "app_time": payment.app_time,
        "quota": payment.quota,
        "card_mny": str(payment.amount),
        "coupon_mny": "0",
        "partcanc_yn": payment.partcanc_yn,
        **_hub(payment, charge.split),
    }
    if payment.details["noinf"] == "Y":
        reply["noinf_type"] = payment.details["noinf_type"]
    return reply if switches.hub_fields else _without_hub(reply, payment, charge.split)


def _hub(payment: Payment, split: Split) -> Reply:
    return {
        "trace_no": f"{payment.site_cd}{payment.tno[4:]}KP",
        "cert_no": payment.tno,
        "bizx_numb": _MERCHANT_NUMBER,
        "res_tax_flag": split.flag or "TG01",
        "res_tax_mny": str(split.supply),
        "res_vat_mny": str(split.vat),
        "res_free_mny": str(split.free),
        "res_green_deposit_mny": "0",
        "van_cd": "VNKC",
        "van_apptime": payment.app_time,
        "pg_txid": f"{payment.app_time}{payment.app_no}",
        "ca_order_id": payment.order_no,
        "join_cd": "0000",
        "card_bin_length": "6",
        "mall_taxno": _BUSINESS_NUMBER,
        "mcht_taxno": _BUSINESS_NUMBER,
        "use_point": "0",
        "escw_yn": "N",
    }


def _without_hub(reply: Reply, payment: Payment, split: Split) -> Reply:
    dropped = {*_hub(payment, split), "order_no", "pay_method", "coupon_mny"}
    return {name: value for name, value in reply.items() if name not in dropped}


def cancelled(payment: Payment, asked: CancelRequest, done: Cancel, switches: Switches) -> Reply:
    """Return the answer to a cancel that was carried out."""
    reply = {
        "res_cd": APPROVED,
        "res_msg": text_of(APPROVED),
        "res_en_msg": "processing completed",
        "tno": payment.tno,
        "canc_time": done.time,
    }
    if asked.mod_type == PARTIAL:
        reply["mod_mny"] = str(done.amount)
        reply["rem_mny"] = str(done.balance_after)
        reply["card_mod_mny"] = str(done.amount)
        reply["coupon_mod_mny"] = "0"
        if switches.cancel_seq_field != "none":
            reply[switches.cancel_seq_field] = done.seq_no
    return reply


def found(payment: Payment, switches: Switches) -> Reply:
    """Return the answer to an inquiry that found a sale."""
    last = payment.cancels[-1] if payment.cancels else None
    return {
        "res_cd": APPROVED,
        "res_msg": text_of(APPROVED),
        "tno": payment.tno,
        "order_no": payment.order_no,
        "pay_method": CARD,
        "amount": str(payment.amount),
        "rem_mny": str(payment.balance),
        "stat_ca_cd": payment.state,
        "canc_card_yn": "Y" if payment.state == "STSC" else "N",
        "can_time": last.time if last else "",
        "app_time": payment.app_time,
        "app_no": payment.app_no,
        "card_no": shown_mask(payment.card_masked, switches.masking),
        "card_cd": payment.details["card_cd"],
        "card_name": payment.details["card_name"],
        "quota": payment.quota,
        "noinf": payment.details["noinf"],
    }
