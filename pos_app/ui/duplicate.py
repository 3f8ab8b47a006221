"""The question before a second charge of the same card and amount: the earlier one is shown."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from pos_app.domain.money import Won
from pos_app.domain.record import PaymentRecord
from pos_app.ui import text as t
from pos_app.ui.app import App
from pos_app.ui.cards import card_words, state_badge
from pos_app.ui.dialogs import Dialog, await_dialog
from pos_app.ui.text import text
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.text_field import TextField


class DuplicateDialog(Dialog):
    """Shows the earlier payment and asks why to go on; an empty reason is no reason."""

    def __init__(self, parent: QWidget, earlier: PaymentRecord) -> None:
        """Ask about `earlier`."""
        kind = "open" if earlier.is_open else "settled"
        super().__init__(parent, text(f"duplicate.{kind}.title"), icon="alert", tone="warn")
        self.add_words(text(f"duplicate.{kind}.body"))
        facts = Pairs()
        facts.set_pairs(
            [
                Pair(text("slip_panel.state"), state_badge(earlier)),
                Pair(text("recent.time"), t.short_stamp(earlier.created_at)),
                Pair(text("slip_panel.product"), earlier.order.product),
                Pair(text("slip_panel.buyer"), earlier.order.buyer_name),
                Pair(text("slip_panel.card"), card_words(earlier)),
                Pair(text("recent.amount"), t.won_unit(earlier.order.amount.amount)),
                Pair(text("slip_panel.order_no"), earlier.order_no),
            ]
        )
        self.body.addWidget(facts)
        self._reason = TextField(text("duplicate.reason"), max_bytes=100)
        self.body.addWidget(self._reason)
        agree, _ = self.add_buttons(text("duplicate.go_on"), text("duplicate.stop"))
        agree.clicked.disconnect()
        agree.clicked.connect(self._agree)
        self._reason.advance.connect(self._agree)
        self._reason.setFocus()

    def reason(self) -> str:
        """Return what was typed."""
        return self._reason.text_value().strip()

    def _agree(self) -> None:
        if self.reason():
            self.accept()
            return
        self._reason.set_error(text("duplicate.reason_empty"))
        self._reason.setFocus()


async def ask_about_duplicate(screen: QWidget, app: App, masked: str, amount: Won) -> str | None:
    """Return "" if there is no duplicate, the reason given, or None to stop."""
    earlier = await app.sale_desk.earlier(masked, amount)
    if not earlier:
        return ""
    shown = next((record for record in earlier if record.is_open), earlier[0])
    dialog = DuplicateDialog(screen, shown)
    agreed = await await_dialog(dialog) == QDialog.DialogCode.Accepted
    reason = dialog.reason()
    dialog.deleteLater()
    return reason if agreed else None
