"""Text in a role and a colour of the theme."""

from math import ceil

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QWidget

from facturepro.ui import theme
from facturepro.ui.widgets.drawing import FORCED, draw_text

_WRAP_HINT = 420  # width that a wrapped text asks for


class Label(QLabel):
    """``Label("Total HT", role="strong", color="text_2")``; follows the theme.

    ``elide=True``: one line that gives way and ends in "…" (full text as tool tip); ``wrap=True``: several lines,
    each as high as the role says.
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
        self.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.setWordWrap(wrap)
        self.setFont(theme.current().font(role))
        self.setText(text)
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def color(self) -> str:
        return self._color

    def set_color(self, color: str) -> None:
        """Another colour token."""
        theme.current().color(color)  # a wrong token fails here, not in a paint event
        self._color = color
        self.update()

    def set_role(self, role: str) -> None:
        """Another role of [type]."""
        self._role = role
        self.setFont(theme.current().font(role))
        self.updateGeometry()
        self.update()

    def _line(self) -> int:
        return theme.current().line_height(self._role)

    def _lines(self, width: float) -> list[tuple[str, float]]:
        """Text and width of each line when wrapped at ``width``."""
        lines = []
        for paragraph in self.text().split("\n"):
            layout = QTextLayout(paragraph, self.font())
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(max(1.0, width))
                part = paragraph[line.textStart() : line.textStart() + line.textLength()]
                lines.append((part.rstrip(), line.naturalTextWidth()))
            layout.endLayout()
            if not paragraph:
                lines.append(("", 0.0))
        return lines

    def _unwrapped_width(self) -> int:
        metrics = QFontMetricsF(self.font())
        return ceil(max(metrics.horizontalAdvance(line) for line in self.text().split("\n")))

    def hasHeightForWidth(self) -> bool:
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        inner = width - margins.left() - margins.right()
        return len(self._lines(inner)) * self._line() + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        width = self._unwrapped_width() + margins.left() + margins.right()
        if self.wordWrap():
            width = min(width, _WRAP_HINT)
            return QSize(width, self.heightForWidth(width))
        lines = self.text().count("\n") + 1
        return QSize(width, lines * self._line() + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        if self._elide:
            return QSize(min(hint.width(), 24), hint.height())
        return QSize(min(hint.width(), 64), self._line()) if self.wordWrap() else hint

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = theme.current().color(self._color if self.isEnabled() else "text_disabled")
        align = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        area = QRectF(self.contentsRect())
        if self._elide:
            self._mind_tool_tip(area.width())
            lines = [self.text()]
        else:
            lines = [text for text, _width in self._lines(area.width() if self.wordWrap() else 1e6)]
        height = self._line() * len(lines)
        top = area.top()
        if align & Qt.AlignmentFlag.AlignVCenter:
            top += (area.height() - height) / 2
        elif align & Qt.AlignmentFlag.AlignBottom:
            top += area.height() - height
        elide = Qt.TextElideMode.ElideRight if self._elide else Qt.TextElideMode.ElideNone
        painter = QPainter(self)
        for line in lines:
            row = QRectF(area.left(), top, area.width(), self._line())
            draw_text(painter, row, line, self.font(), colour, align & Qt.AlignmentFlag.AlignHorizontal_Mask, elide)
            top += self._line()

    def _mind_tool_tip(self, width: float) -> None:
        tip = self.text() if self._unwrapped_width() > width + 1 else ""
        if self.toolTip() != tip:
            self.setToolTip(tip)


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
