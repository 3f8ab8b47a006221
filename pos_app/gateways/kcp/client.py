"""The KCP gateway: approve, look up and cancel, each one POST, each with an answer for every end.

Fits `services.ports.Gateway` by shape. The charge goes out once; this module never repeats it, and
keeps no card data: the digits are copied into the request's body, the card is wiped at once, and
`transport` wipes the body when it has left.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import TypeGuard

from pos_app.domain.answers import (
    Abilities,
    Absent,
    Approved,
    CancelAnswer,
    CannotTell,
    ChargeAnswer,
    Found,
    LookUpAnswer,
    NoAnswer,
    NotSent,
)
from pos_app.domain.card import Card
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.order import KST
from pos_app.domain.requests import BeforeSend, CancelRequest, ChargeRequest, LookUpRequest
from pos_app.gateways.exchange import Exchange, Reach, Response, time_of
from pos_app.gateways.kcp import wire
from pos_app.gateways.kcp.approval import read_charge
from pos_app.gateways.kcp.cancelling import balance_after, read_cancel
from pos_app.gateways.kcp.inquiry import read_inquiry
from pos_app.gateways.kcp.needs import Line, Signer
from pos_app.gateways.kcp.settings import KcpSettings
from pos_app.gateways.telling import read_safely, trace_answer
from pos_app.logs import log, log_event

#: An order of so many days ago may still be open; by an older or a future day the PC's clock was
#: wrong when it was made.
_OPEN_DAYS_MAX = 8
_DAY_S = 86_400.0
#: Names an inquiry may give the order number (kcp.md Q1), in the order they are tried.
_ORDER_FIELDS = ("ordr_idxx", "mod_ordr_idxx")


class KcpGateway:
    """KCP for one shop."""

    def __init__(
        self,
        settings: KcpSettings,
        signer: Signer,
        transport: Line,
        now: Callable[[], dt.datetime],
    ) -> None:
        """Make a gateway; nothing is opened or sent.

        Args:
            settings: checked when they were made.
            signer: of the merchant's certificate.
            transport: shared with other gateways or not.
            now: wall time, aware; for the certificate's end and where KCP tells no time.
        """
        self._settings = settings
        self._signer = signer
        self._transport = transport
        self._now = now
        #: The name under which KCP was seen to find a payment by its order number.
        self._order_field: str | None = None
        #: The date KCP's last answer was given on, as its HTTP header says; empty if none came.
        self._date_header = ""
        #: A payment KCP has approved since the start: it must be found by its order number, too.
        self._witness: LookUpRequest | None = None

    @property
    def name(self) -> str:
        """Return "kcp"."""
        return "kcp"

    @property
    def site(self) -> str:
        """Return the merchant's site code."""
        return self._settings.site_code

    @property
    def environment(self) -> str:
        """Return "live", "staging", "loopback" or "practice"."""
        return self._settings.environment

    @property
    def timeout_s(self) -> float:
        """Return the total deadline of a charge in seconds."""
        return self._settings.timeout_s

    @property
    def abilities(self) -> Abilities:
        """Return what KCP can do under this contract: cancel by transaction number only (Q8)."""
        return Abilities(
            look_up_by_order=self._settings.inquiry_by_order,
            authenticated=self._settings.authenticated,
        )

    def receipt_url(self, gateway_ref: str, order_no: str, amount: Won) -> str:
        """Return the address of KCP's own slip of a payment; empty where there is no such page."""
        return wire.receipt_url(self._settings, gateway_ref, order_no, amount)

    async def approve(self, request: ChargeRequest, card: Card | None) -> ChargeAnswer:
        """Send the charge once. The card is wiped before anything is sent, or on any failure.

        Raises:
            ShopTrouble: `gateway.certificate_expired` or `gateway.holder_missing`; nothing is sent.
            Bug: the card was wiped already, or it is one on file: KCP keeps none here.
        """
        if card is None or request.customer_uid:
            raise Bug("gateway.no_saved_cards", gateway=self.name)
        try:
            self._check_certificate()
            certificate = self._signer.certificate_one_line
            body = wire.approval_body(self._settings, certificate, request, card)
        finally:
            card.wipe()
        exchange = await self._post(
            wire.APPROVAL_PATH, body, request.before_send, self._settings.timeout_s, "charge"
        )
        now = self._now()
        answer: ChargeAnswer = read_safely(
            self.name,
            lambda: read_charge(exchange, request, self.site, now),
            NoAnswer("unreadable"),
        )
        if isinstance(answer, Approved):
            self._remember(request, answer.approval.gateway_ref)
        trace_answer(self.name, "charge", request.order_no, answer)
        return answer

    async def look_up(self, request: LookUpRequest) -> LookUpAnswer:
        """Ask what became of a payment: by its transaction number, else by its order number.

        A certificate that seems past its end does not keep it from asking: by a clock that is wrong
        nobody would ever learn what was charged, and KCP refuses a bad one by itself.
        """
        if request.gateway_ref is not None:
            answer = await self._inquire(request, request.gateway_ref, None)
        elif self._settings.inquiry_by_order:
            answer = await self._ask_by_order(request)
        else:
            answer = CannotTell("not_by_order", final=True)
        trace_answer(self.name, "look_up", request.order_no, answer)
        return answer

    async def cancel(self, request: CancelRequest) -> CancelAnswer:
        """Send one cancel: STSC for the whole of an untouched sale, else STPC.

        Raises:
            ShopTrouble: `gateway.certificate_expired`; nothing is sent.
            Bug: more than the balance is to be cancelled; nothing is sent.
        """
        self._check_certificate()
        balance_after(request)
        signature = self._sign(wire.cancel_message(self._settings, request))
        if signature is None:
            return NotSent("signer")
        certificate = self._signer.certificate_one_line
        body = wire.cancel_body(self._settings, certificate, signature, request)
        exchange = await self._post(
            wire.CANCEL_PATH, body, request.before_send, self._settings.timeout_s, "cancel"
        )
        now = self._now()
        answer: CancelAnswer = read_safely(
            self.name, lambda: read_cancel(exchange, request, now), NoAnswer("unreadable")
        )
        trace_answer(self.name, "cancel", request.order_no, answer)
        return answer

    async def check(self) -> Reach:
        """Tell whether KCP can be reached and how far its clock is from ours; no money moves."""
        return await self._transport.reach(f"{self._settings.base_url}/", self._now())

    async def aclose(self) -> None:
        """Nothing stays open between requests, so there is nothing to close."""

    def _check_certificate(self) -> None:
        """Refuse to use a certificate past its end: KCP would refuse it anyhow.

        Raises:
            ShopTrouble: `gateway.certificate_expired`.
        """
        end = self._signer.info.not_after
        if self._now() > end:
            not_after = f"{end.astimezone(KST):%Y-%m-%d}"
            raise ShopTrouble("gateway.certificate_expired", not_after=not_after)

    def _sign(self, message: bytes) -> str | None:
        """Return the signature; None if the vault could not sign, and nothing must be sent."""
        try:
            return self._signer.sign(message)
        except Exception as failure:  # noqa: BLE001 - whatever the signer's library says: not sent
            log_event(log.gateway, logging.ERROR, "signer.failed", gateway="kcp", failure=failure)
            return None

    async def _post(
        self,
        path: str,
        body: bytearray,
        before_send: BeforeSend | None,
        timeout_s: float,
        operation: str,
    ) -> Exchange:
        """POST to KCP."""
        exchange = await self._transport.send(
            "POST",
            f"{self._settings.base_url}{path}",
            body,
            headers=wire.HEADERS,
            before_send=before_send,
            timeout_s=timeout_s,
            connect_timeout_s=self._settings.connect_timeout_s,
            operation=operation,
        )
        if isinstance(exchange, Response):
            self._date_header = exchange.header("date") or self._date_header
        return exchange

    async def _inquire(
        self, request: LookUpRequest, tno: str, order: tuple[str, str] | None
    ) -> LookUpAnswer:
        """Ask once."""
        signature = self._sign(wire.inquiry_message(self._settings, tno))
        if signature is None:
            return CannotTell("signer")
        certificate = self._signer.certificate_one_line
        body = wire.inquiry_body(self._settings, certificate, signature, tno, order)
        timeout_s = self._settings.look_up_timeout_s
        exchange = await self._post(wire.INQUIRY_PATH, body, None, timeout_s, "look_up")
        now = self._now()
        return read_safely(
            self.name,
            lambda: read_inquiry(exchange, request, self.site, now),
            CannotTell("unreadable"),
        )

    async def _ask_by_order(self, request: LookUpRequest) -> LookUpAnswer:
        """Ask by order number, under each name and each day it may be filed under.

        "Not found" is only passed on if the same way of asking finds a payment that KCP is known
        to have, where there is one: a wrong field name reads exactly like an absent payment.
        """
        answer = await self._ask_each_way(request)
        if isinstance(answer, Absent) and self._is_day_wrong(request):
            return CannotTell("order_look_up_useless", final=True)
        if not isinstance(answer, Absent) or self._order_field or self._witness is None:
            return answer
        seen = await self._ask_each_way(self._witness)
        if isinstance(seen, Found):
            return answer
        if _is_unasked(seen):
            return CannotTell(seen.why)  # which proves nothing
        return CannotTell("order_look_up_useless", final=True)

    async def _ask_each_way(self, request: LookUpRequest) -> LookUpAnswer:
        """Ask until the payment is found or every way has been tried."""
        told: list[LookUpAnswer] = []
        for field in self._fields():
            for day in self._days(request.order_date):
                order = (field, str(request.order_no))
                answer = await self._inquire(request, wire.order_tno(day), order)
                if isinstance(answer, Found):
                    self._order_field = field
                    return answer
                if _is_unasked(answer):
                    return answer
                told.append(answer)
        for answer in told:
            if isinstance(answer, CannotTell) and not answer.final:
                return answer
        return next((answer for answer in told if isinstance(answer, Absent)), told[0])

    def _fields(self) -> tuple[str, ...]:
        """Return the names to try for the order number."""
        if self._order_field:
            return (self._order_field,)
        chosen = self._settings.inquiry_order_field
        return _ORDER_FIELDS if chosen == "auto" else (chosen,)

    def _days(self, order_date: str) -> Iterator[str]:
        """Yield the KST days to try: the order's, its neighbours, then those by KCP's own clock.

        An order number made just before midnight may be charged, and filed, after it; and a PC's
        clock may be wrong by years. KCP tells its own day with the first answer. A day that is in
        the future by both clocks is not tried.
        """
        day = dt.date(int(order_date[:4]), int(order_date[4:6]), int(order_date[6:8]))
        yield f"{day:%Y%m%d}"
        one, told = dt.timedelta(days=1), time_of(self._date_header)
        ours = self._now().astimezone(KST).date()
        theirs = None if told is None else told.astimezone(KST).date()
        today = ours if theirs is None else max(ours, theirs)
        tried = {day}
        for other in (day + one, day - one, *(() if theirs is None else (theirs, theirs - one))):
            if other not in tried and other <= today:
                tried.add(other)
                yield f"{other:%Y%m%d}"

    def _is_day_wrong(self, request: LookUpRequest) -> bool:
        """Tell whether the order's day can only come from a wrong clock, and no other is known.

        A charge that left less than a day ago has the day KCP has now, or the one before; both
        have been asked for.
        """
        if request.sent_ago_s is not None and request.sent_ago_s < _DAY_S:
            return False
        told, written = time_of(self._date_header), request.order_date
        today = (self._now() if told is None else told).astimezone(KST).date()
        day = dt.date(int(written[:4]), int(written[4:6]), int(written[6:8]))
        return not -1 <= (today - day).days <= _OPEN_DAYS_MAX

    def _remember(self, request: ChargeRequest, gateway_ref: str) -> None:
        """Keep one payment that KCP surely has: the first, as a new one may not be filed yet."""
        if gateway_ref and self._settings.inquiry_by_order and self._witness is None:
            self._witness = LookUpRequest(
                request.order_no, request.order_no[:8], request.order.amount, None
            )


def _is_unasked(answer: LookUpAnswer) -> TypeGuard[CannotTell]:
    """Tell whether KCP itself said nothing: the line, or an answer that nobody can read."""
    return isinstance(answer, CannotTell) and not answer.why.startswith("code.")
