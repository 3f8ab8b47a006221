"""What the sale screen asks and does in dialogs; loaded when first wanted, not to be painted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from pos_app.domain.card import mask_pan
from pos_app.domain.errors import PosError
from pos_app.domain.order import Order
from pos_app.domain.receipt import sale_receipt
from pos_app.domain.record import PaymentRecord
from pos_app.ui.app import App
from pos_app.ui.dialogs import await_dialog, confirm, show_error, show_notice
from pos_app.ui.duplicate import ask_about_duplicate
from pos_app.ui.screens.sale.form import SaleForm
from pos_app.ui.screens.sale.model import ParkingLot, TypedOrder
from pos_app.ui.screens.sale.parking import ParkingDialog
from pos_app.ui.slips import print_on_paper, save_slip
from pos_app.ui.text import text

if TYPE_CHECKING:
    from pos_app.services.sale_desk import SaleRequest
    from pos_app.ui.screens.sale.view import SaleScreen


async def ask_first(screen: SaleScreen, app: App, request: SaleRequest) -> SaleRequest | None:
    """Ask about duplicates and about another birth date; return what to charge, None to stop."""
    reason = await ask_duplicates(screen, app, screen.form, request.order)
    if reason is None:
        return None
    return await screen.identity.bind(replace(request, duplicate_reason=reason))


async def ask_duplicates(screen: QWidget, app: App, form: SaleForm, order: Order) -> str | None:
    """Return "" if there is no duplicate, the reason given, or None to stop."""
    with form.number.peek() as digits:
        masked = mask_pan(digits)
    return await ask_about_duplicate(screen, app, masked, order.amount)


async def ask_parked(screen: QWidget, parking: ParkingLot) -> TypedOrder | None:
    """Return the parked order that was chosen, taken out; None where none was."""
    dialog = ParkingDialog(screen, parking.all())
    agreed = await await_dialog(dialog) == QDialog.DialogCode.Accepted
    chosen = parking.take(dialog.index()) if agreed else None
    dialog.deleteLater()
    return chosen


async def ask_clear(screen: QWidget) -> bool:
    """Ask whether everything typed may go."""
    return await confirm(
        screen,
        text("sale.clear.title"),
        text("sale.clear.body"),
        text("sale.clear.yes"),
        text("sale.clear.no"),
    )


async def work(screen: QWidget, app: App, name: str, record: PaymentRecord) -> None:
    """Do what takes time: print, save, ask again, reverse when found."""
    try:
        match name:
            case "pdf":
                receipt = sale_receipt(record, app.merchant)
                path = save_slip(app, receipt, app.slip_url(record))
                await show_notice(screen, text("slip.saved"), str(path))
            case "print":
                receipt = sale_receipt(record, app.merchant)
                printer = print_on_paper(app, receipt, app.slip_url(record))
                await show_notice(screen, text("slip.printed"), printer)
            case "ask_again":
                await app.recovery.ask_again(record.payment_id)
            case "unwanted":
                await _reverse_when_found(screen, app, record)
    except PosError as error:
        await show_error(screen, error)


async def _reverse_when_found(screen: QWidget, app: App, record: PaymentRecord) -> None:
    agreed = await confirm(
        screen,
        text("unwanted.confirm.title"),
        text("unwanted.confirm.body"),
        text("unwanted.confirm.yes"),
        text("unwanted.confirm.no"),
        danger=True,
    )
    if agreed:
        await app.recovery.reverse_when_found(record.payment_id)
