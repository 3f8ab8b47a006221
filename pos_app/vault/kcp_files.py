"""What is in the file a shop dropped here: PEM or DER, certificate or key, or a photo of one.

Reading only; nothing here knows a password, and nothing here decides whether a certificate is the
right one. KCP hands out PEM files with CRLF or LF inside a ZIP (kcp.md 1.3); shops bring what
Notepad, a messenger or another programmer made of them.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Literal

MAX_FILE_BYTES = 65_536

Looks = Literal["empty", "too_big", "picture", "pdf", "zip", "pfx", "text", "unknown"]
KeyForm = Literal["encrypted", "plain", "other", "damaged"]

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_PICTURES = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x01\x00",
)
_SEQUENCE, _INTEGER, _OCTETS, _OID = 0x30, 0x02, 0x04, 0x06


@dataclass(frozen=True, slots=True, repr=False)
class Blocks:
    """The PEM blocks of one file, decoded.

    Attributes:
        certificates: DER of each CERTIFICATE block, in their order.
        encrypted_keys: DER of each ENCRYPTED PRIVATE KEY block (PKCS#8).
        other_key: form of a private key in another wrapping, None where there is none.
        broken: some block has no end or no Base64 in it: a file that was cut or edited.
    """

    certificates: list[bytes] = field(default_factory=list)
    encrypted_keys: list[bytes] = field(default_factory=list)
    other_key: KeyForm | None = None
    broken: bool = False


def pem_blocks(data: bytes) -> Blocks:
    """Return the PEM blocks in a file, whatever stands around and between them."""
    text = _as_text(data)
    certificates: list[bytes] = []
    encrypted: list[bytes] = []
    other: KeyForm | None = None
    broken = text.count("-----BEGIN ") != len(_BLOCK.findall(text))
    for label, body in _BLOCK.findall(text):
        if label in {"CERTIFICATE", "ENCRYPTED PRIVATE KEY"}:
            der = _base64(body)
            broken = broken or der is None
            if der is not None:
                (certificates if label == "CERTIFICATE" else encrypted).append(der)
        elif label.endswith("PRIVATE KEY"):
            plain = label in {"PRIVATE KEY", "RSA PRIVATE KEY"} and "ENCRYPTED" not in body
            other = "plain" if plain else "other"
    return Blocks(certificates, encrypted, other, broken)


def looks_like(data: bytes) -> Looks:
    """Return what a file that is neither certificate nor key seems to be."""
    if not data.strip():
        return "empty"
    found = by_magic(data)
    if found is not None:
        return found
    if len(data) > MAX_FILE_BYTES:
        return "too_big"
    return "text" if _is_text(data) else "unknown"


def key_form(der: bytes) -> KeyForm | None:
    """Return the form of a private key in DER, None where it is no private key at all.

    "encrypted" is PKCS#8 EncryptedPrivateKeyInfo with every length in order, "plain" an open
    PKCS#8 or PKCS#1 key, "damaged" an encrypted one whose end is missing.
    """
    items = _items(der, top=True)
    if items is None:
        return "damaged" if _begins_encrypted(der) else None
    tags = [tag for tag, _ in items]
    if tags == [_SEQUENCE, _OCTETS]:
        inner = _items(items[0][1])
        return "encrypted" if inner and inner[0][0] == _OID else None
    if tags[:1] == [_INTEGER] and items[0][1] in {b"\x00", b"\x01"}:
        opened = tags[1:3] == [_SEQUENCE, _OCTETS] or len(tags) >= 9
        return "plain" if opened and set(tags[1:]) != {_SEQUENCE} else None
    return None


def encryption_oid(der: bytes) -> bytes:
    """Return the encoded object identifier of an encrypted key's scheme; `key_form` first."""
    items = _items(der, top=True) or []
    inner = _items(items[0][1]) if items else None
    return inner[0][1] if inner else b""


def _as_text(data: bytes) -> str:
    """Return the file as text: UTF-8, or what Notepad calls Unicode; marks do no harm."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def _base64(body: str) -> bytes | None:
    """Return the bytes of a PEM body, also when it lies on one line, None when it is spoilt."""
    try:
        return base64.b64decode("".join(body.split()), validate=True) or None
    except (ValueError, binascii.Error):
        return None


def by_magic(data: bytes) -> Looks | None:
    """Return the kind of file that its first bytes announce, None for one that may be ours.

    To be asked first: a ZIP, say, may well show a certificate's text somewhere inside.
    """
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # a bitmap's reserved bytes
        return "picture"
    if data.startswith(_PICTURES) or data[4:12] in {b"ftypheic", b"ftypmif1", b"ftypavif"}:
        return "picture"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "picture"
    if data.lstrip().startswith(b"%PDF"):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "zip"
    items = _items(data, top=True) or []
    if items and items[0] == (_INTEGER, b"\x03"):  # PKCS#12: PFX begins with its version, 3
        return "pfx"
    return None


def _is_text(data: bytes) -> bool:
    """Tell whether a person could have typed this, in UTF-8, UTF-16 or the old Korean code page."""
    for charset in ("utf-8-sig", "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "cp949"):
        try:
            text = data.decode(charset)
        except UnicodeDecodeError:
            continue
        if all(character.isprintable() or character in "\r\n\t\f" for character in text):
            return True
    return False


def _begins_encrypted(der: bytes) -> bool:
    """Tell whether the first bytes are those of an encrypted PKCS#8 key: two sequences, an OID."""
    return re.match(rb"\x30(?:\x82..|\x81.)\x30.\x06", der, re.DOTALL) is not None


def _items(der: bytes, *, top: bool = False) -> list[tuple[int, bytes]] | None:
    """Return tag and content of each element, None where a length does not fit.

    With `top` the input must be one SEQUENCE, and the elements inside it are returned.
    """
    found: list[tuple[int, bytes]] = []
    position = 0
    while position < len(der):
        start = _content_start(der, position)
        if start is None or start[1] > len(der):
            return None
        begin, end = start
        found.append((der[position], der[begin:end]))
        position = end
    if not top:
        return found
    if len(found) != 1 or found[0][0] != _SEQUENCE:
        return None
    return _items(found[0][1])


def _content_start(der: bytes, position: int) -> tuple[int, int] | None:
    """Return where the content of the element at `position` begins and ends (X.690 8.1.3)."""
    if position + 2 > len(der):
        return None
    length = der[position + 1]
    if length < 0x80:
        return position + 2, position + 2 + length
    width = length - 0x80
    if not 1 <= width <= 4 or position + 2 + width > len(der):
        return None
    begin = position + 2 + width
    return begin, begin + int.from_bytes(der[position + 2 : begin], "big")
