"""Folders with packages as a wheel leaves them, and the lock they came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HEAD = "# Written by `python3 packaging/dev.py lock`; do not edit.\n"


def wheel(lib: Path, name: str, *fields: str, texts: Mapping[str, str] | None = None) -> None:
    """Lay the metadata of a package, version 1.0, into a folder."""
    folder = lib / f"{name.replace('-', '_')}-1.0.dist-info"
    folder.mkdir(parents=True)
    lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *fields]
    (folder / "METADATA").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    for path, text in (texts or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def lock(folder: Path, *names: str) -> Path:
    """Write a lock that names these packages in version 1.0."""
    file = folder / "run.lock"
    blocks = [
        f"{name}==1.0 ; sys_platform == 'win32' \\\n"
        f"    --hash=sha256:{number:064x} \\\n    --hash=sha256:{number + 100:064x}\n"
        for number, name in enumerate(names)
    ]
    file.write_text(HEAD + "".join(blocks), encoding="utf-8")
    return file
