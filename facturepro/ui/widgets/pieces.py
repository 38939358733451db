"""A line of text in several colours, and a zone that opens something."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import draw_text, text_width


@dataclass(frozen=True)
class Piece:
    """A part of a line of text with its own role and colour token."""

    text: str
    role: str = "caption"
    color: str = "text_2"


def paint_pieces(painter: QPainter, area: QRectF, pieces: Sequence[Piece], mirrored: bool = False) -> None:
    """Draw the pieces one after the other; the last one is elided where it does not fit."""
    current = theme.current()
    used = 0.0
    align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    for piece in pieces:
        room = area.width() - used
        if room <= 0:
            return
        left = area.left() if mirrored else area.left() + used
        part = QRectF(left, area.top(), room, area.height())
        draw_text(painter, part, piece.text, current.font(piece.role), current.color(piece.color), align)
        used += text_width(current.font(piece.role), piece.text)


class Pieces(QWidget):
    """One line of text in several colours; gives way when there is no room."""

    def __init__(self, pieces: Sequence[Piece] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces: tuple[Piece, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_pieces(pieces)

    def set_pieces(self, pieces: Sequence[Piece]) -> None:
        if tuple(pieces) == self._pieces:
            return
        self._pieces = tuple(pieces)
        self.setAccessibleName(self.text())
        lines = [theme.current().line_height(piece.role) for piece in pieces]
        self.setFixedHeight(max(lines, default=theme.current().line_height("caption")))
        self.update()

    def text(self) -> str:
        return "".join(piece.text for piece in self._pieces)

    def paintEvent(self, _event: QPaintEvent) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        paint_pieces(QPainter(self), QRectF(self.rect()), self._pieces, mirrored)


class Opener(QWidget):
    """A zone that opens a list: click, Enter or Space. Signals: ``clicked()``."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def is_mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
