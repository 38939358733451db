"""Turnover by month: the chart, its table twin, and the year so far."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from facturepro.i18n import _, labelled
from facturepro.i18n.formatting import format_money
from facturepro.services.dashboard import Month, Opens, Turnover
from facturepro.ui import theme
from facturepro.ui.charts.frame import ChartFrame
from facturepro.ui.pages.dashboard_words import month_name, short_month, year_note
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.pieces import Pieces
from facturepro.ui.widgets.surface import Surface

_MINIMUM = 303
_SQUARE = 10
_GLYPH_AIR = 5  # between the edge of an icon button and its icon


class _Legend(QWidget):
    """A square in the colour of a series, and its year."""

    def __init__(self, series: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = series
        row = QHBoxLayout(self)
        row.setContentsMargins(_SQUARE + 6, 0, 0, 0)
        self.label = Label("", role="caption", color="text_2")
        row.addWidget(self.label)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        left = self.width() - _SQUARE if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 0
        area = QRect(left, (self.height() - _SQUARE) // 2, _SQUARE, _SQUARE)
        box(painter, area, theme.current().radius("bar"), theme.current().chart(self._series))


class TurnoverTable(QWidget):
    """The same figures as a table, for those who read better than they look; rows can be read one by one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str, str]] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_turnover(self, turnover: Turnover) -> None:
        self._rows = [("", str(turnover.year - 1), str(turnover.year))]
        for month in turnover.months:
            name = month_name(date(turnover.year, month.month, 1))
            self._rows.append((name, _money(month.last_year), _money(month.this_year)))
        self.setAccessibleName(_("Chiffre d’affaires par mois, tableau"))
        self.setAccessibleDescription(". ".join(f"{labelled(a, b)}, {c}" for a, b, c in self._rows[1:]))
        self.update()

    def rows(self) -> list[tuple[str, str, str]]:
        return list(self._rows)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        lines = (len(self._rows) + 1) // 2 + 1  # two blocks of six months beside each other
        height = self.height() / lines
        gap = current.space("l")
        block = (self.width() - gap) / 2
        for part in (0, 1):
            left = part * (block + gap)
            for number, index in enumerate([0, *range(1 + 6 * part, 7 + 6 * part)]):
                if index < len(self._rows):
                    area = QRectF(left, number * height, block, height)
                    self._paint_row(painter, area, self._rows[index], number == 0)

    def _paint_row(self, painter: QPainter, area: QRectF, row: tuple[str, str, str], is_head: bool) -> None:
        current = theme.current()
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), current.color("separator"))
        font = current.font("label" if is_head else "body")
        end = Qt.AlignmentFlag.AlignRight
        first = QRectF(area.left(), area.top(), area.width() * 0.34, area.height())
        second = QRectF(area.left(), area.top(), area.width() * 0.66, area.height())
        draw_text(painter, first, row[0], font, current.color("text_2"))
        draw_text(painter, second, row[1], font, current.color("text_2"), end)
        strong = font if is_head else current.font("button")
        draw_text(painter, area, row[2], strong, current.color("text"), end)


def _money(value: object) -> str:
    return format_money(value, decimals=0)  # type: ignore[arg-type]


class TurnoverPanel(Surface):
    """``set_turnover`` shows new figures; ``open_list`` gets what a month opens."""

    def __init__(self, open_list: Callable[[Opens], object], parent: QWidget | None = None) -> None:
        super().__init__("surface_2", ("right",), parent)
        self._open_list = open_list
        self._turnover: Turnover | None = None
        current = theme.current()
        self.setMinimumHeight(_MINIMUM)
        column = QVBoxLayout(self)
        column.setContentsMargins(
            current.space("l"), 0, current.space("l"), current.space("m") + current.space("xxs") + 2
        )
        column.setSpacing(0)
        column.addLayout(self._make_head())
        self.chart = ChartFrame(self._make_chart, _("Chiffre d’affaires par mois"))
        self.chart.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.table = TurnoverTable()
        self._stack = QStackedLayout()
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.table)
        column.addLayout(self._stack, 1)
        column.addSpacing(current.space("s"))
        self.year = Pieces()
        column.addWidget(self.year)

    def _make_head(self) -> QHBoxLayout:
        current = theme.current()
        head = QHBoxLayout()
        head.setSpacing(current.space("xs"))
        title = Label(_("Chiffre d’affaires par mois"), role="section")
        title.setFixedHeight(48)
        unit = Label(_("k€ HT"), role="caption", color="text_2")
        unit.setContentsMargins(0, 3, 0, 0)
        self.before, self.now = _Legend("last_year"), _Legend("this_year")
        self.twin_button = IconButton("action.table_twin", _("Voir le tableau"), icon_size=current.size("icon"))
        self.twin_button.clicked.connect(self.toggle_table)
        head.addWidget(title)
        head.addWidget(unit)
        head.addStretch(1)
        head.addWidget(self.before)
        head.addSpacing(current.space("xxs"))
        head.addWidget(self.now)
        head.addWidget(self.twin_button)
        head.setContentsMargins(0, current.space("xxs"), -_GLYPH_AIR, 0)
        return head

    def is_table(self) -> bool:
        return self._stack.currentIndex() == 1

    def toggle_table(self) -> None:
        """Between the chart and the same figures as a table."""
        self._stack.setCurrentIndex(0 if self.is_table() else 1)
        self.twin_button.set_icon("chart-bar" if self.is_table() else "action.table_twin")
        self.twin_button.set_tooltip(_("Voir le graphique") if self.is_table() else _("Voir le tableau"))

    def set_turnover(self, turnover: Turnover) -> None:
        if turnover == self._turnover:
            return
        self._turnover = turnover
        self.before.label.setText(str(turnover.year - 1))
        self.now.label.setText(str(turnover.year))
        self.year.set_pieces(year_note(turnover))
        self.table.set_turnover(turnover)
        self.chart.setAccessibleDescription(self.table.accessibleDescription())
        self.chart.renew()

    def _make_chart(self) -> QWidget:
        from facturepro.ui.charts.turnover import TurnoverChart

        turnover = self._turnover
        if turnover is None:
            return QWidget()
        names = [short_month(date(turnover.year, month.month, 1)) for month in turnover.months]
        return TurnoverChart(
            names,
            [month.last_year for month in turnover.months],
            [month.this_year for month in turnover.months],
            max(turnover.opens_month.start.month if turnover.opens_month.start else 1, 1),
            [self._words(month) for month in turnover.months],
            lambda number: self._open_list(turnover.months[number - 1].opens),
        )

    def _words(self, month: Month) -> str:
        assert self._turnover is not None
        year = self._turnover.year
        return _("{month} {year} : {now}\n{month} {before_year} : {before}").format(
            month=month_name(date(year, month.month, 1)),
            year=year,
            now=_money(month.this_year),
            before_year=year - 1,
            before=_money(month.last_year),
        )
