"""A passing notice with an undo: 48 high (more when its text takes several lines), bottom centre of the page above its foot, 6 s, waiting while it is looked at."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QEnterEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.floor import Floor
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.surface import FloatingPanel

_EDGE = 24
_PADDING = 16
_TICK = 50  # ms between looks at the clock
_LONG = 90  # letters that take twice as long to read


class _Link(QAbstractButton):
    """The action word of a toast."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(round(text_width(theme.current().font("strong"), self.text())) + 8, 28)

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        font = current.font("strong")
        font.setUnderline(self.underMouse())
        painter = QPainter(self)
        draw_text(painter, self.rect(), self.text(), font, current.color("toast_action"), Qt.AlignmentFlag.AlignHCenter)
        if self.hasFocus():
            box(painter, self.rect(), current.radius("control"), None, current.color("toast_action"), 2)


class _Glyph(QWidget):
    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self.setFixedSize(theme.current().size("icon"), theme.current().size("icon"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._name, "toast_text")


class _Close(QAbstractButton):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Fermer l’avis"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        side = theme.current().size("control_small")
        self.setFixedSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        if self.hasFocus():
            box(painter, self.rect(), current.radius("control"), None, current.color("toast_action"), 2)
        colour: QColor = current.color("toast_text")
        colour.setAlphaF(1.0 if self.underMouse() else 0.75)
        icons.paint(painter, QRect(7, 7, 14, 14), "action.close", colour)


class Toast(FloatingPanel):
    """One notice. Signals: ``closed()``.

    The clock stops while the pointer or the keyboard focus is on it.
    """

    closed = Signal()

    def __init__(
        self,
        parent: QWidget,
        text: str,
        action: str | None = None,
        callback: Callable[[], object] | None = None,
        icon: str | None = None,
        duration: int | None = None,
    ) -> None:
        super().__init__(parent, color="toast_bg", border=None)
        self._callback = callback
        usual = theme.current().motion("toast") * (2 if len(text) > _LONG else 1)
        self._left = usual if duration is None else duration
        self.text = text
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        margin = self.MARGIN
        row.setContentsMargins(margin + _PADDING, margin, margin + 9, margin)
        row.setSpacing(12)
        if icon:
            row.addWidget(_Glyph(icon, self))
        self._label = Label(text, color="toast_text", wrap=True, parent=self)
        row.addWidget(self._label, 1)
        self.action_button: QAbstractButton | None = None
        if action:
            self.action_button = _Link(action, self)
            self.action_button.clicked.connect(self._act)
            row.addSpacing(4)
            row.addWidget(self.action_button)
        row.addSpacing(-3)
        self.close_button = _Close(self)
        self.close_button.clicked.connect(self.dismiss)
        row.addWidget(self.close_button)
        self._natural = self._natural_width(icon, action)
        self._clock = QTimer(self, interval=_TICK)
        self._clock.timeout.connect(self._tick)
        self._clock.start()

    def _natural_width(self, icon: str | None, action: str | None) -> int:
        width = _PADDING + 9 + self.close_button.width() + 6
        width += self._text_width()
        if icon:
            width += theme.current().size("icon") + 12
        if action and self.action_button is not None:
            width += self.action_button.sizeHint().width() + 16
        return width

    def _text_width(self) -> int:
        return round(text_width(theme.current().font("body"), self.text)) + 4

    def place(self, area: QRect) -> None:
        """At the bottom, centred in ``area`` (in the parent's coordinates)."""
        current = theme.current()
        width = min(self._natural, area.width() - 2 * current.space("m"))
        beside = self._natural - self._text_width()
        text = self._label.heightForWidth(width - beside)
        height = max(current.size("toast"), text + 2 * current.space("s"))
        self.resize(width + 2 * self.MARGIN, height + 2 * self.MARGIN)
        self.move_panel(area.left() + (area.width() - width) // 2, area.bottom() + 1 - height)

    def remaining(self) -> int:
        """Milliseconds before it leaves."""
        return self._left

    def is_held(self) -> bool:
        focus = QApplication.focusWidget()
        return self.underMouse() or (focus is not None and self.isAncestorOf(focus))

    def _tick(self) -> None:
        if self.is_held():
            return
        self._left -= _TICK
        if self._left <= 0:
            self.dismiss()

    def _act(self) -> None:
        callback = self._callback
        self.dismiss()
        if callback is not None:
            callback()

    def dismiss(self) -> None:
        if self.isHidden():
            return
        self._clock.stop()
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()


class ToastHost(QObject):
    """Shows one toast at a time; a new one replaces the one before."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor.ground)
        self._floor = floor
        self._toast: Toast | None = None
        floor.moved.connect(self._place)

    def current(self) -> Toast | None:
        return self._toast

    def show(
        self,
        text: str,
        action: str | None = None,
        callback: Callable[[], object] | None = None,
        icon: str | None = None,
        duration: int | None = None,
    ) -> Toast:
        if self._toast is not None:
            self._toast.dismiss()
        toast = Toast(self._floor.ground, text, action, callback, icon, duration)
        toast.closed.connect(lambda: self._forget(toast))
        self._toast = toast
        self._place()
        toast.show()
        toast.raise_()
        QAccessible.updateAccessibility(
            QAccessibleAnnouncementEvent(toast, text)
        )  # read aloud without taking the focus
        return toast

    def _forget(self, toast: Toast) -> None:
        if self._toast is toast:
            self._toast = None

    def _place(self) -> None:
        if self._toast is not None:
            self._toast.place(self._floor.rect(_EDGE))
