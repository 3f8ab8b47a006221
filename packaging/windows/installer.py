"""The stage as a setup.exe, made by NSIS from `setup.nsi`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import icons
from system import Missing

HERE = Path(__file__).resolve().parent


def make_setup(
    stage: Path,
    target: Path,
    version: str,
    icon: Path,
    *,
    source_date: int,
    sign: str | None = None,
    quick: bool = False,
) -> None:
    """Write the setup.exe; the same stage gives the same bytes.

    Args:
        stage: the folder as it will lie on the PC.
        target: the file to write.
        version: three numbers with points.
        icon: an .ico file.
        source_date: the only time that goes into the file, in seconds since 1970.
        sign: the command that signs the uninstaller, whose file is put behind it.
        quick: compress less, in a fifth of the time, for a test.

    Raises:
        Missing: makensis is not installed or does not take the script.
    """
    makensis = shutil.which("makensis")
    if makensis is None:
        raise Missing("makensis is missing: NSIS 3 (packaging/windows/README.md).")
    side = icons.write_side(target.with_suffix(".bmp"))
    defines: dict[str, str | Path] = {
        "SIDE": side,
        "VERSION": version,
        "STAGE": stage,
        "OUTFILE": target,
        "ICON": icon,
    }
    if sign is not None:
        defines["SIGN"] = sign
    if quick:
        defines["COMPRESSOR"] = "zlib"
    command = [makensis, "-INPUTCHARSET", "UTF8", "-V2", "-WX"]
    command += [f"-D{name}={value}" for name, value in defines.items()]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date), "LC_ALL": "C.UTF-8"}
    script = str(HERE / "setup.nsi")
    done = subprocess.run([*command, script], check=False, env=environment)
    side.unlink()
    if done.returncode != 0:
        raise Missing("makensis failed; see above.")
