"""Breaks a text into lines at spaces, as Korean is read; Qt would break within a word."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTextBoundaryFinder
from PySide6.QtGui import QFontMetricsF

_DOT = " · "


def wrap(text: str, metrics: QFontMetricsF, width: float, lines_max: int) -> list[str]:
    """Return `text` in lines that are at most `width` wide.

    A word that is wider than a whole line is broken between letters (graphemes, so that no accent
    or joined emoji is torn). What does not fit into `lines_max` lines is cut with an ellipsis.
    """
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(joined) <= width:
            lines[-1] = joined
        else:
            lines.extend(_pieces(word, metrics, width))
    if len(lines) <= lines_max:
        return lines
    rest = " ".join(lines[lines_max - 1 :])
    cut = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)
    return [*lines[: lines_max - 1], cut]


def balanced(text: str, metrics: QFontMetricsF, width: float, lines_max: int) -> list[str]:
    """Return `text` as `wrap` does, for a centred block: lines of like length, no lone last word.

    A line that is too long breaks at its dots first, and loses the dot there: the line break parts
    the two things as well.
    """
    blocks: list[str] = []
    for part in text.split(_DOT):
        joined = f"{blocks[-1]}{_DOT}{part}" if blocks else part
        if blocks and metrics.horizontalAdvance(joined) <= width:
            blocks[-1] = joined
        else:
            blocks.append(part)
    lines = [line for block in blocks for line in _even(block, metrics, width, lines_max)]
    return lines if len(lines) <= lines_max else wrap(text, metrics, width, lines_max)


def _even(text: str, metrics: QFontMetricsF, width: float, lines_max: int) -> list[str]:
    """Return `text` in as many lines as it needs, as narrow as these can be."""
    lines = wrap(text, metrics, width, lines_max)
    narrower = lines
    while len(narrower) == len(lines) > 1 and not narrower[-1].endswith("…"):
        lines = narrower
        width *= 0.96
        narrower = wrap(text, metrics, width, lines_max)
    return lines


def _pieces(word: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """Return `word` in pieces that fit, at least one grapheme each."""
    if metrics.horizontalAdvance(word) <= width:
        return [word]
    pieces = [""]
    for letter in _graphemes(word):
        if pieces[-1] and metrics.horizontalAdvance(pieces[-1] + letter) > width:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces


def _graphemes(word: str) -> list[str]:
    """Return what a reader takes for one letter each."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, word)
    # Qt counts in UTF-16: letters beyond the basic plane have two units.
    units = word.encode("utf-16-le")
    letters, start = [], 0
    while (end := finder.toNextBoundary()) != -1:
        letters.append(units[2 * start : 2 * end].decode("utf-16-le"))
        start = end
    return letters
