"""Cards on file: making, asking for and deleting a billing key (portone.md 2.6).

PortOne silently replaces a key of the same name, so whoever asks for one must have looked first
whether the name is free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.card import Card, mask_text
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.saved_cards import (
    CUSTOMER_UID_MAX,
    CardForgotten,
    CardKept,
    CustomerUid,
    ForgetCardAnswer,
    KeepCardAnswer,
    KeepCardRequest,
    SavedCard,
    SavedCardAnswer,
)
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.json_body import Field, json_body
from pos_app.gateways.portone import codes
from pos_app.gateways.portone.answers import Envelope, Fields, read_envelope
from pos_app.gateways.portone.payments import check_card
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.speaking import Speaker
from pos_app.gateways.portone.wire import card_fields, cut, in_path
from pos_app.gateways.telling import read_safely

_CUSTOMERS_PATH = "/subscribe/customers/"
#: Longest texts in characters (portone.md 2.6).
_NAME_MAX, _PHONE_MAX, _EMAIL_MAX, _REASON_MAX = 20, 20, 200, 100


class CardsOnFile:
    """Keeps cards at PortOne."""

    def __init__(
        self,
        speaker: Speaker,
        settings: PortOneSettings,
        now: Callable[[], dt.datetime],
        channel_key: Callable[[], Awaitable[str]],
    ) -> None:
        """Take what is needed.

        Args:
            speaker: sends requests.
            settings: of the shop.
            now: wall time, aware.
            channel_key: finds the channel that keeps cards; empty if there is none.
        """
        self._speaker = speaker
        self._settings = settings
        self._now = now
        self._channel_key = channel_key

    async def keep(self, request: KeepCardRequest, card: Card) -> KeepCardAnswer:
        """Ask for a billing key, once; the card is wiped in every case.

        Raises:
            ShopTrouble: `gateway.billing_channel_missing` or `gateway.holder_missing`; nothing is
                sent.
            Bug: the name cannot be one; nothing is sent.
        """
        try:
            path = customer_path(request.customer_uid)
            key = await self._channel_key()
            if not key:
                raise ShopTrouble("gateway.billing_channel_missing", pg=self._settings.pg)

            def body() -> bytearray:
                try:
                    return keep_body(self._settings, key, request, card)
                finally:
                    card.wipe()

            exchange = await self._speaker.once(
                path, body, before_send=request.before_send, operation="keep_card"
            )
        finally:
            card.wipe()
        now = self._now()
        return read_safely(
            "portone",
            lambda: read_kept(exchange, request.customer_uid, self._settings, now),
            NoAnswer("unreadable"),
        )

    async def ask(self, customer_uid: CustomerUid) -> SavedCardAnswer:
        """Ask what is kept under that name."""
        path = customer_path(customer_uid)
        exchange = await self._speaker.repeatable("GET", path, operation="saved_card")
        now = self._now()
        return read_safely(
            "portone",
            lambda: read_saved(exchange, customer_uid, self._settings, now),
            CannotTell("unreadable"),
        )

    async def forget(self, customer_uid: CustomerUid, reason: str) -> ForgetCardAnswer:
        """Delete the key."""
        query = urlencode({"reason": cut(reason, _REASON_MAX)})
        path = f"{customer_path(customer_uid)}?{query}"
        exchange = await self._speaker.repeatable("DELETE", path, operation="forget_card")
        return read_safely(
            "portone", lambda: read_forgotten(exchange, self._settings), NoAnswer("unreadable")
        )


def customer_path(customer_uid: CustomerUid) -> str:
    """Return where a billing key is.

    Raises:
        Bug: an empty name would mean all of them; one over 80 characters is none.
    """
    if not 0 < len(customer_uid) <= CUSTOMER_UID_MAX:
        raise Bug("gateway.customer_uid_malformed")
    return f"{_CUSTOMERS_PATH}{in_path(customer_uid)}"


def keep_body(
    settings: PortOneSettings, channel_key: str, request: KeepCardRequest, card: Card
) -> bytearray:
    """Return the body that asks for a key; the caller must have it wiped.

    `channel_key` is required, `pg` is what older samples send: both name the same channel.

    Raises:
        Bug: the card has been wiped.
        ShopTrouble: `gateway.holder_missing`.
    """
    texts = {
        "customer_name": cut(request.customer_name, _NAME_MAX),
        "customer_tel": request.customer_phone if len(request.customer_phone) <= _PHONE_MAX else "",
        "customer_email": request.customer_email
        if len(request.customer_email) <= _EMAIL_MAX
        else "",
    }
    told: list[Field] = [(name, text) for name, text in texts.items() if text]
    return json_body(
        [
            ("channel_key", channel_key),
            ("pg", settings.pg),
            *told,
            *card_fields(settings, card),
        ]
    )


def read_kept(
    exchange: Exchange, customer_uid: CustomerUid, settings: PortOneSettings, now: dt.datetime
) -> KeepCardAnswer:
    """Return what an exchange makes of a key that was asked for."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        kept = _saved(answer, customer_uid, now)
        return answer.no_answer(kept.why) if isinstance(kept, CannotTell) else kept
    return refused_or_open(answer)


def refused_or_open(answer: Envelope) -> Refused | NoAnswer:
    """Return a refusal of something that moves no money, unless its text leaves it open."""
    if not answer.may_refuse:
        return answer.open_status()
    code = codes.open_code(answer.message, kcp=answer.kcp)
    if code is None:
        return Refused(answer.refusal)
    return answer.no_answer("open_text" if code == "-" else f"code.{code}")


def read_saved(
    exchange: Exchange, customer_uid: CustomerUid, settings: PortOneSettings, now: dt.datetime
) -> SavedCardAnswer:
    """Return what an exchange tells about a key."""
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return CannotTell(answer.why)
    if answer.is_ok:
        return _saved(answer, customer_uid, now)
    if answer.is_absent:
        return Absent()
    return CannotTell(answer.open_status().why)


def read_forgotten(exchange: Exchange, settings: PortOneSettings) -> ForgetCardAnswer:
    """Return what an exchange makes of a deletion."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        return CardForgotten()
    return Absent() if answer.is_absent else refused_or_open(answer)


def _saved(answer: Envelope, customer_uid: CustomerUid, now: dt.datetime) -> CardKept | CannotTell:
    """Return the card an answer tells of, if it is kept under our name."""
    fields = answer.fields
    if fields is None:
        return CannotTell("malformed")
    if fields.exact("customer_uid") != customer_uid:
        return CannotTell("wrong_ref")
    return CardKept(_card(fields, customer_uid, now))


def _card(fields: Fields, customer_uid: CustomerUid, now: dt.datetime) -> SavedCard:
    """Read one billing key."""
    return SavedCard(
        customer_uid=customer_uid,
        card_masked=mask_text(fields.text("card_number")),
        issuer=fields.text("card_name"),
        issuer_code=fields.text("card_code"),
        check_card=check_card(fields),
        sandbox=fields.flag("sandbox") is True,
        kept_at=fields.time("updated") or fields.time("inserted") or now,
    )
