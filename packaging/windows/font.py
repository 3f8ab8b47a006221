"""The Hangul font that the package brings: NanumGothic, by the hash of its file.

It is taken when the package is built, not kept in the tree. Debian's `fonts-nanum` carries it, and
so does a wheel of the Python package index, to the byte; Windows has only the latter.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from system import Missing

NAME = "NanumGothic.ttf"
#: Version 3.020 of 2016, all 11,172 syllables, SIL Open Font License 1.1 (copyright NAVER Corp.).
SHA256 = "48a28e97b34fc8e5b157657633670cd1b7de126cfc414da65ce9c3d5bc8be733"
_DEBIAN = Path("/usr/share/fonts/truetype/nanum") / NAME
_WHEEL = "koreanize-matplotlib==0.1.1"
_INSIDE = f"koreanize_matplotlib/fonts/{NAME}"


def obtain(downloads: Path) -> bytes:
    """Return the font file; what is not the pinned one is refused.

    Raises:
        Missing: it could not be fetched, or is another file.
    """
    kept = downloads / NAME
    if kept.exists():
        content = kept.read_bytes()
    elif _DEBIAN.exists():
        content = _DEBIAN.read_bytes()
    else:
        content = _from_wheel()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise Missing(f"{NAME} is not the pinned font: SHA-256 {found}, wanted {SHA256}.")
    if not kept.exists():
        downloads.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
    return content


def _from_wheel() -> bytes:
    """Return the font out of the wheel; nothing of the wheel is run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
        ]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", _WHEEL]
        if subprocess.run(command, check=False).returncode != 0:
            raise Missing(f"{_WHEEL}, which carries {NAME}, could not be fetched; see above.")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(_INSIDE)
