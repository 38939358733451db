"""What the self-painting controls share: crisp rounded boxes, text, the state a control is in."""

from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

FORCED = "fpForce"


def force_state(widget: QWidget, state: str | None) -> None:
    """Show a control as "hover", "pressed" or "focus" whatever the pointer does (pictures, the gallery)."""
    widget.setProperty(FORCED, state)
    widget.update()


def state_of(widget: QWidget) -> str:
    """ "disabled", "pressed", "hover" or "normal"."""
    if not widget.isEnabled():
        return "disabled"
    forced = widget.property(FORCED)
    if forced in ("hover", "pressed"):
        return str(forced)
    if isinstance(widget, QAbstractButton) and widget.isDown():
        return "pressed"
    return "hover" if widget.underMouse() else "normal"


def box(
    painter: QPainter,
    rect: QRect | QRectF,
    radius: float,
    fill: QColor | None = None,
    border: QColor | None = None,
    width: float = 1,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    """A rounded box whose border lies inside ``rect``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    shape = QRectF(rect)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        pen = QPen(border, width, style)
        if style == Qt.PenStyle.CustomDashLine or style == Qt.PenStyle.DashLine:
            pen.setDashPattern([3, 3])
        painter.setPen(pen)
        shape = shape.adjusted(width / 2, width / 2, -width / 2, -width / 2)
        radius = max(0.0, radius - width / 2)
    painter.drawRoundedRect(shape, radius, radius)
    painter.restore()


def text_width(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


def draw_text(
    painter: QPainter,
    rect: QRect | QRectF,
    text: str,
    font: QFont,
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """One line, centred vertically, elided where it does not fit."""
    area = QRectF(rect)
    metrics = QFontMetricsF(font)
    if elide != Qt.TextElideMode.ElideNone and metrics.horizontalAdvance(text) > area.width() + 0.5:
        text = metrics.elidedText(text, elide, area.width())
    painter.setFont(font)
    painter.setPen(color)
    flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip
    painter.drawText(area, int(flags), text)


def check_mark(painter: QPainter, rect: QRectF, state: Qt.CheckState, colors: dict[str, QColor]) -> None:
    """The box of a check box, 16 x 16. ``colors``: fill, border, mark."""
    on = state != Qt.CheckState.Unchecked
    box(painter, rect, 4, colors["fill"], None if on else colors["border"])
    if not on:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state == Qt.CheckState.PartiallyChecked:
        middle = rect.center().y()
        painter.fillRect(QRectF(rect.x() + 4, middle - 1, rect.width() - 8, 2), colors["mark"])
    else:
        painter.setPen(QPen(colors["mark"], 1.25, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        left, top = rect.x(), rect.y()
        painter.drawPolyline(
            [QPointF(left + 4, top + 8.6), QPointF(left + 6.7, top + 11.2), QPointF(left + 12, top + 5.6)]
        )
    painter.restore()


def check_colors(theme: Any, checked: bool, enabled: bool = True, hover: bool = False) -> dict[str, QColor]:
    """Colours for ``check_mark``."""
    if not enabled:
        return {
            "fill": theme.color("separator" if checked else "surface_1"),
            "border": theme.color("border"),
            "mark": theme.color("text_disabled"),
        }
    if checked:
        return {
            "fill": theme.color("accent_hover" if hover else "accent"),
            "border": theme.color("accent"),
            "mark": theme.color("on_accent"),
        }
    return {
        "fill": theme.color("hover" if hover else "surface_2"),
        "border": theme.color("border_input"),
        "mark": theme.color("on_accent"),
    }
