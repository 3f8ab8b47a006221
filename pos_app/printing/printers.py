"""The printers of the operating system, for A4 lasers and for receipt printers with a driver.

No dialog: the printer is chosen in the settings. Qt sees printers through CUPS or Windows; without
CUPS it lists none and says nothing, so this says it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import Words
from pos_app.printing.painter import MM_PER_INCH, SlipPainter, paint_set
from pos_app.printing.paper import Paper
from pos_app.printing.pdf import document_title, page_layout
from pos_app.printing.pieces import UNITS_PER_MM, SetSlip


@dataclass(frozen=True, slots=True)
class PrinterName:
    """A printer of this computer: the name to ask for it, words for a person, and the default."""

    name: str
    description: str
    is_default: bool


def available_printers() -> tuple[PrinterName, ...]:
    """Return the printers of this computer, the default one first; empty without CUPS."""
    default = QPrinterInfo.defaultPrinterName()
    names = sorted(QPrinterInfo.availablePrinterNames(), key=lambda name: (name != default, name))
    return tuple(
        PrinterName(name, QPrinterInfo.printerInfo(name).description() or name, name == default)
        for name in names
    )


def print_slip(
    receipt: Receipt,
    printer_name: str | None,
    words: Words,
    paper: Paper = Paper.A4,
    *,
    page_url: str = "",
) -> str:
    """Hand the slip to a printer's queue and return that printer's name.

    Args:
        receipt: the slip.
        printer_name: one of `available_printers()`; None for the default one, else the first.
        words: finds the words of a message id.
        paper: what lies in that printer.
        page_url: address for the QR code, "" for none.

    Raises:
        ShopTrouble: `printer.none` (no printer at all), `printer.unknown` (not this one),
            `printer.failed` (it is stopped, or the queue did not take the slip).
    """
    name = _choose(printer_name)
    info = QPrinterInfo.printerInfo(name)
    refuse_troubled(info.state(), name)
    placed = SlipPainter(words, page_url=page_url).set(receipt, paper)
    printer = QPrinter(info, QPrinter.PrinterMode.HighResolution)
    printer.setDocName(document_title(receipt, words))
    paint_on_printer(placed, printer, name)
    return name


def _choose(printer_name: str | None) -> str:
    """Return the name of a printer that is there."""
    printers = available_printers()
    if not printers:
        raise ShopTrouble("printer.none")
    if printer_name is None:
        return printers[0].name
    if printer_name not in {printer.name for printer in printers}:
        raise ShopTrouble("printer.unknown", printer=printer_name)
    return printer_name


def paint_on_printer(placed: SetSlip, printer: QPrinter, name: str) -> None:
    """Paint one page on `printer`, at its real size or smaller where the paper is too small.

    Raises:
        ShopTrouble: `printer.failed`, with `name` for the words.
    """
    # Offsets count from the paper's edge; the slip keeps the few millimetres no printer reaches
    # white by itself.
    printer.setFullPage(True)
    printer.setPageLayout(page_layout(placed))
    painter = QPainter()
    if not painter.begin(printer):
        raise ShopTrouble("printer.failed", printer=name)
    try:
        paint_set(placed, painter, _factor(placed, printer))
    finally:
        ended = painter.end()
    if not ended:
        raise ShopTrouble("printer.failed", printer=name)
    refuse_troubled(printer.printerState(), name)


def refuse_troubled(state: QPrinter.PrinterState, name: str) -> None:
    """Raise `printer.failed` for a printer that is stopped or offline or has lost the job.

    Asked before as well: a stopped queue keeps the slip and prints it when nobody waits for it.
    """
    if state in {QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted}:
        raise ShopTrouble("printer.failed", printer=name)


def _factor(placed: SetSlip, printer: QPrinter) -> float:
    """Return dots a unit; a driver that insists on a smaller page gets a smaller, whole slip."""
    real = printer.resolution() / MM_PER_INCH / UNITS_PER_MM
    page = printer.pageLayout().fullRectPixels(printer.resolution())
    return min(real, page.width() / placed.width, page.height() / placed.height)
