"""Sets the lines of a slip on a paper: where every word, rule and code stands.

Everything is placed in units of 1/20 mm at unhinted sizes, so a slip has the same line breaks on a
96 dpi screen, a 203 dpi thermal head and a 1200 dpi PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtGui import QFont, QFontMetricsF

from pos_app.domain.errors import Bug
from pos_app.printing.layout import SlipLine, Style
from pos_app.printing.paper import SHEETS, Paper, Sheet
from pos_app.printing.pieces import UNITS_PER_MM, Box, Code, Ink, Piece, Rule, SetSlip, Text
from pos_app.printing.qr import qr_runs
from pos_app.printing.wrapping import balanced, wrap

#: The window's own fonts. Nanum Gothic stands behind: its one glyph for space and control
#: characters makes Qt write U+0001 for every space of a PDF. Malgun Gothic is Windows' own.
FAMILIES = ("NanumBarunGothic", "Malgun Gothic", "NanumGothic")
#: A value longer than this is cut with an ellipsis: 100 bytes (kcp.md 2.1) always fit.
_VALUE_LINES_MAX = 4
#: A sum is set down to this part of its size to stand beside its label; twelve digits then fit.
_SUM_SIZE_MIN = 0.7
#: Labels never take more than this part of the column.
_LABEL_PART_MAX = 0.46


@dataclass(frozen=True, slots=True)
class Face:
    """One look of text: size in em, weight, ink, letter spacing (1 is plain), line pitch in em.

    Letters further apart than a tenth of an em are read as words of their own by PDF readers.
    """

    size: float = 1.0
    bold: bool = False
    ink: Ink = Ink.PLAIN
    spacing: float = 1.0
    pitch: float = 1.45


_LABEL = Face(ink=Ink.QUIET)
_FACES = {
    Style.MARK: Face(0.98, bold=True, ink=Ink.INVERSE, pitch=1.4),
    Style.TITLE: Face(1.62, bold=True, spacing=1.08, pitch=1.3),
    Style.NAME: Face(1.12, bold=True, pitch=1.4),
    Style.NOTE: Face(0.9, ink=Ink.QUIET, pitch=1.5),
    Style.ROW: Face(),
    Style.TOTAL: Face(1.9, bold=True, pitch=1.25),
    Style.NOTICE: Face(0.86, ink=Ink.QUIET, pitch=1.5),
    Style.QR: Face(0.86, ink=Ink.QUIET, pitch=1.5),
}


def slip_font(pixels: float, *, bold: bool, spacing: float = 1.0) -> QFont:
    """Return the slip's font at `pixels` units, with digits of one width and no hinting."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(max(1, round(pixels)))
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(QFont.Tag.fromString("tnum"), 1)
    if spacing != 1:
        # A part of each letter: an absolute spacing would grow with the dots of the device.
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100 * spacing)
    return font


def set_slip(lines: Sequence[SlipLine], paper: Paper) -> SetSlip:
    """Place every line on `paper`; on A4 a slip that is too long is set smaller until it fits."""
    sheet = SHEETS[paper]
    while True:
        placed = _Setter(sheet, lines).set()
        if sheet.height_mm is None:
            return SetSlip(paper, sheet.width_mm * UNITS_PER_MM, placed.bottom, placed.pieces())
        page = sheet.height_mm * UNITS_PER_MM
        if placed.bottom <= page:
            return SetSlip(paper, sheet.width_mm * UNITS_PER_MM, page, placed.pieces())
        if sheet.em_mm < 1:
            raise Bug("slip.too_long", lines=len(lines))
        sheet = replace(sheet, em_mm=sheet.em_mm * 0.95)


