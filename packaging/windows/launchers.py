"""The two small programs that start the terminal, built from one C file (`launcher/launcher.c`)."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from system import Missing

from windows.runtime import MINOR

SOURCES = Path(__file__).resolve().parent / "launcher"
#: Debian's cross compiler, and the name that MSYS2's native one goes by on Windows.
_PREFIXES = ("x86_64-w64-mingw32-", "")


@dataclass(frozen=True, slots=True)
class Launcher:
    """One of the two programs.

    Attributes:
        file_name: as it lies in the package.
        description: what the task manager shows.
        console: whether it belongs to a prompt; the other one belongs to a window.
    """

    file_name: str
    description: str
    console: bool


LAUNCHERS = (
    Launcher("pos-app.exe", "키인 단말기", console=False),
    Launcher("pos-app-cli.exe", "키인 단말기 (명령)", console=True),
)


def _tool(name: str) -> str:
    """Return the path of a program of the compiler."""
    for prefix in _PREFIXES:
        found = shutil.which(f"{prefix}{name}")
        if found:
            return found
    raise Missing(
        f"{name} for Windows programs is missing: mingw-w64 (packaging/windows/README.md)."
    )


def build(folder: Path, scratch: Path, version: str, icon: Path) -> None:
    """Build both programs into `folder`; the same sources give the same bytes.

    Args:
        folder: the stage.
        scratch: for what lies between source and program.
        version: three numbers with points.
        icon: an .ico file.

    Raises:
        Missing: there is no compiler, or it does not take the source.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    for launcher in LAUNCHERS:
        resource = scratch / f"{launcher.file_name}.res.o"
        shutil.copyfile(icon, scratch / "app.ico")
        defines = {
            "VERSION_NUMBERS": f"{version.replace('.', ',')},0",
            "VERSION_TEXT": f'\\"{version}\\"',
            "FILE_NAME": f'\\"{launcher.file_name}\\"',
            "DESCRIPTION": f'\\"{launcher.description}\\"',
            "ICON_FILE": '\\"app.ico\\"',
        }
        command = [_tool("windres"), "--codepage", "65001", "--include-dir", str(scratch)]
        command += ["--include-dir", str(SOURCES)]
        command += [f"-D{name}={value}" for name, value in defines.items()]
        _run([*command, str(SOURCES / "launcher.rc"), "-O", "coff", "-o", str(resource)])
        kind = ["-mconsole", "-DCONSOLE"] if launcher.console else ["-mwindows"]
        command = [_tool("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-municode", "-s", *kind]
        command += ["-finput-charset=UTF-8", f'-DPYTHON_DLL=L"python{MINOR.replace(".", "")}.dll"']
        # Without it the linker writes the hour into the program.
        command += ["-Wl,--no-insert-timestamp", "-static-libgcc"]
        target = folder / launcher.file_name
        _run([*command, "-o", str(target), str(SOURCES / "launcher.c"), str(resource)])


def build_question(folder: Path) -> Path:
    """Build the MSI's question (`launcher/in_the_way.c`) into `folder` and return its file.

    Raises:
        Missing: there is no compiler, or it does not take the source.
    """
    target = folder / "in_the_way.dll"
    command = [_tool("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-s", "-shared"]
    command += ["-finput-charset=UTF-8", "-Wl,--no-insert-timestamp", "-static-libgcc"]
    # A library is placed in memory by a hash of the path it is written to, if it may.
    command += ["-Wl,--disable-auto-image-base"]
    _run([*command, "-o", str(target), str(SOURCES / "in_the_way.c"), "-lmsi"])
    return target


def _run(command: list[str]) -> None:
    """Run one step of the compiler; its own words tell what is wrong."""
    if subprocess.run(command, check=False).returncode != 0:
        raise Missing(f"{Path(command[0]).name} failed; see above.")
