"""Produits: what is sold, with price and stock; a product in the drawer, edited in place."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number, format_quantity, format_rate, format_unit_price
from facturepro.services import catalog, records, stock
from facturepro.services.company import OpenCompany, settings
from facturepro.services.records import ListQuery
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import PageAction, Shell
from facturepro.ui.pages.record_list_filters import FilterKind, text_filter
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.settings_page_form import CatalogForm, make_control
from facturepro.ui.pages.stock_drawer import StockParts, margin_of
from facturepro.ui.pages.stock_rows import stock_chip
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.keyvalue import KeyValueRow
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


class ProductsPage(RecordListPage):
    """``open_page("products", argument)``: the id of a product, or "new"."""

    key = "products"
    icon = "nav.products"
    list_name = "products"
    row = "row_comfort"
    kinds: ClassVar[set[str]] = {"product", "stock_movement", "warehouse"}

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._currency = settings(context.company)["currency"]
        super().__init__(shell, context)

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Produits")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouveau produit"), "action.new", self._create)

    def _create(self) -> None:
        drawer = NewRecordDrawer(self.context, "product", FIELDS, _("Nouveau produit"), {"vat": Decimal(20)})
        self.list.set_current_id(None)
        self.shell.open_drawer(drawer)
        drawer.start(self._made)

    def _made(self, record: Mapping[str, Any]) -> None:
        self.shell.toast(_("« {name} » ajouté").format(name=record["name"]), icon="status.ok")
        self.model.reload()
        self.show_record(record["id"])

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
        return EmptyState("box", _("Aucun produit pour l’instant"), words, self.new_button(_("Nouveau produit")))

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
        drawer = ProductDrawer(self.shell, self.context, record_id, self._currency)

        def menu() -> Menu:
            made = Menu(self)
            self.fill_menu(made, record_id)
            return made

        drawer.set_menu(menu)
        return drawer

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, ProductDrawer):
            drawer.reload()
            if drawer.product["deleted_at"] is not None:
                self.close_drawer()

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        product = records.get(self.context.company, "product", record_id)
        words = _("Réactiver") if product["is_archived"] else _("Archiver")
        menu.add(words, "archive-box", lambda: self._set_archived(record_id, not product["is_archived"]))
        menu.add(_("Dupliquer"), "action.duplicate", lambda: self._duplicate(product))
        menu.add_separator()
        menu.add(_("Supprimer"), "action.delete", lambda: self.delete_record(record_id), danger=True)

    def _set_archived(self, record_id: str, archived: bool) -> None:
        records.update(self.context.company, "product", record_id, {"is_archived": archived})

    def _duplicate(self, product: Mapping[str, Any]) -> None:
        values = {name: product[name] for name in FIELDS if name not in ("sku", "barcode")}
        values["name"] = _("{name} (copie)").format(name=product["name"])
        self._made(records.create(self.context.company, "product", values))

    def delete_record(self, record_id: str) -> None:
        """Into the bin, with a way back; one that figures on issued documents says why it stays."""
        product = records.get(self.context.company, "product", record_id)
        try:
            stamp = records.delete(self.context.company, "product", record_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        self.close_drawer()
        words = _("Produit {name} supprimé").format(name=product["name"])
        self.shell.toast(words, _("Annuler"), lambda: self._take_back(stamp), "action.delete")

    def _take_back(self, stamp: str) -> None:
        try:
            self.context.undo_transaction(stamp)
        except UserError as error:
            self.shell.show_error(error)

    def activate(self, argument: str | None) -> None:
        if argument == "new":
            self._create()
        elif argument:
            self.show_record(argument)


class EditRows:
    """Rows of a drawer for the declared fields of one record; each value is edited where it stands."""

    def __init__(self, context: CompanyContext, kind: str, names: Sequence[str], currency: str = "EUR") -> None:
        self._context, self._kind, self._currency = context, kind, currency
        self._declared = {name: catalog.entity(kind).by_name[name] for name in names}
        self.rows: dict[str, KeyValueRow] = {}

    def make(self, section: Any, record: Mapping[str, Any], placeholders: Mapping[str, str] | None = None) -> None:
        """Add the rows to a section of a drawer."""
        for name, field in self._declared.items():
            row = KeyValueRow(_(field.spec.label), placeholder=(placeholders or {}).get(name, ""))
            self.rows[name] = row
            section.add(row)
        self.show(record)

    def show(self, record: Mapping[str, Any]) -> None:
        for name, row in self.rows.items():
            if row.is_editing():
                continue
            row.set_text(self.words(name, record[name]))
            row.make_editable(record[name], self._committer(record["id"], name), self._maker(name))

    def words(self, name: str, value: Any) -> str:
        """A value as it is read in the drawer."""
        field = self._declared[name]
        if field.spec.choices:
            return _(field.spec.choices.get(value, value))
        if field.spec.type == "unit_price":
            return format_unit_price(value, self._currency) if value else ""
        if field.spec.type == "quantity":
            return format_quantity(value) if value else ""
        if field.spec.type == "rate":
            return format_rate(value)
        return str(value or "").replace("\n", " ")

    def _maker(self, name: str) -> Callable[[], QWidget]:
        def make() -> QWidget:
            control = make_control(self._declared[name])
            control.setFixedHeight(theme.current().size("control_small"))
            return control

        return make

    def _committer(self, record_id: str, name: str) -> Callable[[Any], None]:
        def commit(value: Any) -> None:
            records.update(self._context.company, self._kind, record_id, {name: value})

        return commit


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


class NewRecordDrawer(Drawer):
    """A new record of a kind; ``start(made)`` waits for it."""

    def __init__(
        self, context: CompanyContext, kind: str, names: Sequence[str], title: str, values: Mapping[str, Any]
    ) -> None:
        super().__init__(title)
        self._context, self._kind = context, kind
        self._made: Callable[[Mapping[str, Any]], object] = lambda _record: None
        self.form = CatalogForm(kind, names, wide=names[:1])
        self.form.set_values(values)
        section = self.add_section()
        section.add(self.form)
        section.add_spacing(theme.current().space("m"))
        self.message = Message("", "error")
        self.message.hide()
        section.add(self.message)
        section.add(self._make_buttons())

    def _make_buttons(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().space("xs"))
        self.save_button = Button(_("Enregistrer"), "primary")
        self.save_button.clicked.connect(self.save)
        cancel = Button(_("Abandonner"), "ghost")
        cancel.clicked.connect(self.close_requested)
        row.addWidget(self.save_button)
        row.addWidget(cancel)
        row.addStretch(1)
        return holder

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter saves from any field of one line, as in every form."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.save()
        else:
            super().keyPressEvent(event)

    def start(self, made: Callable[[Mapping[str, Any]], object]) -> None:
        self._made = made
        next(iter(self.form.fields.values())).control.setFocus()

    def save(self) -> None:
        """Create the record, or say beside the fields what is missing."""
        values = self.form.values()
        if values is None:
            return
        try:
            record = records.create(self._context.company, self._kind, values)
        except UserError as error:
            self.message.show_text(error.message, "error")
            self.message.show()
            return
        self.close_requested.emit()
        self._made(record)
