"""The vault as the rest of the program sees it, over a keyring in memory."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_app.domain.errors import Bug, PosError, ShopTrouble
from pos_app.vault import (
    Vault,
    create_vault,
    disk,
    header,
    needs_passphrase,
    open_vault,
    read_credentials,
)
from tests.helpers.kcp_keys import issue
from tests.helpers.keyrings import MemoryKeyring, memory_keychain

SECRET = b"imp-secret-canary-7c1f"
PASSPHRASE = "꽃집 열쇠는 화분 밑에"


class _Shop:
    """One folder and one keyring, opened as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keyring = MemoryKeyring()
        self.keychain = memory_keychain(self.keyring)

    def create(self) -> Vault:
        return create_vault(self.folder, keychain=self.keychain, passphrase=None)

    def open(self) -> Vault:
        return open_vault(self.folder, keychain=self.keychain, passphrase=None)

    def bytes_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def shop(tmp_path: Path) -> _Shop:
    return _Shop(tmp_path / "data" / "vault")


def _edit_header(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    path = folder / "vault.json"
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))


def test_a_vault_is_there_only_once_it_is_made(shop: _Shop) -> None:
    assert not Vault.exists(shop.folder)
    assert not needs_passphrase(shop.folder)
    with pytest.raises(ShopTrouble, match="none_here"):
        shop.open()
    with shop.create() as vault:
        assert vault.mode == "keyring"
        assert vault.folder == shop.folder
    assert Vault.exists(shop.folder)
    assert not needs_passphrase(shop.folder)
    with pytest.raises(Bug, match=r"vault\.exists"):
        shop.create()


def test_secrets_are_there_after_a_restart(shop: _Shop) -> None:
    with shop.create() as vault:
        vault.put_secret("portone.imp_secret", SECRET)
        vault.put_secret("portone.imp_key", b"")
        ledger_key, install_id = vault.ledger_key(), vault.install_id
    with shop.open() as vault:
        assert vault.get_secret("portone.imp_secret") == SECRET
        assert vault.get_secret("portone.imp_key") == b""
        assert vault.get_secret("portone.none") is None
        assert vault.names() == (
            "ledger.hmac_key",
            "operators.pepper",
            "portone.imp_key",
            "portone.imp_secret",
        )
        assert vault.ledger_key() == ledger_key
        assert vault.install_id == install_id
        assert vault.delete_secret("portone.imp_secret")
        assert not vault.delete_secret("portone.imp_secret")
    assert len(ledger_key) == 32


def test_the_keyring_holds_one_short_entry_named_after_the_installation(shop: _Shop) -> None:
    with shop.create() as vault:
        (entry,) = shop.keyring.entries
        assert vault.install_id in entry[0]
        assert len(shop.keyring.entries[entry]) == 44


def test_two_shops_on_one_computer_do_not_share_keys(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    keychain = memory_keychain(keyring)
    first = create_vault(tmp_path / "live", keychain=keychain, passphrase=None)
    second = create_vault(tmp_path / "practice", keychain=keychain, passphrase=None)
    assert len(keyring.entries) == 2
    assert first.ledger_key() != second.ledger_key()
    first.put_secret("portone.imp_key", SECRET)
    moved = tmp_path / "practice" / "portone.imp_key.secret"
    moved.write_bytes((tmp_path / "live" / "portone.imp_key.secret").read_bytes())
    with pytest.raises(ShopTrouble, match="secret_foreign"):
        second.get_secret("portone.imp_key")


def test_nothing_on_the_disk_gives_a_secret_or_a_key_away(shop: _Shop) -> None:
    issued = issue(password="kcp-pass-canary")
    with shop.create() as vault:
        vault.put_secret("portone.imp_secret", SECRET)
        vault.put_kcp_credentials(
            read_credentials(issued.certificate, issued.key_file, issued.password)
        )
        ledger_key = vault.ledger_key()
        vault.rotate()
    on_disk = shop.bytes_on_disk()
    keys = [text.encode() for text in shop.keyring.entries.values()]
    hidden = [SECRET, b"kcp-pass-canary", b"PRIVATE KEY", b"BEGIN CERTIFICATE", ledger_key, *keys]
    assert [needle for needle in hidden if needle in on_disk] == []


def test_a_copied_folder_opens_nowhere_else(shop: _Shop) -> None:
    shop.create().close()
    with pytest.raises(ShopTrouble, match=r"^vault\.key_missing$"):
        open_vault(shop.folder, keychain=memory_keychain(), passphrase=None)
    with pytest.raises(ShopTrouble, match=r"^vault\.keyring_missing$"):
        open_vault(shop.folder, keychain=None, passphrase="does not matter")


def test_another_key_in_the_keyring_is_told_from_a_damaged_file(shop: _Shop) -> None:
    shop.create().close()
    (entry,) = shop.keyring.entries
    other = MemoryKeyring()
    create_vault(shop.folder.parent / "x", keychain=memory_keychain(other), passphrase=None)
    (shop.keyring.entries[entry],) = other.entries.values()
    with pytest.raises(ShopTrouble, match=r"^vault\.key_wrong$"):
        shop.open()


@pytest.mark.parametrize("field", ["others", "complete", "kdf", "wrapped"])
def test_a_header_edited_by_hand_does_not_open(shop: _Shop, field: str) -> None:
    shop.create().close()
    other: dict[str, object] = {
        "others": ["0011223344556677"],
        "complete": False,
        "kdf": {"memory_kib": 65536, "passes": 3, "lanes": 4, "salt": "AAAA"},
        "wrapped": {"k": "AAAA"},
    }
    _edit_header(shop.folder, lambda fields: fields.update({field: other[field]}))
    with pytest.raises(ShopTrouble, match=r"key_wrong|none_here"):
        shop.open()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'{"version": 1}', b'{"version": "1"}', b"\xff\xfe", b"\0" * 500],
)
def test_a_header_cut_in_half_is_a_damaged_vault_and_not_a_missing_one(
    shop: _Shop, content: bytes
) -> None:
    shop.create().close()
    (shop.folder / "vault.json").write_bytes(content)
    for attempt in (shop.open, lambda: needs_passphrase(shop.folder)):
        with pytest.raises(ShopTrouble, match="header_damaged"):
            attempt()
    assert Vault.exists(shop.folder)
    with pytest.raises(Bug, match=r"vault\.exists"):
        shop.create()


