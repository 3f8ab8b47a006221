"""Printing on the printers of the operating system, as far as this machine has any."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QPageSize
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
from PySide6.QtWidgets import QApplication

from pos_app.domain.errors import ShopTrouble
from pos_app.printing.painter import SlipPainter, slip_picture
from pos_app.printing.paper import Paper
from pos_app.printing.printers import (
    available_printers,
    paint_on_printer,
    print_slip,
    refuse_troubled,
)
from tests.ui.printing.ink import difference, ink
from tests.ui.printing.test_pdf import poppler, tool
from tests.unit.printing.samples import CASES, KOREAN, NORMAL, words_of


def file_printer(path: Path, page: QPageSize | None = None) -> QPrinter:
    """Return a printer that writes a PDF: Qt's own printing path without a queue behind it."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    if page is not None:
        printer.setPageSize(page)
    return printer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has its own PDF printer")
def test_a_machine_without_printers_says_so(qapp: QApplication) -> None:
    if QPrinterInfo.availablePrinterNames():
        pytest.skip("this machine has printers")
    assert available_printers() == ()
    with pytest.raises(ShopTrouble) as caught:
        print_slip(NORMAL, None, KOREAN)
    assert caught.value.code == "printer.none"


def test_a_printer_that_is_not_there_is_never_replaced_by_another(qapp: QApplication) -> None:
    with pytest.raises(ShopTrouble) as caught:
        print_slip(NORMAL, "no such printer", KOREAN)
    assert caught.value.code in {"printer.none", "printer.unknown"}


@poppler
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("name", ["practice", "longest"])
def test_paper_shows_what_the_screen_shows(
    qapp: QApplication, tmp_path: Path, name: str, paper: Paper
) -> None:
    path = tmp_path / "printed.pdf"
    placed = SlipPainter(KOREAN).set(CASES[name], paper)
    paint_on_printer(placed, file_printer(path), "file")
    tool("pdftoppm", "-r", "192", "-singlefile", "-png", path, tmp_path / "printed")
    printed = QImage(str(tmp_path / "printed.png"))
    shown = slip_picture(CASES[name], KOREAN, paper, 2)
    assert abs(printed.width() - shown.width()) <= 3
    assert abs(printed.height() - shown.height()) <= 3
    assert difference(shown, printed) < 90


class StubbornPrinter(QPrinter):
    """A driver that keeps its own paper whatever it is asked for."""

    def setPageLayout(self, pageLayout: object) -> bool:  # noqa: N802, N803 - Qt's names
        return False


@poppler
def test_a_driver_that_insists_on_short_paper_gets_a_smaller_whole_slip(
    qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "printed.pdf"
    printer = StubbornPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    matching = QPageSize.SizeMatchPolicy.ExactMatch
    small = QPageSize(QSizeF(70, 100), QPageSize.Unit.Millimeter, "short", matching)
    printer.setPageSize(small)
    placed = SlipPainter(KOREAN).set(NORMAL, Paper.ROLL_80)
    paint_on_printer(placed, printer, "stubborn")
    assert "Pages:           1" in tool("pdfinfo", path)
    tool("pdftoppm", "-r", "192", "-singlefile", "-png", path, tmp_path / "printed")
    page = QImage(str(tmp_path / "printed.png"))
    painted = ink(page)
    assert painted.bottom() < page.height() - 5
    assert painted.right() < page.width() - 5
    assert "거래번호" in tool("pdftotext", path, "-")


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_cannot_start_is_said(qapp: QApplication, tmp_path: Path) -> None:
    placed = SlipPainter(KOREAN).set(NORMAL, Paper.A4)
    with pytest.raises(ShopTrouble) as caught:
        paint_on_printer(placed, file_printer(tmp_path / "gone" / "x.pdf"), "계산대")
    assert caught.value.code == "printer.failed"
    assert caught.value.params == {"printer": "계산대"}


@pytest.mark.parametrize("state", QPrinter.PrinterState)
def test_a_stopped_printer_is_refused(state: QPrinter.PrinterState) -> None:
    if state in {QPrinter.PrinterState.Idle, QPrinter.PrinterState.Active}:
        refuse_troubled(state, "계산대")
        return
    with pytest.raises(ShopTrouble) as caught:
        refuse_troubled(state, "계산대")
    assert caught.value.code == "printer.failed"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_trouble_has_words(language: str) -> None:
    words = words_of(language)
    params = {"printer": "P", "path": "/x", "reason": "full"}
    for code in ("none", "unknown", "failed", "file"):
        for part in ("title", "advice"):
            assert "{" not in words(f"error.printer.{code}.{part}", **params)
