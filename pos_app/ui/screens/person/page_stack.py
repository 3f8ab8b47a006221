"""Pages on top of each other that take the room they are given."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from pos_app.ui.marks import override


class PageStack(QStackedWidget):
    """A stack that does not pass on how high its pages would be in another width.

    Layouts in layouts ask for that again and again, each level several times and hidden pages too:
    a hundred thousand times for one arrow key. A page breaks its words inside its own room.
    """

    @override
    def hasHeightForWidth(self) -> bool:
        """Say that the height is whatever room there is."""
        return False
