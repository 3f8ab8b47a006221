"""Rules about size and about saying what a thing promises."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import Finding, Source

MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_modules(source: Source) -> Iterator[Finding]:
    """Find a module over the wall: it holds more than one idea (models.md 4.5)."""
    lines = len(source.text.splitlines())
    if lines > MODULE_LINES_MAX:
        yield source.finding(
            1, f"{lines} lines; a module is one idea, {MODULE_LINES_MAX} lines are the wall"
        )


def long_functions(source: Source) -> Iterator[Finding]:
    """Find functions over the wall, docstring included (models.md 4.5)."""
    for node in ast.walk(source.tree):
        if isinstance(node, _Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield source.finding(
                    node,
                    f"{node.name} has {lines} lines; what cannot be seen at once is not"
                    f" understood at once, {FUNCTION_LINES_MAX} lines are the wall",
                )


def _excused(node: _Function) -> bool:
    """Return whether a function is private, or its promise stands on what it overrides."""
    if node.name.startswith("_"):
        return True
    names = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}
    return bool(names & {"override", "overload", "setter", "deleter"})


def undocumented(source: Source) -> Iterator[Finding]:
    """Find modules, classes and public functions that do not say what they promise."""
    if not ast.get_docstring(source.tree):
        yield source.finding(1, "the module does not say what it is for")
    waiting: list[ast.stmt] = list(source.tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.If, ast.Try)):
            waiting += [
                child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)
            ]
        elif isinstance(node, ast.ClassDef):
            if not ast.get_docstring(node):
                yield source.finding(node, f"class {node.name} does not say what it is")
            if not node.name.startswith("_"):
                waiting += node.body
        elif isinstance(node, _Function) and not _excused(node) and not ast.get_docstring(node):
            yield source.finding(node, f"{node.name} does not say what it promises")
