"""What the PortOne client makes of answers about cards on file, schedules and callers."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from pos_app.domain.answers import Absent, CannotTell, NoAnswer, NotSent, Refused
from pos_app.domain.card import SecretDigits
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.identity import (
    Carrier,
    CodeBy,
    CodeSent,
    Erased,
    Identity,
    IdentityAnswer,
    IdentityConfirmed,
    IdentityRefused,
    IdentityRequest,
    IdentityTrouble,
)
from pos_app.domain.money import Won
from pos_app.domain.saved_cards import (
    CardForgotten,
    CardKept,
    CustomerUid,
    KeepCardRequest,
    SavedCard,
)
from pos_app.domain.schedules import ScheduleRequest, ScheduleSeen, ScheduleState
from pos_app.gateways.exchange import Broken, Exchange, Response
from pos_app.gateways.portone import identity
from pos_app.gateways.portone.answers import Fields
from pos_app.gateways.portone.cards_on_file import read_forgotten, read_kept, read_saved
from pos_app.gateways.portone.scheduling import read_done, read_list, read_one
from pos_app.services.ports import CardKeeper, Gateway, IdentityChecker, Scheduler, Sweeper
from tests.unit.gateways.portone import build

SETTINGS = build.settings()
UID = CustomerUid("C01-1")
TIMEOUT = Broken(left_us=True, why="timeout")
NEVER_LEFT = Broken(left_us=False, why="dns")
CUSTOMER: dict[str, object] = {
    "customer_uid": UID,
    "pg_provider": "kcp",
    "pg_id": "AB123",
    "sandbox": False,
    "card_name": "KB국민카드",
    "card_code": "381",
    "card_number": "94101100****0073",
    "card_type": 0,
    "customer_name": "홍길동",
    "inserted": build.PAID_AT - 60,
    "updated": build.PAID_AT,
}
KEPT = CardKept(
    SavedCard(
        UID,
        "941011******0073",
        "KB국민카드",
        "381",
        check_card=False,
        sandbox=False,
        kept_at=dt.datetime.fromtimestamp(build.PAID_AT, dt.UTC),
    )
)


def test_it_fits_every_port() -> None:
    gateway, _ = build.gateway(TIMEOUT)
    ports: tuple[Gateway, CardKeeper, Scheduler, IdentityChecker, Sweeper] = (gateway,) * 5
    assert len(ports) == 5


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said(CUSTOMER), KEPT),
        (build.said({**CUSTOMER, "customer_uid": "C01-2"}), NoAnswer("wrong_ref")),
        (build.said({**CUSTOMER, "customer_uid": None}), NoAnswer("wrong_ref")),
        (build.said({"succeededChannels": []}), NoAnswer("wrong_ref")),
        (build.said(None), NoAnswer("malformed")),
        (TIMEOUT, NoAnswer("timeout")),
        (NEVER_LEFT, NotSent("dns")),
        (build.NO_TOKEN, NoAnswer("token_refused")),
        (Response(502, (), b""), NoAnswer("http.502")),
    ],
)
def test_a_key_that_was_asked_for(exchange: Exchange, answer: object) -> None:
    assert read_kept(exchange, UID, SETTINGS, build.NOW) == answer


@pytest.mark.parametrize("status", [200, 400])
def test_a_refused_key_brings_its_reason_and_an_open_one_is_open(status: int) -> None:
    refused = build.refused("[CC14] 카드번호 오류", status=status)
    answer = read_kept(refused, UID, SETTINGS, build.NOW)
    assert isinstance(answer, Refused)
    assert answer.refusal.code == "CC14"
    doubt = build.refused("[CC72]", status=status)
    assert isinstance(read_kept(doubt, UID, SETTINGS, build.NOW), NoAnswer)


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said(CUSTOMER), KEPT),
        (build.NOT_FOUND, Absent()),
        (Response(404, (), b"<html>"), CannotTell("http.404")),
        (build.said({**CUSTOMER, "customer_uid": "x"}), CannotTell("wrong_ref")),
        (build.refused("?", code=1), CannotTell("code.1")),
        (NEVER_LEFT, CannotTell("dns")),
    ],
)
def test_a_key_that_was_looked_for(exchange: Exchange, answer: object) -> None:
    assert read_saved(exchange, UID, SETTINGS, build.NOW) == answer


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said(CUSTOMER), CardForgotten()),
        (build.said(None), CardForgotten()),
        (build.NOT_FOUND, Absent()),
        (NEVER_LEFT, NotSent("dns")),
        (TIMEOUT, NoAnswer("timeout")),
        (Response(404, (), b""), NoAnswer("http.404")),
    ],
)
def test_a_key_that_was_to_be_deleted(exchange: Exchange, answer: object) -> None:
    assert read_forgotten(exchange, SETTINGS) == answer


def test_a_card_is_wiped_even_if_nothing_can_be_sent() -> None:
    gateway, line = build.gateway(build.said(CUSTOMER))
    line.channels = build.said([{**build.CHANNEL, "channel_key": None}])
    card = build.card()
    request = KeepCardRequest(UID, "홍길동", "", "", build.agree)
    with pytest.raises(ShopTrouble, match=r"gateway\.billing_channel_missing"):
        asyncio.run(gateway.keep_card(request, card))
    assert card.number.wiped
    assert line.paths == []


AT = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
SCHEDULE: dict[str, object] = {
    "customer_uid": UID,
    "merchant_uid": build.ORDER_NO,
    "imp_uid": None,
    "schedule_at": int(AT.timestamp()),
    "executed_at": 0,
    "revoked_at": 0,
    "amount": 20_000,
    "schedule_status": "scheduled",
    "payment_status": None,
    "fail_reason": None,
}
SEEN = ScheduleSeen(build.ORDER_NO, UID, ScheduleState.SCHEDULED, AT, Won(20_000))
OTHER = {**SCHEDULE, "merchant_uid": "other"}


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said([SCHEDULE]), SEEN),
        (build.said(SCHEDULE), SEEN),
        (build.pages(SCHEDULE), SEEN),
        (build.said([OTHER, SCHEDULE]), SEEN),
        (build.said([OTHER]), NoAnswer("wrong_order")),
        (build.said([SCHEDULE, SCHEDULE]), NoAnswer("wrong_order")),
        (build.said([]), NoAnswer("malformed")),
        (build.said({**SCHEDULE, "schedule_at": None}), NoAnswer("malformed")),
        (build.said({**SCHEDULE, "schedule_status": "paused"}), NoAnswer("state.paused")),
        (build.NOT_FOUND, Absent()),
        (NEVER_LEFT, NotSent("dns")),
        (TIMEOUT, NoAnswer("timeout")),
        (build.NO_TOKEN, NoAnswer("token_refused")),
    ],
)
def test_a_schedule_that_was_to_be_made(exchange: Exchange, answer: object) -> None:
    assert read_done(exchange, build.ORDER_NO, SETTINGS) == answer


def test_a_refused_schedule_brings_its_reason() -> None:
    answer = read_done(build.refused("과거 시각", status=400), build.ORDER_NO, SETTINGS)
    assert isinstance(answer, Refused)
    assert answer.refusal.raw_message == "과거 시각"


@pytest.mark.parametrize(
    ("status", "paid"), [("paid", True), ("cancelled", True), ("failed", False), (None, None)]
)
def test_an_executed_schedule_says_whether_it_was_paid(status: str | None, paid: bool) -> None:
    row = {
        **SCHEDULE,
        "schedule_status": "executed",
        "payment_status": status,
        "imp_uid": build.IMP_UID,
        "fail_reason": "[CC61]",
    }
    seen = read_one(build.said(row), build.ORDER_NO, SETTINGS)
    assert isinstance(seen, ScheduleSeen)
    assert (seen.state, seen.paid) == (ScheduleState.EXECUTED, paid)
    assert (seen.gateway_ref, seen.fail_reason) == (build.IMP_UID, "[CC61]")


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.NOT_FOUND, Absent()),
        (build.said(OTHER), CannotTell("wrong_order")),
        (Response(404, (), b"<html>"), CannotTell("http.404")),
        (TIMEOUT, CannotTell("timeout")),
    ],
)
def test_one_schedule_that_was_looked_for(exchange: Exchange, answer: object) -> None:
    assert read_one(exchange, build.ORDER_NO, SETTINGS) == answer


def test_one_schedule_that_cannot_be_read_spoils_the_list() -> None:
    fields = Fields
    later = {**OTHER, "schedule_at": int(AT.timestamp()) + 60}
    listed = read_list([fields(later), fields(SCHEDULE)])
    assert isinstance(listed, tuple)
    assert [one.order_no for one in listed] == [build.ORDER_NO, "other"]
    assert read_list([fields(SCHEDULE), fields({})]) == CannotTell("malformed")


@pytest.mark.parametrize("days", [0, -1, 93])
def test_a_period_that_portone_would_refuse_is_not_asked_for(days: int) -> None:
    gateway, line = build.gateway(TIMEOUT)
    with pytest.raises(Bug, match=r"gateway\.window_malformed"):
        asyncio.run(gateway.schedules(AT, AT + dt.timedelta(days=days)))
    assert line.sent == []


def test_a_schedule_goes_out_once_even_after_a_refused_token() -> None:
    gateway, line = build.gateway(build.NO_TOKEN)
    request = ScheduleRequest(UID, build.ORDER_NO, build.order(), AT, build.agree)
    assert asyncio.run(gateway.schedule(request)) == NoAnswer("token_refused")
    assert line.paths == ["POST /subscribe/payments/schedule"]


def test_unscheduling_is_repeated_after_a_refused_token() -> None:
    revoked = {**SCHEDULE, "schedule_status": "revoked"}
    gateway, line = build.gateway(build.NO_TOKEN, build.said([revoked]))
    answer = asyncio.run(gateway.unschedule(UID, build.ORDER_NO))
    assert isinstance(answer, ScheduleSeen)
    assert answer.state is ScheduleState.REVOKED
    assert line.paths == ["POST /subscribe/payments/unschedule"] * 2


CHECK = "imp_448280090638"
CERTIFICATION: dict[str, object] = {
    "imp_uid": CHECK,
    "merchant_uid": "CHECK1",
    "pg_provider": "kcp_v2",
    "name": "홍길동",
    "gender": "male",
    "birthday": "1990-01-01",
    "foreigner": False,
    "phone": "01012345678",
    "carrier": "SKT_MVNO",
    "certified": True,
    "certified_at": build.PAID_AT,
    "unique_key": "CI-" + "x" * 85,
    "unique_in_site": "DI-" + "y" * 61,
}


def confirmed(exchange: Exchange, *, by_app: bool = False) -> IdentityAnswer:
    return identity.read_confirmed(exchange, CHECK, SETTINGS, build.NOW, by_app=by_app)


def who(**fields: object) -> Identity:
    answer = confirmed(build.said({**CERTIFICATION, **fields}))
    assert isinstance(answer, IdentityConfirmed), answer
    return answer.identity


def test_a_certification_is_read_without_what_names_a_person_for_life() -> None:
    identity_seen = who()
    assert (identity_seen.name, identity_seen.birth) == ("홍길동", dt.date(1990, 1, 1))
    assert (identity_seen.carrier, identity_seen.foreigner) == ("SKT_MVNO", False)
    assert identity_seen.certified_at == dt.datetime.fromtimestamp(build.PAID_AT, dt.UTC)
    held = [getattr(identity_seen, name) for name in type(identity_seen).__slots__]
    assert not any(str(value).startswith(("CI-", "DI-")) for value in held)
    for personal in ("홍길동", "1990", "01012345678"):
        assert personal not in repr(identity_seen)


@pytest.mark.parametrize(
    ("fields", "birth"),
    [
        ({"birthday": "2000-02-29"}, dt.date(2000, 2, 29)),
        ({"birthday": "1990-02-30"}, None),
        ({"birthday": "19900101"}, None),
        ({"birthday": None}, None),
        ({"birthday": None, "birth": 631_119_600}, dt.date(1990, 1, 1)),
        ({"birthday": None, "birth": -86_400 * 366}, dt.date(1968, 12, 31)),
        ({"birthday": None, "birth": 10**12}, None),
        ({"birthday": None, "birth": "631119600"}, None),
    ],
)
def test_a_birth_date_in_both_forms(fields: dict[str, object], birth: dt.date | None) -> None:
    assert who(**fields).birth == birth


@pytest.mark.parametrize(
    ("fields", "passed"),
    [
        ({"certified": False}, False),
        ({"certified": None}, True),
        ({"certified": None, "certified_at": 0}, False),
        ({"certified": "yes", "certified_at": 0}, False),
    ],
)
def test_a_check_counts_as_passed_only_if_it_says_so(
    fields: dict[str, object], passed: bool
) -> None:
    answer = confirmed(build.said({**CERTIFICATION, **fields}))
    assert isinstance(answer, IdentityConfirmed) is passed
    if isinstance(answer, IdentityRefused):
        assert answer.trouble is IdentityTrouble.NOT_CONFIRMED_YET


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("인증번호가 일치하지 않습니다.", IdentityTrouble.WRONG_CODE),
        ("잘못된 인증번호입니다.", IdentityTrouble.WRONG_CODE),
        ("인증 유효시간이 만료되었습니다.", IdentityTrouble.EXPIRED),
        ("인증번호 입력 시간 초과", IdentityTrouble.EXPIRED),
        ("이미 인증이 완료되었습니다.", IdentityTrouble.ALREADY_CONFIRMED),
        ("인증 시도 횟수를 초과하였습니다.", IdentityTrouble.TOO_MANY),
        ("[0086] 잠시 후 다시 시도", IdentityTrouble.TOO_MANY),
        ("아직 인증이 완료되지 않았습니다.", IdentityTrouble.NOT_CONFIRMED_YET),
        ("통신사 오류입니다.", IdentityTrouble.REFUSED),
        ("", IdentityTrouble.REFUSED),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_refused_code_has_its_reason(text: str, trouble: IdentityTrouble, status: int) -> None:
    answer = confirmed(build.refused(text, status=status))
    assert isinstance(answer, IdentityRefused)
    assert answer.trouble is trouble
    again = {IdentityTrouble.WRONG_CODE, IdentityTrouble.NOT_CONFIRMED_YET}
    assert answer.again is (trouble in again)


def test_an_app_that_is_refused_without_known_words_is_not_ready_yet() -> None:
    answer = confirmed(build.refused("?", status=400), by_app=True)
    assert isinstance(answer, IdentityRefused)
    assert answer.trouble is IdentityTrouble.NOT_CONFIRMED_YET


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (TIMEOUT, "timeout"),
        (build.NO_TOKEN, "token_refused"),
        (Response(404, (), b"<html>"), "http.404"),
        (build.refused("?", status=503), "http.503"),
        (build.said({**CERTIFICATION, "imp_uid": "imp_999999999"}), "wrong_ref"),
        (build.said(None), "malformed"),
    ],
)
def test_anything_else_tells_nothing_about_the_caller(exchange: Exchange, why: str) -> None:
    answer = confirmed(exchange)
    assert isinstance(answer, NoAnswer)
    assert answer.why == why


def typed() -> SecretDigits:
    return SecretDigits(bytearray(b"123456"))


def test_a_repeat_after_a_lost_answer_shows_the_result() -> None:
    repeated = build.refused("이미 인증이 완료되었습니다.", status=400)
    gateway, line = build.gateway(repeated, build.said(CERTIFICATION))
    code, seen = typed(), []
    line.look = lambda: seen.append(code.wiped)
    answer = asyncio.run(gateway.confirm_code(CHECK, code))
    assert isinstance(answer, IdentityConfirmed)
    assert seen == [True, True]
    assert line.paths == [
        f"POST /certifications/otp/confirm/{CHECK}",
        f"GET /certifications/{CHECK}",
    ]


def test_a_repeat_whose_result_is_gone_stays_refused() -> None:
    repeated = build.refused("이미 인증이 완료되었습니다.", status=400)
    gateway, _ = build.gateway(repeated, build.NOT_FOUND)
    answer = asyncio.run(gateway.confirm_code(CHECK, typed()))
    assert isinstance(answer, IdentityRefused)
    assert answer.trouble is IdentityTrouble.ALREADY_CONFIRMED


def test_a_code_is_wiped_whatever_happens() -> None:
    gateway, line = build.gateway(TIMEOUT)
    code = typed()
    with pytest.raises(Bug, match=r"gateway\.identity_ref_malformed"):
        asyncio.run(gateway.confirm_code("../x", code))
    assert code.wiped
    line.tokens = [NEVER_LEFT]
    other = typed()
    assert asyncio.run(gateway.confirm_code(CHECK, other)) == NotSent("dns")
    assert other.wiped


WHO = IdentityRequest(
    "CHECK1", "홍길동", "01012345678", "900101", "1", Carrier.SKT, False, CodeBy.SMS
)


def test_without_a_channel_nobody_is_checked() -> None:
    gateway, line = build.gateway(build.said({"imp_uid": CHECK}))
    with pytest.raises(ShopTrouble, match=r"gateway\.identity_channel_not_set"):
        asyncio.run(gateway.request_code(WHO))
    assert line.sent == []


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said({"imp_uid": CHECK}), CodeSent(CHECK)),
        (build.said({"imp_uid": None}), NoAnswer("no_ref")),
        (build.said(None), NoAnswer("no_ref")),
        (TIMEOUT, NoAnswer("timeout")),
        (NEVER_LEFT, NotSent("dns")),
    ],
)
def test_a_code_that_was_asked_for(exchange: Exchange, answer: object) -> None:
    assert identity.read_sent(exchange, SETTINGS) == answer


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said(CERTIFICATION), Erased()),
        (build.NOT_FOUND, Absent()),
        (TIMEOUT, NoAnswer("timeout")),
        (build.refused("?", status=500), NoAnswer("http.500", None)),
    ],
)
def test_a_result_that_was_to_be_erased(exchange: Exchange, answer: object) -> None:
    told = identity.read_erased(exchange, SETTINGS)
    assert type(told) is type(answer)
    if not isinstance(told, NoAnswer):
        assert told == answer


def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    gateway, _ = build.gateway(build.said({"imp_uid": CHECK}), identity_channel_key="key-2")
    asyncio.run(gateway.request_code(WHO))
    asyncio.run(gateway.confirm_code(CHECK, typed()))
    for secret in ("홍길동", "01012345678", "900101", "123456", "t-1"):
        assert secret not in caplog.text
        assert all(secret not in str(vars(record)) for record in caplog.records)
