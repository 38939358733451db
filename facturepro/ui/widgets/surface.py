"""Painted ground of zones: a token colour, with 1-px separators on the sides asked for, and what floats above."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QLayout, QWidget

from facturepro.ui import theme


class Surface(QWidget):
    """A zone filled with a token colour; ``lines`` names its bordered sides ("left", "top", "right", "bottom")."""

    def __init__(self, color: str = "surface_2", lines: Iterable[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = color
        self._lines = frozenset(lines)

    def set_color(self, token: str) -> None:
        self._color = token
        self.update()

    def set_lines(self, lines: Iterable[str]) -> None:
        self._lines = frozenset(lines)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().color(self._color))
        line = theme.current().color("separator")
        width, height = self.width(), self.height()
        if "left" in self._lines:
            painter.fillRect(0, 0, 1, height, line)
        if "right" in self._lines:
            painter.fillRect(width - 1, 0, 1, height, line)
        if "top" in self._lines:
            painter.fillRect(0, 0, width, 1, line)
        if "bottom" in self._lines:
            painter.fillRect(0, height - 1, width, 1, line)


def paint_shadow(painter: QPainter, rect: QRectF, radius: float) -> None:
    """The one shadow of the program, around ``rect``: layers of a faint outline, cheaper than a blur effect."""
    dx, dy, blur, colour = theme.current().shadow()
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setClipPath(_outside(rect, radius, blur + dy), Qt.ClipOperation.IntersectClip)
    steps = max(1, blur // 2)
    for step in range(steps):
        spread = blur * 0.75 * (1 - step / steps)
        layer = QColor(colour)
        layer.setAlphaF(colour.alphaF() / steps * 1.1 * (step + 1) / steps)
        painter.setBrush(layer)
        grown = rect.translated(dx, dy * 0.75).adjusted(-spread, -spread, spread, spread)
        painter.drawRoundedRect(grown, radius + spread, radius + spread)
    painter.restore()


def _outside(rect: QRectF, radius: float, reach: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(rect.adjusted(-reach, -reach, reach, reach))
    hole = QPainterPath()
    hole.addRoundedRect(rect, radius, radius)
    return path.subtracted(hole)


def empty_layout(layout: QLayout) -> None:
    """Take every widget out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class FloatingPanel(QWidget):
    """A rounded panel with border and shadow, drawn inside its own margins; a plain child widget, never a window.

    The panel proper is ``panel_rect()``; the margin around it belongs to the shadow and lets clicks through to
    nothing: it is part of this widget, so keep it small.
    """

    MARGIN = 16

    def __init__(
        self, parent: QWidget | None = None, *, color: str = "surface_2", border: str | None = "border"
    ) -> None:
        super().__init__(parent)
        self._color = color
        self._border = border

    def panel_rect(self) -> QRectF:
        margin = self.MARGIN
        return QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)

    def move_panel(self, left: int, top: int) -> None:
        """Place the panel proper (not its shadow) at a point of the parent."""
        self.move(left - self.MARGIN, top - self.MARGIN)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = theme.current()
        rect, radius = self.panel_rect(), current.radius("panel")
        paint_shadow(painter, rect, radius)
        painter.setBrush(current.color(self._color))
        painter.setPen(QPen(current.color(self._border), 1) if self._border else Qt.PenStyle.NoPen)
        inset = 0.5 if self._border else 0.0
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def paint_bar(painter: QPainter, rect: QRectF, share: float, color: str = "accent") -> None:
    """A progress bar: ground and the part that is done (0 to 1)."""
    current = theme.current()
    radius = min(current.radius("bar"), rect.height() / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current.color("separator"))
    painter.drawRoundedRect(rect, radius, radius)
    done = QRectF(rect.topLeft(), QPointF(rect.left() + rect.width() * min(max(share, 0.0), 1.0), rect.bottom()))
    if done.width() >= 1:
        painter.setBrush(current.color(color))
        painter.drawRoundedRect(done, radius, radius)
    painter.restore()


class Bar(QWidget):
    """A horizontal 4-px bar showing a share from 0 to 1."""

    def __init__(self, share: float = 0.0, color: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share, self._color = share, color
        self.setFixedHeight(theme.current().size("progress_bar"))

    def share(self) -> float:
        return self._share

    def set_share(self, share: float) -> None:
        self._share = share
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_bar(QPainter(self), QRectF(self.rect()), self._share, self._color)
