"""Bars of two years side by side, by month."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QWidget

from facturepro.i18n.formatting import format_number
from facturepro.ui import theme
from facturepro.ui.charts.scale import ticks

_BAR, _GAP = 0.324, 0.054  # shares of the room of one month
_LEFT, _BOTTOM = 40, 28
_THOUSAND = Decimal(1000)


class AxisText(pg.AxisItem):
    """Labels only, in the fonts and colours of the theme; one of them may be strong."""

    def __init__(self, orientation: str, strong: str = "") -> None:
        super().__init__(orientation, pen=pg.mkPen(None), textPen=theme.current().chart("axis"))
        self._strong = strong
        self.setStyle(
            tickLength=0, tickFont=theme.current().font("caption"), tickTextOffset=8, hideOverlappingLabels=False
        )

    def drawPicture(self, painter: QPainter, _axis: Any, _ticks: Any, texts: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        for area, flags, text in texts:
            strong = bool(text) and text == self._strong
            font = QFont(theme.current().font("label" if strong else "caption"))
            if strong:
                font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(theme.current().color("text") if strong else theme.current().chart("axis"))
            wide = QRectF(area).adjusted(-10, -2, 10, 2) if self.orientation == "bottom" else QRectF(area)
            painter.drawText(wide, int(flags) | int(Qt.TextFlag.TextDontClip), text)


class Bars(pg.GraphicsObject):
    """Bars with rounded tops; painted in pixels so that the rounding is the same at every scale."""

    def __init__(self, series: Sequence[Sequence[float]], colors: Sequence[QColor], highest: float) -> None:
        super().__init__()
        self._series, self._colors, self._highest = series, colors, highest

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, len(self._series[0]), self._highest)

    def paint(self, painter: QPainter, *_options: object) -> None:
        transform = painter.transform()  # to logical pixels; what lies beyond (window, screen) Qt adds itself
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = theme.current().radius("bar")
        for number, (values, color) in enumerate(zip(self._series, self._colors, strict=True)):
            painter.setBrush(color)
            shift = (1 - 2 * _BAR - _GAP) / 2 + number * (_BAR + _GAP)
            for month, value in enumerate(values):
                if value > 0:
                    near = transform.map(QPointF(month + shift, value))
                    far = transform.map(QPointF(month + shift + _BAR, 0))
                    self._bar(painter, QRectF(near, far), radius)
        painter.restore()

    def _bar(self, painter: QPainter, area: QRectF, radius: float) -> None:
        area = QRectF(round(area.left()), area.top(), round(area.width()), area.height())
        painter.drawRoundedRect(area, min(radius, area.height() / 2), min(radius, area.height() / 2))
        if area.height() > 2 * radius:
            painter.drawRect(area.adjusted(0, radius, 0, 0))


class TurnoverChart(pg.PlotWidget):
    """Two series of twelve values in money; ``chosen`` gets the number of the month (1-12) that is clicked."""

    def __init__(
        self,
        months: Sequence[str],
        last_year: Sequence[Decimal],
        this_year: Sequence[Decimal],
        current: int,
        words: Sequence[str],
        chosen: Callable[[int], object],
        parent: QWidget | None = None,
    ) -> None:
        axes = {"left": AxisText("left"), "bottom": AxisText("bottom", months[current - 1])}
        super().__init__(parent, axisItems=axes, background=theme.current().color("surface_2"))
        self._words, self._chosen = words, chosen
        marks = ticks(max([*last_year, *this_year, Decimal(0)]) / _THOUSAND)
        highest = float(marks[-1])
        self._still()
        axes["left"].setWidth(_LEFT)
        axes["left"].setTicks([[(float(mark), format_number(mark)) for mark in marks]])
        axes["bottom"].setHeight(_BOTTOM)
        axes["bottom"].setTicks([[(index + 0.5, name) for index, name in enumerate(months)]])
        grid = pg.mkPen(theme.current().chart("grid"))
        for mark in marks:
            self.addItem(pg.InfiniteLine(float(mark), 0, pen=grid))
        series = [[float(value / _THOUSAND) for value in values] for values in (last_year, this_year)]
        colors = [theme.current().chart("last_year"), theme.current().chart("this_year")]
        bars = Bars(series, colors, highest)
        self.addItem(bars)
        self.setRange(xRange=(0, len(months)), yRange=(0, highest), padding=0)

    def _still(self) -> None:
        """A picture, not an instrument: no zoom, no menu, no button."""
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.getPlotItem().setContentsMargins(0, 8, 0, 0)
        self.getPlotItem().getViewBox().setDefaultPadding(0)
        self.viewport().setMouseTracking(True)

    def month_at(self, x: float) -> int:
        """Number of the month (1-12) at a place of the widget, or 0."""
        point = self.getPlotItem().getViewBox().mapSceneToView(self.mapToScene(round(x), 0))
        month = int(point.x() // 1) + 1
        return month if 1 <= month <= len(self._words) else 0

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        month = self.month_at(event.position().x())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if month else Qt.CursorShape.ArrowCursor)
        QToolTip.showText(event.globalPosition().toPoint(), self._words[month - 1] if month else "", self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        month = self.month_at(event.position().x())
        if month and event.button() == Qt.MouseButton.LeftButton:
            self._chosen(month)

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # the page scrolls
