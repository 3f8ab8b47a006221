"""PortOne's key pair in the vault: whole, unseen on the disk, gone when the vault closes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pos_app.domain.errors import Bug, ShopTrouble
from pos_app.vault import PortOneKeys, Vault, create_vault, open_vault
from tests.helpers.keyrings import memory_keychain

KEY, SECRET = "4820010012345678", "imp-secret-canary-0123456789abcdef"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A fresh vault."""
    return create_vault(tmp_path / "vault", keychain=memory_keychain(), passphrase=None)


def test_a_pair_comes_back_after_the_next_start(tmp_path: Path) -> None:
    keychain = memory_keychain()
    with create_vault(tmp_path / "vault", keychain=keychain, passphrase=None) as vault:
        assert not vault.has_portone_keys()
        vault.put_portone_keys(PortOneKeys(KEY, SECRET))
    with open_vault(tmp_path / "vault", keychain=keychain, passphrase=None) as vault:
        assert vault.has_portone_keys()
        keys = vault.portone_keys()
        assert (keys.imp_key, keys.imp_secret) == (KEY, SECRET)
        assert keys.is_same(PortOneKeys(KEY, SECRET))
        assert not keys.is_same(PortOneKeys(KEY, SECRET[:-1] + "x"))
        assert not keys.is_same(PortOneKeys("4820010012345679", SECRET))
        assert vault.delete_portone_keys()
        assert not vault.has_portone_keys()
        assert not vault.delete_portone_keys()
    assert (keys.imp_key, keys.imp_secret) == ("", "")


def test_a_vault_without_one_says_so(vault: Vault) -> None:
    with pytest.raises(ShopTrouble, match=r"^portone\.keys_missing$"):
        vault.portone_keys()
    vault.close()
    with pytest.raises(Bug, match=r"vault\.closed"):
        vault.portone_keys()


def test_a_new_pair_takes_the_place_of_the_old_one_which_is_wiped(vault: Vault) -> None:
    vault.put_portone_keys(PortOneKeys(KEY, SECRET))
    old = vault.portone_keys()
    vault.put_portone_keys(PortOneKeys(KEY, "another"))
    assert vault.portone_keys().imp_secret == "another"
    assert old.imp_secret == ""
    vault.close()


def test_nothing_on_the_disk_or_in_a_repr_gives_it_away(vault: Vault) -> None:
    vault.put_portone_keys(PortOneKeys(KEY, SECRET))
    on_disk = b"".join(path.read_bytes() for path in vault.folder.iterdir() if path.is_file())
    assert KEY.encode() not in on_disk
    assert SECRET.encode() not in on_disk
    keys = vault.portone_keys()
    for shown in (repr(keys), str(keys), f"{keys!r}"):
        assert KEY not in shown
        assert SECRET not in shown
    with pytest.raises(TypeError):
        pickle.dumps(keys)
    vault.close()


def test_what_is_kept_is_overwritten_when_the_vault_closes(vault: Vault) -> None:
    vault.put_portone_keys(PortOneKeys(KEY, SECRET))
    keys = vault.portone_keys()
    vault.close()
    assert bytes(keys._secret) == b""
    assert keys.imp_key == ""
