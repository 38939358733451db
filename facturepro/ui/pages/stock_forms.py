"""New movement and transfer, as short forms inside a drawer."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QGridLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import stock
from facturepro.services.catalog import MAIN_WAREHOUSE_ID, REASONS
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.widgets.buttons import SaveRow
from facturepro.ui.widgets.fields import ChoiceField, DateField, DecimalField, FormField, Segmented, TextField
from facturepro.ui.widgets.form import Message

_SHOWN = 8
ENTRIES = ("receipt", "return", "count")
"""Reasons that bring stock in; the others take it out, unless the person says otherwise."""


class ProductField(TextField):
    """A product by the first letters of its name or reference. ``value()`` is its id or None."""

    def __init__(self, context: CompanyContext, parent: QWidget | None = None) -> None:
        super().__init__(placeholder=_("Nom ou référence"), icon="action.search", parent=parent)
        self._context = context
        self._ids: dict[str, str] = {}
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(_SHOWN)
        self.setCompleter(completer)
        self.textEdited.connect(self._look)

    def _look(self, text: str) -> None:
        rows = stock.page(self._context.company, text=text, limit=_SHOWN).rows if text.strip() else []
        for row in rows:
            self._ids[_product_words(row)] = row["id"]
        self._words.setStringList([_product_words(row) for row in rows])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the first product of the list when none was chosen yet."""
        words = self._words.stringList()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.value() is None and words:
            self.setText(words[0])
            self.completer().popup().hide()
            self.focusNextChild()
            return
        super().keyPressEvent(event)

    def value(self) -> object:
        return self._ids.get(self.text())

    def set_product(self, product: dict[str, Any]) -> None:
        self._ids[_product_words(product)] = product["id"]
        self.setText(_product_words(product))

    def problem(self) -> str | None:
        return None if self.value() else _("Choisissez un produit dans la liste.")


def _product_words(row: dict[str, Any]) -> str:
    return f"{row['name']} · {row['sku']}" if row["sku"] else str(row["name"])


class StockForm(QWidget):
    """A movement in, out, or between two warehouses, of one product or of one that is chosen.

    Signals: ``saved(str)`` with words for a toast, ``cancelled()``.
    """

    saved = Signal(str)
    cancelled = Signal()

    def __init__(
        self, context: CompanyContext, product_id: str = "", kind: str = "in", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._product_id = context, product_id
        self._places = [(row["id"], row["name"]) for row in stock.warehouses(context.company)]
        self._make_fields()
        self._lay_out()
        self.kind.set_value(kind)
        self._show_kind()

    def _make_fields(self) -> None:
        options = [("in", _("Entrée")), ("out", _("Sortie"))]
        if len(self._places) > 1:
            options.append(("transfer", _("Transfert")))
        self.kind = Segmented(options, _("Sens"))
        self.kind.edited.connect(lambda _key: self._show_kind())
        company = self._context.company
        self.product = ProductField(self._context) if not self._product_id else None
        self.quantity = DecimalField(max_decimals=3, minimum=Decimal("0.001"))
        self.on = DateField(company.today(), today=company.today)
        self.source, self.target = ChoiceField(self._places, MAIN_WAREHOUSE_ID), ChoiceField(self._places)
        others = [key for key, _name in self._places if key != MAIN_WAREHOUSE_ID]
        self.target.set_value(others[0] if others else MAIN_WAREHOUSE_ID)
        self.reason = ChoiceField()
        self.cost = DecimalField(max_decimals=4, suffix="€", minimum=Decimal(0))
        self.note = TextField()

    def _lay_out(self) -> None:
        current = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current.space("xs"), 0, current.space("xs"))
        column.setSpacing(current.space("s"))
        column.addWidget(self.kind)
        self.fields = {
            "quantity": FormField(_("Quantité"), self.quantity),
            "on": FormField(_("Date"), self.on),
            "source": FormField(_("Entrepôt"), self.source),
            "target": FormField(_("Vers"), self.target),
            "reason": FormField(_("Motif"), self.reason),
            "cost": FormField(_("Coût unitaire HT"), self.cost, optional=True),
            "note": FormField(_("Note"), self.note, optional=True),
        }
        if self.product is not None:
            self.fields["product"] = FormField(_("Produit"), self.product)
            column.addWidget(self.fields["product"])
        grid = QGridLayout()
        grid.setHorizontalSpacing(current.space("s"))
        grid.setVerticalSpacing(current.space("s"))
        top = Qt.AlignmentFlag.AlignTop
        places = (("quantity", 0, 0), ("on", 0, 1), ("source", 1, 0), ("target", 1, 1), ("reason", 1, 1))
        for name, row, place in places:
            grid.addWidget(self.fields[name], row, place, top)
        grid.addWidget(self.fields["cost"], 2, 0, 1, 2)
        grid.addWidget(self.fields["note"], 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        self.message = Message("", "error")
        self.message.hide()
        column.addWidget(self.message)
        buttons = SaveRow()
        self.save_button = buttons.save
        buttons.save.clicked.connect(self.save)
        buttons.cancel.clicked.connect(self.cancelled)
        column.addWidget(buttons)

    def start(self) -> None:
        """The first field is ready to be typed in."""
        (self.product or self.quantity).setFocus(Qt.FocusReason.TabFocusReason)

    def _show_kind(self) -> None:
        kind = self.kind.value()
        is_transfer = kind == "transfer"
        self.fields["source"].set_label(_("De") if is_transfer else _("Entrepôt"))
        for name, shown in (("target", is_transfer), ("reason", not is_transfer), ("cost", kind == "in")):
            self.fields[name].setVisible(shown)
        self.fields["note"].setVisible(not is_transfer)
        wanted = ENTRIES if kind == "in" else ("sale", "loss", "count")
        self.reason.set_options([(key, _(REASONS[key])) for key in wanted])

    def _product(self) -> str:
        return self._product_id or str(self.product.value() if self.product is not None else "")

    def save(self) -> None:
        """Record it, or say beside the field what is missing."""
        self.message.hide()
        shown = [field for field in self.fields.values() if not field.isHidden()]
        is_readable = all([field.validate() for field in shown])  # noqa: C419  every field says what it lacks
        if self.quantity.value() is None and is_readable:
            self.fields["quantity"].set_error(_("Indiquez la quantité."))
            is_readable = False
        elif is_readable:
            self.fields["quantity"].set_error(None)
        is_same = self.kind.value() == "transfer" and self.source.value() == self.target.value()
        self.fields["target"].set_error(_("Choisissez un autre entrepôt.") if is_same else None)
        is_readable = is_readable and not is_same
        if not is_readable:
            return
        try:
            words = self._record()
        except UserError as error:
            self.message.show_text(error.message, "error")
            self.message.show()
            return
        self.saved.emit(words)

    def _record(self) -> str:
        company, quantity = self._context.company, self.quantity.value()
        assert quantity is not None
        source = str(self.source.value())
        if self.kind.value() == "transfer":
            target = str(self.target.value())
            stock.transfer(company, self._product(), quantity, source, target, self.on.value())
            return _("Transfert enregistré")
        sign = 1 if self.kind.value() == "in" else -1
        cost = self.cost.value() if sign > 0 else None
        reason = str(self.reason.value())
        note = str(self.note.value())
        stock.move(company, self._product(), sign * quantity, reason, source, cost, self.on.value(), note)
        return _("Mouvement enregistré")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.save()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


def option_words(options: Sequence[tuple[Any, str]]) -> Callable[[Any], str]:
    """The words of a choice, for a filter chip."""
    known = dict(options)
    return lambda value: known.get(value, str(value))
