"""A stand-in for the Windows calls below `keyring`, so that its real backend runs anywhere.

It does what packaging.md 4.3 says of Credential Manager, and enforces the limit that Wine does
not: 2,560 bytes, refused with error 1783, which is no error of `keyring`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

_MODULES = ("win32ctypes", "win32ctypes.pywin32", "keyring.backends.Windows")


class WinError(Exception):
    """Stands for `pywintypes.error`; has the attributes that keyring looks at."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror, self.funcname, self.strerror = winerror, funcname, strerror


@dataclass
class CredentialManager:
    """What Windows holds: target to credential as written."""

    held: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self, credential: dict[str, Any], _flags: int) -> None:
        if len(credential["CredentialBlob"].encode("utf-16-le")) > 2560:
            raise WinError(1783, "CredWrite", "The stub received bad data")
        self.held[credential["TargetName"]] = dict(credential)

    def read(self, *, Type: int, TargetName: str) -> dict[str, Any]:  # noqa: N803 - its names
        if TargetName not in self.held:
            raise WinError(1168, "CredRead", "Element not found.")
        found = dict(self.held[TargetName])
        found["CredentialBlob"] = found["CredentialBlob"].encode("utf-16-le")
        return found

    def delete(self, *, Type: int, TargetName: str) -> None:  # noqa: N803 - its names
        if self.held.pop(TargetName, None) is None:
            raise WinError(1168, "CredDelete", "Element not found.")


def pretend_windows(monkeypatch: pytest.MonkeyPatch) -> CredentialManager:
    """Make `keyring.backends.Windows` importable here, over the returned store."""
    store = CredentialManager()
    cred: Any = ModuleType("win32ctypes.pywin32.win32cred")
    cred.CRED_TYPE_GENERIC, cred.CRED_PERSIST_LOCAL_MACHINE, cred.CRED_PERSIST_ENTERPRISE = 1, 2, 3
    cred.CredWrite, cred.CredRead, cred.CredDelete = store.write, store.read, store.delete
    types: Any = ModuleType("win32ctypes.pywin32.pywintypes")
    types.error = WinError
    inner: Any = ModuleType("win32ctypes.pywin32")
    inner.win32cred, inner.pywintypes = cred, types
    outer: Any = ModuleType("win32ctypes")
    outer.pywin32 = inner
    for name in _MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "win32ctypes", outer)
    monkeypatch.setitem(sys.modules, "win32ctypes.pywin32", inner)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    return store
