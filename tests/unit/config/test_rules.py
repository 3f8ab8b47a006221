"""Every rule refuses what it is there for, and the samples are fine."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pos_app.config.model import (
    Gateways,
    KcpSettings,
    LedgerSettings,
    LookSettings,
    OperatorSettings,
    PortOneSettings,
    PrinterSettings,
    SaleSettings,
    Settings,
)
from pos_app.config.rules import check_api_secret, check_pin, complaints
from pos_app.config.rules_gateways import is_loopback_url
from pos_app.domain.errors import UserMistake
from tests.unit.config.samples import KCP, SETTINGS, SHOP

ONE = OperatorSettings(name="김", role="clerk")
PRINTER = PrinterSettings(name="P", kind="system")


def kcp(**changes: Any) -> Settings:
    changed = msgspec.structs.replace(KCP, **changes)
    return msgspec.structs.replace(SETTINGS, gateways=Gateways(kcp=changed))


def live(**changes: Any) -> Settings:
    made = {"environment": "live", "site_code": "AB123", **changes}
    return msgspec.structs.replace(SETTINGS, gateways=Gateways(kcp=KcpSettings(**made)))


def shop(**changes: str) -> Settings:
    return msgspec.structs.replace(SETTINGS, shop=msgspec.structs.replace(SHOP, **changes))


def portone(**changes: Any) -> Settings:
    made = PortOneSettings(
        **{"environment": "live", "pg": "kcp.AB123", **changes},
    )
    return msgspec.structs.replace(SETTINGS, gateways=Gateways(first="portone", portone=made))


def with_(**parts: Any) -> Settings:
    return msgspec.structs.replace(SETTINGS, **parts)


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        live(),
        live(environment="staging", site_code="T0000"),
        kcp(loopback_url="http://[::1]:9000/"),
        kcp(cust_ip="192.0.2.1"),
        kcp(months_max=0),
        portone(),
        portone(environment="staging", pg="kcp.T0000", identity_sms_text="[000000] 봄꽃집"),
        portone(environment="loopback", loopback_url="http://127.0.0.1:1", timeout_s=2),
        with_(gateways=Gateways(kcp=KCP, portone=PortOneSettings(pg="nice_v2.shop-1"))),
        with_(gateways=Gateways()),
        with_(sale=SaleSettings(amount_limit_won=1)),
    ],
)
def test_right_settings_have_no_complaint(settings: Settings) -> None:
    assert complaints(settings) == ()


@pytest.mark.parametrize(
    ("settings", "field", "code"),
    [
        (shop(name=" "), "shop.name", "text_empty"),
        (shop(owner=""), "shop.owner", "text_empty"),
        (shop(address="x" * 101), "shop.address", "text_too_long"),
        (shop(name="꽃\u202e집"), "shop.name", "text_control"),
        (shop(name="꽃\x1bp"), "shop.name", "text_control"),
        (shop(business_number="124810099"), "shop.business_number", "business_number_form"),
        (
            shop(business_number="１２４８１００９９８"),
            "shop.business_number",
            "business_number_form",
        ),
        (shop(business_number="1248100999"), "shop.business_number", "business_number_check"),
        (shop(phone="공일공"), "shop.phone", "phone_form"),
        (shop(counter="001"), "shop.counter", "counter_form"),
        (shop(counter="a1"), "shop.counter", "counter_form"),
        (with_(ledger=LedgerSettings(url="mysql://x")), "ledger.url", "ledger_url"),
        (kcp(site_code="T000"), "gateways.kcp.site_code", "site_code_form"),
        (live(site_code="T0000"), "gateways.kcp.site_code", "live_test_code"),
        (
            live(loopback_url="http://127.0.0.1:1"),
            "gateways.kcp.loopback_url",
            "loopback_url_unused",
        ),
        (kcp(loopback_url=""), "gateways.kcp.loopback_url", "loopback_url"),
        (live(timeout_s=29), "gateways.kcp.timeout_s", "out_of_bounds"),
        (kcp(timeout_s=0), "gateways.kcp.timeout_s", "out_of_bounds"),
        (live(settle_time_s=59), "gateways.kcp.settle_time_s", "out_of_bounds"),
        (kcp(months_max=1), "gateways.kcp.months_max", "months_max"),
        (kcp(months_max=37), "gateways.kcp.months_max", "months_max"),
        (kcp(cust_ip="here"), "gateways.kcp.cust_ip", "cust_ip"),
        (kcp(partner_site="http://partner.kcp.co.kr"), "gateways.kcp.partner_site", "site_address"),
        (kcp(partner_site="https://a@b"), "gateways.kcp.partner_site", "site_address"),
        (kcp(slip_site="javascript:x"), "gateways.kcp.slip_site", "site_address"),
        (portone(pg=""), "gateways.portone.pg", "pg_form"),
        (portone(pg="kcp"), "gateways.portone.pg", "pg_form"),
        (portone(pg="danal.A1"), "gateways.portone.pg", "pg_not_key_in"),
        (portone(pg="kcp.T0000"), "gateways.portone.pg", "live_test_code"),
        (portone(pg="kcp.a52ld"), "gateways.portone.pg", "live_test_code"),
        (portone(timeout_s=59), "gateways.portone.timeout_s", "out_of_bounds"),
        (portone(settle_time_s=59), "gateways.portone.settle_time_s", "out_of_bounds"),
        (portone(months_max=1), "gateways.portone.months_max", "months_max"),
        (
            portone(loopback_url="http://127.0.0.1:1"),
            "gateways.portone.loopback_url",
            "loopback_url_unused",
        ),
        (
            portone(identity_channel_key="key with blanks"),
            "gateways.portone.identity_channel_key",
            "channel_key_form",
        ),
        (
            portone(billing_channel_key="x" * 56),
            "gateways.portone.billing_channel_key",
            "channel_key_form",
        ),
        (
            portone(identity_web_siteid="한글"),
            "gateways.portone.identity_web_siteid",
            "web_siteid_form",
        ),
        (
            portone(identity_callback="02 120"),
            "gateways.portone.identity_callback",
            "callback_form",
        ),
        (
            portone(identity_sms_text="인증번호입니다"),
            "gateways.portone.identity_sms_text",
            "sms_text",
        ),
        (
            portone(partner_site="http://admin.portone.io"),
            "gateways.portone.partner_site",
            "site_address",
        ),
        (
            with_(gateways=Gateways(first="portone", kcp=KCP)),
            "gateways.first",
            "first_not_set_up",
        ),
        (with_(operators=(ONE, ONE)), "operators.2.name", "operator_twice"),
        (with_(printers=(PRINTER, PRINTER)), "printers.2.name", "printer_twice"),
        (
            with_(printers=(PrinterSettings(name="P", kind="escpos"),)),
            "printers.1.address",
            "text_empty",
        ),
        (with_(look=LookSettings(text_percent=99)), "look.text_percent", "out_of_bounds"),
        (with_(sale=SaleSettings(amount_limit_won=0)), "sale.amount_limit_won", "out_of_bounds"),
    ],
)
def test_each_wrong_value_gets_its_own_complaint(settings: Settings, field: str, code: str) -> None:
    assert [(c.field, c.mistake.code) for c in complaints(settings)] == [
        (field, f"settings.{code}")
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8765",
        "http://127.0.0.1",
        "http://127.0.0.2:8765",
        "http://0.0.0.0:8765",
        "http://192.0.2.1:8765",
        "http://127.0.0.1.example.com:8765",
        "http://user@127.0.0.1:8765",
        "http://127.0.0.1:8765@example.com",
        "http://127.0.0.1:8765/gw",
        "http://127.0.0.1:8765?x",
        "http://127.0.0.1:port",
        "http://[::1",
        "http://2130706433:80",
        "ftp://127.0.0.1:8765",
        "127.0.0.1:8765",
        "",
    ],
)
def test_only_this_computer_is_loopback(url: str) -> None:
    assert not is_loopback_url(url)


@pytest.mark.parametrize("pin", ["1234", "135790", "123456789012"])
def test_a_pin_of_some_digits_is_fine(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "１２３４", "1111", " 1234"])
def test_other_pins_are_refused(pin: str) -> None:
    with pytest.raises(UserMistake):
        check_pin(pin)


def test_the_first_gateway_comes_first_and_only_what_is_set_up_counts() -> None:
    both = Gateways(first="portone", kcp=KCP, portone=PortOneSettings(pg="kcp.AB123"))
    assert both.names == ("portone", "kcp")
    assert msgspec.structs.replace(both, first="kcp").names == ("kcp", "portone")
    assert Gateways(portone=PortOneSettings()).names == ("portone",)
    assert Gateways().names == ()


@pytest.mark.parametrize("value", ["", "  ", "a b", "키", "x" * 257, "a\u200bb"])
def test_what_can_be_no_api_key_is_refused_without_being_named(value: str) -> None:
    for name in ("imp_key", "imp_secret"):
        with pytest.raises(UserMistake, match=name) as refused:
            check_api_secret(name, value)
        assert refused.value.params == {}
    check_api_secret("imp_key", " 4820010012345678\n")
