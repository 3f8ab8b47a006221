"""The papers a slip is set on, and the measures of each: all lengths in millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Paper(StrEnum):
    """Paper kinds; the values are those of the settings (architecture.md, provision file)."""

    A4 = "A4"
    ROLL_80 = "80mm"
    ROLL_58 = "58mm"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The measures of one paper.

    Attributes:
        width_mm: the whole paper.
        height_mm: the whole paper; None on a roll, which is as long as the slip.
        column_mm: width of the printed column, centred on the paper.
        top_mm: white above and below the slip.
        em_mm: size of the plain text; every other size is a multiple of it.
        pad_mm: white between the frame and the column; None prints no frame.
        grey: labels in grey, which a laser can print and a thermal head cannot.
    """

    width_mm: float
    height_mm: float | None
    column_mm: float
    top_mm: float
    em_mm: float
    pad_mm: float | None
    grey: bool


#: Thermal heads print 72 mm of an 80 mm roll and 48 mm of a 58 mm one (576 and 384 dots at
#: 203 dpi). A4 is ISO 216; nine or ten points is what a laser slip is read at.
SHEETS = {
    Paper.A4: Sheet(
        width_mm=210,
        height_mm=297,
        column_mm=112,
        top_mm=18,
        em_mm=3.4,
        pad_mm=9,
        grey=True,
    ),
    Paper.ROLL_80: Sheet(
        width_mm=80,
        height_mm=None,
        column_mm=71,
        top_mm=5,
        em_mm=3.1,
        pad_mm=None,
        grey=False,
    ),
    Paper.ROLL_58: Sheet(
        width_mm=58,
        height_mm=None,
        column_mm=47.5,
        top_mm=4,
        em_mm=2.75,
        pad_mm=None,
        grey=False,
    ),
}