@dataclass(slots=True)
class _Setter:
    """Places lines from top to bottom; `bottom` is how far it got."""

    sheet: Sheet
    lines: Sequence[SlipLine]
    bottom: float = 0.0
    _placed: list[Piece] = field(default_factory=list)

    @property
    def em(self) -> float:
        """Return the size of plain text in units."""
        return self.sheet.em_mm * UNITS_PER_MM

    @property
    def left(self) -> float:
        """Return the left end of the column."""
        return (self.sheet.width_mm - self.sheet.column_mm) / 2 * UNITS_PER_MM

    @property
    def width(self) -> float:
        """Return the width of the column."""
        return self.sheet.column_mm * UNITS_PER_MM

    def pieces(self) -> tuple[Piece, ...]:
        """Return what was placed, boxes first because they lie behind."""
        boxes = [piece for piece in self._placed if isinstance(piece, Box)]
        others = [piece for piece in self._placed if not isinstance(piece, Box)]
        return (*boxes, *others)

    def set(self) -> _Setter:
        """Place all lines, and the frame where the paper has one."""
        top = self.sheet.top_mm * UNITS_PER_MM
        pad = (self.sheet.pad_mm or 0.0) * UNITS_PER_MM
        self.bottom = top + pad
        before: SlipLine | None = None
        for line in self.lines:
            self._gap(before, line)
            self._place(line)
            before = line
        self.bottom += pad
        if self.sheet.pad_mm is not None:
            x, width = self.left - pad, self.width + 2 * pad
            self._placed.append(Box(x, top, width, self.bottom - top, filled=False))
        self.bottom += top
        return self

    def _place(self, line: SlipLine) -> None:
        """Place one line by its style."""
        if line.style is Style.RULE:
            self._placed.append(Rule(self.left, self.bottom, self.width))
        elif line.style in {Style.ROW, Style.TOTAL}:
            self._row(line)
        elif line.style is Style.MARK:
            self._mark(line)
        elif line.style is Style.QR:
            self._qr(line)
        else:
            self._centred(line.value, _FACES[line.style], self.width)

    def _gap(self, before: SlipLine | None, line: SlipLine) -> None:
        """Leave the white that belongs between two lines, in em."""
        if before is None:
            return
        pair = (before.style, line.style)
        if Style.RULE in pair:
            gap = 0.75
        elif {Style.TITLE, Style.MARK, Style.QR} & {*pair} or (
            Style.NOTICE in pair and before.style is not line.style
        ):
            gap = 0.7
        elif line.style is Style.TOTAL:
            gap = 0.25
        elif pair == (Style.NAME, Style.NOTE):
            gap = 0.15
        else:
            gap = 0.28 if line.style is Style.ROW else 0.0
        self.bottom += gap * self.em

    def _row(self, line: SlipLine) -> None:
        """Place a label at the left and its value at the right, below it if it is too long."""
        small = QFontMetricsF(self._font(_LABEL))
        label_width = min(small.horizontalAdvance(line.label), self.width * _LABEL_PART_MAX)
        beside = self.width - label_width - self.em
        face = self._fitting(line.value, _FACES[line.style], beside)
        metrics = QFontMetricsF(self._font(face))
        stacked = beside < metrics.horizontalAdvance(line.value) <= self.width
        top = self.bottom
        if line.style is Style.TOTAL and not stacked:
            # A small label stands on the baseline of the large sum.
            top += self._ascent(face) - self._ascent(_LABEL)
        label_lines = wrap(line.label, small, label_width, 2)
        after_label = self._lines(label_lines, _LABEL, top, at_right=False)
        if stacked:
            values, top = [line.value], after_label
        else:
            values, top = wrap(line.value, metrics, beside, _VALUE_LINES_MAX), self.bottom
        after_value = self._lines(values, face, top, at_right=True)
        self.bottom = max(after_label, after_value)

    def _fitting(self, words: str, face: Face, width: float) -> Face:
        """Return `face`, a little smaller where that is enough to set a large sum on one line."""
        needed = QFontMetricsF(self._font(face)).horizontalAdvance(words)
        if face.size <= 1 or needed <= width:
            return face
        # Rounding to whole units may cost a hair of width; two per cent are kept for it.
        smaller = face.size * width / needed * 0.98
        return replace(face, size=max(smaller, face.size * _SUM_SIZE_MIN))

    def _lines(self, lines: list[str], face: Face, top: float, *, at_right: bool) -> float:
        """Place lines of one text at the left or right end; return where they end."""
        metrics = QFontMetricsF(self._font(face))
        for words in lines:
            width = metrics.horizontalAdvance(words)
            x = self.left + self.width - width if at_right else self.left
            top = self._text(words, face, x, top)
        return top

    def _centred(self, words: str, face: Face, width: float) -> None:
        """Place a text in the middle, on as many lines as it needs."""
        metrics = QFontMetricsF(self._font(face))
        for part in balanced(words, metrics, width, _VALUE_LINES_MAX):
            x = self.left + (self.width - metrics.horizontalAdvance(part)) / 2
            self.bottom = self._text(part, face, x, self.bottom)

    def _mark(self, line: SlipLine) -> None:
        """Place a mark white on black, so that no copy of the slip passes for a real one."""
        top, pad = self.bottom, 0.32 * self.em
        self.bottom += pad
        self._centred(line.value, _FACES[Style.MARK], self.width - 2 * self.em)
        self.bottom += pad
        height = self.bottom - top
        self._placed.append(Box(self.left, top, self.width, height, filled=True))

    def _qr(self, line: SlipLine) -> None:
        """Place the code with its quiet zone and its caption below."""
        modules, runs = qr_runs(line.value)
        # Whole units a module: 0.4 mm and more is read by every telephone.
        module = max(8, round(7 * self.em / modules))
        side = module * modules
        self._placed.append(
            Code(self.left + (self.width - side) / 2, self.bottom, module, modules, runs)
        )
        self.bottom += side + 0.5 * self.em
        self._centred(line.label, _FACES[Style.QR], self.width)

    def _text(self, words: str, face: Face, x: float, top: float) -> float:
        """Place words whose line begins at `top`; return where the line ends."""
        font = self._font(face)
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(words)
        ascent, descent = metrics.ascent(), metrics.descent()
        baseline = top + self._ascent(face)
        self._placed.append(Text(words, x, baseline, width, ascent, descent, font, face.ink))
        return top + face.pitch * face.size * self.em

    def _ascent(self, face: Face) -> float:
        """Return how far below the top of its line a text's baseline lies."""
        metrics = QFontMetricsF(self._font(face))
        white = face.pitch * face.size * self.em - metrics.ascent() - metrics.descent()
        return white / 2 + metrics.ascent()

    def _font(self, face: Face) -> QFont:
        """Return the font of `face` at this paper's size."""
        size = face.size * self.em
        return slip_font(size, bold=face.bold, spacing=face.spacing)
