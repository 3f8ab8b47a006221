"""Stages the tree below /opt/pos-app: Debian's own Python, the locked wheels, the program.

    bin/pos-app        Debian's Python, under the program's name
    lib/python3.11/    its standard library
    site/              the wheels
    app/               the program with its resources
    pos-app, start.py  the command, and what it starts to join the rest
    licences/, THIRD-PARTY-NOTICES.txt, sbom.cdx.json, manifest.sha256

No freezer: the interpreter starts at once, every library is a plain file that can be replaced
(what the LGPL asks for), and what Debian has itself - OpenSSL, SQLite, expat, libstdc++ - stays
Debian's, with its security updates.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import checksums
import components
import notices
import sbom
import system
from components import Component
from packaging.utils import canonicalize_name

from debian.contents import one_country, python_stays, stays

PYTHON = "3.11"
"""The Python of the oldest Debian that is served; its wheels are the ones taken."""

PYTHON_PACKAGES = (
    f"python{PYTHON}-minimal",
    f"libpython{PYTHON}-minimal",
    f"libpython{PYTHON}-stdlib",
)
NEEDED = (*PYTHON_PACKAGES, f"python{PYTHON}-venv", "ca-certificates", "binutils", "git")
"""What staging and packing need beside Python itself; Debian's pip trusts `ca-certificates`."""

INTERPRETER = Path(f"/usr/bin/python{PYTHON}")

_VERSION = re.compile(r'^__version__ = "[^"]+"$', re.MULTILINE)


def python_version() -> str:
    """Return the version of the Debian package that the interpreter is copied from."""
    asked = ["dpkg-query", "-W", "-f", "${Version}", PYTHON_PACKAGES[0]]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


