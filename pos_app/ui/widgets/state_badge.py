"""How a payment, refund or finding stands: icon, word and colour together, never colour alone.

The state names are those of money-safety.md sections 3 and 7, which are the names in the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos_app.domain.errors import Bug
from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.text import text
from pos_app.ui.widgets.icons import paint_icon
from pos_app.ui.widgets.painted import Painted, frame

BadgeTone = Literal["good", "warn", "bad", "neutral", "accent"]
Kind = Literal["charge", "refund", "card", "plan", "stray"]


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge shows; `icon` may be `""` only where the word stands for itself."""

    icon: str
    tone: BadgeTone
    words: str


#: Icon and tone of each state. Open states are clocks in the colour of "careful", ends that took no
#: money are quiet or red, money back is the arrow back.
CHARGE_LOOKS: Mapping[str, tuple[str, BadgeTone]] = MappingProxyType(
    {
        "DRAFT": ("dash", "neutral"),
        "PREPARED": ("clock", "neutral"),
        "SENDING": ("clock", "accent"),
        "APPROVED": ("check", "good"),
        "PARTIALLY_REFUNDED": ("back", "neutral"),
        "REFUNDED": ("back", "neutral"),
        "DECLINED": ("cross", "bad"),
        "NOT_SENT": ("dash", "neutral"),
        "UNKNOWN": ("clock", "warn"),
        "NOT_CHARGED": ("dash", "neutral"),
        "MISMATCH": ("alert", "bad"),
        "REVERSING": ("back", "warn"),
        "REVERSE_UNKNOWN": ("clock", "warn"),
        "REVERSED": ("back", "neutral"),
        "MANUAL": ("person", "warn"),
    }
)
REFUND_LOOKS: Mapping[str, tuple[str, BadgeTone]] = MappingProxyType(
    {
        "PREPARED": ("clock", "neutral"),
        "SENDING": ("clock", "accent"),
        "DONE": ("back", "good"),
        "REFUSED": ("cross", "bad"),
        "NOT_SENT": ("dash", "neutral"),
        "UNKNOWN": ("clock", "warn"),
        "NOT_DONE": ("alert", "warn"),
        "MANUAL": ("person", "warn"),
    }
)
#: A card on file.
CARD_LOOKS: Mapping[str, tuple[str, BadgeTone]] = MappingProxyType(
    {
        "CONSENTED": ("clock", "neutral"),
        "KEEPING": ("clock", "accent"),
        "KEPT": ("check", "good"),
        "NOT_KEPT": ("cross", "bad"),
        "NOT_SENT": ("dash", "neutral"),
        "UNKNOWN": ("clock", "warn"),
        "FORGETTING": ("clock", "accent"),
        "FORGET_UNKNOWN": ("clock", "warn"),
        "FORGET_WANTED": ("clock", "warn"),
        "FORGOTTEN": ("dash", "neutral"),
    }
)
#: A scheduled payment.
PLAN_LOOKS: Mapping[str, tuple[str, BadgeTone]] = MappingProxyType(
    {
        "PLANNED": ("clock", "neutral"),
        "SENDING": ("clock", "accent"),
        "SCHEDULED": ("check", "good"),
        "REFUSED": ("cross", "bad"),
        "NOT_SENT": ("dash", "neutral"),
        "UNKNOWN": ("clock", "warn"),
        "NOT_SCHEDULED": ("dash", "neutral"),
        "CHANGING": ("clock", "accent"),
        "CHANGE_UNKNOWN": ("clock", "warn"),
        "CANCELLING": ("clock", "accent"),
        "CANCEL_UNKNOWN": ("clock", "warn"),
        "CANCELLED": ("back", "neutral"),
        "HANDED_OVER": ("check", "neutral"),
    }
)
#: What was found at a gateway that does not agree with the books.
STRAY_LOOKS: Mapping[str, tuple[str, BadgeTone]] = MappingProxyType(
    {
        "SECOND": ("alert", "bad"),
        "STANDING": ("alert", "bad"),
        "FOREIGN": ("alert", "warn"),
        "MISSING": ("alert", "bad"),
        "CANCELLED": ("back", "warn"),
        "ABOVE": ("alert", "warn"),
    }
)
_LOOKS: Mapping[Kind, Mapping[str, tuple[str, BadgeTone]]] = MappingProxyType(
    {
        "charge": CHARGE_LOOKS,
        "refund": REFUND_LOOKS,
        "card": CARD_LOOKS,
        "plan": PLAN_LOOKS,
        "stray": STRAY_LOOKS,
    }
)


def badge_of(kind: Kind, state: str, extra: str = "") -> Badge:
    """Return the badge of `state`; `extra` stands behind the word (the amount refunded).

    Raises:
        Bug: there is no such state.
    """
    try:
        icon, tone = _LOOKS[kind][state]
    except KeyError:
        raise Bug("badge.state", kind=kind, state=state) from None
    words = text(f"badge.{kind}.{state.lower()}")
    return Badge(icon, tone, f"{words} {extra}" if extra else words)


def badge_size(badge: Badge) -> QSize:
    """Return the room a badge takes."""
    metrics = QFontMetricsF(theme.font("chip"))
    width = metrics.horizontalAdvance(badge.words) + theme.px(16)
    if badge.icon:
        width += theme.px(14) + (theme.px(5) if badge.words else 0)
    return QSize(round(width + 0.5), theme.px(23))


def paint_badge(painter: QPainter, rect: QRectF, badge: Badge) -> None:
    """Draw `badge` at the left of `rect`, in the middle of its height."""
    size = badge_size(badge)
    box = QRectF(rect.left(), 0, min(size.width(), rect.width()), size.height())
    box.moveTop(round(rect.center().y() - size.height() / 2))
    neutral = badge.tone == "neutral"
    ink = theme.color("muted" if neutral else badge.tone)
    ground = theme.color("sunken" if neutral else f"{badge.tone}_soft")
    frame(painter, box, theme.px(5), ground, ink if theme.current().outline else None)
    left = box.left() + theme.px(8)
    if badge.icon:
        side = theme.px(14)
        paint_icon(painter, badge.icon, QRectF(left, box.center().y() - side / 2, side, side), ink)
        left += side + theme.px(5)
    font = theme.font("chip")
    painter.setFont(font)
    painter.setPen(ink)
    room = box.right() - theme.px(6) - left
    words = QFontMetricsF(font).elidedText(badge.words, Qt.TextElideMode.ElideRight, room + 1)
    spot = QRectF(left, box.top(), room + 2, box.height())
    painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, words)


class StateBadge(Painted):
    """A badge as a widget."""

    def __init__(self, badge: Badge | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badge = badge
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_badge(badge)

    def set_badge(self, badge: Badge | None) -> None:
        """Show another badge; without one it takes no room."""
        self._badge = badge
        self.setAccessibleName(badge.words if badge else "")
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Return the room of the badge."""
        return badge_size(self._badge) if self._badge else QSize(0, 0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the badge."""
        if self._badge is None:
            return
        painter = QPainter(self)
        paint_badge(painter, QRectF(self.rect()), self._badge)
        painter.end()
