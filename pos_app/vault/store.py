"""The vault: opens, keeps secrets, signs, and changes its key without touching the secrets.

Everything is synchronous and may be called from any thread; disk, keyring and Argon2id take from
a millisecond to half a second, so call it off the loop. Reading never writes. Writing takes the
folder's lock for the moment, so that two programs cannot spoil each other's files.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self

import msgspec

from pos_app.domain.errors import Bug, ShopTrouble, UserMistake
from pos_app.vault import disk
from pos_app.vault import passphrase as passphrases
from pos_app.vault.envelope import KEY_BYTES
from pos_app.vault.header import FILE_NAME, Header, Mode, read_header, write_header
from pos_app.vault.kcp_credentials import (
    KcpCredentials,
    Signer,
    restore_credentials,
    signer_of,
)
from pos_app.vault.keychain import Keychain
from pos_app.vault.pins import PinHasher
from pos_app.vault.portone_keys import PortOneKeys
from pos_app.vault.portone_keys import restore as restore_keys
from pos_app.vault.protection import (
    KeyringProtection,
    PassphraseProtection,
    Protection,
    load_or_refuse,
)
from pos_app.vault.secret_files import SecretFiles

_KCP = "kcp.credentials"
_PORTONE = "portone.keys"
_LEDGER_KEY = "ledger.hmac_key"
_PEPPER = "operators.pepper"
# Made with the vault and never again: a new ledger key would call every old fact forged, and a
# new pepper would lock every operator out.
_BORN_WITH_THE_VAULT = (_LEDGER_KEY, _PEPPER)
_SEALED = frozenset({_KCP, _PORTONE, *_BORN_WITH_THE_VAULT})


class Vault:
    """An open vault; made by `create_vault` and `open_vault`."""

    def __init__(self, folder: Path, header: Header, protection: Protection) -> None:
        """Load the keys that the header names.

        Raises:
            ShopTrouble: `vault.key_missing`, `vault.key_wrong`, or the keyring's.
            UserMistake: `vault.passphrase_wrong`.
        """
        self._folder = folder
        self._header = header
        self._protection = protection
        self._files = SecretFiles(folder, header.install_id)
        self._keys: dict[str, bytearray] = {header.current: load_or_refuse(protection, header)}
        for key_id in header.others:
            other = protection.load(header, key_id)
            if other is not None:
                self._keys[key_id] = other
        self._signer: Signer | None = None
        self._keys_of_portone: PortOneKeys | None = None
        self._lock = RLock()
        self._closed = False

    @staticmethod
    def exists(folder: Path) -> bool:
        """Tell whether a vault was made here.

        A damaged one counts, and so do secrets whose header is gone: none is made over them.

        Raises:
            ShopTrouble: `vault.file_not_readable`.
        """
        try:
            header = read_header(folder)
        except ShopTrouble as error:
            if error.code in {"vault.header_damaged", "vault.newer_version"}:
                return True
            raise
        if header is None:
            return next(folder.glob("*.secret"), None) is not None
        return header.complete

    @property
    def folder(self) -> Path:
        """Return where the files lie."""
        return self._folder

    @property
    def mode(self) -> Mode:
        """Return "keyring" or "passphrase"."""
        return self._header.mode

    @property
    def install_id(self) -> str:
        """Return the random id of this vault, 32 hexadecimal digits."""
        return self._header.install_id

    @property
    def rotation_pending(self) -> bool:
        """Tell whether a rotation was cut off; the next write finishes it."""
        return bool(self._header.others)

    def names(self) -> tuple[str, ...]:
        """Return the names of all secrets, sorted."""
        with self._open():
            return self._files.names()

    def get_secret(self, name: str) -> bytes | None:
        """Return a secret, None where there is none.

        Raises:
            ShopTrouble: `vault.secret_damaged`, `vault.secret_foreign`, `vault.newer_version`,
                `vault.file_not_readable`.
            Bug: `vault.sealed_name`, `vault.bad_name`, `vault.closed`.
        """
        _refuse_sealed(name)
        return self._read(name)

    def put_secret(self, name: str, value: bytes) -> None:
        """Store or replace a secret, whole or not at all.

        Raises:
            ShopTrouble: `vault.disk_full`, `vault.folder_not_writable`, `vault.disk_trouble`,
                `vault.busy`.
            Bug: as `get_secret`.
        """
        _refuse_sealed(name)
        self._write(name, value)

    def delete_secret(self, name: str) -> bool:
        """Overwrite and remove a secret; False where there was none.

        Raises:
            ShopTrouble: as `put_secret`.
            Bug: as `get_secret`.
        """
        _refuse_sealed(name)
        return self._delete(name)

    def ledger_key(self) -> bytes:
        """Return the 32-byte key of the ledger's chain.

        Raises:
            ShopTrouble: `vault.secret_missing` where its file is gone: it is never made anew.
        """
        return self._demand(_LEDGER_KEY)

    def remember(self, mark: bytes) -> None:
        """Keep a mark of 32 bytes in the keyring, apart from every file; without one do nothing.

        Raises:
            ShopTrouble: the keyring's.
        """
        with self._open():
            self._protection.remember(self._header, mark)

    def remembered(self) -> bytes | None:
        """Return the mark, None where there is none; raises as `remember`."""
        with self._open():
            mark = self._protection.remembered(self._header)
            return None if mark is None else bytes(mark)

    def pins(self) -> PinHasher:
        """Return what makes and checks operators' PIN records.

        Raises:
            ShopTrouble: `vault.secret_missing`.
        """
        return PinHasher(self._demand(_PEPPER))

    def put_kcp_credentials(self, credentials: KcpCredentials) -> None:
        """Store what `read_credentials` accepted, in place of an earlier certificate.

        Raises:
            ShopTrouble: as `put_secret`.
        """
        with self._open():
            self._write(_KCP, credentials.stored())
            self._signer = None

    def has_kcp_credentials(self) -> bool:
        """Tell whether a KCP certificate was imported."""
        return _KCP in self.names()

    def delete_kcp_credentials(self) -> bool:
        """Overwrite and remove KCP's certificate and key; False where there were none.

        Raises:
            ShopTrouble: as `put_secret`.
        """
        with self._open():
            self._signer = None
            return self._delete(_KCP)

    def kcp_signer(self) -> Signer:
        """Return the signer of the imported certificate; the key is opened once.

        Raises:
            ShopTrouble: `certificate.missing`, or as `get_secret`.
        """
        with self._open():
            if self._signer is None:
                found = self._read(_KCP)
                if found is None:
                    raise ShopTrouble("certificate.missing")
                self._signer = signer_of(restore_credentials(found))
            return self._signer

    def put_portone_keys(self, keys: PortOneKeys) -> None:
        """Store PortOne's key pair in place of an earlier one.

        Raises:
            ShopTrouble: as `put_secret`.
        """
        with self._open():
            self._write(_PORTONE, keys.stored())
            self._forget_keys()

    def has_portone_keys(self) -> bool:
        """Tell whether PortOne's key pair was stored."""
        return _PORTONE in self.names()

    def delete_portone_keys(self) -> bool:
        """Overwrite and remove PortOne's key pair; False where there was none.

        Raises:
            ShopTrouble: as `put_secret`.
        """
        with self._open():
            self._forget_keys()
            return self._delete(_PORTONE)

    def portone_keys(self) -> PortOneKeys:
        """Return PortOne's key pair; it is wiped when the vault closes.

        Raises:
            ShopTrouble: `portone.keys_missing`, or as `get_secret`.
        """
        with self._open():
            if self._keys_of_portone is None:
                found = self._read(_PORTONE)
                if found is None:
                    raise ShopTrouble("portone.keys_missing")
                self._keys_of_portone = restore_keys(found)
            return self._keys_of_portone

    def _forget_keys(self) -> None:
        """Wipe the key pair that was read."""
        if self._keys_of_portone is not None:
            self._keys_of_portone.wipe()
        self._keys_of_portone = None

    def rotate(self) -> None:
        """Give the vault a new key: every file is wrapped anew, then the old key is destroyed.

        Cut off at any point, the vault still opens and reads; the next write finishes. Other
        programs that have this vault open must open it again.

        Raises:
            ShopTrouble: as `put_secret`, the keyring's, or a damaged file's.
        """
        with self._writing():
            self._finish_rotation()
            old_id, new_id = self._header.current, secrets.token_hex(8)
            self._save(msgspec.structs.replace(self._header, others=(new_id,)))
            new_key = bytearray(secrets.token_bytes(KEY_BYTES))
            header = self._protection.keep(self._header, new_id, new_key)
            self._keys[new_id] = new_key
            self._save(msgspec.structs.replace(header, current=new_id, others=(old_id,)))
            self._finish_rotation()

    def change_passphrase(self, new: str) -> None:
        """Let another passphrase open this vault from now on.

        The key stays: `rotate` as well where somebody knew the old passphrase and had the files.

        Raises:
            UserMistake: `vault.passphrase_short`, `vault.passphrase_plain`.
            ShopTrouble: as `put_secret`.
            Bug: `vault.not_by_passphrase`.
        """
        if self.mode != "passphrase":
            raise Bug("vault.not_by_passphrase")
        passphrases.check_quality(new)
        with self._writing():
            self._finish_rotation()
            kdf = passphrases.new_kdf()
            protection = PassphraseProtection(passphrases.stretch(new, kdf))
            current = self._header.current
            header = protection.keep(self._header, current, self._keys[current])
            self._save(msgspec.structs.replace(header, kdf=kdf))
            self._protection.close()
            self._protection = protection

    def close(self) -> None:
        """Wipe the keys; the vault cannot be used any more. Twice does no harm."""
        with self._lock:
            for key in self._keys.values():
                key[:] = bytes(len(key))
            self._protection.close()
            self._signer = None
            self._forget_keys()
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Vault(mode={self.mode!r}, install_id={self.install_id!r}, keys=***)"

    def _read(self, name: str) -> bytes | None:
        """Return any secret, sealed ones too."""
        with self._open():
            return self._files.read(name, self._keys)

    def _demand(self, name: str) -> bytes:
        """Return a secret that was made with the vault."""
        found = self._read(name)
        if found is None:
            raise ShopTrouble("vault.secret_missing", name=name)
        return found

    def _write(self, name: str, value: bytes) -> None:
        """Store any secret, then finish what a cut-off rotation left."""
        with self._writing():
            self._files.write(name, value, self._keys, self._header.current)
            self._finish_rotation()

    def _delete(self, name: str) -> bool:
        """Remove any secret, then finish what a cut-off rotation left."""
        with self._writing():
            was_there = self._files.delete(name)
            self._finish_rotation()
            return was_there

    def _finish_rotation(self) -> None:
        """Wrap what is still wrapped by another key, then forget the other keys."""
        if not self._header.others:
            return
        self._files.rewrap_all(self._keys, self._header.current)
        header = self._header
        for key_id in self._header.others:
            header = self._protection.forget(header, key_id)
        self._save(msgspec.structs.replace(header, others=()))
        for key_id in set(self._keys) - {self._header.current}:
            key = self._keys.pop(key_id)
            key[:] = bytes(len(key))

    def _save(self, header: Header) -> None:
        """Seal and write the header, and only then believe in it."""
        sealed = header.sealed(self._keys[header.current])
        write_header(self._folder, sealed)
        self._header = sealed

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Let one thread in at a time, and none after `close`."""
        with self._lock:
            if self._closed:
                raise Bug("vault.closed")
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer of this folder, in this program and any other."""
        with self._open(), disk.only_writer(self._folder):
            yield


