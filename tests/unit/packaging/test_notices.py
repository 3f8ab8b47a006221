"""No package without its licence text, and Qt's terms kept: what, how to replace it, where from."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import components
import pytest
from components import LICENCES, Component, Unclear, distributions, locked
from notices import FOLDER, OVERVIEW, qt_libraries, write_notices

from tests.house.tree import ROOT
from tests.unit.packaging.wheels import lock, wheel

RUN_LOCK = ROOT / "packaging" / "requirements" / "run.lock"
QT_FILES = ("lib/PySide6/Qt6Core.dll", "lib/PySide6/pyside6.abi3.dll", "lib/shiboken6.abi3.dll")


def site_packages() -> Path:
    """Return the folder this interpreter's packages lie in."""
    return Path(str(distribution("httpx").locate_file("")))


def everything() -> list[Component]:
    """Return what the program is made of here, with Qt."""
    found = distributions(site_packages(), RUN_LOCK, shipped_only=True)
    return [*found, components.qt(next(one for one in found if "PySide6" in one.name))]


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """Return a stage with Qt's libraries where Windows has them."""
    for path in QT_FILES:
        (tmp_path / "stage" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stage" / path).write_bytes(b"MZ")
    return tmp_path / "stage"


def test_everything_we_ship_has_licence_and_text() -> None:
    found = everything()
    assert len(found) > 30
    assert all(one.licence and one.texts and len(one.sha256) > 1 for one in found[:-1])
    assert not any("Commercial" in name for one in found for name, _text in one.texts)


def test_each_part_has_its_texts_in_the_stage_and_a_line_in_the_overview(stage: Path) -> None:
    parts = everything()
    overview = write_notices(stage, parts, version="1.2.3").read_text(encoding="utf-8")
    named = re.findall(r"^  text: (.+)$", overview, re.MULTILINE)
    assert len(named) == sum(len(one.texts) for one in parts)
    assert all((stage / path).stat().st_size > 20 for path in named)
    assert all(f"{one.name} {one.version}\n  licence: {one.licence}" in overview for one in parts)
    assert "GNU LESSER GENERAL" in (stage / FOLDER / "Qt" / "LGPL-3.0-only.txt").read_text("utf-8")


def test_the_overview_is_the_same_twice_and_old_texts_go(stage: Path) -> None:
    parts = everything()
    first = write_notices(stage, parts, version="1.2.3").read_bytes()
    (stage / FOLDER / "old").mkdir()
    assert write_notices(stage, parts[::-1], version="1.2.3").read_bytes() == first
    assert not (stage / FOLDER / "old").exists()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_qt_notice_names_each_library_and_the_version(stage: Path, language: str) -> None:
    parts = everything()
    write_notices(stage, parts, version="1.2.3")
    text = (stage / FOLDER / "Qt" / f"qt-notice.{language}.txt").read_text(encoding="utf-8")
    assert qt_libraries(stage) == sorted(QT_FILES)
    assert all(path in text for path in QT_FILES)
    assert text.count(parts[-1].version) >= 4
    assert "{" not in text


def test_a_qt_notice_about_nothing_is_refused(tmp_path: Path, stage: Path) -> None:
    with pytest.raises(Unclear, match="0 of its libraries"):
        write_notices(tmp_path / "empty", everything(), version="1.2.3")
    with pytest.raises(Unclear, match="Qt None"):
        write_notices(stage, everything()[:-1], version="1.2.3")


def test_packages_without_text_or_licence_are_all_named(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    wheel(lib, "left-pad", "License-Expression: MIT")
    wheel(lib, "right-pad", "License: see website", texts={"LICENSE": "You may."})
    wheel(lib, "good", "License-Expression: MIT", texts={"licenses/sub/LICENSE": "You may."})
    wheel(lib, "hollow", "License-Expression: MIT", texts={"licenses/LICENSE": " \n"})
    with pytest.raises(Unclear) as refused:
        distributions(lib, lock(tmp_path, "left-pad", "right-pad", "good", "hollow"))
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["hollow", "left-pad", "right-pad"]
    assert "named.toml" in lines[0]


def test_a_package_no_lock_names_is_refused_or_left_out(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    for name in ("good", "stranger", "bootloader"):
        wheel(lib, name, "License-Expression: MIT", texts={"COPYING": "You may."})
    fixed = lock(tmp_path, "good")
    with pytest.raises(Unclear, match="stranger"):
        distributions(lib, fixed, also=["bootloader"])
    found = distributions(lib, fixed, also=["bootloader"], shipped_only=True)
    assert [one.name for one in found] == ["bootloader", "good"]


def test_another_version_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    wheel(tmp_path / "lib", "good", "License-Expression: MIT", texts={"LICENSE": "You may."})
    file = lock(tmp_path, "good")
    file.write_text(file.read_text().replace("==1.0", "==2.0"))
    with pytest.raises(Unclear, match=r"1\.0 is there, run\.lock says 2\.0"):
        distributions(tmp_path / "lib", file)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="no packages"):
        distributions(tmp_path, lock(tmp_path, "good"))


def test_what_an_exception_names_is_there() -> None:
    named = components._named()
    assert all(
        (LICENCES / text).exists() for one in named.values() for text in one.get("texts", [])
    )
    assert all(len(one["why"]) > 15 for one in named.values())
    build_lock = RUN_LOCK.with_name("build.lock")
    assert set(named) <= locked(build_lock).keys(), "an exception for nothing any more"


def test_a_font_with_another_licence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "copyright").write_text("All rights reserved, NAVER Corporation")
    with pytest.raises(Unclear, match="Open Font License"):
        components.font("1", tmp_path / "copyright")


def test_the_overview_lies_at_the_top() -> None:
    assert OVERVIEW == "THIRD-PARTY-NOTICES.txt"
