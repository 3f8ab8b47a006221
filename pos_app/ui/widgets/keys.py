"""Keys by their place on the keyboard, whatever the Korean input method is doing.

A Korean keyboard is a US one with a second set of letters (두벌식). In Hangul mode the key `P`
arrives as `ㅔ`; an action key has to work all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

#: KS X 5002, the two-set layout: jamo (with and without shift) and the Latin letter on that key.
_JAMO_TO_LETTER: Mapping[str, str] = MappingProxyType(
    dict(
        zip(
            "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
            "QWERTYUIOPASDFGHJKLZXCVBNMQWERTOP",
            strict=True,
        )
    )
)

_FULL_WIDTH_ZERO = 0xFF10
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


def with_command(event: QKeyEvent) -> bool:
    """Tell whether Control, Alt or the system key is held: a command, not something typed."""
    return bool(event.modifiers() & _MODIFIERS)


def letter(event: QKeyEvent) -> str:
    """Return the capital Latin letter of the key that was hit, or `""`."""
    if with_command(event):
        return ""
    if Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z:
        return chr(event.key())
    return _JAMO_TO_LETTER.get(event.text(), "")


def digit(event: QKeyEvent) -> int | None:
    """Return the digit that was typed, 0 to 9: row, number pad, full width or Hangul mode."""
    if with_command(event):
        return None
    typed = event.text()
    if len(typed) == 1:
        code = ord(typed)
        if code >= _FULL_WIDTH_ZERO:
            code -= _FULL_WIDTH_ZERO - ord("0")
        if ord("0") <= code <= ord("9"):
            return code - ord("0")
    # No text although a digit key was hit: some input methods keep the text for themselves.
    if not typed.isprintable() or not typed:
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_9 and not shifted:
            return int(event.key()) - int(Qt.Key.Key_0)
    return None


def is_enter(event: QKeyEvent) -> bool:
    """Tell whether this is Enter, on the row or the number pad."""
    return event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
