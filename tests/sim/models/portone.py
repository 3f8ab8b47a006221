"""PortOne V1 as its papers have it (portone.md): token, charges, cancel, look-ups, day list."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.sim.models import portone_checks as checks
from tests.sim.models.book import Book, BrokenRequestError, Sale, raw_reply
from tests.sim.models.habits import PLAIN, Habits
from tests.sim.models.portone_answers import DECLINES, DOUBTS, Answers
from tests.sim.models.portone_lists import Lists
from tests.sim.models.portone_tokens import Tokens
from tests.sim.wire import TrueCancel, TrueCharge, WireReply, WireRequest


@dataclass(frozen=True, slots=True)
class PortOneContract:
    """What was agreed with PortOne, and the open questions as this PortOne answers them.

    Attributes:
        imp_key, imp_secret: the shop's pair.
        pg: the key-in channel, `{pg}.{MID}`.
        sandbox: a test channel; single queries then want `include_sandbox=true`.
        lists_hide_sandbox: lists and findAll hide test payments, too (Q12).
        keeps_cards: `customer_uid` on a one-off charge is meant.
        billing_keys: the customers whose cards are on file from the start.
        partial_status: "paid", "cancelled" or "either" after a partial cancel (Q8).
        months_max: above it a decline with 8125 (Q9).
        clock_ahead_s: PortOne's clock minus the true one.
    """

    imp_key: str
    imp_secret: str
    pg: str
    sandbox: bool = False
    lists_hide_sandbox: bool = False
    keeps_cards: bool = False
    billing_keys: frozenset[str] = frozenset()
    partial_status: str = "either"
    months_max: int = 12
    clock_ahead_s: float = 0.0


@dataclass(slots=True)
class Attempt:
    """A charge that failed and is on record.

    Attributes:
        visible_at: from when look-ups find it.
    """

    imp_uid: str
    order_no: str
    amount: int
    at: dt.datetime
    reason: str
    shown: dict[str, Any]
    visible_at: dt.datetime


class PortOneModel(Book):
    """PortOne V1 with a book of its own; fits `tests.sim.wire.Model`."""

    name = "portone"
    hosts = frozenset({"api.iamport.kr", "static-api.iamport.kr"})

    def __init__(
        self, contract: PortOneContract, rng: random.Random, habits: Habits = PLAIN
    ) -> None:
        """Open an empty book.

        Args:
            contract: with this one shop.
            rng: the only source of chance.
            habits: how it behaves; may be replaced at any time.
        """
        super().__init__(rng, habits)
        self.contract = contract
        self.tokens = Tokens(self)
        self.answers = Answers(self)
        self._lists = Lists(self)
        #: The customers whose cards are on file now.
        self.billing_keys = set(contract.billing_keys)
        #: Failed attempts by order number, oldest first.
        self.failed: dict[str, list[Attempt]] = {}

    def receive(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Carry out a request the moment it arrives, and answer."""
        now += dt.timedelta(seconds=self.contract.clock_ahead_s)
        if request.host.split(":")[0] not in self.hosts:
            self.complain("a request for a host that is not PortOne's")
        parts = urlsplit(request.path)
        try:
            if (request.method, parts.path) == ("POST", "/users/getToken"):
                return self.tokens.give(request, now)
            refused = self.tokens.refusal(request, now)
            if refused is not None:
                return refused
            if request.method == "GET":
                query = parse_qs(parts.query, keep_blank_values=True)
                return self._get(request, [unquote(p) for p in parts.path.split("/")], query, now)
            return self._post(request, now)
        except BrokenRequestError:
            return self.no(400, "요청을 해석할 수 없습니다.", now)

    def _post(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Route what changes something."""
        doors = {
            "/subscribe/payments/onetime": self._onetime,
            "/subscribe/payments/again": self._again,
            "/payments/cancel": self._cancel,
        }
        door = doors.get(request.path)
        if door is None or request.method != "POST":
            return self._unknown(request, now)
        return door(self.json_object(request), now)

    def _get(
        self, request: WireRequest, path: list[str], query: dict[str, list[str]], now: dt.datetime
    ) -> WireReply:
        """Route what only asks."""
        if request.body:
            self.complain(f"GET {'/'.join(path[:3])} with a body")
        match path[1:]:
            case ["users", "pg"]:
                return self.yes(self.answers.channels(), now)
            case ["payments", "findAll", order_no] if order_no:
                return self._lists.of_order(order_no, query, now)
            case ["payments", "status", status]:
                return self._lists.of_status(status, query, now)
            case ["payments", imp_uid] if imp_uid:
                return self._lists.one(imp_uid, query, now)
            case _:
                return self._unknown(request, now)

    def _unknown(self, request: WireRequest, now: dt.datetime) -> WireReply:
        """Answer a call that is none."""
        self.complain(f"{request.method} {urlsplit(request.path).path} is no call of PortOne's")
        return raw_reply(404, b"<html><body>Not Found</body></html>", now)

    def yes(self, response: object, now: dt.datetime) -> WireReply:
        """Answer with code 0."""
        return self.reply(200, {"code": 0, "message": None, "response": response}, now)

    def no(self, status: int, message: str, now: dt.datetime) -> WireReply:
        """Refuse; the code is 1 or -1, nobody knows which."""
        envelope = {"code": self.one_of((1, -1)), "message": message, "response": None}
        return self.reply(status, envelope, now)

    def blame(self, path: str, wrong: list[str], now: dt.datetime) -> WireReply:
        """Write down everything that is wrong, and refuse for the first of it."""
        for what in wrong:
            self.complain(f"{path}: {what}")
        return self.no(400, f"잘못된 요청입니다: {wrong[0]}", now)

    # -- charges -------------------------------------------------------------------------------

    def _onetime(self, fields: dict[str, Any], now: dt.datetime) -> WireReply:
        """Charge a card that was typed in."""
        self.charge_requests[str(fields.get("merchant_uid", ""))] += 1
        contract = self.contract
        wrong = list(checks.onetime(fields, contract.pg, keeps=contract.keeps_cards))
        if wrong:
            return self.blame("/subscribe/payments/onetime", wrong, now)
        return self._charge(fields, now)

    def _again(self, fields: dict[str, Any], now: dt.datetime) -> WireReply:
        """Charge a card on file."""
        self.charge_requests[str(fields.get("merchant_uid", ""))] += 1
        wrong = list(checks.again(fields))
        if wrong:
            return self.blame("/subscribe/payments/again", wrong, now)
        if fields["customer_uid"] not in self.billing_keys:
            return self.no(200, "등록되지 않은 구매자입니다.", now)
        return self._charge(fields, now)

    def _charge(self, fields: dict[str, Any], now: dt.datetime) -> WireReply:
        """Charge, or decline in one of the ways a decline comes."""
        order_no, amount = fields["merchant_uid"], fields["amount"]
        if self.sales_of(order_no) and self.habits.repeats == "refuse":
            self.outcomes["repeat refused"] += 1
            return self.no(self.one_of((200, 400)), "이미 결제가 이루어진 거래건입니다.", now)
        reason = self._decline(fields)
        if reason:
            return self._declined(fields, reason, now)
        if self.chance("doubt_undone"):
            return self.no(200, f"결제승인에 실패하였습니다. {self.one_of(DOUBTS)}", now)
        if self.chance("other_amount"):
            amount = self.one_of((amount + 1, amount * 10, max(1, amount - 1)))
        self.outcomes["charged"] += 1
        truth = TrueCharge(order_no, self.new_imp_uid(), amount, now)
        sale = self.file(truth, self.answers.drawn(fields, truth))
        if "customer_uid" in fields:
            self.billing_keys.add(fields["customer_uid"])
        if self.chance("reversed"):
            truth.cancels.append(TrueCancel(amount, now, by_shop=False))
            return self.no(200, "결제승인에 실패하였습니다. [9047]통보 실패로 취소됨", now)
        if self.chance("doubt_done"):
            return self.no(200, f"결제승인에 실패하였습니다. {self.one_of(DOUBTS)}", now)
        answer = self.answers.payment(sale, now)
        if self.chance("twisted"):
            return self.yes(self.answers.twisted(answer, sale), now)
        return self.yes(answer, now)

    def _decline(self, fields: dict[str, Any]) -> str:
        """Decide whether the card is refused; return the reason with its code in brackets."""
        amount = fields["amount"]
        if amount in self.habits.magic:
            return f"[{self.habits.magic[amount]}]거래거절"
        if fields.get("card_quota", 0) > self.contract.months_max:
            return "[8125]최대 할부개월수 초과"
        return self.one_of(DECLINES) if self.chance("decline") else ""

    def _declined(self, fields: dict[str, Any], reason: str, now: dt.datetime) -> WireReply:
        """Decline: code 0 with a failed payment, or a code that is not 0 (Q2)."""
        self.outcomes["declined"] += 1
        order_no, amount = fields["merchant_uid"], fields["amount"]
        truth = TrueCharge(order_no, self.new_imp_uid(), amount, now)
        visible = now
        if self.chance("lag"):
            visible += dt.timedelta(seconds=self.rng.uniform(1, self.habits.lag_max_s))
        shown = self.answers.drawn(fields, truth)
        attempt = Attempt(truth.gateway_ref, order_no, amount, now, reason, shown, visible)
        self.failed.setdefault(order_no, []).append(attempt)
        if self.rng.random() < 0.5:
            return self.yes(self.answers.failed(attempt), now)
        words = self.one_of(("결제승인에 실패하였습니다.", "카드정보 인증에 실패하였습니다."))
        odd = self.one_of((400, 422)) if self.chance("odd_status") else 200
        return self.no(odd, f"{words} {reason}", now)

    def new_imp_uid(self) -> str:
        """Return the next payment number."""
        return f"imps_{self.next_number():012d}"

    # -- cancel --------------------------------------------------------------------------------

    def _cancel(self, fields: dict[str, Any], now: dt.datetime) -> WireReply:
        """Cancel in whole or in part, if the checksum is the balance."""
        wrong = list(checks.cancel(fields))
        if wrong:
            return self.blame("/payments/cancel", wrong, now)
        sale = self._to_cancel(fields)
        if sale is None:
            return self.no(200, "취소할 결제건이 존재하지 않습니다.", now)
        balance = sale.truth.balance
        amount = fields.get("amount", balance)
        refused = self._cancel_refusal(fields, sale, amount)
        if refused:
            return self.no(200, refused, now)
        if self.chance("cancel_doubt_undone"):
            return self.no(200, f"취소에 실패하였습니다. {self.one_of(DOUBTS)}", now)
        self.take_back(sale, amount, now, by_shop=True)
        sale.shown["reasons"].append(fields.get("reason"))
        self.outcomes["cancelled"] += 1
        if self.chance("cancel_doubt_done"):
            return self.no(200, f"취소에 실패하였습니다. {self.one_of(DOUBTS)}", now)
        return self.yes(self.answers.payment(sale, now), now)

    def _to_cancel(self, fields: dict[str, Any]) -> Sale | None:
        """Find what is to be cancelled; imp_uid wins, even a wrong one."""
        imp_uid = fields.get("imp_uid")
        if imp_uid:
            self.expect_given(imp_uid, "/payments/cancel")
            return self.sales.get(imp_uid)
        sales = self.sales_of(fields["merchant_uid"])
        return next((s for s in sales if s.truth.balance), sales[0] if sales else None)

    def expect_given(self, imp_uid: str, path: str) -> None:
        """Complain of a payment number that was made up or cut."""
        number = imp_uid.removeprefix("imps_")
        known = imp_uid != number and number.isdecimal() and len(number) == 12
        if not known or int(number) > self._count:
            self.complain(f"{path}: an imp_uid that PortOne never gave")

    def _cancel_refusal(self, fields: dict[str, Any], sale: Sale, amount: int) -> str:
        """Decide whether the state of the payment forbids this cancel."""
        balance = sale.truth.balance
        if balance == 0:
            return "[8133]이미 취소된 카드 거래입니다."
        if fields["checksum"] != balance:
            return "취소 가능금액이 checksum과 일치하지 않습니다."
        if amount > balance:
            return "취소 요청금액이 취소 가능금액을 초과합니다."
        if amount < balance and not sale.partial_cancel:
            return "[8142]부분매입취소 불가 카드"
        if sale.shown["tax_free"] and "tax_free" not in fields and amount < sale.truth.amount:
            self.complain("/payments/cancel: a mixed sale is cancelled without tax_free")
        if self.chance("cancel_refused"):
            return self.one_of(
                ("[8178]상계가능 정산금액 부족으로 취소 불가", "[8134]거래취소 불가 상태")
            )
        return ""
