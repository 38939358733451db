"""Corbeille: what was deleted in the last thirty days, and back again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services import recycling
from facturepro.services.company import OpenCompany
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.sync_page_words import icon_of, when
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

_PAGES = {"client": "clients", "product": "products", "invoice": "invoice_editor", "warehouse": "warehouses"}


class BinSource:
    """The bin is small: it is read whole, newest first."""

    def __init__(self, company: OpenCompany, kind: str) -> None:
        self._company, self._kind = company, kind

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        now = self._company.now()
        found = recycling.deleted(self._company)
        return [_row(record, now) for record in found if self._kind in ("all", record["kind"])], None

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        return [row for row in self.fetch(None, 0)[0] if row["id"] in ids]

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
        return BinSource(self.context.company, "all")

    def empty_state(self) -> EmptyState:
        words = _("Ce que vous supprimez attend ici trente jours, et revient en un clic.")
        return EmptyState("done", _("La corbeille est vide"), words)

    def is_row_kind(self, kind: str) -> bool:
        return False

    def on_changes(self, kind: str, ids: list[str]) -> None:
        """Only a record that went in or came out matters."""
        known = {row["id"] for row in self.model_rows()}
        found = {record["id"] for record in recycling.deleted(self.context.company)}
        if known != found:
            self.model.reload()
            self._show_ground()
            self.refresh_figures()

    def model_rows(self) -> list[Any]:
        return [self.model.record(row) for row in range(self.model.rowCount())]

    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        return lambda: len(recycling.deleted(company))

    def show_figures(self, figures: Any) -> None:
        words = ngettext("{count} fiche", "{count} fiches", figures).format(count=format_number(figures))
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
            self.model.reload()
            return
        count = len(chosen)
        self.model.check_all(False)
        self.model.reload()
        self._show_ground()
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
