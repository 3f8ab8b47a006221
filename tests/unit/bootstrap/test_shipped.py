"""The installed tree is held against its manifest; whatever spoils either is found."""

from __future__ import annotations

import gettext
import os
from dataclasses import replace
from pathlib import Path

import checksums
import pytest

from pos_app.bootstrap.shipped import (
    BrokenManifest,
    Inspection,
    find_manifest,
    inspect,
    is_installed,
    package_folder,
)
from pos_app.resources import resource_path
from pos_app.services import doctor
from pos_app.services.doctor import Level

FILES = ("app/pos_app/cli.py", "runtime/python313.dll", "lib/httpx/__init__.py", "pos-app.exe")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return an installed tree with its manifest, as the builders write it."""
    top = tmp_path / "프로그램 파일"
    for name in FILES:
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 100)
    checksums.write_manifest(top)
    return top


def seen(top: Path) -> Inspection:
    """Find the manifest from the package, as the program does, and inspect."""
    manifest = find_manifest(top / "app" / "pos_app")
    assert manifest is not None
    return inspect(manifest)


def test_what_the_builder_lists_is_what_the_program_finds(installed: Path) -> None:
    whole = seen(installed)
    assert whole == Inspection(
        len(FILES), checksums.fingerprint(checksums.tree_hash(installed)), (), (), ()
    )


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_in_any_file_is_named(installed: Path, name: str) -> None:
    file = installed / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert seen(installed).changed == (name,)


def test_a_missing_and_an_added_file_are_named(installed: Path) -> None:
    (installed / "pos-app.exe").unlink()
    (installed / "runtime" / "version.dll").write_bytes(b"MZ")
    found = seen(installed)
    assert (found.missing, found.added) == (("pos-app.exe",), ("runtime/version.dll",))


def test_the_uninstaller_is_no_stranger_but_only_at_the_top(installed: Path) -> None:
    for folder in (installed, installed / "lib"):
        (folder / "uninstall.exe").write_bytes(b"MZ")
    assert seen(installed).added == ("lib/uninstall.exe",)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among files")
def test_a_file_that_became_something_else_is_changed(installed: Path) -> None:
    file = installed / "pos-app.exe"
    file.unlink()
    os.mkfifo(file)
    assert seen(installed).changed == ("pos-app.exe",)


DIGEST = "0" * 64


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"\xff\xfe",
        b"no hash at all\n",
        f"{DIGEST}  pos-app.exe".encode(),
        f"{DIGEST}  ../outside\n".encode(),
        f"{DIGEST}  /etc/passwd\n".encode(),
        f"{DIGEST}  C:/Windows/notepad.exe\n".encode(),
        f"{DIGEST}  a\\b\n".encode(),
        b"0" * 8_000_001,
    ],
    ids=["empty", "utf16", "words", "cut-off", "climbs", "root", "drive", "backslash", "long"],
)
def test_a_manifest_that_is_none_is_refused(installed: Path, spoilt: bytes) -> None:
    (installed / checksums.MANIFEST).write_bytes(spoilt)
    with pytest.raises(BrokenManifest):
        seen(installed)


def test_sources_have_no_manifest_and_are_not_installed(tmp_path: Path) -> None:
    assert find_manifest() is None
    assert not is_installed()
    assert (package_folder() / "cli.py").exists()
    assert find_manifest(tmp_path / "app" / "pos_app") is None


def test_a_manifest_far_above_belongs_to_somebody_else(installed: Path) -> None:
    assert find_manifest(installed / "a" / "b" / "pos_app") is None


WHOLE = Inspection(9, "ab" * 32, (), (), ())


@pytest.mark.parametrize(
    ("found", "level", "code"),
    [
        (WHOLE, Level.OK, "as_shipped"),
        (replace(WHOLE, changed=("a", "b")), Level.FAILED, "changed"),
        (replace(WHOLE, missing=("a",)), Level.FAILED, "changed"),
        (replace(WHOLE, added=("a",)), Level.WARNING, "added"),
        (replace(WHOLE, added=("a",), missing=("b",)), Level.FAILED, "changed"),
    ],
)
def test_every_finding_is_judged(found: Inspection, level: Level, code: str) -> None:
    judged = doctor.judge_program(
        found.files, found.fingerprint, found.changed + found.missing, found.added
    )
    assert (judged.level, judged.code) == (level, code)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_finding_has_its_words(language: str) -> None:
    with resource_path("locale", language, "LC_MESSAGES", "cli.mo").open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    findings = [
        doctor.judge_program(9, "ab" * 32, (), ()),
        doctor.judge_program(9, "ab" * 32, ("lib/a.py",), ()),
        doctor.judge_program(9, "ab" * 32, (), ("lib/b.py",)),
        doctor.judge_program_unlisted(installed=True),
        doctor.judge_program_unlisted(installed=False),
        doctor.judge_program_unreadable("line 3"),
    ]
    assert len({finding.code for finding in findings}) == len(findings)
    for finding in findings:
        key = f"doctor.program.{finding.code}"
        said = words.gettext(key)
        assert said != key
        assert str(finding.params.get("file", "")) in said.format(**finding.params)
