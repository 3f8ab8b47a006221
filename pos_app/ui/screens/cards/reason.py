"""Asking once more before something is deleted or taken back: why, and who agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QDialog, QWidget
from shiboken6 import isValid

from pos_app.domain.errors import PosError
from pos_app.domain.operators import Operator
from pos_app.services.operators import OperatorDesk
from pos_app.ui.approver import ApproverFields
from pos_app.ui.dialogs import Dialog, await_dialog, show_error
from pos_app.ui.text import text
from pos_app.ui.widgets.choice_field import ChoiceField

#: What is chosen from; the words are `cards.reason.<name>`.
REASONS = ("customer_asked", "card_changed", "mistake", "contract_ended")


class ReasonDialog(Dialog):
    """A question in words with a reason, and an approver where one is needed."""

    def __init__(
        self, parent: QWidget, kind: str, words: str, operators: OperatorDesk, *, approval: bool
    ) -> None:
        """Ask about `kind`: "forget" or "cancel_plan"; `words` say what it is about."""
        super().__init__(parent, text(f"cards.ask.{kind}.title"), icon="alert", tone="bad")
        self.screen_below = parent
        self.add_words(words)
        choices = [(name, text(f"cards.reason.{name}")) for name in REASONS]
        self.reason = ChoiceField(text("cards.reason"), choices)
        self.approver = ApproverFields(operators)
        self.approver.ask(wanted=approval)
        self.body.addWidget(self.reason)
        self.body.addWidget(self.approver)
        agree, _ = self.add_buttons(
            text(f"cards.ask.{kind}.yes"), text("cards.ask.stop"), danger=True
        )
        agree.clicked.disconnect()
        agree.clicked.connect(self._agree)
        self.reason.advance.connect(lambda: self._next(agree))
        for field in (self.approver.pin, self.approver.name):
            field.advance.connect(agree.setFocus)
        self.reason.setFocus()

    def words(self) -> str:
        """Return the reason as it goes on record."""
        return text(f"cards.reason.{self.reason.value()}")

    def _next(self, agree: QWidget) -> None:
        """Enter in the reason: to the approver, or to the key."""
        if self.approver.wanted:
            field = self.approver.pin if self.approver.pin.isVisibleTo(self) else self.approver.name
            field.setFocus()
        else:
            agree.setFocus()

    def _agree(self) -> None:
        if self.approver.check_there():
            self.accept()


async def ask_reason(
    dialog: ReasonDialog, do: Callable[[str, Operator | None], Awaitable[None]]
) -> bool:
    """Ask until it is done or given up; a wrong PIN is said in its field and asked again.

    Returns:
        Whether it was done.
    """
    try:
        while await await_dialog(dialog) == QDialog.DialogCode.Accepted:
            try:
                await do(dialog.words(), await dialog.approver.approved_by())
            except PosError as error:
                if dialog.approver.take_mistake(error):
                    await asyncio.sleep(0)
                    continue
                await show_error(dialog.screen_below, error)
                return False
            return True
        return False
    finally:
        if isValid(dialog):  # it has died already if the screen has
            dialog.deleteLater()
