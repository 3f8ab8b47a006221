"""Choosing one of the parked orders."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from pos_app.ui import text as t
from pos_app.ui.dialogs import Dialog
from pos_app.ui.screens.sale.model import Parked
from pos_app.ui.text import text
from pos_app.ui.widgets.table import CalmTable, Column, Row


class ParkingDialog(Dialog):
    """Lists parked orders, newest first; Enter takes the one marked."""

    def __init__(self, parent: QWidget, parked: tuple[Parked, ...]) -> None:
        """List `parked`."""
        super().__init__(parent, text("parking.title"), icon="pause")
        self._table = CalmTable(
            [
                Column(text("recent.time")),
                Column(text("recent.product"), stretch=1),
                Column(text("recent.buyer"), stretch=1),
                Column(text("recent.amount"), align="right"),
            ]
        )
        self._table.set_rows(
            [
                Row(
                    str(index),
                    (
                        t.clock(one.at),
                        one.order.product,
                        one.order.buyer_name,
                        t.won(int(one.order.amount or 0)),
                    ),
                )
                for index, one in enumerate(parked)
            ]
        )
        self._table.select_id("0")
        self._table.picked.connect(lambda _row: self.accept())
        self.body.addWidget(self._table)
        self.add_buttons(text("parking.take"), text("parking.stop"))
        self._table.setFocus()

    def index(self) -> int:
        """Return which one is marked."""
        return int(self._table.current_id() or 0)
