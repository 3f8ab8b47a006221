"""Keys as a keyboard sends them, one event each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(
    widget: QWidget,
    key: Qt.Key | int = 0,
    text: str = "",
    modifiers: Qt.KeyboardModifier = NONE,
    *,
    held: bool = False,
) -> bool:
    """Send one key; returns whether somebody took it."""
    target = widget.focusProxy() or widget
    event = QKeyEvent(QEvent.Type.KeyPress, int(key), modifiers, text, held)
    QApplication.sendEvent(target, event)
    return event.isAccepted()


def type_text(widget: QWidget, text: str) -> None:
    """Type characters one after the other, with the key codes of a Latin keyboard."""
    for char in text:
        code = ord(char.upper())
        press(widget, code if code < 128 else Qt.Key.Key_unknown, char)


def open_window(window: QWidget) -> None:
    """Show a window, with the keyboard's focus."""
    window.show()
    layout = window.layout()
    if layout is not None:
        layout.activate()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)


def copy(text: str) -> None:
    """Put text on the clipboard, as another program does."""
    QGuiApplication.clipboard().setText(text)


def clipboard() -> str:
    """Return what is on the clipboard."""
    return QGuiApplication.clipboard().text()
