"""Niveaux de stock: goods with a column per warehouse, what is available against the minimum."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_money, format_number
from facturepro.services import dashboard, stock
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.models.cells import ColumnSpec
from facturepro.ui.pages.base import PageAction, Shell
from facturepro.ui.pages.record_list_filters import FilterKind, text_filter
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.stock_drawer import StockDrawer
from facturepro.ui.pages.stock_forms import StockForm
from facturepro.ui.pages.stock_rows import AvailableDelegate, LevelSource, level_columns
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.tabs import Tab

TABS = ("all", "low", "negative", "unmoved")


class StockPage(RecordListPage):
    """``open_page("stock", argument)``: a tab ("low"), or the id of a product."""

    key = "stock"
    icon = "nav.stock_levels"
    list_name = "stock"
    row = "row_comfort"
    checkable = False
    kinds: ClassVar[set[str]] = {"product", "stock_movement", "warehouse"}

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._warehouses = stock.warehouses(context.company)
        self._value = dashboard.stock_value(context.company)
        self._counts: dict[str, int] = {}
        self._total: Decimal | None = None
        super().__init__(shell, context)
        self._valuing = BackgroundJob(self)
        self._valuing.done.connect(self._show_value)
        self._valuing.failed.connect(shell.show_error)
        self._valuing.request(self._value.total)

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Niveaux de stock")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouveau mouvement"), "action.new", self._new_movement)

    def _new_movement(self) -> None:
        """For the product that is shown, else for one to choose."""
        drawer = self.drawer()
        if isinstance(drawer, StockDrawer):
            drawer.parts.open_form("in")
            return
        self.shell.open_drawer(MovementDrawer(self.shell, self.context))

    # ------------------------------------------------------------------ list
    def make_tabs(self) -> list[Tab]:
        return [
            Tab("all", _("Tous")),
            Tab("low", _("Sous le minimum"), alert=True),
            Tab("negative", _("Négatifs"), alert=True),
            Tab("unmoved", _("Sans mouvement")),
        ]

    def make_filters(self) -> list[FilterKind]:
        return [text_filter("text", _("Contient"))]

    def make_columns(self) -> list[ColumnSpec]:
        return level_columns(self._warehouses)

    def make_source(self) -> LevelSource:
        state = self.tab() if self.tab_bar is not None and self.tab() != "all" else ""
        return LevelSource(self.context.company, self._warehouses, state, self.text())

    def default_sort(self) -> tuple[str, bool]:
        return "name", False

    def _build(self) -> None:
        super()._build()
        delegate = AvailableDelegate(self.list, self.list.itemDelegate())  # type: ignore[arg-type]
        self.list.setItemDelegateForColumn(self.model.column_of("available"), delegate)

    def empty_state(self) -> EmptyState:
        button = self.new_button(_("Nouveau produit"))
        button.clicked.disconnect()
        button.clicked.connect(lambda: self.shell.open_page("products", "new"))
        words = _("Les biens que vous vendez apparaissent ici, avec ce qu’il en reste dans chaque entrepôt.")
        return EmptyState("box", _("Aucun produit en stock"), words, button)

    # ------------------------------------------------------------------ figures
    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        return lambda: stock.counts(company)

    def show_figures(self, figures: Any) -> None:
        self._counts = figures
        if self.tab_bar is not None:
            for key, value in figures.items():
                self.tab_bar.set_count(key, value)
        self._show_foot()

    def _show_value(self, total: object) -> None:
        self._total = total if isinstance(total, Decimal) else None
        self._show_foot()

    def _show_foot(self) -> None:
        goods, places = self._counts.get("all", 0), len(self._warehouses)
        words = ngettext("{count} produit", "{count} produits", goods).format(count=format_number(goods))
        words += "  ·  " + ngettext("{count} entrepôt", "{count} entrepôts", places).format(count=places)
        value = [(_("Valeur au CUMP"), format_money(self._total))] if self._total is not None else []
        self.foot.show_totals(words, value)

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        return "", "", ""

    # ------------------------------------------------------------------ changes
    def is_row_kind(self, kind: str) -> bool:
        return kind == "product"

    def on_changes(self, kind: str, ids: list[str]) -> None:
        if kind == "warehouse" or not kind:
            self._follow_warehouses()
        if kind != "stock_movement":  # its products are told as well
            super().on_changes("product" if kind else "", ids if kind == "product" else [])
            self._valuing.request(self._value.total)

    def _follow_warehouses(self) -> None:
        """Another warehouse is another column: the list is made anew."""
        found = stock.warehouses(self.context.company)
        if found == self._warehouses:
            return
        self._warehouses = found
        self.close_drawer()
        QWidget().setLayout(self.layout())  # takes the old parts with it
        self._build()
        self.refresh_figures()

    # ------------------------------------------------------------------ one product
    def make_drawer(self, record_id: str) -> Drawer:
        drawer = StockDrawer(self.shell, self.context, record_id)
        drawer.set_menu(lambda: self._menu(record_id))
        return drawer

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, StockDrawer):
            try:
                drawer.reload()
            except UserError:
                self.close_drawer()

    def _menu(self, record_id: str) -> Menu:
        menu = Menu(self)
        self.fill_menu(menu, record_id)
        return menu

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        menu.add(_("Ouvrir la fiche du produit"), "nav.products", lambda: self.shell.open_page("products", record_id))
        every = f"product:{record_id}"
        menu.add(_("Voir tous les mouvements"), "nav.stock_movements", lambda: self.shell.open_page("movements", every))

    def activate(self, argument: str | None) -> None:
        if argument in TABS and self.tab_bar is not None:
            self.filter_bar.set_values({}, tell=False)
            self._text = ""
            self.tab_bar.set_current(argument)
            self.reload()
        elif argument:
            self.show_record(argument)


class MovementDrawer(Drawer):
    """A new movement of a product that is chosen in the form."""

    def __init__(self, shell: Shell, context: CompanyContext, kind: str = "in") -> None:
        super().__init__(_("Nouveau mouvement"))
        self._shell = shell
        self.form = StockForm(context, kind=kind)
        self.form.saved.connect(self._saved)
        self.form.cancelled.connect(self.close_requested)
        self.add_section().add(self.form)

    def _saved(self, words: str) -> None:
        self._shell.toast(words, icon="status.ok")
        self.close_requested.emit()
