"""The manual: its pages as they lie in `resources/manual`, and a search in them. No Qt here.

Pages are ours and ship with the program; nothing from outside is ever shown as Markdown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pos_app.domain.errors import Bug
from pos_app.resources import resource_path
from pos_app.ui.text import Language

_MARKS = re.compile(r"[*`#|>]|^\s*[-\d]+[.)]?\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ManualPage:
    """One page.

    Attributes:
        name: its file without ending; the number before it is its place.
        title: its first heading.
        body: Markdown, heading included.
    """

    name: str
    title: str
    body: str

    def mentions(self, words: str) -> bool:
        """Tell whether every one of these words stands on the page, in any case."""
        text = " ".join(_MARKS.sub(" ", self.body).split()).casefold()
        return all(word in text for word in words.casefold().split())


def load_manual(language: Language) -> tuple[ManualPage, ...]:
    """Return the pages in their order.

    Raises:
        Bug: a page does not begin with its heading.
    """
    folder = resource_path("manual", language)
    return tuple(
        _read(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("[0-9]*.md"))
    )


def _read(name: str, body: str) -> ManualPage:
    first, _, _ = body.partition("\n")
    if not first.startswith("# "):
        raise Bug("manual.no_heading", page=name)
    return ManualPage(name, first.removeprefix("# ").strip(), body)
