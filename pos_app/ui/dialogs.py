"""Questions and bad news, asked without blocking anything.

`exec()` would run a second loop inside a coroutine and break every other task (models.md, Qt fact
3), so a dialog is opened and its end is awaited. Enter says yes, Esc says no; a key still held from
the screen below does nothing.
"""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from pos_app.domain.errors import Bug, PosError
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import error_text, text
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import IconMark
from pos_app.ui.widgets.focus_ring import FocusRing
from pos_app.ui.widgets.labels import EmphasisLabel

_WIDTH_PX = 460


class Dialog(QDialog):
    """A dialog in the program's clothes: title, `body`, a row of buttons."""

    def __init__(
        self, parent: QWidget | None, title: str, *, icon: str = "", tone: str = "accent"
    ) -> None:
        super().__init__(parent)
        self._yes: BigButton | None = None
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(theme.px(_WIDTH_PX))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.px(side) for side in (26, 24, 26, 22)))
        column.setSpacing(theme.px(12))
        head = QHBoxLayout()
        head.setSpacing(theme.px(12))
        if icon:
            head.addWidget(IconMark(icon, tone, 26), alignment=Qt.AlignmentFlag.AlignTop)
        head.addWidget(EmphasisLabel(title, "title"), 1)
        column.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.px(12))
        column.addLayout(self.body)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(0, theme.px(8), 0, 0)
        self._buttons.setSpacing(theme.px(10))
        column.addLayout(self._buttons)
        self.focus_ring = FocusRing(self)

    def add_words(self, words: str) -> None:
        """Put a paragraph into the body."""
        self.body.addWidget(EmphasisLabel(words, "body"))

    def add_buttons(
        self, yes: str, no: str | None = None, *, danger: bool = False
    ) -> tuple[BigButton, BigButton | None]:
        """Add the buttons; `danger` puts the focus on no, so that Enter alone does no harm."""
        refuse = None
        if no is not None:
            refuse = BigButton(no, "Esc", primary=False, height=46)
            refuse.clicked.connect(self.reject)
            self._buttons.addWidget(refuse)
        agree = BigButton(yes, "" if danger else "Enter", danger=danger, height=46)
        agree.clicked.connect(self.accept)
        self._buttons.addWidget(agree)
        self._yes = None if danger else agree
        (refuse if danger and refuse is not None else agree).setFocus()
        return agree, refuse

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as yes and Esc as no, but only when they are hit afresh."""
        if event.isAutoRepeat():
            return
        if keys.is_enter(event) and self._yes is not None and self._yes.isEnabled():
            self._yes.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.reject()


async def await_dialog(dialog: QDialog) -> int:
    """Open `dialog` and return its result code once it has been finished.

    A dialog whose parent dies counts as rejected; a cancelled task closes its dialog. The keyboard
    goes back to where it was.
    """
    before = QApplication.focusWidget()
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    rejected = int(QDialog.DialogCode.Rejected)

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def gone() -> None:
        if not ended.get_loop().is_closed():
            end(rejected)

    dialog.finished.connect(end)
    dialog.destroyed.connect(gone)
    dialog.open()
    try:
        return await ended
    except asyncio.CancelledError:
        if isValid(dialog):
            dialog.reject()
        raise
    finally:
        if before is not None and isValid(before) and before.isVisible():
            before.window().activateWindow()
            before.setFocus()


async def _ask(dialog: Dialog) -> bool:
    try:
        return await await_dialog(dialog) == int(QDialog.DialogCode.Accepted)
    finally:
        if isValid(dialog):  # it has died already if its parent has
            dialog.deleteLater()


async def confirm(
    parent: QWidget, title: str, body: str, yes: str, no: str, *, danger: bool = False
) -> bool:
    """Ask a question in words; True for yes. `danger`: yes needs more than an Enter."""
    tone = "bad" if danger else "accent"
    dialog = Dialog(parent, title, icon="alert" if danger else "info", tone=tone)
    if body:
        dialog.add_words(body)
    dialog.add_buttons(yes, no, danger=danger)
    return await _ask(dialog)


async def show_notice(parent: QWidget, title: str, body: str) -> None:
    """Say something that needs no answer but Enter."""
    dialog = Dialog(parent, title, icon="info")
    if body:
        dialog.add_words(body)
    dialog.add_buttons(text("dialog.ok"))
    await _ask(dialog)


async def show_error(parent: QWidget, error: PosError) -> None:
    """Show what went wrong and what to do about it."""
    title, advice = error_text(error)
    bug = isinstance(error, Bug)
    dialog = Dialog(parent, title, icon="alert", tone="bad" if bug else "warn")
    dialog.add_words(advice)
    dialog.add_buttons(text("dialog.ok"))
    await _ask(dialog)