def tracked(root: Path, *folders: str) -> list[Path]:
    """Return the files of these folders that git knows, named from the root, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *folders], cwd=root, check=True, capture_output=True
    ).stdout.decode()
    return [Path(name) for name in sorted(listed.split("\0")) if name]


def stage(root: Path, target: Path, version: str, built_s: int) -> list[Component]:
    """Fill the empty folder `target` with the tree that goes to /opt/pos-app; return its parts.

    Args:
        root: the top of the source tree.
        target: where to.
        version: what the staged program says of itself.
        built_s: the time that stands for the build, in seconds since 1970.

    Raises:
        Missing: Debian's Python or the wheels could not be had.
        Unclear: a part has no licence or no text of it.
    """
    system.ensure(NEEDED)
    here = Path(__file__).resolve().parent
    _python(target)
    _wheels(root, target)
    _program(root, target / "app", version)
    shutil.copy(here / "start.py", target / "start.py")
    _copy(here / "root" / "pos-app", target / "pos-app", mode=0o755)
    _compile(target)
    parts = _parts(root, target)
    notices.write_notices(target, parts, version=version)
    sbom.write_bill(target, parts, version=version, built_s=built_s)
    checksums.write_manifest(target)
    return parts


def _parts(root: Path, target: Path) -> list[Component]:
    """Return what of others is in the tree."""
    lock = root / "packaging" / "requirements" / "run.lock"
    found = components.distributions(target / "site", lock)
    (pyside,) = (part for part in found if part.name.lower().startswith("pyside6"))
    terms = Path(f"/usr/share/doc/libpython{PYTHON}-minimal/copyright")
    origin = f"Debian package {PYTHON_PACKAGES[0]} {python_version()}"
    return [*found, components.qt(pyside), components.cpython(PYTHON, terms, origin=origin)]


def _python(target: Path) -> None:
    """Copy Debian's Python: the interpreter, and of its library what `contents` keeps."""
    listed = subprocess.run(
        ["dpkg-query", "--listfiles", *PYTHON_PACKAGES], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    library = Path(f"/usr/lib/python{PYTHON}")
    for name in sorted(set(listed)):
        source = Path(name)
        if library not in source.parents or not source.is_file():
            continue
        inside = source.relative_to(library)
        if python_stays(PurePosixPath(inside.as_posix())):
            _copy(source, target / "lib" / library.name / inside)
    _copy(INTERPRETER, target / "bin" / "pos-app", mode=0o755)


def _wheels(root: Path, target: Path) -> None:
    """Install the locked wheels for Debian's Python and copy what `contents` keeps."""
    whole, tools = target.with_name("wheels"), target.with_name("tools")
    subprocess.run([INTERPRETER, "-m", "venv", tools], check=True)
    pip = (tools / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps")
    quiet = ("--disable-pip-version-check", "--root-user-action", "ignore")
    locked = ("--require-hashes", "--only-binary", ":all:", "--target", whole)
    lock = root / "packaging" / "requirements" / "run.lock"
    done = subprocess.run([*pip, *quiet, *locked, "-r", lock], check=False)
    if done.returncode != 0:
        raise system.Missing("The locked packages could not be installed; see above.")
    for source in sorted(path for path in whole.rglob("*") if path.is_file()):
        inside = source.relative_to(whole)
        if stays(PurePosixPath(inside.as_posix())):
            _copy(source, target / "site" / inside)
    for folder in (whole, tools):
        shutil.rmtree(folder)
    countries = target / "site" / "holidays" / "countries" / "__init__.py"
    countries.write_text(one_country(countries.read_text(encoding="utf-8")), encoding="utf-8")
    unstripped = [file for file in target.joinpath("site").rglob("*.so*") if "Qt" not in file.parts]
    subprocess.run(["strip", "--strip-unneeded", *sorted(unstripped)], check=True)


def _program(root: Path, app: Path, version: str) -> None:
    """Copy the program and its resources as a wheel would carry them."""
    for name in tracked(root, "pos_app", "resources"):
        inside = (
            Path("pos_app/_resources", *name.parts[1:]) if name.parts[0] == "resources" else name
        )
        if name.suffix != ".po":
            _copy(root / name, app / inside)
    first = app / "pos_app" / "__init__.py"
    text, changed = _VERSION.subn(f'__version__ = "{version}"', first.read_text(encoding="utf-8"))
    assert changed == 1, "pos_app/__init__.py does not say its version as it did"
    first.write_text(text, encoding="utf-8")


_OWNED = {
    "pyside6-essentials": {"pyside6"},
    "argon2-cffi": {"argon2"},
    "argon2-cffi-bindings": {"-argon2-cffi-bindings"},
    "cffi": {"-cffi-backend-cpython-311-x86-64-linux-gnu-so"},
    "python-dateutil": {"dateutil"},
    "backports-tarfile": {"backports"},
    "jaraco-classes": {"jaraco"},
    "jaraco-context": {"jaraco"},
    "jaraco-functools": {"jaraco"},
}
"""Wheels whose import name is not their own, both in canonical form."""


def owner_of(name: str, wheel: str) -> bool:
    """Return whether a file or folder of `site` belongs to a wheel, by the wheel's name."""
    record = canonicalize_name(wheel)
    if name.endswith(".dist-info"):
        return canonicalize_name(name.removesuffix(".dist-info").rpartition("-")[0]) == record
    return canonicalize_name(name.removesuffix(".py")) in _OWNED.get(record, {record})


def _copy(source: Path, target: Path, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def _compile(target: Path) -> None:
    """Compile every module: nobody may write below /opt, so Python could never keep its own.

    Bound to no time stamp: the package owns both files, and no other tool changes them. One
    process and a fixed seed of hashes, so that two builds are equal byte for byte.
    """
    fixed = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(INTERPRETER), "-I", "-m", "compileall", "-q", "-j", "1"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(target), "-p", "/opt/pos-app"]
    command += [str(target / name) for name in ("lib", "site", "app")]
    done = subprocess.run(command, check=False, env=fixed, stdout=sys.stderr)
    if done.returncode != 0:
        raise system.Missing("The program could not be compiled; see above.")
