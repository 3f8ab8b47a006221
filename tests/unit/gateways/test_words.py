"""Everything a gateway says has words in both languages, with the parameters it is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import pos_app.gateways
from pos_app.domain.answers import Advice
from pos_app.gateways import failures
from pos_app.resources import resource_path

SOURCES = Path(pos_app.gateways.__file__).parent
#: Calls whose first text is a reason.
_REASONS = {
    "NotSent",
    "NoAnswer",
    "CannotTell",
    "NotSentError",
    "AnswerRefusedError",
    "no_answer",
    "Broken",
    "NoToken",
}


def words(language: str) -> dict[str, str]:
    path = resource_path("locale", language, "LC_MESSAGES", "gateway.po")
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {str(m.id): str(m.string) for m in catalogue if m.id}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield the name of what is called, and the call, all over the gateways."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                yield (node.func.id if isinstance(node.func, ast.Name) else name), node


def first_text(call: ast.Call) -> str | None:
    """Return the first argument if it begins with a literal text: `code.` of f"code.{code}"."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return None


def reasons() -> set[str]:
    found = {
        text.partition(".")[0]
        for name, c in calls()
        if name in _REASONS and (text := first_text(c))
    }
    tables = (*failures.AFTER_SENDING.values(), *failures.BEFORE_SENDING.values())
    others = {"closed_early", "timeout", "too_late", "connect_timeout", "redirect", "http"}
    others |= {"quota", "sandbox", "other_pg", "token"}
    return {*found, *tables, *others, "dns", "tls", "tls_untrusted", "refused", "not_json"}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_reason_trouble_and_advice_has_words(language: str) -> None:
    known = words(language)
    wanted = {f"why.{reason}" for reason in reasons()}
    wanted |= {f"advice.{advice}{tail}" for advice in Advice for tail in ("", ".say")}
    for name, call in calls():
        code = first_text(call)
        if name in {"ShopTrouble", "Bug", "UserMistake"} and code:
            wanted |= {f"error.{code}.title", f"error.{code}.advice"}
            given = {keyword.arg for keyword in call.keywords}
            for part in ("title", "advice"):
                assert placeholders(known[f"error.{code}.{part}"]) <= given, code
    assert wanted <= known.keys(), wanted - known.keys()
    assert all(known[word].strip() for word in wanted)


def test_both_languages_have_the_same_ids_and_parameters() -> None:
    korean, english = words("ko"), words("en")
    assert korean.keys() == english.keys()
    for word, text in korean.items():
        assert placeholders(text) == placeholders(english[word]), word
        if word.startswith("why."):
            assert placeholders(text) <= {"detail"}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
