"""A table model over a page source: rows are fetched as they are scrolled into view, by key, never by offset."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from facturepro.i18n import _, labelled
from facturepro.ui.models.cells import Cell, ColumnSpec, cell_of, row_id

PAGE = 100
RELOAD_LIMIT = 500  # a reload fetches again at most this many rows; the rest follows when scrolled to
ID_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_ROLE = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class PageSource(Protocol):
    """Where rows come from. Rows are mappings or objects with an ``id``; cursors are opaque."""

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        """The next rows after a cursor (None: from the top) and the cursor to go on, None at the end."""
        ...

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        """The rows with these ids that still belong to the list."""
        ...

    def sort_by(self, key: str, descending: bool) -> None:
        """Order of later fetches."""
        ...


class RecordModel(QAbstractTableModel):
    """Rows of a ``RecordList``.

    Signals: ``checked_changed()``; ``loaded(int)`` with the number of rows after a fetch;
    ``rows_prepended(int)`` after new rows came in at the top.
    """

    checked_changed = Signal()
    loaded = Signal(int)
    rows_prepended = Signal(int)

    def __init__(
        self,
        columns: Sequence[ColumnSpec],
        source: PageSource,
        checkable: bool = True,
        page: int = PAGE,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = list(columns)
        self._source, self._checkable, self._page = source, checkable, page
        self._offset = 1 if checkable else 0
        self._rows: list[Any] = []
        self._where: dict[Any, int] = {}
        self._cursor: Any | None = None
        self._complete = False
        self._fetching = False  # a view asks for more while it hears of the rows just inserted
        self._checked: set[Any] = set()
        self._everything = False
        self._sort: tuple[str, bool] | None = None
        self._load_first()

    # ---------------------------------------------------------------- what the list reads

    @property
    def checkable(self) -> bool:
        return self._checkable

    def specs(self) -> list[ColumnSpec]:
        return list(self._columns)

    def spec(self, column: int) -> ColumnSpec | None:
        """Specification of a model column; None for the check column."""
        return None if column < self._offset else self._columns[column - self._offset]

    def column_of(self, key: str) -> int:
        return [spec.key for spec in self._columns].index(key) + self._offset

    def cell(self, row: int, column: int) -> Cell:
        return cell_of(self._rows[row], self._columns[column - self._offset].key)

    def record(self, row: int) -> Any:
        return self._rows[row]

    def id_at(self, row: int) -> Any:
        return row_id(self._rows[row])

    def row_of(self, identifier: Any) -> int:
        """Row of an id among those fetched, or -1."""
        return self._where.get(identifier, -1)

    def is_complete(self) -> bool:
        """Every row has been fetched."""
        return self._complete

    # ---------------------------------------------------------------- Qt's questions

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns) + self._offset

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = index.row(), index.column()
        if role == ID_ROLE:
            return self.id_at(row)
        if role == ROW_ROLE:
            return self._rows[row]
        spec = self.spec(column)
        if spec is None:
            return self._check_data(row, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(row, column).text(spec.kind)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return labelled(spec.title, self.cell(row, column).spoken(spec.kind))
        return None

    def _check_data(self, row: int, role: int) -> Any:
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if self.is_checked(row) else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _("cochée") if self.is_checked(row) else _("non cochée")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or self.spec(index.column()) is not None:
            return False
        self.set_checked([self.id_at(index.row())], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsUserCheckable if self.spec(index.column()) is None else flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        spec = self.spec(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return spec.title if spec else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spec.title if spec else _("Tout cocher")
        return None

    # ---------------------------------------------------------------- fetching

    def canFetchMore(self, parent: Index = _NOWHERE) -> bool:
        return not parent.isValid() and not self._complete

    def fetchMore(self, parent: Index = _NOWHERE) -> None:
        if parent.isValid() or self._complete or self._fetching:
            return
        self._fetching = True
        try:
            self._insert_page(self._next_page())
        finally:
            self._fetching = False
        self.loaded.emit(len(self._rows))

    def _insert_page(self, rows: list[Any]) -> None:
        if rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._append(rows)
            self.endInsertRows()

    def _next_page(self) -> list[Any]:
        """The next rows that are not here yet (one that moved down while paging may come twice)."""
        rows, self._cursor = self._source.fetch(self._cursor, self._page)
        self._complete = self._cursor is None
        fresh = {row_id(row): row for row in rows}
        return [row for identifier, row in fresh.items() if identifier not in self._where]

    def _append(self, rows: list[Any]) -> None:
        for row in rows:
            identifier = row_id(row)
            self._where[identifier] = len(self._rows)
            self._rows.append(row)
            if self._everything:
                self._checked.add(identifier)

    def _load_first(self, wanted: int = 0) -> None:
        self._rows, self._where = [], {}
        self._cursor, self._complete = None, False
        while True:
            self._append(self._next_page())
            if self._complete or len(self._rows) >= wanted:
                return

    def set_source(self, source: PageSource) -> None:
        """Another source (a filter, a tab): from the top, with nothing checked."""
        self.beginResetModel()
        self._source = source
        self._checked, self._everything = set(), False
        if self._sort is not None:
            source.sort_by(*self._sort)
        self._load_first()
        self.endResetModel()
        self.loaded.emit(len(self._rows))
        self.checked_changed.emit()

    def reload(self) -> None:
        """Fetch again, as many rows as were here (at most ``RELOAD_LIMIT``); forget checked rows that are gone."""
        self.beginResetModel()
        self._load_first(min(len(self._rows), RELOAD_LIMIT))
        if self._complete:
            self._checked &= self._where.keys()
        self.endResetModel()
        self.loaded.emit(len(self._rows))
        self.checked_changed.emit()

    def refresh_top(self) -> None:
        """Cheap look for new rows: one page. Rows that are new at the top are inserted, known ones are renewed.

        Anything else (a row moved, a gap) falls back to ``reload``.
        """
        rows, cursor = self._source.fetch(None, self._page)
        known = [row for row in rows if row_id(row) in self._where]
        new = list(rows[: len(rows) - len(known)])
        positions = [self._where[row_id(row)] for row in known]
        in_place = positions == list(range(len(known))) and not any(row_id(row) in self._where for row in new)
        if not in_place or (not known and self._rows) or (cursor is None and len(known) < len(self._rows)):
            self.reload()
            return
        for row in known:
            self._replace(row)
        if new:
            self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
            self._rows[:0] = new
            self._reindex()
            if self._everything:
                self._checked.update(row_id(row) for row in new)
            self.endInsertRows()
            self.rows_prepended.emit(len(new))

    def refresh_ids(self, ids: Iterable[Any]) -> None:
        """Read these rows again; one that no longer belongs to the list goes away. Nothing else is touched."""
        wanted = [identifier for identifier in ids if identifier in self._where]
        if not wanted:
            return
        found = {row_id(row): row for row in self._source.fetch_ids(wanted)}
        for row in found.values():
            self._replace(row)
        for position in sorted((self._where[gone] for gone in wanted if gone not in found), reverse=True):
            self._remove(position)

    def _replace(self, row: Any) -> None:
        position = self._where.get(row_id(row))
        if position is None or self._rows[position] == row:
            return
        self._rows[position] = row
        self.dataChanged.emit(self.index(position, 0), self.index(position, self.columnCount() - 1))

    def _remove(self, position: int) -> None:
        identifier = self.id_at(position)
        self.beginRemoveRows(QModelIndex(), position, position)
        del self._rows[position]
        self._reindex()
        self.endRemoveRows()
        if identifier in self._checked:
            self._checked.discard(identifier)
            self.checked_changed.emit()

    def _reindex(self) -> None:
        self._where = {row_id(row): position for position, row in enumerate(self._rows)}

    # ---------------------------------------------------------------- order

    def sort_state(self) -> tuple[str, bool] | None:
        """Key and "descending" of the order in force, None for the source's own."""
        return self._sort

    def sort_by(self, key: str, descending: bool) -> None:
        """Order by a column, from the top."""
        self._sort = (key, descending)
        self._source.sort_by(key, descending)
        self.beginResetModel()
        self._load_first()
        self.endResetModel()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)
        self.loaded.emit(len(self._rows))

    # ---------------------------------------------------------------- check boxes

    def is_checked(self, row: int) -> bool:
        return self.id_at(row) in self._checked

    def checked_ids(self) -> list[Any]:
        """Checked rows among those fetched, in the order of the list."""
        return [identifier for identifier in self._where if identifier in self._checked]

    def everything_checked(self) -> bool:
        """ "Tout cocher" is in force: rows that are not fetched yet count as checked too."""
        return self._everything

    def check_state(self) -> Qt.CheckState:
        """State of the box in the header."""
        if not self._checked:
            return Qt.CheckState.Unchecked
        whole = self._everything or (self._complete and len(self._checked) >= len(self._rows))
        return Qt.CheckState.Checked if whole else Qt.CheckState.PartiallyChecked

    def set_checked(self, ids: Iterable[Any], checked: bool) -> None:
        """Check or uncheck rows."""
        touched = [i for i in ids if i in self._where and (i in self._checked) != checked]
        if not touched:
            return
        if checked:
            self._checked.update(touched)
        else:
            self._checked.difference_update(touched)
            self._everything = False
        rows = [self._where[identifier] for identifier in touched]
        self._tell_checked(min(rows), max(rows))

    def check_all(self, checked: bool = True) -> None:
        """Every row of the list, fetched or not; or none."""
        self._everything = checked and not self._complete
        self._checked = set(self._where) if checked else set()
        self._tell_checked(0, len(self._rows) - 1)

    def _tell_checked(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 0)
        self.checked_changed.emit()
