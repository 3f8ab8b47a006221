"""Asking what becomes of changes that were not saved."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QWidget

from pos_app.ui.dialogs import Dialog, await_dialog
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton


class Leaving(StrEnum):
    """What the person wants."""

    SAVE = "save"
    DISCARD = "discard"
    STAY = "stay"


class LeaveDialog(Dialog):
    """Save (Enter), discard (D) or stay (Esc)."""

    def __init__(self, parent: QWidget) -> None:
        """Build the three answers."""
        super().__init__(parent, text("settings.leave.title"), icon="alert", tone="warn")
        self.choice = Leaving.STAY
        self.add_words(text("settings.leave.body"))
        self.discard = BigButton(text("settings.leave.discard"), "D", primary=False, height=46)
        self.discard.clicked.connect(self._discard)
        self.body.addWidget(self.discard)
        save, _stay = self.add_buttons(text("settings.leave.save"), text("settings.leave.stay"))
        save.clicked.disconnect(self.accept)
        save.clicked.connect(self._save)

    def _save(self) -> None:
        self.choice = Leaving.SAVE
        self.accept()

    def _discard(self) -> None:
        self.choice = Leaving.DISCARD
        self.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take D as well."""
        if keys.letter(event) == "D" and not event.isAutoRepeat():
            self._discard()
            return
        super().keyPressEvent(event)


async def ask_leaving(parent: QWidget) -> Leaving:
    """Ask and return the answer."""
    dialog = LeaveDialog(parent)
    try:
        agreed = await await_dialog(dialog) == QDialog.DialogCode.Accepted
        return dialog.choice if agreed else Leaving.STAY
    finally:
        dialog.deleteLater()
