"""A panel that floats over the window next to what opened it: a child widget with radius 8 and the one shadow.

Being a child of the window and not a window of its own it needs no compositor, follows the window, and is in its
pictures. It closes on Escape, on a click elsewhere and when the window loses the focus, and gives the focus back.
"""

from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.surface import FloatingPanel

_EDGE = 8  # nearest the panel comes to the edge of the window
_DISTANCE = 4  # between the panel and its anchor
_INNER = 4


class Popover(FloatingPanel):
    """Put widgets into ``body``, then ``open_at(anchor)``. Signal ``closed()``."""

    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._ground = window
        self._opener: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.body = QVBoxLayout(self)
        margin = self.MARGIN + _INNER + 1
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(0)
        self.setMinimumWidth(theme.current().size("popover_min") + 2 * self.MARGIN)
        self.hide()

    def open_at(self, anchor: QWidget, *, align: str = "start", offset: QPoint | None = None) -> None:
        """Show below ``anchor`` (above it when there is no room), along its start or its end."""
        self._show_sized()
        shift = offset or QPoint(0, 0)
        panel_width, panel_height = self.width() - 2 * self.MARGIN, self.height() - 2 * self.MARGIN
        origin = anchor.mapTo(self._ground, QPoint(0, 0)) + shift
        at_end = (align == "end") != (anchor.layoutDirection() == Qt.LayoutDirection.RightToLeft)
        left = origin.x() + anchor.width() - panel_width if at_end else origin.x()
        top = origin.y() + anchor.height() + _DISTANCE
        if top + panel_height > self._ground.height() - _EDGE:
            above = origin.y() - _DISTANCE - panel_height
            top = above if above >= _EDGE else top
        self._place(left, top)

    def open_at_point(self, global_point: QPoint) -> None:
        """Show at a point of the screen (context menus)."""
        self._show_sized()
        point = self._ground.mapFromGlobal(global_point)
        self._place(point.x(), point.y())

    def open_centred(self) -> None:
        """Show in the middle of the window."""
        self._show_sized()
        ground = self._ground
        width, height = self.width() - 2 * self.MARGIN, self.height() - 2 * self.MARGIN
        self._place((ground.width() - width) // 2, (ground.height() - height) // 2)

    def _show_sized(self) -> None:
        self._opener = QApplication.focusWidget()
        self.adjustSize()
        self.show()
        self.raise_()
        application = cast(QApplication, QGuiApplication.instance())
        application.installEventFilter(self)
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self, left: int, top: int) -> None:
        ground = self._ground
        panel_width, panel_height = self.width() - 2 * self.MARGIN, self.height() - 2 * self.MARGIN
        left = max(_EDGE, min(left, ground.width() - panel_width - _EDGE))
        top = max(_EDGE, min(top, ground.height() - panel_height - _EDGE))
        self.move_panel(left, top)

    def dismiss(self) -> None:
        """Close and give the focus back."""
        if self.isHidden():
            return
        application = QGuiApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        focus = QApplication.focusWidget()
        held_focus = focus is not None and (focus is self or self.isAncestorOf(focus))
        self.hide()
        if held_focus and self._opener is not None and self._opener.isVisible():
            self._opener.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        QTimer.singleShot(0, self.deleteLater)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            point = self.mapFromGlobal(cast(QMouseEvent, event).globalPosition().toPoint())
            if not self.panel_rect().contains(point) and not self._is_own_popup(watched):
                self.dismiss()
                return True  # the click that closes does nothing else
        elif event.type() == QEvent.Type.WindowDeactivate and watched is self.window():
            self.dismiss()
        return False

    def _is_own_popup(self, widget: QWidget) -> bool:
        """A combo list or a calendar opened from inside the panel is a window of its own."""
        opener = widget.window().parentWidget()
        return widget.window() is not self.window() and opener is not None and self.isAncestorOf(opener)
