"""Builds the Debian package: one command, from a clone to `dist/pos-app_<version>_amd64.deb`.

    python3 packaging/dev.py debian [OPTION...]

The same commit gives the same bytes: files are in order, times are those of the last commit.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import system
from components import Component

from debian import control, linking, stage

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ICON = ROOT / "resources" / "icons" / "app.svg"
HOME = Path("opt") / control.NAME
DOC = Path("usr/share/doc") / control.NAME
GUARDED = ("preinst", "prerm")
SCRIPTS = (*GUARDED, "postinst", "postrm")
XZ_THREADS = "2"
"""More than one thread makes another stream than one; how many more makes no difference."""

_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:[+~-][a-z0-9.]+)?")


def main(argv: Sequence[str]) -> int:
    """Build the package and return the exit status."""
    options = _options(argv)
    if sys.platform != "linux":
        print("The Debian package is built on Debian 12 (or in a container of it).")
        return 1
    system.ensure(stage.NEEDED)
    changed = _git("status", "--porcelain", "--untracked-files=no")
    if changed:
        print("Mind: files differ from the last commit; the package will not be that commit's.")
    with tempfile.TemporaryDirectory(prefix="pos-app-deb.") as work:
        deb = build(options, Path(work))
    print(f"sha256 {hashlib.sha256(deb.read_bytes()).hexdigest()}")
    print(f"{deb.stat().st_size / 1e6:.1f} MB  {deb}")
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py debian", description="build the Debian package")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where it goes (dist)")
    parser.add_argument("--version", default=_own_version(), help="another version, for tests")
    parser.add_argument("--maintainer", default=control.MAINTAINER, help="name and address")
    parser.add_argument("--fast", action="store_true", help="zstd: larger, for tests only")
    options = parser.parse_args(argv)
    if not _VERSION.fullmatch(options.version):
        parser.error(f"--version {options.version}: digits and dots, such as 1.2.3")
    return options


def _own_version() -> str:
    text = (ROOT / "pos_app" / "__init__.py").read_text(encoding="utf-8")
    return text.partition('__version__ = "')[2].partition('"')[0]


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def build(options: argparse.Namespace, work: Path) -> Path:
    """Stage, describe, pack; return the path of the package.

    Raises:
        Missing: something the build needs is not there and may not be installed.
        UnknownLibrary, system.Missing: the tree asks for what no dependency brings.
    """
    tree = work / "root"
    home = tree / HOME
    home.mkdir(parents=True)
    made = int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct"))
    parts = stage.stage(ROOT, home, options.version, made)
    found = linking.linking_of(home)
    if linking.newest([found.glibc, control.LIBC]) != control.LIBC:
        raise system.Missing(f"A file needs glibc {found.glibc}; {control.LIBC} is promised.")
    _furnish(tree)
    package = control.Package(
        version=options.version,
        maintainer=options.maintainer,
        installed_kib=_size_kib(tree),
        depends=control.depends(found.needed, found.bundled),
        made=dt.datetime.fromtimestamp(made, dt.UTC),
    )
    _describe(tree, package, parts)
    _settle(tree, made)
    options.out.mkdir(parents=True, exist_ok=True)
    deb = Path(options.out.resolve() / f"{control.NAME}_{options.version}_amd64.deb")
    packing = ["-Zzstd", "-z3"] if options.fast else ["-Zxz", f"--threads-max={XZ_THREADS}"]
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *packing, "--build", tree, deb],
        check=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(made)},
        stdout=subprocess.DEVNULL,
    )
    print(
        f"Debian's Python {stage.python_version()}, installed {package.installed_kib // 1024} MiB,"
    )
    print(f"needs glibc {found.glibc}")
    return deb


def _furnish(tree: Path) -> None:
    """Put everything beside the program where a desktop looks for it."""
    command = tree / "usr" / "bin" / control.NAME
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/{HOME}/pos-app")
    _put(ICON, tree / "usr/share/icons/hicolor/scalable/apps" / f"{control.NAME}.svg")
    _write(tree / f"usr/share/applications/{control.NAME}.desktop", control.desktop_entry())
    _write(
        tree / "usr/share/lintian/overrides" / control.NAME,
        (HERE / "root" / "lintian-overrides").read_text(encoding="utf-8"),
    )
    for page, folder in (("pos-app.1", "man1"), ("pos-app.ko.1", "ko/man1")):
        words = (HERE / "root" / page).read_text(encoding="utf-8")
        _zip(tree / "usr/share/man" / folder / "pos-app.1.gz", words)
    _zip(tree / DOC / "changelog.gz", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    _put(HERE / "root" / "README.Debian", tree / DOC / "README.Debian")


def _describe(tree: Path, package: control.Package, parts: list[Component]) -> None:
    """Write the files about the package itself."""
    _zip(tree / DOC / "changelog.Debian.gz", control.changelog(package))
    _write(tree / DOC / "copyright", control.copyright_file(_owned(tree, parts)))
    about = tree / "DEBIAN"
    _write(about / "control", control.control(package))
    guard = (HERE / "root" / "guard.sh").read_text(encoding="utf-8")
    for name in SCRIPTS:
        text = (HERE / "root" / name).read_text(encoding="utf-8")
        assert ("#GUARD#" in text) == (name in GUARDED)
        _write(about / name, text.replace("#GUARD#\n", guard), 0o755)
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"
        f"  {path.relative_to(tree)}\n"
        for path in sorted(tree.rglob("*"))
        if path.is_file() and not path.is_symlink() and about not in path.parents
    ]
    _write(about / "md5sums", "".join(sums))


def _owned(tree: Path, parts: list[Component]) -> list[control.Part]:
    """Return the parts with the files of each."""
    site = tree / HOME / "site"
    own = {"CPython": (f"{HOME}/bin/*", f"{HOME}/lib/*"), "Qt": (f"{HOME}/site/PySide6/Qt/*",)}
    found = []
    for part in parts:
        files = own.get(part.name) or tuple(
            f"{HOME}/site/{path.name}{'/*' if path.is_dir() else ''}"
            for path in sorted(site.iterdir())
            if stage.owner_of(path.name, part.name)
        )
        found.append(control.Part(part.name, files, part.licence))
    return sorted(found, key=lambda part: part.name == "Qt")  # the last that matches counts


def _settle(tree: Path, made: int) -> None:
    """Give every file plain rights and one time, so that two builds are equal."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        os.utime(path, (made, made), follow_symlinks=False)


def _size_kib(tree: Path) -> int:
    """Return the size of all files as Debian counts it: whole KiB for each, one for a folder."""
    return sum(
        1 if path.is_symlink() or path.is_dir() else -(-path.stat().st_size // 1024)
        for path in tree.rglob("*")
    )


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(target: Path, text: str, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    target.chmod(mode)


def _zip(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
