"""Corbeille: what was deleted in the last thirty days, and back again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services import recycling
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.sync_page_words import icon_of, when
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

_PAGES = {"client": "clients", "product": "products", "invoice": "invoice_editor", "warehouse": "warehouses"}


class BinSource:
    """The bin is small: it is read whole, newest first, in a worker (nothing finds deleted records quickly)."""

    def __init__(self) -> None:
        self.rows: Sequence[dict[str, Any]] = ()

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        return self.rows, None

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        return [row for row in self.rows if row["id"] in ids]

    def sort_by(self, key: str, descending: bool) -> None:
        """Always the newest first."""


def _row(record: Mapping[str, Any], now: Any) -> dict[str, Any]:
    left = recycling.DAYS - (now - record["deleted_at"]).days
    return {
        "id": record["id"],
        "icon": Cell(record["kind_label"], icon=icon_of(record["kind"])),
        "title": record["title"],
        "kind": Cell(record["kind_label"], muted=True),
        "deleted": when(record["deleted_at"], now),
        "left": Cell(ngettext("{days} jour", "{days} jours", left).format(days=left), muted=True),
        "record": record,
    }


class BinPage(RecordListPage):
    """Several rows can be restored at once."""

    key = "bin"
    icon = "nav.bin"
    list_name = "bin"
    searchable = False
    kinds: ClassVar[set[str]] = set()

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._source = BinSource()
        self._is_read = False
        super().__init__(shell, context)

    def title(self) -> str:
        return _("Corbeille")

    def subtitle(self) -> str:
        return _("gardée {days} jours").format(days=recycling.DAYS)

    def new(self) -> None:
        """Ctrl+N makes nothing here."""

    def make_columns(self) -> list[ColumnSpec]:
        return [
            ColumnSpec("icon", "", 36, kind="icon"),
            ColumnSpec("title", _("Fiche"), 0, kind="strong"),
            ColumnSpec("kind", _("Sorte"), 160, priority=1),
            ColumnSpec("deleted", _("Supprimée"), 150),
            ColumnSpec("left", _("Encore gardée"), 130, align="right", priority=2),
        ]

    def make_source(self) -> BinSource:
        return self._source

    def empty_state(self) -> EmptyState:
        words = _("Ce que vous supprimez attend ici trente jours, et revient en un clic.")
        return EmptyState("done", _("La corbeille est vide"), words)

    def is_row_kind(self, kind: str) -> bool:
        return False

    def _show_ground(self) -> None:
        if self._is_read:  # an empty list before the first answer says nothing
            super()._show_ground()

    def on_changes(self, kind: str, ids: list[str]) -> None:
        """Any record may have gone in or come out."""
        self.refresh_figures()

    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        return lambda: [_row(record, company.now()) for record in recycling.deleted(company)]

    def show_figures(self, figures: list[dict[str, Any]]) -> None:
        self._is_read = True
        if figures != self._source.rows:
            self._source.rows = figures
            self.model.reload()
        self._show_ground()
        words = ngettext("{count} fiche", "{count} fiches", len(figures)).format(count=format_number(len(figures)))
        self.filter_bar.count.setText(words)
        self.foot.show_totals(words, [])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        count = len(records)
        words = ngettext("{count} sélectionnée", "{count} sélectionnées", count).format(count=format_number(count))
        return words, "", ""

    def bulk_actions(self, records: Sequence[Any]) -> list[BulkAction]:
        chosen = [each["record"] for each in records]
        return [BulkAction(_("Rétablir"), "action.restore", lambda _anchor: self.restore(chosen))]

    def restore(self, chosen: Sequence[Mapping[str, Any]]) -> None:
        """Take records out of the bin; a toast offers to open the only one."""
        try:
            for record in chosen:
                recycling.restore(self.context.company, record["kind"], record["id"])
        except UserError as error:
            self.shell.show_error(error)
            self.refresh_figures()
            return
        count = len(chosen)
        self.model.check_all(False)
        self.refresh_figures()
        if count == 1:
            record = chosen[0]
            page = _PAGES.get(record["kind"])
            words = _("« {title} » rétabli").format(title=record["title"])
            act = (lambda: self.shell.open_page(page, record["id"])) if page else None
            self.shell.toast(words, _("Ouvrir") if page else None, act, "action.restore")
            return
        words = ngettext("{count} fiche rétablie", "{count} fiches rétablies", count).format(count=format_number(count))
        self.shell.toast(words, icon="action.restore")

    def make_drawer(self, record_id: str) -> Drawer | None:
        return None

    def open_record(self, record_id: str) -> None:
        row = self.model.row_of(record_id)
        if row >= 0:
            self.restore([self.model.record(row)["record"]])

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        menu.add(_("Rétablir"), "action.restore", lambda: self.open_record(record_id))
