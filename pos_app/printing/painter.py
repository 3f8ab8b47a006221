"""Paints a slip onto anything Qt can paint on: a picture, a PDF, a printer.

One setting (`setting.py`) serves all of them; the painter only scales it. Black on white whatever
the window's theme is, because it shows what will stand on the paper.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import Words, slip_lines
from pos_app.printing.paper import SHEETS, Paper
from pos_app.printing.pieces import UNITS_PER_MM, Box, Code, Ink, Piece, Rule, SetSlip, Text
from pos_app.printing.setting import set_slip

MM_PER_INCH = 25.4
#: What `scale` 1 of a picture means; the dots per inch Windows and CSS call 100 %.
SCREEN_DPI = 96

_BLACK = QColor(0, 0, 0)
_WHITE = QColor(255, 255, 255)
#: 7:1 against white, and still clear from a worn laser drum.
_GREY = QColor(0x55, 0x55, 0x55)
_HAIRLINE_MM = 0.18
#: Two dots of a 203 dpi head.
_RULE_MM = 0.25
_DASH_MM, _SPACE_MM = 1.0, 0.8


class SlipPainter:
    """Paints receipts with one set of words."""

    def __init__(self, words: Words, *, page_url: str = "") -> None:
        """Remember where words come from and the address for the QR code ("" for none)."""
        self._words = words
        self._page_url = page_url

    def set(self, receipt: Receipt, paper: Paper) -> SetSlip:
        """Return the slip placed on `paper`."""
        return set_slip(slip_lines(receipt, self._words, page_url=self._page_url), paper)

    def slip_size(self, receipt: Receipt, paper: Paper, dpi: float) -> QSize:
        """Return the size of the whole paper in dots; a roll is as long as its slip."""
        return _size(self.set(receipt, paper), dpi / MM_PER_INCH / UNITS_PER_MM)

    def paint(self, receipt: Receipt, painter: QPainter, paper: Paper) -> None:
        """Paint the slip at its real size, its corner where the painter's origin is."""
        dpi = painter.device().logicalDpiX()
        paint_set(self.set(receipt, paper), painter, dpi / MM_PER_INCH / UNITS_PER_MM)

    def picture(self, receipt: Receipt, paper: Paper, scale: float = 1.0) -> QImage:
        """Return the slip as a picture; `scale` 1 is its real size at 96 dpi.

        Raises:
            ShopTrouble: `printer.failed`, no memory for a picture of that size.
        """
        placed = self.set(receipt, paper)
        factor = scale * SCREEN_DPI / MM_PER_INCH / UNITS_PER_MM
        image = QImage(_size(placed, factor), QImage.Format.Format_RGB32)
        if image.isNull():
            raise ShopTrouble("printer.failed", printer=paper.value)
        image.fill(_WHITE)
        painter = QPainter(image)
        try:
            paint_set(placed, painter, factor)
        finally:
            painter.end()
        return image


def slip_picture(
    receipt: Receipt, words: Words, paper: Paper, scale: float = 1.0, *, page_url: str = ""
) -> QImage:
    """Return the slip as a picture, exactly as it prints; see `SlipPainter.picture`."""
    return SlipPainter(words, page_url=page_url).picture(receipt, paper, scale)


def paint_set(placed: SetSlip, painter: QPainter, factor: float) -> None:
    """Paint a placed slip, `factor` dots for each unit of 1/20 mm."""
    painter.save()
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.scale(factor, factor)
        quiet = _GREY if SHEETS[placed.paper].grey else _BLACK
        for piece in placed.pieces:
            _paint(piece, painter, quiet)
    finally:
        painter.restore()


def _size(placed: SetSlip, factor: float) -> QSize:
    """Return the dots the whole paper takes."""
    return QSize(math.ceil(placed.width * factor), math.ceil(placed.height * factor))


def _paint(piece: Piece, painter: QPainter, quiet: QColor) -> None:
    """Paint one piece."""
    if isinstance(piece, Text):
        ink = {Ink.PLAIN: _BLACK, Ink.QUIET: quiet, Ink.INVERSE: _WHITE}[piece.ink]
        painter.setPen(ink)
        painter.setFont(piece.font)
        painter.drawText(QPointF(piece.x, piece.baseline), piece.words)
    elif isinstance(piece, Rule):
        _dash(piece, painter, quiet)
    elif isinstance(piece, Box):
        _box(piece, painter, quiet)
    else:
        _code(piece, painter)


def _dash(rule: Rule, painter: QPainter, quiet: QColor) -> None:
    """Paint a dashed rule."""
    pen = QPen(quiet, _RULE_MM * UNITS_PER_MM)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([_DASH_MM / _RULE_MM, _SPACE_MM / _RULE_MM])
    painter.setPen(pen)
    painter.drawLine(QPointF(rule.x, rule.y), QPointF(rule.x + rule.width, rule.y))


def _box(box: Box, painter: QPainter, quiet: QColor) -> None:
    """Paint the ground of a mark or the frame around the slip."""
    area = QRectF(box.x, box.y, box.width, box.height)
    if box.filled:
        radius = 0.8 * UNITS_PER_MM
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BLACK)
    else:
        radius = 2.5 * UNITS_PER_MM
        painter.setPen(QPen(quiet, _HAIRLINE_MM * UNITS_PER_MM))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, radius, radius)


def _code(code: Code, painter: QPainter) -> None:
    """Paint a QR code as one path, so that no viewer shows seams between its modules."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for row, column, length in code.runs:
        x, y = code.x + column * code.module, code.y + row * code.module
        path.addRect(QRectF(x, y, length * code.module, code.module))
    painter.fillPath(path, _BLACK)
