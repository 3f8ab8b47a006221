"""The scripted clerk's hands: keys to whatever has the focus, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

_NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ENTER, ESCAPE, UP, END = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Up,
    Qt.Key.Key_End,
)


class Keyboard:
    """Types into the window, or into the dialog that stands over it."""

    def __init__(self, window: Callable[[], QWidget]) -> None:
        """Type into the window that `window` returns."""
        self._window = window

    def dialog(self) -> QDialog | None:
        """Return the dialog that takes the keys now."""
        modal = QApplication.activeModalWidget()
        return modal if isinstance(modal, QDialog) else None

    def window(self) -> QWidget:
        """Return the dialog or the window that takes the keys now."""
        return self.dialog() or self._window()

    def target(self) -> QWidget:
        """Return the widget that a key goes to."""
        window = self.window()
        focused: QWidget | None = window.focusWidget()
        return window if focused is None else focused

    def is_in(self, field: QWidget) -> bool:
        """Tell whether `field`, or something in it, has the focus."""
        target = self.target()
        return field is target or field.isAncestorOf(target)

    def hit(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        """Hit one key."""
        QTest.keyClick(self.target(), key, modifiers)

    def type(self, char: str) -> None:
        """Type one character as a Korean keyboard sends it.

        Hangul comes out of an input method, as a commit; where input methods are switched off it
        arrives as a key with that text.
        """
        target = self.target()
        if char.isascii():
            QTest.keyClick(target, ord(char))
        elif target.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            event = QInputMethodEvent()
            event.setCommitString(char)
            QApplication.sendEvent(target, event)
        else:
            QTest.sendKeyEvent(QTest.KeyAction.Click, target, Qt.Key.Key_unknown, char, _NONE)

    def type_all(self, text: str) -> None:
        """Type characters one after the other."""
        for char in text:
            self.type(char)


def picture_of(window: QWidget) -> QPixmap:
    """Return the window as a picture, with the dialog that stands over it."""
    picture = window.grab()
    modal = QApplication.activeModalWidget()
    if modal is not None and modal is not window:
        shown = modal.grab()
        left = (window.width() - modal.width()) // 2
        top = (window.height() - modal.height()) // 2
        painter = QPainter(picture)
        painter.drawPixmap(left, top, shown)
        painter.setPen(Qt.GlobalColor.gray)  # the frame that a window manager would draw
        painter.drawRect(left, top, modal.width() - 1, modal.height() - 1)
        painter.end()
    return picture
