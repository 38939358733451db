"""A tool tip drawn as a plain widget, for what must stay on screen. Ordinary tips are ``setToolTip``."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width

_RADIUS = 4


class ToolTipView(QWidget):
    """``ToolTipView("Synchronisé à 11:42")``."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(text_width(theme.current().font("label"), self._text)) + 16, 24)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        box(painter, self.rect(), _RADIUS, current.color("toast_bg"))
        colour = current.color("toast_text")
        draw_text(painter, QRectF(8, 0, self.width() - 8, self.height()), self._text, current.font("label"), colour)
