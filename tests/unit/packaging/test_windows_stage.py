"""What goes into the Windows stage: the pinned Python, the files that are opened, the bytecode."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from system import Missing
from windows import bytecode, runtime, wheels


def embeddable(*names: str) -> bytes:
    """Return a zip like python.org's, with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, name.encode())
    return content.getvalue()


def test_a_runtime_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    name = runtime.RELEASE.source.rpartition("/")[2]
    (tmp_path / name).write_bytes(embeddable("python313.dll"))
    with pytest.raises(Missing, match=f"is not the pinned file.*{runtime.RELEASE.sha256}"):
        runtime.obtain(tmp_path, release=True)


def test_a_release_never_carries_the_stand_in() -> None:
    assert runtime.RELEASE.for_shops
    assert not runtime.PACKAGED.for_shops
    assert runtime.RELEASE.version.startswith(f"{runtime.MINOR}.")


def test_another_python_is_refused() -> None:
    with pytest.raises(Missing, match=r"holds no python313\.dll"):
        runtime._unzip(runtime.RELEASE, embeddable("python312.dll", "python.exe"))


def test_the_runtime_starts_isolated_and_without_what_stalls(tmp_path: Path) -> None:
    found = runtime._unzip(
        runtime.RELEASE,
        embeddable("python313.dll", "_wmi.pyd", "python.exe", "python313._pth", "cp/_ssl.pyd"),
    )
    found.lay_down(tmp_path / "runtime", ("..\\lib",))
    there = {path.name for path in (tmp_path / "runtime").iterdir()}
    assert there == {"python313.dll", "_ssl.pyd", "python313._pth"}
    search = (tmp_path / "runtime" / "python313._pth").read_bytes()
    assert search == b"python313.zip\r\n.\r\n..\\lib\r\n"  # no `import site`: isolated


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt6Core.dll",
        "PySide6/QtPrintSupport.pyd",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/translations/qtbase_ko.qm",
        "cryptography/hazmat/bindings/_rust.pyd",
        "holidays/countries/south_korea.py",
        "holidays/groups/korean.py",
        "tzdata/zoneinfo/Asia/Seoul",
        "_cffi_backend.cp313-win_amd64.pyd",
        "sqlalchemy/dialects/sqlite/base.py",
        "sqlalchemy/dialects/postgresql/base.py",
        "keyring/backends/Windows.py",
        "keyring-25.7.0.dist-info/METADATA",
    ],
)
def test_what_the_terminal_opens_stays(path: str) -> None:
    assert wheels.is_needed(path)


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt6Network.dll",
        "PySide6/opengl32sw.dll",
        "PySide6/plugins/tls/qopensslbackend.dll",
        "PySide6/translations/qtbase_de.qm",
        "PySide6/QtCore.pyi",
        "holidays/countries/brazil.py",
        "tzdata/zoneinfo/Europe/Paris",
        "sqlalchemy/dialects/mysql/base.py",
        "cffi/cparser.py",
        "bin/alembic.exe",
        "openpyxl/tests/test_cell.py",
        "keyring-25.7.0.dist-info/RECORD",
    ],
)
def test_what_nobody_opens_goes(path: str) -> None:
    assert not wheels.is_needed(path)


@pytest.fixture
def interpreter() -> bytecode.Interpreter:
    """Return the native Python that compiles ahead."""
    for path in bytecode._natives():
        ask = [path, "-c", "import sys; print(sys.implementation.cache_tag)"]
        if subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip() == (
            bytecode.TAG
        ):
            return bytecode.Interpreter((path,), os.environ)
    pytest.skip("no native Python 3.13 here: the journey compiles with the shipped one, in Wine")


def lay_sources(stage: Path) -> Path:
    """Put a library and a program into a stage."""
    for folder in ("lib/tool", "app/pos_app"):
        (stage / folder).mkdir(parents=True)
        (stage / folder / "__init__.py").write_text(
            'NAMES = {"one", "two", "three"}\nONE = "one"\n', encoding="utf-8"
        )
    return stage


def test_bytecode_is_the_same_whatever_the_folder_and_the_seed(
    tmp_path: Path, interpreter: bytecode.Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        stage = lay_sources(tmp_path / f"stage {seed}")
        os.utime(stage / "lib" / "tool" / "__init__.py", (int(seed), int(seed)))
        bytecode.compile_ahead(stage, interpreter)
        made.append({p.relative_to(stage): p.read_bytes() for p in stage.rglob("*.pyc")})
    assert made[0] == made[1]
    assert {path.as_posix() for path in made[0]} == {
        "lib/tool/__init__.pyc",
        "app/pos_app/__pycache__/__init__.cpython-313.pyc",
    }


def test_only_the_programs_own_sources_stay_and_the_bytecode_is_used(
    tmp_path: Path, interpreter: bytecode.Interpreter
) -> None:
    stage = lay_sources(tmp_path)
    bytecode.compile_ahead(stage, interpreter)
    assert [p.relative_to(stage).as_posix() for p in stage.rglob("*.py")] == [
        "app/pos_app/__init__.py"
    ]
    ask = (
        "import sys; sys.path.insert(0, sys.argv[1]); import tool; print(tool.ONE, tool.__cached__)"
    )
    said = subprocess.run(
        [*interpreter.command, "-I", "-c", ask, str(stage / "lib")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["one", str(stage / "lib" / "tool" / "__init__.pyc")]


def test_a_source_that_does_not_compile_stops_the_build(
    tmp_path: Path, interpreter: bytecode.Interpreter
) -> None:
    stage = lay_sources(tmp_path)
    (stage / "lib" / "tool" / "broken.py").write_text("def (", encoding="utf-8")
    with pytest.raises(Missing, match=r"could not be compiled[\s\S]*SyntaxError"):
        bytecode.compile_ahead(stage, interpreter)


def test_another_minor_version_is_refused(tmp_path: Path) -> None:
    stage = lay_sources(tmp_path)
    this = bytecode.Interpreter((sys.executable,), os.environ)
    if sys.implementation.cache_tag == bytecode.TAG:
        pytest.skip("this is the shipped minor version")
    with pytest.raises(Missing, match="another minor version"):
        bytecode.compile_ahead(stage, this)
