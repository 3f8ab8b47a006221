"""Where the vault's keys rest while the program is not running: keyring or passphrase.

Both ways answer the same four questions, so that opening, rotating and forgetting a key are
written once, in `store.py`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from pos_app.domain.errors import ShopTrouble
from pos_app.vault import passphrase as passphrases
from pos_app.vault.header import Header, Mode
from pos_app.vault.keychain import Keychain

#: Stands in the place of a key's id in the name of the mark's entry.
_MARK = "mark"


class Protection(Protocol):
    """Loads, keeps and forgets keys by their id; the header says what it needs to know."""

    @property
    def mode(self) -> Mode:
        """Return the mode that the header names."""

    def load(self, header: Header, key_id: str) -> bytearray | None:
        """Return the key, None where it was never kept or is gone."""

    def keep(self, header: Header, key_id: str, key: bytearray) -> Header:
        """Keep the key and return the header that knows it."""

    def forget(self, header: Header, key_id: str) -> Header:
        """Destroy the key and return the header without it."""

    def remember(self, header: Header, mark: bytes) -> None:
        """Keep a mark of 32 bytes where no folder of ours can be put back over it, if there is."""

    def remembered(self, header: Header) -> bytearray | None:
        """Return the mark, None where none is kept."""

    def close(self) -> None:
        """Wipe what is held in memory."""


class KeyringProtection:
    """One keyring entry for each key: `<install id> <key id>`."""

    mode: Mode = "keyring"

    def __init__(self, keychain: Keychain) -> None:
        self._keychain = keychain

    def load(self, header: Header, key_id: str) -> bytearray | None:
        """Return the key in the keyring."""
        return self._keychain.read(_entry(header, key_id))

    def keep(self, header: Header, key_id: str, key: bytearray) -> Header:
        """Put the key into the keyring; the header does not change."""
        self._keychain.write(_entry(header, key_id), key)
        return header

    def forget(self, header: Header, key_id: str) -> Header:
        """Remove the key from the keyring; the header does not change."""
        self._keychain.delete(_entry(header, key_id))
        return header

    def remember(self, header: Header, mark: bytes) -> None:
        """Put the mark into the keyring, as an entry of its own."""
        self._keychain.write(_entry(header, _MARK), mark)

    def remembered(self, header: Header) -> bytearray | None:
        """Return the mark in the keyring."""
        return self._keychain.read(_entry(header, _MARK))

    def close(self) -> None:
        """Hold nothing, wipe nothing."""


class PassphraseProtection:
    """Keys encrypted inside the header by a key made of the passphrase."""

    mode: Mode = "passphrase"

    def __init__(self, stretched: bytearray) -> None:
        """Take the key that `passphrase.stretch` made; it is wiped by `close`."""
        self._stretched = stretched

    def load(self, header: Header, key_id: str) -> bytearray | None:
        """Return the key in the header.

        Raises:
            UserMistake: `vault.passphrase_wrong`.
        """
        box = header.wrapped.get(key_id)
        if box is None:
            return None
        return passphrases.unwrap(box, self._stretched, header.install_id, key_id)

    def keep(self, header: Header, key_id: str, key: bytearray) -> Header:
        """Return the header with the key in it."""
        box = passphrases.wrap(key, self._stretched, header.install_id, key_id)
        return msgspec.structs.replace(header, wrapped={**header.wrapped, key_id: box})

    def forget(self, header: Header, key_id: str) -> Header:
        """Return the header without the key."""
        kept = {other: box for other, box in header.wrapped.items() if other != key_id}
        return msgspec.structs.replace(header, wrapped=kept)

    def remember(self, header: Header, mark: bytes) -> None:
        """Keep nothing: all of this vault lies in its folder."""

    def remembered(self, header: Header) -> bytearray | None:
        """Return None: nothing was kept."""
        return None

    def close(self) -> None:
        """Wipe the passphrase's key."""
        self._stretched[:] = bytes(len(self._stretched))


def load_or_refuse(protection: Protection, header: Header) -> bytearray:
    """Return the key that the vault needs to open.

    Raises:
        ShopTrouble: `vault.key_missing`: another user, another computer, or a keyring made anew;
            `vault.key_wrong`: there is a key, but this vault was not closed by it, or its header
            was edited.
        UserMistake: `vault.passphrase_wrong`.
    """
    key = protection.load(header, header.current)
    if key is None:
        raise ShopTrouble("vault.key_missing")
    if not header.is_sealed_by(key):
        raise ShopTrouble("vault.key_wrong")
    return key


def _entry(header: Header, key_id: str) -> str:
    """Return the name of one key in the keyring."""
    return f"{header.install_id} {key_id}"
