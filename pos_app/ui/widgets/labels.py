"""The only place that makes a QLabel: its words are plain text, always.

Qt reads a label that looks like HTML as rich text, loads pictures for it and reaches over the
network for them (security.md section 6); a gateway's message must not be able to do that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.theme import Role
from pos_app.ui.widgets.painted import Painted

if TYPE_CHECKING:
    from PySide6.QtGui import QTextLayout

Align = Literal["left", "right", "center"]
Tone = Literal["text", "muted", "good", "warn", "bad", "accent"]

_FLAGS: dict[Align, Qt.AlignmentFlag] = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "center": Qt.AlignmentFlag.AlignHCenter,
}


class Label(QLabel):
    """A label of plain text in one role of the type scale; make it by `label()`."""

    def __init__(self, role: Role, *, elide: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._words = ""
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setProperty("role", role)

    def set_words(self, words: str) -> None:
        """Show `words`; a label that elides keeps the whole of it as its tooltip's text."""
        self._words = words
        self.setAccessibleName(words)
        self._show()

    def words(self) -> str:
        """Return the whole of what the label says, also when it is drawn shortened."""
        return self._words

    def set_tone(self, tone: Tone) -> None:
        """Colour the words by meaning."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self._restyle()

    def set_role(self, role: Role) -> None:
        """Change the step of the type scale."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self._restyle()

    def _restyle(self) -> None:
        self.style().unpolish(self)
        self.style().polish(self)

    def _show(self) -> None:
        if not self._elide:
            self.setText(self._words)
            return
        room = self.contentsRect().width()
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the words anew for the room there is now."""
        super().resizeEvent(event)
        if self._elide:
            self._show()

    @override
    def sizeHint(self) -> QSize:
        """Return the room for the whole of the words."""
        if not self._elide:
            return super().sizeHint()
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._words) + 2, metrics.height())

    @override
    def minimumSizeHint(self) -> QSize:
        """Return next to nothing where the words may be shortened."""
        if not self._elide:
            return super().minimumSizeHint()
        return QSize(self.fontMetrics().averageCharWidth() * 3, self.fontMetrics().height())


def label(
    words: str,
    role: Role = "body",
    *,
    parent: QWidget | None = None,
    wrap: bool = False,
    elide: bool = False,
    align: Align = "left",
    selectable: bool = False,
) -> Label:
    """Return a label of plain text.

    Args:
        words: what it says, already looked up by `text()`.
        role: its step of the type scale.
        parent: the widget it belongs to.
        wrap: break the words over several lines.
        elide: shorten them with an ellipsis when there is too little room.
        align: left, right or center.
        selectable: let the mouse mark and copy them (numbers one reads out, never card digits).
    """
    made = Label(role, elide=elide, parent=parent)
    made.setWordWrap(wrap)
    made.setAlignment(_FLAGS[align] | Qt.AlignmentFlag.AlignVCenter)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    made.set_words(words)
    return made


_STRONG = r"\*\*(.+?)\*\*"


class EmphasisLabel(Painted):
    """Plain text that wraps, with `**strong**` parts; the words of hero banners and sentences.

    The marks come from our own catalogue. Should a gateway's text hold two stars, it becomes bold:
    that is all it can do.
    """

    def __init__(
        self,
        words: str = "",
        role: Role = "body",
        *,
        ink: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role: Role = role
        self._ink = ink
        self._plain = ""
        self._strong: list[tuple[int, int]] = []
        self._room_px = 0  # the width it was given last, 0 before it was given any
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Show `words`, the parts between `**` in bold."""
        self._strong.clear()
        plain, at = "", 0
        for match in re.finditer(_STRONG, words):
            plain += words[at : match.start()]
            self._strong.append((len(plain), len(match[1])))
            plain += match[1]
            at = match.end()
        self._plain = plain + words[at:]
        self.setAccessibleName(self._plain)
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """Return what it says, without marks."""
        return self._plain

    def set_ink(self, ink: str) -> None:
        """Use another colour of the theme."""
        self._ink = ink
        self.update()

    def _laid_out(self, width: float) -> tuple[QTextLayout, float, float]:
        """Return the text broken into lines for `width`, with its height and natural width."""
        from PySide6.QtGui import QTextLayout, QTextOption

        layout = QTextLayout(self._plain, theme.font(self._role))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        formats = []
        for start, length in self._strong:
            bold = QTextLayout.FormatRange()
            bold.start, bold.length = start, length
            bold.format.setFontWeight(QFont.Weight.Bold)
            formats.append(bold)
        layout.setFormats(formats)
        layout.beginLayout()
        height, widest = 0.0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, height))
            height += line.height() * 1.12
            widest = max(widest, line.naturalTextWidth())
        layout.endLayout()
        return layout, height, widest

    @override
    def hasHeightForWidth(self) -> bool:
        """Say that a narrower label is a higher one."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of the words broken for `width`."""
        return round(self._laid_out(max(1, width))[1] + 0.5)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of one line, but not more than a comfortable reading width."""
        width = round(min(self._laid_out(10_000)[2] + 2, theme.px(640)) + 0.5)
        # A fixed height is also the largest one: in a narrower place more lines must fit.
        narrowest = min(width, self._room_px) if self._room_px else width
        return QSize(width, self.heightForWidth(narrowest))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the room of more or fewer lines."""
        super().resizeEvent(event)
        if self._room_px != event.size().width():
            self._room_px = event.size().width()
            self.updateGeometry()

    @override
    def minimumSizeHint(self) -> QSize:
        """Return one line of a few words."""
        return QSize(theme.px(80), round(self._laid_out(10_000)[1] + 0.5))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words, middle of the height."""
        layout, height, _ = self._laid_out(self.width())
        painter = QPainter(self)
        painter.setPen(theme.color(self._ink))
        layout.draw(painter, QPointF(0, max(0.0, (self.height() - height) / 2)))
        painter.end()
