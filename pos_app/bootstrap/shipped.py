"""Whether the installed program is as it was shipped: each file against the manifest beside it.

The builders write `manifest.sha256` at the top of the installed tree (packaging/checksums.py), in
the form of `sha256sum`: a hash and a path a line. This finds damage, a half-done upgrade, a stray
library, and a hand that changed one file (PCI DSS 11.5.2). Who may write there may write the
manifest, too; so its own hash is told, to be held against the one of the release.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MANIFEST = "manifest.sha256"

#: How far above the package or the executable the top of an installed tree can be: `app/pos_app` on
#: Windows, `_internal/pos_app` in a frozen program.
_LEVELS_UP = 2

#: Made by the installer on the spot, and so in no manifest.
MADE_BY_SETUP = frozenset({"uninstall.exe"})

#: A manifest of this program has some thousand lines; more than this is none.
_MANIFEST_MAX_BYTES = 8_000_000

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; paths have slashes and count from the top of the installed tree.

    Attributes:
        files: how many files the manifest names.
        fingerprint: SHA-256 of the manifest in hex.
        changed: files with other bytes, or that cannot be read.
        missing: files that are gone.
        added: files nobody shipped.
    """

    files: int
    fingerprint: str
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]


class BrokenManifest(Exception):
    """The manifest cannot be read or is none; the text says where."""


def package_folder() -> Path:
    """Return the folder this program's code lies in."""
    return Path(__file__).resolve().parent.parent


def is_installed(package: Path | None = None) -> bool:
    """Return whether this runs from an installer's tree rather than from sources or a wheel.

    A frozen program says so itself; the interpreter of the Windows tree is isolated by its `._pth`
    file, which no other way of starting us does beside sources.
    """
    folder = package_folder() if package is None else package
    if (folder.parent / "pyproject.toml").exists():
        return False
    return bool(getattr(sys, "frozen", False)) or bool(sys.flags.isolated)


def find_manifest(package: Path | None = None) -> Path | None:
    """Return the manifest of the tree this program was installed in, None where there is none.

    Args:
        package: where the code lies; None for this program's own.
    """
    starts = [package_folder() if package is None else package]
    if package is None and getattr(sys, "frozen", False):
        starts.append(Path(sys.executable).resolve().parent)
    for start in starts:
        for folder in (start, *list(start.parents)[:_LEVELS_UP]):
            if (folder / MANIFEST).is_file():
                return folder / MANIFEST
    return None


def inspect(manifest: Path) -> Inspection:
    """Read every file of the installed tree and compare; takes as long as reading 100 MB does.

    Raises:
        BrokenManifest: the manifest is damaged or unreadable.
    """
    content = _content(manifest)
    shipped = dict(_entries(content))
    if not shipped:
        raise BrokenManifest(f"{manifest}: empty")
    top = manifest.parent
    there = set(_walk(top))
    return Inspection(
        files=len(shipped),
        fingerprint=hashlib.sha256(content).hexdigest(),
        changed=tuple(
            path
            for path, digest in shipped.items()
            if path in there and _hash(top / path) != digest
        ),
        missing=tuple(path for path in shipped if path not in there),
        added=tuple(sorted(there - shipped.keys() - MADE_BY_SETUP)),
    )


def _content(manifest: Path) -> bytes:
    try:
        with manifest.open("rb") as file:
            content = file.read(_MANIFEST_MAX_BYTES + 1)
    except OSError as error:
        raise BrokenManifest(f"{manifest}: {error.strerror}") from error
    if len(content) > _MANIFEST_MAX_BYTES:
        raise BrokenManifest(f"{manifest}: too long")
    return content


def _entries(content: bytes) -> Iterator[tuple[str, str]]:
    """Return path and hash of each line; a path that leads out of the tree is no path."""
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError as error:
        raise BrokenManifest("not UTF-8") from error
    if lines[-1]:
        raise BrokenManifest(f"line {len(lines)}: cut off")
    for number, line in enumerate(lines[:-1], 1):
        match = _LINE.fullmatch(line)
        if match is None or _leads_out(match[2]):
            raise BrokenManifest(f"line {number}")
        yield match[2], match[1]


def _leads_out(path: str) -> bool:
    """Return whether a path of the manifest leaves its tree, on this system or another."""
    return "\\" in path or ":" in path or path.startswith("/") or ".." in PurePosixPath(path).parts


def _walk(top: Path) -> Iterator[str]:
    """Return every file below the top but the manifest; links to folders are not followed."""
    for where, _folders, names in os.walk(top):
        for name in names:
            path = Path(where, name).relative_to(top).as_posix()
            if path != MANIFEST:
                yield path


def _hash(file: Path) -> str:
    """Return the hash of a file; nothing that a manifest names where it cannot be read."""
    try:
        if not file.is_file():
            return ""
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
