"""What PortOne is sent, field by field (portone.md 2.1, 2.3, 2.6, 2.7)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from pos_app.domain.card import SecretDigits
from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.identity import Carrier, CodeBy, IdentityRequest
from pos_app.domain.order import OrderNo
from pos_app.domain.saved_cards import CustomerUid, KeepCardRequest
from pos_app.domain.schedules import ScheduleRequest
from pos_app.gateways.json_body import json_body
from pos_app.gateways.portone import identity, scheduling, wire
from pos_app.gateways.portone.cards_on_file import customer_path, keep_body
from tests.unit.gateways.portone import build

UID = CustomerUid("C01-1")


def charged(**changes: Any) -> dict[str, Any]:
    """Return the fields of a charge under changed settings."""
    kind = {name: changes.pop(name) for name in ("months", "tax_free") if name in changes}
    card = changes.pop("card", None) or build.card()
    texts = changes.pop("texts", {})
    request = build.charge(customer_uid=changes.pop("uid", ""), **kind, **texts)
    fields: dict[str, Any] = json.loads(wire.charge_body(build.settings(**changes), request, card))
    return fields


def test_a_charge_has_these_fields_and_no_others() -> None:
    assert charged(tax_free=5_000) == {
        "merchant_uid": build.ORDER_NO,
        "pg": "kcp.AB123",
        "amount": 55_000,
        "currency": "KRW",
        "name": "꽃바구니",
        "buyer_name": "홍길동",
        "custom_data": '{"order_no":"2026112101K7QF3M2ZABCDEFGH","counter":"01"}',
        "card_quota": 3,
        "tax_free": 5_000,
        "card_number": "9410-1100-0000-0073",
        "expiry": "2030-07",
        "birth": "900101",
        "pwd_2digit": "12",
    }


def test_what_does_not_apply_is_not_sent() -> None:
    fields = charged(months=0)
    assert not fields.keys() & {"card_quota", "tax_free", "customer_uid", "browser_ip"}
    assert "tax_free" not in charged(tax_free=5_000, mixed_tax=False)
    assert charged(uid="C01-1")["customer_uid"] == "C01-1"
    assert charged(browser_ip="203.0.113.9")["browser_ip"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (b"9410110000000073", "9410-1100-0000-0073"),
        (b"374245455400126", "3742-4545-5400-126"),
        (b"36070500001111", "3607-0500-0011-11"),
        (b"4000000000006", "4000-0000-0000-6"),
        (b"6214830000000000018", "6214830000000000018"),
    ],
)
def test_the_form_of_a_card_number(number: bytes, shown: str) -> None:
    assert charged(card=build.card(number))["card_number"] == shown


@pytest.mark.parametrize(
    ("birth", "password", "sent"),
    [
        ("ask", "ask", {"birth", "pwd_2digit"}),
        ("optional", "optional", {"birth", "pwd_2digit"}),
        ("never", "ask", {"pwd_2digit"}),
        ("ask", "never", {"birth"}),
        ("never", "never", set()),
    ],
)
def test_never_means_not_even_if_it_was_typed(birth: str, password: str, sent: set[str]) -> None:
    fields = charged(birth=birth, password=password)
    assert fields.keys() & {"birth", "pwd_2digit"} == sent


def test_what_the_contract_asks_for_must_be_there_but_no_password_of_a_company() -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.holder_missing"):
        charged(card=build.card(holder=b""))
    with pytest.raises(ShopTrouble, match=r"gateway\.holder_missing"):
        charged(card=build.card(password=b""))
    company = charged(card=build.card(holder=b"1234567891", password=b""))
    assert company["birth"] == "1234567891"
    assert "pwd_2digit" not in company
    bare = charged(card=build.card(holder=b"", password=b""), birth="optional", password="optional")
    assert not bare.keys() & {"birth", "pwd_2digit"}


def test_texts_are_cut_at_portones_limits_and_a_number_never() -> None:
    fields = charged(
        texts={
            "product": "가" * 50,
            "buyer_name": "Wolfeschlegelsteinhausen",
            "buyer_phone": "+82-10-1234-5678",
            "buyer_email": "a@b.kr",
        }
    )
    assert fields["name"] == "가" * 40
    assert fields["buyer_name"] == "Wolfeschlegelste"
    assert fields["buyer_tel"] == "821012345678"
    assert fields["buyer_email"] == "a@b.kr"
    assert "buyer_tel" not in charged(texts={"buyer_phone": "1" * 17})
    assert charged(texts={"product": ""})["name"] == build.ORDER_NO


def test_more_months_than_the_shop_allows_are_not_sent() -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.months_over_limit"):
        charged(months=13)
    assert charged(months=36, quota_max=36)["card_quota"] == 36


def test_a_wiped_card_is_a_bug() -> None:
    card = build.card()
    card.wipe()
    with pytest.raises(Bug, match=r"gateway\.card_wiped"):
        charged(card=card)


def test_no_float_ever_leaves() -> None:
    with pytest.raises(Bug, match=r"gateway\.body_not_whole_numbers"):
        json_body([("amount", 55_000.0)])
    assert json_body([]) == b"{}"


def test_a_card_on_file_is_charged_with_its_channel() -> None:
    request = build.charge(customer_uid="C01-1", months=0)
    fields = json.loads(wire.again_body(build.settings(billing_channel_key="key-1"), request))
    assert fields["channel_key"] == "key-1"
    assert fields["name"] == "꽃바구니"
    assert "pg" not in fields
    assert "channel_key" not in json.loads(wire.again_body(build.settings(), request))


def test_a_cancel_names_amount_balance_and_reason_and_one_reference() -> None:
    assert json.loads(wire.cancel_body(build.cancel())) == {
        "imp_uid": build.IMP_UID,
        "amount": 20_000,
        "checksum": 55_000,
        "reason": "고객 변심",
    }
    mixed = json.loads(wire.cancel_body(build.cancel(tax_free=0, ref="")))
    assert mixed["merchant_uid"] == build.ORDER_NO
    assert "imp_uid" not in mixed
    assert mixed["tax_free"] == 0


def test_a_key_is_asked_for_with_channel_and_pg() -> None:
    request = KeepCardRequest(UID, "홍길동", "01012345678", "", build.agree)
    body = keep_body(build.settings(), "key-1", request, build.card())
    assert json.loads(body) == {
        "channel_key": "key-1",
        "pg": "kcp.AB123",
        "customer_name": "홍길동",
        "customer_tel": "01012345678",
        "card_number": "9410-1100-0000-0073",
        "expiry": "2030-07",
        "birth": "900101",
        "pwd_2digit": "12",
    }
    assert customer_path(CustomerUid("a/b?c")) == "/subscribe/customers/a%2Fb%3Fc"


@pytest.mark.parametrize("uid", ["", "x" * 81])
def test_no_name_or_one_too_long_is_never_in_a_path(uid: str) -> None:
    with pytest.raises(Bug, match=r"gateway\.customer_uid_malformed"):
        customer_path(CustomerUid(uid))


def test_a_schedule_says_when_in_unix_seconds() -> None:
    at = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    request = ScheduleRequest(UID, build.ORDER_NO, build.order(months=0), at, build.agree)
    fields = json.loads(scheduling.schedule_body(build.settings(), request))
    [one] = fields["schedules"]
    assert (fields["customer_uid"], one["merchant_uid"]) == (UID, build.ORDER_NO)
    assert (one["schedule_at"], one["amount"]) == (1_796_083_200, 55_000)
    assert (one["currency"], one["name"]) == ("KRW", "꽃바구니")


@pytest.mark.parametrize(("uid", "order"), [("C01-1", ""), ("", str(build.ORDER_NO)), ("", "")])
def test_a_whole_customer_can_never_be_unscheduled(uid: str, order: str) -> None:
    with pytest.raises(Bug, match=r"gateway\.unschedule_without_order"):
        scheduling.unschedule_body(CustomerUid(uid), OrderNo(order))


def test_unscheduling_always_names_the_order() -> None:
    body = json.loads(scheduling.unschedule_body(UID, build.ORDER_NO))
    assert body == {"customer_uid": UID, "merchant_uid": [build.ORDER_NO]}


WHO = IdentityRequest(
    "CHECK1", "홍길동", "01012345678", "900101", "1", Carrier.KT, True, CodeBy.SMS, "달빛꽃집"
)


def asked(**changes: object) -> dict[str, Any]:
    """Return the fields of a request for a code."""
    settings = build.settings(identity_channel_key="key-2", **changes)
    fields: dict[str, Any] = json.loads(identity.request_body(settings, WHO))
    return fields


def test_a_check_has_these_fields_and_no_others() -> None:
    assert asked() == {
        "name": "홍길동",
        "phone": "01012345678",
        "birth": "900101",
        "gender_digit": "1",
        "carrier": "KT",
        "is_mvno": True,
        "merchant_uid": "CHECK1",
        "verification_method": "SMS",
        "channel_key": "key-2",
        "bypass": '{"kcpV2": {"media_type": "MC01"}}',
        "company": "달빛꽃집",
    }


def test_spelling_and_form_follow_the_settings() -> None:
    text = "[달빛] 인증번호 [000000]"
    fields = asked(
        identity_key_field="channelKey",
        identity_bypass="object",
        identity_sms_text=text,
        identity_callback="0212345678",
        identity_web_siteid="J1",
    )
    assert "channel_key" not in fields
    assert fields["channelKey"] == "key-2"
    twice = asked(identity_key_field="both")
    assert twice["channelKey"] == twice["channel_key"] == "key-2"
    assert fields["bypass"]["kcpV2"] == {
        "media_type": "MC01",
        "web_siteid": "J1",
        "cp_sms_msg": text,
        "cp_callback": "0212345678",
    }


def test_a_code_is_lent_and_none_is_sent_for_an_app() -> None:
    code = SecretDigits(bytearray(b"000000"))
    assert identity.confirm_body(code) == b'{"otp":"000000"}'
    assert identity.confirm_body(None) == b"{}"
    code.wipe()
    with pytest.raises(Bug, match=r"gateway\.code_wiped"):
        identity.confirm_body(code)
