"""Where notices and long work stand: at the bottom of the page, above its foot and never over it."""

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtWidgets import QWidget

_ABOVE_FOOT = 12
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class Floor(QObject):
    """The part of ``area`` that floating panels of ``ground`` may stand on. Signals: ``moved()``."""

    moved = Signal()

    def __init__(self, ground: QWidget, area: QWidget) -> None:
        super().__init__(ground)
        self.ground, self._area = ground, area
        self._foot: QWidget | None = None
        area.installEventFilter(self)

    def set_foot(self, foot: QWidget | None) -> None:
        """The foot of the page that is shown (totals, links, what is missing), or None."""
        if foot is self._foot:
            return
        if self._foot is not None:
            self._foot.removeEventFilter(self)
        self._foot = foot
        if foot is not None:
            foot.installEventFilter(self)
        self.moved.emit()

    def rect(self, edge: int) -> QRect:
        """In the coordinates of ``ground``; its bottom is where a panel's bottom stands: ``edge`` above that of a page without
        a foot."""
        area = QRect(self._area.mapTo(self.ground, self._area.rect().topLeft()), self._area.size())
        foot = self._foot
        if foot is not None and foot.isVisibleTo(self.ground):
            return area.adjusted(
                0, 0, 0, foot.mapTo(self.ground, foot.rect().topLeft()).y() - area.bottom() - 1 - _ABOVE_FOOT
            )
        return area.adjusted(0, 0, 0, -edge)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES:
            self.moved.emit()
        return super().eventFilter(watched, event)
