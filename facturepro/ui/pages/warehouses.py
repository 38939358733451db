"""Entrepôts: the places where stock lies."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from facturepro.i18n import _, ngettext
from facturepro.services import records, stock
from facturepro.services.catalog import MAIN_WAREHOUSE_ID
from facturepro.services.company import OpenCompany
from facturepro.services.records import ListQuery
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.kind_drawers import EditRows
from facturepro.ui.pages.kind_page import KindPage
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

FIELDS = ("name", "address")


class WarehouseSource:
    """All warehouses by name, archived ones last in words."""

    def __init__(self, company: OpenCompany) -> None:
        self._company = company

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        page = records.page(self._company, ListQuery("warehouse", with_archived=True), after, limit)
        return [self._row(row) for row in page.rows], page.next

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        found = records.get_many(self._company, "warehouse", list(ids))
        return [self._row(row) for row in found if row["deleted_at"] is None]

    def sort_by(self, key: str, descending: bool) -> None:
        """Always by name."""

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        chip = Cell(None)
        if row["is_archived"]:
            chip = Cell(_("Archivé"), chip="neutral", icon="archive-box")
        elif row["id"] == MAIN_WAREHOUSE_ID:
            chip = Cell(_("Par défaut"), chip="info", icon="status.paid")
        return {
            "id": row["id"],
            "name": row["name"],
            "address": Cell(row["address"], muted=True),
            "state": chip,
            "record": row,
        }


class WarehousesPage(KindPage):
    """``open_page("warehouses", id)`` shows one."""

    key = "warehouses"
    icon = "nav.warehouses"
    kind = "warehouse"
    edited = FIELDS
    list_name = "warehouses"
    checkable = False
    searchable = False
    kinds: ClassVar[set[str]] = {"warehouse"}

    def title(self) -> str:
        return _("Entrepôts")

    def new_words(self) -> str:
        return _("Nouvel entrepôt")

    def deleted_words(self, name: str) -> str:
        return _("Entrepôt {name} supprimé").format(name=name)

    def make_columns(self) -> list[ColumnSpec]:
        return [
            ColumnSpec("name", _("Nom"), 260, kind="strong"),
            ColumnSpec("address", _("Adresse"), 0, priority=1),
            ColumnSpec("state", _("État"), 140, kind="chip"),
        ]

    def make_source(self) -> WarehouseSource:
        return WarehouseSource(self.context.company)

    def empty_state(self) -> EmptyState:
        words = _("Un entrepôt est un lieu où se trouve du stock : magasin, dépôt, camion.")
        return EmptyState("box", _("Aucun entrepôt"), words, self.new_button(self.new_words()))

    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        return lambda: len(stock.warehouses(company))

    def show_figures(self, figures: Any) -> None:
        words = ngettext("{count} entrepôt", "{count} entrepôts", figures).format(count=figures)
        self.filter_bar.count.setText(words)
        self.foot.show_totals(words, [])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        return "", "", ""

    # ------------------------------------------------------------------ one warehouse
    def make_drawer(self, record_id: str) -> Drawer:
        record = records.get(self.context.company, "warehouse", record_id)
        drawer = Drawer(record["name"])
        rows = EditRows(self.context, "warehouse", FIELDS)
        rows.make(drawer.add_section(), record, {"address": _("Ajouter une adresse")})
        drawer.rows = rows  # type: ignore[attr-defined]  # lives as long as the drawer
        return self.with_menu(drawer, record_id)

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        record = records.get(self.context.company, "warehouse", record_id)
        is_main = record_id == MAIN_WAREHOUSE_ID
        words = _("Réactiver") if record["is_archived"] else _("Archiver")
        archived = not record["is_archived"]
        menu.add(words, "archive-box", lambda: self.set_archived(record_id, archived), enabled=not is_main)
        menu.add_separator()
        menu.add(
            _("Supprimer"), "action.delete", lambda: self.delete_record(record_id), danger=True, enabled=not is_main
        )

    def delete_record(self, record_id: str) -> None:
        """The first warehouse stays: issued invoices take from it."""
        if record_id != MAIN_WAREHOUSE_ID:
            super().delete_record(record_id)
