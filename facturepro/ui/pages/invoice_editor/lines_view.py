"""The grid of lines, typed like a spreadsheet: Enter goes down, Tab goes on, Alt+arrows move the line."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QFrame, QTableView, QWidget

from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_decimal
from facturepro.i18n import _
from facturepro.ui import theme
from facturepro.ui.pages.invoice_editor.lines_delegate import CellEditor, LinesDelegate, LinesHeader
from facturepro.ui.pages.invoice_editor.lines_model import (
    DESCRIPTION,
    EDITABLE,
    HANDLE,
    NET,
    PRICE,
    QUANTITY,
    LinesModel,
    parse_table,
)
from facturepro.ui.widgets.focus import INSIDE
from facturepro.ui.widgets.menu import Menu

WIDTHS = (24, 0, 56, 72, 92, 68, 68, 100)
_Hint = QAbstractItemDelegate.EndEditHint


class LinesView(QTableView):
    """Signals: ``row_shown(QRect)`` part of the grid to scroll into view; ``text_typed(QWidget, str)`` in a description
    cell; ``description_left()``; ``pasted(int)``."""

    row_shown = Signal(QRect)
    text_typed = Signal(QWidget, str)
    description_left = Signal()
    pasted = Signal(int)

    def __init__(self, model: LinesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = model
        self.suggest_key: Callable[[QKeyEvent], bool] = lambda _event: False
        self._dragged = -1
        self._delegate = LinesDelegate(self)
        self._header = LinesHeader(self)
        self.setAccessibleName(_("Lignes de la facture"))
        self.setProperty(INSIDE, True)
        self._configure()
        self.setModel(model)
        model.counted.connect(self._fit_height)
        model.modelReset.connect(self._fit_height)
        self._fit_height()

    def _configure(self) -> None:
        self.setItemDelegate(self._delegate)
        self.setHorizontalHeader(self._header)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(theme.current().size("editor_row"))
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.AnyKeyPressed | trigger.EditKeyPressed | trigger.DoubleClicked)
        self.setTabKeyNavigation(True)

    # ------------------------------------------------------------------ size
    def _fit_height(self, *_args: Any) -> None:
        current = theme.current()
        self.setFixedHeight(current.size("table_header") + self.lines.rowCount() * current.size("editor_row"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        rest = self.viewport().width() - sum(WIDTHS)
        for column, width in enumerate(WIDTHS):
            self._header.resizeSection(column, width or max(120, rest))

    # ------------------------------------------------------------------ moving
    def edit_cell(self, row: int, column: int) -> None:
        """Go to a cell and type in it."""
        index = self.lines.index(row, column)
        if not index.isValid():
            return
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCurrentIndex(index)
        self.edit(index)
        top = self.rowViewportPosition(row) + self._header.height()
        self.row_shown.emit(QRect(0, top, self.width(), self.rowHeight(row)))

    def step(self, row: int, column: int, by: int) -> bool:
        """The next cell to type in, over the end of the line; false when there is none."""
        cells = [(r, c) for r in range(self.lines.rowCount()) for c in EDITABLE]
        at = cells.index((row, column)) + by if (row, column) in cells else -1
        if not 0 <= at < len(cells) or (self.lines.is_ghost(row) and by > 0):
            return False
        self.edit_cell(*cells[at])
        return True

    def enter(self, row: int, column: int) -> None:
        """Enter: a new text goes on to its quantity, anything else goes to the next line."""
        line = self.lines.lines[row] if row < len(self.lines.lines) else None
        if column == DESCRIPTION and line is not None and not line.unit_price and not line.errors:
            self.edit_cell(row, QUANTITY)
        elif column == QUANTITY and line is not None and not line.unit_price:
            self.edit_cell(row, PRICE)
        elif line is not None or not self.lines.is_ghost(row):
            self.edit_cell(min(row + 1, self.lines.rowCount() - 1), DESCRIPTION)

    def move_line(self, row: int, by: int) -> None:
        column = self.currentIndex().column()
        if self.lines.move(row, row + by):
            self.setCurrentIndex(self.lines.index(row + by, max(column, DESCRIPTION)))

    def remove_line(self, row: int) -> None:
        if self.lines.remove(row):
            at = min(row, self.lines.rowCount() - 1)
            self.setCurrentIndex(self.lines.index(at, DESCRIPTION))

    def paste(self) -> bool:
        """Take a table from the clipboard; false when there is none there."""
        text = QGuiApplication.clipboard().text()
        if "\t" not in text and "\n" not in text.strip():
            return False
        rows = parse_table(text, _is_number)
        at = self.currentIndex().row()
        count = self.lines.insert_texts(at if at >= 0 else len(self.lines.lines), rows)
        self.pasted.emit(count)
        return count > 0

    # ------------------------------------------------------------------ while typing in a cell
    def editor_key(self, editor: CellEditor, event: QKeyEvent) -> bool:
        """Keys inside a cell that belong to the grid."""
        row, column, key = editor.row, editor.column, event.key()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if column == DESCRIPTION and self.suggest_key(event):
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            self._finish(editor, lambda: self.enter(row, column))
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            by = 1 if key == Qt.Key.Key_Tab else -1
            self._finish(editor, lambda: self.step(row, column, by) or self._leave(by))
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            by = 1 if key == Qt.Key.Key_Down else -1
            self._finish(
                editor, (lambda: self.move_line(row, by)) if alt else (lambda: self._vertical(row, column, by))
            )
        elif event.matches(QKeySequence.StandardKey.Paste) and "\t" in QGuiApplication.clipboard().text():
            self._finish(editor, self.paste)
        elif control and key == Qt.Key.Key_Delete:
            self._finish(editor, lambda: self.remove_line(row))
        else:
            return False
        return True

    def _vertical(self, row: int, column: int, by: int) -> None:
        if 0 <= row + by < self.lines.rowCount():
            self.edit_cell(row + by, column)

    def _leave(self, by: int) -> None:
        self.setTabKeyNavigation(False)  # with it the view answers by a Tab to itself, which comes here again, for ever
        try:
            self.focusNextPrevChild(by > 0)
        finally:
            self.setTabKeyNavigation(True)

    def _finish(self, editor: CellEditor, then: Callable[[], object]) -> None:
        self.description_left.emit()
        self.commitData(editor)
        self.closeEditor(editor, _Hint.NoHint)
        then()

    def finish_editing(self) -> None:
        """Take what stands in the open cell, as before saving."""
        editor = self.open_editor()
        if editor is not None:
            self.commitData(editor)

    def open_editor(self) -> CellEditor | None:
        widget = self.indexWidget(self.currentIndex()) or self.viewport().findChild(CellEditor)
        return widget if isinstance(widget, CellEditor) and widget.isVisible() else None

    def close_cell(self) -> None:
        """Close the open cell without taking its text (a product was put there)."""
        editor = self.open_editor()
        if editor is not None:
            self.closeEditor(editor, _Hint.RevertModelCache)

    # ------------------------------------------------------------------ keys outside a cell
    def keyPressEvent(self, event: QKeyEvent) -> None:
        index, key = self.currentIndex(), event.key()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control and index.isValid():
            self.edit_cell(index.row(), index.column() if index.column() in EDITABLE else DESCRIPTION)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and index.isValid():
            self.remove_line(index.row())
        elif alt and key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and index.isValid():
            self.move_line(index.row(), 1 if key == Qt.Key.Key_Down else -1)
        elif event.matches(QKeySequence.StandardKey.Paste) and not self.lines.is_locked:
            self.paste()
        elif control and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_N, Qt.Key.Key_S, Qt.Key.Key_Z):
            event.ignore()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and not self._tab(index, key == Qt.Key.Key_Tab):
            self._leave(1 if key == Qt.Key.Key_Tab else -1)
        elif key not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            super().keyPressEvent(event)

    def _tab(self, index: QModelIndex, forward: bool) -> bool:
        if self.lines.is_locked:
            return False
        if not index.isValid():
            self.edit_cell(0, DESCRIPTION)
            return True
        column = (
            index.column() if index.column() in EDITABLE else (DESCRIPTION if index.column() == HANDLE else NET - 1)
        )
        return self.step(index.row(), column, 1 if forward else -1)

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and not self.lines.is_locked:
            index = self.currentIndex()
            row = index.row() if index.isValid() else len(self.lines.lines)
            QTimer.singleShot(0, self, lambda: self.edit_cell(min(row, self.lines.rowCount() - 1), DESCRIPTION))

    # ------------------------------------------------------------------ pointer
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() == HANDLE:
            self._dragged = -1 if self.lines.is_ghost(index.row()) else index.row()
            self.setCurrentIndex(index)
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(event.position().toPoint().y())
        if self._dragged >= 0 and row >= 0 and self.lines.move(self._dragged, row):
            self._dragged = row
        self._delegate.hover_row = row
        over_handle = self.columnAt(round(event.position().x())) == HANDLE and not self.lines.is_locked
        shape = Qt.CursorShape.SizeVerCursor if over_handle else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_dragging, self._dragged = self._dragged >= 0, -1
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_click = not was_dragging and event.button() == Qt.MouseButton.LeftButton and index == self.currentIndex()
        if is_click and index.column() in EDITABLE and not self.lines.is_locked:
            self.edit(index)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._delegate.hover_row = -1
        self.viewport().update()

    def show_hover(self, row: int) -> None:
        """As if the pointer were over a row (pictures)."""
        self._delegate.hover_row = row
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid() and not self.lines.is_ghost(index.row()) and not self.lines.is_locked:
            self._menu(index, event.globalPos())

    def _menu(self, index: QModelIndex | QPersistentModelIndex, at: QPoint) -> None:
        row = index.row()
        menu = Menu(self)
        menu.add(_("Dupliquer la ligne"), "action.duplicate", lambda: self.lines.duplicate(row))
        menu.add(_("Monter"), "action.move_up", lambda: self.move_line(row, -1), shortcut="Alt+Up")
        menu.add(_("Descendre"), "action.move_down", lambda: self.move_line(row, 1), shortcut="Alt+Down")
        menu.add_separator()
        menu.add(_("Supprimer la ligne"), "action.delete", lambda: self.remove_line(row), shortcut="Del", danger=True)
        menu.open_at_point(at)


def _is_number(text: str) -> bool:
    try:
        parse_decimal(text)
    except UserError:
        return False
    return True
