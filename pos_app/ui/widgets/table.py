"""A calm table: thin lines, no grid, badges in cells, one row chosen by the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from pos_app.ui import theme
from pos_app.ui.marks import override
from pos_app.ui.theme import Role
from pos_app.ui.widgets import keys
from pos_app.ui.widgets.state_badge import Badge, badge_size, paint_badge

Index = QModelIndex | QPersistentModelIndex
_CELL_PAD = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how it is headed, which way it leans, and its share of spare room (0: none)."""

    heading: str
    align: Literal["left", "right"] = "left"
    stretch: int = 0
    role: Role = "small"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its id, one cell a column, and whether it is written in bold."""

    id: str
    cells: tuple[str | Badge, ...]
    strong: bool = False


class RowModel(QAbstractTableModel):
    """Rows for a table; cells are words or badges."""

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows: list[Row] = []

    def rows(self) -> Sequence[Row]:
        """Return the rows shown."""
        return self._rows

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def append(self, rows: Sequence[Row]) -> None:
        """Show more rows below."""
        if rows:
            last = len(self._rows)
            self.beginInsertRows(QModelIndex(), last, last + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of rows."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's words; for the delegate (UserRole) the cell itself."""
        if not index.isValid():
            return None
        cell = self._rows[index.row()].cells[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return cell
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return cell.words if isinstance(cell, Badge) else cell
        return None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's heading and leaning."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_leaning(column))
        return None


def _leaning(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class _Painter(QStyledItemDelegate):
    """Draws the cells."""

    def __init__(self, table: CalmTable) -> None:
        super().__init__(table)
        self._table = table

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the room of a cell's words or badge."""
        cell = index.data(Qt.ItemDataRole.UserRole)
        pad = theme.px(2 * _CELL_PAD)
        if isinstance(cell, Badge):
            return QSize(badge_size(cell).width() + pad, theme.px(33))
        row = self._table.model_rows()[index.row()]
        font = theme.font(self._table.columns[index.column()].role)
        font.setBold(font.bold() or row.strong)
        width = QFontMetricsF(font).horizontalAdvance(str(cell))
        return QSize(round(width) + pad + 2, theme.px(33))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw ground, line and contents of one cell."""
        painter.save()
        area = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(area, theme.color("accent_soft"))
            if index.column() == 0 and self._table.hasFocus():
                bar = QRectF(area.left(), area.top(), theme.px(3), area.height())
                painter.fillRect(bar, theme.color("accent"))
        if index.row() < len(self._table.model_rows()) - 1:
            low = QRectF(area.left(), area.bottom() - 1, area.width(), 1)
            painter.fillRect(low, theme.color("line"))
        inner = area.adjusted(theme.px(_CELL_PAD), 0, -theme.px(_CELL_PAD), 0)
        cell = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(cell, Badge):
            paint_badge(painter, inner, cell)
        else:
            self._paint_words(painter, inner, index, str(cell))
        painter.restore()

    def _paint_words(self, painter: QPainter, inner: QRectF, index: Index, words: str) -> None:
        column = self._table.columns[index.column()]
        font = theme.font(column.role)
        font.setBold(font.bold() or self._table.model_rows()[index.row()].strong)
        painter.setFont(font)
        painter.setPen(theme.color("muted" if column.role in {"hint", "caption"} else "text"))
        shown = QFontMetricsF(font).elidedText(
            words, Qt.TextElideMode.ElideRight, inner.width() + 1
        )
        painter.drawText(inner, _leaning(column), shown)


class CalmTable(QTableView):
    """A table of rows.

    Signals:
        picked: the id of the row on which Enter was hit or that was double-clicked.
        moved: the id of the row that is chosen now, `""` when none is.
        more: the last row came into view; more can be appended.
        retreat: Up was hit on the first row.
    """

    picked = Signal(str)
    moved = Signal(str)
    more = Signal()
    retreat = Signal()

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows = RowModel(columns, self)
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().currentRowChanged.connect(self._current_moved)
        self.doubleClicked.connect(self._double_clicked)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # -- rows ------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows`; the row chosen before stays chosen if it is still there."""
        chosen = self.current_id()
        self._rows.replace(rows)
        self._fit()
        if chosen:
            self.select_id(chosen)

    def append_rows(self, rows: Sequence[Row]) -> None:
        """Show more rows below."""
        self._rows.append(rows)
        self._fit()

    def model_rows(self) -> Sequence[Row]:
        """Return the rows shown."""
        return self._rows.rows()

    def current_id(self) -> str:
        """Return the id of the row that is chosen, `""` when none is."""
        at = self.currentIndex().row()
        return self.model_rows()[at].id if 0 <= at < len(self.model_rows()) else ""

    def select_id(self, row_id: str) -> None:
        """Choose the row with `row_id`; an unknown one changes nothing."""
        for at, row in enumerate(self.model_rows()):
            if row.id == row_id:
                self.selectRow(at)
                return

    # -- keys --------------------------------------------------------------------------------------

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pick with Enter; leave upwards from the first row."""
        if keys.is_enter(event):
            if self.current_id() and not event.isAutoRepeat():
                self.picked.emit(self.current_id())
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.retreat.emit()
        elif event.key() == Qt.Key.Key_Escape or event.text().strip():
            event.ignore()  # letters belong to the screen, not to Qt's search in the rows
        else:
            super().keyPressEvent(event)

    def _double_clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self.model_rows()[index.row()].id)

    def _current_moved(self, now: QModelIndex, before: QModelIndex) -> None:
        self.moved.emit(self.model_rows()[now.row()].id if now.isValid() else "")

    def _scrolled(self, value: int) -> None:
        if value and value == self.verticalScrollBar().maximum():
            self.more.emit()

    # -- room --------------------------------------------------------------------------------------

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self._fit()

    @override
    def sizeHint(self) -> QSize:
        """Return the room of the heading and all rows, up to ten."""
        rows = min(len(self.model_rows()), 10)
        head = self.horizontalHeader().sizeHint().height()
        return QSize(theme.px(400), head + rows * theme.px(33) + 2)

    def _fit(self) -> None:
        """Give each column what its cells need, and the rest to those that stretch."""
        rows = range(min(len(self.model_rows()), 200))
        option = QStyleOptionViewItem()
        delegate = self.itemDelegate()
        head = self.horizontalHeader()
        least = theme.px(48)
        widths = [
            max(
                [least, head.sectionSizeHint(at)]
                + [delegate.sizeHint(option, self._rows.index(row, at)).width() for row in rows]
            )
            for at in range(len(self.columns))
        ]
        room = self.viewport().width()
        shares = sum(column.stretch for column in self.columns)
        spare = room - sum(widths)
        if shares:
            widths = [
                max(least, width + spare * column.stretch // shares)
                for width, column in zip(widths, self.columns, strict=True)
            ]
            widest = max(range(len(widths)), key=lambda at: self.columns[at].stretch)
            widths[widest] = max(least, widths[widest] + room - sum(widths))
        for at, width in enumerate(widths):
            self.setColumnWidth(at, width)
        self.verticalHeader().setDefaultSectionSize(theme.px(33))
        self.updateGeometry()
