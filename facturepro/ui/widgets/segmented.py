"""A few exclusive choices side by side: HT | TTC."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.i18n import labelled
from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width

_PADDING = 10


class Segmented(QWidget):
    """``Segmented([("ht", "HT"), ("ttc", "TTC")], name="Prix")``. Left and Right choose.

    Signals: ``edited(object)`` with the key a person chose.
    """

    edited = Signal(object)

    def __init__(self, options: Sequence[tuple[object, str]], name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._index = 0
        self._name = name
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe()

    def value(self) -> object:
        return self._options[self._index][0]

    def set_value(self, key: object) -> None:
        self._index = [option for option, _text in self._options].index(key)
        self._describe()
        self.update()

    def _describe(self) -> None:
        self.setAccessibleName(
            labelled(self._name, self._options[self._index][1]) if self._name else self._options[self._index][1]
        )

    def _widths(self) -> list[int]:
        font = theme.current().font("button")
        return [round(text_width(font, text)) + 2 * _PADDING for _key, text in self._options]

    def sizeHint(self) -> QSize:
        return QSize(sum(self._widths()) + len(self._options) + 1, theme.current().size("control_small"))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._options) and index != self._index and self.isEnabled():
            self._index = index
            self._describe()
            self.update()
            self.edited.emit(self.value())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = 0
        for index, width in enumerate(self._widths()):
            left += width + 1
            if event.position().x() < left:
                self._choose(index)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._choose(self._index + step)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        radius = current.radius("control")
        box(painter, self.rect(), radius, current.color("surface_2"))
        inside = QPainterPath()
        inside.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        left = 0
        for index, width in enumerate(self._widths()):
            area = QRectF(left + 1, 0, width, self.height())
            chosen = index == self._index
            if chosen:
                painter.save()
                painter.setClipPath(inside)
                painter.fillRect(area, current.color("selected"))
                painter.restore()
            colour = "text_disabled" if not self.isEnabled() else "accent_text" if chosen else "text_2"
            text = self._options[index][1]
            draw_text(painter, area, text, current.font("button"), current.color(colour), Qt.AlignmentFlag.AlignHCenter)
            left += width + 1
            if index < len(self._options) - 1:
                painter.fillRect(QRectF(left, 1, 1, self.height() - 2), current.color("border"))
        box(painter, self.rect(), radius, None, current.color("border"))
