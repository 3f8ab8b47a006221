"""The vault knows how far the ledger reached: in its folder, and in the keyring outside of it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from pos_app.bootstrap.anchoring import NAME, keep_head, known_heads
from pos_app.bootstrap.set_up import SetUpDesk
from pos_app.config.model import Settings, Shop
from pos_app.config.paths import Places
from pos_app.domain.errors import ShopTrouble
from pos_app.vault import Keychain
from tests.contract.ledger.cases import sell
from tests.helpers.keyrings import memory_keychain
from tests.helpers.logguard import ExpectLog

SETTINGS = Settings(shop=Shop(name="봄날꽃집", owner="김봄날"))


def desk_in(folder: Path, keychain: Keychain) -> SetUpDesk:
    """Return the set-up desk of a data folder whose vault opens by that keyring."""
    return SetUpDesk(Places(folder), keychain=lambda: keychain)


def day(desk: SetUpDesk, number: int) -> None:
    """Sell once, and end the program in order."""
    with (
        desk.open_vault(create=True) as vault,
        desk.open_ledger(SETTINGS, vault) as ledger,
    ):
        asyncio.run(sell(ledger, number))
        asyncio.run(keep_head(vault, ledger))


def refused(desk: SetUpDesk) -> str:
    """Open the ledger, which must be refused; return why."""
    with desk.open_vault() as vault, pytest.raises(ShopTrouble) as trouble:
        desk.open_ledger(SETTINGS, vault)
    return trouble.value.code


def test_a_ledger_folder_that_was_put_back_is_seen_by_the_vault(tmp_path: Path) -> None:
    desk = desk_in(tmp_path / "data", memory_keychain())
    day(desk, 1)
    shutil.copytree(desk.places.ledger, tmp_path / "older")
    day(desk, 2)
    shutil.rmtree(desk.places.ledger)
    shutil.copytree(tmp_path / "older", desk.places.ledger)
    assert refused(desk) == "ledger.rolled_back"


def test_a_data_folder_that_was_put_back_is_seen_by_the_keyring(tmp_path: Path) -> None:
    """Row 70: books, lock file and vault are all of yesterday; only the keyring is not."""
    desk = desk_in(tmp_path / "data", memory_keychain())
    day(desk, 1)
    shutil.copytree(tmp_path / "data", tmp_path / "older")
    day(desk, 2)
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "older", tmp_path / "data")
    assert refused(desk) == "ledger.rolled_back"


def test_a_ledger_folder_that_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    desk = desk_in(tmp_path / "data", memory_keychain())
    day(desk, 1)
    shutil.rmtree(desk.places.ledger)
    assert refused(desk) == "ledger.missing"


def test_both_places_know_the_same_head(tmp_path: Path) -> None:
    desk = desk_in(tmp_path / "data", memory_keychain())
    day(desk, 1)
    with desk.open_vault() as vault:
        in_file, in_keyring = known_heads(vault)
    assert in_file.seq == in_keyring.seq == 3
    assert in_file.mac.startswith(in_keyring.mac)
    assert len(in_keyring.mac) == 48


def test_a_vault_that_cannot_be_told_stops_no_sale(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("ledger.anchor_not_kept", logger="pos_app.money")
    desk = desk_in(tmp_path / "data", memory_keychain())
    day(desk, 1)
    with desk.open_vault() as vault, desk.open_ledger(SETTINGS, vault) as ledger:
        asyncio.run(sell(ledger, 2))
        file = desk.places.vault / f"{NAME}.secret"
        file.write_bytes(b"damaged")
        asyncio.run(keep_head(vault, ledger))
    assert refused(desk) == "vault.secret_damaged"
