"""What KCP is sent (kcp.md 2.1, 2.2, 2.4), byte for byte where it matters."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.domain.money import Won
from pos_app.domain.requests import ChargeRequest
from pos_app.gateways.kcp import wire
from tests.unit.gateways import build

CERTIFICATE = "-----BEGIN CERTIFICATE-----MIID+/=-----END CERTIFICATE-----"


def approval(*, authenticated: bool = True, **changes: object) -> dict[str, str]:
    settings = build.settings(authenticated=authenticated, **changes)
    body = wire.approval_body(settings, CERTIFICATE, build.charge(), build.card())
    fields: dict[str, str] = json.loads(body)
    return fields


def test_an_authenticated_approval_holds_exactly_what_the_paper_lists() -> None:
    assert approval() == {
        "site_cd": "AB123",
        "kcp_cert_info": CERTIFICATE,
        "pay_method": "CARD",
        "cust_ip": "",
        "amount": "55000",
        "card_mny": "55000",
        "currency": "410",
        "quota": "03",
        "ordr_idxx": build.ORDER_NO,
        "good_name": "꽃바구니",
        "buyr_name": "홍길동",
        "buyr_mail": "",
        "buyr_tel2": "",
        "card_tx_type": "11121000",
        "card_no": "9410110000000073",
        "card_expiry": "3007",
        "card_taxno": "900101",
        "card_pwd": "12",
    }


def test_an_unauthenticated_one_leaves_the_proofs_out_altogether() -> None:
    fields = approval(authenticated=False)
    assert fields["card_tx_type"] == "11111000"
    assert not {"card_taxno", "card_pwd"} & fields.keys()


@pytest.mark.parametrize(("setting", "sent"), [("empty", ""), ("203.0.113.9", "203.0.113.9")])
def test_the_callers_address_follows_the_setting(setting: str, sent: str) -> None:
    assert approval(cust_ip=setting)["cust_ip"] == sent
    assert "cust_ip" not in approval(cust_ip="omit")


def test_a_card_without_proofs_is_refused_where_they_are_in_the_contract() -> None:
    bare = build.card(authenticated=False)
    with pytest.raises(ShopTrouble, match=r"gateway\.holder_missing"):
        wire.approval_body(build.settings(), CERTIFICATE, build.charge(), bare)


def test_a_wiped_card_is_never_sent() -> None:
    wiped = build.card()
    wiped.wipe()
    with pytest.raises(Bug, match=r"gateway\.card_wiped"):
        wire.approval_body(build.settings(), CERTIFICATE, build.charge(), wiped)


def test_the_tax_split_goes_along_only_by_setting_and_with_a_tax_free_part() -> None:
    mixed = ChargeRequest(build.ORDER_NO, build.order(11_000, tax_free=4_500), build.agree)
    split = ("tax_flag", "comm_tax_mny", "comm_vat_mny", "comm_free_mny")
    on, off = build.settings(mixed_tax=True), build.settings()
    sent = json.loads(wire.approval_body(on, CERTIFICATE, mixed, build.card()))
    assert [sent[name] for name in split] == ["TG03", "5909", "591", "4500"]
    for settings, request in ((off, mixed), (on, build.charge())):
        sent = json.loads(wire.approval_body(settings, CERTIFICATE, request, build.card()))
        assert not set(split) & sent.keys()


def cancel(settings_changes: dict[str, object] | None = None, **request: object) -> dict[str, str]:
    settings = build.settings(**(settings_changes or {}))
    asked = build.cancel(**request)  # type: ignore[arg-type] # tests set what they like
    fields: dict[str, str] = json.loads(wire.cancel_body(settings, CERTIFICATE, "SIG", asked))
    return fields


def test_a_full_cancel_names_no_amount() -> None:
    assert cancel(amount=55_000, partial=False) == {
        "site_cd": "AB123",
        "kcp_cert_info": CERTIFICATE,
        "kcp_sign_data": "SIG",
        "tno": build.TNO,
        "mod_type": "STSC",
        "mod_desc": "고객 변심",
    }


def test_a_partial_cancel_names_the_balance_before_it() -> None:
    fields = cancel(amount=20_000, before=35_000)
    assert (fields["mod_type"], fields["mod_mny"], fields["rem_mny"]) == ("STPC", "20000", "35000")


def test_the_rest_after_a_partial_cancel_goes_by_stpc() -> None:
    fields = cancel(amount=35_000, before=35_000, partial=True)
    assert (fields["mod_type"], fields["mod_mny"], fields["rem_mny"]) == ("STPC", "35000", "35000")


def test_a_part_never_goes_out_as_a_full_cancel() -> None:
    assert cancel(amount=20_000, partial=False)["mod_type"] == "STPC"


def test_a_mixed_tax_cancel_splits_its_amount() -> None:
    fields = cancel({"mixed_tax": True}, amount=11_000, tax_free=4_500)
    split = ("tax_flag", "mod_tax_mny", "mod_vat_mny", "mod_free_mny")
    assert [fields[name] for name in split] == ["TG03", "5909", "591", "4500"]
    assert not set(split) & cancel(amount=11_000, tax_free=4_500).keys()


def test_what_is_signed() -> None:
    settings = build.settings()
    assert wire.cancel_message(settings, build.cancel()) == b"AB123^26112114320731^STPC"
    whole = build.cancel(55_000, partial=False)
    assert wire.cancel_message(settings, whole) == b"AB123^26112114320731^STSC"
    assert wire.inquiry_message(settings, build.TNO) == b"AB123^26112114320731^PACA"
    by_type = build.settings(inquiry_sign="mod_type")
    assert wire.inquiry_message(by_type, build.TNO) == b"AB123^26112114320731^STSQ"


def test_an_inquiry_by_order_has_the_date_for_a_number() -> None:
    tno = wire.order_tno("20261121")
    body = wire.inquiry_body(build.settings(), CERTIFICATE, "SIG", tno, ("ordr_idxx", "X1"))
    assert json.loads(body) == {
        "site_cd": "AB123",
        "kcp_cert_info": CERTIFICATE,
        "kcp_sign_data": "SIG",
        "tno": "20261121000000",
        "pay_type": "PACA",
        "ordr_idxx": "X1",
    }


@given(st.text(max_size=120))
def test_a_reason_is_harmless_and_short_whatever_was_typed(reason: str) -> None:
    cleaned = wire.clean_reason(reason)
    assert len(cleaned.encode()) <= 100
    assert not set(cleaned) & set(",&;\\|'\"<>\n\x00")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_body_that_reads_back(product: str, buyer: str) -> None:
    order = build.order(product=product, buyer_name=buyer)
    request = ChargeRequest(build.ORDER_NO, order, build.agree)
    body = wire.approval_body(build.settings(), CERTIFICATE, request, build.card())
    fields = json.loads(body.decode("utf-8"))
    assert fields["good_name"] == product.encode("utf-8", "replace").decode()
    assert len(fields) == 18


def test_kcps_slip_page() -> None:
    tail = f"?cmd=card_bill&tno={build.TNO}&order_no={build.ORDER_NO}&trade_mony=55000"
    path = "/assist/bill.BillActionNew.do"
    amount = Won(55_000)
    live = wire.receipt_url(build.settings(), build.TNO, build.ORDER_NO, amount)
    assert live == f"https://admin8.kcp.co.kr{path}{tail}"
    staging = build.settings(environment="staging", site_code="T0000")
    url = wire.receipt_url(staging, build.TNO, build.ORDER_NO, amount)
    assert url == f"https://testadmin8.kcp.co.kr{path}{tail}"
    local = build.settings(environment="practice", loopback_url="http://127.0.0.1:1")
    assert wire.receipt_url(local, build.TNO, build.ORDER_NO, amount) == ""
