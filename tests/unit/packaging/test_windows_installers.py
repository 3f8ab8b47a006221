"""The words, numbers and answers of setup.exe and MSI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from system import Missing
from windows import launchers, msi

WINDOWS = Path(msi.__file__).resolve().parent
HOUR = 1_700_000_000
SETUP = (WINDOWS / "setup.nsi").read_text(encoding="utf-8")
WORDS = (WINDOWS / "words.nsh").read_text(encoding="utf-8")


def spoken() -> dict[str, tuple[str, str]]:
    """Return every sentence of the setup.exe: Korean and English."""
    found = re.findall(
        r'^!insertmacro WORDS (\w+)\s+\\?\s*"(.*?)"\s+\\?\s*"(.*?)"$', WORDS, re.MULTILINE
    )
    return {name: (korean, english) for name, korean, english in found}


def test_every_sentence_is_there_in_both_languages() -> None:
    used = set(re.findall(r"\$\((\w+)\)", SETUP))
    assert used == spoken().keys()
    for korean, english in spoken().values():
        assert re.search("[가-힣]", korean)
        assert english
        assert not re.search("[가-힣]", english)


def test_every_refusal_has_a_status_that_the_head_explains() -> None:
    head = SETUP[: SETUP.index("!define")]
    explained = {int(number) for number in re.findall(r"(?:status: |; ?(?:\n;)? ?)(\d) ", head)}
    given = {int(number) for number in re.findall(r"!insertmacro REFUSE (\d) ", SETUP)}
    assert given
    assert given <= explained


def test_every_refusal_says_what_to_do_or_that_nothing_changed() -> None:
    refused = set(re.findall(r'!insertmacro REFUSE \d "\$\((\w+)\)', SETUP))
    silent = {"NOT_64_BIT", "NO_PROVISION"}  # what to do is in what is wrong
    for name in refused - silent:
        assert re.search(
            "[Nn]othing was|still works|Use the|Mend it|Open the terminal", spoken()[name][1]
        ), name


def test_what_the_uninstaller_removes_is_what_the_stage_has() -> None:
    from windows import stage

    removed = set(re.findall(r'RMDir /r "\$INSTDIR\\(\w+)"', SETUP))
    assert removed == set(stage.TOP)


def lay_stage(folder: Path) -> Path:
    """Make a small stage."""
    (folder / "lib" / "only folders" / "deep").mkdir(parents=True)
    (folder / "pos-app.exe").write_bytes(b"MZ")
    (folder / "lib" / "only folders" / "deep" / "a.pyc").write_bytes(b"a")
    return folder


def test_a_file_is_the_same_component_in_every_version(tmp_path: Path) -> None:
    stages = [lay_stage(tmp_path / name / "stage") for name in ("one", "two")]
    (stages[1] / "lib" / "only folders" / "deep" / "b.pyc").write_bytes(b"b")
    guids = []
    for stage in stages:
        root = msi.fragment(stage, stage.parent).getroot()
        components = list(root.iter("Component"))
        assert len({c.get("Id") for c in components}) == len(components)
        assert all(len(c.get("Id", "")) <= len("x" * 72) for c in components)
        guids.append({c.get("Guid") for c in components})
    assert guids[0] < guids[1]


def test_every_folder_is_removed_with_the_program(tmp_path: Path) -> None:
    root = msi.fragment(lay_stage(tmp_path / "stage"), tmp_path).getroot()
    folders = list(root.iter("Directory"))
    assert len(folders) == len(("lib", "only folders", "deep"))
    for folder in folders:
        assert folder.find("Component/RemoveFolder") is not None


def build_msi(work: Path, frame: Path = msi.FRAME) -> Path:
    """Make an MSI of a small stage with the real tools."""
    for file in lay_stage(work / "stage").rglob("*"):
        os.utime(file, (HOUR, HOUR))
    (work / "app.ico").write_bytes(b"icon")
    question = launchers.build_question(work)
    target = work / "made.msi"
    msi.make(
        work / "stage",
        target,
        "1.2.3",
        work=work,
        icon=work / "app.ico",
        in_the_way=question,
        source_date=HOUR,
        frame=frame,
    )
    return target


needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("wixl", "msibuild", "msiinfo", "x86_64-w64-mingw32-gcc"))),
    reason="wixl, msitools and mingw-w64 are not installed: packaging/windows/README.md",
)


def exported(file: Path, table: str) -> str:
    """Return a table of an MSI."""
    command = ["msiinfo", "export", str(file), table]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@needs_tools
def test_the_msi_speaks_korean_and_can_go_back(tmp_path: Path) -> None:
    made = build_msi(tmp_path)
    assert "ProductName\t키인 단말기\r\n" in exported(made, "Property")
    assert "키인 단말기 (연습)" in exported(made, "Shortcut")
    conditions = exported(made, "LaunchCondition")
    assert all(words in conditions for words in msi.CONDITIONS.values())
    order = dict(
        line.split("\t")[::2] for line in exported(made, "InstallExecuteSequence").splitlines()[3:]
    )
    begins, removes, asks = (
        int(order[name])
        for name in ("InstallInitialize", "RemoveExistingProducts", "StopIfInTheWay")
    )
    assert asks < begins < removes < int(order["InstallFiles"])


@needs_tools
@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime: the hour would be in it")
def test_the_same_stage_gives_the_same_msi(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(build_msi(tmp_path / name).read_bytes())
    assert made[0] == made[1]


@needs_tools
def test_what_wixl_does_not_know_stops_the_build(tmp_path: Path) -> None:
    changed = tmp_path / "product.wxs"
    text = msi.FRAME.read_text(encoding="utf-8")
    text = text.replace("<MajorUpgrade ", '<MajorUpgrade Schedule="afterInstallInitialize" ')
    changed.write_text(text, encoding="utf-8")
    (tmp_path / "work").mkdir()
    with pytest.raises(Missing, match="Schedule"):
        build_msi(tmp_path / "work", changed)
    assert not (tmp_path / "work" / "made.msi").exists()
