"""The page of a step and its parts: big words, choices, facts to compare, the partner site."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.text import text
from pos_app.ui.widgets.big_button import BigButton
from pos_app.ui.widgets.field_shell import NoteLine, NoteTone
from pos_app.ui.widgets.labels import EmphasisLabel, label


class StepPage(QWidget):
    """Big words, what belongs to the step, a note, and the keys at the foot.

    Signals:
        acted: (name) an action was chosen by its button; its key is the screen's business.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it without words."""
        super().__init__(parent)
        self._title = EmphasisLabel("", "verdict")
        self._line = EmphasisLabel("", "field", ink="muted")
        self.content = QVBoxLayout()
        self.content.setSpacing(theme.px(14))
        self._note = NoteLine()
        self._foot = QHBoxLayout()
        self._foot.setSpacing(theme.px(10))
        self._buttons: dict[str, BigButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self._title)
        column.addWidget(self._line)
        column.addSpacing(theme.px(10))
        column.addLayout(self.content)
        column.addWidget(self._note)
        column.addStretch(1)
        column.addLayout(self._foot)

    def say(self, title: str, line: str = "") -> None:
        """Show the big words and what to do."""
        self._title.set_words(title)
        self._line.set_words(line)
        self._line.setVisible(bool(line))
        self.setAccessibleName(title)
        self.setAccessibleDescription(line)

    def title(self) -> str:
        """Return the big words."""
        return self._title.words()

    def set_note(self, words: str, tone: NoteTone = "bad") -> None:
        """Say what is wrong, or what to wait for."""
        self._note.say(words, tone)

    def note(self) -> str:
        """Return what the note says."""
        return self._note.words() if self._note.isVisibleTo(self) else ""

    def add_action(self, name: str, key: str, *, primary: bool = False) -> BigButton:
        """Put a button at the foot; the words are those of `person.act.<name>`."""
        button = BigButton(text(f"person.act.{name}"), key, primary=primary)
        button.clicked.connect(lambda _on=False, name=name: self.acted.emit(name))
        self._buttons[name] = button
        self._foot.addWidget(button, 2 if primary else 1)
        return button

    def button(self, name: str) -> BigButton:
        """Return the button of an action."""
        return self._buttons[name]

    def offered(self) -> frozenset[str]:
        """Return the names of what can be done here now."""
        return frozenset(
            name
            for name, button in self._buttons.items()
            if button.isVisibleTo(self) and button.isEnabled()
        )

    def take_focus(self) -> None:
        """Put the focus where the step begins; the first of the page's buttons if nothing else."""
        for button in self._buttons.values():
            if button.isEnabled():
                button.setFocus()
                return


class ChoiceList(QWidget):
    """What can be chosen, one below the other, each with its number key.

    Signals:
        chosen: (value) a choice was made by its button.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it empty."""
        super().__init__(parent)
        self._buttons: list[BigButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(14))

    def offer(self, choices: Sequence[tuple[object, str]]) -> None:
        """Offer these values with their words, in the order of the number keys."""
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = []
        for number, (value, words) in enumerate(choices, 1):
            button = BigButton(words, str(number), primary=False)
            button.clicked.connect(lambda _on=False, value=value: self.chosen.emit(value))
            self._column.addWidget(button)
            self._buttons.append(button)

    def take_focus(self) -> None:
        """Put the focus on the first choice, for the arrows."""
        if self._buttons:
            self._buttons[0].setFocus()


class FactGrid(QWidget):
    """Terms with their values below, some side by side."""

    def __init__(self, in_row: int = 3, parent: QWidget | None = None) -> None:
        """Build it empty; `in_row` facts stand side by side."""
        super().__init__(parent)
        self._in_row = in_row
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px(36))
        self._grid.setVerticalSpacing(theme.px(4))

    def set_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these terms and values."""
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for place, (term, value) in enumerate(facts):
            row, column = divmod(place, self._in_row)
            self._grid.addWidget(label(term, "caption"), 3 * row, column)
            self._grid.addWidget(label(value, "title"), 3 * row + 1, column)
            self._grid.setRowMinimumHeight(3 * row + 2, theme.px(8))
        self._grid.setColumnStretch(self._in_row, 1)


def big_digits() -> EmphasisLabel:
    """Return a place for digits as large as they are read out."""
    return EmphasisLabel("", "read_back")


def open_site(page: StepPage, address: str) -> None:
    """Open the partner site in the browser; an address that cannot be opened is typed by hand."""
    if address and QDesktopServices.openUrl(QUrl(address)):
        page.set_note(text("person.site.opened"), "muted")
    else:
        page.set_note(text("person.site.not_opened"), "warn")


def copy_order_no(page: StepPage, order_no: str) -> None:
    """Put an order number on the clipboard, and say so."""
    QGuiApplication.clipboard().setText(order_no)
    page.set_note(text("person.search.copied"), "muted")
