"""A page that is a list: tabs, filter bar, list, foot, drawer. A page of records is a subclass with its own words.

class ClientsPage(RecordListPage):
    key, icon, kinds, list_name = "clients", "nav.clients", {"client", "invoice"}, "clients"
    def title(self): ...
    def make_columns(self): ...
    def make_source(self): ...          # from self.tab() and self.filters()
    def make_drawer(self, record_id): ...
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.models.cells import ColumnSpec
from facturepro.ui.models.records import PageSource, RecordModel
from facturepro.ui.pages.base import Page, Shell
from facturepro.ui.pages.record_list_filters import FilterBar, FilterKind
from facturepro.ui.pages.record_list_foot import BulkAction, ListFoot
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.keycap import key_text
from facturepro.ui.widgets.listview import RecordList
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.tabs import Tab, TabBar


class RecordListPage(Page):
    """``list_name`` names what is remembered; ``row`` is the size token of the rows."""

    list_name: ClassVar[str] = ""
    row: ClassVar[str] = "row"
    checkable: ClassVar[bool] = True
    searchable: ClassVar[bool] = True

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(shell)
        self.context = context
        self._text = ""
        self._drawer: Drawer | None = None
        self._drawer_id: str | None = None
        self._counting = BackgroundJob(self)
        self._counting.done.connect(self._show_figures)
        self._counting.failed.connect(self.shell.show_error)
        self._build()
        self.refresh_figures()

    # ------------------------------------------------------------------ what a subclass says
    def make_tabs(self) -> list[Tab]:
        return []

    def make_filters(self) -> list[FilterKind]:
        return []

    def make_columns(self) -> list[ColumnSpec]:
        raise NotImplementedError

    def make_source(self) -> PageSource:
        raise NotImplementedError

    def default_sort(self) -> tuple[str, bool] | None:
        return None

    def figures(self) -> Callable[[], Any] | None:
        """Work for a worker thread: counters and totals; its answer goes to ``show_figures``."""
        return None

    def show_figures(self, figures: Any) -> None:
        """Put the counters and totals on screen."""

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        """(count, note, amount) of the checked rows."""
        raise NotImplementedError

    def bulk_actions(self, records: Sequence[Any]) -> list[BulkAction]:
        return []

    def make_drawer(self, record_id: str) -> Drawer | None:
        return None

    def open_record(self, record_id: str) -> None:
        """Enter or double click."""
        self.show_record(record_id)

    def delete_record(self, record_id: str) -> None:
        """The Delete key on the current row."""

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        """Entries of the context menu."""

    def empty_state(self) -> EmptyState:
        raise NotImplementedError

    # ------------------------------------------------------------------ parts
    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tabs = self.make_tabs()
        self.tab_bar = TabBar(tabs) if tabs else None
        if self.tab_bar is not None:
            self.tab_bar.changed.connect(lambda _key: self.reload())
            column.addWidget(self.tab_bar)
        self.filter_bar = FilterBar(self.make_filters())
        self.filter_bar.set_values(self._remembered_filters(), tell=False)
        self.filter_bar.changed.connect(self._filters_changed)
        self.filter_bar.columns_wanted.connect(self._choose_columns)
        self.model = RecordModel(self.make_columns(), self.make_source(), checkable=self.checkable, parent=self)
        self.list = RecordList(self.model, self.list_name, self.title(), settings=self.context.settings, row=self.row)
        self.list.current_changed.connect(self._current_changed)
        self.list.opened.connect(self.open_record)
        self.list.checked_changed.connect(self._selection_changed)
        self.list.menu_wanted.connect(self._open_menu)
        sort = self.default_sort()
        if sort is not None and self.model.sort_state() is None:
            self.model.sort_by(*sort)
        self.model.loaded.connect(lambda _count: self._show_ground())
        self.model.rowsRemoved.connect(lambda *_args: self._show_ground())
        self.model.rowsInserted.connect(lambda *_args: self._show_ground())
        self.foot = ListFoot()
        self.foot.selection_cleared.connect(lambda: self.model.check_all(False))
        self._ground = QStackedWidget()
        self._ground.addWidget(self._make_body())
        column.addWidget(self._ground, 1)
        self._show_ground()

    def _make_body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._rows = QStackedWidget()
        self._rows.addWidget(self.list)
        column.addWidget(self.filter_bar)
        column.addWidget(self._rows, 1)
        column.addWidget(self.foot)
        return body

    def new_button(self, text: str) -> Button:
        """The button of an empty page, with its key."""
        button = Button(text, "primary", "action.new", keycap=key_text("Ctrl+N"))
        button.clicked.connect(self.new)
        return button

    def _show_ground(self) -> None:
        """The list; or that nothing matches; or the page's invitation when there is nothing at all."""
        is_empty = self.model.rowCount() == 0
        restricted = bool(self.filter_bar.values() or self._text or (self.tab_bar and self.tab_bar.current() != "all"))
        if is_empty and not restricted:
            if self._ground.count() == 1:
                self._ground.addWidget(self.empty_state())
            self._ground.setCurrentIndex(1)
            return
        self._ground.setCurrentIndex(0)
        if is_empty and self._rows.count() == 1:
            button = Button(_("Effacer les filtres"))
            button.clicked.connect(self.clear_filters)
            words = _("Aucune fiche ne correspond aux filtres de cette page.")
            self._rows.addWidget(EmptyState("search", _("Rien à afficher"), words, button))
        self._rows.setCurrentIndex(1 if is_empty else 0)

    def foot_bar(self) -> QWidget:
        return self.foot

    # ------------------------------------------------------------------ what is shown
    def tab(self) -> str:
        return self.tab_bar.current() if self.tab_bar is not None else ""

    def filters(self) -> dict[str, Any]:
        return self.filter_bar.values()

    def text(self) -> str:
        return self._text

    def reload(self) -> None:
        """Another tab or filter: from the top."""
        self.model.set_source(self.make_source())
        self.list.scrollToTop()
        self._show_ground()
        self.refresh_figures()

    def refresh_figures(self) -> None:
        work = self.figures()
        if work is not None:
            self._counting.request(work)

    def _show_figures(self, figures: Any) -> None:
        self.show_figures(figures)
        self._selection_changed()

    def clear_filters(self) -> None:
        self._text = ""
        if self.tab_bar is not None:
            self.tab_bar.set_current("all")
        self.filter_bar.set_values({})

    def search(self, text: str) -> None:
        self._text = text.strip()
        if "text" in {kind.key for kind in self.make_filters()}:
            self.filter_bar.set_value("text", self._text or None)
        else:
            self.reload()

    def _filters_changed(self) -> None:
        self._text = str(self.filter_bar.values().get("text") or "")
        self._remember_filters()
        self.reload()

    def _remembered_filters(self) -> dict[str, Any]:
        return {}

    def _remember_filters(self) -> None:
        """Filters are of the moment; a page may keep them."""

    def _choose_columns(self) -> None:
        button = self.filter_bar.columns_button
        self.list.open_chooser(button.mapToGlobal(QPoint(0, button.height() + 4)))

    # ------------------------------------------------------------------ changes
    def on_changes(self, kind: str, ids: list[str]) -> None:
        if not ids:
            self.model.reload()
        elif self.is_row_kind(kind):
            self.model.refresh_ids(ids)
            if any(self.model.row_of(each) < 0 for each in ids):
                self.model.refresh_top()
        self._show_ground()
        self.refresh_figures()
        if self._drawer is not None and self._drawer_id is not None and self.drawer_concerns(kind, ids):
            self.refresh_drawer()

    def is_row_kind(self, kind: str) -> bool:
        """Whether the ids of this kind are rows of the list."""
        return kind in self.kinds

    def drawer_concerns(self, kind: str, ids: list[str]) -> bool:
        return True

    # ------------------------------------------------------------------ drawer
    def show_record(self, record_id: str) -> None:
        """Select the record and show its drawer, also when it is not among the rows that are here."""
        self.list.set_current_id(record_id)
        if self._drawer_id != record_id:
            self._open_drawer(record_id)

    def _current_changed(self, record_id: Any) -> None:
        if record_id is not None and record_id != self._drawer_id:
            self._open_drawer(str(record_id))

    def _open_drawer(self, record_id: str) -> None:
        try:
            drawer = self.make_drawer(record_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        if drawer is None:
            self._drawer_id = record_id
            return
        self.show_drawer(drawer, record_id)

    def show_drawer(self, drawer: Drawer, record_id: str | None) -> None:
        """Show a drawer of this page; without a record it is the form of a new one."""
        self._drawer, self._drawer_id = drawer, record_id
        drawer.close_requested.connect(self._drawer_closed)
        drawer.destroyed.connect(lambda: self._forget(drawer))
        self.shell.open_drawer(drawer)

    def refresh_drawer(self) -> None:
        """The record of the drawer changed: subclasses with a cheaper way override this."""
        record_id, self._drawer_id = self._drawer_id, None
        if record_id is not None:
            self._open_drawer(record_id)

    def drawer(self) -> Drawer | None:
        return self._drawer

    def _forget(self, drawer: Drawer) -> None:
        if self._drawer is drawer:
            self._drawer, self._drawer_id = None, None

    def _drawer_closed(self) -> None:
        self._drawer, self._drawer_id = None, None
        self.list.set_current_id(None)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_drawer(self) -> None:
        if self._drawer is not None:
            self.shell.close_drawer()
            self._drawer_closed()

    def deactivate(self) -> bool:
        self.close_drawer()
        return True

    # ------------------------------------------------------------------ selection
    def checked_records(self) -> list[Any]:
        """Rows of the model that are checked."""
        return [self.model.record(self.model.row_of(each)) for each in self.model.checked_ids()]

    def _selection_changed(self) -> None:
        records = self.checked_records()
        if records:
            words = self.selection_words(records, self.model.everything_checked())
            self.foot.show_selection(*words, self.bulk_actions(records))
        self.foot.show_mode(bool(records))

    def selected_ids(self) -> Callable[[], list[str]]:
        """For a worker thread: every checked id, also those of rows that are not fetched yet."""
        if not self.model.everything_checked():
            chosen = [str(each) for each in self.model.checked_ids()]
            return lambda: chosen
        source = self.make_source()
        sort = self.model.sort_state()
        if sort is not None:
            source.sort_by(*sort)

        def collect() -> list[str]:
            found: list[str] = []
            cursor: Any = None
            while True:
                rows, cursor = source.fetch(cursor, 500)
                found += [str(row["id"]) for row in rows]
                if cursor is None:
                    return found

        return collect

    # ------------------------------------------------------------------ keys
    def _open_menu(self, record_id: Any, at: QPoint) -> None:
        menu = Menu(self)
        self.fill_menu(menu, str(record_id))
        if menu.rows():
            menu.open_at_point(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.list.current_id()
        if event.key() == Qt.Key.Key_Delete and current is not None and self.list.hasFocus():
            self.delete_record(str(current))
        elif event.key() == Qt.Key.Key_Escape and self._drawer is not None:
            self.close_drawer()
        else:
            super().keyPressEvent(event)
