"""One payment: its facts, its whole story, its slips as they print, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_app.domain.facts import Entry
from pos_app.domain.receipt import Merchant, Receipt
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.printing.paper import Paper
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.cards import buyer_words, card_words, months_words, state_badge
from pos_app.ui.screens.history.slip_view import SlipView, receipt_words, receipts_of
from pos_app.ui.slip_panel import SlipPanel
from pos_app.ui.story import StoryLine, joined, tell_story
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.keycap import KeyHint
from pos_app.ui.widgets.labels import EmphasisLabel, label
from pos_app.ui.widgets.pairs import Pair, Pairs
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.phone_text import grouped_phone
from pos_app.ui.widgets.table import CalmTable, Column, Row

#: Actions and their keys, in their order on screen.
ACTIONS = (("print", "P"), ("pdf", "S"), ("refund", "F4"), ("person", "F9"), ("back", "Esc"))
#: Where the facts are parted into two columns.
_FACTS_A_COLUMN = 6


class PaymentPage(QWidget):
    """Everything there is about one payment.

    Signals:
        chosen: (name) an action's button was clicked.
    """

    chosen = Signal(str)

    def __init__(self, merchant: Merchant, paper: Paper, parent: QWidget | None = None) -> None:
        """Build it empty; `paper` is what the shop prints on."""
        super().__init__(parent)
        self._merchant = merchant
        self._paper = paper
        self._record: PaymentRecord | None = None
        self._lines: tuple[StoryLine, ...] = ()
        self._receipts: tuple[Receipt, ...] = ()
        self._at = 0
        self._page_url = ""
        left = QVBoxLayout()
        left.setSpacing(theme.px(12))
        left.addWidget(self._facts_panel())
        left.addWidget(self._story_panel(), 1)
        left.addLayout(self._buttons())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(16))
        row.addLayout(left, 1)
        row.addWidget(self._slip_panel())

    def _facts_panel(self) -> Panel:
        self._facts = Panel()
        self._left, self._right = Pairs(), Pairs()
        row = QHBoxLayout()
        row.setSpacing(theme.px(32))
        for part in (self._left, self._right):
            row.addWidget(part, 1, Qt.AlignmentFlag.AlignTop)
        self._facts.add(row)
        return self._facts

    def _story_panel(self) -> Panel:
        panel = Panel(text("history.story"))
        self.table = CalmTable(
            [
                Column(text("history.story.at")),
                Column(text("recent.state")),
                Column(text("history.story.what"), stretch=1),
                Column(text("history.story.who"), role="caption"),
            ]
        )
        self._whole = EmphasisLabel("", "small", ink="muted")
        self.table.moved.connect(self._show_whole)
        panel.add(self.table, 1)
        panel.add(self._whole)
        return panel

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(10))
        self.buttons: dict[str, BigButton] = {}
        for name, key in ACTIONS:
            words = text(f"history.action.{name}")
            button = BigButton(words, key, primary=False, height=46)
            button.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
            self.buttons[name] = button
            row.addWidget(button, 1)
        return row

    def _slip_panel(self) -> Panel:
        self._slip = Panel(text("history.slip"))
        self._slip.setFixedWidth(theme.px(SlipPanel.WIDTH))
        self._view = SlipView()
        self._none = label("", "small", align="center", wrap=True)
        self._none.set_tone("muted")
        self._other_slip = KeyHint("N", "")
        self._other_paper = KeyHint("A", "")
        keys = QHBoxLayout()
        keys.addWidget(self._other_slip)
        keys.addStretch(1)
        keys.addWidget(self._other_paper)
        self._slip.add(self._none)
        self._slip.add(self._view, 1)
        self._slip.add(keys)
        return self._slip

    # -- contents ----------------------------------------------------------------------------------

    def record(self) -> PaymentRecord | None:
        """Return the payment shown."""
        return self._record

    def receipt(self) -> Receipt | None:
        """Return the slip shown, None where the payment has none."""
        return self._receipts[self._at] if self._receipts else None

    def paper(self) -> Paper:
        """Return the paper the slip is shown on."""
        return self._paper

    def lines(self) -> tuple[StoryLine, ...]:
        """Return the story told."""
        return self._lines

    def show_payment(self, record: PaymentRecord, entries: Sequence[Entry], page_url: str) -> None:
        """Show a payment as it stands; the slip in sight stays if it is the same payment."""
        same = self._record is not None and self._record.payment_id == record.payment_id
        self._record, self._page_url = record, page_url
        self._show_facts(record)
        self._lines = tell_story(entries)
        self.table.set_rows([_story_row(line) for line in self._lines])
        if not same or not self.table.current_id():
            self.table.select_id(str(self._lines[-1].seq))
        self._receipts = receipts_of(record, self._merchant)
        self._at = min(self._at, max(0, len(self._receipts) - 1)) if same else 0
        self._show_slip()
        approved = record.state is PaymentState.APPROVED
        for name in ("print", "pdf"):
            self.buttons[name].setEnabled(bool(self._receipts))
        self.buttons["refund"].setEnabled(approved and bool(record.balance))
        self.buttons["person"].setEnabled(record.is_open)

    def next_slip(self) -> None:
        """Show the next slip of the payment, the first again after the last."""
        if self._receipts:
            self._at = (self._at + 1) % len(self._receipts)
            self._show_slip()

    def next_paper(self) -> None:
        """Show the slip on the next kind of paper."""
        papers = list(Paper)
        self._paper = papers[(papers.index(self._paper) + 1) % len(papers)]
        self._show_slip()

    def _show_facts(self, record: PaymentRecord) -> None:
        order, approval = record.order, record.approval
        free = approval is not None and approval.interest_free
        pairs = [
            Pair(text("slip_panel.state"), state_badge(record)),
            Pair(text("recent.amount"), t.won_unit(order.amount.amount), role="strong"),
            Pair(text("slip_panel.card"), card_words(record)),
            Pair(text("slip_panel.months"), months_words(order.months, interest_free=free)),
            Pair(text("slip_panel.approval_no"), approval.approval_no if approval else ""),
            Pair(text("history.reference"), record.gateway_ref or record.candidate_ref or ""),
            Pair(text("slip_panel.order_no"), record.order_no),
            Pair(text("slip_panel.product"), order.product),
            Pair(text("slip_panel.buyer"), buyer_words(record)),
            Pair(text("history.phone"), grouped_phone(order.buyer_phone)),
            Pair(text("history.email"), order.buyer_email),
            Pair(text("history.counter"), joined(record.counter, record.operator)),
        ]
        self._facts.set_heading(t.stamp(record.created_at))
        self._left.set_pairs(pairs[:_FACTS_A_COLUMN])
        self._right.set_pairs(pairs[_FACTS_A_COLUMN:])

    def _show_slip(self) -> None:
        receipt = self.receipt()
        self._none.setVisible(receipt is None)
        self._view.setVisible(receipt is not None)
        self._other_slip.setVisible(len(self._receipts) > 1)
        self._other_paper.setVisible(receipt is not None)
        self._view.show_slip(receipt, self._paper, self._page_url)
        if receipt is None:
            self._slip.set_aside("")
            self._none.set_words(text("history.slip.none"))
            return
        self._slip.set_aside(receipt_words(receipt))
        place = text("history.slip.next", place=self._at + 1, count=len(self._receipts))
        self._other_slip.set_words(place)
        self._other_paper.set_words(text("history.slip.paper", paper=self._paper.value))

    def _show_whole(self, seq: str) -> None:
        """Say the chosen line in full below the table, which may have shortened it."""
        line = next((line for line in self._lines if str(line.seq) == seq), None)
        self._whole.set_words(line.words if line is not None else "")


def _story_row(line: StoryLine) -> Row:
    at = f"{t.short_stamp(line.at)[:5]} {t.clock_s(line.at)}"
    return Row(str(line.seq), (at, line.badge, line.words, line.who))
