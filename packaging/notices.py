"""The licence texts that go with the program, and the notice that Qt's licence asks for.

In the installed tree: `THIRD-PARTY-NOTICES.txt`, the overview, and `licences/` with a folder for
each part. In the folder `Qt` stands in Korean and English how anybody replaces those libraries.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from components import LICENCES, Component, Unclear

OVERVIEW = "THIRD-PARTY-NOTICES.txt"
FOLDER = "licences"

_QT_LIBRARY = re.compile(
    r"(Qt6\w+|pyside6[\w.]*|shiboken6[\w.]*)\.dll|lib(Qt6\w+|pyside6|shiboken6)[\w.-]*\.so[\w.]*"
)
_HEAD = """\
pos-app {version}

Licensed under the Apache License 2.0 ({folder}/pos-app/LICENSE).
It stands on the work of others. This list names every part that is installed with it, the licence
under which it is used, and where it lives; the texts are in the folder "{folder}".

이 프로그램과 함께 설치되는 다른 저작자의 부분과 그 사용 허가입니다.
전문은 "{folder}" 폴더에 있습니다.
Qt를 바꾸는 방법과 소스를 받는 방법은 {folder}/Qt/qt-notice.ko.txt에 있습니다.

"""


def qt_libraries(stage: Path) -> list[str]:
    """Return the dynamic libraries of Qt and PySide6 in a tree, by their paths with slashes."""
    return sorted(
        path.relative_to(stage).as_posix()
        for path in stage.rglob("*")
        if _QT_LIBRARY.fullmatch(path.name) and path.is_file()
    )


def write_notices(stage: Path, components: Sequence[Component], *, version: str) -> Path:
    """Write the overview and all licence texts into a stage; return the overview's path.

    Args:
        stage: the top of the tree that will be installed.
        components: what is in it (packaging/components.py).
        version: of the program.

    Raises:
        Unclear: a part without a text, two parts of one name, or no Qt libraries where they are
            expected: then the notice would be wrong.
    """
    names = [component.name for component in components]
    twice = sorted({name for name in names if names.count(name) > 1})
    bare = sorted(component.name for component in components if not component.texts)
    if twice or bare:
        raise Unclear(f"named twice: {twice}; without a licence text: {bare}")
    target = stage / FOLDER
    if target.exists():
        shutil.rmtree(target)
    own = LICENCES.parent.parent / "LICENSE"
    _write(target / "pos-app" / "LICENSE", own.read_text(encoding="utf-8"))
    for component in components:
        for name, text in component.texts:
            _write(target / component.name / _flat(name), text)
    _write_qt_notice(stage, target / "Qt", components)
    overview = stage / OVERVIEW
    _write(overview, _HEAD.format(version=version, folder=FOLDER) + _table(components))
    return overview


def _table(components: Sequence[Component]) -> str:
    """Return one paragraph a part."""
    paragraphs = []
    for one in sorted(components, key=lambda component: component.name.lower()):
        lines = [f"{one.name} {one.version}", f"  licence: {one.licence}"]
        lines += [f"  home: {one.home}"] if one.home else []
        parts = ", ".join(f"{name} {version}" for name, version in one.inside)
        lines += [f"  inside: {parts}"] if parts else []
        lines += [f"  text: {FOLDER}/{one.name}/{_flat(name)}" for name, _text in one.texts]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n"


def _write_qt_notice(stage: Path, folder: Path, components: Sequence[Component]) -> None:
    """Write in both languages which libraries are Qt's, how to replace them, where the source is.

    Raises:
        Unclear: Qt is among the components without libraries in the tree, or the other way round.
    """
    version = next((one.version for one in components if one.name == "Qt"), None)
    libraries = qt_libraries(stage)
    if version is None or not libraries:
        raise Unclear(f"Qt {version} is named, and {len(libraries)} of its libraries are there")
    files = "\n".join(f"  {path}" for path in libraries)
    for language in ("ko", "en"):
        name = f"qt-notice.{language}.txt"
        text = (LICENCES / name).read_text(encoding="utf-8")
        _write(folder / name, text.format(version=version, files=files))


def _flat(name: str) -> str:
    """Return a file name without folders, so that paths stay short on Windows."""
    return "-".join(PurePosixPath(name).parts)


def _write(file: Path, text: str) -> None:
    """Write UTF-8 with Unix line ends on every system: equal stages have equal bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
