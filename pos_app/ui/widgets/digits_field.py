"""The short secret fields: expiry, birth date or business number, two password digits, a PIN."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from pos_app.domain.card import BIRTH_DIGITS, BRN_DIGITS
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.secret_field import SecretField


class ExpiryField(SecretField):
    """The expiry as printed on the card: month, then year; `take()` returns MMYY as typed."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, 4, parent)

    @override
    def groups(self) -> tuple[int, ...]:
        """Return month and year."""
        return (2, 2)

    @override
    def separator(self) -> str:
        """Return the slash between them."""
        return "/"

    @override
    def shown(self, index: int) -> bool:
        """Show every digit: the clerk compares them with what the customer says."""
        return True

    @override
    def slots(self) -> int:
        """Mark four places while one types."""
        return 4 if self.hasFocus() else 0

    @override
    def placeholder(self) -> str:
        """Return the order of the two parts."""
        return text("field.expiry.placeholder")


class BirthField(SecretField):
    """A birth date (6 digits, YYMMDD) or a business registration number (10 digits).

    The digits are seen while one types and hidden when the focus has left. An eleventh digit can
    only be a resident number's: all of them are wiped, and none is taken before another key. So it
    does not go on by itself behind the tenth, or the rest would fall into the next field.
    """

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, BRN_DIGITS, parent)
        self._expected: int | None = None
        self._resident = False

    def expect(self, length: int | None) -> None:
        """Complete at 6 or 10 digits; None when it may be either (Enter completes it)."""
        self._expected = length
        self._box.update()

    @override
    def usual_length(self) -> int:
        """Return the expected length, else one that is never there."""
        return self._expected or BRN_DIGITS + 1

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let another key than a digit end the refusal of a resident number."""
        if keys.digit(event) is None:
            self._resident = False
        super().keyPressEvent(event)

    @override
    def _type(self, value: int) -> None:
        if self._resident or len(self._store) == BRN_DIGITS:
            self._resident = True
            self.wipe()
            self.set_error(text("error.card.resident_number_refused.title"))
            return
        super()._type(value)

    @override
    def groups(self) -> tuple[int, ...]:
        """Return 3-2-5 for a business number, no groups for a birth date."""
        long = len(self._store) > BIRTH_DIGITS or self._expected == BRN_DIGITS
        return (3, 2, 5) if long else (BRN_DIGITS,)

    @override
    def separator(self) -> str:
        """Return the hyphen of business numbers."""
        return "-" if len(self.groups()) > 1 else ""

    @override
    def shown(self, index: int) -> bool:
        """Show the digits only while one types."""
        return self.hasFocus()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the digits again."""
        self._resident = False
        super().focusInEvent(event)
        self._box.update()


class PasswordDigitsField(SecretField):
    """The first two digits of the card's password, drawn as dots at once."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, 2, parent)

    @override
    def slots(self) -> int:
        """Mark two places, so that it is clear how many are wanted."""
        return 2

    @override
    def letter_spacing(self) -> float:
        """Set the two places apart."""
        return 5.0


class PinField(SecretField):
    """An operator's PIN, drawn as dots at once; Enter ends it."""

    def __init__(self, caption: str, max_digits: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(caption, max_digits, parent)
        self.setInputMethodHints(self.inputMethodHints() | Qt.InputMethodHint.ImhHiddenText)

    @override
    def letter_spacing(self) -> float:
        """Set the dots apart."""
        return 4.0
