"""The question before a sale whose caller was born on another day than the card's holder."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QWidget

from pos_app.domain.errors import UserMistake
from pos_app.domain.operators import Operator, Permission, Right, permission
from pos_app.ui.app import App
from pos_app.ui.approver import ApproverFields
from pos_app.ui.dialogs import Dialog, await_dialog, show_error
from pos_app.ui.text import text


@dataclass(frozen=True, slots=True)
class Agreed:
    """Somebody who may has agreed.

    Attributes:
        approver: the second person; None where the one at the counter may.
    """

    approver: Operator | None


class MismatchDialog(Dialog):
    """Says what differs; a clerk needs a manager's PIN or name."""

    def __init__(self, parent: QWidget, app: App) -> None:
        """Ask, on behalf of whoever is at the counter."""
        super().__init__(parent, text("identity.mismatch.title"), icon="alert", tone="bad")
        self.add_words(text("identity.mismatch.body"))
        self.approver = ApproverFields(app.operators)
        role = app.operators.current.role
        needed = permission(role, Right.IDENTITY_DIFFERS) is not Permission.ALLOWED
        self.body.addWidget(self.approver)
        self.approver.ask(wanted=needed)
        if not needed:
            self.add_words(text("identity.mismatch.own", operator=app.operators.current.name))
        agree, _stop = self.add_buttons(
            text("identity.mismatch.go_on"), text("identity.mismatch.stop"), danger=True
        )
        agree.clicked.disconnect()
        agree.clicked.connect(self._agree)
        for field in (self.approver.pin, self.approver.name):
            field.advance.connect(agree.setFocus)
        if needed:
            (self.approver.pin if app.operators.pins_in_use else self.approver.name).setFocus()

    def _agree(self) -> None:
        if self.approver.check_there():
            self.accept()


async def ask_despite_birth(screen: QWidget, app: App) -> Agreed | None:
    """Return who lets the sale go on; None to stop."""
    dialog = MismatchDialog(screen, app)
    try:
        while await await_dialog(dialog) == QDialog.DialogCode.Accepted:
            try:
                approver = await dialog.approver.approved_by()
                app.operators.author(Right.IDENTITY_DIFFERS, approver)
            except UserMistake as mistake:
                if not dialog.approver.take_mistake(mistake):
                    await show_error(screen, mistake)
                    return None
            else:
                return Agreed(approver)
        return None
    finally:
        dialog.approver.clear()
        dialog.deleteLater()
