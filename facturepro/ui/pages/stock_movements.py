"""Mouvements de stock: everything that came in, went out or changed places, newest first."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import format_number
from facturepro.services import records, stock
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import ColumnSpec
from facturepro.ui.pages.base import PageAction
from facturepro.ui.pages.record_list_filters import FilterKind
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.stock import MovementDrawer
from facturepro.ui.pages.stock_drawer import StockDrawer
from facturepro.ui.pages.stock_forms import ProductField, option_words
from facturepro.ui.pages.stock_rows import MovementSource, movement_columns
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState


class MovementsPage(RecordListPage):
    """``open_page("movements", "product:<id>")`` shows the movements of one product, ``"new"`` the form."""

    key = "movements"
    icon = "nav.stock_movements"
    list_name = "movements"
    row = "row_comfort"
    checkable = False
    searchable = False
    kinds: ClassVar[set[str]] = {"stock_movement"}

    def title(self) -> str:
        return _("Mouvements de stock")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouveau mouvement"), "action.new", lambda: self._open_form("in"))

    def secondary_actions(self) -> Sequence[PageAction]:
        if len(stock.warehouses(self.context.company)) < 2:
            return ()
        return (PageAction(_("Transférer"), "action.transfer", lambda: self._open_form("transfer")),)

    def _open_form(self, kind: str) -> None:
        drawer = MovementDrawer(self.shell, self.context, kind)
        product_id = self.filters().get("product")
        if product_id and drawer.form.product is not None:
            drawer.form.product.set_product(records.get(self.context.company, "product", product_id))
        self.shell.open_drawer(drawer)
        drawer.form.start()

    # ------------------------------------------------------------------ list
    def make_filters(self) -> list[FilterKind]:
        places = [(row["id"], row["name"]) for row in stock.warehouses(self.context.company)]
        return [
            FilterKind("product", _("Produit"), self._product_name, make_form=self._product_form),
            FilterKind("warehouse", _("Entrepôt"), option_words(places), choices=lambda: places),
        ]

    def _product_name(self, product_id: Any) -> str:
        try:
            return records.title("product", records.get(self.context.company, "product", product_id))
        except UserError:
            return _("produit supprimé")

    def _product_form(self, _value: Any, apply: Callable[[Any], None]) -> QWidget:
        return _ProductChoice(self.context, apply)

    def make_columns(self) -> list[ColumnSpec]:
        return movement_columns()

    def make_source(self) -> MovementSource:
        chosen = self.filters()
        return MovementSource(self.context.company, chosen.get("product", ""), chosen.get("warehouse", ""))

    def default_sort(self) -> tuple[str, bool]:
        return "moved_on", True

    def empty_state(self) -> EmptyState:
        words = _("Réceptions, ventes et transferts s’inscrivent ici ; les factures émises sortent leur stock seules.")
        return EmptyState("box", _("Aucun mouvement pour l’instant"), words, self.new_button(_("Nouveau mouvement")))

    def figures(self) -> Callable[[], Any]:
        return lambda: None

    def show_figures(self, figures: Any) -> None:
        more = "" if self.model.is_complete() else "+"
        self.filter_bar.count.setText(
            _("{count} mouvements").format(count=f"{format_number(self.model.rowCount())}{more}")
        )
        self.foot.show_totals(_("Un mouvement ne se modifie pas : enregistrez le mouvement inverse."), [])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        return "", "", ""

    # ------------------------------------------------------------------ one movement: its product
    def make_drawer(self, record_id: str) -> Drawer | None:
        row = self.model.row_of(record_id)
        if row < 0:
            return None
        return StockDrawer(self.shell, self.context, self.model.record(row)["record"]["product_id"])

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, StockDrawer):
            drawer.reload()

    def activate(self, argument: str | None) -> None:
        if argument == "new":
            self._open_form("in")
        elif argument and argument.startswith("product:"):
            self.filter_bar.set_values({"product": argument.removeprefix("product:")})


class _ProductChoice(QWidget):
    """A product for the filter."""

    def __init__(self, context: CompanyContext, apply: Callable[[Any], None]) -> None:
        super().__init__()
        self._apply = apply
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(12)
        self.field = ProductField(context)
        self.field.setMinimumWidth(280)
        self.field.setAccessibleName(_("Produit"))
        column.addWidget(self.field)
        button = Button(_("Appliquer"), small=True)
        button.clicked.connect(self.submit)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignTrailing)
        self.setFocusProxy(self.field)

    def submit(self) -> None:
        if self.field.value():
            self._apply(self.field.value())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)
