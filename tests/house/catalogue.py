"""The text catalogues, and how the code uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from babel.messages import pofile

from tests.house.tree import ROOT, Finding, Source, dotted, strings

LANGUAGES = ("ko", "en")
LOCALES = ROOT / "resources" / "locale"

#: Functions of `pos_app.ui.text` whose first argument is a message id.
LOOK_UPS = {"text", "has_text"}
#: Errors whose code is the middle of two message ids. A Bug has the same words for every code.
WORDED_ERRORS = {"UserMistake", "ShopTrouble"}

ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of one language."""

    where: str
    line: int
    words: str

    def params(self) -> frozenset[str]:
        """Return the names of the values its words ask for."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.words) if name)


@cache
def entries(language: str) -> dict[str, list[Entry]]:
    """Return every message of a language by its id; a list, to see an id that stands twice."""
    found: dict[str, list[Entry]] = {}
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        for message_id, entry in read_catalogue(path):
            found.setdefault(message_id, []).append(entry)
    return found


def read_catalogue(path: Path) -> Iterator[tuple[str, Entry]]:
    """Return the messages of one `.po` file.

    Raises:
        babel.messages.pofile.PoFileError: the file is no catalogue.
    """
    where = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    with path.open("rb") as stream:
        catalogue = pofile.read_po(stream, abort_invalid=True)
    for message in catalogue:
        if message.id:
            words = "" if message.fuzzy else str(message.string)
            yield str(message.id), Entry(where, message.lineno or 1, words)


def catalogue_findings(
    korean: dict[str, list[Entry]], english: dict[str, list[Entry]]
) -> Iterator[Finding]:
    """Find messages that stand twice, lack a language, have no words or ask for other values."""
    for one, other, name in ((korean, english, "English"), (english, korean, "Korean")):
        for message_id, [first, *more] in one.items():
            if more:
                yield Finding(first.where, first.line, f"{message_id} stands twice; one is dead")
            if not first.words.strip():
                yield Finding(first.where, first.line, f"{message_id} has no (final) words")
            if not ID.fullmatch(message_id):
                yield Finding(first.where, first.line, f"{message_id!r} is no symbolic id")
            if message_id not in other:
                yield Finding(first.where, first.line, f"{message_id} has no {name} words")
    for message_id in korean.keys() & english.keys():
        mine, theirs = korean[message_id][0], english[message_id][0]
        if mine.params() != theirs.params():
            yield Finding(
                mine.where,
                mine.line,
                f"{message_id} asks for {sorted(mine.params())} in Korean"
                f" and {sorted(theirs.params())} in English",
            )


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the code that names a message, and the values it gives (None: not to be told)."""

    message_id: str
    finding: Finding
    given: frozenset[str] | None


def _given(call: ast.Call) -> frozenset[str] | None:
    """Return the names of the values a call passes, None where `**values` hides them."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return frozenset(str(keyword.arg) for keyword in call.keywords)


def _look_ups(source: Source) -> dict[str, str]:
    """Return how a file calls the look-ups, e.g. {"text": "text", "t.has_text": "has_text"}."""
    names: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pos_app.ui.text":
            names |= {a.asname or a.name: a.name for a in node.names if a.name in LOOK_UPS}
        elif isinstance(node, ast.ImportFrom) and node.module == "pos_app.ui":
            modules = [a.asname or a.name for a in node.names if a.name == "text"]
            names |= {f"{module}.{name}": name for module in modules for name in LOOK_UPS}
    return names


def uses(source: Source) -> Iterator[Use]:
    """Return every message named by a literal: looked up, or carried by an error."""
    look_ups = _look_ups(source)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        called = dotted(node.func)
        if called in look_ups:
            given = _given(node) if look_ups[called] == "text" else None
            yield Use(first.value, source.finding(node, first.value), given)
        elif called.split(".")[-1] in WORDED_ERRORS:
            for end in ("title", "advice"):
                message_id = f"error.{first.value}.{end}"
                yield Use(message_id, source.finding(node, message_id), _given(node))


def use_findings(sources: Iterable[Source], korean: dict[str, list[Entry]]) -> Iterator[Finding]:
    """Find messages the code names that are not there, or ask for values it does not give."""
    for source in sources:
        for use in uses(source):
            if use.message_id not in korean:
                yield Finding(
                    use.finding.where,
                    use.finding.line,
                    f"{use.message_id} is in no catalogue; the person would see a code",
                )
                continue
            lacking = korean[use.message_id][0].params() - (use.given or frozenset())
            if use.given is not None and lacking:
                yield Finding(
                    use.finding.where,
                    use.finding.line,
                    f"{use.message_id} asks for {sorted(lacking)}, which nobody gives",
                )


def _pattern(node: ast.JoinedStr) -> str | None:
    """Return an f-string as a pattern of ids, None where it has no dotted beginning or end."""
    parts = [
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[a-z0-9_.]+"
        for part in node.values
    ]
    fixed = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    looks_like_id = re.fullmatch(r"[a-z0-9_.]+", fixed) and "." in fixed and len(fixed) > 2
    return "".join(parts) if looks_like_id else None


def named(sources: Iterable[Source]) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return every string of the code that may be an id or a code, and patterns of made-up ones."""
    literal: set[str] = set()
    patterns: set[str] = set()
    for source in sources:
        literal |= {str(node.value) for node in strings(source.tree)}
        for node in ast.walk(source.tree):
            if isinstance(node, ast.JoinedStr):
                pattern = _pattern(node)
                if pattern:
                    patterns.add(pattern)
    return literal, [re.compile(pattern) for pattern in sorted(patterns)]


def dead_findings(sources: Iterable[Source], korean: dict[str, list[Entry]]) -> Iterator[Finding]:
    """Find messages that nothing in the code can ask for."""
    literal, patterns = named(sources)
    for message_id, [first, *_] in korean.items():
        code = re.fullmatch(r"error\.(.+)\.(?:title|advice)", message_id)
        asked = (
            message_id in literal
            or (code is not None and code[1] in literal)
            or any(
                pattern.fullmatch(message_id) or (code and pattern.fullmatch(code[1]))
                for pattern in patterns
                if pattern.pattern.count("[a-z0-9_.]+") < pattern.pattern.count(r"\.") + 1
            )
        )
        if not asked:
            yield Finding(first.where, first.line, f"{message_id} is dead: no code asks for it")
