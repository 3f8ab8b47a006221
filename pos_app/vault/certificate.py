"""A merchant's certificate as a person and as KCP read it. No keys here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from pos_app.domain.errors import Bug

# KCP renews from 30 days before the end (kcp.md 1.3), so that is when warning makes sense.
WARNING_DAYS = 30


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What a certificate says about itself.

    Attributes:
        owner_cn: common name of the subject; KCP puts the issue number there.
        organisation: organisation of the subject, else its unit; empty where neither is given.
        issuer: common name and organisation of who signed it.
        not_before: first moment of validity, aware, UTC.
        not_after: last moment of validity, aware, UTC.
        serial: serial number, upper-case hexadecimal.
        fingerprint: SHA-256 of the whole certificate, upper-case hexadecimal.
    """

    owner_cn: str
    organisation: str
    issuer: str
    not_before: datetime
    not_after: datetime
    serial: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """Whether a certificate may be used now.

    Attributes:
        kind: only "valid" and "expiring" may be used for sales.
        days_left: whole days to the end; negative once it is over.
    """

    kind: Literal["valid", "expiring", "expired", "not_yet_valid"]
    days_left: int


def certificate_status(info: CertificateInfo, now: datetime) -> CertificateStatus:
    """Return whether the certificate may be used at `now` (aware).

    Raises:
        Bug: `certificate.naive_time`.
    """
    if now.tzinfo is None:
        raise Bug("certificate.naive_time")
    left = info.not_after - now
    if now < info.not_before:
        return CertificateStatus("not_yet_valid", left.days)
    if now > info.not_after:
        return CertificateStatus("expired", left.days)
    expiring = left < timedelta(days=WARNING_DAYS)
    return CertificateStatus("expiring" if expiring else "valid", left.days)


def describe(certificate: x509.Certificate) -> CertificateInfo:
    """Return what the certificate says about itself, in characters that can be shown."""
    subject, issuer = certificate.subject, certificate.issuer
    issuer_parts = (_part(issuer, NameOID.COMMON_NAME), _part(issuer, NameOID.ORGANIZATION_NAME))
    return CertificateInfo(
        owner_cn=_part(subject, NameOID.COMMON_NAME),
        organisation=_part(subject, NameOID.ORGANIZATION_NAME)
        or _part(subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
        issuer=", ".join(part for part in issuer_parts if part),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        serial=f"{certificate.serial_number:X}",
        fingerprint=certificate.fingerprint(SHA256()).hex().upper(),
    )


def one_line_pem(pem: str | bytes) -> str:
    """Return a PEM as `kcp_cert_info` wants it: one line, the spaces inside the markers kept.

    Only CR and LF go (kcp.md 1.3): removing all white space would also join BEGIN CERTIFICATE.
    """
    text = pem.decode("ascii") if isinstance(pem, bytes) else pem
    return re.sub(r"[\r\n]", "", text).strip()


def _part(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """Return all values of one part of a name, joined, without control characters."""
    values = (str(attribute.value) for attribute in name.get_attributes_for_oid(oid))
    return "".join(c for c in ", ".join(values) if c.isprintable())
