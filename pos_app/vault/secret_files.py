"""The folder of secret files: names to envelopes, `<name>.secret`, nothing else.

Reads never write. Every write must run under `disk.only_writer`, which the vault takes care of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pos_app.domain.errors import Bug
from pos_app.vault import disk, envelope
from pos_app.vault.envelope import Label

_SUFFIX = ".secret"
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
# Devices that Windows sees in any file name that begins with one of them and a dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\..*")
_LONGEST_NAME = 64

Keys = Mapping[str, bytes | bytearray]


class SecretFiles:
    """Encrypted files of one vault; holds no key of its own."""

    def __init__(self, folder: Path, install_id: str) -> None:
        self._folder = folder
        self._install_id = install_id

    def names(self) -> tuple[str, ...]:
        """Return the names of all secrets, sorted."""
        found = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return tuple(sorted(name for name in found if _is_name(name)))

    def read(self, name: str, keys: Keys) -> bytes | None:
        """Return the secret, None where there is none.

        Raises:
            ShopTrouble: `vault.file_not_readable`, or as `envelope.unseal`.
        """
        found = disk.read_private(self._path(name))
        return None if found is None else envelope.unseal(found, self._label(name), keys)

    def write(self, name: str, value: bytes | bytearray, keys: Keys, key_id: str) -> None:
        """Store or replace the secret.

        Raises:
            ShopTrouble: as `disk.write_private`.
        """
        sealed = envelope.seal(value, self._label(name), key_id, keys[key_id])
        disk.write_private(self._path(name), sealed)

    def delete(self, name: str) -> bool:
        """Overwrite and remove the secret; False where there was none.

        Raises:
            ShopTrouble: as `disk.write_private`.
        """
        return disk.delete_private(self._path(name))

    def rewrap_all(self, keys: Keys, key_id: str) -> None:
        """Make every file open by the key `key_id`; files that do already are left alone.

        Raises:
            ShopTrouble: as `read` and `write`; the files before that one are done.
        """
        for name in self.names():
            path, label = self._path(name), self._label(name)
            found = disk.read_private(path)
            if found is not None and envelope.wrapped_by(found, label) != key_id:
                disk.write_private(path, envelope.rewrap(found, label, keys, key_id))

    def _path(self, name: str) -> Path:
        """Return the file of a secret; a name that could leave the folder is our own fault."""
        if not _is_name(name):
            raise Bug("vault.bad_name", name=name)
        return self._folder / f"{name}{_SUFFIX}"

    def _label(self, name: str) -> Label:
        """Return what the file of that name must say about itself."""
        return Label(self._install_id, name)


def _is_name(name: str) -> bool:
    """Tell whether a name is ours: lower case, dotted, no device of Windows."""
    fits = _NAME.fullmatch(name) is not None and len(name) <= _LONGEST_NAME
    return fits and _DEVICE.fullmatch(name) is None
