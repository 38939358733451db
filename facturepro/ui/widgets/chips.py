"""Status chips (always an icon and words) and the removable chips of a filter bar."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, state_of, text_width

_LEFT, _RIGHT, _GAP = 6, 8, 4
_FILTER_PADDING = 11  # with the border
_CROSS = 12


def chip_width(text: str, icon: str | None = "status.open") -> int:
    """Width of a status chip."""
    width = text_width(theme.current().font("label"), text) + _RIGHT
    width += _LEFT + theme.current().size("icon_small") + _GAP if icon else _RIGHT
    return round(width)


def paint_chip(painter: QPainter, rect: QRectF, text: str, kind: str, icon: str | None) -> None:
    """Draw a status chip at the left of ``rect``, centred vertically; the text is elided in what is left."""
    current = theme.current()
    height = current.size("chip")
    width = min(chip_width(text, icon), round(rect.width()))
    left, top = round(rect.x()), round(rect.y() + (rect.height() - height) / 2)
    background, colour = current.chip(kind)
    box(painter, QRectF(left, top, width, height), current.radius("chip"), background)
    start = left + _RIGHT
    if icon:
        side = current.size("icon_small")
        icons.paint(painter, QRectF(left + _LEFT, top + (height - side) // 2, side, side), icon, colour)
        start = left + _LEFT + side + _GAP
    area = QRectF(start, top, left + width - _RIGHT - start, height)
    draw_text(painter, area, text, current.font("label"), colour)


class StatusChip(QWidget):
    """``StatusChip("Payée", "success", "status.paid")``; kinds neutral, info, success, warning, danger, violet."""

    def __init__(
        self, text: str, kind: str = "neutral", icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_state(text, kind, icon)

    def set_state(self, text: str, kind: str, icon: str | None = None) -> None:
        """Other words, kind and icon."""
        theme.current().chip(kind)  # a wrong kind fails here
        self._text, self._kind, self._icon = text, kind, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self._text, self._icon), theme.current().size("chip"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_chip(QPainter(self), QRectF(self.rect()), self._text, self._kind, self._icon)


class FilterChip(QPushButton):
    """A filter in force: ``FilterChip("Période", "12 mois")``.

    Signals: ``clicked()`` to change it, ``removed()`` when its cross is clicked or Delete is pressed.
    """

    removed = Signal()

    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_value(value)

    def set_value(self, value: str) -> None:
        self._value = value
        self.setAccessibleName(_("Filtre {name} : {value}").format(name=self._name, value=value))
        self.setAccessibleDescription(_("Suppr retire le filtre"))
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        return self._value

    def _widths(self) -> tuple[float, float]:
        current = theme.current()
        return text_width(current.font("body"), self._name), text_width(current.font("button"), self._value)

    def sizeHint(self) -> QSize:
        name, value = self._widths()
        return QSize(round(_FILTER_PADDING + name + 6 + value + 10 + _CROSS + 9), theme.current().size("filter_chip"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _cross(self) -> QRectF:
        return QRectF(self.width() - 9 - _CROSS, (self.height() - _CROSS) / 2, _CROSS, _CROSS)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        target = self._cross().adjusted(-6, -8, 9, 8)
        if self.isDown() and target.contains(event.position()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        fill = {"hover": "hover", "pressed": "pressed"}.get(state_of(self), "surface_2")
        box(painter, self.rect(), current.radius("control"), current.color(fill), current.color("border"))
        name, value = self._widths()
        height = self.height()
        area = QRectF(_FILTER_PADDING, 0, name + 2, height)
        draw_text(painter, area, self._name, current.font("body"), current.color("text_2"))
        area = QRectF(_FILTER_PADDING + name + 6, 0, value + 2, height)
        draw_text(painter, area, self._value, current.font("button"), current.color("text"))
        icons.paint(painter, self._cross(), "action.close", "text_2")


class AddFilterButton(QPushButton):
    """The dashed button that adds a filter. Signals: ``clicked()``."""

    def __init__(self, text: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text or _("Filtre"), parent)
        self.setAccessibleName(_("Ajouter un filtre"))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = text_width(theme.current().font("button"), self.text())
        return QSize(round(9 + 14 + 6 + width + 11), theme.current().size("filter_chip"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        fill = {"hover": current.color("hover"), "pressed": current.color("pressed")}.get(state_of(self))
        box(
            painter,
            self.rect(),
            current.radius("control"),
            fill,
            current.color("border"),
            1,
            Qt.PenStyle.CustomDashLine,
        )
        icons.paint(painter, QRectF(9, 7, 14, 14), "action.new", "text_2")
        area = QRectF(29, 0, self.width() - 29, self.height())
        draw_text(painter, area, self.text(), current.font("button"), current.color("text_2"))
