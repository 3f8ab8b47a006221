"""The settings file: read strictly, written whole, with a last good copy beside it.

JSON, because no beginning of a JSON object is itself one: a file that was cut anywhere is noticed,
where a TOML file cut between two lines would read as a shop with fewer settings.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pos_app.config.files import read_at_most, sweep, trouble, write_whole
from pos_app.config.glance import BYTES_MAX, FILE_NAME, PREVIOUS_NAME
from pos_app.config.migrations import STEPS, Raw, Step, migrate, version_of
from pos_app.config.model import SCHEMA_VERSION, Settings
from pos_app.config.rules import check_settings
from pos_app.domain.errors import ShopTrouble, UserMistake
from pos_app.logs.log import log_event, ui

DAMAGED_NAME = "settings.damaged"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read, and what the person should be told about it.

    Attributes:
        notice: `settings.damaged_restored` when the last good copy had to be used, else None.
    """

    settings: Settings
    notice: ShopTrouble | None = None


class DamagedError(Exception):
    """A file does not hold usable settings; the text says why, for the log only."""


@dataclass(frozen=True, slots=True)
class SettingsStore:
    """Reads and writes the settings of one data folder.

    Attributes:
        folder: the data folder.
        steps: migrations, for tests.
        version: the version this program writes, for tests.
    """

    folder: Path
    steps: Mapping[int, Step] | None = None
    version: int = SCHEMA_VERSION

    @property
    def file(self) -> Path:
        """Return the path of the settings file."""
        return self.folder / FILE_NAME

    def load(self) -> Loaded | None:
        """Return the settings, None if this folder was never set up.

        A damaged file is kept as `settings.damaged` and the last good copy takes its place.

        Raises:
            UserMistake: `folder.not_a_folder`: a file lies where the data folder should be.
            ShopTrouble: `settings.damaged` (both are), `settings.not_readable`,
                `settings.newer_version`, `settings.migration_failed`.
        """
        previous = self.folder / PREVIOUS_NAME
        data = self._read(self.file)
        if data is None and self._read(previous) is None:
            return None
        try:
            return Loaded(self.decode(data, self.file))
        except DamagedError as damage:
            log_event(
                ui, logging.WARNING, "settings.damaged", file_name=FILE_NAME, reason=str(damage)
            )
        try:
            settings = self.decode(self._read(previous), previous)
        except DamagedError as damage:
            raise ShopTrouble("settings.damaged", file=str(self.file)) from damage
        self._put_back(data, settings)
        notice = ShopTrouble("settings.damaged_restored", file=str(self.file))
        return Loaded(settings, notice)

    def save(self, settings: Settings) -> bool:
        """Store `settings`; return False, and touch nothing, where they are stored already.

        Raises:
            UserMistake: `config/rules.py` refuses them.
            ShopTrouble: `folder.disk_full`, `folder.not_writable` or `folder.trouble`; the old
                settings are still there.
        """
        check_settings(settings)
        data = encode(settings)
        previous = self.folder / PREVIOUS_NAME
        try:
            if read_at_most(self.file, BYTES_MAX) == data == read_at_most(previous, BYTES_MAX):
                return False
            for path in (self.file, previous):
                sweep(path)
                write_whole(path, data)
        except OSError as error:
            raise trouble(error, self.folder) from error
        return True

    def _read(self, path: Path) -> bytes | None:
        try:
            return read_at_most(path, BYTES_MAX)
        except NotADirectoryError as error:
            raise UserMistake("folder.not_a_folder", folder=str(self.folder)) from error
        except OSError as error:
            raise ShopTrouble("settings.not_readable", file=str(path)) from error

    def decode(self, data: bytes | None, path: Path) -> Settings:
        """Return the settings in `data`, migrated, and stored again where that changed them.

        Raises:
            DamagedError: `data` is none, or no usable settings.
            ShopTrouble: as `load`.
        """
        if data is None:
            raise DamagedError("missing")
        raw = _object(data)
        version = version_of(raw)
        if version is None:
            raise DamagedError("no version")
        steps = STEPS if self.steps is None else self.steps
        moved = migrate(raw, steps=steps, to=self.version)
        try:
            settings = msgspec.convert(moved, Settings, strict=True)
            check_settings(settings)
        except (msgspec.ValidationError, UserMistake) as error:
            if version < self.version:
                raise ShopTrouble("settings.migration_failed", version=version) from error
            # The library's text names the place and the types, never the value.
            raise DamagedError(str(error)[:120]) from error
        if version < self.version and path == self.file:
            self._keep_old(data, version, settings)
        return settings

    def _keep_old(self, data: bytes, version: int, settings: Settings) -> None:
        """Store migrated settings, the old file beside them for the program before this one."""
        try:
            write_whole(self.folder / f"settings.v{version}", data)
        except OSError as error:
            raise trouble(error, self.folder) from error
        self.save(settings)

    def _put_back(self, damaged: bytes | None, settings: Settings) -> None:
        """Keep the damaged file for whoever wants to look, and store the good settings again."""
        # A disk that cannot be written is told by the next save; reading must go on.
        with contextlib.suppress(OSError):
            if damaged is not None:
                write_whole(self.folder / DAMAGED_NAME, damaged)
            write_whole(self.file, encode(settings))


def encode(settings: Settings) -> bytes:
    """Return the file's bytes: the same settings always give the same bytes."""
    return msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n"


def _object(data: bytes) -> Raw:
    """Return the JSON object in `data`."""
    if len(data) > BYTES_MAX:
        raise DamagedError("too large")
    try:
        return msgspec.json.decode(data, type=Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedError(str(error)[:120]) from error
