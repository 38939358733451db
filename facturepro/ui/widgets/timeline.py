"""What happened to a record, newest first: rows of 28, a dot on a line, words, and when. Planned steps are dashed."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import draw_text, text_width
from facturepro.ui.widgets.surface import empty_layout

_DOT = 9.0
_CENTRE = 8.5
_TEXT = 24


@dataclass(frozen=True)
class TimelineEntry:
    """``kind``: "done" (accent), "alert" (danger), "plain" (ring) or "planned" (dashed ring, grey words)."""

    text: str
    when: str
    kind: str = "plain"


class _Row(QWidget):
    def __init__(self, entry: TimelineEntry, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._entry, self._is_first, self._is_last = entry, is_first, is_last
        self.setFixedHeight(theme.current().size("row_compact"))
        self.setAccessibleName(f"{entry.text}, {entry.when}")

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        middle = self.height() / 2
        centre = self.width() - _CENTRE if mirrored else _CENTRE
        self._paint_line(painter, round(centre - 0.5), middle)
        self._paint_dot(painter, QPointF(centre, middle + 0.5))
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            start, end = end, start
        when_width = text_width(current.font("caption"), self._entry.when)
        color = "text_3" if self._entry.kind == "planned" else "text"
        far = when_width + 12
        area = QRectF(self.rect()).adjusted(far if mirrored else _TEXT, 0, -_TEXT if mirrored else -far, 0)
        draw_text(painter, area, self._entry.text, current.font("body"), current.color(color), start)
        draw_text(painter, self.rect(), self._entry.when, current.font("caption"), current.color("text_3"), end)

    def _paint_line(self, painter: QPainter, x: int, middle: float) -> None:
        line = theme.current().color("border")
        reach = int(middle - _DOT / 2 - 1)
        if not self._is_first:
            painter.fillRect(x, 0, 1, reach, line)
        if not self._is_last:
            top = self.height() - reach
            painter.fillRect(x, top, 1, self.height() - top, line)

    def _paint_dot(self, painter: QPainter, centre: QPointF) -> None:
        current = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = _DOT / 2
        if self._entry.kind in ("done", "alert"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("accent" if self._entry.kind == "done" else "danger"))
        else:
            radius -= 0.5
            pen = QPen(current.color("text_3"), 1)
            if self._entry.kind == "planned":
                pen.setDashPattern([2.5, 2])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius, radius)


class Timeline(QWidget):
    """``Timeline([TimelineEntry("Échéance dépassée", "8 nov.", "alert"), ...])``, newest first."""

    def __init__(self, entries: Sequence[TimelineEntry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.set_entries(entries)

    def set_entries(self, entries: Sequence[TimelineEntry]) -> None:
        empty_layout(self._column)
        for index, entry in enumerate(entries):
            self._column.addWidget(_Row(entry, index == 0, index == len(entries) - 1))
