"""System libraries: what Qt and the tests need beside Python packages, and how they get there.

The lists were found in a bare Debian 12, one missing library at a time. Debian 13 and Ubuntu 24.04
carry some of them under another name, which stands beside the first one after a bar.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys

QT = (
    "libglib2.0-0|libglib2.0-0t64",
    "libgl1",
    "libegl1",
    "libxkbcommon0",
    "libfreetype6",
    "libfontconfig1",
    "libdbus-1-3",
)
"""Qt offscreen."""

XCB = (
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxcb-image0",
    "libxcb-render-util0",
    "libxcb-xkb1",
)
"""Qt in an X window, beside `QT`."""

FONT = ("fonts-nanum",)
"""A face with all 11,172 Hangul syllables; without one every word is a row of boxes."""

WINDOW = (*QT, *XCB, *FONT)
"""What the terminal needs to open its window."""

TESTS = (*WINDOW, "xvfb", "xauth", "dbus", "gnome-keyring", "poppler-utils", "gcc", "libc6-dev")
"""What the tests need: a display and a Secret Service of their own, a reader of PDF text, and a
compiler for the disk that is watched (`tests/crash`)."""

SIGNING = ("osslsigncode",)
"""What signs installers, and checks signatures."""

TOKEN = ("softhsm2", "libengine-pkcs11-openssl")
"""A software token, to sign with a key that no file holds."""

WINDOWS = (
    *QT,
    *FONT,
    *SIGNING,
    "git",
    "nsis",
    "wixl",
    "msitools",
    "faketime",
    "gcc-mingw-w64-x86-64-win32",
)
"""What builds the Windows package; Qt draws the icon."""

WINE = ("wine", "wine64", "poppler-utils")
"""What walks the Windows package through its life, beside what builds it and a screen."""

INSTALLER_TESTS = (*TESTS, *SIGNING, *TOKEN, "gcc-mingw-w64-x86-64-win32", "wixl")
"""What the tests of the builders need beside that of all tests; without it they are skipped."""


class Missing(Exception):
    """Something is not installed and may not be installed from here; the text says what to run."""


def _installed(package: str) -> bool:
    """Return whether Debian's package database holds this package."""
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode == 0 and answer.stdout == "installed"


def _candidate(package: str) -> bool:
    """Return whether apt knows a version of this package that it could install."""
    answer = subprocess.run(
        ["apt-cache", "policy", package], capture_output=True, text=True, check=False
    )
    return "Candidate: " in answer.stdout and "Candidate: (none)" not in answer.stdout


def _name(spelling: str) -> str:
    """Return the name under which this release of Debian or Ubuntu carries a package."""
    names = spelling.split("|")
    return next((name for name in names if _candidate(name)), names[0])


def _privilege() -> list[str] | None:
    """Return what to put before apt-get to be allowed to install, or None where we may not.

    `sudo` is used where it asks no password, or where somebody sits there to type it.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    quiet = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo"] if quiet.returncode == 0 or sys.stdin.isatty() else None


def ensure(packages: tuple[str, ...]) -> None:
    """Install the missing ones of these packages; does nothing where Qt needs none of them.

    Raises:
        Missing: they may not be installed from here, or apt failed; the text has the exact line.
    """
    if sys.platform == "win32":
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        print(
            "This is no Debian or Ubuntu: Qt's libraries and a Hangul font must be there already."
        )
        return
    lacking = [spelling for spelling in packages if not any(map(_installed, spelling.split("|")))]
    if not lacking:
        return
    line = ["apt-get", "install", "-y", "--no-install-recommends"]
    before = _privilege()
    if before is None:
        wanted = shlex.join([*line, *map(_name, lacking)])
        raise Missing(
            f"System packages are missing. Run this, then try again:\n\n    sudo {wanted}\n"
        )
    print(
        f"Installing system packages: {' '.join(name.split('|')[0] for name in lacking)}",
        flush=True,
    )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    keep = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*before, "apt-get", "update", "-qq"], env=quiet, check=False)
    command = [*before, *keep, *line, "-qq", *map(_name, lacking)]
    if subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        raise Missing(f"apt-get failed. Run this to see why:\n\n    {shlex.join(command)}\n")
