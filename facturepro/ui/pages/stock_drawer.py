"""A product's stock in the drawer: what is available, the last weeks, where it lies, what moved, and new movements."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import _, labelled
from facturepro.i18n.formatting import format_date, format_money, format_quantity, format_rate, format_unit_price
from facturepro.services import stock
from facturepro.ui import theme
from facturepro.ui.charts.frame import ChartFrame
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.stock_forms import StockForm
from facturepro.ui.pages.stock_rows import product_of, reason_words, signed, stock_chip
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.drawer import Drawer, DrawerSection
from facturepro.ui.widgets.drawing import draw_text, text_width
from facturepro.ui.widgets.keyvalue import LABEL_WIDTH
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.pieces import Opener
from facturepro.ui.widgets.surface import Surface, paint_bar

WEEKS = 12
SHOWN_MOVEMENTS = 6
_CHART_HEIGHT = 112
_LEVEL_WIDTH = 32


class Figure(QWidget):
    """A large figure with its unit after it, and a note at the right, on one base line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure, self._unit, self._note, self._color = "", "", "", "text"
        self.setFixedHeight(theme.current().line_height("figure"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_figure(self, figure: str, unit: str, note: str, color: str = "text") -> None:
        self._figure, self._unit, self._note, self._color = figure, unit, note, color
        self.setAccessibleName(f"{figure} {unit}, {note}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            start, end = end, start
        draw_text(painter, self.rect(), self._figure, current.font("figure"), current.color(self._color), start)
        used = text_width(current.font("figure"), self._figure) + 6
        low = QRectF(self.rect()).translated(0, 5)
        unit = low.adjusted(0 if mirrored else used, 0, -used if mirrored else 0, 0)
        draw_text(painter, unit, self._unit, current.font("body"), current.color("text_2"), start)
        draw_text(painter, low, self._note, current.font("body"), current.color("text_2"), end)


class PlaceRow(QWidget):
    """A warehouse: name, bar, quantity; 28 high."""

    def __init__(self, name: str, quantity: Decimal, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._quantity, self._share = name, quantity, share
        self.setFixedHeight(theme.current().size("row_compact"))
        self.setAccessibleName(labelled(name, format_quantity(quantity)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        area = QRectF(self.rect())
        name = QRectF(0, 0, LABEL_WIDTH, self.height())
        draw_text(painter, name, self._name, current.font("body"), current.color("text_2"))
        height = current.size("progress_bar")
        left = LABEL_WIDTH + current.space("xs")
        bar = QRectF(left, (self.height() - height) / 2, max(0.0, area.width() - left - 72), height)
        paint_bar(painter, bar, self._share)
        color = "danger" if self._quantity < 0 else "text" if self._quantity else "text_2"
        font = current.font("strong" if self._quantity else "body")
        text = format_quantity(self._quantity)
        draw_text(painter, area, text, font, current.color(color), Qt.AlignmentFlag.AlignRight)


class MovementRow(Opener):
    """Day, words with the document, quantity, level after it; 28 high. Opens its document when it has one."""

    def __init__(self, movement: Mapping[str, Any], level: Decimal, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._movement, self._level = movement, level
        self.setFixedHeight(theme.current().size("row_compact"))
        if not movement["document_id"]:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.ArrowCursor)
        words = (self._day(), reason_words(movement), self._detail(), signed(movement["quantity"]))
        self.setAccessibleName(", ".join(part for part in words if part))

    def _day(self) -> str:
        return format_date(self._movement["moved_on"], "day")

    def _detail(self) -> str:
        return str(self._movement["document_number"] or self._movement["warehouse_name"])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        area, height = QRectF(self.rect()), self.height()
        draw_text(painter, QRectF(0, 0, 56, height), self._day(), current.font("caption"), current.color("text_2"))
        reason = reason_words(self._movement)
        room = QRectF(60, 0, area.width() - 60 - 84, height)
        draw_text(painter, room, reason, current.font("body"), current.color("text"))
        used = text_width(current.font("body"), reason) + 4
        is_link = bool(self._movement["document_id"])
        font = current.font("button" if is_link else "body")
        font.setUnderline(is_link and self.underMouse())
        color = current.color("accent_text" if is_link else "text_2")
        draw_text(painter, room.adjusted(used, 0, 0, 0), self._detail(), font, color)
        quantity = self._movement["quantity"]
        moved = area.adjusted(0, 0, -_LEVEL_WIDTH - 12, 0)
        tone = current.color("success" if quantity > 0 else "text")
        end = Qt.AlignmentFlag.AlignRight
        draw_text(painter, moved, signed(quantity), current.font("strong"), tone, end)
        draw_text(painter, area, format_quantity(self._level), current.font("body"), current.color("text_2"), end)


class _DashedNote(QWidget):
    """``--- minimum 8``."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(21, 0, 0, 0)
        row.addWidget(Label(text, role="caption", color="text_2"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(theme.current().chart("negative"), 1)
        pen.setDashPattern([4, 2])
        painter.setPen(pen)
        painter.drawLine(0, self.height() // 2, 16, self.height() // 2)


class Foot(Surface):
    """(words, value) pairs at the foot of a drawer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_1", ("top",), parent)
        self.setFixedHeight(theme.current().size("footer"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.current().space("m"), 1, theme.current().space("m"), 0)
        self._row.setSpacing(theme.current().space("xs"))

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        clear(self._row)
        for index, (words, value) in enumerate(pairs):
            if index:
                self._row.addStretch(1)
            self._row.addWidget(Label(words, color="text_2"))
            self._row.addWidget(Label(value, role="strong"))


def clear(layout: Any) -> None:
    while (item := layout.takeAt(0)) is not None:
        if item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()


class StockParts(QWidget):
    """The parts of a drawer that speak of a product's stock; products and stock levels show the same.

    Signals: ``changed()`` after a movement was recorded here.
    """

    changed = Signal()

    def __init__(self, shell: Shell, context: CompanyContext, product_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell, self.context, self.product_id = shell, context, product_id
        self.hide()  # it holds the parts; the drawer shows them
        self.product: dict[str, Any] = {}
        self._points: list[tuple[date, Decimal]] | None = None
        self._job = BackgroundJob(self)
        self._job.done.connect(self._show_history)
        self._job.failed.connect(shell.show_error)
        self.form: StockForm | None = None

    def fill(self, drawer: Drawer, with_head: bool = True) -> None:
        """Add the sections to a drawer."""
        if with_head:
            self.add_head(drawer)
        chart = drawer.add_section()
        self._chart_head = QWidget()
        self._chart_row = QHBoxLayout(self._chart_head)
        self._chart_row.setContentsMargins(0, 0, 0, 6)
        chart.add(self._chart_head)
        self.chart = ChartFrame(self._make_chart, _("Stock sur {weeks} semaines").format(weeks=WEEKS))
        self.chart.setFixedHeight(_CHART_HEIGHT)
        chart.add(self.chart)
        self._places = _rows_in(drawer.add_section())
        moves = drawer.add_section()
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 4)
        row.addWidget(Label(_("Derniers mouvements"), role="label", color="text_2"))
        row.addStretch(1)
        every = Link(_("Tous"), role="label")
        every.clicked.connect(lambda: self.shell.open_page("movements", f"product:{self.product_id}"))
        row.addWidget(every)
        moves.add(head)
        self._moves = _rows_in(moves)
        self.foot = Foot()
        drawer.layout().addWidget(self.foot)
        self.reload()

    def add_head(self, drawer: Drawer, section: DrawerSection | None = None) -> None:
        """What is available and the buttons; the short forms open below."""
        section = section or drawer.add_section()
        top = QWidget()
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 4, 0, 4)
        row.addWidget(Label(_("Disponible"), role="caption", color="text_2"))
        row.addStretch(1)
        self.chip = StatusChip("", "neutral")
        row.addWidget(self.chip)
        section.add(top)
        self.figure = Figure()
        section.add(self.figure)
        section.add(self._make_actions())
        self._form_section = drawer.add_section()
        self._form_section.hide()

    def _make_actions(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 12, 0, 9)
        line.setSpacing(8)
        self.move_button = Button(_("Nouveau mouvement"), "primary")
        self.move_button.clicked.connect(lambda: self.open_form("in"))
        line.addWidget(self.move_button, 1)
        if len(stock.warehouses(self.context.company)) > 1:
            self.transfer_button = Button(_("Transférer"))
            self.transfer_button.clicked.connect(lambda: self.open_form("transfer"))
            line.addWidget(self.transfer_button)
        return row

    # ------------------------------------------------------------------ forms
    def open_form(self, kind: str) -> None:
        """The short form of a movement, where the person looks."""
        self.close_form()
        self.form = StockForm(self.context, self.product_id, kind)
        self.form.saved.connect(self._saved)
        self.form.cancelled.connect(self.close_form)
        self._form_section.add(self.form)
        self._form_section.show()
        self.form.start()

    def close_form(self) -> None:
        form, self.form = self.form, None
        if form is not None:
            form.hide()
            form.deleteLater()
        self._form_section.hide()

    def _saved(self, words: str) -> None:
        self.close_form()
        self.shell.toast(words, icon="status.ok")
        self.changed.emit()

    # ------------------------------------------------------------------ what is shown
    def reload(self) -> None:
        """Read the product again; the history comes from a worker."""
        company = self.context.company
        self.product = product = product_of(company, self.product_id)
        if hasattr(self, "figure"):
            self._show_head(product)
        self._show_chart_head(product)
        self._show_places(product)
        self._show_movements(product)
        self._job.request(lambda: (stock.history(company, product["id"]), stock.product_valuation(company, product)))

    def _show_head(self, product: Mapping[str, Any]) -> None:
        total = product["total"]
        chip = stock_chip(total, product["min_stock"], is_long=True)
        self.chip.setVisible(chip is not None)
        if chip is not None:
            self.chip.set_state(*chip)
        note = _("minimum {count}").format(count=format_quantity(product["min_stock"])) if product["min_stock"] else ""
        self.figure.set_figure(format_quantity(total), product["unit"], note, "danger" if total < 0 else "text")

    def _show_chart_head(self, product: Mapping[str, Any]) -> None:
        clear(self._chart_row)
        words = _("Stock sur {weeks} semaines").format(weeks=WEEKS)
        self._chart_row.addWidget(Label(words, role="label", color="text_2"))
        self._chart_row.addStretch(1)
        if product["min_stock"] > 0:
            minimum = _("minimum {count}").format(count=format_quantity(product["min_stock"]))
            self._chart_row.addWidget(_DashedNote(minimum))

    def _show_places(self, product: Mapping[str, Any]) -> None:
        clear(self._places)
        held = product["levels"]
        most = max([*held.values(), Decimal(1)])
        total = sum((quantity for quantity in held.values() if quantity > 0), Decimal(0)) or most
        for place in stock.warehouses(self.context.company):
            quantity = held.get(place["id"], Decimal(0))
            self._places.addWidget(PlaceRow(place["name"], quantity, float(quantity / total)))

    def _show_movements(self, product: Mapping[str, Any]) -> None:
        clear(self._moves)
        level = product["total"]
        movements = stock.movements(self.context.company, product["id"], limit=SHOWN_MOVEMENTS)
        for movement in movements:
            row = MovementRow(movement, level)
            if movement["document_id"]:
                row.clicked.connect(lambda at=movement["document_id"]: self.shell.open_page("invoices", at))
            self._moves.addWidget(row)
            level -= movement["quantity"]
        if not movements:
            self._moves.addWidget(Label(_("Aucun mouvement pour l’instant."), color="text_3"))

    def _show_history(self, answer: tuple[list[tuple[date, Decimal]], Mapping[str, Any]]) -> None:
        points, value = answer
        if points != self._points:
            self._points = points
            self.chart.renew()
            words = [labelled(format_date(day, "day"), format_quantity(level)) for day, level in points[-WEEKS:]]
            self.chart.setAccessibleDescription(". ".join(words))
        pairs = [(_("CUMP"), format_unit_price(value["unit_cost"])), (_("Prix HT"), self._price())]
        margin = margin_of(self.product["price"], value["unit_cost"])
        self.foot.set_pairs([*pairs, (_("Marge"), margin)] if margin else pairs)

    def _price(self) -> str:
        return format_unit_price(self.product["price"]) if self.product["price"] else format_money(Decimal(0))

    def _make_chart(self) -> QWidget:
        from facturepro.ui.charts.steps import StepChart

        end = self.context.company.today()
        start = end - timedelta(weeks=WEEKS)
        return StepChart(self._points or [], start, end, self.product["min_stock"])


def margin_of(price: Decimal, cost: Decimal) -> str:
    """``40,7 %`` of the price, or nothing without both."""
    return format_rate(round((price - cost) / price * 100, 1)) if price > 0 and cost > 0 else ""


def _rows_in(section: Any) -> QVBoxLayout:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    section.add(holder)
    return column


class StockDrawer(Drawer):
    """One product on the page of levels."""

    def __init__(self, shell: Shell, context: CompanyContext, product_id: str) -> None:
        super().__init__("")
        self.parts = StockParts(shell, context, product_id, self)
        self.parts.fill(self)
        self.set_title(self.parts.product["name"])

    def reload(self) -> None:
        self.parts.reload()
        self.set_title(self.parts.product["name"])
