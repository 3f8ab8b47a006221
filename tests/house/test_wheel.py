"""The wheel carries the resources, and code installed from it finds them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_an_installed_wheel_finds_its_own_resources(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(purelib)
    look = "from pos_app.resources import resource_path as r; print(r('locale', 'ko'))"
    done = subprocess.run(
        [python, "-I", "-c", look], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == os.path.join(purelib, "pos_app", "_resources", "locale", "ko")  # noqa: PTH118 - as the interpreter prints it


def test_the_wheel_has_every_resource_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    resources = {
        f"pos_app/_resources/{file.relative_to(ROOT / 'resources').as_posix()}"
        for file in (ROOT / "resources").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    tables = {file.relative_to(ROOT).as_posix() for file in (ROOT / "pos_app").rglob("*.tsv")}
    assert tables
    assert resources | tables <= names
    assert not [name for name in names if name.startswith(("tests", "packaging"))]
    assert [name for name in names if name.endswith("dist-info/entry_points.txt")]
    assert [name for name in names if name.endswith("licenses/LICENSE")]
