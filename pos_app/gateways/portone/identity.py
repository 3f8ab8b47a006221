"""The identity check (본인인증) by a code on the caller's phone (portone.md 2.7).

No money moves. What the gateway says of a code has no documented codes, only texts, so the texts
are read to choose words for the clerk; a check counts as passed by the certification alone. CI and
DI, which name a person for life, are in the answer and are not read.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable

from pos_app.domain.answers import Absent, NoAnswer, NotSent
from pos_app.domain.card import SecretDigits
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.identity import (
    CodeAnswer,
    CodeSent,
    EraseAnswer,
    Erased,
    Identity,
    IdentityAnswer,
    IdentityConfirmed,
    IdentityRefused,
    IdentityRequest,
    IdentityTrouble,
)
from pos_app.domain.order import KST
from pos_app.gateways.exchange import Broken, Exchange
from pos_app.gateways.json_body import Field, Lent, json_body
from pos_app.gateways.portone.answers import (
    BAD_REQUEST,
    IMP_UID,
    SERVER_ERROR,
    Envelope,
    Fields,
    read_envelope,
)
from pos_app.gateways.portone.cards_on_file import refused_or_open
from pos_app.gateways.portone.settings import PortOneSettings
from pos_app.gateways.portone.speaking import Speaker
from pos_app.gateways.portone.wire import in_path
from pos_app.gateways.telling import read_safely

_REQUEST_PATH = "/certifications/otp/request"
_CONFIRM_PATH = "/certifications/otp/confirm/"
_RESULT_PATH = "/certifications/"
#: `media_type` of a PC (portone.md 2.7).
_MEDIA_PC = "MC01"
#: Births within so many seconds of 1970 are possible.
_SECONDS_BACK = 6_000_000_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

#: Words of a refused code, tried in this order; the first that fits gives the clerk's words.
_WORDS: tuple[tuple[IdentityTrouble, re.Pattern[str]], ...] = tuple(
    (trouble, re.compile(words, re.IGNORECASE))
    for trouble, words in (
        (IdentityTrouble.TOO_MANY, r"0086|횟수|초과하|too many|제한|차단|blocked"),
        (
            IdentityTrouble.EXPIRED,
            r"만료|유효\s*시간|시간\s*초과|시간이?\s*지|expired?|timed? ?out",
        ),
        (IdentityTrouble.ALREADY_CONFIRMED, r"이미|already"),
        (
            IdentityTrouble.NOT_CONFIRMED_YET,
            r"아직|완료되지|완료하지|진행\s*중|대기|not (?:yet|confirmed|completed)|pending",
        ),
        (
            IdentityTrouble.WRONG_CODE,
            r"일치하지|불일치|틀[린렸]|잘못된|인증\s*번호.{0,12}(?:오류|다릅|확인)|wrong|incorrect|mismatch",
        ),
    )
)
#: After these another code, or the same one a little later, may pass.
_AGAIN = frozenset({IdentityTrouble.WRONG_CODE, IdentityTrouble.NOT_CONFIRMED_YET})


class IdentityDesk:
    """Checks callers through PortOne."""

    def __init__(
        self, speaker: Speaker, settings: PortOneSettings, now: Callable[[], dt.datetime]
    ) -> None:
        self._speaker = speaker
        self._settings = settings
        self._now = now

    async def request_code(self, request: IdentityRequest) -> CodeAnswer:
        """Have a code sent.

        Raises:
            ShopTrouble: `gateway.identity_channel_not_set`; nothing is sent.
        """
        if not self._settings.identity_channel_key:
            raise ShopTrouble("gateway.identity_channel_not_set")
        exchange = await self._speaker.repeatable(
            "POST",
            _REQUEST_PATH,
            lambda: request_body(self._settings, request),
            operation="identity_request",
        )
        return read_safely(
            "portone", lambda: read_sent(exchange, self._settings), NoAnswer("unreadable")
        )

    async def confirm_code(self, gateway_ref: str, code: SecretDigits | None) -> IdentityAnswer:
        """Hand in the code, or ask whether the app has confirmed; the code is wiped.

        "Already confirmed" may be the echo of our own earlier request whose answer was lost, so
        the result is asked for.
        """

        def body() -> bytearray:
            try:
                return confirm_body(code)
            finally:
                if code is not None:
                    code.wipe()

        try:
            path = f"{_CONFIRM_PATH}{_checked(gateway_ref)}"
            exchange = await self._speaker.once(
                path, body, before_send=None, operation="identity_confirm"
            )
        finally:
            if code is not None:
                code.wipe()
        answer = self._read(exchange, gateway_ref, by_app=code is None)
        if (
            isinstance(answer, IdentityRefused)
            and answer.trouble is IdentityTrouble.ALREADY_CONFIRMED
        ):
            exchange = await self._speaker.repeatable(
                "GET", f"{_RESULT_PATH}{_checked(gateway_ref)}", operation="identity_result"
            )
            seen = self._read(exchange, gateway_ref, by_app=False)
            return seen if isinstance(seen, IdentityConfirmed) else answer
        return answer

    async def erase(self, gateway_ref: str) -> EraseAnswer:
        """Delete the result at PortOne."""
        exchange = await self._speaker.repeatable(
            "DELETE", f"{_RESULT_PATH}{_checked(gateway_ref)}", operation="identity_erase"
        )
        return read_safely(
            "portone", lambda: read_erased(exchange, self._settings), NoAnswer("unreadable")
        )

    def _read(self, exchange: Exchange, gateway_ref: str, *, by_app: bool) -> IdentityAnswer:
        """Read a certification or why there is none."""
        now = self._now()
        return read_safely(
            "portone",
            lambda: read_confirmed(exchange, gateway_ref, self._settings, now, by_app=by_app),
            NoAnswer("unreadable"),
        )


def _checked(gateway_ref: str) -> str:
    """Return a number of a check as a piece of a path.

    Raises:
        Bug: it is none.
    """
    if not IMP_UID.fullmatch(gateway_ref):
        raise Bug("gateway.identity_ref_malformed")
    return in_path(gateway_ref)


def request_body(settings: PortOneSettings, request: IdentityRequest) -> bytearray:
    """Return the body that has a code sent; the transport wipes it.

    The channel key goes under both spellings where no setting says which one counts, and `bypass`
    as a JSON text as the description says, or as the object of the guide (Q3).
    """
    key = settings.identity_channel_key
    names = ("channel_key", "channelKey")
    chosen = names if settings.identity_key_field == "both" else (settings.identity_key_field,)
    bypass = {"kcpV2": _kcp_wishes(settings)}
    as_text = settings.identity_bypass == "json"
    fields: list[Field] = [
        ("name", request.name),
        ("phone", request.phone),
        ("birth", request.birth),
        ("gender_digit", request.gender_digit),
        ("carrier", request.carrier.value),
        ("is_mvno", request.mvno),
        ("merchant_uid", request.order_no),
        ("verification_method", request.code_by.value),
        *((name, key) for name in chosen),
        ("bypass", json.dumps(bypass, ensure_ascii=False) if as_text else bypass),
    ]
    if request.company:
        fields.append(("company", request.company))
    return json_body(fields)


def confirm_body(code: SecretDigits | None) -> bytearray:
    """Return the body that hands in a code, or none where an app confirms.

    Raises:
        Bug: the code was wiped already.
    """
    if code is None:
        return json_body([])
    if code.wiped and len(code):
        # All zeros is a code like any other; a buffer of zero bytes is not.
        raise Bug("gateway.code_wiped")
    return json_body([("otp", Lent([code.view()]))])


def _kcp_wishes(settings: PortOneSettings) -> dict[str, str]:
    """Return what KCP's module is told beside (portone.md 2.7)."""
    wishes = {
        "media_type": _MEDIA_PC,
        "web_siteid": settings.identity_web_siteid,
        "cp_sms_msg": settings.identity_sms_text,
        "cp_callback": settings.identity_callback,
    }
    return {name: value for name, value in wishes.items() if value}


