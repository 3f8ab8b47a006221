"""The locked wheels as Windows takes them, less what the terminal never opens."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from components import Component, distributions
from system import Missing

from windows.runtime import MINOR

#: What stays of PySide6: a list of what goes would let new files in with each version. Nothing of
#: ours opens a socket through Qt, so QtNetwork and its TLS plugins go as well.
_QT = re.compile(
    r"PySide6/("
    r"(Qt6?(Core|Gui|Widgets|PrintSupport|Svg)|pyside6\.abi3|(msvcp|vcruntime)140[a-z0-9_]*)\.(dll|pyd)"
    r"|(__init__|_config|_git_pyside_version)\.py"
    r"|plugins/(platforms/q(windows|offscreen|minimal)|styles/q[a-z0-9]+|imageformats/q(ico|jpeg))\.dll"
    r"|translations/qtbase_ko\.qm"
    r")"
)
#: Of the calendars only Korea's is asked for (domain/refunds, the day the money is back).
_HOLIDAYS = re.compile(
    r"holidays/([a-z_]+\.py|py\.typed"
    r"|(calendars|groups|mixins)/.+\.py|financial/__init__\.py"
    r"|countries/(__init__|south_korea)\.py|locale/(ko|en_US)/LC_MESSAGES/KR\.mo)"
)
#: Books are kept in Korean days; every other moment is UTC.
_TZDATA = re.compile(r"tzdata/(__init__\.py|zoneinfo/(__init__\.py|Asia/(__init__\.py|Seoul)|UTC))")
_KEPT = {"PySide6": _QT, "holidays": _HOLIDAYS, "tzdata": _TZDATA}

#: Whatever else nobody opens: programs, type stubs, C headers, tests, databases we do not speak.
_DROPPED = re.compile(
    r"^bin/|^share/|^\.lock$|\.pyi$|\.pxd$|\.pyx$|\.pdb$|\.lib$|\.h$|\.c$|\.exe$"
    r"|(^|/)(tests?|testing|__pycache__)/"
    r"|^shiboken6/(include|lib)/|^shiboken6/(msvcp|vcruntime|concrt)140"
    r"|^PySide6/concrt140"
    r"|^sqlalchemy/dialects/(mssql|mysql|oracle)/"
    r"|^alembic/templates/"
    r"|^cffi/"  # a compiler; what it made needs `_cffi_backend` only, and win32ctypes has ctypes
    r"|^pycparser"  # the parser of that compiler
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|entry_points\.txt|top_level\.txt)"
    r"|\.dist-info/sboms/"
)
#: The index of `holidays.countries` imports every country of the world, half a second of it.
_COUNTRIES = "from holidays.countries.south_korea import KOR, KR, Korea, SouthKorea  # noqa: F401\n"


def is_needed(path: str) -> bool:
    """Tell whether a file of `lib`, named with slashes, is ever opened by the terminal."""
    top = path.partition("/")[0]
    kept = _KEPT.get(top)
    if kept is not None and not kept.fullmatch(path):
        return False
    return _DROPPED.search(path) is None


def install(lock: Path, folder: Path) -> list[Component]:
    """Fetch the wheels of `lock` into `folder` and return what is there, with licences.

    Raises:
        Missing: see `fetch`.
        Unclear: a wheel says nothing of its licence.
    """
    fetch(lock, folder)
    return distributions(folder, lock)  # (they say it before they are pruned)


def fetch(lock: Path, folder: Path) -> None:
    """Install the wheels of `lock` for 64-bit Windows into `folder`, each checked by its hash.

    uv answers the lock's conditions for Windows; pip would answer them for this machine.

    Raises:
        Missing: a wheel could not be fetched, or is not what the lock says.
    """
    uv = Path(sys.executable).with_name("uv.exe" if sys.platform == "win32" else "uv")
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--python-platform", "x86_64-pc-windows-msvc"]
    command += ["--python-version", MINOR, "--python", sys.executable]
    # (a copy: what is pruned and rewritten here must not be uv's own)
    command += ["--link-mode", "copy", "--target", str(folder), "--requirement", str(lock)]
    if subprocess.run(command, check=False).returncode != 0:
        raise Missing("The locked wheels for Windows could not be installed; see above.")
    for left_out in folder.glob("pycparser*"):
        shutil.rmtree(left_out)


def prune(folder: Path) -> None:
    """Remove what the terminal never opens, and the folders that are empty then."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif not is_needed(path.relative_to(folder).as_posix()):
            path.unlink()
    for cache in sorted(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    index = folder / "holidays" / "countries" / "__init__.py"
    if not index.exists():
        return
    if "SouthKorea, KR, KOR, Korea" not in index.read_text(encoding="utf-8"):
        raise Missing("holidays keeps Korea in another place now: packaging/windows/wheels.py.")
    index.write_text(_COUNTRIES, encoding="utf-8")
