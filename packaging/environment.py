"""The virtual environments, each filled from a lock file, every file by its hash.

`.venv` serves the terminal in the tree and its tests. What builds installers has an environment of
its own, `build/environment`, that holds the lock and nothing else: a builder that looks around
must find the same on every machine.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import system

OLDEST, NEWEST = (3, 11), (3, 13)
"""The Pythons the terminal is tested on (`requires-python` in pyproject.toml)."""


def _interpreter() -> str:
    """Return a Python of the right age: the one that runs this, or one on the path.

    Raises:
        Missing: there is none.
    """
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise system.Missing(
        f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}."
        " Start packaging/dev.py with one of those."
    )


def _python(folder: Path) -> Path:
    """Return where an environment keeps its interpreter."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _works(python: Path) -> bool:
    """Return whether an environment is whole: its interpreter starts and has pip."""
    return (
        python.exists()
        and subprocess.run(
            [python, "-c", "import pip"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _ensure_venv_module(python: str) -> None:
    """Bring what `python -m venv` and pip need where Debian keeps them in packages of their own.

    `ca-certificates`: Debian's pip trusts the roots of that package instead of its own.
    """
    probe = (
        "import importlib.util, sys; print('%d.%d' % sys.version_info[:2]);"
        " sys.exit(0 if importlib.util.find_spec('ensurepip') else 1)"
    )
    answer = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    packages = ["ca-certificates"]
    if answer.returncode != 0:
        packages.append(f"python{answer.stdout.strip()}-venv")
    system.ensure(tuple(packages))


def ensure(root: Path, kind: str) -> Path:
    """Return the interpreter of an environment that is made and filled as the lock file says.

    Args:
        root: the top of the source tree.
        kind: `run` for what the terminal needs, `dev` for that and the tools of the tests, `build`
            for that and the builders of installers, in an environment made anew for each lock.

    A stamp in the environment names what was installed last, so that a second call costs nothing.

    Raises:
        Missing: no Python of the right age, or the wheels could not be fetched.
    """
    lock = root / "packaging" / "requirements" / f"{kind}.lock"
    fingerprint = hashlib.sha256(lock.read_bytes()).hexdigest()
    folder = root / "build" / "environment" if kind == "build" else root / ".venv"
    python = _python(folder)
    stamp = folder / "pos-app.stamp"
    stamped = stamp.read_text().split() if stamp.exists() else []
    whole = _works(python) and (kind != "build" or fingerprint in stamped)
    if whole and fingerprint in stamped:
        return python
    if not whole:
        maker = _interpreter()
        _ensure_venv_module(maker)
        print(f"Making the environment {folder}", flush=True)
        if subprocess.run([maker, "-m", "venv", "--clear", folder], check=False).returncode != 0:
            raise system.Missing(f"{maker} -m venv {folder} failed; see above.")
        stamped = []
    print(f"Installing the locked packages ({lock.name}), each checked by its hash", flush=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    install += ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    if subprocess.run([python, *install], check=False).returncode != 0:
        raise system.Missing("The locked packages could not be installed; see above.")
    stamp.write_text("\n".join([*stamped, fingerprint]) + "\n")
    return python
