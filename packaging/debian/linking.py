"""What the compiled files of a tree ask of the system: libraries, and how new a glibc."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)$", re.MULTILINE)
_SONAME = re.compile(r"^\s+SONAME\s+(\S+)$", re.MULTILINE)
_GLIBC = re.compile(r"\bGLIBC_(\d+(?:\.\d+)+)\b")
_ELF = b"\x7fELF"


@dataclass(frozen=True, slots=True)
class Linking:
    """What is asked and what is there.

    Attributes:
        needed: sonames that a file asks for.
        bundled: sonames and names of the files themselves.
        glibc: the newest symbol version asked for, such as "2.35".
    """

    needed: frozenset[str]
    bundled: frozenset[str]
    glibc: str


def newest(versions: Iterable[str]) -> str:
    """Return the newest of dotted versions, "0" for none."""
    return max(versions, key=lambda text: [int(part) for part in text.split(".")], default="0")


def read(private: str, dynamic: str, names: Iterable[str]) -> Linking:
    """Read what `objdump -p` and `objdump -T` say of files with these names."""
    return Linking(
        needed=frozenset(_NEEDED.findall(private)),
        bundled=frozenset(_SONAME.findall(private)) | frozenset(names),
        glibc=newest(_GLIBC.findall(dynamic)),
    )


def compiled_files(tree: Path) -> list[Path]:
    """Return the programs and libraries below a folder, in order."""
    return [path for path in sorted(tree.rglob("*")) if path.is_file() and _is_elf(path)]


def linking_of(tree: Path) -> Linking:
    """Read every compiled file below a folder; needs binutils."""
    files = compiled_files(tree)
    said = [
        subprocess.run(["objdump", flag, *files], check=True, capture_output=True, text=True).stdout
        for flag in ("-p", "-T")
    ]
    return read(said[0], said[1], [file.name for file in files])


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF
