"""The ground of the gallery: things are put at the places of the mock-up."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.separators import HLine
from facturepro.ui.widgets.surface import Surface


class Canvas(Surface):
    """A sheet of ``surface_2`` with absolute places."""

    def put(self, widget: QWidget, x: int, y: int, width: int = 0, height: int = 0) -> QWidget:
        """Place a widget; without a size it takes the one it asks for."""
        widget.setParent(self)
        hint = widget.sizeHint()
        widget.setGeometry(QRect(x, y, width or hint.width(), height or max(hint.height(), widget.minimumHeight())))
        return widget

    def words(
        self, text: str, x: int, middle: int, role: str = "body", color: str = "text", right: bool = False
    ) -> Label:
        """A line of text, centred on ``middle``; ``right`` ends at x."""
        label = Label(text, role, color, parent=self)
        height = theme.current().line_height(role)
        width = round(QFontMetricsF(theme.current().font(role)).horizontalAdvance(text)) + 2
        label.setAlignment(
            Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        )
        label.setGeometry(x - width if right else x, middle - height // 2, width, height)
        return label

    def section(self, x: int, y: int, text: str) -> None:
        """A separator at ``y`` and the caption below it."""
        self.put(HLine(), x, y, 592, 1)
        self.words(text, x, y + 21, "label", "text_3")
