"""The fields that hold what is most personal: wiped buffers, like those of the card."""

from __future__ import annotations

from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from pos_app.domain.card import BIRTH_DIGITS
from pos_app.domain.identity import CODE_DIGITS
from pos_app.ui.marks import override
from pos_app.ui.theme import Role
from pos_app.ui.widgets.secret_field import SecretField


class _SeenWhileTyped(SecretField):
    """Digits that are hidden when the focus has left."""

    @override
    def shown(self, index: int) -> bool:
        """Show the digits only while one types."""
        return self.hasFocus()

    @override
    def letter_spacing(self) -> float:
        """Set the places apart, so that one sees how many there are."""
        return 4.0

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the digits again."""
        super().focusInEvent(event)
        self._box.update()


class BirthSixField(_SeenWhileTyped):
    """A birth date, YYMMDD."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, BIRTH_DIGITS, parent)

    @override
    def slots(self) -> int:
        """Mark six places."""
        return BIRTH_DIGITS


class SeventhField(_SeenWhileTyped):
    """The seventh digit of a resident number, and only that one."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, 1, parent)

    @override
    def slots(self) -> int:
        """Mark the place."""
        return 1


class CodeField(SecretField):
    """The code that the caller reads aloud: large, and gone as soon as it is handed in."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, CODE_DIGITS, parent)

    @override
    def shown(self, index: int) -> bool:
        """Show every digit: the clerk reads it back, and it is worth nothing a moment later."""
        return True

    @override
    def groups(self) -> tuple[int, ...]:
        """Return two groups, as the message writes them."""
        return (3, 3)

    @override
    def slots(self) -> int:
        """Mark six places."""
        return CODE_DIGITS

    @override
    def digit_role(self) -> Role:
        """Draw the digits like an amount."""
        return "title"

    @override
    def letter_spacing(self) -> float:
        """Set the digits apart."""
        return 6.0
