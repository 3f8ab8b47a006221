"""Banned calls: each with the reason, where the ban holds, and the only files that may.

A rule looks at one node of the syntax tree and says whether it is the banned thing. The reasons
are short on purpose; architecture.md, models.md and security.md have the long ones.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.house.tree import Finding, Source, dotted

Matches = Callable[[ast.AST], bool]

OURS = ("pos_app/*",)
EVERYWHERE = ("pos_app/*", "tests/*", "packaging/*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One ban.

    Attributes:
        name: short, for the list of tests.
        reason: what goes wrong, told to whoever breaks it.
        matches: whether a node is the banned thing.
        where: patterns of the files it holds in.
        allowed: patterns of the files that may all the same; each is the one place made for it.
        example: a line that breaks the rule, for the rule's own test.
        example_in: a file the example could stand in.
        excused: the ids of nodes of a module that are no breach because of where they stand.
    """

    name: str
    reason: str
    matches: Matches
    example: str
    where: tuple[str, ...] = OURS
    allowed: tuple[str, ...] = ()
    example_in: str = "pos_app/ui/x.py"
    excused: Callable[[ast.Module], set[int]] | None = None

    def holds_in(self, where: str) -> bool:
        """Return whether the ban holds in a file."""
        return any(fnmatch(where, pattern) for pattern in self.where) and not any(
            fnmatch(where, pattern) for pattern in self.allowed
        )

    def waived(self, source: Source, node: ast.AST) -> bool:
        """Return whether the line, or the one above, says that it must, and why.

        As in `# house: sleeping - the stall is what is tested`.
        """
        line = getattr(node, "lineno", 1)
        near = source.text.splitlines()[max(0, line - 2) : line]
        waiver = re.compile(rf"# house: {re.escape(self.name)} - \S.{{9,}}$")
        return any(waiver.search(text) for text in near)

    def findings(self, source: Source) -> Iterator[Finding]:
        """Return every breach in a file."""
        if self.holds_in(source.where):
            excused = self.excused(source.tree) if self.excused else set()
            for node in ast.walk(source.tree):
                if self.matches(node) and id(node) not in excused and not self.waived(source, node):
                    yield source.finding(node, f"{self.name}: {self.reason}")


def calling(*names: str) -> Matches:
    """Match calls of exactly these dotted names, and of their last parts behind any module.

    "time.sleep" matches `time.sleep()`; ".exec" matches `anything.exec()`; "eval" matches `eval()`.
    """

    def matches(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        called = dotted(node.func)
        return any(
            called.endswith(name) if name.startswith(".") else _same(called, name) for name in names
        )

    return matches


def _same(called: str, name: str) -> bool:
    """Return whether a call is this name, written with or without the packages before it."""
    return called == name or ("." in name and called.endswith(f".{name}"))


def mentioning(*names: str) -> Matches:
    """Match any use of these names: imported, called, inherited from, or only named."""

    def matches(node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in names
        if isinstance(node, ast.Attribute):
            return node.attr in names
        return isinstance(node, ast.alias) and node.name.split(".")[-1] in names

    return matches


def importing(*modules: str) -> Matches:
    """Match an import of these modules or of anything from inside them."""

    def inside(name: str) -> bool:
        return any(name == module or name.startswith(f"{module}.") for module in modules)

    def matches(node: ast.AST) -> bool:
        if isinstance(node, ast.Import):
            return any(inside(alias.name) for alias in node.names)
        return isinstance(node, ast.ImportFrom) and bool(node.module) and inside(str(node.module))

    return matches


def either(*several: Matches) -> Matches:
    """Match what any of several matches."""
    return lambda node: any(matches(node) for matches in several)


def with_keyword(name: str, *, value: bool) -> Matches:
    """Match calls that pass a keyword with exactly this constant."""

    def matches(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and any(
            keyword.arg == name
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is value
            for keyword in node.keywords
        )

    return matches


def without_arguments(*names: str) -> Matches:
    """Match calls of these names that pass nothing."""
    called = calling(*names)
    return lambda node: (
        called(node) and isinstance(node, ast.Call) and not node.args and not node.keywords
    )


def sql_from_pieces(node: ast.AST) -> bool:
    """Match a statement put together from text: f-string, +, % or format."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = dotted(node.func).split(".")[-1]
    if name not in {"text", "execute", "executemany", "executescript", "exec_driver_sql", "DDL"}:
        return False
    first = node.args[0]
    pieced = isinstance(first, ast.JoinedStr) and any(
        isinstance(part, ast.FormattedValue) for part in first.values
    )
    if isinstance(first, ast.JoinedStr) and _text_of(first.values[0]).startswith("PRAGMA "):
        return False  # SQLite takes no parameters there, and nobody's input reaches it
    added = isinstance(first, ast.BinOp) and isinstance(first.op, (ast.Add, ast.Mod))
    formatted = isinstance(first, ast.Call) and dotted(first.func).endswith("format")
    return pieced or added or formatted


def _text_of(node: ast.expr) -> str:
    """Return a literal's text, '' for anything else."""
    return str(node.value) if isinstance(node, ast.Constant) else ""


def logging_by_hand(node: ast.AST) -> bool:
    """Match a logger kept or spoken through; setting the level of a library's is fine."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return isinstance(node.value, ast.Call) and dotted(node.value.func).endswith("getLogger")
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    speaker = dotted(node.func.value)
    verbs = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    return node.func.attr in verbs and (
        speaker.endswith("getLogger()")
        or speaker in {"logging", "logger", "log", "_log", "_logger"}
    )


def inside_while(tree: ast.Module) -> set[int]:
    """Return the ids of all inside a `while`: a sleep there asks again for what it awaits."""
    return {
        id(node)
        for loop in ast.walk(tree)
        if isinstance(loop, ast.While)
        for statement in loop.body
        for node in ast.walk(statement)
    }


def true_division(node: ast.AST) -> bool:
    """Match `/` and `/=` between values."""
    return isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div)


def waiting_for_time(node: ast.AST) -> bool:
    """Match `asyncio.sleep` of anything but a plain nought."""
    if not isinstance(node, ast.Call) or dotted(node.func) not in {"asyncio.sleep", "anyio.sleep"}:
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)


def loose_task(node: ast.AST) -> bool:
    """Match a task nobody owns; `group.create_task` belongs to its TaskGroup."""
    if not isinstance(node, ast.Call):
        return False
    called = dotted(node.func)
    if called.split(".")[-1] not in {"create_task", "ensure_future"}:
        return False
    return not called.split(".")[0].endswith("group")
