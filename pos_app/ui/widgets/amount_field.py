"""The amount: large, right-aligned, grouped as typed, with `원` behind it.

Units work in every state of the keyboard. `5만` may come from the Korean input method, from the
keys `m` (만) and `k` (천), or from someone who types 만 blindly with the input method off: then the
keys A K S (ㅁㅏㄴ) and C J S (ㅊㅓㄴ) arrive; the first letter writes the unit, the other two are
swallowed. Without that `5aks` would have become five thousand.

A point or a minus stops the typing: the digits behind it are not taken, because `1.5` without its
point is fifteen won. Neither is what stands before it taken for the amount, nor twelve digits of
thirteen: until Backspace takes it back, Enter does not go on and the rules are given what they
refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from pos_app.domain.errors import UserMistake
from pos_app.domain.money import parse_won
from pos_app.ui.marks import override
from pos_app.ui.text import error_text, text, won_unit
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.amount_text import CHEON, MAN, expand, grouped, has_unit, normalised
from pos_app.ui.widgets.line_field import LineEdit, LineField

#: The longest amount KCP's field takes (good_mny, 12 digits: kcp.md); the rules for a sale are the
#: domain's.
_DIGITS_MAX = 12
_UNIT_KEYS: Mapping[str, str] = MappingProxyType({"M": MAN, "K": CHEON, "A": MAN, "C": CHEON})
#: What is left of a syllable typed blindly after its first key.
_REST_OF_SYLLABLE: Mapping[str, str] = MappingProxyType({"A": "KS", "C": "JS"})
_COUNTED = "0123456789" + MAN + CHEON
#: Mistakes after which typing on would make another amount of it.
_SIGNS = frozenset({"amount.negative", "amount.fraction"})


def sign_words(typed: str) -> str:
    """Return what is said about a minus or a point in `typed`, `""` if it has neither."""
    try:
        parse_won(typed)
    except UserMistake as mistake:
        if mistake.code in _SIGNS:
            return error_text(mistake)[0]
    return ""


class _AmountEdit(LineEdit):
    """The line edit of an amount: letters are units or a mistake."""

    mistyped = Signal()
    taken_back = Signal()

    def __init__(self, *, big: bool) -> None:
        super().__init__("amount" if big else "")
        self._swallow = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)

    @override
    def extra_key(self, event: QKeyEvent) -> bool:
        """Write units for their keys, swallow the rest of a blindly typed syllable."""
        if event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self.taken_back.emit()
        hit = keys.letter(event)
        if not hit:
            self._swallow = ""
            return False
        if self._swallow and hit == self._swallow[0]:
            self._swallow = self._swallow[1:]
        elif hit in _UNIT_KEYS and not event.isAutoRepeat():
            self._swallow = _REST_OF_SYLLABLE.get(hit, "")
            self.insert(_UNIT_KEYS[hit])
            self.textEdited.emit(self.text())
        else:
            self._swallow = ""
            self.mistyped.emit()
        return True


class AmountField(LineField):
    """A field for an amount in won."""

    def __init__(self, caption: str, *, big: bool = True, parent: QWidget | None = None) -> None:
        edit = _AmountEdit(big=big)
        super().__init__(caption, edit, parent)
        self._plain = ""
        self._stopped = ""
        #: What was typed and cannot be an amount, while what could be stands in the field.
        self._refused = ""
        edit.set_suffix(text("field.amount.unit"), keep_room=True)
        edit.mistyped.connect(self._refuse)
        edit.taken_back.connect(self._go_on)

    @override
    def text_value(self) -> str:
        """Return the won as plain digits, `""` when empty.

        An amount that is not clear (`1만5`, `1.`) comes back as typed, for the rules to refuse it.
        """
        if self._refused:
            return self._refused
        amount = expand(self._plain)
        return self._plain if amount is None else str(amount)

    @override
    def set_text_value(self, value: str) -> None:
        """Show an amount given as plain digits."""
        plain = normalised(value)
        self._stopped = self._refused = ""
        if plain is not None and plain != self._plain:
            self._plain = plain
            self._edit.setText(grouped(plain))
            self._show_meaning()
            self.changed.emit()

    @override
    def _on_edited(self, typed: str) -> None:
        plain = normalised(typed)
        if plain is None:
            if len(typed) == len(grouped(self._plain)) + 1:
                self._stopped = sign_words(typed)
            self._refuse(typed if self._stopped else "")
            return
        if self._stopped and len(plain) > len(self._plain):
            self._refuse()
            return
        amount = expand(plain)
        if len(plain if amount is None else str(amount)) > _DIGITS_MAX:
            self._stopped = text("field.amount.too_long", digits=_DIGITS_MAX)
            self._refuse(plain)
            return
        self._stopped = self._refused = ""
        self._plain = plain
        self.retype(grouped(plain), _COUNTED)
        self.set_error("")
        self._show_meaning()
        self.changed.emit()

    def _refuse(self, typed: str = "") -> None:
        self._put_back()
        self.set_error(self._stopped or text("field.amount.digits_only"))
        if typed and not self._refused:
            self._refused = typed
            self.changed.emit()

    def _go_on(self) -> None:
        """Take digits again after what stopped the typing."""
        self._stopped = self._refused = ""
        self.set_error("")
        self.changed.emit()

    def _put_back(self) -> None:
        if self._edit.text() != grouped(self._plain):
            self.retype(grouped(self._plain), _COUNTED)

    def _show_meaning(self) -> None:
        """Say what an amount with units comes to, while it is being typed."""
        amount = expand(self._plain) if has_unit(self._plain) else None
        self.set_aside("" if amount is None else f"= {won_unit(amount)}")

    def _settle(self) -> bool:
        """Turn units into digits; False (and an error) when the amount is not clear."""
        if self._refused:
            self.set_error(self._stopped)
            return False
        if not self._plain:
            return True
        amount = expand(self._plain)
        if amount is None:
            self.set_error(text("field.amount.unclear", typed=self._plain))
            return False
        if has_unit(self._plain):
            self._plain = str(amount)
            self._edit.setText(grouped(self._plain))
            self._show_meaning()
            self.changed.emit()
        return True

    @override
    def _on_enter(self) -> None:
        if self._settle():
            super()._on_enter()

    @override
    def _on_left(self) -> None:
        self._settle()
