"""Two choices made with the eye: the colour and the layout of printed invoices."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.i18n import N_, _
from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box, draw_text

ACCENT_NAMES = (N_("Bleu"), N_("Brun"), N_("Vert"), N_("Mauve"), N_("Olive"), N_("Azur"))
LAYOUTS = (("sobre", N_("Sobre")), ("moderne", N_("Moderne")), ("dense", N_("Dense")))


def accents() -> list[str]:
    """Colours for print: those of the light theme, whatever theme is on screen."""
    return [str(colour) for colour in theme.tokens()["light"]["chart"]["series"]]


def default_accent() -> str:
    return accents()[0]


class _Row(QWidget):
    """Cells side by side, one of them chosen; arrows choose. Signals: ``edited(object)``."""

    edited = Signal(object)

    def __init__(self, values: list[str], names: list[str], value: str, cell: QSize, gap: int) -> None:
        super().__init__()
        self._values, self._names, self._cell, self._gap = values, names, cell, gap
        self._index = values.index(value) if value in values else 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(cell.height())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._describe()

    def value(self) -> str:
        return self._values[self._index]

    def focus_rect(self) -> QRectF:
        return self._area(self._index)

    def _area(self, index: int) -> QRectF:
        place = len(self._values) - 1 - index if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else index
        return QRectF(place * (self._cell.width() + self._gap), 0, self._cell.width(), self._cell.height())

    def _describe(self) -> None:
        self.setAccessibleDescription(self._names[self._index])

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._values) and index != self._index:
            self._index = index
            self._describe()
            self.update()
            self.edited.emit(self.value())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index in range(len(self._values)):
            if self._area(index).contains(event.position()):
                self._choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            forward = (event.key() == Qt.Key.Key_Right) != (self.layoutDirection() == Qt.LayoutDirection.RightToLeft)
            self._choose(self._index + (1 if forward else -1))
        else:
            super().keyPressEvent(event)


class AccentChoice(_Row):
    """A row of colours. Signals: ``edited(object)`` with "#rrggbb"."""

    def __init__(self, value: str) -> None:
        super().__init__(accents(), [_(name) for name in ACCENT_NAMES], value, QSize(32, 32), 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        for index, value in enumerate(self._values):
            area = self._area(index)
            if index == self._index:
                box(painter, area, current.radius("control"), None, current.color("text"), 2)
            box(painter, area.adjusted(4, 4, -4, -4), 4, QColor(value))


class LayoutChoice(_Row):
    """Three small pictures of an invoice. Signals: ``edited(object)`` with "sobre", "moderne" or "dense"."""

    def __init__(self, value: str, accent: AccentChoice) -> None:
        keys = [key for key, _name in LAYOUTS]
        super().__init__(keys, [_(name) for _key, name in LAYOUTS], value, QSize(112, 148), 16)
        self._accent = accent
        accent.edited.connect(lambda _value: self.update())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        for index, key in enumerate(self._values):
            area = self._area(index)
            chosen = index == self._index
            border = current.color("accent" if chosen else "border")
            box(painter, area, current.radius("panel"), current.color("surface_1"), border, 2 if chosen else 1)
            self._paint_sheet(painter, QRectF(area.x() + 24, area.y() + 12, 64, 90), key)
            words = QRectF(area.x(), area.bottom() - 36, area.width(), 28)
            color = current.color("accent_text" if chosen else "text")
            draw_text(painter, words, self._names[index], current.font("button"), color, Qt.AlignmentFlag.AlignHCenter)

    def _paint_sheet(self, painter: QPainter, sheet: QRectF, key: str) -> None:
        current = theme.current()
        paper, ink, grey = (QColor(theme.tokens()["light"][name]) for name in ("surface_2", "text", "border"))
        box(painter, sheet, 2, paper, current.color("border"))
        accent = QColor(self._accent.value()) if key != "sobre" else ink
        if key == "moderne":
            painter.fillRect(QRectF(sheet.x(), sheet.y(), sheet.width(), 4), accent)
            painter.fillRect(QRectF(sheet.right() - 30, sheet.bottom() - 24, 24, 7), accent)
        painter.fillRect(QRectF(sheet.x() + 6, sheet.y() + 9, 16, 5), accent)
        painter.fillRect(QRectF(sheet.x() + 36, sheet.y() + 18, 20, 2), ink)
        step = 4 if key == "dense" else 7
        top = sheet.y() + 30
        while top < sheet.bottom() - 28:
            painter.fillRect(QRectF(sheet.x() + 6, top, 52, 1.5), grey)
            top += step
