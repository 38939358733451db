"""The state of synchronisation in the page bar: a sign and words; a click opens its page."""

from datetime import UTC, datetime

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.shell.ports import SyncState
from facturepro.ui.sync_states import LOOKS, label, tool_tip
from facturepro.ui.widgets.drawing import box, draw_text, state_of, text_width

_ICON = 18
_GAP = 6
_PADDING = 6
KINDS = tuple(LOOKS)


class SyncIndicator(QAbstractButton):
    """Signals: ``clicked()``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.current().size("control"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_state(SyncState())

    def state(self) -> SyncState:
        return self._state

    def set_state(self, state: SyncState) -> None:
        self.setText(label(state))  # an unknown kind fails here
        self._state = state
        self.setAccessibleName(_("Synchronisation : {state}").format(state=self.text()))
        self.setToolTip(tool_tip(state, datetime.now(UTC)))
        self.setAccessibleDescription(self.toolTip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = text_width(theme.current().font("button"), self.text())
        return QSize(round(width) + _ICON + _GAP + 2 * _PADDING, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(_ICON + 2 * _PADDING, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        fill = {"hover": "hover", "pressed": "pressed"}.get(state_of(self))
        if fill:
            box(painter, self.rect(), current.radius("control"), current.color(fill))
        icon, color, _tint = LOOKS[self._state.kind]
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - _PADDING - _ICON if mirrored else _PADDING
        icons.paint(painter, QRectF(left, (self.height() - _ICON) / 2, _ICON, _ICON), icon, color)
        near = _PADDING + _ICON + _GAP
        area = QRectF(self.rect()).adjusted(_PADDING if mirrored else near, 0, -near if mirrored else -_PADDING, 0)
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        if area.width() < text_width(current.font("button"), self.text()) - 1:  # the sign alone, rather than with dots
            return
        draw_text(painter, area, self.text(), current.font("button"), current.color("text_2"), align)
