"""Where everything lies: one private data folder, and the practice terminal's own inside it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pos_app.config.files import FOLDER_MODE, sync_folder, trouble
from pos_app.domain.errors import ShopTrouble, UserMistake

APP_NAME = "pos-app"
_PROBE_BYTES = 64 * 1024
"""Written and removed to learn that the disk has room: about what one payment's facts take."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files and folders of one terminal, real or practice.

    Attributes:
        root: the folder that holds all the others.
        practice: whether this is the practice terminal.
    """

    root: Path
    practice: bool = False

    @property
    def vault(self) -> Path:
        """Return the folder of the encrypted secrets."""
        return self.root / "vault"

    @property
    def ledger(self) -> Path:
        """Return the folder of the books."""
        return self.root / "ledger"

    @property
    def logs(self) -> Path:
        """Return the folder of the logs."""
        return self.root / "logs"

    @property
    def slips(self) -> Path:
        """Return the folder where slips are offered to be saved first."""
        return self.root / "slips"

    @property
    def practice_gateway(self) -> Path:
        """Return the folder of the practice gateway: its book and its merchant's certificate."""
        return self.root / "gateway"


def find_places(chosen: Path | None, *, practice: bool) -> Places:
    """Return the places of this terminal; nothing is made or touched.

    Args:
        chosen: what `--data-dir` named, None for the user's own application folder.
        practice: the practice terminal lives in a folder of its own inside the data folder, so
            that neither ever sees the other's books.
    """
    if chosen is None:
        import platformdirs

        root = platformdirs.user_data_path(APP_NAME, appauthor=False, roaming=False)
    else:
        root = Path(os.path.abspath(chosen.expanduser()))  # noqa: PTH100 - a link stays a link here
    return Places(root / "practice" if practice else root, practice)


def prepare(places: Places) -> None:
    """Make the data folder (0700) where it is missing and see that it can be written.

    Raises:
        UserMistake: `folder.not_a_folder`: a file is in the way.
        ShopTrouble: `folder.not_writable`, `folder.disk_full`, `folder.open_to_others` or
            `folder.trouble`; nothing was sent and nothing lost.
    """
    root = places.root
    try:
        root.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserMistake("folder.not_a_folder", folder=str(root)) from error
    except OSError as error:
        raise trouble(error, root) from error
    _close_to_others(root)
    _probe(root)


def _close_to_others(folder: Path) -> None:
    """Take away what another umask or a backup program gave to group and others."""
    if sys.platform == "win32":
        return  # the profile's access list decides there (vault/disk.py tells the story)
    try:
        if folder.stat().st_mode & 0o077:
            folder.chmod(FOLDER_MODE)
    except OSError as error:
        if error.errno is not None and folder.stat().st_uid != os.getuid():
            raise ShopTrouble("folder.open_to_others", folder=str(folder)) from error
        raise trouble(error, folder) from error


def _probe(folder: Path) -> None:
    """Write and remove a little, so that trouble is told before a sale and not in one."""
    import secrets  # as in files.py

    probe = folder / f".probe.{secrets.token_hex(8)}.tmp"
    try:
        with probe.open("xb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
        sync_folder(folder)
    except OSError as error:
        raise trouble(error, folder) from error
    finally:
        with suppress(OSError):  # already told above
            probe.unlink(missing_ok=True)