def needs_passphrase(folder: Path) -> bool:
    """Tell whether a passphrase must be asked for before the vault in `folder` opens.

    Raises:
        ShopTrouble: `vault.header_damaged`, `vault.newer_version`, `vault.file_not_readable`.
    """
    header = read_header(folder)
    return header is not None and header.complete and header.mode == "passphrase"


def needs_keychain(folder: Path) -> bool:
    """Tell whether the vault in `folder` opens by the keyring.

    Raises:
        ShopTrouble: as `needs_passphrase`, and `vault.header_missing`.
    """
    header = _header_of(folder)
    return header is not None and header.complete and header.mode == "keyring"


def create_vault(folder: Path, *, keychain: Keychain | None, passphrase: str | None) -> Vault:
    """Make a vault and return it open: by the passphrase where one is given, else by the keyring.

    Cut off anywhere, no vault exists and the next call starts anew.

    Raises:
        ShopTrouble: `vault.keyring_missing` with neither; the keyring's; the disk's.
        UserMistake: `vault.passphrase_short`, `vault.passphrase_plain`.
        Bug: `vault.exists`.
    """
    if passphrase is not None:
        passphrases.check_quality(passphrase)
    disk.make_private_folder(folder)
    with disk.only_writer(folder):
        if Vault.exists(folder):
            raise Bug("vault.exists", folder=str(folder))
        _clear_unfinished(folder, keychain)
        header, key = _new_header(passphrase), bytearray(secrets.token_bytes(KEY_BYTES))
        protection = _protection(header, keychain, passphrase)
        write_header(folder, header.sealed(key))
        header = protection.keep(header, header.current, key)
        files = SecretFiles(folder, header.install_id)
        for name in _BORN_WITH_THE_VAULT:
            born = secrets.token_bytes(KEY_BYTES)
            files.write(name, born, {header.current: key}, header.current)
        header = msgspec.structs.replace(header, complete=True).sealed(key)
        write_header(folder, header)
        key[:] = bytes(len(key))
    return Vault(folder, header, protection)


