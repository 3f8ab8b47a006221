"""What the installed program consists of: every package and part, with version, licence and origin.

The licence texts (`notices`) and the bill of materials (`sbom`) are written from the same list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any, Literal

from cyclonedx.spdx import is_expression
from packageurl import PackageURL
from packaging.utils import canonicalize_name

LICENCES = Path(__file__).resolve().parent / "licences"

_TEXT_NAMES = re.compile(r"(licen[sc]e|copying|notice|authors|contributors)", re.IGNORECASE)
_LOCK_LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)", re.MULTILINE)
_LOCK_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Unclear(Exception):
    """The list cannot be made; the text has each package and what to do about it."""


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lock fixes: the version, and the hashes of its files on every platform."""

    version: str
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the program that somebody else made, or the launcher we made.

    Attributes:
        name: as its makers spell it.
        version: as its makers count.
        licence: SPDX expression under which we take it.
        home: where it lives on the web; empty if unknown.
        purl: package URL, its identity in bills of materials.
        texts: file name and content of each licence text.
        sha256: hashes in hex; of the file we took, or of every file its lock allows.
        kind: what CycloneDX calls it.
        origin: where the file came from, for parts that no lock fixes.
        inside: name and version of what it carries without a package of its own.
    """

    name: str
    version: str
    licence: str
    home: str
    purl: str
    texts: tuple[tuple[str, str], ...]
    sha256: tuple[str, ...] = ()
    kind: Literal["library", "framework", "platform", "application", "file"] = "library"
    origin: str = ""
    inside: tuple[tuple[str, str], ...] = ()


def locked(lock: Path) -> dict[str, Locked]:
    """Return what a lock file fixes, by canonical name."""
    found: dict[str, Locked] = {}
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        line = _LOCK_LINE.search(block)
        if line is not None:
            hashes = tuple(sorted(_LOCK_HASH.findall(block)))
            found[canonicalize_name(line["name"])] = Locked(line["version"], hashes)
    return found


def distributions(
    site_packages: Path, lock: Path, *, also: Sequence[str] = (), shipped_only: bool = False
) -> list[Component]:
    """Return every package in a folder, in the order of their names.

    Args:
        site_packages: a folder with packages and their `*.dist-info`.
        lock: the lock they were installed from.
        also: names that are in the program though no lock of the program asks for them (the
            bootloader of a frozen program).
        shipped_only: leave out what the lock does not name, for a folder that holds the builders'
            tools as well; otherwise a package without lock is an error.

    Raises:
        Unclear: packages without a licence or its text, or that no lock names in this version.
    """
    fixed = locked(lock)
    named = _named()
    found: list[Component] = []
    unclear: list[str] = []
    for folder in sorted(site_packages.glob("*.dist-info")):
        dist = PathDistribution(folder)
        name = canonicalize_name(dist.metadata["Name"])
        entry = fixed.get(name)
        if entry is None and name not in also:
            if not shipped_only:
                unclear.append(f"{name}: {lock.name} does not name it; why is it there?")
            continue
        if entry is not None and entry.version != dist.version:
            unclear.append(f"{name}: {dist.version} is there, {lock.name} says {entry.version}")
            continue
        try:
            found.append(_component(folder, dist, entry, named.get(name, {})))
        except Unclear as error:
            unclear.append(str(error))
    if not found:
        unclear.append(f"{site_packages} holds no packages")
    if unclear:
        raise Unclear("\n".join(unclear))
    return sorted(found, key=lambda component: canonicalize_name(component.name))


def _named() -> dict[str, Any]:
    """Return the exceptions of licences/named.toml, by canonical name."""
    import tomllib  # not at the top: an older Python must reach the sentence that says so

    return tomllib.loads((LICENCES / "named.toml").read_text(encoding="utf-8"))


def _component(
    folder: Path, dist: PathDistribution, entry: Locked | None, named: Mapping[str, Any]
) -> Component:
    """Return one package as its metadata and our exceptions describe it.

    Raises:
        Unclear: no licence, or no text.
    """
    name = dist.metadata["Name"]
    licence = named.get("licence") or _expression(dist)
    texts = _ours(named["texts"]) if "texts" in named else _own_texts(folder)
    if not licence or not texts:
        lacks = "the text of its licence" if licence else "an SPDX name of its licence"
        raise Unclear(
            f"{canonicalize_name(name)}: its wheel lacks {lacks};"
            " read its licence and name it in packaging/licences/named.toml"
        )
    return Component(
        name=name,
        version=dist.version,
        licence=licence,
        home=_home(dist),
        purl=PackageURL("pypi", name=canonicalize_name(name), version=dist.version).to_string(),
        texts=tuple(texts),
        sha256=() if entry is None else entry.sha256,
        inside=tuple(_inside(folder)),
    )


def _expression(dist: PathDistribution) -> str:
    """Return the licence a package names, if it is an SPDX expression; empty otherwise."""
    for field in ("License-Expression", "License"):
        for value in dist.metadata.get_all(field) or []:
            if value and is_expression(value.strip()):
                return str(value).strip()
    return ""


def _own_texts(folder: Path) -> list[tuple[str, str]]:
    """Return the licence texts in a package's own metadata folder."""
    below = folder / "licenses"
    files = [path for path in folder.iterdir() if path.is_file() and _TEXT_NAMES.search(path.name)]
    files += [path for path in below.rglob("*") if path.is_file()] if below.is_dir() else []
    return [
        (path.relative_to(below if below in path.parents else folder).as_posix(), _text(path))
        for path in sorted(files)
        if _text(path).strip()
    ]


