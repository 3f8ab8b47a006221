"""Base of the fields that hold card data: one wiped buffer, no text, no way to copy out.

Not a QLineEdit: that keeps the digits as text, in its undo history and in freed memory, and hands
them to screen readers and the clipboard (measured in security.md section 2). Here each key event
becomes one byte of a `DigitStore` and each glyph is drawn by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QClipboard,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.theme import Role
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.digit_store import DigitStore, pasted_digits, zero
from pos_app.ui.widgets.field_shell import FieldShell
from pos_app.ui.widgets.painted import Painted, frame

#: A pasted number this long replaces what is there; a shorter one goes in at the caret.
_WHOLE_NUMBER_DIGITS = 6


class _Box(Painted):
    """The drawn box of a secret field; everything else is the field's."""

    def __init__(self, field: SecretField) -> None:
        super().__init__(field)
        self._field = field
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        """Return the height all one-line fields have."""
        return QSize(theme.px(90), theme.px(40))

    @override
    def minimumSizeHint(self) -> QSize:
        """As the hint: a field is never squeezed."""
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field's digits."""
        painter = QPainter(self)
        self._field.paint_box(painter, QRectF(self.rect()))
        painter.end()


class SecretField(FieldShell):
    """A field of digits nobody can read out of the program's memory after `take()` or `wipe()`.

    Signals:
        completed: the usual number of digits is there, typed or pasted.
        refused: something pasted was refused; with the words shown below the field.
    """

    completed = Signal()
    refused = Signal(str)

    def __init__(self, caption: str, capacity: int, parent: QWidget | None = None) -> None:
        super().__init__(caption, parent)
        self._store = DigitStore(capacity)
        self._caret = 0
        self._fresh: int | None = None
        self._faulty = False
        self._box = _Box(self)
        self.put_box(self._box)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhDigitsOnly
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self._box.setCursor(Qt.CursorShape.IBeamCursor)
        self.destroyed.connect(self._store.wipe)
        self._describe()

    # -- what a subclass decides ---------------------------------------------------------------

    def groups(self) -> tuple[int, ...]:
        """Return how many digits stand together, from the left; the last one repeats."""
        return (self._store.capacity,)

    def separator(self) -> str:
        """Return what is drawn between groups; `""` is a gap."""
        return ""

    def shown(self, index: int) -> bool:
        """Tell whether the digit at `index` is drawn as itself rather than as a dot."""
        return False

    def reveals_typed(self) -> bool:
        """Tell whether a hidden digit may be seen from its key to the next one."""
        return False

    def caret_shown(self) -> bool:
        """Tell whether the place one types at is marked."""
        return self.isEnabled()

    def slots(self) -> int:
        """Return for how many digits a place is marked while they are missing."""
        return 0

    def usual_length(self) -> int:
        """Return the number of digits after which the field is complete."""
        return self._store.capacity

    def digit_role(self) -> Role:
        """Return the role of the type scale the digits are drawn in."""
        return "field"

    def placeholder(self) -> str:
        """Return the words shown in an empty box."""
        return ""

    # -- contents ------------------------------------------------------------------------------

    def digit_count(self) -> int:
        """Return how many digits were entered."""
        return len(self._store)

    @override
    def is_empty(self) -> bool:
        """Tell whether no digit was entered."""
        return len(self._store) == 0

    def peek(self) -> memoryview:
        """Lend the digits for a check (Luhn, brand); read only, to be released at once."""
        return self._store.view()

    def take(self) -> bytearray:
        """Hand the digits over as ASCII bytes and forget them; the caller wipes them."""
        taken = self._store.take()
        self._emptied()
        return taken

    def wipe(self) -> None:
        """Overwrite the digits and show an empty field."""
        had = len(self._store) > 0
        self._store.wipe()
        self._emptied()
        if had:
            self.changed.emit()

    @override
    def clear_field(self) -> None:
        """Wipe the digits, the error and the warning."""
        super().clear_field()
        self.wipe()

    def _emptied(self) -> None:
        self._caret = 0
        self._fresh = None
        self._edited()

    def _edited(self) -> None:
        """Renew what is shown after the digits have changed."""
        self._describe()
        self._box.update()

    def _describe(self) -> None:
        """Tell a screen reader how many digits there are, never which."""
        count = text("field.secret.count", count=len(self._store))
        self.setAccessibleDescription(self.note() or count)

    # -- keys ----------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn one key into one change of the buffer; what is not ours goes up to the screen."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif (value := keys.digit(event)) is not None:
            # A held key would fill the field with one digit: nobody means that.
            if not event.isAutoRepeat():
                self._type(value)
        elif not self._handle_edit_key(event):
            self._handle_other_key(event)

    def _handle_edit_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        count = len(self._store)
        moves = {
            Qt.Key.Key_Left: max(0, self._caret - 1),
            Qt.Key.Key_Right: min(count, self._caret + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: count,
        }
        if key in moves:
            self._caret = moves[Qt.Key(key)]
            self._fresh = None
            self._box.update()
        elif key in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete} and whole:
            self.wipe()
        elif key == Qt.Key.Key_Backspace:
            self._delete(self._caret - 1)
        elif key == Qt.Key.Key_Delete:
            self._delete(self._caret)
        else:
            return False
        return True

    def _handle_other_key(self, event: QKeyEvent) -> None:
        if keys.is_enter(event):
            if not event.isAutoRepeat():
                self._hide_fresh()
                self.advance.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.advance.emit()
        elif event.key() == Qt.Key.Key_Up:
            self.retreat.emit()
        elif event.text().isprintable() and event.text() and not keys.with_command(event):
            self.set_error(text("field.secret.digits_only"))
        else:
            event.ignore()

    def _type(self, value: int) -> None:
        if not self._store.insert(self._caret, value):
            self.set_error(text("field.secret.full", count=self._store.capacity))
            return
        self._fresh = self._caret if self.reveals_typed() else None
        self._caret += 1
        self._after_input()

    def _delete(self, index: int) -> None:
        if self._store.delete(index):
            self._caret = min(index, len(self._store))
            self._fresh = None
            self.set_error("")
            self._edited()
            self.changed.emit()

    def _after_input(self) -> None:
        self.set_error("")
        self._edited()
        self.changed.emit()
        if len(self._store) == self.usual_length() and self._caret == len(self._store):
            self.completed.emit()

    def _hide_fresh(self) -> None:
        self._fresh = None
        self._box.update()

    # -- paste -----------------------------------------------------------------------------------

    def paste(self) -> None:
        """Take the digits on the clipboard, then clear it if it still holds them."""
        clipboard = QGuiApplication.clipboard()
        source = _clipboard_bytes(clipboard)
        digits = pasted_digits(source, self._store.capacity)
        if digits is None or not self._put(digits):
            zero(source)
            words = text("field.secret.paste_refused")
            self.set_error(words)
            self.refused.emit(words)
            return
        zero(digits)
        self._after_input()
        now = _clipboard_bytes(clipboard)
        if now == source:
            clipboard.clear()
        zero(now)
        zero(source)

    def _put(self, digits: bytearray) -> bool:
        """Put pasted digits in; False when they do not fit."""
        if len(digits) >= min(_WHOLE_NUMBER_DIGITS, self._store.capacity):
            self._store.wipe()
            self._caret = 0
        if len(self._store) + len(digits) > self._store.capacity:
            return False
        for digit in digits:
            self._store.insert(self._caret, digit - ord("0"))
            self._caret += 1
        self._fresh = None
        return True

    # -- focus and mouse -------------------------------------------------------------------------

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where one types."""
        super().focusInEvent(event)
        self._caret = len(self._store)
        self._box.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide what may only be seen while typing."""
        super().focusOutEvent(event)
        self._hide_fresh()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the caret to the place that was clicked."""
        at = self._box.mapFrom(self, event.position().toPoint()).x()
        edges = self._places(QRectF(self._box.rect()), self._fitted(QRectF(self._box.rect())))
        count = len(self._store)
        self._caret = min(range(count + 1), key=lambda place: abs(edges[place] - at))
        self._box.update()

    @override
    def focus_box(self) -> QWidget:
        """Return the drawn box."""
        return self._box

    @override
    def show_fault(self, faulty: bool) -> None:
        """Draw the border of an error."""
        self._faulty = faulty
        self._box.update()

    # -- drawing ---------------------------------------------------------------------------------

    def paint_box(self, painter: QPainter, rect: QRectF) -> None:
        """Draw frame, digits one by one, marks for missing digits and the caret."""
        self.paint_frame(painter, rect)
        if self.is_empty() and not self.hasFocus() and self.placeholder():
            painter.setFont(theme.font("field"))
            painter.setPen(theme.color("muted"))
            inner = rect.adjusted(self._margin(), 0, -self._margin(), 0)
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self.placeholder())
            return
        font = self._fitted(rect)
        places = self._places(rect, font)
        self._paint_cells(painter, rect, font, places)
        self._paint_separators(painter, rect, font, places)
        if self.hasFocus() and self.caret_shown():
            painter.setPen(QPen(theme.color("accent"), 2))
            x, half = places[self._caret] - self.letter_spacing() / 2, theme.px(11)
            middle = rect.center().y() + 0.5
            painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))

    def paint_frame(self, painter: QPainter, rect: QRectF) -> None:
        """Draw ground and border of the box."""
        ground = theme.color("surface" if self.isEnabled() else "sunken")
        if not self.isEnabled():
            frame(painter, rect, theme.px(7), ground, theme.color("line"))
        elif self._faulty:
            frame(painter, rect, theme.px(7), ground, theme.color("bad"), 2)
        elif self.hasFocus():
            frame(painter, rect, theme.px(7), ground, theme.color("accent"), 2)
        else:
            frame(painter, rect, theme.px(7), ground, theme.color("edge"))

    def _paint_cells(
        self, painter: QPainter, rect: QRectF, font: QFont, places: list[float]
    ) -> None:
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance("0")
        base = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        tone = theme.color("text" if self.isEnabled() else "muted")
        for index in range(len(self._store)):
            painter.setPen(tone)
            if self.shown(index) or index == self._fresh:
                painter.drawText(QPointF(places[index], base), chr(self._store.at(index)))
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            dot = metrics.xHeight() * 0.24
            painter.drawEllipse(
                QPointF(places[index] + width / 2, rect.center().y() + 0.5), dot, dot
            )
        painter.setPen(QPen(theme.color("edge"), 1.5))
        for index in range(len(self._store), self.slots()):
            low = base + 2.5
            left = places[index] + width * 0.12
            painter.drawLine(QPointF(left, low), QPointF(left + width * 0.76, low))

    def _paint_separators(
        self, painter: QPainter, rect: QRectF, font: QFont, places: list[float]
    ) -> None:
        if not self.separator():
            return
        metrics = QFontMetricsF(font)
        gap = self._gap(metrics)
        reach = max(len(self._store), self.slots())
        painter.setFont(font)
        painter.setPen(theme.color("muted"))
        for index in self._starts():
            if index < reach or index == len(self._store) == self._caret != 0:
                box = QRectF(places[index] - gap, rect.top(), gap, rect.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.separator())

    def _margin(self) -> float:
        return float(theme.px(12))

    def _gap(self, metrics: QFontMetricsF) -> float:
        """Return the room between two groups."""
        if self.separator():
            return metrics.horizontalAdvance(self.separator()) + theme.px(8)
        return metrics.horizontalAdvance("0") * 1.4

    def letter_spacing(self) -> float:
        """Return the room between two digits of one group, in px."""
        return 0.0

    def _starts(self) -> list[int]:
        """Return the index at which each group but the first one begins."""
        starts, at = [], 0
        for size in self.groups()[:-1]:
            at += size
            starts.append(at)
        return starts

    def _width(self, font: QFont) -> float:
        return self._places_from(0.0, font)[max(len(self._store), self.slots())]

    def _fitted(self, rect: QRectF) -> QFont:
        """Return the font of the digits, smaller if they would not fit."""
        font = theme.font(self.digit_role())
        room = rect.width() - 2 * self._margin()
        if (width := self._width(font)) > room > 0:
            font.setPixelSize(max(8, int(font.pixelSize() * room / width)))
        return font

    def _places(self, rect: QRectF, font: QFont) -> list[float]:
        return self._places_from(rect.left() + self._margin(), font)

    def _places_from(self, left: float, font: QFont) -> list[float]:
        """Return the left edge of every digit's place and of the one after the last."""
        metrics = QFontMetricsF(font)
        step = metrics.horizontalAdvance("0") + self.letter_spacing()
        starts, gap = set(self._starts()), self._gap(metrics)
        places, x = [], left
        for index in range(self._store.capacity + 1):
            if index in starts:
                x += gap
            places.append(x)
            x += step
        return places


def _clipboard_bytes(clipboard: QClipboard) -> bytearray:
    """Return what is on the clipboard as UTF-8, without making text of it."""
    data = clipboard.mimeData().data("text/plain")
    with memoryview(data) as lent:  # type: ignore[arg-type]  # its stub forgets the buffer
        held = bytearray(lent)
    data.fill(0)
    return held
