"""Lists that `sha256sum` accepts, and differences that have names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from checksums import (
    MANIFEST,
    Unlistable,
    compare,
    fingerprint,
    tree_hash,
    write_manifest,
    write_sums,
)

FILES = {"pos-app.exe": b"MZ", "lib/a.py": b"a = 1\n", "lib.txt": b"", "글꼴/나눔.ttf": b"\0" * 9}


def grown(folder: Path) -> Path:
    """Fill a folder with `FILES`."""
    for path, content in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def sha256sum(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Check a list by the system's own program."""
    line = ["sha256sum", "--check", "--strict", name]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


needs_sha256sum = pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum: coreutils")


@needs_sha256sum
def test_a_manifest_is_read_by_sha256sum_and_sees_one_flipped_byte(tmp_path: Path) -> None:
    stage = grown(tmp_path / "stage")
    write_manifest(stage)
    good = sha256sum(stage, MANIFEST)
    assert (good.returncode, good.stdout.count(": OK")) == (0, len(FILES))
    (stage / "lib" / "a.py").write_bytes(b"a = 2\n")
    assert "lib/a.py: FAILED" in sha256sum(stage, MANIFEST).stdout


def test_a_manifest_written_twice_is_the_same_and_leaves_itself_out(tmp_path: Path) -> None:
    stage = grown(tmp_path / "stage")
    first = write_manifest(stage).read_bytes()
    assert write_manifest(stage).read_bytes() == first
    assert list(tree_hash(stage)) == ["lib.txt", "lib/a.py", "pos-app.exe", "글꼴/나눔.ttf"]


def test_equal_trees_have_equal_fingerprints_wherever_they_lie(tmp_path: Path) -> None:
    one, other = grown(tmp_path / "one"), grown(tmp_path / "deep" / "other")
    assert fingerprint(tree_hash(one)) == fingerprint(tree_hash(other))
    assert compare(one, other) == []


def test_every_difference_is_named(tmp_path: Path) -> None:
    one, other = grown(tmp_path / "one"), grown(tmp_path / "other")
    (other / "lib" / "a.py").write_bytes(b"a = 2\n")
    (other / "pos-app.exe").write_bytes(b"MZ longer")
    (other / "lib.txt").unlink()
    (other / "uninstall.exe").write_bytes(b"MZ")
    assert compare(one, other) == [
        "lib.txt: missing",
        "lib/a.py: same size, other bytes",
        "pos-app.exe: 2 bytes became 9",
        "uninstall.exe: too much",
    ]
    assert "uninstall.exe: too much" not in compare(one, other, allowed=["uninstall.exe"])


def test_an_empty_stage_and_a_dead_link_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unlistable, match="nothing to ship"):
        write_manifest(tmp_path)
    (tmp_path / "libssl.so").symlink_to("libssl.so.3")
    with pytest.raises(Unlistable, match=r"libssl\.so"):
        tree_hash(tmp_path)


def test_a_name_that_would_break_the_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "two\nlines").write_bytes(b"")
    with pytest.raises(Unlistable, match="line break"):
        tree_hash(tmp_path)


@needs_sha256sum
def test_sums_cover_what_is_handed_out(tmp_path: Path) -> None:
    made = [tmp_path / "setup.exe", tmp_path / "pos-app.msi"]
    for file in made:
        file.write_bytes(file.name.encode())
    sums = write_sums(made, tmp_path)
    assert sha256sum(tmp_path, sums.name).returncode == 0
    assert [line.split("  ")[1] for line in sums.read_text().splitlines()] == [
        "pos-app.msi",
        "setup.exe",
    ]
    with pytest.raises(Unlistable, match="elsewhere"):
        write_sums([tmp_path / "elsewhere" / "setup.exe"], tmp_path)