def test_a_newer_program_s_vault_says_so(shop: _Shop) -> None:
    shop.create().close()
    _edit_header(shop.folder, lambda fields: fields.update(version=2, surprise=True))
    with pytest.raises(ShopTrouble, match="newer_version"):
        shop.open()
    assert Vault.exists(shop.folder)


def test_the_ledger_s_key_is_never_quietly_made_anew(shop: _Shop) -> None:
    shop.create().close()
    (shop.folder / "ledger.hmac_key.secret").unlink()
    with shop.open() as vault, pytest.raises(ShopTrouble) as trouble:
        vault.ledger_key()
    assert trouble.value.code == "vault.secret_missing"
    assert trouble.value.params == {"name": "ledger.hmac_key"}


@pytest.mark.parametrize(
    "name", ["kcp.credentials", "portone.keys", "ledger.hmac_key", "operators.pepper"]
)
def test_keys_that_stay_inside_have_no_way_out_by_name(shop: _Shop, name: str) -> None:
    with shop.create() as vault:
        for attempt in (
            lambda: vault.get_secret(name),
            lambda: vault.put_secret(name, b"x"),
            lambda: vault.delete_secret(name),
        ):
            with pytest.raises(Bug, match="sealed_name"):
                attempt()


def test_a_closed_vault_has_forgotten_its_key(shop: _Shop) -> None:
    vault = shop.create()
    (key,) = vault._keys.values()
    vault.close()
    vault.close()
    assert key == bytes(32)
    for attempt in (vault.ledger_key, vault.names, vault.rotate, vault.kcp_signer):
        with pytest.raises(Bug, match=r"vault\.closed"):
            attempt()


def test_a_vault_shows_no_key_when_it_is_printed(shop: _Shop) -> None:
    with shop.create() as vault:
        (key,) = vault._keys.values()
        assert key.hex() not in repr(vault)
        assert "***" in repr(vault)
        assert "***" in repr(vault.pins())


def test_rotating_destroys_the_old_key_and_keeps_every_secret(shop: _Shop) -> None:
    with shop.create() as vault:
        vault.put_secret("portone.imp_secret", SECRET)
        ledger_key = vault.ledger_key()
        (old_entry,) = shop.keyring.entries
        before = shop.bytes_on_disk()
        vault.rotate()
        assert not vault.rotation_pending
        assert vault.get_secret("portone.imp_secret") == SECRET
    assert old_entry not in shop.keyring.entries
    assert len(shop.keyring.entries) == 1
    with shop.open() as vault:
        assert vault.get_secret("portone.imp_secret") == SECRET
        assert vault.ledger_key() == ledger_key
    assert before != shop.bytes_on_disk()


class _PowerCut(BaseException):
    """Ends a test's run where nothing may tidy up."""


