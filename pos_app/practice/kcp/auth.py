"""Who is asking: the certificate on one line, and the signature (kcp.md 1.3 and 1.4).

A site's certificate is the one it was started with, or else the first good one seen; after that
no other will do, as KCP knows which certificate it issued.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from pos_app.practice.kcp.fields import MISSING, Fields, text
from pos_app.practice.kcp.refusal import Refusal
from pos_app.practice.keeping import Keeping

CERT_FIELD: Final = "kcp_cert_info"
SIGN_FIELD: Final = "kcp_sign_data"
_ONE_LINE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/]+={0,2})-----END CERTIFICATE-----"
)
_ANY_FORM: Final = re.compile(
    r"\s*-----BEGIN\s?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END\s?CERTIFICATE-----\s*"
)
_SMALLEST_KEY_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Presented:
    """A certificate that came with a request and is sound by itself."""

    fingerprint: str
    key: rsa.RSAPublicKey


class Certificates:
    """Which certificate belongs to which site."""

    def __init__(self, pinned: Mapping[str, str], keeping: Keeping) -> None:
        """Start with `pinned`: site code to the SHA-256 of a certificate in hexadecimal."""
        self._keeping = keeping
        self._known = dict(pinned)

    def take(self, line: Mapping[str, object]) -> None:
        """Take one line of the file into account; a pinned certificate stays."""
        if line.get("is") == "certificate":
            self._known.setdefault(str(line.get("site_cd")), str(line.get("sha256")))

    def belongs(self, site_cd: str, presented: Presented) -> bool:
        """Say whether a site may use this certificate."""
        return self._known.get(site_cd, presented.fingerprint) == presented.fingerprint

    def register(self, site_cd: str, presented: Presented) -> None:
        """Keep the first good certificate of a site as its own."""
        if site_cd not in self._known:
            line = {"is": "certificate", "site_cd": site_cd, "sha256": presented.fingerprint}
            self._keeping.add(line)
            self._known[site_cd] = presented.fingerprint


def presented(fields: Fields, *, one_line: bool, now: datetime, code: str) -> Presented:
    """Read kcp_cert_info: its form, Base64, X.509, RSA of 2048 bits or more, still valid.

    Raises:
        Refusal: anything is wrong with it (`code`; 5704 when it is not there).
    """
    form = text(fields, CERT_FIELD, code, missing=MISSING)
    if not form:
        raise Refusal(MISSING, CERT_FIELD)
    found = (_ONE_LINE if one_line else _ANY_FORM).fullmatch(form)
    if found is None:
        raise Refusal(code, CERT_FIELD)
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True)
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, binascii.Error, x509.UnsupportedGeneralNameType) as error:
        raise Refusal(code, CERT_FIELD) from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _SMALLEST_KEY_BITS:
        raise Refusal(code, CERT_FIELD)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refusal(code, CERT_FIELD)
    return Presented(hashlib.sha256(der).hexdigest(), key)


def verify(fields: Fields, key: rsa.RSAPublicKey, *signed: str, code: str) -> None:
    """Check kcp_sign_data: SHA256withRSA (PKCS#1 v1.5) in plain Base64 over one of `signed`.

    Raises:
        Refusal: it is missing (5704) or proves nothing (`code`).
    """
    value = text(fields, SIGN_FIELD, code, missing=MISSING)
    if not value:
        raise Refusal(MISSING, SIGN_FIELD)
    try:
        signature = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise Refusal(code, SIGN_FIELD) from error
    if base64.b64encode(signature).decode() != value:
        raise Refusal(code, SIGN_FIELD)
    if not any(_signs(key, signature, message) for message in signed):
        raise Refusal(code, SIGN_FIELD)


def _signs(key: rsa.RSAPublicKey, signature: bytes, message: str) -> bool:
    try:
        key.verify(signature, message.encode(), padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def fingerprint_of_pem(pem: str) -> str:
    """Return the SHA-256 of a certificate given as PEM text, in hexadecimal.

    Raises:
        ValueError: it is no certificate.
    """
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
