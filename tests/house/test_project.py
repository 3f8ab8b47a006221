"""Dependencies have reasons, and the locks are what pyproject.toml asks for."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, Source, planted, sources

PYPROJECT = ROOT / "pyproject.toml"
KINDS = ("run", "build", "dev")
LOCKS = {kind: ROOT / "packaging" / "requirements" / f"{kind}.lock" for kind in KINDS}


@cache
def project() -> dict[str, Any]:
    """Return pyproject.toml as it parses."""
    return tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))


def group(name: str) -> list[str]:
    """Return what a dependency group asks for, with the groups it includes."""
    lines: list[str] = []
    for line in project()["dependency-groups"][name]:
        lines += [line] if isinstance(line, str) else group(line["include-group"])
    return lines


def asked(kind: str) -> list[Requirement]:
    """Return what pyproject.toml asks for: to run, and to build or to develop."""
    lines = list(project()["project"]["dependencies"])
    lines += [] if kind == "run" else group(kind)
    return [Requirement(line) for line in lines]


def pins(text: str) -> dict[str, str]:
    """Return the versions a lock fixes, by canonical name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def lock_tool() -> ModuleType:
    """Return packaging/locks.py, which no import reaches (the folder is no package)."""
    spec = importlib.util.spec_from_file_location("locks", ROOT / "packaging" / "locks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_reason(text: str) -> list[str]:
    """Return the dependencies that have no comment line right above them."""
    lines = text.splitlines()
    return [
        line.strip()
        for number, line in enumerate(lines)
        if re.match(r'\s+"[A-Za-z0-9._-]+\s*(\[.*\])?\s*[<>=~!]', line)
        and not re.match(r"\s+# .{15,}", lines[number - 1])
    ]


def test_every_dependency_says_why() -> None:
    bare = without_reason(PYPROJECT.read_text(encoding="utf-8"))
    assert not bare, "each dependency is somebody else's code in a money program; why? " + str(bare)


def test_a_dependency_without_reason_is_seen() -> None:
    assert without_reason('dependencies = [\n    "left-pad>=1",\n]') == ['"left-pad>=1",']
    assert not without_reason("x = [\n    # Pads text on the left side.\n    'left-pad>=1',\n]")


@pytest.mark.parametrize("kind", KINDS)
def test_the_lock_is_made_from_this_pyproject(kind: str) -> None:
    head = LOCKS[kind].read_text(encoding="utf-8").splitlines()[:2]
    expected = f"# pyproject.toml: {lock_tool().fingerprint(ROOT)}"
    assert expected in head, "run `packaging/dev.py lock`: what is installed is not what is asked"


@pytest.mark.parametrize("kind", KINDS)
def test_the_lock_fixes_every_dependency_in_its_range(kind: str) -> None:
    fixed = pins(LOCKS[kind].read_text(encoding="utf-8"))
    wrong = [
        str(wanted)
        for wanted in asked(kind)
        if not wanted.specifier.contains(fixed.get(canonicalize_name(wanted.name), "0"))
    ]
    assert not wrong


@pytest.mark.parametrize("kind", KINDS)
def test_every_locked_file_has_a_hash_and_no_registry_is_named(kind: str) -> None:
    text = LOCKS[kind].read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?:|file:|index|find-links|@ ", text)


def test_the_tests_run_what_the_shop_runs() -> None:
    run, build, dev = (pins(LOCKS[kind].read_text(encoding="utf-8")) for kind in KINDS)
    assert run.items() <= build.items() <= dev.items()


#: Our packages, and the modules of `packaging/`, which find each other by their bare names.
PACKAGING = (ROOT / "packaging").rglob("*.py")
OURS = {"pos_app", "tests"} | {name for path in PACKAGING for name in (path.stem, path.parent.name)}


def imported(source: Source) -> set[str]:
    """Return the top names of everything a file imports that is not its own or Python's."""
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - OURS


@pytest.mark.parametrize(
    ("top", "kind"), [("pos_app", "run"), ("packaging", "dev"), ("tests", "dev")]
)
def test_what_is_imported_is_asked_for(top: str, kind: str) -> None:
    owners = {**packages_distributions(), "win32ctypes": ["pywin32-ctypes"]}  # not there on Linux
    wanted = {canonicalize_name(requirement.name) for requirement in asked(kind)}
    foreign = {
        f"{source.where}: {name}"
        for source in sources(top)
        for name in imported(source)
        if not {canonicalize_name(owner) for owner in owners.get(name, [name])} & wanted
    }
    assert not foreign, "it is there only because something else brings it:\n" + "\n".join(
        sorted(foreign)
    )


def test_an_import_is_told_from_our_own_and_pythons() -> None:
    text = "import os\nimport left_pad.core\nfrom pos_app import x\nfrom . import y\n"
    assert imported(planted("pos_app/x.py", text)) == {"left_pad"}
