"""A shop of one's own: certificate and key like those KCP issues, and a file to set up from.

Self-made and worth nothing anywhere but here. The key has the encryption of real KCP keys,
PBE-SHA1-3DES (kcp.md 1.4), which some libraries no longer read.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from pos_app.practice.clock import wall_clock
from pos_app.practice.portone.desk import PRACTICE_KEY, PRACTICE_SECRET
from pos_app.practice.portone.switches import IDENTITY_CHANNEL
from pos_app.practice.trouble import PracticeTrouble

TEST_SITE: Final = "T0000"
"""KCP's general test site (kcp.md 1.5)."""
TEST_PASSWORD: Final = "changeit"  # noqa: S105 - published by KCP for its test key
FIVE_YEARS_DAYS: Final = 1825
"""Life of a KCP service certificate (kcp.md 1.3)."""

_PBE_SHA1_3DES: Final = bytes.fromhex("060a2a864886f70d010c0103")
_SEQUENCE: Final = 0x30
_ROUNDS: Final = 2048
_KEY_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Merchant:
    """Where a shop's certificate and key lie, and the password of the key."""

    site_code: str
    certificate_path: Path
    key_path: Path
    password: str


def make_merchant(
    folder: Path,
    *,
    site_code: str = TEST_SITE,
    days: int = FIVE_YEARS_DAYS,
    password: str = TEST_PASSWORD,
    now: datetime | None = None,
) -> Merchant:
    """Make certificate and key in `folder`, or find them there from an earlier call.

    `days` is how long the certificate is still valid; a negative number makes one that ended so
    many days ago. Making a key takes some tenths of a second of computing.

    Raises:
        PracticeTrouble: the folder cannot be written.
    """
    certificate_path = folder / f"KCP_AUTH_{site_code}_CERT.pem"
    key_path = folder / f"KCP_AUTH_{site_code}_PRIKEY.pem"
    merchant = Merchant(site_code, certificate_path, key_path, password)
    if certificate_path.exists() and key_path.exists():
        return merchant
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_KEY_BITS)
    certificate = _certificate(key, site_code, days, now or wall_clock())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(key_path, _encrypted(key, password))
        _write(certificate_path, certificate.public_bytes(Encoding.PEM))
    except OSError as error:
        raise PracticeTrouble(f"the merchant folder {folder} cannot be used: {error}") from error
    return merchant


def write_provision(
    merchant: Merchant, loopback_url: str, *, authentication: str = "authenticated"
) -> Path:
    """Write `provision.toml` beside the certificate and return its path.

    Beside it come `provision_portone.toml`, a shop with PortOne alone, and `provision_both.toml`,
    a shop with both gateways and KCP first.

    Raises:
        PracticeTrouble: one of them cannot be written.
    """
    folder = merchant.certificate_path.parent
    kcp = _KCP.format(
        loopback_url=_toml(loopback_url),
        site_code=_toml(merchant.site_code),
        certificate=_toml(merchant.certificate_path.name),
        private_key=_toml(merchant.key_path.name),
        password=_toml(merchant.password),
        authentication=_toml(authentication),
    )
    portone = _PORTONE.format(
        loopback_url=_toml(loopback_url),
        imp_key=_toml(PRACTICE_KEY),
        imp_secret=_toml(PRACTICE_SECRET),
        pg=_toml(f"kcp.{merchant.site_code}"),
        identity_channel_key=_toml(IDENTITY_CHANNEL),
    )
    path = folder / "provision.toml"
    _write_shop(path, "kcp", kcp)
    _write_shop(folder / "provision_portone.toml", "portone", portone)
    _write_shop(folder / "provision_both.toml", "kcp", kcp + portone)
    return path


def _write_shop(path: Path, first: str, gateways: str) -> None:
    text = _SHOP.format(file=path.name, first=_toml(first)) + gateways + _OPERATORS
    try:
        _write(path, text.encode())
    except OSError as error:
        raise PracticeTrouble(f"{path} cannot be written: {error}") from error


_SHOP: Final = """\
# Sets a terminal up against the practice gateway: pos-app provision {file}
[shop]
name = "연습 꽃집"
owner = "홍길동"
business_number = "1248100998"
address = "서울특별시 중구 세종대로 110"
phone = "02-120-0000"
counter = "01"

[ledger]
url = "sqlite"

[gateways]
first = {first}

"""
_KCP: Final = """\
[gateways.kcp]
environment = "loopback"
loopback_url = {loopback_url}
site_code = {site_code}
certificate = {certificate}
private_key = {private_key}
private_key_password = {password}
authentication = {authentication}
inquiry_by_order = false

"""
_PORTONE: Final = """\
[gateways.portone]
environment = "loopback"
loopback_url = {loopback_url}
imp_key = {imp_key}
imp_secret = {imp_secret}
pg = {pg}
identity_channel_key = {identity_channel_key}

"""
_OPERATORS: Final = """\
[[operators]]
name = "사장"
role = "administrator"
pin = "135790"
"""


def _certificate(
    key: rsa.RSAPrivateKey, site_code: str, days: int, now: datetime
) -> x509.Certificate:
    # Names as on a certificate KCP issued (kcp.md 1.3, measured).
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "spl.kcp.co.kr"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NHNKCP Corp. (practice)"),
        ]
    )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, site_code),
            x509.NameAttribute(NameOID.COMMON_NAME, now.strftime("%Y%m%d") + "00000001"),
        ]
    )
    ends = now + timedelta(days=days)
    begins = min(now - timedelta(days=1), ends - timedelta(days=FIVE_YEARS_DAYS))
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, SHA256())
    )


def _encrypted(key: rsa.RSAPrivateKey, password: str) -> bytes:
    """Return the key as encrypted PKCS#8 PEM with PBE-SHA1-3DES.

    The library writes that old encryption into PKCS#12 only; there the very structure of PKCS#8
    lies inside, and is taken out.
    """
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(SHA256())
        .build(password.encode())
    )
    whole = pkcs12.serialize_key_and_certificates(None, key, None, None, encryption)
    found = next(part for part in _sequences(whole) if _is_encrypted_key(part))
    text = base64.encodebytes(found).decode().replace("\n", "")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    label = "ENCRYPTED PRIVATE KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _is_encrypted_key(der: bytes) -> bool:
    """EncryptedPrivateKeyInfo: a SEQUENCE that begins with the algorithm's SEQUENCE and OID."""
    content = der[_header(der, 0)[0] :]
    return content[:1] == bytes([_SEQUENCE]) and content[_header(content, 0)[0] :].startswith(
        _PBE_SHA1_3DES
    )


def _sequences(der: bytes) -> Iterator[bytes]:
    for start in range(len(der) - 4):
        if der[start] == _SEQUENCE:
            content, end = _header(der, start)
            if content < end <= len(der):
                yield der[start:end]


def _header(der: bytes, start: int) -> tuple[int, int]:
    """Return where the content of the DER value at `start` begins and ends."""
    first = der[start + 1]
    if first < 0x80:
        return start + 2, start + 2 + first
    content = start + 2 + (first & 0x7F)
    return content, content + int.from_bytes(der[start + 2 : content], "big")


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, for its owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).replace(path)


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
