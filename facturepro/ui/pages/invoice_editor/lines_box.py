"""Grid, product search, hints, note and totals: the body of the invoice."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_quantity, format_unit_price
from facturepro.services import records, stock
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor.lines_model import DESCRIPTION, PRICE, QUANTITY, Line, LinesModel
from facturepro.ui.pages.invoice_editor.lines_view import LinesView
from facturepro.ui.pages.invoice_editor.suggest import Suggestion, SuggestPanel
from facturepro.ui.pages.invoice_editor.totals import TotalsView
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawing import box
from facturepro.ui.widgets.fields import TextArea
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.keycap import KeyCap, key_text
from facturepro.ui.widgets.labels import Label

_SHOWN = 3
_PANEL_WIDTH = 384


class _Frame(QWidget):
    """The 1-px frame around the grid."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(inside)

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        ground, line = current.color("surface_2"), current.color("separator")
        box(QPainter(self), self.rect(), 2, ground, line)


class LinesBox(QWidget):
    """Signals: ``edited()``, ``failed(object)``, ``row_shown(QRect)``."""

    edited = Signal()
    failed = Signal(object)
    row_shown = Signal(QRect)

    def __init__(self, context: CompanyContext, own: Mapping[str, Any], rates: Sequence[Decimal]) -> None:
        super().__init__()
        self._context = context
        self._currency = own["currency"]
        self._is_franchise = own["vat_regime"] == "franchise"
        self.model = LinesModel(rates, self)
        self.model.default_vat = Decimal(0) if self._is_franchise else Decimal(20)
        self.view = LinesView(self.model)
        self.totals = TotalsView(self._currency, self._is_franchise)
        self.note = TextArea(placeholder=_("Note imprimée sur la facture"), lines=3)
        self.note.setAccessibleName(_("Note imprimée sur la facture"))
        self._panel: SuggestPanel | None = None
        self._row = -1
        self._lay_out()
        self.model.edited.connect(self._lines_edited)
        self.model.modelReset.connect(self._show_totals)
        self.note.edited.connect(lambda _text: self.edited.emit())
        self.view.text_typed.connect(self._suggest)
        self.view.description_left.connect(self._hide_panel)
        self.view.row_shown.connect(self.row_shown)
        self.view.suggest_key = self._suggest_key

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(_Frame(self.view))
        self.problem = Message("", "error")
        column.addWidget(self.problem)
        self.problem.hide()
        below = QHBoxLayout()
        below.setSpacing(24)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self._make_hints())
        self.note_button = Button(_("Ajouter une note"), "ghost", "action.new", small=True)
        self.note_button.clicked.connect(self._open_note)
        left.addWidget(self.note_button, 0, Qt.AlignmentFlag.AlignLeading)
        left.addWidget(self.note)
        left.addStretch(1)
        below.addLayout(left, 1)
        below.addWidget(self.totals, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(below)
        for part in (self._hints, self.note_button):
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
        self.note.hide()

    def _make_hints(self) -> QWidget:
        self._hints = QWidget()
        row = QHBoxLayout(self._hints)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(4)
        hints = (
            ("↵", _("ligne suivante")),
            (key_text("Alt") + " ↑↓", _("déplacer")),
            (key_text("Ctrl+V"), _("coller")),
        )
        for index, (keys, words) in enumerate(hints):
            if index:
                row.addSpacing(8)
            row.addWidget(KeyCap(keys))
            row.addWidget(Label(words, color="text_3"))
        row.addStretch(1)
        return self._hints

    def _open_note(self) -> None:
        self.note_button.hide()
        self.note.show()
        self.note.setFocus(Qt.FocusReason.TabFocusReason)

    # ------------------------------------------------------------------ content
    def clear(self) -> None:
        self.model.set_lines([])
        self.note.set_value("")
        self._show_note(False)

    def show_invoice(self, invoice: Mapping[str, Any]) -> None:
        names = ("id", "product_id", "description", "quantity", "unit", "unit_price", "discount", "vat_rate")
        self.model.set_lines([Line(**{name: row[name] for name in names}) for row in invoice["lines"]])
        self.note.set_value(invoice["notes"])
        self._show_note(bool(invoice["notes"]))

    def _show_note(self, shown: bool) -> None:
        self.note.setVisible(shown)
        self.note_button.setVisible(not shown and not self.model.is_locked)

    def set_locked(self, locked: bool) -> None:
        self.model.set_locked(locked)
        self.note.setReadOnly(locked)
        self._hints.setVisible(not locked)
        self._show_note(bool(self.note.value()))

    def notes(self) -> str:
        return self.note.value()

    def savable(self) -> list[Line]:
        return self.model.savable()

    def first_error(self) -> tuple[int, int, str] | None:
        """(row, column, sentence) of the first cell that cannot be read, or of a line without a description."""
        for row, line in enumerate(self.model.lines):
            if not line.description and (line.unit_price or line.errors):
                return row, DESCRIPTION, _("Écrivez la désignation de la ligne {row}.").format(row=row + 1)
        found = self.model.errors()
        return found[0] if found else None

    def unsaved_words(self) -> str:
        """About lines that wait for their description."""
        count = len(self.model.lines) - len(self.model.savable())
        words = ngettext("{count} ligne sans désignation", "{count} lignes sans désignation", count)
        return words.format(count=count) if count else ""

    def go_to(self, row: int, column: int) -> None:
        self.view.edit_cell(row, column)

    def focus(self) -> None:
        """The empty line, ready to be typed in."""
        self.view.edit_cell(self.model.rowCount() - 1, DESCRIPTION)

    def finish_editing(self) -> None:
        self.view.finish_editing()

    def close_cell(self) -> None:
        self.view.close_cell()

    def _lines_edited(self) -> None:
        self._show_totals()
        self.edited.emit()

    def _show_problem(self) -> None:
        """The first cell that cannot be read, in words under the grid."""
        found = self.model.errors()
        self.problem.setVisible(bool(found))
        if found:
            row, _column, why = found[0]
            self.problem.show_text(_("Ligne {row} : {why}").format(row=row + 1, why=why), "error")

    def _show_totals(self) -> None:
        self._show_problem()
        self.totals.show_lines(self.model.lines)

    # ------------------------------------------------------------------ products
    def panel(self) -> SuggestPanel:
        if self._panel is None:
            self._panel = SuggestPanel(self.window(), _("Produits trouvés"), _PANEL_WIDTH)
            self._panel.chosen.connect(self._choose)
            self._panel.create_wanted.connect(self._create)
            self._panel.shown.connect(self._yield_room)
        return self._panel

    def _yield_room(self, is_open: bool) -> None:
        """The hints would stick out from under the list of products."""
        self._hints.setVisible(not is_open and not self.model.is_locked)
        self.note_button.setVisible(not is_open and self.note.isHidden() and not self.model.is_locked)

    def _hide_panel(self) -> None:
        if self._panel is not None:
            self._panel.hide()

    def _suggest_key(self, event: Any) -> bool:
        return self._panel is not None and self._panel.handle_key(event)

    def _suggest(self, editor: Any, text: str) -> None:
        self._row = editor.row
        text = text.strip()
        if not text:
            self._hide_panel()
            return
        company = self._context.company
        found = records.page(company, records.ListQuery("product", text=text), limit=_SHOWN).rows
        levels = stock.levels(company, [product["id"] for product in found])
        rows = [self._suggestion(product, levels.get(product["id"], {})) for product in found]
        create = _("Créer le produit « {name} »").format(name=text)
        self.panel().show_rows(editor, rows, text, create, 4)

    def _suggestion(self, product: Mapping[str, Any], levels: Mapping[str, Decimal]) -> Suggestion:
        price = format_unit_price(product["price"], self._currency)
        if product["type"] == "service":
            return Suggestion(product, product["name"], product["sku"], price, product["unit"])
        total = sum(levels.values(), Decimal(0))
        tone = "danger" if total <= 0 else "warning" if total < product["min_stock"] else "text_2"
        words = _("{count} dispo").format(count=format_quantity(total))
        return Suggestion(product, product["name"], product["sku"], price, words, tone)

    def _choose(self, product: Mapping[str, Any]) -> None:
        row = self._row
        self.view.close_cell()
        self.model.set_product(row, product)
        self.view.edit_cell(row, QUANTITY)

    def _create(self) -> None:
        editor = self.view.open_editor()
        name = editor.text().strip() if editor is not None else ""
        line = self.model.lines[self._row] if 0 <= self._row < len(self.model.lines) else None
        values: dict[str, Any] = {"name": name}
        if line is not None and line.unit_price:
            values |= {"price": line.unit_price, "vat": line.vat_rate}
        try:
            product = records.create(self._context.company, "product", values)
        except UserError as error:
            self.failed.emit(error)
            return
        row = self._row
        self.view.close_cell()
        self.model.set_product(row, product)
        self.view.edit_cell(row, QUANTITY if line is not None and line.unit_price else PRICE)
