"""`vault.json`: how this vault opens. It holds no secret, and it is sealed by the vault's key.

The seal makes every field that was edited by hand show at the next opening: it is AES-256-GCM of
nothing, with the header itself as associated data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag

from pos_app.domain.errors import ShopTrouble
from pos_app.vault import disk
from pos_app.vault.envelope import decrypt, encrypt

FILE_NAME = "vault.json"
VERSION = 1
Mode = Literal["keyring", "passphrase"]


class Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes a key: Argon2id with these costs.

    Attributes:
        memory_kib: memory of one run, KiB.
        passes: runs over that memory.
        lanes: parallel lanes.
        salt: random, 16 bytes.
    """

    memory_kib: int
    passes: int
    lanes: int
    salt: bytes


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `vault.json` holds.

    Attributes:
        install_id: random id of this vault; part of every keyring entry and every file.
        mode: where the key comes from.
        complete: False while the vault is being made; such a vault does not exist yet.
        current: id of the key that new files are wrapped by.
        others: ids of keys that a rotation is still to forget.
        kdf: passphrase mode only.
        wrapped: passphrase mode only: each key, encrypted by the passphrase's.
        seal: made by `sealed`, checked by `is_sealed_by`.
    """

    format: Literal["pos_app vault"] = "pos_app vault"
    version: int = VERSION
    install_id: str
    mode: Mode
    complete: bool
    current: str
    others: tuple[str, ...] = ()
    kdf: Kdf | None = None
    wrapped: dict[str, bytes] = {}
    seal: bytes = b""

    def sealed(self, key: bytes | bytearray) -> Header:
        """Return the same header with a seal of this key."""
        return msgspec.structs.replace(self, seal=encrypt(key, b"", self._bare()))

    def is_sealed_by(self, key: bytes | bytearray) -> bool:
        """Tell whether this key made the seal and no field was changed since."""
        try:
            decrypt(key, self.seal, self._bare())
        except InvalidTag:
            return False
        return True

    def _bare(self) -> bytes:
        """Return every field but the seal, always as the same bytes."""
        bare = msgspec.structs.replace(self, seal=b"")
        return msgspec.json.encode(bare, order="deterministic")


def read_header(folder: Path) -> Header | None:
    """Return the header, None where there is no vault in the folder.

    Raises:
        ShopTrouble: `vault.header_damaged`, `vault.newer_version`, `vault.file_not_readable`.
    """
    found = disk.read_private(folder / FILE_NAME)
    if found is None:
        return None
    try:
        if msgspec.json.decode(found, type=_Versioned).version > VERSION:
            raise ShopTrouble("vault.newer_version")
        return msgspec.json.decode(found, type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ShopTrouble("vault.header_damaged", file=str(folder / FILE_NAME)) from error


def write_header(folder: Path, header: Header) -> None:
    """Write the header; readable, because the first question of any support call is the mode.

    Raises:
        ShopTrouble: as `disk.write_private`.
    """
    text = msgspec.json.format(msgspec.json.encode(header), indent=2) + b"\n"
    disk.write_private(folder / FILE_NAME, text)


class _Versioned(msgspec.Struct):
    """The one field that any later version must still have."""

    version: int
