"""What can be done about a refund or a payment beside refunding: paper, questions, second thoughts.

Each says its own trouble in a dialog of `parent`; nothing is swallowed but what was shown.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.domain.errors import PosError
from pos_app.domain.receipt import refund_receipt
from pos_app.domain.record import PaymentRecord
from pos_app.ui.app import App
from pos_app.ui.dialogs import confirm, show_error, show_notice
from pos_app.ui.screens.refund.outcome import Shown
from pos_app.ui.slips import print_on_paper, save_slip
from pos_app.ui.text import text


async def do(name: str, parent: QWidget, app: App, shown: Shown) -> None:
    """Print the cancel slip, save it as a PDF, or ask the gateway again at once."""
    record = shown.record
    try:
        if name == "ask_again":
            await app.recovery.ask_again(record.payment_id)
            return
        receipt = refund_receipt(record, shown.refund.refund_id, app.merchant)
        if name == "pdf":
            path = save_slip(app, receipt, app.slip_url(record))
            await show_notice(parent, text("slip.saved"), str(path))
        else:
            printer = print_on_paper(app, receipt, app.slip_url(record))
            await show_notice(parent, text("slip.printed"), printer)
    except PosError as error:
        await show_error(parent, error)


async def reverse_when_found(parent: QWidget, app: App, record: PaymentRecord) -> None:
    """Ask, then note that a charge not known yet is to be cancelled if it was approved."""
    agreed = await confirm(
        parent,
        text("unwanted.confirm.title"),
        text("unwanted.confirm.body"),
        text("unwanted.confirm.yes"),
        text("unwanted.confirm.no"),
        danger=True,
    )
    if not agreed:
        return
    try:
        await app.recovery.reverse_when_found(record.payment_id)
    except PosError as error:
        await show_error(parent, error)
