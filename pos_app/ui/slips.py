"""What can be done with a slip from any screen: save it as PDF, print it."""

from __future__ import annotations

from pathlib import Path

from pos_app.domain.errors import ShopTrouble
from pos_app.domain.receipt import Receipt
from pos_app.printing.paper import Paper
from pos_app.printing.pdf import file_name, save_pdf
from pos_app.printing.printers import print_slip
from pos_app.ui.app import App
from pos_app.ui.text import text


def save_slip(app: App, receipt: Receipt, page_url: str) -> Path:
    """Save the slip as an A4 PDF in the slips folder and return where.

    Raises:
        ShopTrouble: the folder cannot be written.
    """
    path = app.slips_folder / file_name(receipt)
    try:
        app.slips_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ShopTrouble("printer.file", path=str(path), reason=reason) from error
    save_pdf(receipt, path, text, page_url=page_url)
    return path


def print_on_paper(app: App, receipt: Receipt, page_url: str) -> str:
    """Print the slip on the shop's first desktop printer, or else the usual one; return its name.

    Raises:
        ShopTrouble: no printer, or it refuses.
    """
    chosen = next((p for p in app.settings.printers if p.kind == "system"), None)
    if chosen is None:
        return print_slip(receipt, None, text, page_url=page_url)
    name = chosen.address or chosen.name
    return print_slip(receipt, name, text, Paper(chosen.paper), page_url=page_url)
