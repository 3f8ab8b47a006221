"""The slips of a payment on screen, painted by what prints them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.config.model import Settings
from pos_app.domain.receipt import Merchant, Receipt, refund_receipt, sale_receipt
from pos_app.domain.record import PaymentRecord, PaymentState
from pos_app.domain.refunds import RefundState
from pos_app.printing.painter import MM_PER_INCH, SCREEN_DPI, SlipPainter
from pos_app.printing.paper import Paper
from pos_app.printing.pieces import UNITS_PER_MM, Box, SetSlip
from pos_app.ui import text as t
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.painted import Painted, frame

#: White shown around the frame of a slip on a sheet; the rest of the sheet is empty.
_AROUND_MM = 5
#: A slip is never shown larger than this; letters of 16 mm help nobody.
_SCALE_MAX = 1.5


def receipts_of(record: PaymentRecord, merchant: Merchant) -> tuple[Receipt, ...]:
    """Return every slip of a payment, each as a reprint: the sale's, then those of its refunds."""
    printable = record.state in {PaymentState.APPROVED, PaymentState.REVERSED}
    if record.approval is None or not printable:
        return ()
    done = [refund for refund in record.refunds if refund.state is RefundState.DONE]
    return (
        sale_receipt(record, merchant, reprint=True),
        *(refund_receipt(record, r.refund_id, merchant, reprint=True) for r in done),
    )


def paper_of(settings: Settings) -> Paper:
    """Return the paper the shop's desktop printer takes; A4 where none is set."""
    chosen = next((p for p in settings.printers if p.kind == "system"), None)
    return Paper(chosen.paper) if chosen is not None else Paper.A4


def receipt_words(receipt: Receipt) -> str:
    """Name a slip: which one, and its amount."""
    name = "history.slip.cancel" if receipt.is_cancel else "history.slip.sale"
    return text(name, amount=t.won_unit(receipt.tax.total.amount))


class SlipView(Painted):
    """One slip, as large as its place allows, sharp at every size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show nothing."""
        super().__init__(parent)
        self._receipt: Receipt | None = None
        self._paper = Paper.A4
        self._page_url = ""
        self._picture = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_slip(self, receipt: Receipt | None, paper: Paper, page_url: str) -> None:
        """Show a slip on `paper`, or none."""
        self._receipt, self._paper, self._page_url = receipt, paper, page_url
        self.setAccessibleName(receipt_words(receipt) if receipt is not None else "")
        self._render()

    def picture(self) -> QImage:
        """Return the picture shown; null without a slip."""
        return self._picture

    def _render(self) -> None:
        """Paint the slip anew for the room there is."""
        self._picture = QImage()
        room = self.size()
        if self._receipt is not None and room.width() > 0 and room.height() > 0:
            painter = SlipPainter(text, page_url=self._page_url)
            seen = _seen_part(painter.set(self._receipt, self._paper))
            dots = SCREEN_DPI / MM_PER_INCH / UNITS_PER_MM
            fits = min(room.width() / seen.width(), room.height() / seen.height()) / dots
            ratio = self.devicePixelRatioF()
            scale = min(fits, _SCALE_MAX) * ratio
            whole = painter.picture(self._receipt, self._paper, scale)
            part = QRectF(
                seen.x() * dots * scale,
                seen.y() * dots * scale,
                seen.width() * dots * scale,
                seen.height() * dots * scale,
            )
            self._picture = whole.copy(part.toRect())
            self._picture.setDevicePixelRatio(ratio)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(theme.px(320), theme.px(480))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return what can still be read."""
        return QSize(theme.px(200), theme.px(200))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the slip to its new place."""
        super().resizeEvent(event)
        self._render()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Lay the paper in the middle."""
        if self._picture.isNull():
            return
        painter = QPainter(self)
        size = self._picture.deviceIndependentSize()
        left = (self.width() - size.width()) / 2
        painter.drawImage(QPointF(round(left), 0), self._picture)
        edge = QRectF(round(left), 0, size.width(), size.height())
        frame(painter, edge, 0, None, theme.color("line"))
        painter.end()


def _seen_part(placed: SetSlip) -> QRectF:
    """Return the part worth showing, in the setter's units: the frame on a sheet, a whole roll."""
    margin = _AROUND_MM * UNITS_PER_MM
    for piece in placed.pieces:
        if isinstance(piece, Box) and not piece.filled:
            framed = QRectF(piece.x, piece.y, piece.width, piece.height)
            return framed.adjusted(-margin, -margin, margin, margin)
    return QRectF(0, 0, placed.width, placed.height)
