"""Who else agrees: a PIN where people have one, a name where nobody does."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.domain.errors import PosError, UserMistake
from pos_app.domain.operators import Operator
from pos_app.services.operators import OperatorDesk
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets.digits_field import PinField
from pos_app.ui.widgets.text_field import TextField

#: Beginnings of the codes of mistakes that belong into this field.
_MINE = ("pin.", "approver.", "right.")
_NAME_BYTES = 60


class ApproverFields(QWidget):
    """The field beside the key that acts.

    Signals:
        changed: something was typed.
    """

    changed = Signal()

    def __init__(self, operators: OperatorDesk, parent: QWidget | None = None) -> None:
        """Build it hidden; `ask` shows it."""
        super().__init__(parent)
        self._operators = operators
        self._wanted = False
        self.pin = PinField(text("refund.pin"))
        self.name = TextField(text("refund.approver_name"), max_bytes=_NAME_BYTES)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for field in (self.pin, self.name):
            column.addWidget(field)
            field.changed.connect(self._on_changed)
        self.ask(wanted=False)

    def ask(self, *, wanted: bool) -> None:
        """Ask for an approver, or for nobody."""
        self._wanted = wanted
        self.pin.setVisible(wanted and self._operators.pins_in_use)
        self.name.setVisible(wanted and not self._operators.pins_in_use)
        self.setVisible(wanted)

    @property
    def wanted(self) -> bool:
        """Tell whether somebody has to agree."""
        return self._wanted

    def typed_name(self) -> str:
        """Return the name typed; a PIN says no name before it is checked."""
        return self.name.text_value() if self._wanted else ""

    def clear(self) -> None:
        """Forget what was typed."""
        self.pin.wipe()
        self.pin.set_error("")
        self.name.clear_field()

    def check_there(self) -> bool:
        """Tell whether what is wanted was typed; say so in the field if it was not."""
        field = self._field()
        if not self._wanted or not field.is_empty():
            return True
        by_pin = field is self.pin
        self._say(UserMistake("right.needs_approval" if by_pin else "approver.name_empty"))
        return False

    async def approved_by(self) -> Operator | None:
        """Return who agrees, None where nobody has to; the PIN is forgotten at once.

        Raises:
            UserMistake: a wrong PIN, or a name that cannot approve.
        """
        if not self._wanted:
            return None
        if not self._operators.pins_in_use:
            return await self._operators.approver(self.name.text_value())
        typed = self.pin.take()
        try:
            return await self._operators.approver(typed.decode("ascii"))
        finally:
            typed[:] = bytes(len(typed))

    def take_mistake(self, error: PosError) -> bool:
        """Say an error in the field if it belongs there; tell whether it did."""
        if not self._wanted or not error.code.startswith(_MINE):
            return False
        self._say(error)
        return True

    def _field(self) -> PinField | TextField:
        return self.pin if self._operators.pins_in_use else self.name

    def _say(self, error: PosError) -> None:
        field = self._field()
        field.set_error(error_text(error)[0])
        field.setFocus()

    def _on_changed(self) -> None:
        self.pin.set_error("")
        self.name.set_error("")
        self.changed.emit()
