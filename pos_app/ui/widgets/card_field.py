"""The card number: grouped as on the card, digits 7 to 12 hidden, read back once on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMetaObject, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QHideEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from pos_app.domain.card import PAN_DIGITS_MAX
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.theme import Role
from pos_app.ui.widgets.painted import frame
from pos_app.ui.widgets.secret_field import SecretField

#: PCI DSS 4.0.1 3.4.1: at most the BIN and the last four digits on screen.
_BIN_DIGITS, _LAST_DIGITS = 6, 4
_LOOK_UP_FROM = 2  # American Express shows itself after two digits: 34, 37


@dataclass(frozen=True, slots=True)
class CardLook:
    """How a card with certain first digits is written.

    Attributes:
        chip: brand and kind in a word or two, shown from the sixth digit on; `""` for none.
        groups: digits that stand together; the last one repeats.
        usual_length: digits of this brand; the field is complete at it.
    """

    chip: str = ""
    groups: tuple[int, ...] = (4, 4, 4, 4)
    usual_length: int = 16


LookUp = Callable[[bytes], CardLook | None]


class CardNumberField(SecretField):
    """The field for 13 to 19 digits of a card number; see `SecretField` for its laws.

    `look_up` gets the first two to six digits and says how such a card looks.
    """

    read_back_ended = Signal()

    def __init__(self, caption: str, look_up: LookUp, parent: QWidget | None = None) -> None:
        self._look_up = look_up
        self._look = CardLook()
        self._seen = b""
        self._read_back_timer: QTimer | None = None
        self._focus_watch: QMetaObject.Connection | None = None
        super().__init__(caption, PAN_DIGITS_MAX, parent)
        self._read_back_timer = QTimer(self)
        self._read_back_timer.setSingleShot(True)
        self._read_back_timer.timeout.connect(self.end_read_back)

    # -- contents ------------------------------------------------------------------------------

    def bin_prefix(self, length: int = _BIN_DIGITS) -> bytes:
        """Return the issuer's first digits (at most six), or nothing while there are fewer."""
        return self._store.prefix(min(length, _BIN_DIGITS))

    def last_four(self) -> bytes:
        """Return the last four digits of a number long enough to have them hidden before."""
        if len(self._store) < _BIN_DIGITS + _LAST_DIGITS:
            return b""
        return self._store.suffix(_LAST_DIGITS)

    def look(self) -> CardLook:
        """Return how the card typed so far looks."""
        return self._look

    @override
    def usual_length(self) -> int:
        """Return the brand's number of digits."""
        return self._look.usual_length

    @override
    def _edited(self) -> None:
        seen = self._store.prefix(min(len(self._store), _BIN_DIGITS))
        if seen != self._seen:
            self._seen = seen
            found = self._look_up(seen) if len(seen) >= _LOOK_UP_FROM else None
            self._look = found or CardLook()
        super()._edited()

    # -- read-back -----------------------------------------------------------------------------

    def read_back(self, seconds: float, *, take_focus: bool = True) -> None:
        """Show all digits, large, for `seconds`, so that the clerk can read them to the customer.

        They are masked again after that time, at the next key here, when the focus moves, or when
        the field is hidden. An empty field does nothing.

        Args:
            seconds: how long.
            take_focus: False leaves the focus where the next key is wanted, on the big button.
        """
        if self.is_empty() or self._read_back_timer is None:
            return
        self.end_read_back()
        if take_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            qt = QApplication.instance()
            assert isinstance(qt, QApplication)
            self._focus_watch = qt.focusChanged.connect(self.end_read_back)
        self.set_aside(text("card.read_back.aside"))
        self._read_back_timer.start(round(seconds * 1000))
        self._box.update()

    def reading_back(self) -> bool:
        """Tell whether all digits are on screen."""
        return self._read_back_timer is not None and self._read_back_timer.isActive()

    def end_read_back(self) -> None:
        """Mask the digits again."""
        if self._read_back_timer is None:
            return
        self._read_back_timer.stop()
        if self._focus_watch is not None:
            QObject.disconnect(self._focus_watch)
            self._focus_watch = None
        if self._aside is not None and self._aside.words():
            self.set_aside("")
            self._box.update()
            self.read_back_ended.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mask the digits at any key, then do what the key does."""
        self.end_read_back()
        super().keyPressEvent(event)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mask the digits when the clerk goes elsewhere."""
        self.end_read_back()
        super().focusOutEvent(event)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Mask the digits before the field can come back with another screen."""
        self.end_read_back()
        super().hideEvent(event)

    @override
    def _emptied(self) -> None:
        self.end_read_back()
        super()._emptied()

    # -- drawing -------------------------------------------------------------------------------

    @override
    def shown(self, index: int) -> bool:
        """Show the first six and the last four digits, or all of them in a read-back."""
        if self.reading_back():
            return True
        length = max(len(self._store), self._look.usual_length)
        return not _BIN_DIGITS <= index < length - _LAST_DIGITS

    @override
    def reveals_typed(self) -> bool:
        """Let the clerk see what the key just did."""
        return True

    @override
    def caret_shown(self) -> bool:
        """Show no caret among the digits that are read out."""
        return super().caret_shown() and not self.reading_back()

    @override
    def groups(self) -> tuple[int, ...]:
        """Return the brand's groups, filled up to the longest number."""
        groups = list(self._look.groups)
        while sum(groups) < PAN_DIGITS_MAX:
            groups.append(groups[-1])
        return tuple(groups)

    @override
    def slots(self) -> int:
        """Mark the places of the digits still missing while one types."""
        return self._look.usual_length if self.hasFocus() and not self.reading_back() else 0

    @override
    def digit_role(self) -> Role:
        """Return the monospaced role, large in a read-back."""
        return "read_back" if self.reading_back() else "card_mono"

    @override
    def letter_spacing(self) -> float:
        """Set digits a little apart, wider in a read-back."""
        return theme.px(2.5 if self.reading_back() else 1.5)

    @override
    def paint_frame(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the box, on the accent's ground in a read-back, with the brand's chip."""
        super().paint_frame(painter, rect)
        if self.reading_back():
            accent, ground = theme.color("accent"), theme.color("accent_soft")
            frame(painter, rect, theme.px(7), ground, accent, 2)
        elif self._look.chip and len(self._store) >= _BIN_DIGITS:
            self._paint_chip(painter, rect)

    def _paint_chip(self, painter: QPainter, rect: QRectF) -> None:
        font = theme.font("chip")
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(self._look.chip) + theme.px(16)
        right = rect.right() - theme.px(9)
        digits = theme.font(self.digit_role())
        if rect.left() + self._margin() + self._width(digits) + theme.px(8) > right - width:
            return
        box = QRectF(right - width, rect.center().y() - theme.px(11), width, theme.px(22))
        outline = theme.color("accent") if theme.current().outline else None
        frame(painter, box, theme.px(5), theme.color("accent_soft"), outline)
        painter.setFont(font)
        painter.setPen(theme.color("accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._look.chip)
