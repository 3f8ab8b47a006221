"""Where a ledger may lie: no network, no second name, nobody else's eyes."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from pos_app.domain.errors import ShopTrouble
from pos_app.ledger.places import find_place, is_unc, remote_mount, settle_place

MOUNTINFO = """\
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw
30 22 0:25 / /home/kim/Shop\\040Files rw,nosuid shared:5 master:1 - cifs //nas/shop rw,vers=3.1.1
31 22 0:26 / /mnt/books rw - nfs4 nas:/books rw,vers=4.2
32 22 0:27 / /media/usb rw - fuseblk /dev/sdb1 rw
33 22 0:28 / /home/kim/cloud rw - fuse.rclone remote: rw
34 22 0:29 / /mnt/c rw - 9p C:\\134 rw
35 22 0:30 / /mnt/over rw - nfs nas:/x rw
36 35 0:31 / /mnt/over rw - ext4 /dev/sdc1 rw
37 22 0:32 / /home/kim/exfat rw - fuse.exfat /dev/sdd1 rw

a line that is none
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/kim/.local/share/pos/ledger", None),
        ("/home/kim/Shop Files/ledger", "cifs"),
        ("/home/kim/Shop Files", "cifs"),
        ("/home/kim/Shop Files 2/ledger", None),
        ("/mnt/books/2025", "nfs4"),
        ("/mnt/bookshelf", None),
        ("/media/usb/ledger", None),
        ("/home/kim/cloud/ledger", "fuse.rclone"),
        ("/mnt/c/Users/kim", "9p"),
        ("/mnt/over/ledger", None),
        ("/home/kim/exfat/ledger", None),
    ],
)
def test_the_mount_that_holds_the_folder_decides(path: str, kind: str | None) -> None:
    assert remote_mount(MOUNTINFO, path) == kind


def test_no_mounts_known_is_no_reason_to_refuse() -> None:
    assert remote_mount("", "/home") is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"\\nas\shop\ledger", True),
        ("//nas/shop", True),
        (r"\\?\UNC\nas\shop", True),
        (r"\\?\unc\nas\shop", True),
        (r"\\wsl$\Debian\home", True),
        (r"C:\Users\kim\ledger", False),
        (r"\\?\C:\Users\kim", False),
        ("/home/kim", False),
    ],
)
def test_windows_paths_to_other_machines(path: str, *, expected: bool) -> None:
    assert is_unc(path) is expected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")
def test_folder_and_file_are_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "ledger"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    file = settle_place(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    settle_place(folder)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_followed_to_the_real_file(tmp_path: Path) -> None:
    real = settle_place(tmp_path / "real")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real", target_is_directory=True)
    assert settle_place(link) == find_place(link) == real.resolve()


def test_a_second_name_is_refused(tmp_path: Path) -> None:
    file = settle_place(tmp_path)
    os.link(file, tmp_path / "copy.db")
    for open_it in (settle_place, find_place):
        with pytest.raises(ShopTrouble, match=r"ledger\.linked"):
            open_it(tmp_path)


def test_looking_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ShopTrouble, match=r"ledger\.missing"):
        find_place(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("x")
    with pytest.raises(ShopTrouble, match=r"ledger\.disk_trouble"):
        settle_place(tmp_path / "ledger")
