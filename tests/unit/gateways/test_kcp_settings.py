"""Live, staging and this PC are never mixed up (security.md 8, "test/live mix-up")."""

from __future__ import annotations

import pytest

from pos_app.domain.errors import ShopTrouble
from pos_app.gateways.environments import TEST_SITES
from pos_app.gateways.kcp.settings import KcpSettings
from tests.unit.gateways import build


@pytest.mark.parametrize(
    ("environment", "loopback_url", "base"),
    [
        ("live", "", "https://spl.kcp.co.kr"),
        ("staging", "", "https://stg-spl.kcp.co.kr"),
        ("loopback", "http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("practice", "http://[::1]:8765/", "http://[::1]:8765"),
        ("loopback", "https://127.0.0.1:8765", "https://127.0.0.1:8765"),
    ],
)
def test_the_environment_decides_the_host(environment: str, loopback_url: str, base: str) -> None:
    assert KcpSettings(environment, "AB123", loopback_url).base_url == base


@pytest.mark.parametrize("site", sorted(TEST_SITES))
def test_live_refuses_every_test_site(site: str) -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.test_site_in_live"):
        KcpSettings("live", site)
    assert KcpSettings("staging", site).site_code == site


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://127.0.0.1",
        "http://127.0.0.2:80",
        "http://localhost:80",
        "http://0.0.0.0:80",
        "http://10.0.0.1:80",
        "https://spl.kcp.co.kr",
        "http://127.0.0.1:80@evil.example",
        "http://user@127.0.0.1:80",
        "http://127.0.0.1.evil.example:80",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?x",
        "http://127.0.0.1:99999",
        "http://[::ffff:127.0.0.1]:80",
        "http://[::1",
        "ftp://127.0.0.1:80",
        "127.0.0.1:80",
    ],
)
@pytest.mark.parametrize("environment", ["loopback", "practice"])
def test_loopback_is_two_addresses_and_nothing_else(environment: str, url: str) -> None:
    with pytest.raises(ShopTrouble, match=r"gateway\.loopback_only"):
        KcpSettings(environment, "T0000", url)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"environment": "prod"}, "environment_unknown"),
        ({"loopback_url": "http://127.0.0.1:80"}, "loopback_url_not_allowed"),
        ({"site_code": "AB12"}, "site_code_malformed"),
        ({"site_code": "AB12É"}, "site_code_malformed"),
        ({"site_code": "AB123^"}, "site_code_malformed"),
        ({"site_code": "t0000"}, "test_site_in_live"),
        ({"inquiry_order_field": "order"}, "setting_unknown"),
        ({"inquiry_sign": "both"}, "setting_unknown"),
        ({"cust_ip": "my ip"}, "setting_unknown"),
        ({"timeout_s": 29.9}, "timeout_out_of_range"),
        ({"timeout_s": 181.0}, "timeout_out_of_range"),
        ({"timeout_s": float("nan")}, "timeout_out_of_range"),
        ({"look_up_timeout_s": 0.0}, "timeout_out_of_range"),
        ({"connect_timeout_s": -1.0}, "timeout_out_of_range"),
        ({"receipt_base_url": "http://admin8.kcp.co.kr"}, "receipt_host_unknown"),
        ({"receipt_base_url": "https://kcp.co.kr.evil.example"}, "receipt_host_unknown"),
    ],
)
def test_nothing_else_can_be_set(changes: dict[str, object], code: str) -> None:
    with pytest.raises(ShopTrouble, match=rf"gateway\.{code}"):
        build.settings(**changes)


def test_a_newer_slip_page_of_kcp_can_be_set() -> None:
    settings = build.settings(receipt_base_url="https://partner.kcp.co.kr/")
    assert settings.receipt_host == "https://partner.kcp.co.kr"
