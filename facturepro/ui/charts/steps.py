"""The level of a stock over some weeks, as steps, with its minimum."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from facturepro.i18n.formatting import format_date, format_number
from facturepro.ui import theme
from facturepro.ui.charts.scale import ticks
from facturepro.ui.charts.turnover import AxisText

_LEFT, _BOTTOM = 24, 22
_GAP = 12  # between a label and the chart, and a little air before it
_FILL = 0.12


class StepChart(pg.PlotWidget):
    """``points``: (day, level from that day on), the first at or before ``start``."""

    def __init__(
        self,
        points: Sequence[tuple[date, Decimal]],
        start: date,
        end: date,
        minimum: Decimal,
        parent: QWidget | None = None,
    ) -> None:
        self._axes = {"left": AxisText("left"), "bottom": AxisText("bottom")}
        super().__init__(parent, axisItems=self._axes, background=theme.current().color("surface_2"))
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.getPlotItem().setContentsMargins(0, theme.current().space("xs"), 0, 0)
        self._scale(points, start, end, minimum)
        self._draw(points, start, end, minimum)

    def _scale(self, points: Sequence[tuple[date, Decimal]], start: date, end: date, minimum: Decimal) -> None:
        levels = [level for _day, level in points]
        marks = ticks(max([*levels, minimum, Decimal(1)]), 2)
        low = min([*levels, Decimal(0)])
        if low < 0:
            marks = [-mark for mark in reversed(ticks(-low, 1)[1:])] + marks
        days = (end - start).days
        words = [format_number(mark) for mark in marks]
        metrics = QFontMetricsF(theme.current().font("caption"))
        self._axes["left"].setWidth(max(_LEFT, _GAP + max(ceil(metrics.horizontalAdvance(word)) for word in words)))
        self._axes["left"].setTicks([[(float(mark), word) for mark, word in zip(marks, words, strict=True)]])
        self._axes["bottom"].setHeight(_BOTTOM)
        places = (0.08, 0.5, 0.91)  # the words stand inside the chart
        shown = (0, days // 2, days)
        labels = [format_date(start + timedelta(days=number), "day") for number in shown]
        self._axes["bottom"].setTicks([[(days * place, label) for place, label in zip(places, labels, strict=True)]])
        for mark in (marks[0], Decimal(0), marks[-1]):
            self.addItem(pg.InfiniteLine(float(mark), 0, pen=pg.mkPen(theme.current().chart("grid"))))
        room = float(marks[-1] - marks[0]) * 0.03
        self.setRange(xRange=(0, days + 1), yRange=(float(marks[0]), float(marks[-1]) + room), padding=0)

    def _draw(self, points: Sequence[tuple[date, Decimal]], start: date, end: date, minimum: Decimal) -> None:
        xs, ys = step_line(points, start, end)
        line = theme.current().color("accent")
        fill = QColor(line)
        fill.setAlphaF(_FILL)
        curve = pg.PlotDataItem(xs, ys, pen=pg.mkPen(line, width=2), fillLevel=0, brush=fill, antialias=False)
        self.addItem(curve)
        if minimum > 0:
            dashed = pg.mkPen(theme.current().chart("negative"), width=1, style=Qt.PenStyle.CustomDashLine)
            dashed.setDashPattern([3, 3])
            self.addItem(pg.InfiniteLine(float(minimum), 0, pen=dashed))
        surface = pg.mkPen(theme.current().color("surface_2"), width=2)
        self.addItem(pg.ScatterPlotItem([xs[-1]], [ys[-1]], size=9, pen=surface, brush=line, antialias=True))


def step_line(points: Sequence[tuple[date, Decimal]], start: date, end: date) -> tuple[list[float], list[float]]:
    """Corners of the steps between two days, in days since ``start``."""
    before = [level for day, level in points if day <= start]
    level = float(before[-1]) if before else 0.0
    xs, ys = [0.0], [level]
    for day, new in points:
        if start < day <= end:
            xs += [float((day - start).days)] * 2
            ys += [level, float(new)]
            level = float(new)
    return [*xs, float((end - start).days)], [*ys, level]
