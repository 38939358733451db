"""The list of every page: rows fetched as they are scrolled to, painted by one delegate, driven by keyboard alone."""

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from facturepro.i18n import _
from facturepro.ui import theme
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.models.records import Index, RecordModel
from facturepro.ui.widgets.columns import ColumnLayout
from facturepro.ui.widgets.focus import INSIDE, keyboard_in_use
from facturepro.ui.widgets.list_paint import RecordDelegate, RecordHeader
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.scrollbar import OverlayScrollBar

__all__ = ["Cell", "ColumnSpec", "ListSettings", "RecordList"]


class ListSettings(Protocol):
    """Where widths, chosen columns and the order are remembered."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class RecordList(QTableView):
    """A list of records over a ``RecordModel``.

    Signals: ``current_changed(object)`` id of the current row or None, ``opened(object)`` id on Enter or double click,
    ``checked_changed()``, ``menu_wanted(object, QPoint)`` id and global place of a context menu.

    Args:
        name: of the list, for what is remembered; accessible_name: what a screen reader says.
        settings: object with ``get(key, default)`` and ``set(key, value)``; without it nothing is remembered.
        row: size token of the row height: "row" (36), "row_compact" (28), "row_comfort" (44).
    """

    current_changed = Signal(object)
    opened = Signal(object)
    checked_changed = Signal()
    menu_wanted = Signal(object, QPoint)

    def __init__(
        self,
        model: RecordModel,
        name: str = "",
        accessible_name: str = "",
        settings: ListSettings | None = None,
        row: str = "row",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._settings = name, settings
        self._delegate = RecordDelegate(self)
        self._header = RecordHeader(self)
        self._range_from = -1
        self._kept: tuple[Any, int] = (None, 0)
        self.setAccessibleName(accessible_name or _("Liste"))
        self._configure(row)
        self._bar = OverlayScrollBar(self)
        self._columns = ColumnLayout(model.specs(), model.checkable, self._remembered("columns"))
        self.setModel(model)
        self._restore_order()
        self._connect()
        self._arrange()

    def _configure(self, row: str) -> None:
        self.setProperty(INSIDE, True)
        self.setHorizontalHeader(self._header)
        self.setItemDelegate(self._delegate)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.current().size(row))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)

    def _connect(self) -> None:
        model = self.records()
        model.checked_changed.connect(self._checked_changed)
        model.modelAboutToBeReset.connect(self._keep_place)
        model.modelReset.connect(self._restore_place)
        model.rows_prepended.connect(self._hold_scroll)
        self._header.check_all_clicked.connect(self._toggle_all)
        self._header.sort_clicked.connect(self._sort_clicked)
        self._header.widths_changed.connect(self._widths_changed)
        self._header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._header.customContextMenuRequested.connect(lambda at: self.open_chooser(self._header.mapToGlobal(at)))
        self.verticalScrollBar().valueChanged.connect(self._fetch_ahead)
        self.doubleClicked.connect(lambda index: self._open(index.row()))

    # ---------------------------------------------------------------- public

    def records(self) -> RecordModel:
        """The model."""
        model = self.model()
        if not isinstance(model, RecordModel):
            raise TypeError("a RecordList shows a RecordModel")
        return model

    def current_id(self) -> Any:
        """Id of the current row, or None."""
        row = self.currentIndex().row()
        return self.records().id_at(row) if row >= 0 else None

    def set_current_id(self, identifier: Any) -> bool:
        """Make a fetched row current; False when it is not here. None clears."""
        row = -1 if identifier is None else self.records().row_of(identifier)
        self.setCurrentIndex(self.records().index(row, 0) if row >= 0 else QModelIndex())
        return row >= 0

    def checked_ids(self) -> list[Any]:
        return self.records().checked_ids()

    def visible_columns(self) -> list[str]:
        """Keys of the columns on show now."""
        return [spec.key for spec in self._columns.visible(self.viewport().width())]

    def show_column(self, key: str, shown: bool) -> None:
        """Choose a column; remembered."""
        self._columns.choose(key, shown)
        self._remember("columns", self._columns.state())
        self._arrange()

    def column_menu(self) -> Menu:
        """The chooser of columns, to open at a button; columns that always stay cannot be unticked."""
        menu = Menu(self)
        for spec in self.records().specs():
            chosen = self._columns.is_chosen(spec.key)
            free = spec.priority > 0 or not spec.shown
            menu.add(spec.title, checked=chosen, enabled=free, callback=self._chooser(spec.key, not chosen))
        return menu

    def _chooser(self, key: str, shown: bool) -> Callable[[], None]:
        return lambda: self.show_column(key, shown)

    def open_chooser(self, at: QPoint) -> None:
        """Show the chooser at a point of the screen."""
        self.column_menu().open_at_point(at)

    def show_hover(self, row: int) -> None:
        """Show a row as if the pointer were over it (pictures)."""
        self._set_hover(row, False)

    # ---------------------------------------------------------------- columns

    def _arrange(self) -> None:
        width = self.viewport().width()
        visible = {spec.key for spec in self._columns.visible(width)}
        sizes = self._columns.sizes(width)
        model = self.records()
        shown = []
        for column in range(model.columnCount()):
            spec = model.spec(column)
            hidden = spec is not None and spec.key not in visible
            self.setColumnHidden(column, hidden)
            if not hidden:
                shown.append(column)
                self._header.resizeSection(column, sizes["" if spec is None else spec.key])
        last = shown[-1] if shown else -1
        self._delegate.last_column = self._header.last_column = last
        self._delegate.first_column = shown[0] if shown else 0
        self.viewport().update()

    def _widths_changed(self) -> None:
        model = self.records()
        for column in range(model.columnCount()):
            spec = model.spec(column)
            if spec is not None and not self.isColumnHidden(column):
                self._columns.resize(spec.key, self._header.sectionSize(column))
        self._remember("columns", self._columns.state())
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._bar.place()

    # ---------------------------------------------------------------- memory

    def _remembered(self, what: str) -> Any:
        return self._settings.get(f"list.{self._name}.{what}", None) if self._settings else None

    def _remember(self, what: str, value: Any) -> None:
        if self._settings:
            self._settings.set(f"list.{self._name}.{what}", value)

    def _restore_order(self) -> None:
        order = self._remembered("sort")
        if order and order[0] in [spec.key for spec in self.records().specs()]:
            self.records().sort_by(str(order[0]), bool(order[1]))

    def _sort_clicked(self, column: int) -> None:
        spec = self.records().spec(column)
        if spec is None:
            return
        state = self.records().sort_state()
        figures = spec.kind in ("money", "number", "date", "due")  # the largest and newest first
        descending = not state[1] if state and state[0] == spec.key else figures
        self.records().sort_by(spec.key, descending)
        self._remember("sort", [spec.key, descending])
        self.scrollToTop()

    # ---------------------------------------------------------------- keeping one's place

    def _keep_place(self) -> None:
        self._kept = (self.current_id(), self.verticalScrollBar().value())

    def _restore_place(self) -> None:
        identifier, scroll = self._kept
        self._delegate.current_row = -1
        if identifier is not None:
            blocked = self.signalsBlocked()
            found = self.records().row_of(identifier) >= 0
            self.blockSignals(True)
            self.setCurrentIndex(
                self.records().index(max(0, self.records().row_of(identifier)), 0) if found else QModelIndex()
            )
            self.blockSignals(blocked)
            if not found:
                self.current_changed.emit(None)
        self.updateGeometries()
        self.verticalScrollBar().setValue(scroll)

    def _hold_scroll(self, count: int) -> None:
        bar = self.verticalScrollBar()
        if bar.value() > 0:
            self.updateGeometries()
            bar.setValue(bar.value() + count * self.verticalHeader().defaultSectionSize())

    def _fetch_ahead(self, value: int) -> None:
        if self.verticalScrollBar().maximum() - value < 2 * self.viewport().height() and self.records().canFetchMore():
            self.records().fetchMore()

    # ---------------------------------------------------------------- current row and check boxes

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self._delegate.current_row = current.row()
        self._update_row(previous.row())
        self._update_row(current.row())
        if current.row() != previous.row():
            self.current_changed.emit(self.current_id())

    def _checked_changed(self) -> None:
        self._header.viewport().update()
        self.checked_changed.emit()

    def _toggle_all(self) -> None:
        model = self.records()
        model.check_all(model.check_state() == Qt.CheckState.Unchecked)

    def _toggle(self, row: int, whole_range: bool = False) -> None:
        model = self.records()
        checked = not model.is_checked(row)
        rows = [row]
        if whole_range and 0 <= self._range_from < model.rowCount():
            checked = True
            rows = list(range(min(row, self._range_from), max(row, self._range_from) + 1))
        self._range_from = row
        model.set_checked([model.id_at(each) for each in rows], checked)

    def _open(self, row: int) -> None:
        if row >= 0:
            self.opened.emit(self.records().id_at(row))

    # ---------------------------------------------------------------- pointer

    def _over_check(self, at: QPoint) -> bool:
        return self.records().checkable and self.columnAt(at.x()) == 0 and self.rowAt(at.y()) >= 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press(event)
        self._delegate.focus_visible = False
        self.viewport().update()

    def _press(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        row = self.rowAt(at.y())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0 and (self._over_check(at) or shift or control):
            self._toggle(row, whole_range=shift)
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._over_check(event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        at = event.position().toPoint()
        self._set_hover(self.rowAt(at.y()), self._over_check(at))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hover(-1, False)

    def _set_hover(self, row: int, check: bool) -> None:
        old = self._delegate.hover_row
        if (row, check) != (old, self._delegate.hover_check):
            self._delegate.hover_row, self._delegate.hover_check = row, check
            self._update_row(old)
            self._update_row(row)

    def _update_row(self, row: int) -> None:
        if row >= 0:
            top = self.rowViewportPosition(row)
            self.viewport().update(0, top, self.viewport().width(), self.verticalHeader().defaultSectionSize())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(self.current_id(), event.globalPos())

    # ---------------------------------------------------------------- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, row = event.key(), self.currentIndex().row()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._delegate.focus_visible = True
        if key == Qt.Key.Key_Space and row >= 0 and self.records().checkable:
            self._toggle(row, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control and row >= 0:
            self._open(row)
        elif key == Qt.Key.Key_A and control and self.records().checkable:
            self.records().check_all()
        elif key == Qt.Key.Key_Escape and self.records().checked_ids():
            self.records().check_all(False)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._jump(key == Qt.Key.Key_End)
        elif key == Qt.Key.Key_Down and row < 0:
            self._jump(False)
        elif control and key in (Qt.Key.Key_N, Qt.Key.Key_S, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # shortcuts of the page
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def _jump(self, to_end: bool) -> None:
        count = self.records().rowCount()
        if count:
            index = self.records().index(count - 1 if to_end else 0, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.currentIndex().isValid():  # else Qt would make the first row current, even on a click in a check box
            super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._delegate.focus_visible = by_key or keyboard_in_use()
        if by_key and not self.currentIndex().isValid():
            self._jump(False)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._delegate.focus_visible = False
        self.viewport().update()

    def keyboardSearch(self, _search: str) -> None:
        """Letters belong to the page's search field; Qt would scan every row."""
