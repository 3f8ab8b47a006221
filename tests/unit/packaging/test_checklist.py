"""What of the release checklist's walk can be judged without a Windows."""

from __future__ import annotations

import os
from pathlib import Path

import checksums
import pytest
from walking import Broken
from windows import checklist

#: `icacls "C:\Program Files\x" /save` of a folder below Program Files, shortened.
CLOSED = "D:AI(A;ID;FA;;;S-1-5-80-95)(A;ID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)"


def test_a_folder_below_program_files_is_closed() -> None:
    assert checklist.writable_by_everybody(CLOSED) == []


@pytest.mark.parametrize(
    "entry", ["(A;;FA;;;WD)", "(A;OICI;0x1301bf;;;AU)", "(A;CI;DCLCRPCR;;;BU)"]
)
def test_an_entry_that_lets_users_write_is_seen(entry: str) -> None:
    assert len(checklist.writable_by_everybody(CLOSED + entry)) == 1


def test_the_package_must_be_whole(tmp_path: Path) -> None:
    dist, older, stage = (tmp_path / name for name in ("dist", "older", "stage"))
    for folder in (dist, older, stage):
        folder.mkdir()
    (stage / "pos-app.exe").write_bytes(b"MZ")
    checksums.write_manifest(stage)
    (dist / "pos-app-setup-1.0.0.exe").write_bytes(b"MZ")
    (older / "pos-app-setup-0.9.0.exe").write_bytes(b"MZ")
    with pytest.raises(Broken, match=r"0 files \*\.msi"):
        checklist.package(dist, older, stage)
    (dist / "pos-app-1.0.0.msi").write_bytes(b"\xd0\xcf")
    assert checklist.package(dist, older, stage).older.name == "pos-app-setup-0.9.0.exe"
    (dist / "pos-app-setup-0.9.9.exe").write_bytes(b"MZ")
    with pytest.raises(Broken, match="2 files"):
        checklist.package(dist, older, stage)
    (stage / checksums.MANIFEST).unlink()
    with pytest.raises(Broken, match="no stage"):
        checklist.package(dist, older, stage)


@pytest.mark.skipif(os.name == "nt", reason="there it would install")
def test_elsewhere_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert checklist.main(["--dist", "a", "--older", "b", "--stage", "c"]) == 2
    assert "real Windows" in capsys.readouterr().err
