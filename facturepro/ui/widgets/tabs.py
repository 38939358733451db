"""Tabs with counters above a list."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.i18n.formatting import format_number
from facturepro.ui import theme
from facturepro.ui.widgets.drawing import draw_text, text_width

_COUNTER_GAP = 6
_UNDERLINE = 2


@dataclass
class Tab:
    """One tab; ``alert`` shows the counter in the danger colour when it is not zero."""

    key: str
    text: str
    count: int | None = None
    alert: bool = False


class TabBar(QWidget):
    """``TabBar([Tab("all", "Toutes", 642)])``, 40 px high, with the separator below. Left and Right choose.

    Signals: ``changed(str)`` with the key a person chose.
    """

    changed = Signal(str)

    def __init__(self, tabs: list[Tab], margin: int = 24, line: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tabs, self._margin, self._line = list(tabs), margin, line
        self._index = 0
        self._hover = -1
        self.setFixedHeight(theme.current().size("tabs"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._describe()

    def current(self) -> str:
        return self._tabs[self._index].key

    def set_current(self, key: str) -> None:
        self._index = [tab.key for tab in self._tabs].index(key)
        self._describe()
        self.update()

    def set_count(self, key: str, count: int | None) -> None:
        """The counter of one tab; None hides it."""
        next(tab for tab in self._tabs if tab.key == key).count = count
        self._describe()
        self.update()

    def _describe(self) -> None:
        tab = self._tabs[self._index]
        self.setAccessibleName(tab.text if tab.count is None else f"{tab.text} {tab.count}")

    def tab_rect(self, index: int) -> QRectF:
        """Where a tab is, for a click or a focus ring."""
        left = float(self._margin)
        for tab in self._tabs[:index]:
            left += self._width(tab) + theme.current().space("l")
        width = self._width(self._tabs[index])
        if self.isRightToLeft():
            left = self.width() - left - width
        return QRectF(left, 0, width, self.height())

    def _width(self, tab: Tab) -> float:
        current = theme.current()
        width = text_width(current.font("button"), tab.text)
        if tab.count is not None:
            width += _COUNTER_GAP + text_width(current.font("label"), format_number(tab.count))
        return round(width)

    def focus_rect(self) -> QRectF:
        """The focus ring goes around the chosen tab."""
        return self.tab_rect(self._index).adjusted(-2, 8, 2, -8)

    def sizeHint(self) -> QSize:
        last = self.tab_rect(len(self._tabs) - 1)
        return QSize(round(last.right() if not self.isRightToLeft() else self.width() - last.left()), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._margin + 60, self.height())

    def _at(self, x: float) -> int:
        for index in range(len(self._tabs)):
            if self.tab_rect(index).adjusted(-12, 0, 12, 0).contains(x, 1):
                return index
        return -1

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._tabs) and index != self._index:
            self._index = index
            self._describe()
            self.update()
            self.changed.emit(self.current())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self._at(event.position().x()))

    def leaveEvent(self, _event: QEvent) -> None:
        self._set_hover(-1)

    def _set_hover(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = -1 if self.isRightToLeft() else 1
        step = {Qt.Key.Key_Left: -forward, Qt.Key.Key_Right: forward}.get(Qt.Key(event.key()), 0)
        if step:
            self._choose(self._index + step)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(0 if event.key() == Qt.Key.Key_Home else len(self._tabs) - 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        if self._line:
            painter.fillRect(0, self.height() - 1, self.width(), 1, current.color("separator"))
        for index, tab in enumerate(self._tabs):
            self._paint_tab(painter, index, tab)

    def _paint_tab(self, painter: QPainter, index: int, tab: Tab) -> None:
        current = theme.current()
        rect = self.tab_rect(index)
        chosen = index == self._index
        colour = current.color("text" if chosen or index == self._hover else "text_2")
        width = text_width(current.font("button"), tab.text)
        left = rect.right() - width if self.isRightToLeft() else rect.x()
        draw_text(painter, QRectF(left, 0, width + 1, rect.height()), tab.text, current.font("button"), colour)
        if tab.count is not None:
            text = format_number(tab.count)
            size = text_width(current.font("label"), text)
            left = rect.x() if self.isRightToLeft() else rect.x() + width + _COUNTER_GAP
            tint = current.color("danger" if tab.alert and tab.count else "text_3")
            draw_text(painter, QRectF(left, 0, size + 1, rect.height()), text, current.font("label"), tint)
        if chosen:
            painter.fillRect(
                QRectF(rect.x(), rect.height() - _UNDERLINE, rect.width(), _UNDERLINE), current.color("accent")
            )
