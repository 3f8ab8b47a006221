"""What a set slip is made of: words, rules, boxes and a code, each at its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtGui import QFont

from pos_app.printing.paper import Paper

#: Every place and length of a set slip is in units of 1/20 mm.
UNITS_PER_MM = 20


class Ink(StrEnum):
    """How dark a word is printed."""

    PLAIN = "plain"
    QUIET = "quiet"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True)
class Text:
    """Words on one line: left end and baseline, the room they take, and how they look."""

    words: str
    x: float
    baseline: float
    width: float
    ascent: float
    descent: float
    font: QFont
    ink: Ink


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line across."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, filled (behind a mark) or as a hairline (around the slip)."""

    x: float
    y: float
    width: float
    height: float
    filled: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: dark runs (row, first column, length) of modules of `module` units."""

    x: float
    y: float
    module: float
    modules: int
    runs: tuple[tuple[int, int, int], ...]


Piece = Text | Rule | Box | Code
"""Anything that is painted."""


@dataclass(frozen=True, slots=True)
class SetSlip:
    """A slip ready to be painted; all lengths in units of 1/20 mm."""

    paper: Paper
    width: float
    height: float
    pieces: tuple[Piece, ...]
