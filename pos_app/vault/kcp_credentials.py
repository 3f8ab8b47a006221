"""Import of what KCP issues to a merchant: a certificate, an encrypted PKCS#8 key, a password.

Everything is tried at once, before anything is stored: the files are what they should be, the
password opens the key, and key and certificate belong together (kcp.md 1.3 and 1.4). An expired
certificate can be imported - `certificate_status` tells, and the sale desk refuses - because its
owner must be able to see that it is the old one.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import NoReturn

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from pos_app.domain.errors import UserMistake
from pos_app.vault.certificate import CertificateInfo, describe, one_line_pem
from pos_app.vault.kcp_files import (
    MAX_FILE_BYTES,
    Blocks,
    Looks,
    by_magic,
    encryption_oid,
    key_form,
    looks_like,
    pem_blocks,
)

LEAST_RSA_BITS = 2_048
# The two schemes a KCP key may come in, as DER: 1.2.840.113549.1.12.1.3 (pbeWithSHA1And3-KeyTriple
# DES-CBC, measured on a key KCP issued, kcp.md 1.4) and 1.2.840.113549.1.5.13 (PBES2).
_SCHEMES = {bytes.fromhex("2a864886f70d010c0103"), bytes.fromhex("2a864886f70d01050d")}


_NO_CERTIFICATE: dict[Looks, str] = {
    "empty": "certificate.is_empty",
    "too_big": "certificate.too_big",
    "picture": "certificate.is_picture",
    "pdf": "certificate.is_pdf",
    "zip": "certificate.is_zip",
    "pfx": "certificate.is_pfx",
    "text": "certificate.is_text",
    "unknown": "certificate.not_a_certificate",
}
_NO_KEY: dict[Looks, str] = {
    "empty": "private_key.is_empty",
    "too_big": "private_key.too_big",
    "picture": "private_key.is_picture",
    "pdf": "private_key.is_pdf",
    "zip": "private_key.is_zip",
    "pfx": "private_key.is_pfx",
    "text": "private_key.is_text",
    "unknown": "private_key.not_a_private_key",
}


class _Stored(msgspec.Struct, frozen=True):
    """The secret `kcp.credentials`: one file, so that a renewal changes all three at once."""

    certificate: str
    private_key: str
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class KcpCredentials:
    """A certificate and key that were seen to belong together; made by `read_credentials`.

    Attributes:
        certificate: PEM.
        private_key: PEM, still encrypted as KCP issued it.
        password: opens the key.
        info: what the certificate says about itself.
    """

    certificate: str
    private_key: str
    password: str
    info: CertificateInfo

    def stored(self) -> bytes:
        """Return what the vault encrypts."""
        return msgspec.json.encode(_Stored(self.certificate, self.private_key, self.password))

    def __repr__(self) -> str:
        return f"KcpCredentials(owner_cn={self.info.owner_cn!r}, private_key=***, password=***)"


class Signer:
    """Signs for KCP; the key stays inside and is never shown, copied out or pickled."""

    __slots__ = ("_certificate_one_line", "_info", "_key")

    def __init__(self, key: rsa.RSAPrivateKey, certificate: str, info: CertificateInfo) -> None:
        self._key = key
        self._certificate_one_line = one_line_pem(certificate)
        self._info = info

    @property
    def certificate_one_line(self) -> str:
        """Return the text of `kcp_cert_info`."""
        return self._certificate_one_line

    @property
    def info(self) -> CertificateInfo:
        """Return what the certificate says about itself."""
        return self._info

    def sign(self, message: bytes) -> str:
        """Return `kcp_sign_data`: SHA256withRSA (PKCS#1 v1.5), Base64 on one line."""
        signature = self._key.sign(message, padding.PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode("ascii")

    def __repr__(self) -> str:
        return f"Signer(owner_cn={self._info.owner_cn!r}, key=***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer is not pickled: the key stays in this process")


def read_certificate(certificate_file: bytes) -> CertificateInfo:
    """Return what a certificate file says, for showing its owner as soon as it is dropped in.

    Raises:
        UserMistake: `certificate.*`, as `read_credentials`.
    """
    return describe(_certificates(certificate_file)[0])


def read_credentials(certificate_file: bytes, key_file: bytes, password: str) -> KcpCredentials:
    """Return the merchant's credentials, proved to fit together; nothing is stored.

    Raises:
        UserMistake: `certificate.*` for the certificate's file, `private_key.*` for the key's,
            `certificate.wrong_password`, `certificate.key_mismatch`, `certificate.swapped`.
    """
    if _is_swapped(certificate_file, key_file):
        raise UserMistake("certificate.swapped")
    certificates = _certificates(certificate_file)
    der = _encrypted_key(key_file)
    numbers = _open_key(der, password).public_key().public_numbers()
    for certificate in certificates:
        if _rsa_numbers(certificate) == numbers:
            return KcpCredentials(
                certificate=certificate.public_bytes(Encoding.PEM).decode("ascii"),
                private_key=_pem("ENCRYPTED PRIVATE KEY", der),
                password=password,
                info=describe(certificate),
            )
    owner = describe(certificates[0]).owner_cn
    raise UserMistake("certificate.key_mismatch", owner=owner)


def restore_credentials(stored: bytes) -> KcpCredentials:
    """Return stored credentials; they were accepted once and are authenticated since."""
    kept = msgspec.json.decode(stored, type=_Stored)
    return read_credentials(kept.certificate.encode(), kept.private_key.encode(), kept.password)


def signer_of(credentials: KcpCredentials) -> Signer:
    """Return the signer of credentials that were read, or stored, before.

    Raises:
        UserMistake: as `read_credentials`.
    """
    der = pem_blocks(credentials.private_key.encode()).encrypted_keys[0]
    key = _open_key(der, credentials.password, proven=True)
    return Signer(key, credentials.certificate, credentials.info)


def _certificates(data: bytes) -> list[x509.Certificate]:
    """Return the certificates in a file, at least one, none with a key that KCP would refuse."""
    if len(data) > MAX_FILE_BYTES or by_magic(data):
        raise UserMistake(_NO_CERTIFICATE[looks_like(data)])
    blocks = pem_blocks(data)
    encoded = blocks.certificates or [data]
    try:
        found = [x509.load_der_x509_certificate(der) for der in encoded]
    except ValueError as error:
        if blocks.certificates or blocks.broken:
            raise UserMistake("certificate.damaged") from error
        if _holds_key(data, blocks):
            raise UserMistake("certificate.is_private_key") from error
        raise UserMistake(_NO_CERTIFICATE[looks_like(data)]) from error
    if all(_rsa_numbers(certificate) is None for certificate in found):
        raise UserMistake("certificate.not_rsa")
    bits = max(_rsa_bits(certificate) for certificate in found)
    if bits < LEAST_RSA_BITS:
        raise UserMistake("certificate.too_small", bits=bits, least=LEAST_RSA_BITS)
    return found


def _encrypted_key(data: bytes) -> bytes:
    """Return the DER of the one encrypted PKCS#8 key in a file."""
    if len(data) > MAX_FILE_BYTES or by_magic(data):
        raise UserMistake(_NO_KEY[looks_like(data)])
    blocks = pem_blocks(data)
    der = blocks.encrypted_keys[0] if blocks.encrypted_keys else data
    form = blocks.other_key if not blocks.encrypted_keys and blocks.other_key else key_form(der)
    if form == "plain":
        raise UserMistake("private_key.not_encrypted")
    if form == "other":
        raise UserMistake("private_key.not_pkcs8")
    if form == "encrypted":
        if encryption_oid(der) not in _SCHEMES:
            raise UserMistake("private_key.encryption_unknown")
        return der
    if form == "damaged" or blocks.encrypted_keys or blocks.broken:
        raise UserMistake("private_key.damaged")
    if _holds_certificate(data, blocks):
        raise UserMistake("private_key.is_certificate")
    raise UserMistake(_NO_KEY[looks_like(data)])


def _open_key(der: bytes, password: str, *, proven: bool = False) -> rsa.RSAPrivateKey:
    """Return the key; its structure was checked before, so what fails now is the password.

    Args:
        der: encrypted PKCS#8.
        password: opens it.
        proven: the key was opened with all checks when it was imported and lay sealed since then
            (AES-GCM), so its primes are not tried again; that takes 50 ms, with the window waiting.
    """
    if not password:
        raise UserMistake("certificate.password_empty")
    try:
        key = load_der_private_key(der, password.encode(), unsafe_skip_rsa_key_validation=proven)
    except ValueError as error:
        raise UserMistake("certificate.wrong_password") from error
    except UnsupportedAlgorithm as error:
        raise UserMistake("private_key.encryption_unknown") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UserMistake("private_key.not_rsa")
    if key.key_size < LEAST_RSA_BITS:
        raise UserMistake("private_key.too_small", bits=key.key_size, least=LEAST_RSA_BITS)
    return key


def _is_swapped(certificate_file: bytes, key_file: bytes) -> bool:
    """Tell whether each file was given in the other one's place."""
    if max(len(certificate_file), len(key_file)) > MAX_FILE_BYTES:
        return False
    first, second = pem_blocks(certificate_file), pem_blocks(key_file)
    lacks = not _holds_certificate(certificate_file, first) and not _holds_key(key_file, second)
    return lacks and _holds_key(certificate_file, first) and _holds_certificate(key_file, second)


def _holds_key(data: bytes, blocks: Blocks) -> bool:
    """Tell whether there is a private key of any form."""
    in_pem = bool(blocks.encrypted_keys) or blocks.other_key is not None
    return in_pem or key_form(data) is not None


def _holds_certificate(data: bytes, blocks: Blocks) -> bool:
    """Tell whether there is a certificate, in PEM or DER."""
    if blocks.certificates:
        return True
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _rsa_numbers(certificate: x509.Certificate) -> rsa.RSAPublicNumbers | None:
    """Return the certificate's RSA numbers, None for a key of another kind."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_numbers() if isinstance(key, rsa.RSAPublicKey) else None


def _rsa_bits(certificate: x509.Certificate) -> int:
    """Return the size of the certificate's RSA key, 0 for a key of another kind."""
    numbers = _rsa_numbers(certificate)
    return 0 if numbers is None else numbers.n.bit_length()


def _pem(label: str, der: bytes) -> str:
    """Return DER as PEM with lines of 64 characters (RFC 7468)."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
