"""The program's icon for Windows and for desktops, drawn from `resources/icons/app.svg` by Qt.

    python packaging/icons.py FOLDER

writes `pos-app.ico` and `pos-app-SIZE.png`. Equal drawings give equal bytes.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "app.svg"

ICO_SIZES_PX = (16, 24, 32, 48, 64, 256)
"""What Windows asks for: title bar, task bar at 100 to 200 %, desktop, large icons."""

PNG_SIZES_PX = (16, 24, 32, 48, 64, 128, 256)
"""The sizes of the hicolor theme of Linux desktops."""

SIDE_PX = (164, 314)
"""Width and height that NSIS's Modern UI 2 gives the picture of its last page."""

SIDE_GROUND = 0xE8EEFC

_ICO_HEADER, _ICO_ENTRY = struct.Struct("<HHH"), struct.Struct("<BBBBHHII")
_BITMAP_HEADER = struct.Struct("<IiiHHIIiiII")
_PNG_FROM_PX = 256
"""Smaller pictures go in as bitmaps: some readers of .ico know PNG in the largest only."""


class Undrawable(Exception):
    """The drawing cannot be read, or Qt cannot write the format."""


def draw(drawing: Path, size_px: int) -> QImage:
    """Return the drawing as a square picture with a transparent ground.

    Raises:
        Undrawable: it is no SVG.
    """
    renderer = QSvgRenderer(str(drawing))
    if not renderer.isValid():
        raise Undrawable(f"{drawing} is no drawing in SVG")
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image.convertToFormat(QImage.Format.Format_ARGB32)


def write_png(target: Path, size_px: int, drawing: Path = DRAWING) -> Path:
    """Write the icon in one size as PNG and return its path.

    Raises:
        Undrawable: see `draw`.
    """
    target.write_bytes(_encoded(draw(drawing, size_px), "PNG"))
    return target


def write_ico(target: Path, drawing: Path = DRAWING) -> Path:
    """Write the icon in all sizes of Windows as one .ico and return its path.

    Qt's own writer knows one picture a file, and leaves bytes of its mask to chance.

    Raises:
        Undrawable: see `draw`.
    """
    pictures = [_ico_picture(draw(drawing, size)) for size in ICO_SIZES_PX]
    offset = _ICO_HEADER.size + _ICO_ENTRY.size * len(pictures)
    parts = [_ICO_HEADER.pack(0, 1, len(pictures))]
    for size, picture in zip(ICO_SIZES_PX, pictures, strict=True):
        side = size % 256  # a byte; zero means 256
        parts.append(_ICO_ENTRY.pack(side, side, 0, 0, 1, 32, len(picture), offset))
        offset += len(picture)
    target.write_bytes(b"".join([*parts, *pictures]))
    return target


def write_side(target: Path, drawing: Path = DRAWING) -> Path:
    """Write the picture that stands beside the last page of the setup.exe and return its path.

    A bitmap, because NSIS knows no other format; the ground is `accent_soft` of the light theme.

    Raises:
        Undrawable: see `draw`.
    """
    width, height = SIDE_PX
    icon = draw(drawing, width * 5 // 8)
    side = QImage(width, height, QImage.Format.Format_RGB32)
    side.fill(SIDE_GROUND)
    painter = QPainter(side)
    painter.drawImage((width - icon.width()) // 2, (height - icon.height()) * 2 // 5, icon)
    painter.end()
    target.write_bytes(_encoded(side.convertToFormat(QImage.Format.Format_RGB888), "BMP"))
    return target


def write_set(folder: Path) -> list[Path]:
    """Write the .ico and every PNG into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pngs = [write_png(folder / f"pos-app-{size}.png", size) for size in PNG_SIZES_PX]
    return [write_ico(folder / "pos-app.ico"), *pngs]


def _ico_picture(image: QImage) -> bytes:
    """Return one picture as it stands in an .ico: a bitmap with mask, or the largest as PNG.

    A bitmap is a BITMAPINFOHEADER (wingdi.h) of twice the height, the lines from the lowest up,
    then one bit a point that says where the ground shows, each line filled to 32 bits.
    """
    size = image.width()
    if size >= _PNG_FROM_PX:
        return _encoded(image, "PNG")
    points = bytes(image.constBits())
    lines = [points[start : start + 4 * size] for start in range(0, len(points), 4 * size)]
    mask_line_bytes = (size + 31) // 32 * 4
    masks = []
    for line in lines:
        bits = sum((line[4 * x + 3] == 0) << (8 * mask_line_bytes - 1 - x) for x in range(size))
        masks.append(bits.to_bytes(mask_line_bytes, "big"))
    body = b"".join(reversed(lines)) + b"".join(reversed(masks))
    return _BITMAP_HEADER.pack(40, size, 2 * size, 1, 32, 0, len(body), 0, 0, 0, 0) + body


def _encoded(image: QImage, form: str) -> bytes:
    """Return a picture in a file format.

    Raises:
        Undrawable: Qt's plug-in for it is not there.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, form):  # type: ignore[call-overload] # the stub wants bytes, Qt a str
        raise Undrawable(f"Qt cannot write {form}")
    return bytes(content.data())


def main(arguments: Sequence[str]) -> int:
    """Write the set into the folder named."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for path in write_set(Path(arguments[0])):
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