def open_vault(folder: Path, *, keychain: Keychain | None, passphrase: str | None) -> Vault:
    """Open the vault in `folder` by what its header asks for; the other argument is not used.

    Raises:
        ShopTrouble: `vault.none_here`, `vault.header_missing`, `vault.header_damaged`,
            `vault.newer_version`, `vault.keyring_missing`, `vault.key_missing`, `vault.key_wrong`,
            `vault.folder_open_to_others`, `vault.file_not_readable`, or the keyring's.
        UserMistake: `vault.passphrase_needed`, `vault.passphrase_wrong`.
    """
    header = _header_of(folder)
    if header is None or not header.complete:
        raise ShopTrouble("vault.none_here", folder=str(folder))
    disk.close_to_others(folder)
    return Vault(folder, header, _protection(header, keychain, passphrase))


def _header_of(folder: Path) -> Header | None:
    """Return the header, None where no vault is; `ShopTrouble` if only the header is gone."""
    header = read_header(folder)
    if header is None and Vault.exists(folder):
        raise ShopTrouble("vault.header_missing", file=str(folder / FILE_NAME))
    return header


def _new_header(passphrase: str | None) -> Header:
    """Return the header of a vault that is about to be made."""
    return Header(
        install_id=secrets.token_hex(16),
        mode="keyring" if passphrase is None else "passphrase",
        complete=False,
        current=secrets.token_hex(8),
        kdf=None if passphrase is None else passphrases.new_kdf(),
    )


def _protection(header: Header, keychain: Keychain | None, passphrase: str | None) -> Protection:
    """Return where this header's keys rest."""
    if header.mode == "keyring":
        if keychain is None:
            raise ShopTrouble("vault.keyring_missing")
        return KeyringProtection(keychain)
    if passphrase is None:
        raise UserMistake("vault.passphrase_needed")
    if header.kdf is None:
        raise ShopTrouble("vault.header_damaged", file="vault.json")
    return PassphraseProtection(passphrases.stretch(passphrase, header.kdf))


def _clear_unfinished(folder: Path, keychain: Keychain | None) -> None:
    """Remove what an interrupted `create_vault` may have left, in the keyring too."""
    header = read_header(folder)
    if header is not None and header.mode == "keyring" and keychain is not None:
        KeyringProtection(keychain).forget(header, header.current)
    for path in folder.glob("*.secret"):
        disk.delete_private(path)


def _refuse_sealed(name: str) -> None:
    """Keep keys inside: these names have methods of their own."""
    if name in _SEALED:
        raise Bug("vault.sealed_name", name=name)
