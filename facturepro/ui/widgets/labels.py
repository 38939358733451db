"""Text in a role and a colour of the theme."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import FORCED, draw_text


class Label(QLabel):
    """``Label("Total HT", role="strong", color="text_2")``; follows the theme.

    ``elide=True``: one line that gives way and ends in "…" (full text as tool tip); ``wrap=True``: several lines.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        color: str = "text",
        *,
        elide: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role, self._color, self._elide = role, color, elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self._restyle()
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if not wrap:
            self.setMinimumHeight(theme.current().line_height(role))
        theme.notifier.changed.connect(self._restyle)

    def set_color(self, color: str) -> None:
        """Another colour token."""
        if color != self._color:
            self._color = color
            self._restyle()

    def set_role(self, role: str) -> None:
        """Another role of [type]."""
        self._role = role
        self._restyle()

    def _restyle(self) -> None:
        current = theme.current()
        self.setFont(current.font(self._role))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), current.color(self._color))
        self.setPalette(palette)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(24, hint.height()) if self._elide else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._elide:
            super().paintEvent(event)
            return
        clipped = QFontMetricsF(self.font()).horizontalAdvance(self.text()) > self.contentsRect().width() + 0.5
        tip = self.text() if clipped else ""
        if self.toolTip() != tip:
            self.setToolTip(tip)
        colour = theme.current().color(self._color if self.isEnabled() else "text_disabled")
        align = self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        draw_text(QPainter(self), self.contentsRect(), self.text(), self.font(), colour, align)


class Link(QLabel):
    """Text that does something. Signals: ``clicked()``. Enter and Space press it."""

    clicked = Signal()

    def __init__(
        self, text: str, role: str = "button", color: str = "accent_text", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._role, self._color = role, color
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(theme.current().font(role))
        self.setFixedHeight(theme.current().line_height(role))
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        font = current.font(self._role)
        font.setUnderline(self.isEnabled() and (self.underMouse() or self.property(FORCED) == "hover"))
        colour = current.color(self._color if self.isEnabled() else "text_disabled")
        align = self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
        draw_text(QPainter(self), self.rect(), self.text(), font, colour, align)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
