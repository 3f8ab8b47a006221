"""Asking for the vault's passphrase where there is no keyring."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from pos_app.domain.errors import UserMistake
from pos_app.ui.dialogs import Dialog, await_dialog
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets.text_field import SecretTextField


async def ask_passphrase(parent: QWidget, wrong: UserMistake | None) -> str | None:
    """Ask for the passphrase; None when the person gives up. `wrong` tells of the last try."""
    dialog = Dialog(parent, text("passphrase.title"), icon="lock")
    dialog.add_words(text("passphrase.body"))
    field = SecretTextField(text("passphrase.field"))
    if wrong is not None:
        field.set_error(error_text(wrong)[0])
    dialog.body.addWidget(field)
    dialog.add_buttons(text("passphrase.open"), text("passphrase.stop"))
    field.advance.connect(dialog.accept)
    field.setFocus()
    agreed = await await_dialog(dialog) == QDialog.DialogCode.Accepted
    typed = field.text_value()
    field.clear_field()
    dialog.deleteLater()
    return typed if agreed else None
