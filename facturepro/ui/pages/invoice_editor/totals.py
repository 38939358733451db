"""Totals while one types: without tax, VAT per rate, with tax."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_money, format_rate
from facturepro.services.invoices import totals_of
from facturepro.ui import theme
from facturepro.ui.pages.invoice_editor.lines_model import Line
from facturepro.ui.widgets.drawing import draw_text

WIDTH = 268
_ROW = 24
_LAST = 40


class TotalsView(QWidget):
    """Painted rows of 24; the amount with tax in the size of a title."""

    def __init__(self, currency: str, is_franchise: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._currency, self._is_franchise = currency, is_franchise
        self.rows: list[tuple[str, str]] = []
        self.gross = ""
        self.setFixedWidth(WIDTH)
        self.show_lines([])

    def show_lines(self, lines: Sequence[Line]) -> None:
        totals = totals_of([line.values() for line in lines])
        self.rows = [(_("Total HT"), self._money(totals.net))]
        if self._is_franchise:
            self.rows.append((_("TVA non applicable, art. 293 B"), self._money(totals.vat * 0)))
        for row in () if self._is_franchise else totals.by_rate:
            words = _("TVA {rate} sur {base}").format(rate=format_rate(row.rate), base=self._money(row.base))
            self.rows.append((words, self._money(row.amount)))
        self.gross = self._money(totals.net if self._is_franchise else totals.gross)
        self.setFixedHeight(len(self.rows) * _ROW + 4 + _LAST)
        self.setAccessibleName(", ".join(f"{words} {amount}" for words, amount in self._spoken()))
        self.update()

    def _spoken(self) -> list[tuple[str, str]]:
        return [*self.rows, (_("Total TTC"), self.gross)]

    def _money(self, amount: object) -> str:
        return format_money(amount, self._currency)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        width, right = self.width(), Qt.AlignmentFlag.AlignRight
        for index, (words, amount) in enumerate(self.rows):
            area = self.rect().adjusted(0, index * _ROW, 0, 0)
            area.setHeight(_ROW)
            draw_text(painter, area, words, current.font("body"), current.color("text_2"))
            draw_text(painter, area, amount, current.font("button"), current.color("text"), right)
        line = len(self.rows) * _ROW + 3
        painter.fillRect(0, line, width, 1, current.color("separator"))
        area = self.rect().adjusted(0, line + 1, 0, 0)
        draw_text(painter, area, _("Total TTC"), current.font("strong"), current.color("text"))
        draw_text(painter, area, self.gross, current.font("title"), current.color("text"), right)
