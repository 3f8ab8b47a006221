"""The icon in every size Windows and desktops ask for, in our own colour, the same twice."""

from __future__ import annotations

import struct
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from icons import (
    DRAWING,
    ICO_SIZES_PX,
    PNG_SIZES_PX,
    SIDE_PX,
    Undrawable,
    draw,
    write_ico,
    write_set,
    write_side,
)
from PySide6.QtGui import QImage, QImageReader

from pos_app.resources import resource_path

PNG = b"\x89PNG\r\n\x1a\n"


def entries(ico: bytes) -> list[tuple[int, bytes]]:
    """Return size and picture of each entry, read by the published layout of .ico files."""
    kind, count = struct.unpack_from("<HH", ico, 2)
    assert kind == 1
    found = []
    for number in range(count):
        width, height, _colours, _zero, _planes, bits, size, offset = struct.unpack_from(
            "<BBBBHHII", ico, 6 + 16 * number
        )
        assert (width, bits) == (height, 32)
        found.append((width or 256, ico[offset : offset + size]))
    return found


def test_the_ico_holds_every_size_and_only_the_largest_is_png(tmp_path: Path) -> None:
    content = write_ico(tmp_path / "a.ico").read_bytes()
    found = entries(content)
    assert [size for size, _picture in found] == list(ICO_SIZES_PX)
    assert [size for size, picture in found if picture.startswith(PNG)] == [256]
    assert sum(len(picture) for _size, picture in found) + 6 + 16 * len(found) == len(content)
    for size, picture in found[:-1]:
        head, width, height = struct.unpack_from("<Iii", picture)
        assert (head, width, height) == (40, size, 2 * size), "bitmap and mask, one on the other"


def test_a_reader_of_ico_files_sees_what_was_drawn(tmp_path: Path) -> None:
    reader = QImageReader(str(write_ico(tmp_path / "a.ico")))
    assert reader.imageCount() == len(ICO_SIZES_PX)
    for number, size in enumerate(ICO_SIZES_PX):
        reader.jumpToImage(number)
        assert reader.read().convertToFormat(QImage.Format.Format_ARGB32) == draw(DRAWING, size)


def test_the_set_is_the_same_twice(tmp_path: Path) -> None:
    one, other = write_set(tmp_path / "one"), write_set(tmp_path / "other")
    assert len(one) == 1 + len(PNG_SIZES_PX)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_the_ground_is_the_accent_colour_and_the_corners_are_open() -> None:
    tokens = tomllib.loads(resource_path("themes", "tokens.toml").read_text(encoding="utf-8"))
    picture = draw(DRAWING, 256)
    assert picture.pixelColor(128, 4).name() == tokens["light"]["accent"]
    assert picture.pixelColor(0, 0).alpha() == 0


@pytest.mark.parametrize("size", [16, 24])
def test_card_and_handset_are_told_apart_when_small(size: int) -> None:
    picture = draw(DRAWING, size)
    column = [picture.pixelColor(size // 4, y) for y in range(size)]
    bright = [colour.lightness() > 200 for colour in column]
    edges = sum(one != other for one, other in pairwise(bright))
    assert edges >= 6, "handset, card above its stripe, card below it: three bright pieces"


def test_the_mask_opens_the_corners_for_readers_without_alpha(tmp_path: Path) -> None:
    size, picture = entries(write_ico(tmp_path / "a.ico").read_bytes())[0]
    mask = picture[40 + 4 * size * size :]
    lines = [mask[4 * number : 4 * number + 2] for number in range(size)]
    assert len(mask) == 4 * size
    assert lines[0][0] & 0x80, "the lowest line comes first"
    assert lines[size // 2] == b"\0\0"


@pytest.mark.qt_log_ignore("Cannot read file")
def test_no_drawing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("a photograph")
    with pytest.raises(Undrawable, match=r"a\.svg"):
        write_ico(tmp_path / "a.ico", tmp_path / "a.svg")
    assert not (tmp_path / "a.ico").exists()


def test_the_picture_of_the_setup_is_a_plain_bitmap_and_the_same_twice(tmp_path: Path) -> None:
    made = write_side(tmp_path / "side.bmp")
    content = made.read_bytes()
    assert content[:2] == b"BM"
    assert struct.unpack_from("<iiHHI", content, 18) == (*SIDE_PX, 1, 24, 0)  # 24 bits, unpacked
    assert write_side(tmp_path / "again.bmp").read_bytes() == content
