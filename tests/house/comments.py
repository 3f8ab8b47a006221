"""Comments that switch a check off, or put work off."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from tests.house.tree import Finding, Source

_NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)", re.IGNORECASE)
_GOOD_NOQA = re.compile(r": [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.{4,}")
_TYPE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)")
_GOOD_TYPE = re.compile(r"\[[a-z-]+(, [a-z-]+)*\] {1,2}# \S.{4,}")
_PUT_OFF = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_NO_COVER = re.compile(r"#\s*pragma:\s*no cover\s*$")


def comment_findings(source: Source) -> Iterator[Finding]:
    """Find checks switched off without code and reason, and work put off."""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, text = token.start[0], token.string
        noqa, ignored = _NOQA.search(text), _TYPE.search(text)
        if noqa and not _GOOD_NOQA.match(noqa["rest"]):
            yield source.finding(line, "a noqa gives its code and a reason: `# noqa: X123 - why`")
        if ignored and not _GOOD_TYPE.match(ignored["rest"]):
            yield source.finding(line, "give code and reason: `# type: ignore[code]  # why`")
        if _PUT_OFF.search(text):
            yield source.finding(line, "what a comment puts off is never done: do it, or drop it")
        if _NO_COVER.search(text):
            yield source.finding(line, "a line nobody tests says why: `# pragma: no cover - why`")
