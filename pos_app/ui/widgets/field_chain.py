"""The keyboard's way through a form: Enter goes on, Up goes back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.months_row import MonthsRow
from pos_app.ui.widgets.secret_field import SecretField

if TYPE_CHECKING:
    from pos_app.ui.widgets.month_calendar import MonthCalendar

Stop: TypeAlias = "FieldShell | MonthsRow | MonthCalendar"


class FieldChain(QObject):
    """Connects `fields` in order; hidden and disabled ones are passed over.

    `finished` is emitted when Enter was hit in the last one.
    """

    finished = Signal()

    def __init__(self, fields: Sequence[Stop], parent: QWidget) -> None:
        super().__init__(parent)
        self._form = parent
        self._fields = tuple(fields)
        for field in self._fields:
            field.advance.connect(partial(self._go, field, 1))
            field.retreat.connect(partial(self._go, field, -1))
            if isinstance(field, SecretField):
                field.completed.connect(partial(self._completed, field))
        for one, other in zip(self._fields, self._fields[1:], strict=False):
            QWidget.setTabOrder(one, other)

    def open_fields(self) -> list[Stop]:
        """Return the fields one can get to now, in order."""
        return [f for f in self._fields if f.isVisibleTo(self._form) and f.isEnabled()]

    def focus_first(self) -> None:
        """Go to the first field."""
        for field in self.open_fields()[:1]:
            _focus(field)

    def focus_first_empty(self) -> None:
        """Go to the first field without contents, else to the first one."""
        empty = [f for f in self.open_fields() if isinstance(f, FieldShell) and f.is_empty()]
        if empty:
            _focus(empty[0])
        else:
            self.focus_first()

    def _completed(self, field: Stop) -> None:
        """Go on by itself, but never finish the form without an Enter."""
        if self.open_fields()[-1:] != [field]:
            self._go(field, 1)

    def _go(self, field: Stop, step: int) -> None:
        fields = self.open_fields()
        if field not in fields:
            return
        at = fields.index(field) + step
        if 0 <= at < len(fields):
            _focus(fields[at])
        elif step > 0:
            self.finished.emit()


def _focus(field: Stop) -> None:
    field.setFocus(Qt.FocusReason.TabFocusReason)
