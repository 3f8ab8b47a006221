"""Looks at painted pictures: where is ink, and how much do two pictures differ."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBitmap, QColor, QImage, QPainter, QRegion

from pos_app.printing.painter import paint_set
from pos_app.printing.pieces import SetSlip


def paint(placed: SetSlip, factor: float) -> QImage:
    """Paint a slip at `factor` dots a unit, on white that goes on beyond the paper."""
    size = QSize(int(placed.width * factor) + 40, int(placed.height * factor) + 40)
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.translate(20, 20)
    paint_set(placed, painter, factor)
    painter.end()
    return image


def ink(image: QImage) -> QRect:
    """Return the rectangle around everything darker than a light grey."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    mono = grey.convertToFormat(QImage.Format.Format_Mono, Qt.ImageConversionFlag.ThresholdDither)
    return QRegion(QBitmap.fromImage(mono)).boundingRect()


def difference(one: QImage, other: QImage) -> int:
    """Return the largest difference of grey (0 to 255) between cells of 8 by 8 dots.

    Cells even out how two programs smooth the edges of letters, not where letters stand.
    """
    cells = QSize(one.width() // 8, one.height() // 8)
    small = [
        image.convertToFormat(QImage.Format.Format_RGB32)
        .scaled(
            cells, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        .convertToFormat(QImage.Format.Format_Grayscale8)
        for image in (one, other)
    ]
    return max(
        abs(small[0].pixelColor(x, y).value() - small[1].pixelColor(x, y).value())
        for x in range(cells.width())
        for y in range(cells.height())
    )