def read_sent(exchange: Exchange, settings: PortOneSettings) -> CodeAnswer:
    """Return what an exchange makes of a request for a code."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if not answer.is_ok:
        return _refused(answer, by_app=False) or answer.open_status()
    imp_uid = None if answer.fields is None else answer.fields.imp_uid()
    return CodeSent(imp_uid) if imp_uid is not None else answer.no_answer("no_ref")


def read_confirmed(
    exchange: Exchange,
    gateway_ref: str,
    settings: PortOneSettings,
    now: dt.datetime,
    *,
    by_app: bool,
) -> IdentityAnswer:
    """Return who the caller is, or why that is not known.

    Args:
        exchange: what came back.
        gateway_ref: the check that was meant.
        settings: of the shop.
        now: aware; stands in for a missing time.
        by_app: no code was handed in: a refusal without known words means "not yet".
    """
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if not answer.is_ok:
        return _refused(answer, by_app=by_app) or answer.open_status()
    fields = answer.fields
    if fields is None:
        return answer.no_answer("malformed")
    if fields.imp_uid() != gateway_ref:
        return answer.no_answer("wrong_ref")
    if not _is_certified(fields):
        trouble = IdentityTrouble.NOT_CONFIRMED_YET
        return IdentityRefused(trouble, answer.refusal, again=True)
    return IdentityConfirmed(_identity(fields, gateway_ref, now))


def read_erased(exchange: Exchange, settings: PortOneSettings) -> EraseAnswer:
    """Return what an exchange makes of a deletion."""
    if isinstance(exchange, Broken) and not exchange.left_us:
        return NotSent(exchange.why)
    answer = read_envelope(exchange, kcp=settings.is_kcp)
    if isinstance(answer, NoAnswer):
        return answer
    if answer.is_ok:
        return Erased()
    return Absent() if answer.is_absent else refused_or_open(answer)


def _refused(answer: Envelope, *, by_app: bool) -> IdentityRefused | None:
    """Return a refusal with its reason; None if the envelope is none.

    400 and 500 are documented refusals here (portone.md 2.7), besides a code with HTTP 200.
    """
    if answer.code == 0 or answer.response is not None:
        return None
    if answer.is_absent:
        return IdentityRefused(IdentityTrouble.UNKNOWN_CHECK, answer.refusal, again=False)
    if answer.status > SERVER_ERROR or not (
        answer.may_refuse or answer.status in {BAD_REQUEST, SERVER_ERROR}
    ):
        return None
    fallback = IdentityTrouble.NOT_CONFIRMED_YET if by_app else IdentityTrouble.REFUSED
    fits = (trouble for trouble, words in _WORDS if words.search(answer.message))
    trouble = next(fits, fallback)
    return IdentityRefused(trouble, answer.refusal, again=trouble in _AGAIN)


def _identity(fields: Fields, gateway_ref: str, now: dt.datetime) -> Identity:
    """Read a certification, without `unique_key` (CI) and `unique_in_site` (DI)."""
    return Identity(
        gateway_ref=gateway_ref,
        name=fields.text("name"),
        birth=_birth(fields),
        phone=fields.text("phone"),
        carrier=fields.text("carrier", 16),
        foreigner=fields.flag("foreigner") is True,
        certified_at=fields.time("certified_at") or now,
    )


def _is_certified(fields: Fields) -> bool:
    """Tell whether it passed: as it says, or where it says nothing, by its time."""
    told = fields.flag("certified")
    return fields.time("certified_at") is not None if told is None else told


def _birth(fields: Fields) -> dt.date | None:
    """Read `birthday`, or the older `birth` in unix seconds (portone.md 2.7)."""
    text = fields.exact("birthday")
    if text is not None:
        try:
            return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            return None
    seconds = fields.whole("birth")
    if seconds is None or not -_SECONDS_BACK < seconds < _SECONDS_BACK:
        return None
    return (
        (dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(seconds=seconds))
        .astimezone(KST)
        .date()
    )
