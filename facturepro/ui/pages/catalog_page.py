"""List, drawer and form of a kind that behaves in no way of its own: everything comes from its declaration.

PageSpec("suppliers", N_("Fournisseurs"), ..., lambda shell: CatalogPage(shell, context, "supplier", "suppliers", icon))
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from facturepro.i18n import _
from facturepro.services import catalog, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import ListQuery
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.kind_drawers import EditRows
from facturepro.ui.pages.kind_page import KindPage
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

_COLUMN = 150
_WIDE = 220


class CatalogSource:
    """Records of a kind by their title, archived ones left out."""

    def __init__(self, company: OpenCompany, kind: str, names: Sequence[str]) -> None:
        self._company, self._kind, self._names = company, kind, names
        self._sort, self._descending = "", False

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        query = ListQuery(self._kind, sort=self._sort, is_descending=self._descending)
        page = records.page(self._company, query, after, limit)
        return [self._row(row) for row in page.rows], page.next

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        found = records.get_many(self._company, self._kind, list(ids))
        return [self._row(row) for row in found if row["deleted_at"] is None and not row.get("is_archived")]

    def sort_by(self, key: str, descending: bool) -> None:
        self._sort, self._descending = key, descending

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        first, *others = self._names
        cells = {name: Cell(row[name], muted=True) for name in others}
        return {"id": row["id"], first: row[first], **cells, "record": row}


class CatalogPage(KindPage):
    searchable = False

    def __init__(self, shell: Shell, context: CompanyContext, kind: str, key: str, icon: str) -> None:
        self.kind = kind
        self.entity = catalog.entity(kind)
        self.key, self.icon, self.list_name, self.kinds = key, icon, key, {kind}  # type: ignore[misc]
        self.listed = [field for field in self.entity.fields if field.spec.in_list]
        self.edited = [field.name for field in self.entity.fields if field.spec.in_form and not field.spec.is_derived]
        super().__init__(shell, context)

    def title(self) -> str:
        return _(self.entity.model.label_plural)

    def new_words(self) -> str:
        return _("Ajouter : {kind}").format(kind=_(self.entity.model.label).lower())

    def make_columns(self) -> list[ColumnSpec]:
        first, *others = self.listed
        columns = [ColumnSpec(first.name, _(first.spec.label), 0, kind="strong", minimum=_WIDE)]
        for rank, field in enumerate(others, 1):
            columns.append(ColumnSpec(field.name, _(field.spec.label), _COLUMN, priority=rank))
        return columns

    def make_source(self) -> CatalogSource:
        return CatalogSource(self.context.company, self.kind, [field.name for field in self.listed])

    def empty_state(self) -> EmptyState:
        words = _("Ajoutez une première fiche : elle se synchronise et se retrouve par la recherche.")
        title = _("{kinds} : rien pour l’instant").format(kinds=self.title())
        return EmptyState("people", title, words, self.new_button(self.new_words()))

    def figures(self) -> Callable[[], Any]:
        company, kind = self.context.company, self.kind
        return lambda: records.count(company, ListQuery(kind))

    def show_figures(self, figures: Any) -> None:
        words = f"{figures} {self.title().lower()}"
        self.filter_bar.count.setText(words)
        self.foot.show_totals(words, [])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        return "", "", ""

    # ------------------------------------------------------------------ one record
    def make_drawer(self, record_id: str) -> Drawer:
        record = records.get(self.context.company, self.kind, record_id)
        drawer = Drawer(records.title(self.kind, record))
        rows = EditRows(self.context, self.kind, self.edited)
        rows.make(drawer.add_section(), record, {})
        drawer.rows = rows  # type: ignore[attr-defined]  # lives as long as the drawer
        return self.with_menu(drawer, record_id)

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        menu.add(_("Archiver"), "archive-box", lambda: self._archive(record_id))
        menu.add_separator()
        menu.add(_("Supprimer"), "action.delete", lambda: self.delete_record(record_id), danger=True)

    def _archive(self, record_id: str) -> None:
        self.set_archived(record_id, True)
        self.close_drawer()
