"""The stage as an MSI: the frame of `product.wxs` around every folder and file, made by wixl.

wixl's own `wixl-heat` gives components new names and numbers each time; Windows Installer wants the
same file to be the same component in every version, and a second build wants the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from xml.etree import ElementTree as ET

from system import Missing

FRAME = Path(__file__).resolve().parent / "product.wxs"
#: The space of all numbers that are derived here; never changes.
SPACE = uuid.UUID("3f0a3a52-1f55-4a7e-9a39-3b7a6b3a6f9e")
_WIX = "http://schemas.microsoft.com/wix/2006/wi"


def number(*parts: str) -> str:
    """Return the GUID that belongs to these words, always the same one."""
    return str(uuid.uuid5(SPACE, "/".join(parts))).upper()


def _id(prefix: str, path: str) -> str:
    """Return an identifier of Windows Installer for a path: letters, digits, not too long."""
    return f"{prefix}{hashlib.sha256(path.encode()).hexdigest()[:32]}"


def fragment(stage: Path, seen_from: Path) -> ET.ElementTree[ET.Element]:
    """Return the WiX fragment of everything in the stage; files are named from `seen_from`.

    Each file is a component of its own, so that a repair mends just what is broken. Each folder is
    removed with the last of it; Windows Installer leaves a folder of folders otherwise.
    """
    root = ET.Element("Wix", {"xmlns": _WIX})
    folders = ET.SubElement(root, "Fragment")
    groups = ET.SubElement(root, "Fragment")
    group = ET.SubElement(groups, "ComponentGroup", {"Id": "Files"})
    places = {"": ET.SubElement(folders, "DirectoryRef", {"Id": "INSTALLDIR"})}
    for path in sorted(stage.rglob("*")):
        name = path.relative_to(stage).as_posix()
        parent = places[name.rpartition("/")[0]]
        if path.is_dir():
            places[name] = ET.SubElement(
                parent, "Directory", {"Id": _id("D", name), "Name": path.name}
            )
            _removing(places[name], name, group)
        else:
            _file(parent, name, path.relative_to(seen_from), group)
    return ET.ElementTree(root)


def _component(parent: ET.Element, name: str, kind: str, group: ET.Element) -> ET.Element:
    """Add a component to a folder and to the group of all."""
    about = {"Id": _id(kind, name), "Guid": number(kind, name), "Win64": "yes"}
    ET.SubElement(group, "ComponentRef", {"Id": about["Id"]})
    return ET.SubElement(parent, "Component", about)


def _file(parent: ET.Element, name: str, path: Path, group: ET.Element) -> None:
    """Add one file."""
    component = _component(parent, name, "C", group)
    about = {"Id": _id("F", name), "KeyPath": "yes", "Source": str(path), "Name": path.name}
    ET.SubElement(component, "File", about)


def _removing(folder: ET.Element, name: str, group: ET.Element) -> None:
    """Say that a folder goes when the program goes."""
    component = _component(folder, name, "R", group)
    about = {"Id": _id("X", name), "On": "uninstall"}
    ET.SubElement(component, "RemoveFolder", about)


def make(
    stage: Path,
    target: Path,
    version: str,
    *,
    work: Path,
    icon: Path,
    in_the_way: Path,
    source_date: int,
    frame: Path = FRAME,
) -> None:
    """Write the MSI.

    Args:
        work: holds stage, icon and `in_the_way`: wixl takes no path from the root.
        stage: the folder as it will lie on the PC; the times of its files go into the MSI.
        target: the file to write.
        version: three numbers with points.
        icon: an .ico file.
        in_the_way: the program that asks whether the terminal is running.
        source_date: the only time that goes into the file, in seconds since 1970.
        frame: what stands around the files.

    Raises:
        Missing: wixl is not installed or does not take what it is given.
    """
    wixl = shutil.which("wixl")
    if wixl is None:
        raise Missing("wixl is missing: msitools (packaging/windows/README.md).")
    files = work / "files.wxs"
    fragment(stage, work).write(files, encoding="utf-8", xml_declaration=True)
    defines = {
        "Version": version,
        "Icon": icon.relative_to(work),
        "InTheWay": in_the_way.relative_to(work),
        "ProductCode": number("product", version),
        "PackageCode": number("package", version, _contents(stage)),
    }
    command = [wixl, "--arch", "x64", "--output", str(target)]
    for name, value in defines.items():
        command += ["-D", f"{name}={value}"]
    command += [os.path.relpath(frame, work), files.name]
    try:
        _call(command, work, source_date)
        _finish(target, str(defines["PackageCode"]), work, source_date)
    except Missing:
        target.unlink(missing_ok=True)
        raise


#: What the MSI says in Korean, by the name that stands for it in `product.wxs`.
CONDITIONS = {
    "NEWER": "더 새로운 버전이 이미 설치되어 있습니다. 이 버전은 새 버전의 장부를 읽을 수 없으므로"
    " 설치하지 않았습니다. 새 버전의 설치 파일을 쓰세요.",
    "NOT_64_BIT": "이 프로그램은 64비트 Windows 10과 11에서 실행됩니다.",
    "NO_RIGHTS": "설치하거나 제거하려면 관리자 권한이 필요합니다. 아무것도 바뀌지 않았습니다.",
}
NAME = "키인 단말기"
#: Names of files, "short|long", by the shortcut that has them.
SHORTCUTS = {
    "MenuEntry": f"KEYIN|{NAME}",
    "DesktopEntry": f"KEYIN|{NAME}",
    "PracticeEntry": f"PRACTICE|{NAME} (연습)",
}
#: Of Windows Installer ("Code Page Handling"): Korean. Words are stored in it.
_CODE_PAGE = "\r\n\r\n949\t_ForceCodepage\r\n"
#: Between InstallInitialize and InstallFinalize: within the transaction, so that a failure brings
#: the old version back. wixl removes it before the new one is begun.
_ORDER = (
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 1501"
    " WHERE `Action` = 'RemoveExistingProducts'"
)


def _finish(target: Path, package_code: str, work: Path, source_date: int) -> None:
    """Set right what wixl decides by itself: number and language of the MSI, order, words."""
    about = [NAME, "pos-app", "x64;1042", f"{{{package_code}}}"]
    page = work / "_ForceCodepage.idt"
    page.write_bytes(_CODE_PAGE.encode())
    changes = [
        _ORDER,
        _change("Property", "Value", NAME, "Property", "ProductName"),
        _change("Directory", "DefaultDir", f"KEYIN|{NAME}", "Directory", "MenuFolder"),
        *(_change("Shortcut", "Name", w, "Shortcut", which) for which, w in SHORTCUTS.items()),
        *(
            _change("LaunchCondition", "Description", words, "Description", which)
            for which, words in CONDITIONS.items()
        ),
    ]
    # (one call each: behind some of its options the tool loses its place)
    for step in (["-s", *about], ["-i", str(page)], *(["-q", change] for change in changes)):
        _call(["msibuild", str(target), *step], work, source_date)


def _change(table: str, column: str, words: str, key: str, value: str) -> str:
    """Return the statement that puts words into a row; all of them are constants of ours."""
    return f"UPDATE `{table}` SET `{column}` = '{words}' WHERE `{key}` = '{value}'"  # noqa: S608


def _call(command: list[str], folder: Path, source_date: int) -> None:
    """Run one of the msitools, at the hour of the last commit where `faketime` is there."""
    pretender = shutil.which("faketime")
    if pretender is not None:
        moment = dt.datetime.fromtimestamp(source_date, dt.UTC)
        command = [pretender, "-f", f"{moment:%Y-%m-%d %H:%M:%S}", *command]
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=folder, check=False, env=environment, capture_output=True, text=True
    )
    # They pass over what they do not know with a warning; a part of the MSI would be missing.
    if done.returncode != 0 or done.stderr.strip():
        tool = Path(command[0]).name
        raise Missing(f"The MSI could not be made ({tool}): {done.stderr[-2000:]}")


def _contents(stage: Path) -> str:
    """Return a hash over everything in the stage: another content is another package."""
    digest = hashlib.sha256()
    for path in sorted(stage.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(stage).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
