"""Which gateway this sale goes by: shown only where a shop has two, changed by F6 alone."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.text import text
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.segments import Segments
from pos_app.ui.words import gateway_words


class GatewayChoice(QWidget):
    """The gateways of the terminal side by side; every sale begins with the first.

    Signals:
        changed: (name) this one is to be used now.
    """

    changed = Signal(str)

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        """Offer `names`, the first one chosen."""
        super().__init__(parent)
        self._names = names
        self._segments = Segments(text("sale.gateway"), "F6", self)
        self._segments.set_choices([gateway_words(name) for name in names], 0)
        self._segments.picked.connect(lambda index: self.use(names[index]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(5))
        column.addWidget(label(text("sale.gateway"), "caption"))
        column.addWidget(self._segments)

    def name(self) -> str:
        """Return the gateway that is to be used."""
        return self._names[self._segments.current()]

    def use(self, name: str) -> None:
        """Use this one."""
        index = self._names.index(name)
        if index != self._segments.current():
            self._segments.set_current(index)
            self.changed.emit(name)

    def use_next(self) -> None:
        """Use the one behind the one in use; behind the last comes the first."""
        at = self._names.index(self.name())
        self.use(self._names[(at + 1) % len(self._names)])


def offer_choice(
    names: tuple[str, ...], slip: SlipPanel, before: GatewayChoice | None
) -> GatewayChoice | None:
    """Return a choice at the foot of the slip, None where there is only one; `before` goes."""
    if before is not None:
        slip.foot.removeWidget(before)
        before.deleteLater()
    if len(names) < 2:
        return None
    choice = GatewayChoice(names, slip)
    slip.foot.insertWidget(0, choice)
    return choice
