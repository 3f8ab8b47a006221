"""PIN records: the right PIN opens, and a copied ledger does not help anybody to guess it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from pos_app.domain.errors import ShopTrouble
from pos_app.vault import PinHasher, create_vault, hash_pin, open_vault, verify_pin
from tests.helpers.keyrings import memory_keychain

PEPPER = bytes(range(32))


def test_the_right_pin_opens_and_a_wrong_one_does_not() -> None:
    record = hash_pin("482913", PEPPER)
    assert verify_pin("482913", record, PEPPER)
    assert not verify_pin("482914", record, PEPPER)
    assert not verify_pin("", record, PEPPER)


def test_without_the_pepper_even_the_right_pin_says_nothing() -> None:
    record = hash_pin("482913", PEPPER)
    assert not verify_pin("482913", record, bytes(32))
    assert "482913" not in record


def test_the_same_pin_never_makes_the_same_record() -> None:
    assert hash_pin("482913", PEPPER) != hash_pin("482913", PEPPER)


def test_a_record_costs_what_was_asked_for() -> None:
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", hash_pin("482913", PEPPER))
    assert found is not None
    memory_kib, passes, lanes = map(int, found.groups())
    assert (memory_kib >= 65536, passes >= 3, lanes >= 4) == (True, True, True)


def test_a_password_in_hangul_opens_in_either_unicode_form() -> None:
    composed = unicodedata.normalize("NFC", "가나다 열두 글자 비밀")
    apart = unicodedata.normalize("NFD", composed)
    assert verify_pin(apart, hash_pin(composed, PEPPER), PEPPER)


@pytest.mark.parametrize("record", ["", "1234", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$x$y"])
def test_a_record_that_is_none_is_damage_and_not_a_wrong_pin(record: str) -> None:
    with pytest.raises(ShopTrouble, match="pin_record_damaged"):
        verify_pin("482913", record, PEPPER)
    with pytest.raises(ShopTrouble, match="pin_record_damaged"):
        PinHasher(PEPPER).needs_rehash("not a record")


def test_a_record_of_cheaper_days_asks_to_be_made_anew() -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x")
    hasher = PinHasher(PEPPER)
    assert hasher.needs_rehash(cheap)
    assert not hasher.needs_rehash(hasher.hash("482913"))


def test_a_vault_s_records_hold_after_a_restart_and_in_no_other_vault(tmp_path: Path) -> None:
    keychain = memory_keychain()
    with create_vault(tmp_path / "a", keychain=keychain, passphrase=None) as vault:
        record = vault.pins().hash("482913")
    with open_vault(tmp_path / "a", keychain=keychain, passphrase=None) as vault:
        vault.rotate()
        assert vault.pins().verify("482913", record)
    with create_vault(tmp_path / "b", keychain=keychain, passphrase=None) as vault:
        assert not vault.pins().verify("482913", record)
