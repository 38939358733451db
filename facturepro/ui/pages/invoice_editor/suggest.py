"""The list under a field that searches as one types: two lines a row, matched letters marked, "Créer …" last.

It never takes the focus: the field keeps it and hands over Up, Down, Enter, Maj+Enter and Escape (``handle_key``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.keycap import keycap_width, paint_keycap
from facturepro.ui.widgets.palette_rows import match_spans
from facturepro.ui.widgets.surface import FloatingPanel

_INSET = 4
_PADDING = 12
_LINE = 9  # separator above the last row
KEYCAP = "Maj ↵"


@dataclass(frozen=True)
class Suggestion:
    """``tone`` is the colour token of the second line at the right."""

    payload: Any
    title: str
    second: str = ""
    right: str = ""
    right_second: str = ""
    tone: str = "text_2"


class _Rows(QWidget):
    """The rows, drawn."""

    def __init__(self, panel: "SuggestPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def row_rect(self, index: int) -> QRectF:
        height = theme.current().size("row_comfort")
        rows = len(self._panel.rows)
        top = index * height + (_LINE if index == rows and rows else 0)
        return QRectF(0, top, self.width(), height)

    def wanted_height(self) -> int:
        height, rows = theme.current().size("row_comfort"), len(self._panel.rows)
        extra = height + (_LINE if rows else 0) if self._panel.create_text else 0
        return rows * height + extra

    def _at(self, event: QMouseEvent) -> int:
        for index in range(self._panel.count()):
            if self.row_rect(index).contains(event.position()):
                return index
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._at(event)
        if index >= 0:
            self._panel.set_current(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the field keeps the focus

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self._at(event)
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._panel.set_current(index)
            self._panel.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index, row in enumerate(self._panel.rows):
            self._paint_row(painter, self.row_rect(index), row, index == self._panel.current)
        if self._panel.create_text:
            self._paint_create(painter)

    def _ground(self, painter: QPainter, rect: QRectF, is_current: bool) -> None:
        if is_current:
            current = theme.current()
            box(painter, rect, current.radius("control"), current.color("selected"))

    def _paint_row(self, painter: QPainter, rect: QRectF, row: Suggestion, is_current: bool) -> None:
        current = theme.current()
        self._ground(painter, rect, is_current)
        inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        upper = QRectF(inner.left(), inner.top() + 4, inner.width(), 20)
        lower = QRectF(inner.left(), inner.top() + 23, inner.width(), 16)
        right = Qt.AlignmentFlag.AlignRight
        room = (
            max(text_width(current.font("body"), row.right), text_width(current.font("label"), row.right_second)) + 12
        )
        draw_text(painter, upper, row.right, current.font("body"), current.color("text"), right)
        draw_text(painter, lower, row.right_second, current.font("label"), current.color(row.tone), right)
        self._paint_title(painter, upper.adjusted(0, 0, -room, 0), row.title)
        draw_text(painter, lower.adjusted(0, 0, -room, 0), row.second, current.font("caption"), current.color("text_2"))

    def _paint_title(self, painter: QPainter, area: QRectF, title: str) -> None:
        current = theme.current()
        font = current.font("button")
        for start, end in match_spans(title, self._panel.query) if self._panel.query else []:
            left = area.left() + text_width(font, title[:start])
            width = text_width(font, title[start:end])
            if left + width <= area.right():
                mark = QRectF(left, area.top() + 1, width, area.height() - 2)
                painter.fillRect(mark, current.color("mark"))
        draw_text(painter, area, title, font, current.color("text"))

    def _paint_create(self, painter: QPainter) -> None:
        current = theme.current()
        index = len(self._panel.rows)
        rect = self.row_rect(index)
        if index:
            line = current.color("separator")
            painter.fillRect(QRectF(-_INSET, rect.top() - _LINE // 2 - 1, self.width() + 2 * _INSET, 1), line)
        self._ground(painter, rect, self._panel.current == index)
        side = current.size("icon_small")
        slot = QRectF(rect.left() + _PADDING, rect.top() + (rect.height() - side) / 2, side, side)
        icons.paint(painter, slot, "action.new", "accent_text")
        cap = keycap_width(KEYCAP)
        height = current.size("keycap")
        spot = QRectF(rect.right() - _PADDING - cap, rect.top() + (rect.height() - height) / 2, cap, height)
        paint_keycap(painter, spot, KEYCAP)
        area = rect.adjusted(_PADDING + side + 10, 0, -_PADDING - cap - 8, 0)
        draw_text(painter, area, self._panel.create_text, current.font("button"), current.color("accent_text"))


class SuggestPanel(FloatingPanel):
    """Signals: ``chosen(object)`` with the payload, ``create_wanted()``, ``shown(bool)`` when it comes and goes."""

    chosen = Signal(object)
    create_wanted = Signal()
    shown = Signal(bool)

    def __init__(self, window: QWidget, name: str, width: int) -> None:
        super().__init__(window)
        self.rows: list[Suggestion] = []
        self.query = ""
        self.create_text = ""
        self.current = -1
        self._width = width
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        margin = self.MARGIN + _INSET + 1
        column.setContentsMargins(margin, margin, margin, margin)
        self._body = _Rows(self)
        column.addWidget(self._body)
        self.hide()

    def count(self) -> int:
        return len(self.rows) + (1 if self.create_text else 0)

    def show_rows(
        self, anchor: QWidget, rows: Sequence[Suggestion], query: str, create_text: str, distance: int
    ) -> None:
        """Show below ``anchor``; nothing to show hides. The first row is current, so that Enter takes it."""
        self.rows, self.query, self.create_text = list(rows), query, create_text
        self.current = 0 if rows else -1
        if not self.count():
            self.hide()
            return
        height = self._body.wanted_height()
        self._body.setFixedHeight(height)
        self.resize(self._width + 2 * self.MARGIN, height + 2 * (self.MARGIN + _INSET + 1))
        ground = self.parentWidget()
        origin = anchor.mapTo(ground, QPoint(0, anchor.height() + distance))
        top = origin.y()
        if top + height + 18 > ground.height():
            above = anchor.mapTo(ground, QPoint(0, -distance)).y() - height - 2 * _INSET - 2
            top = above if above >= 8 else top
        self.move_panel(max(8, min(origin.x(), ground.width() - self._width - 8)), top)
        self.show()
        self.raise_()
        self._body.update()
        self._say(anchor)

    def _say(self, anchor: QWidget) -> None:
        """The field speaks for its list."""
        row = self.rows[self.current] if 0 <= self.current < len(self.rows) else None
        words = (
            ", ".join(part for part in (row.title, row.right, row.right_second) if part) if row else self.create_text
        )
        anchor.setAccessibleDescription(words)

    def set_current(self, index: int) -> None:
        self.current = index
        self._body.update()

    def accept(self) -> None:
        """Take the current row, or create."""
        index = self.current
        self.hide()
        if 0 <= index < len(self.rows):
            self.chosen.emit(self.rows[index].payload)
        elif index == len(self.rows) and self.create_text:
            self.create_wanted.emit()

    def handle_key(self, event: QKeyEvent) -> bool:
        """Whether the key was for the list."""
        if self.isHidden():
            return False
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            step = 1 if key == Qt.Key.Key_Down else -1
            self.set_current(max(-1, min(self.count() - 1, self.current + step)))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._enter(event)
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    def _enter(self, event: QKeyEvent) -> bool:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False  # issues
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.create_text:
            self.hide()
            self.create_wanted.emit()
            return True
        if self.current >= 0:
            self.accept()
            return True
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            event.accept()
            return True
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.shown.emit(event.type() == QEvent.Type.Show)
        return super().event(event)
