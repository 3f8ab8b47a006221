"""One secret as bytes that only the vault's key opens: AES-256-GCM twice, no file, no folder.

Layout, version 1 (security.md section 3):

    line     b"pos_app secret|1|<install id>|<name>|<key id>" and a line feed
    12       nonce of the wrapped data key
    32 + 16  data key, encrypted by the vault's key; the line is its associated data
    12       nonce of the secret
    n + 16   the secret, encrypted by the data key; associated data: purpose|version|install|gateway

Each file has a data key of its own, so changing the vault's key writes the wrapping anew and
never the secret. Nonces are random: one use of each key here is far below the limit for that.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pos_app.domain.errors import ShopTrouble

VERSION = 1
KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_FORMAT = "pos_app secret"


@dataclass(frozen=True, slots=True)
class Label:
    """Whose secret an envelope is expected to hold.

    Attributes:
        install_id: the vault's own id, so that a file of another shop never opens.
        name: the secret's name; its first part is the gateway (or our own part) that uses it.
    """

    install_id: str
    name: str

    def associated(self) -> bytes:
        """Return what the encrypted secret is bound to; the key id is left out on purpose."""
        gateway = self.name.partition(".")[0]
        return f"{self.name}|{VERSION}|{self.install_id}|{gateway}".encode()

    def line(self, key_id: str) -> bytes:
        """Return the first line of the envelope."""
        return f"{_FORMAT}|{VERSION}|{self.install_id}|{self.name}|{key_id}\n".encode()


def encrypt(key: bytes | bytearray, value: bytes | bytearray, associated: bytes) -> bytes:
    """Return nonce, ciphertext and tag of `value` under `key`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, associated)


def decrypt(key: bytes | bytearray, box: bytes, associated: bytes) -> bytes:
    """Return what `encrypt` was given.

    Raises:
        InvalidTag: another key, another associated text, or a changed byte.
    """
    if len(box) < _NONCE_BYTES + _TAG_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], associated)


def seal(value: bytes | bytearray, label: Label, key_id: str, key: bytes | bytearray) -> bytes:
    """Return the envelope of `value`, to be opened by the key of that id."""
    data_key = bytearray(secrets.token_bytes(KEY_BYTES))
    try:
        line = label.line(key_id)
        return line + encrypt(key, data_key, line) + encrypt(data_key, value, label.associated())
    finally:
        data_key[:] = bytes(len(data_key))


def unseal(envelope: bytes, label: Label, keys: Mapping[str, bytes | bytearray]) -> bytes:
    """Return the secret.

    Raises:
        ShopTrouble: `vault.secret_damaged`, `vault.secret_foreign`, `vault.newer_version`.
    """
    data_key, box = _unwrap(envelope, label, keys)
    try:
        return decrypt(data_key, box, label.associated())
    except InvalidTag as error:
        raise ShopTrouble("vault.secret_damaged", name=label.name) from error


def rewrap(
    envelope: bytes, label: Label, keys: Mapping[str, bytes | bytearray], key_id: str
) -> bytes:
    """Return the same secret wrapped by the key `key_id`; its own ciphertext stays as it is.

    Raises:
        ShopTrouble: as `unseal`.
    """
    data_key, box = _unwrap(envelope, label, keys)
    line = label.line(key_id)
    return line + encrypt(keys[key_id], data_key, line) + box


def wrapped_by(envelope: bytes, label: Label) -> str:
    """Return the id of the key that opens this envelope.

    Raises:
        ShopTrouble: `vault.secret_damaged`, `vault.secret_foreign`, `vault.newer_version`.
    """
    line, newline, _ = envelope.partition(b"\n")
    parts = line.decode("ascii", "replace").split("|")
    if not newline or len(parts) != 5 or parts[0] != _FORMAT or not parts[1].isdecimal():
        raise ShopTrouble("vault.secret_damaged", name=label.name)
    if int(parts[1]) > VERSION:
        raise ShopTrouble("vault.newer_version")
    if parts[2] != label.install_id:
        raise ShopTrouble("vault.secret_foreign", name=label.name)
    if line + newline != label.line(parts[4]):
        raise ShopTrouble("vault.secret_damaged", name=label.name)
    return parts[4]


def _unwrap(
    envelope: bytes, label: Label, keys: Mapping[str, bytes | bytearray]
) -> tuple[bytes, bytes]:
    """Return the data key and the box that it opens."""
    key_id = wrapped_by(envelope, label)
    if key_id not in keys:
        raise ShopTrouble("vault.secret_foreign", name=label.name)
    line = label.line(key_id)
    rest = envelope[len(line) :]
    try:
        return decrypt(keys[key_id], rest[:_WRAPPED_BYTES], line), rest[_WRAPPED_BYTES:]
    except InvalidTag as error:
        raise ShopTrouble("vault.secret_damaged", name=label.name) from error
