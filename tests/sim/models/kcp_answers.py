"""KCP's answers, every value a text, in each of the shapes the papers allow (kcp.md 2.1 to 2.4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.sim.models.book import KST, Sale
from tests.sim.wire import TrueCharge

if TYPE_CHECKING:
    from tests.sim.models.kcp import KcpModel

#: kcp.md 4.2: issuer, its name, acquirer, its name.
_CARDS = (
    ("CCKM", "KB국민카드", "CCKM", "KB국민"),
    ("CCLG", "신한카드", "CCLG", "신한"),
    ("CCDI", "현대카드", "CCDI", "현대"),
    ("CCSS", "삼성카드", "CCSS", "삼성"),
    ("CCKJ", "광주카드", "CCBC", "BC"),
    ("CCZZ", "새로 생긴 카드", "CCZZ", "새카드"),
)
#: What the papers do not promise, or only with "really returns".
_OPTIONAL = frozenset(
    {
        "res_en_msg",
        "card_bin_type_01",
        "card_bin_type_02",
        "card_bin_bank_cd",
        "order_no",
        "pay_method",
        "trace_no",
        "cert_no",
        "bizx_numb",
        "res_tax_mny",
        "res_vat_mny",
        "res_free_mny",
        "noinf_type",
        "van_cd",
        "coupon_mny",
        "escw_yn",
        "acqu_cd",
        "acqu_name",
    }
)
_OPTIONAL_FOUND = frozenset({"app_no", "card_no", "card_name", "quota", "noinf", "can_time"})
_OPTIONAL_CANCEL = frozenset({"card_mod_mny", "coupon_mod_mny"})
TWISTS = ("order", "tno", "site", "spaced", "no_tno", "no_amount", "not_text", "no_code")


class Answers:
    """Writes what KCP says about its sales."""

    def __init__(self, model: KcpModel) -> None:
        self._model = model

    def drawn(self, fields: dict[str, str], truth: TrueCharge) -> dict[str, Any]:
        """Draw, once for a sale, what every answer about it shows."""
        model, digits = self._model, fields["card_no"]
        card_cd, card_name, acqu_cd, acqu_name = model.one_of(_CARDS)
        masks = (
            f"{digits[:8]}****{digits[-4:]}",
            f"{digits[:6]}000000{digits[-4:]}",
            f"{digits[:6]}******{digits[-4:]}",
        )
        noinf = "Y" if fields["quota"] != "00" and model.rng.random() < 0.3 else "N"
        return {
            "card_cd": card_cd,
            "card_name": card_name,
            "card_no": model.one_of(masks),
            "app_no": f"{model.rng.randrange(10**8):08d}",
            "app_time": f"{truth.at.astimezone(KST):%Y%m%d%H%M%S}",
            "noinf": noinf,
            "noinf_type": model.one_of(("CARD", "SHOP")) if noinf == "Y" else "",
            "quota": fields["quota"],
            "acqu_cd": acqu_cd,
            "acqu_name": acqu_name,
            "card_bin_type_01": model.one_of("01"),
            "card_bin_type_02": model.one_of("01"),
            "card_bin_bank_cd": model.one_of(("0301", "0311", "0321", "0004")),
        }

    def approval(self, sale: Sale) -> dict[str, Any]:
        """Say that a sale was approved."""
        model, truth = self._model, sale.truth
        tax = truth.amount * 10 // 11
        answer = {
            "res_cd": "0000",
            "res_msg": "정상처리",
            "res_en_msg": "processing completed",
            "tno": truth.gateway_ref,
            "amount": str(truth.amount),
            "card_mny": str(truth.amount),
            "partcanc_yn": "Y" if sale.partial_cancel else "N",
            **sale.shown,
            "order_no": truth.order_no,
            "pay_method": "PACA",
            "trace_no": f"{model.contract.site}{truth.gateway_ref}",
            "cert_no": truth.gateway_ref,
            "bizx_numb": "00914421187",
            "res_tax_mny": str(tax),
            "res_vat_mny": str(truth.amount - tax),
            "res_free_mny": "0",
            "van_cd": "VNKC",
            "coupon_mny": "0",
            "escw_yn": "N",
        }
        return model.thinned(answer, _OPTIONAL)

    def twisted(self, answer: dict[str, Any], sale: Sale) -> dict[str, Any]:
        """Return the answer with one thing wrong; the charge itself stands as it was asked for.

        Right ending in every case: approved, after a look-up.
        """
        other = self._model.other_sale(sale.truth.order_no)
        kind = self._model.twist(TWISTS)
        answer["order_no"] = sale.truth.order_no
        if kind == "order":
            answer["order_no"] = other.truth.order_no if other else "0" * 26
        elif kind == "tno":
            # Two sales mixed up: everything is the other's, whose number is real.
            answer["tno"] = answer["cert_no"] = other.truth.gateway_ref if other else ""
            answer["order_no"] = other.truth.order_no if other else ""
        elif kind == "site":
            answer["trace_no"] = f"ZZ9ZZ{sale.truth.gateway_ref}"
            answer["order_no"] = "9" * 26
        elif kind == "spaced":
            answer["res_cd"] = "0000 "
        elif kind == "not_text":
            answer["amount"] = float(sale.truth.amount) + 0.5
        else:
            del answer[{"no_tno": "tno", "no_amount": "amount", "no_code": "res_cd"}[kind]]
        return answer

    def cancel(self, sale: Sale, partial: int | None) -> dict[str, Any]:
        """Say that a cancel was carried out; `partial` is the amount of a partial one."""
        model, truth = self._model, sale.truth
        answer: dict[str, Any] = {
            "res_cd": "0000",
            "res_msg": "취소완료",
            "tno": truth.gateway_ref,
            "canc_time": f"{truth.cancels[-1].at.astimezone(KST):%Y%m%d%H%M%S}",
        }
        if partial is not None:
            names = ("mod_pacn_seq_no", "mod_pcan_seq_no")
            spelling = model.contract.serial_field
            answer |= {
                "mod_mny": str(partial),
                "rem_mny": str(truth.balance),
                names[0] if spelling == names[0] else names[1]: f"{model.next_number():014d}",
                "card_mod_mny": str(partial),
                "coupon_mod_mny": "0",
            }
            if spelling == "either" and model.rng.random() < 0.5:
                answer[names[0]] = answer.pop(names[1])
        return model.thinned(answer, _OPTIONAL_CANCEL)

    def inquiry(self, sale: Sale, now: dt.datetime) -> dict[str, Any]:
        """Say how a sale stands."""
        model, truth = self._model, sale.truth
        state = "STSR"
        if now < sale.finished_at and not truth.cancels:
            state = model.one_of(("STIR", "STSF"))
        elif truth.cancels:
            state = "STPC" if truth.balance else "STSC"
        answer = {
            "res_cd": "0000",
            "res_msg": "정상처리",
            "tno": truth.gateway_ref,
            "order_no": truth.order_no,
            "pay_method": "PACA",
            "amount": str(truth.amount),
            "rem_mny": str(truth.balance),
            "stat_ca_cd": state,
            "canc_card_yn": "Y" if state == "STSC" else "N",
            "app_time": sale.shown["app_time"],
            **{name: sale.shown[name] for name in ("app_no", "card_no", "card_name")},
            **{name: sale.shown[name] for name in ("quota", "noinf")},
        }
        if truth.cancels:
            answer["can_time"] = f"{truth.cancels[-1].at.astimezone(KST):%Y%m%d%H%M%S}"
        return model.thinned(answer, _OPTIONAL_FOUND)

    def failed(self, order_no: str, tno: str, amount: int) -> dict[str, Any]:
        """Say that a charge under this order number had failed (kcp.md 4.6, low)."""
        model = self._model
        answer = {
            "res_cd": "0000",
            "res_msg": "정상처리",
            "tno": tno,
            "order_no": order_no,
            "pay_method": "PACA",
            "amount": str(amount),
            "rem_mny": "0",
            "stat_ca_cd": model.one_of(("STAF", "STVF")),
            "canc_card_yn": "N",
        }
        return model.thinned(answer, frozenset())
