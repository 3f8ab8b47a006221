"""One key, in a keyring that is known to keep secrets, or a sentence that says what to do."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringError, PasswordSetError

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.vault import OsKeychain, find_keychain
from tests.helpers.keyrings import MemoryKeyring, PlaintextKeyring, memory_keychain
from tests.helpers.secret_service import ROOT
from tests.helpers.windows_credentials import pretend_windows

KEY = bytearray(range(32))
OTHER_KEY = bytearray(range(32, 64))


class _Inherits(MemoryKeyring):
    """A relative of a trusted class, with who knows what in it."""


@pytest.mark.parametrize(
    "make", [PlaintextKeyring, NullKeyring, FailKeyring, ChainerBackend, MemoryKeyring]
)
def test_only_the_two_known_backends_are_trusted(make: type) -> None:
    with pytest.raises(ShopTrouble) as trouble:
        OsKeychain(make())
    assert trouble.value.code == "vault.keyring_not_trusted"
    assert trouble.value.params == {"backend": f"{make.__module__}.{make.__qualname__}"}


def test_a_subclass_of_a_trusted_backend_is_not_trusted() -> None:
    trusted = frozenset({f"{MemoryKeyring.__module__}.{MemoryKeyring.__qualname__}"})
    with pytest.raises(ShopTrouble, match="keyring_not_trusted"):
        OsKeychain(_Inherits(), trusted)


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
    ],
)
def test_the_environment_can_switch_the_keyring_off_but_not_another_one_on(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    with pytest.raises(ShopTrouble) as trouble:
        find_keychain()
    assert trouble.value.params == {"backend": backend}


def test_a_backend_named_by_the_environment_is_not_even_imported(tmp_path: Path) -> None:
    trap = tmp_path / "rogue_keyring.py"
    trap.write_text("from pathlib import Path\nPath(__file__).with_name('ran').write_text('')\n")
    code = (
        "from pos_app.vault import find_keychain\n"
        "try:\n    find_keychain()\nexcept Exception as error:\n    print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path), "PYTHON_KEYRING_BACKEND": "rogue_keyring.Keyring"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "vault.keyring_not_trusted"
    assert not (tmp_path / "ran").exists()


def test_a_key_is_kept_replaced_and_removed() -> None:
    backend = MemoryKeyring()
    keychain = memory_keychain(backend)
    assert keychain.read("shop k1") is None
    keychain.write("shop k1", KEY)
    assert keychain.read("shop k1") == KEY
    keychain.write("shop k1", OTHER_KEY)
    assert keychain.read("shop k1") == OTHER_KEY
    assert keychain.delete("shop k1")
    assert not keychain.delete("shop k1")
    assert backend.entries == {}


def test_an_old_key_is_deleted_before_the_new_one_is_set() -> None:
    backend = MemoryKeyring()
    keychain = memory_keychain(backend)
    keychain.write("shop k1", KEY)
    backend.calls.clear()
    keychain.write("shop k1", OTHER_KEY)
    assert backend.calls.index("delete") < backend.calls.index("set")


def test_a_keyring_that_accepts_a_key_and_drops_it_is_noticed() -> None:
    backend = MemoryKeyring()
    backend.forgets = True
    with pytest.raises(ShopTrouble, match="keyring_failed"):
        memory_keychain(backend).write("shop k1", KEY)


@pytest.mark.parametrize("size", [0, 31, 33, 2000])
def test_anything_but_32_bytes_is_our_own_fault(size: int) -> None:
    backend = MemoryKeyring()
    with pytest.raises(Bug, match="key_size"):
        memory_keychain(backend).write("shop k1", bytes(size))
    assert backend.entries == {}


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(31)).decode(), "가"])
def test_an_entry_that_is_no_key_of_ours_is_refused(text: str) -> None:
    backend = MemoryKeyring()
    keychain = memory_keychain(backend)
    keychain.write("shop k1", KEY)
    (entry,) = backend.entries
    backend.entries[entry] = text
    with pytest.raises(ShopTrouble, match="key_damaged"):
        keychain.read("shop k1")


def test_each_trouble_of_the_keyring_has_its_own_sentence() -> None:
    backend = MemoryKeyring()
    keychain = memory_keychain(backend)
    backend.lock()
    with pytest.raises(ShopTrouble, match=r"^vault\.keyring_locked$"):
        keychain.read("shop k1")
    backend.dismiss()
    with pytest.raises(ShopTrouble, match=r"^vault\.keyring_dismissed$"):
        keychain.write("shop k1", KEY)
    for error in (PasswordSetError("no"), KeyringError("no"), ConnectionResetError(), EOFError()):
        backend.trouble = error
        with pytest.raises(ShopTrouble) as trouble:
            keychain.write("shop k1", KEY)
        assert trouble.value.code == "vault.keyring_failed"
        assert trouble.value.params == {"reason": type(error).__name__}


def test_on_windows_the_key_stays_on_the_machine_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = pretend_windows(monkeypatch)
    keychain = find_keychain()
    assert keychain.name == "keyring.backends.Windows.WinVaultKeyring"
    keychain.write("shop k1", KEY)
    keychain.write("shop k1", OTHER_KEY)
    keychain.write("shop k2", KEY)
    assert [entry["Persist"] for entry in store.held.values()] == [2, 2]
    assert base64.b64encode(KEY).decode() != store.held["pos_app vault shop k1"]["CredentialBlob"]
    assert keychain.read("shop k1") == OTHER_KEY
    assert keychain.delete("shop k1")
    assert keychain.delete("shop k2")
    assert store.held == {}


def test_what_windows_itself_raises_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    store = pretend_windows(monkeypatch)
    keychain = find_keychain()

    def refuse(credential: object, flags: int) -> None:
        store.write({"CredentialBlob": "x" * 1281}, flags)

    sys.modules["win32ctypes.pywin32"].win32cred.CredWrite = refuse
    with pytest.raises(ShopTrouble, match="keyring_failed"):
        keychain.write("shop k1", KEY)


def test_looking_for_the_keyring_costs_nothing_before_it_is_asked_for() -> None:
    code = "import sys, pos_app.vault; print([m for m in sys.modules if m.startswith('keyring')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
