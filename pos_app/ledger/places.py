"""Where a ledger may lie: on a disk of this PC, one file with one name, closed to other users.

Network file systems lose locks and syncs and thereby ledgers, and two names of one file have two
journals (money-safety.md 10, https://www.sqlite.org/howtocorrupt.html).
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path

from pos_app.domain.errors import ShopTrouble
from pos_app.ledger.troubles import disk_trouble

FILE_NAME = "ledger.db"
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_OTHERS = 0o077

#: File systems of other machines and of a virtual machine's host, as Linux names them.
_REMOTE = frozenset(
    {
        "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs",
        "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
        "vboxsf", "virtiofs", "vmhgfs", "prl_fs",
    }
)  # fmt: skip
#: The same through FUSE: `fuse.sshfs` and kin. Other FUSE systems (ntfs-3g, exfat) are local.
_REMOTE_FUSE = re.compile(
    r"fuse\.(sshfs|rclone|davfs2?|s3fs|gcsfuse|glusterfs|ceph.*|cifs|smbnetfs|gvfsd-fuse|vmhgfs-fuse"
    r"|google-drive-ocamlfuse|onedriver|curlftpfs|juicefs|seaweedfs|moosefs|lizardfs)",
    re.ASCII,
)
_MOUNTINFO = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})", re.ASCII)
#: `GetDriveTypeW` (fileapi.h): the drive is a remote one.
_DRIVE_REMOTE = 4


def settle_place(folder: Path) -> Path:
    """Return the real path of the ledger file in `folder`; both are made, and made private.

    Raises:
        ShopTrouble: `ledger.network_drive`, `ledger.linked`, `ledger.read_only`,
            `ledger.disk_full` or `ledger.disk_trouble`.
    """
    try:
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        file = (folder / FILE_NAME).resolve()
        refuse_network(file.parent)
        _close_to_others(file.parent)
        _make(file)
        # SQLite syncs the names of its journals, not that of the file, nor those of folders above.
        for kept in {file.parent, file.parent.parent, *(path.parent for path in made)}:
            sync_folder(kept)
        if file.stat().st_nlink > 1:
            raise ShopTrouble("ledger.linked", file=str(file))
        _close_to_others(file)
    except OSError as error:
        raise disk_trouble(error, folder) from error
    return file


def find_place(folder: Path) -> Path:
    """Return the real path of the ledger file for reading only; nothing is made or changed.

    Raises:
        ShopTrouble: `ledger.missing`, `ledger.network_drive`, `ledger.linked` or
            `ledger.disk_trouble`.
    """
    try:
        file = (folder / FILE_NAME).resolve(strict=True)
        refuse_network(file.parent)
        if file.stat().st_nlink > 1:
            raise ShopTrouble("ledger.linked", file=str(file))
    except FileNotFoundError as error:
        raise ShopTrouble("ledger.missing", folder=str(folder)) from error
    except OSError as error:
        raise disk_trouble(error, folder) from error
    return file


def refuse_network(folder: Path) -> None:
    """Refuse a folder on another machine; `folder` is resolved and exists.

    Raises:
        ShopTrouble: `ledger.network_drive`.
    """
    kind = _remote_kind(folder)
    if kind is not None:
        raise ShopTrouble("ledger.network_drive", folder=str(folder), kind=kind)


def is_unc(path: str) -> bool:
    r"""Tell whether a Windows path names another machine: `\\server\x`, `\\?\UNC\server\x`."""
    plain = path.replace("/", "\\")
    if plain[:8].upper() == "\\\\?\\UNC\\":
        return True
    return plain.startswith("\\\\") and plain[2:3] not in {"?", "."}


def remote_mount(mountinfo: str, path: str) -> str | None:
    """Return the kind of remote file system that `path` lies on, None if it is a local one.

    Args:
        mountinfo: text of /proc/self/mountinfo (proc(5)): field 5 is the mount point, the field
            after the lone hyphen the kind of file system.
        path: absolute and resolved.
    """
    best, kind = "", ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) < 5 or not rest:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4])
        # A later mount on the same point hides the earlier one.
        if len(point) >= len(best) and _lies_below(path, point):
            best, kind = point, rest[0]
    return kind if kind in _REMOTE or _REMOTE_FUSE.fullmatch(kind) else None


def _lies_below(path: str, point: str) -> bool:
    """Tell whether `path` is `point` or lies below it."""
    return path == point or path.startswith(point.rstrip("/") + "/")


def _make(file: Path) -> None:
    """Make the file empty and private before SQLite would make it open to others."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE))
    except FileExistsError:
        return


if sys.platform == "win32":
    import ctypes

    def sync_folder(_folder: Path) -> None:
        """Leave it to the system: Windows offers nothing of the kind."""

    def _remote_kind(folder: Path) -> str | None:
        """Return what kind of remote place `folder` is, None if it is local."""
        if is_unc(str(folder)):
            return "UNC"
        drive = ctypes.windll.kernel32.GetDriveTypeW(folder.anchor)
        return "network drive" if drive == _DRIVE_REMOTE else None

    def _close_to_others(path: Path) -> None:
        """Leave it to the profile's access list, which is the owner's alone."""

else:

    def sync_folder(folder: Path) -> None:
        """Make the names in `folder` certain: what was made there outlives a power cut.

        A folder that may not be read was not made by us, and some file systems cannot do it.

        Raises:
            OSError: the disk failed.
        """
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:
            return
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
                raise
        finally:
            os.close(handle)

    def _remote_kind(folder: Path) -> str | None:
        """Return what kind of remote place `folder` is, None if it is local or cannot be told."""
        try:
            mountinfo = _MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError:
            return None  # no Linux
        return remote_mount(mountinfo, str(folder))

    def _close_to_others(path: Path) -> None:
        """Take away what another umask or a backup program gave to group and others."""
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
