"""Certificates and keys in the shapes KCP hands out, made anew for each run.

The old key encryption (pbeWithSHA1And3-KeyTripleDES-CBC, 20 bytes of salt, 2,048 rounds: kcp.md
1.4) is written out here from RFC 7292 appendix B, because `cryptography` reads it but no longer
makes it for PKCS#8.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

PASSWORD = "changeit"
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2031, 1, 1, tzinfo=UTC)
_PBE_SHA1_3DES = bytes.fromhex("2a864886f70d010c0103")


@dataclass(frozen=True)
class Issued:
    """One merchant's pair as it lies in KCP's ZIP, and what only a test may see."""

    certificate: bytes
    key_file: bytes
    password: str
    private_key: rsa.RSAPrivateKey


def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the run's key of that number; making one takes a tenth of a second."""
    return _made(number, bits)


@functools.cache
def _made(number: int, bits: int) -> rsa.RSAPrivateKey:
    """Make a key once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def issue(
    *,
    number: int = 0,
    bits: int = 2048,
    password: str = PASSWORD,
    old_encryption: bool = True,
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
) -> Issued:
    """Return a certificate and its encrypted key, as PEM files."""
    key = rsa_key(number, bits)
    encrypted = pbe_sha1_3des(key, password) if old_encryption else pbes2(key, password)
    certificate = certify(key, not_before=not_before, not_after=not_after)
    return Issued(certificate, encrypted, password, key)


def certify(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    common_name: str = "2026010110000024",
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
) -> bytes:
    """Return a PEM certificate with the names that KCP's test certificate has (kcp.md 1.3)."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "DEVPGWEB"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "spl.kcp.co.kr"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NHNKCP Corp."),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(0x1234ABCD)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(rsa_key(), SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def pbes2(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, password: str) -> bytes:
    """Return an encrypted PKCS#8 PEM in today's encryption."""
    encryption = BestAvailableEncryption(password.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def unencrypted(key: rsa.RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    """Return an open PEM key, which KCP never hands out."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption())


def pbe_sha1_3des(key: rsa.RSAPrivateKey, password: str, *, rounds: int = 2048) -> bytes:
    """Return an encrypted PKCS#8 PEM as KCP's own keys are encrypted."""
    salt = secrets.token_bytes(20)
    triple_des = TripleDES(_derive(password, salt, rounds, purpose=1, size=24))
    vector = _derive(password, salt, rounds, purpose=2, size=8)
    padder = PKCS7(64).padder()
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encryptor = Cipher(triple_des, CBC(vector)).encryptor()
    body = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    parameters = _der(0x30, _der(0x04, salt) + _der(0x02, rounds.to_bytes(2, "big")))
    scheme = _der(0x30, _der(0x06, _PBE_SHA1_3DES) + parameters)
    return pem("ENCRYPTED PRIVATE KEY", _der(0x30, scheme + _der(0x04, body)))


def pem(label: str, der: bytes) -> bytes:
    """Return DER in PEM's clothes."""
    body = base64.encodebytes(der).replace(b"\n", b"")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    begin, end = f"-----BEGIN {label}-----".encode(), f"-----END {label}-----".encode()
    return b"\n".join([begin, *lines, end, b""])


def der_of(pem_file: bytes) -> bytes:
    """Return what a PEM file holds."""
    return base64.b64decode(b"".join(pem_file.splitlines()[1:-1]))


def days_from_end(days: float) -> datetime:
    """Return a moment so many days before the certificates end."""
    return NOT_AFTER - timedelta(days=days)


def _derive(password: str, salt: bytes, rounds: int, *, purpose: int, size: int) -> bytes:
    """Return key or vector by RFC 7292 B.2 with SHA-1 (u = 20, v = 64)."""
    block = 64
    text = password.encode("utf-16-be") + b"\0\0"
    state = _fill(salt, block) + _fill(text, block)
    found = b""
    while len(found) < size:
        digest = bytes([purpose]) * block + state
        for _ in range(rounds):
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        found += digest
        step = int.from_bytes((digest * 4)[:block], "big") + 1
        blocks = [state[at : at + block] for at in range(0, len(state), block)]
        state = b"".join(
            ((int.from_bytes(one, "big") + step) % (1 << 8 * block)).to_bytes(block, "big")
            for one in blocks
        )
    return found[:size]


def _fill(value: bytes, block: int) -> bytes:
    """Return the value repeated to whole blocks."""
    size = block * -(-len(value) // block)
    return (value * (size // len(value) + 1))[:size]


def _der(tag: int, content: bytes) -> bytes:
    """Return one DER element."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content
