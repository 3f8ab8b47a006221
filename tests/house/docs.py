"""Documents name things that exist: paths, modules, functions, commands, links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.tree import ROOT, Finding, dotted

TOPS = ("pos_app", "resources", "tests", "packaging", ".ci")
#: Made while working, not kept: `dev.py run` without a display, and the environment itself.
MADE_LATER = ("demonstration", ".venv")

_FENCE = re.compile(r"^(```|~~~)")
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(
    r"(?<![\w./:-])(?:\.{1,2}/)*[\w.-]+(?:/[\w.*-]+)+/?|(?<![\w./-])[\w-]+\.(?:py|md|toml|sh|lock|po)\b"
)
_DOTTED = re.compile(r"\b(?:pos_app|tests)(?:\.[A-Za-z_]\w*)+")
_MODULE = re.compile(r"python3? -m ([\w.]+)")
_COMMAND = re.compile(r"(?:\bpos-app|-m pos_app)\s+([a-z][a-z-]+)")
_DEV = re.compile(r"packaging/dev\.py\s+([a-z]+(?:-[a-z]+)*)")
_HOP = re.compile(r"^(\d+)\.\s+`([\w/]+\.py)`\s+`([\w.]+)(?:\(\))?`")


def code_of(text: str) -> Iterator[tuple[int, str]]:
    """Return what a document sets as code, with its line: spans, fences and indented blocks."""
    fenced = False
    before = ""
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line.strip()):
            fenced = not fenced
        elif fenced or (line.startswith("    ") and (not before.strip() or before[:4] == "    ")):
            yield number, line
        else:
            for span in _SPAN.findall(line):
                yield number, span
        before = line


@cache
def commands() -> frozenset[str]:
    """Return the commands the program knows: the names given to `add_parser`."""
    found: set[str] = set()
    files = [ROOT / "pos_app" / "cli.py", *(ROOT / "pos_app" / "cli").glob("*.py")]
    for file in files:
        if file.exists():
            found |= _parsers(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(found)


def _parsers(tree: ast.Module) -> set[str]:
    """Return the literal names handed to `add_parser` anywhere in a module."""
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func).endswith("add_parser")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@cache
def dev_verbs() -> frozenset[str]:
    """Return the verbs of packaging/dev.py."""
    tree = ast.parse((ROOT / "packaging" / "dev.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "VERBS":
            assert isinstance(node.value, ast.Dict)
            return frozenset(ast.literal_eval(key) for key in node.value.keys if key is not None)
    raise AssertionError("packaging/dev.py has no VERBS any more")


def path_exists(name: str, folder: Path) -> bool:
    """Return whether a path in a document is there: from the root, the document, or pos_app."""
    if name.split("/", maxsplit=1)[0] in MADE_LATER:
        return True
    for base in (ROOT, folder, ROOT / "pos_app"):
        plain = base / name
        if plain.exists() or ("*" in name and any(base.glob(name.rstrip("/")))):
            return True
    return False


def _is_ours(name: str, folder: Path) -> bool:
    """Return whether a word with slashes or an ending means a file of this tree."""
    if any(sign in name for sign in "{<$") or name.startswith(("http", "/", "~")):
        return False
    first = name.lstrip("./").split("/")[0]
    if "/" not in name:
        return Path(name).suffix in {".py", ".md", ".sh"}
    return first in TOPS or (folder / first).is_dir() or (ROOT / "pos_app" / first).is_dir()


def dotted_exists(name: str) -> bool:
    """Return whether `pos_app.x.y.Name.attribute` names a module, and things defined in it."""
    parts = name.split(".")
    place = ROOT
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").exists():
        place = place / f"{parts.pop(0)}.py"
    else:
        place = place / "__init__.py"
    if not place.exists():
        return not parts and place.parent.is_dir()
    return defines(place, ".".join(parts)) if parts else True


def defines(file: Path, qualified: str) -> bool:
    """Return whether a module defines a name such as `Desk.charge`, or brings it from elsewhere."""
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    for part in qualified.split("."):
        found = next((node for node in body if part in _names(node)), None)
        if found is None:
            return False
        body = found.body if isinstance(found, ast.ClassDef) else []
    return True


def _names(node: ast.stmt) -> set[str]:
    """Return the names a statement brings into being."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {dotted(target) for target in node.targets}
    if isinstance(node, ast.AnnAssign):
        return {dotted(node.target)}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name for alias in node.names}
    return set()


def document_findings(text: str, file: Path) -> Iterator[Finding]:
    """Find what a document names and the tree does not have."""
    where = file.relative_to(ROOT).as_posix()
    for number, code in code_of(text):
        for complaint in _complaints(code, file.parent):
            yield Finding(where, number, complaint)
    for number, line in enumerate(text.splitlines(), 1):
        for target in _LINK.findall(line):
            plain = target.split("#")[0]
            if plain and "://" not in plain and not (file.parent / plain).exists():
                yield Finding(where, number, f"the link to {target} leads nowhere")


def _complaints(code: str, folder: Path) -> Iterator[str]:
    """Return what is wrong with one piece of code in a document."""
    for name in _PATH.findall(code):
        if _is_ours(name, folder) and not path_exists(name.rstrip("/."), folder):
            yield f"{name} is not there"
    for name in [*_DOTTED.findall(code), *_MODULE.findall(code)]:
        if name.split(".")[0] in {"pos_app", "tests"} and not dotted_exists(name):
            yield f"{name} is not there"
    for name in _COMMAND.findall(code):
        if name not in commands():
            yield f"the program has no command {name}"
    for name in _DEV.findall(code):
        if name not in dev_verbs():
            yield f"packaging/dev.py has no verb {name}"


def hop_findings(text: str, where: str = "pos_app/README.md") -> Iterator[Finding]:
    """Find what is wrong with the walk of one sale: ten hops, each a file and a function in it.

    A hop is a line like ``3. `services/sale_desk.py` `SaleDesk.charge` - what happens there``.
    """
    hops = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _HOP.match(line)
        if found:
            hops.append(int(found[1]))
            file = ROOT / "pos_app" / found[2]
            if not file.exists():
                yield Finding(where, number, f"hop {found[1]}: {found[2]} is not there")
            elif not defines(file, found[3]):
                yield Finding(where, number, f"hop {found[1]}: {found[2]} has no {found[3]}")
    if hops != list(range(1, 11)):
        yield Finding(where, 1, f"the walk of one sale must have hops 1 to 10, it has {hops}")
