"""The real Credential Manager, where there is one: what no stand-in and no Wine can show."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator

import pytest
from keyring.backends.Windows import WinVaultKeyring

from pos_app.vault import OsKeychain, find_keychain
from pos_app.vault.keychain import WINDOWS_LIMIT_BYTES, Backend

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has one")

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
#: wincred.h, CRED_MAX_CREDENTIAL_BLOB_SIZE: 5 * 512 bytes; a str goes in as UTF-16.
LIMIT_UNITS = WINDOWS_LIMIT_BYTES // 2
#: RPC_X_BAD_STUB_DATA: how Windows refuses more than that.
BAD_STUB_DATA = 1783


@pytest.fixture
def keychain(monkeypatch: pytest.MonkeyPatch) -> OsKeychain:
    """Return this computer's keychain."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    return find_keychain()


@pytest.fixture
def entry(keychain: OsKeychain) -> Iterator[str]:
    """Return the name of an entry nobody else has, removed afterwards."""
    name = f"test-{secrets.token_hex(8)}"
    yield name
    keychain.delete(name)


def test_a_key_is_kept_replaced_and_removed(keychain: OsKeychain, entry: str) -> None:
    assert keychain.name == "keyring.backends.Windows.WinVaultKeyring"
    assert keychain.read(entry) is None
    keychain.write(entry, KEY)
    assert keychain.read(entry) == bytearray(KEY)
    keychain.write(entry, OTHER_KEY)
    assert find_keychain().read(entry) == bytearray(OTHER_KEY)
    assert keychain.delete(entry)
    assert keychain.read(entry) is None
    assert not keychain.delete(entry)


def test_windows_refuses_one_unit_more_than_the_limit_we_count_with() -> None:
    make: Callable[[], Backend] = WinVaultKeyring
    backend, service = make(), f"pos-app-test-{secrets.token_hex(8)}"
    backend.set_password(service, "limit", "x" * LIMIT_UNITS)
    try:
        assert backend.get_password(service, "limit") == "x" * LIMIT_UNITS
        with pytest.raises(Exception, match="CredWrite") as refused:  # pywintypes.error
            backend.set_password(service, "limit", "x" * (LIMIT_UNITS + 1))
        assert getattr(refused.value, "winerror", None) == BAD_STUB_DATA
    finally:
        backend.delete_password(service, "limit")
