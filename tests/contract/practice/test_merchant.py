"""A shop's certificate and key: KCP's own old encryption, lives, and the file to set up from."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pos_app.practice import Merchant, PracticeTrouble, make_merchant, write_provision
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from pos_app.practice.portone.switches import IDENTITY_CHANNEL
from tests.contract.practice.shop import NOW


def certificate(merchant: Merchant) -> x509.Certificate:
    return x509.load_pem_x509_certificate(merchant.certificate_path.read_bytes())


def test_names_and_encryption_are_those_of_kcp(merchant: Merchant) -> None:
    assert merchant.certificate_path.name == "KCP_AUTH_T0000_CERT.pem"
    assert merchant.key_path.name == "KCP_AUTH_T0000_PRIKEY.pem"
    pem = merchant.key_path.read_text()
    assert pem.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert max(map(len, pem.splitlines())) == 64
    # OID 1.2.840.113549.1.12.1.3, pbeWithSHA1And3-KeyTripleDES-CBC, right at the beginning.
    assert "BgoqhkiG9w0BDAED" in pem.splitlines()[1]


def test_key_and_certificate_belong_together(merchant: Merchant) -> None:
    key = load_pem_private_key(merchant.key_path.read_bytes(), b"changeit")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert key.public_key() == certificate(merchant).public_key()
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(merchant.key_path.read_bytes(), b"wrong")


@pytest.mark.parametrize("days", [-400, -1, 1, 10, 1825])
def test_how_long_it_lives(tmp_path: Path, days: int) -> None:
    made = certificate(make_merchant(tmp_path, days=days, now=NOW))
    assert made.not_valid_after_utc == NOW + timedelta(days=days)
    assert made.not_valid_before_utc < min(NOW, made.not_valid_after_utc)


def test_a_folder_is_used_again(tmp_path: Path) -> None:
    first = make_merchant(tmp_path / "a" / "b", password="one two")
    before = first.key_path.read_bytes()
    assert make_merchant(tmp_path / "a" / "b", password="one two") == first
    assert first.key_path.read_bytes() == before
    load_pem_private_key(before, b"one two")
    other = make_merchant(tmp_path / "a" / "b", site_code="A52Q7")
    assert other.certificate_path.name == "KCP_AUTH_A52Q7_CERT.pem"


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PracticeTrouble):
        make_merchant(tmp_path / "file" / "folder")


def test_the_key_is_the_owners_only(merchant: Merchant) -> None:
    assert merchant.key_path.stat().st_mode & 0o077 == 0


def test_the_file_to_set_up_from(merchant: Merchant) -> None:
    path = write_provision(merchant, "http://127.0.0.1:8765", authentication="unauthenticated")
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(read) == {"shop", "ledger", "gateways", "operators"}
    assert set(read["shop"]) == {
        "name", "owner", "business_number", "address", "phone", "counter",
    }  # fmt: skip
    kcp = read["gateways"]["kcp"]
    assert read["gateways"]["first"] == "kcp"
    assert kcp == {
        "environment": "loopback",
        "loopback_url": "http://127.0.0.1:8765",
        "site_code": "T0000",
        "certificate": "KCP_AUTH_T0000_CERT.pem",
        "private_key": "KCP_AUTH_T0000_PRIKEY.pem",
        "private_key_password": "changeit",
        "authentication": "unauthenticated",
        "inquiry_by_order": False,
    }
    for name in (kcp["certificate"], kcp["private_key"]):
        assert (path.parent / name).exists()
    assert read["operators"][0]["role"] == "administrator"


def test_the_files_to_set_up_portone_from(merchant: Merchant) -> None:
    path = write_provision(merchant, "http://127.0.0.1:8765")
    kcp, portone, both = (
        tomllib.loads((path.parent / name).read_text(encoding="utf-8"))
        for name in ("provision.toml", "provision_portone.toml", "provision_both.toml")
    )
    assert portone["gateways"] == {
        "first": "portone",
        "portone": {
            "environment": "loopback",
            "loopback_url": "http://127.0.0.1:8765",
            "imp_key": PRACTICE_KEY,
            "imp_secret": PRACTICE_SECRET,
            "pg": "kcp.T0000",
            "identity_channel_key": IDENTITY_CHANNEL,
        },
    }
    assert both["gateways"] == {**portone["gateways"], **kcp["gateways"]}
    for shop in (portone, both):
        assert {**shop, "gateways": None} == {**kcp, "gateways": None}


def test_quotes_in_a_password(tmp_path: Path) -> None:
    password = 'a"b\\c'
    merchant = make_merchant(tmp_path, password=password)
    read = tomllib.loads(write_provision(merchant, "http://[::1]:1").read_text(encoding="utf-8"))
    assert read["gateways"]["kcp"]["private_key_password"] == password


def test_its_business_number_is_sound(merchant: Merchant) -> None:
    text = write_provision(merchant, "http://127.0.0.1:1").read_text(encoding="utf-8")
    number = tomllib.loads(text)["shop"]["business_number"]
    digits = [int(digit) for digit in number]
    total = sum(w * d for w, d in zip((1, 3, 7, 1, 3, 7, 1, 3, 5), digits, strict=False))
    assert (10 - (total + digits[8] * 5 // 10) % 10) % 10 == digits[9]
