"""Produits: what is sold, with price and stock; a product in the drawer, edited in place."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number, format_quantity, format_rate, format_unit_price
from facturepro.services import records, stock
from facturepro.services.company import OpenCompany, settings
from facturepro.services.records import ListQuery
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.kind_drawers import EditRows
from facturepro.ui.pages.kind_page import KindPage
from facturepro.ui.pages.record_list_filters import FilterKind, text_filter
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.stock_drawer import StockParts, margin_of
from facturepro.ui.pages.stock_rows import stock_chip
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

FIELDS = ("name", "sku", "type", "unit", "price", "vat", "cost", "min_stock", "barcode", "description")
_SORTS = {"name": "name", "unit": "unit", "price": "price", "vat": "vat"}


def product_row(product: Mapping[str, Any], currency: str) -> dict[str, Any]:
    is_good = product["type"] != "service"
    chip = stock_chip(product["total"], product["min_stock"]) if is_good else None
    if product["is_archived"]:
        chip = (_("Archivé"), "neutral", "archive-box")
    elif not is_good:
        chip = (_("Service"), "neutral", "wrench")
    return {
        "id": product["id"],
        "name": Cell(product["name"], second=product["sku"]),
        "unit": Cell(product["unit"], muted=True),
        "price": Cell(format_unit_price(product["price"], currency)),
        "vat": Cell(format_rate(product["vat"]), muted=True),
        "stock": Cell(format_quantity(product["total"]), tone="danger" if product["total"] < 0 else None)
        if is_good
        else Cell(None),
        "state": Cell(chip[0], chip=chip[1], icon=chip[2]) if chip else Cell(None),
        "record": product,
    }


class ProductSource:
    """Products with their stock, a page at a time."""

    def __init__(self, company: OpenCompany, wanted: ListQuery, currency: str) -> None:
        self._company, self._wanted, self._currency = company, wanted, currency

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        page = records.page(self._company, self._wanted, after, limit)
        return self._rows(page.rows), page.next

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        found = records.get_many(self._company, "product", list(ids))
        shown = [row for row in found if row["deleted_at"] is None]
        return self._rows([row for row in shown if self._wanted.with_archived or not row["is_archived"]])

    def _rows(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        levels = stock.levels(self._company, [row["id"] for row in found])
        totals = {key: sum(by_place.values(), Decimal(0)) for key, by_place in levels.items()}
        return [product_row({**row, "total": totals.get(row["id"], Decimal(0))}, self._currency) for row in found]

    def sort_by(self, key: str, descending: bool) -> None:
        wanted = self._wanted
        self._wanted = ListQuery(
            wanted.kind, wanted.text, _SORTS.get(key, ""), descending, wanted.where, with_archived=wanted.with_archived
        )


class ProductsPage(KindPage):
    """``open_page("products", argument)``: the id of a product, or "new"."""

    key = "products"
    icon = "nav.products"
    kind = "product"
    edited = FIELDS
    list_name = "products"
    row = "row_comfort"
    kinds: ClassVar[set[str]] = {"product", "stock_movement", "warehouse"}

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._currency = settings(context.company)["currency"]
        super().__init__(shell, context)

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Produits")

    def new_words(self) -> str:
        return _("Nouveau produit")

    def new_values(self) -> Mapping[str, Any]:
        return {"vat": Decimal(20)}

    def deleted_words(self, name: str) -> str:
        return _("Produit {name} supprimé").format(name=name)

    # ------------------------------------------------------------------ list
    def make_filters(self) -> list[FilterKind]:
        archived = [("with", _("compris"))]
        return [
            text_filter("text", _("Contient")),
            FilterKind("archived", _("Archivés"), lambda _value: _("compris"), choices=lambda: archived),
        ]

    def make_columns(self) -> list[ColumnSpec]:
        return [
            ColumnSpec("name", _("Produit"), 0, kind="two_line", minimum=200, sortable=True),
            ColumnSpec("unit", _("Unité"), 84, sortable=True, priority=3),
            ColumnSpec("price", _("Prix HT"), 104, kind="money", sortable=True),
            ColumnSpec("vat", _("TVA"), 68, align="right", sortable=True, priority=2),
            ColumnSpec("stock", _("Stock"), 80, align="right", kind="strong"),
            ColumnSpec("state", _("État"), 140, kind="chip", priority=1),
        ]

    def make_source(self) -> ProductSource:
        with_archived = bool(self.filters().get("archived"))
        wanted = ListQuery("product", text=self.text(), with_archived=with_archived)
        return ProductSource(self.context.company, wanted, self._currency)

    def default_sort(self) -> tuple[str, bool]:
        return "name", False

    def empty_state(self) -> EmptyState:
        words = _("Décrivez un produit une fois : il vient ensuite en trois lettres dans vos factures.")
        return EmptyState("box", _("Aucun produit pour l’instant"), words, self.new_button(self.new_words()))

    def is_row_kind(self, kind: str) -> bool:
        return kind == "product"

    def drawer_concerns(self, kind: str, ids: list[str]) -> bool:
        return kind == "warehouse" or self._drawer_id in ids

    # ------------------------------------------------------------------ figures
    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        wanted = ListQuery("product", text=self.text(), with_archived=bool(self.filters().get("archived")))
        return lambda: (records.count(company, wanted), stock.counts(company))

    def show_figures(self, figures: Any) -> None:
        count, counts = figures
        words = ngettext("{count} produit", "{count} produits", count).format(count=format_number(count))
        self.filter_bar.count.setText(words)
        low = counts["low"]
        note = ngettext("{count} sous le minimum", "{count} sous le minimum", low).format(count=format_number(low))
        self.foot.show_totals(f"{words}  ·  {note}" if low else words, [])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        count = len(records)
        words = ngettext("{count} sélectionné", "{count} sélectionnés", count).format(count=format_number(count))
        return words, "", ""

    def bulk_actions(self, records: Sequence[Any]) -> list[BulkAction]:
        return [
            BulkAction(_("Archiver"), "archive-box", lambda _anchor: self._archive(True)),
            BulkAction(_("Réactiver"), "action.restore", lambda _anchor: self._archive(False)),
        ]

    def _archive(self, archived: bool) -> None:
        company, ids = self.context.company, self.selected_ids()

        def run(task: Any) -> int:
            chosen = ids()
            for index, product_id in enumerate(chosen):
                task.check()
                records.update(company, "product", product_id, {"is_archived": archived})
                task.report(index + 1, len(chosen))
            return len(chosen)

        self.shell.run_task(
            _("Archiver des produits") if archived else _("Réactiver des produits"),
            run,
            on_done=lambda _count: self.model.reload(),
            icon="archive-box",
        )

    # ------------------------------------------------------------------ one product
    def make_drawer(self, record_id: str) -> Drawer:
        return self.with_menu(ProductDrawer(self.shell, self.context, record_id, self._currency), record_id)

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, ProductDrawer):
            drawer.reload()
            if drawer.product["deleted_at"] is not None:
                self.close_drawer()

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        product = records.get(self.context.company, "product", record_id)
        words = _("Réactiver") if product["is_archived"] else _("Archiver")
        menu.add(words, "archive-box", lambda: self.set_archived(record_id, not product["is_archived"]))
        menu.add(_("Dupliquer"), "action.duplicate", lambda: self._duplicate(product))
        menu.add_separator()
        menu.add(_("Supprimer"), "action.delete", lambda: self.delete_record(record_id), danger=True)

    def _duplicate(self, product: Mapping[str, Any]) -> None:
        values = {name: product[name] for name in FIELDS if name not in ("sku", "barcode")}
        values["name"] = _("{name} (copie)").format(name=product["name"])
        self.made(records.create(self.context.company, "product", values))


class ProductDrawer(Drawer):
    """Price, fields edited in place, and the stock of a good."""

    def __init__(self, shell: Shell, context: CompanyContext, product_id: str, currency: str) -> None:
        super().__init__("")
        self._context, self._currency = context, currency
        self.product = records.get(context.company, "product", product_id)
        self.fields = EditRows(context, "product", FIELDS, currency)
        self.parts: StockParts | None = None
        self._show_title()
        if self.product["type"] != "service":
            self.parts = StockParts(shell, context, product_id, self)
            self.parts.add_head(self)
        self.fields.make(self.add_section(), self.product, {"description": _("Ajouter une description")})
        if self.parts is not None:
            self.parts.fill(self, with_head=False)

    def _show_title(self) -> None:
        self.set_title(self.product["name"])

    def reload(self) -> None:
        self.product = records.get(self._context.company, "product", self.product["id"])
        self._show_title()
        self.fields.show(self.product)
        if self.parts is not None:
            self.parts.reload()

    def margin(self) -> str:
        return margin_of(self.product["price"], self.product["cost"])
