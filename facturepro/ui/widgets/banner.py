"""A banner (rare): one sentence and one action, tinted, in the flow of the page."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, state_of, text_width
from facturepro.ui.widgets.labels import Label

_ICONS = {"warning": "status.late", "danger": "status.error", "info": "info", "success": "status.ok"}
_ICON = 18


class _TintedButton(QAbstractButton):
    """A button in the text colour of the banner, bordered or only an icon."""

    def __init__(self, text: str, kind: str, icon: str | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind, self._icon = kind, icon
        self.setText(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        height = theme.current().size("control_small")
        if self._icon:
            return QSize(height, height)
        return QSize(round(text_width(theme.current().font("button"), self.text())) + 22, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        _bg, fg = current.chip(self._kind)
        fill = QColor(fg)
        fill.setAlphaF({"hover": 0.08, "pressed": 0.16}.get(state_of(self), 0.0))
        box(painter, self.rect(), current.radius("control"), fill, None if self._icon else fg)
        if self._icon:
            icons.paint(painter, self.rect().adjusted(7, 7, -7, -7), self._icon, fg)
        else:
            draw_text(painter, self.rect(), self.text(), current.font("button"), fg, Qt.AlignmentFlag.AlignHCenter)


class Banner(QWidget):
    """``Banner("Le seuil est proche.", "Comprendre", explain)``; kinds info, success, warning, danger.

    Signals: ``closed()`` when ``closable`` and closed.
    """

    closed = Signal()

    def __init__(
        self,
        text: str,
        action: str | None = None,
        callback: Callable[[], object] | None = None,
        *,
        kind: str = "warning",
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self.setAccessibleName(text)
        self.setMinimumHeight(theme.current().size("toast"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + _ICON + 12, 10, 10, 10)
        row.setSpacing(8)
        self.label = Label(text, role="strong", color=f"chip.{kind}", wrap=True)
        row.addWidget(self.label, 1)
        self.button: QAbstractButton | None = None
        if action:
            self.button = _TintedButton(action, kind, None, self)
            if callback is not None:
                self.button.clicked.connect(lambda: callback())
            row.addWidget(self.button)
        if closable:
            self.close_button = _TintedButton(_("Fermer"), kind, "action.close", self)
            self.close_button.clicked.connect(self._close)
            row.addWidget(self.close_button)

    def set_text(self, text: str) -> None:
        self.label.setText(text)
        self.setAccessibleName(text)

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        bg, fg = current.chip(self._kind)
        box(painter, self.rect(), current.radius("panel"), bg)
        top = (self.height() - _ICON) / 2
        left = 16 if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else self.width() - 16 - _ICON
        icons.paint(painter, QRectF(left, top, _ICON, _ICON), _ICONS[self._kind], fg)