def _text(path: Path) -> str:
    """Return a text with Unix line ends; old names in old encodings lose at most their accents."""
    return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def _ours(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, _text(LICENCES / name)) for name in names]


def _home(dist: PathDistribution) -> str:
    """Return where a package lives, from whatever field it says that in."""
    links: dict[str, str] = {}
    for line in dist.metadata.get_all("Project-URL") or []:
        label, _comma, url = str(line).partition(",")
        links[label.strip().lower()] = url.strip()
    wanted = ("homepage", "home", "source", "repository", "source code", "code", "github")
    found = next((links[label] for label in wanted if label in links), "")
    old = [str(line) for line in dist.metadata.get_all("Home-page") or []]
    return found or next(iter([*old, *links.values()]), "")


def _inside(folder: Path) -> Iterable[tuple[str, str]]:
    """Return what a wheel says it has linked in, by its own bill of materials (PEP 770)."""
    for file in sorted((folder / "sboms").glob("*.json")):
        bill: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for part in bill.get("components", []):
            yield str(part["name"]), str(part.get("version", ""))


def qt(pyside: Component) -> Component:
    """Return Qt itself, which lies inside the wheel of PySide6 and has its version."""
    return Component(
        name="Qt",
        version=pyside.version,
        licence="LGPL-3.0-only",
        home="https://www.qt.io",
        purl=PackageURL("generic", name="qt", version=pyside.version).to_string(),
        texts=tuple(_ours(["LGPL-3.0-only.txt", "GPL-3.0-only.txt", "qt-third-party.txt"])),
        kind="framework",
        origin=f"inside {pyside.purl}",
    )


def cpython(version: str, licence_file: Path, *, sha256: str = "", origin: str = "") -> Component:
    """Return the Python runtime.

    Args:
        version: such as 3.13.2.
        licence_file: the LICENSE.txt that came with this runtime.
        sha256: of the archive it came in.
        origin: where that archive was taken from.
    """
    return Component(
        name="CPython",
        version=version,
        licence="PSF-2.0",
        home="https://www.python.org",
        purl=PackageURL("generic", name="cpython", version=version).to_string(),
        texts=(("LICENSE.txt", _text(licence_file)),),
        sha256=(sha256,) if sha256 else (),
        kind="platform",
        origin=origin,
    )


def font(version: str, copyright_file: Path, *, sha256: str = "", origin: str = "") -> Component:
    """Return the Hangul font NanumGothic.

    Args:
        version: of the package it was taken from.
        copyright_file: the `copyright` of that package, which holds the Open Font License.
        sha256: of the font file.
        origin: which package.

    Raises:
        Unclear: the file is not the font's licence.
    """
    text = _text(copyright_file)
    if "SIL OPEN FONT LICENSE" not in text.upper() or "NAVER" not in text.upper():
        raise Unclear(f"{copyright_file} is not the Open Font License of Nanum")
    return Component(
        name="NanumGothic",
        version=version,
        licence="OFL-1.1",
        home="https://hangeul.naver.com",
        purl=PackageURL("deb", "debian", "fonts-nanum", version).to_string(),
        texts=(("OFL-1.1.txt", text),),
        sha256=(sha256,) if sha256 else (),
        kind="file",
        origin=origin,
    )


def launcher(version: str, *, sha256: str = "") -> Component:
    """Return our own small native program that starts the interpreter."""
    licence = _text(LICENCES.parent.parent / "LICENSE")
    return Component(
        name="pos-app launcher",
        version=version,
        licence="Apache-2.0",
        home="",
        purl=PackageURL("generic", name="pos-app-launcher", version=version).to_string(),
        texts=(("LICENSE", licence),),
        sha256=(sha256,) if sha256 else (),
        kind="application",
        origin="packaging/windows",
    )
