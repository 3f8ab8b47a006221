"""Icons: own SVG drawings, tinted by a colour of the theme and drawn crisp at any scale."""

from __future__ import annotations

import functools

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from pos_app.resources import resource_path
from pos_app.ui import theme


@functools.cache
def _drawing(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=128)
def _renderer(name: str, tint: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", tint).encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, tint: QColor) -> None:
    """Draw the icon called `name` into `rect` (kept square, centred).

    Raises:
        FileNotFoundError: there is no such icon.
    """
    side = min(rect.width(), rect.height())
    square = QRectF(0, 0, side, side)
    square.moveCenter(rect.center())
    _renderer(name, tint.name()).render(painter, square)


def icon_pixmap(name: str, token: str, size_px: int, ratio: float = 1.0) -> QPixmap:
    """Return the icon in the colour `token`, `size_px` wide, for a screen of pixel `ratio`."""
    pixmap = QPixmap(round(size_px * ratio), round(size_px * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, name, QRectF(0, 0, size_px, size_px), theme.color(token))
    painter.end()
    return pixmap
