"""A vault without a keyring: the passphrase opens it, and nothing else does."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.vault import Vault, create_vault, header, needs_passphrase, open_vault
from tests.helpers.keyrings import memory_keychain

SECRET = b"imp-secret-canary-7c1f"
PASSPHRASE = "꽃집 열쇠는 화분 밑에"


def test_a_passphrase_opens_a_vault_where_there_is_no_keyring(tmp_path: Path) -> None:
    with create_vault(tmp_path, keychain=None, passphrase=PASSPHRASE) as vault:
        assert vault.mode == "passphrase"
        vault.put_secret("portone.imp_secret", SECRET)
    assert needs_passphrase(tmp_path)
    with pytest.raises(UserMistake, match="passphrase_needed"):
        open_vault(tmp_path, keychain=memory_keychain(), passphrase=None)
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper() + "!", "x" * 2000, "\ud800"):
        with pytest.raises(UserMistake, match="passphrase_wrong"):
            open_vault(tmp_path, keychain=None, passphrase=wrong)
    with open_vault(tmp_path, keychain=None, passphrase=PASSPHRASE) as vault:
        assert vault.get_secret("portone.imp_secret") == SECRET
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSPHRASE.encode() not in on_disk
    assert SECRET not in on_disk


def test_the_same_passphrase_in_the_other_unicode_form_opens_it_too(tmp_path: Path) -> None:
    composed = unicodedata.normalize("NFC", PASSPHRASE)
    apart = unicodedata.normalize("NFD", PASSPHRASE)
    assert composed != apart
    create_vault(tmp_path, keychain=None, passphrase=composed).close()
    open_vault(tmp_path, keychain=None, passphrase=apart).close()


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("", "vault.passphrase_short"),
        ("1234567", "vault.passphrase_short"),
        ("aaaaaaaaaa", "vault.passphrase_plain"),
        ("ababababab", "vault.passphrase_plain"),
        (" " * 12, "vault.passphrase_plain"),
    ],
)
def test_a_passphrase_anybody_would_try_is_refused_before_anything_is_made(
    tmp_path: Path, passphrase: str, code: str
) -> None:
    with pytest.raises(UserMistake) as mistake:
        create_vault(tmp_path / "v", keychain=None, passphrase=passphrase)
    assert mistake.value.code == code
    assert not (tmp_path / "v").exists()


def test_neither_keyring_nor_passphrase_makes_no_vault(tmp_path: Path) -> None:
    with pytest.raises(ShopTrouble, match="keyring_missing"):
        create_vault(tmp_path, keychain=None, passphrase=None)
    assert not Vault.exists(tmp_path)
    assert list(tmp_path.glob("*.secret")) == []


def test_changing_the_passphrase_shuts_the_old_one_out(tmp_path: Path) -> None:
    with create_vault(tmp_path, keychain=None, passphrase=PASSPHRASE) as vault:
        vault.put_secret("portone.imp_secret", SECRET)
        with pytest.raises(UserMistake, match="passphrase_short"):
            vault.change_passphrase("short")
        vault.change_passphrase("another 열쇠 9182")
        assert vault.get_secret("portone.imp_secret") == SECRET
    with pytest.raises(UserMistake, match="passphrase_wrong"):
        open_vault(tmp_path, keychain=None, passphrase=PASSPHRASE)
    with open_vault(tmp_path, keychain=None, passphrase="another 열쇠 9182") as vault:
        vault.rotate()
        assert vault.get_secret("portone.imp_secret") == SECRET


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 8},
        {"memory_kib": 2**31},
        {"passes": 1},
        {"passes": 10**6},
        {"lanes": 0},
        {"lanes": 999},
        {"salt": ""},
    ],
)
def test_costs_this_program_never_writes_are_not_computed(
    tmp_path: Path, change: dict[str, object]
) -> None:
    create_vault(tmp_path, keychain=None, passphrase=PASSPHRASE).close()

    path = tmp_path / "vault.json"
    fields = json.loads(path.read_text())
    fields["kdf"].update(change)
    path.write_text(json.dumps(fields))
    with pytest.raises(ShopTrouble, match="header_damaged"):
        open_vault(tmp_path, keychain=None, passphrase=PASSPHRASE)


def test_the_passphrase_costs_at_least_what_was_asked_for(tmp_path: Path) -> None:
    create_vault(tmp_path, keychain=None, passphrase=PASSPHRASE).close()
    found = header.read_header(tmp_path)
    assert found is not None
    assert found.kdf is not None
    assert found.kdf.memory_kib >= 64 * 1024
    assert found.kdf.passes >= 3
    assert found.kdf.lanes >= 4
