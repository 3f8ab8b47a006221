r"""The stage: the folder as it will lie on a shop's PC, file by file.

pos-app.exe  pos-app-cli.exe     start the terminal, with a window or at a prompt
runtime\                         Python
lib\                             the locked wheels, pruned, as bytecode
app\                             pos_app with its resources and the font
licences\                        whose work this is, with THIRD-PARTY-NOTICES.txt
sbom.cdx.json  manifest.sha256   what is in it, and that it is whole
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import components
import notices
import sbom
from components import LICENCES, Component
from system import Missing

from windows import bytecode, font, launchers, runtime, wheels

#: Everything below the install folder that the installer lays down: setup.nsi removes just these.
TOP = ("app", "lib", "licences", "runtime")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be built.

    Attributes:
        root: the top of the source tree.
        work: scratch folder; the stage is made in it.
        version: three numbers with points.
        release: for shops: no runtime but the release's.
    """

    root: Path
    work: Path
    version: str
    release: bool

    @property
    def stage(self) -> Path:
        """Return the folder that becomes the installed program."""
        return self.work / "stage"

    @property
    def downloads(self) -> Path:
        """Return what is kept from build to build, each file checked by its hash when used."""
        return self.root / "build" / "downloads"


def tree_version(root: Path) -> str:
    """Return the version that the tree says it is."""
    text = (root / "pos_app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None or not _VERSION.fullmatch(found[1]):
        raise Missing("pos_app/__init__.py names no version of three numbers.")
    return found[1]


def source_date(root: Path) -> int:
    """Return the second of the last commit: the only time that a package carries."""
    command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if answer.returncode != 0:
        raise Missing("This is no git clone: the time of the last commit is not known.")
    return int(answer.stdout)


def tracked(root: Path, folder: str) -> list[Path]:
    """Return the files below `folder` that belong to the project, not what lies about there."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    command += ["--exclude-standard", "--", folder]
    answer = subprocess.run(command, check=False, capture_output=True)
    if answer.returncode != 0:
        raise Missing("This is no git clone: which files belong to the project is not known.")
    names = answer.stdout.decode().split("\0")
    return [root / name for name in sorted(names) if name and (root / name).is_file()]


def lay_app(plan: Plan, target: Path) -> None:
    """Copy the program and its resources as a wheel carries them (`pos_app/resources.py`)."""
    for folder, place in (("pos_app", target), ("resources", target / "_resources")):
        for source in tracked(plan.root, folder):
            copy = place / source.relative_to(plan.root / folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    (target / "_resources" / "fonts").mkdir(exist_ok=True)
    (target / "_resources" / "fonts" / font.NAME).write_bytes(font.obtain(plan.downloads))
    about = target / "__init__.py"
    text = about.read_text(encoding="utf-8")
    about.write_text(text.replace(tree_version(plan.root), plan.version), encoding="utf-8")


def make(plan: Plan, icon: Path) -> Path:
    """Make the stage anew, unsigned and without its manifest, and return its folder.

    Raises:
        Missing: something could not be fetched or built; what was there before is gone.
        Unclear: a part says nothing of its licence.
    """
    if not _VERSION.fullmatch(plan.version):
        raise Missing(f"{plan.version!r} is no version of three numbers.")
    shutil.rmtree(plan.stage, ignore_errors=True)
    plan.stage.mkdir(parents=True)
    python = runtime.obtain(plan.downloads, release=plan.release)
    python.lay_down(plan.stage / "runtime", ("..\\lib", "..\\app"))
    lock = plan.root / "packaging" / "requirements" / "run.lock"
    parts = wheels.install(lock, plan.stage / "lib")
    wheels.prune(plan.stage / "lib")
    lay_app(plan, plan.stage / "app" / "pos_app")
    scratch = plan.work / "scratch"
    bytecode.compile_ahead(plan.stage, bytecode.find_interpreter(python, scratch))
    launchers.build(plan.stage, scratch, plan.version, icon)
    parts += _other_parts(plan, python, parts)
    notices.write_notices(plan.stage, parts, version=plan.version)
    moment = source_date(plan.root)
    sbom.write_bill(plan.stage, parts, version=plan.version, built_s=moment)
    return plan.stage


def _other_parts(
    plan: Plan, python: runtime.Runtime, wheels_there: list[Component]
) -> list[Component]:
    """Return what is in the stage and came in no wheel."""
    (pyside,) = (part for part in wheels_there if part.name.lower().startswith("pyside6"))
    licence = plan.stage / "runtime" / "LICENSE.txt"
    pin = python.pin
    return [
        components.qt(pyside),
        components.cpython(pin.version, licence, sha256=pin.sha256, origin=pin.source),
        components.font("3.020", LICENCES / "nanum-gothic.txt", sha256=font.SHA256),
        components.launcher(plan.version),
    ]
