"""An empty page: a drawing in theme colours, a title, a sentence, one button."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.labels import Label

_WIDTH, _HEIGHT = 152, 108
_CANVAS = 120  # width the drawings are made for
_TEXT_WIDTH = 280
_LIFT = 64  # the middle of the page looks lower than it is


def _pen(token: str, width: float = 1.5) -> QPen:
    pen = QPen(theme.current().color(token), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _sheet_behind(painter: QPainter, rect: QRectF, angle: float) -> None:
    painter.save()
    painter.translate(rect.center())
    painter.rotate(angle)
    painter.setPen(_pen("border", 1.2))
    painter.setBrush(theme.current().color("surface_0"))
    painter.drawRoundedRect(rect.translated(-rect.center()), 6, 6)
    painter.restore()


def _sheet(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(_pen("border_input"))
    painter.setBrush(theme.current().color("surface_2"))
    painter.drawRoundedRect(rect, 6, 6)


def _line(painter: QPainter, x1: float, y1: float, x2: float, y2: float, token: str, width: float = 2) -> None:
    painter.setPen(_pen(token, width))
    painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))


def _accent_square(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().color("accent"))
    painter.drawRoundedRect(rect, 3, 3)


def _accent_box(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(_pen("accent"))
    painter.setBrush(theme.current().color("selected"))
    painter.drawRoundedRect(rect, 3, 3)


def _pencil(painter: QPainter) -> None:
    painter.setPen(_pen("text_2"))
    painter.setBrush(theme.current().color("surface_2"))
    painter.drawPolygon(
        QPolygonF([QPointF(88, 103), QPointF(89.5, 93), QPointF(110, 63), QPointF(118, 69), QPointF(98, 98)])
    )
    painter.drawLine(QPointF(106.2, 69.2), QPointF(114.2, 75.2))


def _draw_document(painter: QPainter) -> None:
    painter.translate(16, 0)  # the sheet stands over the title, the pencil beside it
    rect = QRectF(10, 1, 76, 100)
    _sheet_behind(painter, rect.translated(0, 2), -6)
    _sheet(painter, rect)
    _accent_square(painter, QRectF(20, 13, 16, 16))
    for y, x1, x2, token in (
        (17, 46, 74, "border_input"),
        (25, 46, 65, "border_input"),
        (43, 20, 76, "border"),
        (53, 20, 76, "border"),
        (63, 20, 60, "border"),
        (79, 20, 42, "border"),
    ):
        _line(painter, x1, y, x2, y, token)
    _accent_box(painter, QRectF(56, 73, 20, 12))
    _pencil(painter)


def _draw_people(painter: QPainter) -> None:
    _sheet_behind(painter, QRectF(12, 22, 84, 60), -6)
    rect = QRectF(12, 20, 88, 62)
    _sheet(painter, rect)
    painter.setPen(_pen("accent"))
    painter.setBrush(theme.current().color("selected"))
    painter.drawEllipse(QPointF(36, 42), 9, 9)
    painter.drawChord(QRectF(20, 55, 32, 34), 0, 180 * 16)
    for y, x2, token in ((38, 88, "border_input"), (48, 78, "border"), (58, 84, "border"), (68, 70, "border")):
        _line(painter, 60, y, x2, y, token)


def _draw_box(painter: QPainter) -> None:
    top = QPolygonF([QPointF(60, 10), QPointF(104, 32), QPointF(60, 54), QPointF(16, 32)])
    left = QPolygonF([QPointF(16, 32), QPointF(60, 54), QPointF(60, 102), QPointF(16, 80)])
    right = QPolygonF([QPointF(60, 54), QPointF(104, 32), QPointF(104, 80), QPointF(60, 102)])
    painter.setPen(_pen("border_input"))
    for shape, token in ((left, "surface_2"), (right, "surface_0"), (top, "surface_1")):
        painter.setBrush(theme.current().color(token))
        painter.drawPolygon(shape)
    _line(painter, 38, 21, 82, 43, "border")
    painter.setPen(_pen("accent"))
    painter.setBrush(theme.current().color("selected"))
    painter.drawPolygon(QPolygonF([QPointF(25, 58), QPointF(45, 68), QPointF(45, 82), QPointF(25, 72)]))


def _draw_chart(painter: QPainter) -> None:
    _sheet(painter, QRectF(8, 10, 104, 88))
    for index, height in enumerate((22, 38, 30, 52)):
        rect = QRectF(22 + index * 20, 86 - height, 12, height)
        if index == 3:
            _accent_square(painter, rect)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.current().color("border"))
            painter.drawRoundedRect(rect, 3, 3)
    _line(painter, 18, 87, 102, 87, "border_input", 1.5)


def _draw_search(painter: QPainter) -> None:
    _sheet_behind(painter, QRectF(12, 4, 70, 92), -6)
    _sheet(painter, QRectF(12, 2, 72, 94))
    for y, x2 in ((20, 70), (32, 58), (44, 66), (56, 46)):
        _line(painter, 26, y, x2, y, "border")
    painter.setPen(_pen("accent", 2))
    painter.setBrush(theme.current().color("selected"))
    painter.drawEllipse(QPointF(78, 66), 20, 20)
    _line(painter, 93, 81, 108, 97, "accent", 4)


def _draw_done(painter: QPainter) -> None:
    _sheet_behind(painter, QRectF(22, 6, 72, 92), -6)
    _sheet(painter, QRectF(22, 4, 74, 94))
    painter.setPen(_pen("success", 2))
    painter.setBrush(theme.current().color("chip.success.bg"))
    painter.drawEllipse(QPointF(59, 51), 22, 22)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline([QPointF(49, 52), QPointF(56, 59), QPointF(70, 44)])


DRAWINGS: dict[str, Callable[[QPainter], None]] = {
    "document": _draw_document,
    "people": _draw_people,
    "box": _draw_box,
    "chart": _draw_chart,
    "search": _draw_search,
    "done": _draw_done,
}


class EmptyDrawing(QWidget):
    """One of ``DRAWINGS``."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draw = DRAWINGS[name]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate((_WIDTH - _CANVAS) / 2, 0)
        self._draw(painter)


class EmptyState(QWidget):
    """``EmptyState("document", "Aucun devis pour l’instant", "Un devis accepté devient ...", Button(...))``."""

    def __init__(
        self, drawing: str, title: str, sentence: str, button: Button | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.button = button
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(EmptyDrawing(drawing), 0, centre)
        column.addSpacing(24)
        column.addWidget(Label(title, role="section"), 0, centre)
        column.addSpacing(4)
        text = Label(sentence, color="text_2", wrap=True)
        text.setAlignment(centre)
        text.setFixedWidth(_TEXT_WIDTH)
        text.setMinimumHeight(_height_of(text))
        column.addWidget(text, 0, centre)
        if button is not None:
            column.addSpacing(20)
            column.addWidget(button, 0, centre)
        column.addSpacing(_LIFT)
        column.addStretch(1)


def _height_of(label: Label) -> int:
    return label.heightForWidth(_TEXT_WIDTH)
