"""What may not be set up at PortOne, and what its channels say about it."""

from __future__ import annotations

import pytest

from pos_app.domain.answers import CannotTell, Refused
from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.environments import TEST_SITES
from pos_app.gateways.exchange import Exchange
from pos_app.gateways.portone.channels import (
    Channel,
    billing_key_of,
    channel_trouble,
    identity_trouble,
    read_channels,
)
from tests.unit.gateways.portone import build

LOCAL = {"environment": "loopback", "loopback_url": "http://127.0.0.1:8765"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"environment": "prod"}, "environment_unknown"),
        ({"loopback_url": "http://127.0.0.1:1"}, "loopback_url_not_allowed"),
        ({"environment": "loopback"}, "loopback_only"),
        ({**LOCAL, "loopback_url": "http://192.168.0.1:1"}, "loopback_only"),
        ({"pg": ""}, "pg_malformed"),
        ({"pg": "kcp."}, "pg_malformed"),
        ({"pg": "KCP.AB123"}, "pg_malformed"),
        ({"pg": "kcp_billing.AB123"}, "pg_malformed"),
        ({"pg": "kcp.AB 123"}, "pg_malformed"),
        ({"pg": "kcp." + "A" * 80}, "pg_malformed"),
        *(({"pg": f"kcp.{site}"}, "test_site_in_live") for site in sorted(TEST_SITES)),
        ({"pg": "kcp.t0000"}, "test_site_in_live"),
        ({"birth": "yes"}, "setting_unknown"),
        ({"password": ""}, "setting_unknown"),
        ({"identity_key_field": "channel"}, "setting_unknown"),
        ({"identity_bypass": "text"}, "setting_unknown"),
        ({"identity_channel_key": "a b"}, "setting_unknown"),
        ({"billing_channel_key": "k" * 56}, "setting_unknown"),
        ({"identity_web_siteid": "<x>"}, "setting_unknown"),
        ({"identity_callback": "call me"}, "setting_unknown"),
        ({"browser_ip": "here"}, "setting_unknown"),
        ({"identity_sms_text": "인증번호 000000"}, "sms_text_without_code"),
        ({"identity_sms_text": "[000000]" + "가" * 80}, "sms_text_without_code"),
        ({"quota_max": 37}, "setting_unknown"),
        ({"quota_max": -1}, "setting_unknown"),
        ({"timeout_s": 59.9}, "timeout_out_of_range"),
        ({"timeout_s": 181.0}, "timeout_out_of_range"),
        ({"look_up_timeout_s": 0.0}, "timeout_out_of_range"),
        ({"connect_timeout_s": float("nan")}, "timeout_out_of_range"),
    ],
)
def test_what_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(ShopTrouble, match=rf"gateway\.{code}"):
        build.settings(**changes)


def test_the_environment_decides_the_host() -> None:
    assert build.settings().base_url == "https://api.iamport.kr"
    assert build.settings(environment="staging", pg="kcp.T0000").base_url.endswith("iamport.kr")
    fixed = build.settings(fixed_address=True)
    assert fixed.base_url == "https://static-api.iamport.kr"
    local = build.settings(**LOCAL, fixed_address=True, timeout_s=0.1)
    assert local.base_url == "http://127.0.0.1:8765"


@pytest.mark.parametrize(
    ("pg", "provider", "site"), [("kcp.AB123", "kcp", "AB123"), ("nice_v2", "nice_v2", "")]
)
def test_the_parts_of_pg(pg: str, provider: str, site: str) -> None:
    settings = build.settings(pg=pg)
    assert (settings.provider, settings.merchant_id) == (provider, site)


def channel(**changes: object) -> Channel:
    """Return a channel as the list has it."""
    found = read_channels(build.said([{**build.CHANNEL, **changes}]), build.settings())
    assert isinstance(found, tuple)
    return found[0]


def code_of(trouble: ShopTrouble | None) -> str:
    return "" if trouble is None else trouble.code.removeprefix("gateway.")


@pytest.mark.parametrize(
    ("environment", "channels", "code"),
    [
        ("live", [channel()], ""),
        ("live", [], "channel_missing"),
        ("live", [channel(pg_id="ZZ")], "channel_missing"),
        ("live", [channel(type="payment")], "channel_missing"),
        ("live", [channel(sandbox=True)], "channel_is_test"),
        ("live", [channel(), channel(sandbox=True)], "channel_is_test"),
        ("live", [channel(), channel(pg_id="ZZ", sandbox=True)], ""),
        ("staging", [channel(sandbox=True)], ""),
        ("staging", [channel()], "channel_is_live"),
    ],
)
def test_what_the_channels_say_about_a_charge(
    environment: str, channels: list[Channel], code: str
) -> None:
    settings = build.settings(environment=environment)
    assert code_of(channel_trouble(settings, channels)) == code


def test_a_practice_gateway_may_have_channels_of_any_kind() -> None:
    settings = build.settings(**LOCAL)
    assert channel_trouble(settings, [channel(sandbox=True)]) is None
    assert channel_trouble(settings, [channel()]) is None


def test_the_identity_channel_must_be_one() -> None:
    assert identity_trouble(build.settings(), []) is None
    settings = build.settings(identity_channel_key="key-2")
    right = channel(type="certification", channel_key="key-2")
    assert identity_trouble(settings, [right]) is None
    wrong = channel(channel_key="key-2")
    assert code_of(identity_trouble(settings, [wrong])) == "identity_channel_missing"


def test_the_channel_that_keeps_cards_is_the_set_one_or_that_of_pg() -> None:
    assert billing_key_of(build.settings(), [channel()]) == "channel-key-1"
    assert billing_key_of(build.settings(), [channel(channel_key=None)]) == ""
    assert billing_key_of(build.settings(billing_channel_key="k"), [channel()]) == "k"


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        (build.said({}), CannotTell("malformed")),
        (build.said(["kcp"]), CannotTell("malformed")),
        (build.said([{**build.CHANNEL, "sandbox": "no"}]), CannotTell("malformed")),
        (build.said([{**build.CHANNEL, "pg_id": None}]), CannotTell("malformed")),
        (build.said([], status=500), CannotTell("http.500")),
        (build.NO_TOKEN, CannotTell("token_refused")),
    ],
)
def test_a_list_that_cannot_be_read_whole_is_none(exchange: Exchange, answer: object) -> None:
    assert read_channels(exchange, build.settings()) == answer


def test_a_refused_list_says_why() -> None:
    answer = read_channels(build.refused("권한이 없습니다."), build.settings())
    assert isinstance(answer, Refused)
    assert answer.refusal.raw_message == "권한이 없습니다."
