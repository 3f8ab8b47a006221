"""An HTTP answer before it is written, and the bytes it becomes when written by hand.

Ordinary answers go out through h11. Spoiled ones are built here, since h11 rightly refuses to
write most of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

JSON_TYPE: Final = "application/json;charset=UTF-8"
HTML_TYPE: Final = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and the headers besides Content-Length."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def with_body(self, body: bytes) -> Answer:
        """Return the same answer with another body."""
        return replace(self, body=body)

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        """Return the same answer with `headers` in place of those of the same name."""
        named = {name.lower() for name, _ in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in named)
        return replace(self, headers=kept + headers)


def json_answer(status: int, value: object, *, date: str) -> Answer:
    """Return an answer with `value` as JSON; `date` is the Date header."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, (("Content-Type", JSON_TYPE), ("Date", date)))


def html_answer(status: int, *, date: str) -> Answer:
    """Return the kind of page a proxy or a web server answers with."""
    title = f"{status} {reason(status)}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, body.encode(), (("Content-Type", HTML_TYPE), ("Date", date)))


def reason(status: int) -> str:
    """Return the words for an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


def head_bytes(answer: Answer, *, length: int | None, close: bool = True) -> bytes:
    """Write status line and headers by hand; `length` None leaves Content-Length out."""
    lines = [f"HTTP/1.1 {answer.status} {reason(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [*(["Connection: close"] if close else []), "", ""]
    return "\r\n".join(lines).encode("latin-1", errors="replace")


def whole_bytes(answer: Answer) -> bytes:
    """Write the whole answer by hand."""
    return head_bytes(answer, length=len(answer.body)) + answer.body
