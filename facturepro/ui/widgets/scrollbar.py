"""A thin scroll bar that lies over the right edge of a list, below its header, so that rows run the whole width."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

from facturepro.ui import theme

_AIR = 5  # between the header and the thumb, besides the margin of the thumb itself


class OverlayScrollBar(QScrollBar):
    """Mirrors the hidden vertical scroll bar of an area."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        source = area.verticalScrollBar()
        source.rangeChanged.connect(self._follow_range)
        source.valueChanged.connect(self.setValue)
        self.valueChanged.connect(source.setValue)
        self._follow_range(source.minimum(), source.maximum())

    def _follow_range(self, minimum: int, maximum: int) -> None:
        source = self._area.verticalScrollBar()
        self.setPageStep(source.pageStep())
        self.setSingleStep(source.singleStep())
        self.setRange(minimum, maximum)
        self.setValue(source.value())
        self.setVisible(maximum > minimum)

    def place(self) -> None:
        """Take the place at the right edge of the area's viewport."""
        view = self._area.viewport().geometry()
        width = theme.current().size("scrollbar")
        left = view.left() if self.isRightToLeft() else view.right() + 1 - width
        self.setGeometry(left, view.top() + _AIR, width, max(0, view.height() - _AIR))
        self._follow_range(self._area.verticalScrollBar().minimum(), self._area.verticalScrollBar().maximum())
        self.raise_()