@pytest.mark.parametrize(
    ("mode", "step"),
    [
        *(("keyring", step) for step in range(1, 10)),
        *(("passphrase", step) for step in (1, 2, 4, 6)),
    ],
)
def test_a_rotation_cut_off_anywhere_loses_nothing_and_is_finished_by_the_next_write(
    shop: _Shop, mode: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase = PASSPHRASE if mode == "passphrase" else None
    keychain = shop.keychain if mode == "keyring" else None
    vault = create_vault(shop.folder, keychain=keychain, passphrase=passphrase)
    vault.put_secret("portone.imp_secret", SECRET)
    ledger_key = vault.ledger_key()
    left = step

    def counted(original: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise _PowerCut
            return original(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", counted(Path.replace))
        for name in ("set_password", "delete_password"):
            patch.setattr(shop.keyring, name, counted(getattr(shop.keyring, name)))
        try:
            vault.rotate()
        except _PowerCut:
            pass
        else:
            assert step == 9, "the rotation has fewer steps than this test cuts"
    with open_vault(shop.folder, keychain=keychain, passphrase=passphrase) as again:
        assert again.get_secret("portone.imp_secret") == SECRET
        assert again.ledger_key() == ledger_key
        again.put_secret("portone.imp_key", b"after")
        assert not again.rotation_pending
        assert again.get_secret("portone.imp_secret") == SECRET
    found = header.read_header(shop.folder)
    assert found is not None
    assert found.others == ()
    assert len(shop.keyring.entries) + len(found.wrapped) == 1
    with open_vault(shop.folder, keychain=keychain, passphrase=passphrase) as last:
        assert last.ledger_key() == ledger_key
        assert last.get_secret("portone.imp_key") == b"after"


@pytest.mark.parametrize("step", range(1, 6))
def test_a_vault_whose_making_was_cut_off_is_made_anew(
    shop: _Shop, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = step
    real = Path.replace

    def cut(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left == 0:
            raise _PowerCut
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut)
        if step < 5:
            with pytest.raises(_PowerCut):
                shop.create()
            assert not Vault.exists(shop.folder)
        else:
            shop.create().close()
    if step < 5:
        shop.create().close()
    with shop.open() as vault:
        assert len(vault.ledger_key()) == 32
    assert len(shop.keyring.entries) == 1


def test_a_locked_keyring_makes_no_half_vault(shop: _Shop) -> None:
    shop.keyring.lock()
    with pytest.raises(ShopTrouble, match="keyring_locked"):
        shop.create()
    assert not Vault.exists(shop.folder)
    shop.keyring.unlock()
    shop.create().close()
    shop.keyring.lock()
    with pytest.raises(ShopTrouble, match="keyring_locked"):
        shop.open()


def test_a_damaged_file_hides_no_other_secret_and_can_be_put_right(shop: _Shop) -> None:
    with shop.create() as vault:
        vault.put_secret("portone.imp_key", b"key")
        vault.put_secret("portone.imp_secret", SECRET)
        (shop.folder / "portone.imp_key.secret").write_bytes(b"scrap")
        with pytest.raises(ShopTrouble, match="secret_damaged"):
            vault.get_secret("portone.imp_key")
        with pytest.raises(ShopTrouble, match="secret_damaged"):
            vault.rotate()
        pending = [vault.rotation_pending]
        assert vault.get_secret("portone.imp_secret") == SECRET
        vault.put_secret("portone.imp_key", b"again")
        assert [*pending, vault.rotation_pending] == [True, False]
        assert vault.get_secret("portone.imp_key") == b"again"


def test_many_threads_may_use_one_vault(shop: _Shop) -> None:
    vault = shop.create()
    faults: list[PosError] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                vault.put_secret(f"portone.t{number}", bytes([turn]))
                assert vault.get_secret(f"portone.t{number}") == bytes([turn])
        except PosError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(vault.names()) == 8
    vault.close()


def test_another_program_that_is_writing_is_waited_for_by_the_person(shop: _Shop) -> None:
    with shop.create() as vault, disk.only_writer(shop.folder):
        with pytest.raises(ShopTrouble, match=r"vault\.busy"):
            vault.put_secret("portone.imp_key", b"x")
        assert vault.get_secret("portone.imp_key") is None


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_a_folder_opened_to_others_is_closed_again_at_the_next_opening(shop: _Shop) -> None:
    shop.create().close()
    shop.folder.chmod(0o755)
    shop.open().close()
    assert shop.folder.stat().st_mode & 0o777 == 0o700


def test_changing_a_passphrase_that_is_not_there_is_our_own_fault(shop: _Shop) -> None:
    with shop.create() as vault, pytest.raises(Bug, match="not_by_passphrase"):
        vault.change_passphrase(PASSPHRASE)


def test_a_lost_header_never_costs_the_secrets_beside_it(shop: _Shop) -> None:
    with shop.create() as vault:
        ledger_key = vault.ledger_key()
    path = shop.folder / "vault.json"
    saved = path.read_bytes()
    path.unlink()
    assert Vault.exists(shop.folder)
    with pytest.raises(ShopTrouble) as trouble:
        shop.open()
    assert trouble.value.code == "vault.header_missing"
    assert trouble.value.params == {"file": str(path)}
    with pytest.raises(Bug, match=r"vault\.exists"):
        shop.create()
    path.write_bytes(saved)
    with shop.open() as vault:
        assert vault.ledger_key() == ledger_key
