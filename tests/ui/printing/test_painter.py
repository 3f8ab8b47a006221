"""The slip as a picture on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import ShopTrouble
from pos_app.printing.painter import SlipPainter, slip_picture
from pos_app.printing.paper import Paper
from tests.ui.printing.ink import difference, ink
from tests.unit.printing.samples import ENGLISH, KOREAN, LONGEST, NORMAL, PAGE_URL


@pytest.mark.parametrize("paper", Paper)
def test_the_picture_has_the_size_of_the_paper(qapp: QApplication, paper: Paper) -> None:
    picture = slip_picture(NORMAL, KOREAN, paper)
    size = SlipPainter(KOREAN).slip_size(NORMAL, paper, 96)
    assert picture.size() == size
    assert size.width() == pytest.approx({"A4": 794, "80mm": 303, "58mm": 220}[paper.value], abs=1)
    if paper is Paper.A4:
        assert size.height() == pytest.approx(1123, abs=1)


def test_a_roll_is_as_long_as_its_slip(qapp: QApplication) -> None:
    painter = SlipPainter(KOREAN)
    short = painter.slip_size(NORMAL, Paper.ROLL_80, 203)
    long = painter.slip_size(LONGEST, Paper.ROLL_80, 203)
    assert short.width() == long.width()
    assert short.height() < long.height()


def test_a_larger_scale_is_the_same_picture_only_finer(qapp: QApplication) -> None:
    once = slip_picture(LONGEST, ENGLISH, Paper.ROLL_80, 1, page_url=PAGE_URL)
    thrice = slip_picture(LONGEST, ENGLISH, Paper.ROLL_80, 3, page_url=PAGE_URL)
    assert difference(once, thrice) < 60


def test_paint_uses_the_real_size_on_any_device(qapp: QApplication) -> None:
    image = QImage(1000, 2000, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(8000)
    image.setDotsPerMeterY(8000)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.translate(100, 50)
    SlipPainter(KOREAN).paint(NORMAL, painter, Paper.ROLL_80)
    painter.end()
    # The dashed rules span the column: 71 of 80 mm at 8 dots a millimetre.
    painted = ink(image)
    assert painted.left() == pytest.approx(100 + 4.5 * 8, abs=8)
    assert painted.right() == pytest.approx(100 + 75.5 * 8, abs=8)


def test_a_picture_too_large_for_the_memory_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ShopTrouble, match=r"printer\.failed"):
        slip_picture(NORMAL, KOREAN, Paper.A4, 1000)
