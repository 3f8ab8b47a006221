"""Keyring backends for tests: one that behaves, ways in which it does not, and ones to refuse."""

from __future__ import annotations

from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

from pos_app.vault.keychain import OsKeychain


class MemoryKeyring(KeyringBackend):
    """A keyring in memory that follows the interface of `keyring`, errors included.

    Attributes:
        entries: what it holds: (service, user) to text.
        trouble: raised by every call while it is set.
        forgets: accepts a new entry and drops it.
        calls: what was asked for, in order: "set", "get", "delete".
    """

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring leaves it unannotated
        self.entries: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None
        self.forgets = False
        self.calls: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        self._begin("get")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._begin("set")
        if not self.forgets:
            self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._begin("delete")
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")

    def lock(self) -> None:
        """Refuse from now on as a locked collection does."""
        self.trouble = KeyringLocked("Failed to unlock the collection!")

    def dismiss(self) -> None:
        """Refuse from now on as a dismissed prompt does."""
        self.trouble = InitError("Failed to create the collection: Prompt dismissed..")

    def unlock(self) -> None:
        """Behave again."""
        self.trouble = None

    def _begin(self, call: str) -> None:
        self.calls.append(call)
        if self.trouble is not None:
            raise self.trouble


class PlaintextKeyring(KeyringBackend):
    """What `keyrings.alt` does: clear text in a file. The vault must never call it."""

    priority = 0.5
    file: Path | None = None

    def get_password(self, service: str, username: str) -> str | None:
        return None if self.file is None or not self.file.exists() else self.file.read_text()

    def set_password(self, service: str, username: str, password: str) -> None:
        assert self.file is not None
        self.file.write_text(password)


def memory_keychain(backend: MemoryKeyring | None = None) -> OsKeychain:
    """Return the real keychain over a keyring in memory, trusted for this one test."""
    name = f"{MemoryKeyring.__module__}.{MemoryKeyring.__qualname__}"
    return OsKeychain(backend or MemoryKeyring(), trusted=frozenset({name}))
