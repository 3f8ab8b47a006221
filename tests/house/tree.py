"""The tree under the rules: every source file, read and parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Folders that a tool or a person made, not the project.
SKIPPED = {"__pycache__", "build", "dist", "demonstration", "htmlcov"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule, and the rule's reason."""

    where: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Return the finding as editors like to jump to it."""
        return f"{self.where}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: its place below the root with slashes, its text, and what it parses to."""

    where: str
    text: str
    tree: ast.Module

    def finding(self, node: ast.AST | int, reason: str) -> Finding:
        """Return a finding at a node or a line of this file."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Finding(self.where, line, reason)


def planted(where: str, text: str) -> Source:
    """Return a source that exists only in a test of a rule."""
    return Source(where, text, ast.parse(text))


@cache
def folders(*tops: str) -> tuple[Path, ...]:
    """Return these folders of the tree and every folder below them."""
    found: list[Path] = []
    waiting = [ROOT / top for top in tops if (ROOT / top).is_dir()]
    while waiting:
        folder = waiting.pop()
        found.append(folder)
        waiting += [
            child
            for child in folder.iterdir()
            if child.is_dir() and not child.name.startswith(".") and child.name not in SKIPPED
        ]
    return tuple(sorted(found))


@cache
def sources(*tops: str) -> tuple[Source, ...]:
    """Return every Python file below these folders of the tree."""
    files = [file for folder in folders(*tops) for file in sorted(folder.glob("*.py"))]
    return tuple(_read(file) for file in files)


@cache
def _read(file: Path) -> Source:
    text = file.read_text(encoding="utf-8")
    return Source(file.relative_to(ROOT).as_posix(), text, ast.parse(text, str(file)))


@cache
def documents() -> tuple[Path, ...]:
    """Return every Markdown file of the tree, but for the manual (which is for shops)."""
    tops = ("pos_app", "resources", "tests", "packaging")
    below = [file for folder in folders(*tops) for file in sorted(folder.glob("*.md"))]
    manual = ROOT / "resources" / "manual"
    shown = [file for file in below if manual not in file.parents or file.name == "README.md"]
    return (*sorted(ROOT.glob("*.md")), *shown)


def report(findings: Iterable[Finding]) -> str:
    """Return all findings, one a line, for the message of an assertion."""
    lines = [str(finding) for finding in findings]
    return f"{len(lines)} place(s) break a rule of the house:\n" + "\n".join(lines)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a name or an attribute chain, with `()` for calls inside; else ''."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Return every call with the dotted name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of the nodes that are docstrings, or strings standing alone as comments."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Return every string literal that is no docstring, the pieces of f-strings included."""
    spoken = docstrings(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spoken
        ):
            yield node
