"""Fields for words: names, products, telephone numbers, passphrases, searches."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.line_field import LineEdit, LineField
from pos_app.ui.widgets.phone_text import grouped_phone, phone_digits


class TextField(LineField):
    """A field for words, limited in bytes because the gateways count bytes."""

    def __init__(
        self,
        caption: str,
        *,
        max_bytes: int = 100,
        encoding: str = "utf-8",
        placeholder: str = "",
        aside: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(caption, None, parent)
        self._max_bytes = max_bytes
        self._encoding = encoding
        self.set_placeholder(placeholder)
        self.set_aside(aside)

    @override
    def _on_edited(self, typed: str) -> None:
        fitting = typed
        while len(fitting.encode(self._encoding, "replace")) > self._max_bytes:
            fitting = fitting[:-1]
        if fitting != typed:
            self._edit.setText(fitting)
        super()._on_edited(fitting)
        if fitting != typed:
            self.set_error(text("field.text.too_long", bytes=self._max_bytes))


class PhoneField(LineField):
    """A telephone number: hyphens come by themselves, the value is digits only."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, None, parent)
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._edit.setInputMethodHints(Qt.InputMethodHint.ImhDialableCharactersOnly)

    @override
    def text_value(self) -> str:
        """Return the digits of the number."""
        return phone_digits(self._edit.text())

    @override
    def set_text_value(self, value: str) -> None:
        """Show a number given with or without hyphens."""
        digits = phone_digits(value)
        if digits != self.text_value():
            self._edit.setText(grouped_phone(digits))
            self.changed.emit()

    @override
    def _on_edited(self, typed: str) -> None:
        self.retype(grouped_phone(phone_digits(typed)), "0123456789")
        super()._on_edited(typed)
        if any(char.isalpha() for char in typed):
            self.set_error(text("field.phone.digits_only"))


class SecretTextField(LineField):
    """A passphrase, drawn as dots.

    Text and not digits, so it passes through Qt's memory: for keys and passphrases only, never for
    anything of a card.
    """

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, None, parent)
        self._edit.setEchoMode(QLineEdit.EchoMode.Password)

    @override
    def text_value(self) -> str:
        """Return the passphrase; blanks around it belong to it."""
        return self._edit.text()


class SearchField(LineField):
    """One large line to search with; muted words at its end say what it finds."""

    def __init__(self, name: str, aside: str = "", parent: QWidget | None = None) -> None:
        edit = LineEdit("search")
        super().__init__("", edit, parent)
        edit.set_suffix(aside)
        edit.setAccessibleName(name)
        self.setAccessibleName(name)
