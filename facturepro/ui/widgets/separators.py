"""One-pixel lines, instead of boxes."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.ui import theme


class _Line(QWidget):
    def __init__(self, color: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._color = color

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().color(self._color))


class HLine(_Line):
    """A horizontal separator."""

    def __init__(self, color: str = "separator", parent: QWidget | None = None) -> None:
        super().__init__(color, parent)
        self.setFixedHeight(theme.current().size("separator"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class VLine(_Line):
    """A vertical separator."""

    def __init__(self, color: str = "separator", parent: QWidget | None = None) -> None:
        super().__init__(color, parent)
        self.setFixedWidth(theme.current().size("separator"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
