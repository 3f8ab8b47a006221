"""A glance at the settings: the look for the first paint, and never a reason not to paint."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pos_app.config.glance import FILE_NAME, PREVIOUS_NAME, Look, glance
from pos_app.config.model import LookSettings
from pos_app.config.store import SettingsStore
from tests.unit.config.samples import SETTINGS

CHOSEN = LookSettings(language="en", theme="dark", text_percent=150)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    SettingsStore(tmp_path).save(msgspec.structs.replace(SETTINGS, look=CHOSEN))
    return tmp_path


def test_the_look_is_what_was_saved(folder: Path) -> None:
    assert glance(folder) == Look("en", "dark", 150)


def test_the_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    usual = LookSettings()
    assert glance(tmp_path) == Look() == (usual.language, usual.theme, usual.text_percent)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"look": 1}'])
def test_of_a_damaged_file_the_last_good_copy_is_looked_at(folder: Path, damage: bytes) -> None:
    (folder / FILE_NAME).write_bytes(damage)
    assert glance(folder) == Look("en", "dark", 150)
    (folder / PREVIOUS_NAME).write_bytes(damage)
    assert glance(folder) == Look()


@pytest.mark.parametrize(
    "change", [{"language": "fr"}, {"theme": 3}, {"text_percent": "150"}, {"language": ["ko"]}]
)
def test_what_no_program_of_ours_writes_is_not_shown(
    folder: Path, change: dict[str, object]
) -> None:
    table = json.loads((folder / FILE_NAME).read_bytes())
    table["look"] |= change
    for name in (FILE_NAME, PREVIOUS_NAME):
        (folder / name).write_text(json.dumps(table), encoding="utf-8")
    assert glance(folder) == Look()


def test_a_folder_in_the_place_of_the_file_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    assert glance(tmp_path / FILE_NAME / "deeper") == glance(tmp_path) == Look()


def test_deep_nesting_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"[" * 100_000)
    assert glance(tmp_path) == Look()
