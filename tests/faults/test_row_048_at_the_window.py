"""Row 48 to its end: a gateway's hostile message on the clerk's screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from pos_app.gateways.vendor_text import MESSAGE_MAX
from pos_app.ui.widgets.labels import EmphasisLabel, Label
from tests.faults.rows import row
from tests.faults.struck import BOTH, on_charge
from tests.faults.terminals import Terminal
from tests.faults.windows import RunAsync, at_window
from tests.ui.conftest import korean_and_light, run_async
from tests.ui.screens.sale.counter import Counter, Typed

__all__ = ["korean_and_light", "run_async"]

OVER_LIMIT = "4000 0011 0061 0005"
#: For our own words around it.
ROOM = 40
FIELDS = {"kcp": "res_msg", "portone": "fail_reason"}
MESSAGE = '<img src="file:///etc/passwd"><b>\u202e\x1b[31m한도\x00' + "초과 " * 200


@row(48, *BOTH)
def test_row_048_is_shown_plain(run_async: RunAsync, vendor: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter, _till: Terminal) -> None:
        await counter.charge(Typed(number=OVER_LIMIT.replace(" ", "")))
        labels = counter.shell.findChildren(QLabel)
        assert labels
        assert all(one.textFormat() is Qt.TextFormat.PlainText for one in labels)
        widgets = counter.shell.findChildren(QWidget)
        shown = [one for one in widgets if "<img" in one.accessibleName()]
        # A label of plain text or one that is painted: nothing that could read it as HTML.
        assert {type(one) for one in shown} <= {Label, EmphasisLabel}
        assert shown
        for one in shown:
            said = one.accessibleName()
            assert len(said) <= MESSAGE_MAX + ROOM
            assert said.isprintable()

    fault = on_charge("edit", set={FIELDS[vendor]: MESSAGE})
    at_window(run_async, vendor, tmp_path, scenario, faults=[fault])
