"""NHN KCP as its papers have it (kcp.md): approval, cancel, inquiry, and a book of its own."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.sim.models import kcp_checks as checks
from tests.sim.models.book import KST, Book, BrokenRequestError, Refused, Sale, raw_reply
from tests.sim.models.habits import PLAIN, Habits
from tests.sim.models.kcp_answers import Answers
from tests.sim.wire import TrueCancel, TrueCharge, WireReply, WireRequest

#: Checks a signature over a message; the shop's signer makes the other half.
Verify = Callable[[bytes, str], bool]

_DECLINES = {
    "CC61": "거래금액 한도 초과",
    "CC54": "유효기간 만료 또는 불일치",
    "CC63": "비밀번호 오류",
    "CC14": "카드번호 오류",
    "CC10": "통장 잔액 부족",
    "CC45": "정지 카드",
    "CC35": "KEY-IN 불가 가맹점",
    "8182": "거래불가 카드(부정사용 의심)",
    "CC75": "은행 시스템 작업 중",
    "8310": "거래 유효시간 경과",
}
#: Class T of kcp.md 4.1: the outcome is open. "S999" stands for codes the list of 2020 lacks.
_DOUBTS = ("CC72", "8041", "8042", "8044", "7512", "8173", "8175", "8996", "CC98", "9999", "S999")
_CANCEL_DOUBTS = ("8387", "8388", "8041", "8044", "7512", "CC99")
_CANCEL_REFUSALS = {
    "8178": "상계가능 정산금액 부족으로 취소 불가",
    "8136": "01:50~02:30 매입 불가 시간대",
    "8134": "거래취소 불가 상태",
    "8383": "부분취소 처리키 실패",
}
_REPEATED = ("8094", "8128", "8338", "9167", "8586")
_ABSENT = ("8132", "8061", "5530")
_INQUIRY_TROUBLES = ("8041", "7512", "CC99", "8996")


@dataclass(frozen=True, slots=True)
class KcpContract:
    """What was agreed with KCP, and the open questions as this KCP answers them.

    Attributes:
        site: `site_cd`.
        authenticated: card_tx_type 11121000, else 11111000.
        mixed_tax: fields for a tax-free part are taken (Q15).
        order_field: the name under which an inquiry may give an order number (Q1); empty: none.
        order_days: an inquiry by order must name the day of the sale; False takes any day.
        inquiry_sign: "pay_type" or "mod_type" (Q3).
        no_inquiry: every inquiry is answered S032 (Q2).
        cancel_ip_unknown: every cancel is answered 8012 (Q6).
        amount_min: 1,000 won, 100 on request (kcp.md 5.1).
        months_max: above it 8125.
        serial_field: "mod_pacn_seq_no" or "mod_pcan_seq_no" (Q5); "either" draws one each time.
    """

    site: str
    authenticated: bool = True
    mixed_tax: bool = False
    order_field: str = "ordr_idxx"
    order_days: bool = True
    inquiry_sign: str = "pay_type"
    no_inquiry: bool = False
    cancel_ip_unknown: bool = False
    amount_min: int = 1_000
    months_max: int = 12
    serial_field: str = "either"


class KcpModel(Book):
    """KCP with a book of its own; fits `tests.sim.wire.Model`."""

    name = "kcp"
    hosts = frozenset({"spl.kcp.co.kr", "stg-spl.kcp.co.kr"})

    def __init__(
        self,
        contract: KcpContract,
        verify: Verify,
        rng: random.Random,
        habits: Habits = PLAIN,
    ) -> None:
        """Open an empty book.

        Args:
            contract: with this one shop.
            verify: tells whether a signature is the shop's.
            rng: the only source of chance.
            habits: how it behaves; may be replaced at any time.
        """
        super().__init__(rng, habits)
        self.contract = contract
        self._verify = verify
        self._answers = Answers(self)
        #: Declined order numbers, which inquiries show as failed: transaction number and amount.
        self._failed: dict[str, tuple[str, int]] = {}

    def receive(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Carry out a request the moment it arrives, and answer."""
        doors = {
            "/gw/hub/v1/payment": self._approve,
            "/gw/mod/v1/cancel": self._cancel,
            "/std/inquery": self._inquire,
        }
        door = doors.get(request.path)
        if request.host.split(":")[0] not in self.hosts:
            self.complain("a request for a host that is not KCP's")
        if door is None or request.method != "POST":
            self.complain(f"{request.method} {request.path} is no call of KCP's")
            return raw_reply(404, b"<html><body>404 Not Found</body></html>", now)
        try:
            fields = self.json_object(request)
        except BrokenRequestError:
            return self._refuse(Refused("0902", "전문 파싱 에러"), now)
        wrong = list(checks.all_text(fields))
        wrong = wrong or list(checks.common(fields, self.contract.site))
        if wrong:
            return self._blame(request.path, wrong, now)
        return door(fields, now)

    def _blame(self, path: str, wrong: list[checks.Wrong], now: dt.datetime) -> WireReply:
        """Write down everything that is wrong, and refuse for the first of it."""
        for what, _ in wrong:
            self.complain(f"{path}: {what}")
        return self._refuse(wrong[0][1], now)

    def _refuse(self, refused: Refused, now: dt.datetime) -> WireReply:
        """Refuse; on failure only res_cd and res_msg are promised."""
        status = self.one_of((201, 400, 422, 500)) if self.chance("odd_status") else 200
        answer = {"res_cd": refused.code, "res_msg": refused.message}
        return self.reply(status, self.thinned(answer, frozenset()), now)

    # -- approval ------------------------------------------------------------------------------

    def _approve(self, fields: dict[str, str], now: dt.datetime) -> WireReply:
        """Charge a card that was typed in."""
        order_no = fields.get("ordr_idxx", "")
        self.charge_requests[order_no] += 1
        contract = self.contract
        wrong = list(
            checks.approval(
                fields,
                authenticated=contract.authenticated,
                mixed_tax=contract.mixed_tax,
                amount_min=contract.amount_min,
            )
        )
        if wrong:
            return self._blame("/gw/hub/v1/payment", wrong, now)
        refused = self._refusal(fields, order_no)
        if refused:
            self.outcomes["declined"] += 1
            if not self.sales_of(order_no):
                self._failed[order_no] = (self._new_tno(now), int(fields["amount"]))
            return self._refuse(refused, now)
        if self.chance("doubt_undone"):
            return self._refuse(Refused(self.one_of(_DOUBTS), "통신오류"), now)
        sale = self._charge(fields, now)
        if self.chance("reversed"):
            sale.truth.cancels.append(TrueCancel(sale.truth.amount, now, by_shop=False))
            return self._refuse(Refused("9047", "결제 성공, 통보 실패로 취소됨"), now)
        if self.chance("doubt_done"):
            return self._refuse(Refused(self.one_of((*_DOUBTS, "9048")), "통신오류"), now)
        answer = self._answers.approval(sale)
        if self.chance("twisted"):
            answer = self._answers.twisted(answer, sale)
        return self.reply(200, answer, now)

    def _refusal(self, fields: dict[str, str], order_no: str) -> Refused | None:
        """Decide whether this charge is refused, and why."""
        amount = int(fields["amount"])
        if self.sales_of(order_no) and self.habits.repeats == "refuse":
            self.outcomes["repeat refused"] += 1
            return Refused(self.one_of(_REPEATED), "중복 거래 요청")
        if amount in self.habits.magic:
            code = self.habits.magic[amount]
            return Refused(code, _DECLINES.get(code, "거래 거절"))
        if fields["quota"] != "00" and int(fields["quota"]) > self.contract.months_max:
            return Refused("8125", "최대 할부개월수 초과")
        if self.chance("decline"):
            code = self.one_of(tuple(_DECLINES))
            return Refused(code, _DECLINES[code])
        return None

    def _charge(self, fields: dict[str, str], now: dt.datetime) -> Sale:
        """Charge and file."""
        amount = int(fields["amount"])
        if self.chance("other_amount"):
            amount = self.one_of((amount + 1, amount * 10, max(1, amount - 1)))
        self.outcomes["charged"] += 1
        truth = TrueCharge(fields["ordr_idxx"], self._new_tno(now), amount, now)
        self._failed.pop(truth.order_no, None)
        return self.file(truth, self._answers.drawn(fields, truth))

    def _new_tno(self, now: dt.datetime) -> str:
        """Return the next transaction number, 14 digits."""
        return f"{now.astimezone(KST):%y%m%d}{self.next_number():08d}"

    # -- cancel --------------------------------------------------------------------------------

    def _cancel(self, fields: dict[str, str], now: dt.datetime) -> WireReply:
        """Cancel a sale, in whole or in part."""
        wrong = list(checks.cancel(fields, mixed_tax=self.contract.mixed_tax))
        signed = f"{self.contract.site}^{fields.get('tno')}^{fields.get('mod_type')}"
        wrong += self._signature(signed, fields)
        if wrong:
            return self._blame("/gw/mod/v1/cancel", wrong, now)
        if self.contract.cancel_ip_unknown:
            return self._refuse(Refused("8012", "취소불가: 상점관리자 문의"), now)
        sale = self.sales.get(fields["tno"])
        if sale is None:
            self.complain("/gw/mod/v1/cancel: a tno that KCP never gave")
            return self._refuse(Refused(self.one_of(("8132", "8061", "CCA1")), "원거래 없음"), now)
        amount = int(fields["mod_mny"]) if fields["mod_type"] == "STPC" else sale.truth.balance
        refused = self._cancel_refusal(fields, sale)
        if refused:
            return self._refuse(refused, now)
        if self.chance("cancel_refused"):
            code = self.one_of(tuple(_CANCEL_REFUSALS))
            return self._refuse(Refused(code, _CANCEL_REFUSALS[code]), now)
        if self.chance("cancel_doubt_undone"):
            return self._refuse(Refused(self.one_of(_CANCEL_DOUBTS), "취소 진행 중"), now)
        self.take_back(sale, amount, now, by_shop=True)
        self.outcomes["cancelled"] += 1
        if self.chance("cancel_doubt_done"):
            return self._refuse(Refused(self.one_of(_CANCEL_DOUBTS), "취소 진행 중"), now)
        partial = amount if fields["mod_type"] == "STPC" else None
        return self.reply(200, self._answers.cancel(sale, partial), now)

    def _signature(self, message: str, fields: dict[str, str]) -> Iterable[checks.Wrong]:
        """Check the signature over the exact text."""
        if not self._verify(message.encode(), fields.get("kcp_sign_data", "")):
            yield "kcp_sign_data does not sign this request", Refused("8002", "서명 검증 오류")

    def _cancel_refusal(self, fields: dict[str, str], sale: Sale) -> Refused | None:
        """Decide whether the state of the sale forbids this cancel (kcp.md 2.2)."""
        balance, pieces = sale.truth.balance, len(sale.truth.cancels)
        if balance == 0:
            return Refused(self.one_of(("8133", "8133", "8023", "CCA4")), "이미 취소된 거래")
        if fields["mod_type"] == "STSC":
            if pieces:
                return Refused(self.one_of(("8040", "CCA9")), "부분취소 진행 거래, 전체취소 불가")
            return None
        if not sale.partial_cancel:
            return Refused(self.one_of(("8141", "8142", "8392")), "부분취소 불가 거래")
        if int(fields["rem_mny"]) != balance:
            return Refused(self.one_of(("8037", "8038")), "부분취소 남은금액 불일치")
        return None

    # -- inquiry -------------------------------------------------------------------------------

    def _inquire(self, fields: dict[str, str], now: dt.datetime) -> WireReply:
        """Say what became of a payment: by its number, or by day and order number."""
        wrong = list(checks.inquiry(fields, self.contract.order_field))
        last = "PACA" if self.contract.inquiry_sign == "pay_type" else "STSQ"
        wrong += self._signature(f"{self.contract.site}^{fields.get('tno')}^{last}", fields)
        if wrong:
            return self._blame("/std/inquery", wrong, now)
        if self.contract.no_inquiry:
            return self._refuse(Refused("S032", "접근 권한이 없습니다"), now)
        if self.chance("look_up_refused"):
            return self._refuse(Refused(self.one_of(_INQUIRY_TROUBLES), "시스템 타임아웃"), now)
        by_order = fields["tno"].endswith("000000")
        sale = self._of_day(fields) if by_order else self.sales.get(fields["tno"])
        if sale is not None and sale.visible_at <= now:
            return self.reply(200, self._answers.inquiry(sale, now), now)
        failed = self._failed_one(fields) if sale is None else None
        if failed is not None:
            return self.reply(200, self._answers.failed(*failed), now)
        if sale is None and not by_order:
            self.complain("/std/inquery: a tno that KCP never gave")
        return self._refuse(Refused(self.one_of(_ABSENT), "원거래 없음"), now)

    def _failed_one(self, fields: dict[str, str]) -> tuple[str, str, int] | None:
        """Find a declined attempt that an inquiry asks for: order number, number, amount."""
        order_no = fields.get(self.contract.order_field, "")
        if fields["tno"].endswith("000000"):
            one = self._failed.get(order_no)
            return (order_no, *one) if one and not self.sales_of(order_no) else None
        return next(
            ((order, *one) for order, one in self._failed.items() if one[0] == fields["tno"]), None
        )

    def _of_day(self, fields: dict[str, str]) -> Sale | None:
        """Find the first sale under an order number, filed under the day that was named."""
        order_no: Any = fields.get(self.contract.order_field)
        sales = self.sales_of(order_no) if order_no else []
        if self.contract.order_days:
            day = fields["tno"][:8]
            sales = [s for s in sales if f"{s.truth.at.astimezone(KST):%Y%m%d}" == day]
        return sales[0] if sales else None
