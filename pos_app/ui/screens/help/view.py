"""The help screen: pages at the left, the one chosen at the right, a search above both.

The search field keeps the focus, so that one can type at any time; the arrows choose a page, the
page keys read it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pos_app.ui import theme
from pos_app.ui.manual import ManualPage, load_manual
from pos_app.ui.manual_view import ManualView
from pos_app.ui.marks import override
from pos_app.ui.payment_search import FindField
from pos_app.ui.screens.help.key_sheet import KeySheet
from pos_app.ui.text import language, text
from pos_app.ui.widgets.keycap import KeyHint
from pos_app.ui.widgets.labels import label
from pos_app.ui.widgets.panel import Panel
from pos_app.ui.widgets.table import CalmTable, Column, Row

#: The row of the keys; the manual's pages have the names of their files.
KEYS = "keys"
_SIDE_WIDTH_PX = 300


class HelpScreen(QWidget):
    """All keys, and the manual.

    Signals:
        navigate: (screen name, payment id) somewhere else is wanted.
    """

    navigate = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Read the manual in the language in use."""
        super().__init__(parent)
        self._pages: dict[str, ManualPage] = {page.name: page for page in load_manual(language())}
        self.search = FindField(text("help.search"), text("help.search.aside"))
        self.list = CalmTable([Column(text("help.pages"), stretch=1, role="body")])
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.keys = KeySheet()
        self.manual = ManualView()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.keys)
        self._stack.addWidget(self.manual)
        self._found = label("", "hint")
        self._found.set_tone("muted")
        self._more = KeyHint("PgDn", text("help.more"))
        keep = self._more.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._more.setSizePolicy(keep)
        self._lay_out()
        bar = self.manual.verticalScrollBar()
        bar.valueChanged.connect(self._show_more)
        bar.rangeChanged.connect(self._show_more)
        self.list.moved.connect(self._show)
        self.search.changed.connect(self._on_typed)
        self.search.stepped.connect(self._step)
        self.search.advance.connect(self._next_hit)
        self._list_pages()

    def _lay_out(self) -> None:
        side = Panel(text("help.heading"))
        side.setFixedWidth(theme.px(_SIDE_WIDTH_PX))
        side.add(self.search)
        side.add(self._found)
        side.add(self.list, 1)
        shown = Panel()
        shown.add(self._stack, 1)
        shown.add(self._more)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.px(part) for part in (20, 16, 20, 16)))
        row.setSpacing(theme.px(16))
        row.addWidget(side)
        right = QVBoxLayout()
        right.addWidget(shown, 1)
        row.addLayout(right, 1)

    def activate(self, payment_id: str = "") -> None:
        """Come to the front; a payment named is of no use here."""
        self.search.setFocus()
        self.search.select_all()

    def page(self) -> str:
        """Return the name of the page shown: `keys`, or a file of the manual."""
        return self.list.current_id()

    def open_page(self, name: str) -> None:
        """Show a page of the list."""
        self.list.select_id(name)

    # -- finding -----------------------------------------------------------------------------------

    def _list_pages(self) -> None:
        """List the pages that mention what is sought; all of them without a search."""
        words = self.search.text_value()
        rows = []
        if self.keys.mentions(words):
            rows.append(Row(KEYS, (text("help.keys"),)))
        rows += [
            Row(page.name, (page.title,)) for page in self._pages.values() if page.mentions(words)
        ]
        chosen = self.page()
        self.list.set_rows(rows)
        if rows and chosen not in {row.id for row in rows}:
            self.list.select_id(rows[0].id)
        nothing = text("help.nothing", words=words) if not rows else ""
        some = text("help.found", count=len(rows)) if words and rows else ""
        self._found.set_words(nothing or some)
        self._found.setVisible(bool(words))

    def _on_typed(self) -> None:
        self._list_pages()
        self._show(self.page())

    def _show(self, name: str) -> None:
        """Show a page, what is sought in it marked."""
        words = self.search.text_value()
        if name in self._pages:
            self.manual.show_page(self._pages[name].body)
            self.manual.mark(words)
            self._stack.setCurrentWidget(self.manual)
        elif name == KEYS:
            self.keys.mark(words)
            self._stack.setCurrentWidget(self.keys)
        self._show_more()

    def _show_more(self) -> None:
        """Say that the page goes on below, instead of a scroll bar."""
        reading = self._stack.currentWidget() is self.manual
        self._more.setVisible(reading and self.manual.has_more())

    def _step(self, step: int) -> None:
        rows = [row.id for row in self.list.model_rows()]
        if not rows:
            return
        at = rows.index(self.page()) if self.page() in rows else 0
        self.list.select_id(rows[max(0, min(len(rows) - 1, at + step))])

    def _next_hit(self) -> None:
        """Enter: the next place in the page; after the last one the next page."""
        if self.search.is_empty() or self.page() == KEYS or not self.manual.next_mark():
            self._step(1)

    # -- keys --------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys read on; Esc clears the search, then goes back."""
        if event.key() == Qt.Key.Key_PageDown:
            self.manual.scroll_page(1)
        elif event.key() == Qt.Key.Key_PageUp:
            self.manual.scroll_page(-1)
        elif event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat():
            if self.search.is_empty():
                self.navigate.emit("sale", "")
            else:
                self.search.clear_field()
        else:
            super().keyPressEvent(event)
