"""The operating system's keyring: one 32-byte key, in a backend that is known to keep secrets.

The backend is never chosen by `keyring.get_keyring()`: that loads every installed backend, obeys
`PYTHON_KEYRING_BACKEND` and `keyringrc.cfg`, and so ends in clear text (`keyrings.alt`), in
nothing (`null`) or in a chain that falls through to either (packaging.md 4.1). The one backend
that belongs to this system is asked for by its class, and its class is checked again before use.
The environment variable can still switch the keyring off, which is what it is documented for.
"""

from __future__ import annotations

import base64
import binascii
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.vault.envelope import KEY_BYTES

# security.md section 3 and packaging.md 4.1: the Secret Service of a Linux desktop (GNOME Keyring,
# KWallet, KeePassXC) and the Windows Credential Manager.
TRUSTED_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
# wincred.h: CRED_MAX_CREDENTIAL_BLOB_SIZE = 5 * 512; keyring checks nothing (packaging.md 4.3).
WINDOWS_LIMIT_BYTES = 2_560
_SWITCH = "PYTHON_KEYRING_BACKEND"
_USER = "vault"


class Backend(Protocol):
    """The three calls of a `keyring` backend that are used."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the entry or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the entry."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove the entry; an error where there is none."""


class Keychain(Protocol):
    """Where the vault's key lives; each entry name is used for one key only."""

    @property
    def name(self) -> str:
        """Return the backend's name, for the doctor page."""

    def read(self, entry: str) -> bytearray | None:
        """Return the 32-byte key, None where there is none."""

    def write(self, entry: str, key: bytes | bytearray) -> None:
        """Store the key and prove it by reading it back."""

    def delete(self, entry: str) -> bool:
        """Remove the key; False where there was none."""


class OsKeychain:
    """A `Keychain` over one trusted `keyring` backend.

    An entry is a service of its own. Two users of one service would make the Windows backend copy
    the older secret to a second place (packaging.md 4.3).
    """

    def __init__(self, backend: Backend, trusted: frozenset[str] = TRUSTED_BACKENDS) -> None:
        """Take the backend if its very class, not a relative of it, is trusted.

        Raises:
            ShopTrouble: `vault.keyring_not_trusted`.
        """
        self._name = f"{type(backend).__module__}.{type(backend).__qualname__}"
        if self._name not in trusted:
            raise ShopTrouble("vault.keyring_not_trusted", backend=self._name)
        self._backend = backend

    @property
    def name(self) -> str:
        """Return the full name of the backend's class."""
        return self._name

    def read(self, entry: str) -> bytearray | None:
        """Return the 32-byte key, None where there is none.

        Raises:
            ShopTrouble: `vault.keyring_locked`, `vault.keyring_dismissed`, `vault.keyring_failed`,
                `vault.key_damaged`.
        """
        with _keyring_faults():
            found = self._backend.get_password(_service(entry), _USER)
        return None if found is None else _decode(found)

    def write(self, entry: str, key: bytes | bytearray) -> None:
        """Store the key, after removing what was there, and prove it by reading it back.

        Raises:
            ShopTrouble: as `read`; `vault.keyring_failed` also when it reads back otherwise.
            Bug: `vault.key_size`, for anything but 32 bytes.
        """
        if len(key) != KEY_BYTES:
            raise Bug("vault.key_size", size=len(key))
        text = base64.b64encode(key).decode("ascii")
        if len(text.encode("utf-16-le")) > WINDOWS_LIMIT_BYTES:
            raise Bug("vault.key_size", size=len(text))
        self.delete(entry)
        with _keyring_faults():
            self._backend.set_password(_service(entry), _USER, text)
            kept = self._backend.get_password(_service(entry), _USER)
        if kept != text:
            raise ShopTrouble("vault.keyring_failed", reason="not kept")

    def delete(self, entry: str) -> bool:
        """Remove the key; False where there was none.

        Raises:
            ShopTrouble: as `read`.
        """
        with _keyring_faults():
            if self._backend.get_password(_service(entry), _USER) is None:
                return False
            self._backend.delete_password(_service(entry), _USER)
        return True


def find_keychain() -> OsKeychain:
    """Return the keyring of this computer.

    Raises:
        ShopTrouble: `vault.keyring_missing` where none is running; `vault.keyring_not_trusted`
            where the environment asks for another one, of which nothing is loaded.
    """
    wanted = os.environ.get(_SWITCH)
    if wanted and wanted not in TRUSTED_BACKENDS:
        raise ShopTrouble("vault.keyring_not_trusted", backend=wanted)
    return OsKeychain(_windows() if sys.platform == "win32" else _secret_service())


def _secret_service() -> Backend:
    """Return the Secret Service, if the session's bus has one."""
    from keyring.backends.SecretService import Keyring

    try:
        usable = Keyring.priority > 0
    except (RuntimeError, OSError, ValueError) as error:
        # RuntimeError: no service; the others: a bus address that leads nowhere.
        raise ShopTrouble("vault.keyring_missing") from error
    if not usable:
        raise ShopTrouble("vault.keyring_missing")
    make: Callable[[], Backend] = Keyring
    return make()


def _windows() -> Backend:
    """Return the Credential Manager; its entries stay on this machine, they do not roam."""
    from keyring.backends.Windows import WinVaultKeyring

    try:
        usable = WinVaultKeyring.priority > 0
    except RuntimeError as error:
        raise ShopTrouble("vault.keyring_missing") from error
    if not usable:
        raise ShopTrouble("vault.keyring_missing")
    make: Callable[[], WinVaultKeyring] = WinVaultKeyring
    found = make()
    found.persist = "local machine"
    return found


@contextmanager
def _keyring_faults() -> Iterator[None]:
    """Turn what a backend raises into what the shop can do about it (packaging.md 4.1)."""
    from keyring.errors import InitError, KeyringError, KeyringLocked

    others: tuple[type[Exception], ...] = (KeyringError, *_platform_faults())
    try:
        yield
    except KeyringLocked as error:
        raise ShopTrouble("vault.keyring_locked") from error
    except InitError as error:
        raise ShopTrouble("vault.keyring_dismissed") from error
    except others as error:
        reason = type(error).__name__
        if reason == "LockedException":  # secretstorage's own, from an item in a locked collection
            raise ShopTrouble("vault.keyring_locked") from error
        if reason == "PromptDismissedException":
            raise ShopTrouble("vault.keyring_dismissed") from error
        raise ShopTrouble("vault.keyring_failed", reason=reason) from error


def _platform_faults() -> tuple[type[Exception], ...]:
    """Return what leaks through `keyring` from the libraries below it."""
    if sys.platform == "win32":
        from win32ctypes.pywin32 import pywintypes

        return (OSError, pywintypes.error)
    from jeepney.wrappers import DBusErrorResponse  # type: ignore[import-untyped] # no py.typed
    from secretstorage.exceptions import SecretStorageException

    return (OSError, EOFError, SecretStorageException, DBusErrorResponse)


def _service(entry: str) -> str:
    """Return the name of the entry as a person sees it in the keyring's own window."""
    return f"pos_app vault {entry}"


def _decode(text: str) -> bytearray:
    """Return the key in a keyring entry."""
    try:
        key = bytearray(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error) as error:
        raise ShopTrouble("vault.key_damaged") from error
    if len(key) != KEY_BYTES:
        raise ShopTrouble("vault.key_damaged")
    return key
