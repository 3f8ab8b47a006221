"""Slips as PDF files: whole or not at all, for their owner only, with text that can be found."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.order import KST
from pos_app.domain.receipt import Receipt
from pos_app.printing.layout import Words
from pos_app.printing.painter import MM_PER_INCH, SlipPainter, paint_set
from pos_app.printing.paper import Paper
from pos_app.printing.pieces import UNITS_PER_MM, SetSlip

#: Fine enough that rounding to dots is invisible; a PDF is made of outlines anyway.
_PDF_DPI = 1200
_STEM_CHARS_MAX = 60


def file_name(receipt: Receipt) -> str:
    """Return a name that is safe on every file system: the order number and nothing of the buyer.

    A cancel adds its time in Korea, because one order may have several cancel slips.
    """
    order_no = re.sub(r"[^0-9A-Za-z-]", "", receipt.order_no)[:_STEM_CHARS_MAX]
    cancel = f"-cancel-{receipt.at.astimezone(KST):%Y%m%d-%H%M%S}" if receipt.is_cancel else ""
    # The word before it keeps names that Windows reserves (CON, NUL) from arising.
    return f"slip-{order_no or 'unnumbered'}{cancel}.pdf"


def document_title(receipt: Receipt, words: Words) -> str:
    """Return the title in a PDF's properties and in a print queue: kind and order number only."""
    kind = "slip.file.cancel" if receipt.is_cancel else "slip.file.sale"
    return words(kind, order_no=re.sub(r"[^0-9A-Za-z-]", "", receipt.order_no))


def pdf_bytes(
    receipt: Receipt, words: Words, paper: Paper = Paper.A4, *, page_url: str = ""
) -> bytes:
    """Return the slip as a PDF of one page.

    Raises:
        ShopTrouble: `printer.failed`, Qt could not make it.
    """
    placed = SlipPainter(words, page_url=page_url).set(receipt, paper)
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_PDF_DPI)
    writer.setTitle(document_title(receipt, words))
    writer.setCreator("pos-app")
    writer.setPageLayout(page_layout(placed))
    painter = QPainter()
    if not painter.begin(writer):
        raise ShopTrouble("printer.failed", printer="PDF")
    try:
        paint_set(placed, painter, _PDF_DPI / MM_PER_INCH / UNITS_PER_MM)
    finally:
        painter.end()
    buffer.close()
    return bytes(held.data())


def save_pdf(
    receipt: Receipt, path: Path, words: Words, paper: Paper = Paper.A4, *, page_url: str = ""
) -> None:
    """Write the slip to `path`, mode 0600; an older file there stays whole until the new one is.

    Raises:
        ShopTrouble: `printer.file`, the folder is not there, not writable or full.
    """
    content = pdf_bytes(receipt, words, paper, page_url=page_url)
    try:
        _replace(path, content)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ShopTrouble("printer.file", path=str(path), reason=reason) from error


def page_layout(placed: SetSlip) -> QPageLayout:
    """Return a page of the slip's own size, without margins: the slip brings its white along."""
    size = QSizeF(placed.width / UNITS_PER_MM, placed.height / UNITS_PER_MM)
    if placed.paper is Paper.A4:
        page = QPageSize(QPageSize.PageSizeId.A4)
    else:
        matching = QPageSize.SizeMatchPolicy.ExactMatch
        page = QPageSize(size, QPageSize.Unit.Millimeter, placed.paper.value, matching)
    return QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))


def _replace(path: Path, content: bytes) -> None:
    """Write `content` beside `path`, onto the disk, then put it in its place.

    `mkstemp` makes the file for its owner only (0600).
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".slip-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
