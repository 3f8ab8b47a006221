"""The settings file: whatever happens to it, the shop's settings are not lost in silence."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import msgspec
import pytest

from pos_app.config.migrations import Raw, migrate
from pos_app.config.model import LookSettings, Settings
from pos_app.config.store import DamagedError, SettingsStore
from pos_app.domain.errors import PosError, ShopTrouble, UserMistake
from tests.helpers.logguard import ExpectLog
from tests.unit.config.samples import SETTINGS, SHOP

CHANGED = msgspec.structs.replace(SETTINGS, look=LookSettings(language="en", text_percent=150))


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    made = SettingsStore(tmp_path)
    made.save(SETTINGS)
    return made


def loaded(store: SettingsStore) -> Settings:
    found = store.load()
    assert found is not None
    assert found.notice is None
    return found.settings


def test_a_new_folder_has_no_settings(tmp_path: Path) -> None:
    assert SettingsStore(tmp_path).load() is None


def test_what_was_saved_is_loaded(store: SettingsStore) -> None:
    store.save(CHANGED)
    assert loaded(store) == CHANGED


def test_only_the_owner_can_read_them(store: SettingsStore) -> None:
    for name in ("settings.json", "settings.previous"):
        assert stat.S_IMODE((store.folder / name).stat().st_mode) == 0o600


def test_saving_the_same_again_touches_nothing(store: SettingsStore) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}
    assert store.save(SETTINGS) is False
    assert {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()} == before


def test_settings_against_the_rules_are_not_saved(store: SettingsStore) -> None:
    wrong = msgspec.structs.replace(SETTINGS, shop=msgspec.structs.replace(SHOP, counter="1"))
    with pytest.raises(UserMistake) as caught:
        store.save(wrong)
    assert caught.value.code == "settings.counter_form"
    assert loaded(store) == SETTINGS


def test_a_file_cut_at_any_byte_is_noticed(store: SettingsStore) -> None:
    whole = store.file.read_bytes()
    for length in range(len(whole) - 1):  # without its last line end it is still whole
        with pytest.raises(DamagedError):
            store.decode(whole[:length], store.file)


def test_a_cut_file_is_replaced_by_the_last_good_copy(
    store: SettingsStore, expect_log: ExpectLog
) -> None:
    expect_log("settings.damaged")
    whole = store.file.read_bytes()
    for length in range(0, len(whole) - 1, 50):
        store.file.write_bytes(whole[:length])
        found = store.load()
        assert found is not None
        assert found.settings == SETTINGS
        assert found.notice is not None, length
        assert found.notice.code == "settings.damaged_restored"
        assert store.file.read_bytes() == whole
        assert (store.folder / "settings.damaged").read_bytes() == whole[:length]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0" * 4096,
        b"null",
        b"[]",
        b'"settings"',
        b"{}",
        b'{"schema_version": true}',
        b'{"schema_version": 0}',
        b'{"schema_version": 1, "shop": {"nmae": "x"}}',
        b'{"schema_version": 1, "gateways": {"kcp": {"environment": "prod"}}}',
        b"\xff\xfe{\0}\0",
        b"[" * 100_000,
        b"9" * 2_000_000,
    ],
)
def test_garbage_is_replaced_by_the_last_good_copy(
    store: SettingsStore, expect_log: ExpectLog, garbage: bytes
) -> None:
    expect_log("settings.damaged")
    store.file.write_bytes(garbage)
    found = store.load()
    assert found is not None
    assert found.settings == SETTINGS
    assert found.notice is not None


def test_a_file_that_vanished_is_put_back(store: SettingsStore, expect_log: ExpectLog) -> None:
    expect_log("settings.damaged")
    store.file.unlink()
    found = store.load()
    assert found is not None
    assert found.notice is not None
    assert loaded(store) == SETTINGS


def test_with_both_damaged_nothing_is_guessed(store: SettingsStore, expect_log: ExpectLog) -> None:
    expect_log("settings.damaged")
    store.file.write_bytes(b"{")
    (store.folder / "settings.previous").write_bytes(b"{")
    with pytest.raises(ShopTrouble) as caught:
        store.load()
    assert caught.value.code == "settings.damaged"
    assert store.file.read_bytes() == b"{"


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(ShopTrouble) as caught:
        SettingsStore(tmp_path).load()
    assert caught.value.code == "settings.not_readable"


def test_a_newer_file_is_left_alone(store: SettingsStore) -> None:
    raw = json.loads(store.file.read_bytes()) | {"schema_version": 2, "later": True}
    newer = json.dumps(raw).encode()
    store.file.write_bytes(newer)
    with pytest.raises(ShopTrouble) as caught:
        store.load()
    assert caught.value.code == "settings.newer_version"
    assert store.file.read_bytes() == newer


def _rename_look(raw: Raw) -> Raw:
    raw["look"]["text_percent"] = raw["look"].pop("zoom")
    return raw


def _break(raw: Raw) -> Raw:
    raw.clear()
    raise KeyError("look")


def _older(store: SettingsStore) -> bytes:
    """Make the file one of version 0, so that today's version 1 is the later one."""
    raw = json.loads(store.file.read_bytes())
    raw["look"]["zoom"] = raw["look"].pop("text_percent") + 50
    data = json.dumps(raw).encode()
    store.file.write_bytes(data)
    return data


def test_an_older_file_is_carried_over_and_kept(store: SettingsStore) -> None:
    old = _older(store)
    later = SettingsStore(store.folder, steps={1: _rename_look}, version=2)
    found = later.load()
    assert found is not None
    assert found.settings.look.text_percent == 150
    assert (store.folder / "settings.v1").read_bytes() == old


def test_a_broken_step_leaves_what_it_was_given_untouched() -> None:
    raw: Raw = {"schema_version": 1, "look": {"zoom": 1}}
    with pytest.raises(ShopTrouble):
        migrate(raw, steps={1: _rename_look, 2: _break}, to=3)
    assert raw == {"schema_version": 1, "look": {"zoom": 1}}


@pytest.mark.parametrize("steps", [{}, {1: _break}, {1: lambda raw: raw}])
def test_a_failed_migration_leaves_the_file_as_it_was(
    store: SettingsStore, steps: dict[int, object]
) -> None:
    old = _older(store)
    later = SettingsStore(store.folder, steps=steps, version=2)  # type: ignore[arg-type] # None too
    with pytest.raises(ShopTrouble) as caught:
        later.load()
    assert caught.value.code == "settings.migration_failed"
    assert store.file.read_bytes() == old


def test_a_folder_that_is_gone_is_trouble_and_no_crash(tmp_path: Path) -> None:
    with pytest.raises(PosError) as caught:
        SettingsStore(tmp_path / "gone").save(SETTINGS)
    assert caught.value.code == "folder.trouble"
