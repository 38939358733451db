"""Check box, radio button and switch, painted alike in both themes. Space toggles, the label is part of the target."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box, check_colors, check_mark, draw_text, state_of, text_width

if TYPE_CHECKING:
    _Base = QAbstractButton
else:
    _Base = object  # a mixin: each class below brings its own kind of button

_GAP = 8
_SWITCH = QSize(32, 18)
_KNOB = 14


def _label_color(widget: QWidget) -> QColor:
    return theme.current().color("text" if widget.isEnabled() else "text_disabled")


class _Labelled(_Base):
    """Geometry common to the three: a mark of a fixed size, then the text."""

    def _mark(self) -> QSize:
        side = theme.current().size("checkbox")
        return QSize(side, side)

    def _setup(self, text: str) -> None:
        self.setFont(theme.current().font("body"))
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _hint(self) -> QSize:
        mark = self._mark()
        width = mark.width()
        if self.text():
            width += _GAP + round(text_width(theme.current().font("body"), self.text())) + 1
        return QSize(width, 20)

    def _mark_rect(self) -> QRectF:
        mark = self._mark()
        left = self.width() - mark.width() if self.isRightToLeft() else 0
        return QRectF(left, (self.height() - mark.height()) // 2, mark.width(), mark.height())

    def _paint_text(self, painter: QPainter) -> None:
        left = 0 if self.isRightToLeft() else self._mark().width() + _GAP
        area = QRectF(left, 0, self.width() - self._mark().width() - _GAP, self.height())
        draw_text(painter, area, self.text(), theme.current().font("body"), _label_color(self))


class CheckBox(_Labelled, QCheckBox):
    """``CheckBox("Inclure les archives")``. Signals: ``edited(bool)`` when a person toggles it.

    ``value()``/``set_value(bool | None)``; None is the partial state.
    """

    edited = Signal(object)

    def __init__(self, text: str = "", checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._setup(text)
        self.setChecked(checked)
        self.clicked.connect(lambda: self.edited.emit(self.value()))

    def value(self) -> bool | None:
        state = self.checkState()
        return None if state == Qt.CheckState.PartiallyChecked else state == Qt.CheckState.Checked

    def set_value(self, value: bool | None) -> None:
        if value is None:
            self.setTristate(True)
            self.setCheckState(Qt.CheckState.PartiallyChecked)
        else:
            self.setCheckState(Qt.CheckState.Checked if value else Qt.CheckState.Unchecked)

    def nextCheckState(self) -> None:
        """A person never chooses "partial": it becomes checked."""
        self.setCheckState(Qt.CheckState.Unchecked if self.value() else Qt.CheckState.Checked)

    def sizeHint(self) -> QSize:
        return self._hint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        on = self.checkState() != Qt.CheckState.Unchecked
        colors = check_colors(theme.current(), on, self.isEnabled(), state_of(self) in ("hover", "pressed"))
        check_mark(painter, self._mark_rect(), self.checkState(), colors)
        self._paint_text(painter)


class RadioButton(_Labelled, QRadioButton):
    """One of several. Signals: those of QRadioButton, and ``edited(bool)``."""

    edited = Signal(object)

    def __init__(self, text: str = "", checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._setup(text)
        self.setChecked(checked)
        self.clicked.connect(lambda: self.edited.emit(self.isChecked()))

    def sizeHint(self) -> QSize:
        return self._hint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = check_colors(
            theme.current(), self.isChecked(), self.isEnabled(), state_of(self) in ("hover", "pressed")
        )
        rect = self._mark_rect()
        box(painter, rect, 8, colors["fill"], None if self.isChecked() else colors["border"])
        if self.isChecked():
            box(painter, rect.adjusted(5, 5, -5, -5), 3, colors["mark"])
        self._paint_text(painter)


class Switch(_Labelled, QAbstractButton):
    """On or off, at once. Signals: ``edited(bool)`` when a person toggles it, ``toggled(bool)`` always."""

    edited = Signal(object)

    def __init__(self, text: str = "", checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self._setup(text)
        self.setCheckable(True)
        self.setChecked(checked)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: self.edited.emit(self.isChecked()))

    def _mark(self) -> QSize:
        return _SWITCH

    def value(self) -> bool:
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        self.setChecked(bool(value))

    def sizeHint(self) -> QSize:
        return self._hint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        get = theme.current().color
        on, hover = self.isChecked(), state_of(self) in ("hover", "pressed")
        track = get("separator") if not self.isEnabled() else get("accent_hover" if hover else "accent") if on else None
        rect = self._mark_rect()
        box(painter, rect, rect.height() / 2, track or get("text_3" if hover else "border_input"))
        inset = (rect.height() - _KNOB) / 2
        at_right = on != self.isRightToLeft()
        left = rect.right() - inset - _KNOB if at_right else rect.left() + inset
        knob = get("on_accent" if self.isEnabled() else "text_disabled")
        box(painter, QRectF(left, rect.top() + inset, _KNOB, _KNOB), _KNOB / 2, knob)
        self._paint_text(painter)
