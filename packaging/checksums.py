"""Checksums: of a whole tree of files, of what is handed out, and what two trees differ in.

All files are written as `sha256sum` reads them, so that anybody can check without a tool of ours:

    cd /opt/pos-app && sha256sum --check manifest.sha256

Paths in them have slashes on every system and stand in the order of their bytes, so that equal
trees have equal manifests.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.sha256"
"""Beside the installed program; `pos-app doctor` looks for it (pos_app/bootstrap/shipped.py)."""

SUMS = "SHA256SUMS"
"""Beside the installers."""


class Unlistable(Exception):
    """A file cannot stand in a list of checksums; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree: its size in bytes and the SHA-256 of its bytes in hex."""

    size: int
    sha256: str


Tree = Mapping[str, Entry]


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_hash(folder: Path) -> dict[str, Entry]:
    """Return every file below a folder, by its path with slashes, in the order of their bytes.

    A manifest at the top is left out: it cannot hold its own hash. A link to a file counts as the
    file it leads to.

    Raises:
        Unlistable: a name holds a line break or a backslash, or a link leads nowhere.
    """
    found: dict[str, Entry] = {}
    for where, _folders, names in os.walk(folder):
        for name in names:
            file = Path(where, name)
            path = file.relative_to(folder).as_posix()
            if path == MANIFEST:
                continue
            if any(sign in path for sign in "\n\r\\"):
                raise Unlistable(f"{path!r}: a line break or a backslash in a name")
            if not file.is_file():
                raise Unlistable(f"{path}: no file, and no link to one")
            found[path] = Entry(file.stat().st_size, sha256(file))
    return dict(sorted(found.items(), key=lambda item: item[0].encode()))


def fingerprint(tree: Tree) -> str:
    """Return one SHA-256 for a whole tree: that of its manifest."""
    return hashlib.sha256(manifest_text(tree).encode()).hexdigest()


def manifest_text(tree: Tree) -> str:
    """Return a tree as `sha256sum` writes it."""
    return "".join(f"{entry.sha256}  {path}\n" for path, entry in tree.items())


def write_manifest(folder: Path) -> Path:
    """Write the manifest of a folder into it and return its path; the last step of a stage.

    Raises:
        Unlistable: see `tree_hash`; or the folder is empty.
    """
    tree = tree_hash(folder)
    if not tree:
        raise Unlistable(f"{folder} holds no files: there is nothing to ship")
    target = folder / MANIFEST
    target.write_bytes(manifest_text(tree).encode())
    return target


def write_sums(files: Iterable[Path], folder: Path) -> Path:
    """Write `SHA256SUMS` of finished files into the folder they lie in and return its path.

    Raises:
        Unlistable: a file lies elsewhere, or there is none.
    """
    tree: dict[str, Entry] = {}
    for file in sorted(files):
        if file.parent.resolve() != folder.resolve() or not file.is_file():
            raise Unlistable(f"{file}: not a file in {folder}")
        tree[file.name] = Entry(file.stat().st_size, sha256(file))
    if not tree:
        raise Unlistable(f"no finished files in {folder}")
    target = folder / SUMS
    target.write_bytes(manifest_text(tree).encode())
    return target


def compare(ours: Tree | Path, theirs: Tree | Path, *, allowed: Iterable[str] = ()) -> list[str]:
    """Return every difference of two trees as a line for people; nothing where they are equal.

    Args:
        ours: a folder or a tree: what ought to be.
        theirs: a folder or a tree: what is.
        allowed: paths that may be in `theirs` only, such as an uninstaller.
    """
    one = tree_hash(ours) if isinstance(ours, Path) else ours
    other = tree_hash(theirs) if isinstance(theirs, Path) else theirs
    lines = [f"{path}: missing" for path in one if path not in other]
    lines += [f"{path}: too much" for path in other if path not in one and path not in allowed]
    for path in one.keys() & other.keys():
        was, now = one[path], other[path]
        if was.size != now.size:
            lines.append(f"{path}: {was.size} bytes became {now.size}")
        elif was.sha256 != now.sha256:
            lines.append(f"{path}: same size, other bytes")
    return sorted(lines)
