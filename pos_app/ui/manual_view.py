"""Shows a page of the manual: plain Markdown, nothing loaded, no link followed.

The one rich text of the program. Its words are ours and ship with it; HTML in them is not read, and
whatever a page may point at is refused (security.md section 6).
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.theme import Role

#: Type role, px above and px below of the headings.
_HEADINGS: dict[int, tuple[Role, int, int]] = {1: ("total", 0, 10), 2: ("title", 22, 6)}
_LINE_PERCENT = 140
#: Longer lines are hard to read.
_READING_PX = 880
_FEATURES = QTextDocument.MarkdownFeature
_PLAIN = _FEATURES.MarkdownDialectGitHub | _FEATURES.MarkdownNoHTML


class ManualView(QTextBrowser):
    """One page; read by the keyboard through `scroll_page`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._markdown = ""
        self._sought: tuple[str, ...] = ()
        self._marks: list[QTextCursor] = []
        self._at = -1
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.document().setDocumentMargin(theme.px(6))
        theme.current().changed.connect(self._render)

    def show_page(self, markdown: str) -> None:
        """Show a page from its top."""
        self._markdown = markdown
        self._render()
        self.verticalScrollBar().setValue(0)

    def mark(self, words: str) -> int:
        """Mark every place of each of these words, show the first, return how many there are."""
        self._sought = tuple(words.split())
        self._at = -1
        self._show_marks()
        self.next_mark()
        return len(self._marks)

    def next_mark(self) -> bool:
        """Show the next place, False after the last one."""
        if self._at + 1 >= len(self._marks):
            return False
        self._at += 1
        at = QTextCursor(self.document())
        at.setPosition(self._marks[self._at].position())
        self.setTextCursor(at)
        self.ensureCursorVisible()
        return True

    def has_more(self) -> bool:
        """Tell whether the page goes on below."""
        bar = self.verticalScrollBar()
        return bar.value() < bar.maximum()

    def scroll_page(self, pages: int) -> None:
        """Go down so many windows, up where it is negative."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * round(bar.pageStep() * 0.9))

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> QByteArray:
        """Load nothing, whatever it is."""
        return QByteArray()

    def _show_marks(self) -> None:
        style = QTextCharFormat()
        style.setBackground(theme.color("warn_soft"))
        style.setForeground(theme.color("warn"))
        self._marks = sorted(
            (at for word in self._sought for at in _places(self.document(), word)),
            key=QTextCursor.position,
        )
        shown = []
        for at in self._marks:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = at, style
            shown.append(mark)
        self.setExtraSelections(shown)

    def _render(self) -> None:
        """Set the page anew, in the theme's type and colours."""
        place = self.verticalScrollBar().value()
        self.setLineWrapColumnOrWidth(theme.px(_READING_PX))
        self.document().setDefaultFont(theme.font("body"))
        self.document().setMarkdown(self._markdown, _PLAIN)
        _dress(self.document())
        self._show_marks()
        self.verticalScrollBar().setValue(place)


def _places(document: QTextDocument, word: str) -> Iterator[QTextCursor]:
    """Find every place of a word, in any case."""
    at = document.find(word, 0)
    while not at.isNull():
        yield at
        at = document.find(word, at)


def _dress(document: QTextDocument) -> None:
    """Give headings, paragraphs, code and tables their looks."""
    block = document.begin()
    while block.isValid():
        _dress_block(block)
        _dress_code(block)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame)


def _dress_block(block: QTextBlock) -> None:
    cursor = QTextCursor(block)
    form = QTextBlockFormat()
    level = block.blockFormat().headingLevel()
    form.setLineHeight(_LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    in_table = cursor.currentTable() is not None
    in_list = block.textList() is not None
    form.setTopMargin(0)
    form.setBottomMargin(theme.px(2 if in_list or in_table else 8))
    if level in _HEADINGS:
        role, above, below = _HEADINGS[level]
        form.setTopMargin(theme.px(above))
        form.setBottomMargin(theme.px(below))
        style = QTextCharFormat()
        style.setFont(theme.font(role))
        style.setForeground(theme.color("text"))
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        cursor.mergeCharFormat(style)
        cursor = QTextCursor(block)
    if block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence):
        form.setBottomMargin(theme.px(10 if _ends_code(block) else 0))
        form.setBackground(theme.color("sunken"))
        form.setTextIndent(theme.px(10))
    cursor.mergeBlockFormat(form)


def _ends_code(block: QTextBlock) -> bool:
    """Tell whether this is the last line of some code."""
    below = block.next().blockFormat()
    return not below.hasProperty(QTextFormat.Property.BlockCodeFence)


def _dress_code(block: QTextBlock) -> None:
    """Set keys and commands apart: bold, on a ground of their own."""
    style = QTextCharFormat()
    families = theme.font("code").families()
    style.setFontFamilies(families)
    style.setFontWeight(QFont.Weight.Bold)
    style.setBackground(theme.color("sunken"))
    style.setForeground(theme.color("accent"))
    spots = []
    at = block.begin()
    while not at.atEnd():
        piece = at.fragment()
        if piece.charFormat().fontFixedPitch():
            spots.append((piece.position(), piece.length()))
        at += 1
    for start, length in spots:
        cursor = QTextCursor(block)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(style)


def _dress_table(table: QTextTable) -> None:
    form = table.format().toTableFormat()
    form.setBorder(1)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(theme.color("line"))
    form.setBorderCollapse(True)
    form.setCellPadding(theme.px(6))
    form.setCellSpacing(0)
    form.setTopMargin(theme.px(4))
    form.setBottomMargin(theme.px(12))
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        style = cell.format()
        style.setBackground(theme.color("sunken"))
        cell.setFormat(style)
