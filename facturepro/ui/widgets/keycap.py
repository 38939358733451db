"""The picture of a key: "Ctrl K"."""

import sys

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.i18n import N_, _
from facturepro.ui import theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width

_PADDING = 6  # with the border
_RADIUS = 4
_NAMES = {
    "Return": "↵",
    "Enter": "↵",
    "Up": "↑",
    "Down": "↓",
    "Ins": N_("Inser"),
    "Del": N_("Suppr"),
    "Esc": N_("Échap"),
    "Shift": N_("Maj"),
    "Space": N_("Espace"),
}


def key_text(sequence: QKeySequence | str) -> str:
    """``"Ctrl+Shift+Z"`` as the platform and French keyboards write it: ``Ctrl Maj Z``, ``⌘K`` on macOS."""
    formats = QKeySequence.SequenceFormat
    # Elsewhere the native text is translated by Qt ("Retour", "Haut"), so the names would not be known here.
    text = QKeySequence(sequence).toString(formats.NativeText if sys.platform == "darwin" else formats.PortableText)
    if "+" not in text.rstrip("+") and text not in _NAMES:
        return text
    return " ".join(_(_NAMES.get(part, part)) for part in text.split("+") if part)


def keycap_width(text: str) -> int:
    return round(text_width(theme.current().font("label"), text)) + 2 * _PADDING


def paint_keycap(painter: QPainter, rect: QRectF, text: str, on_color: QColor | None = None) -> None:
    """Draw a keycap; ``on_color`` when it lies on a filled button."""
    current = theme.current()
    if on_color is None:
        box(painter, rect, _RADIUS, current.color("surface_1"), current.color("border"))
        colour = current.color("text_3")
    else:
        border = QColor(on_color)
        border.setAlphaF(0.55)
        box(painter, rect, _RADIUS, None, border)
        colour = on_color
    draw_text(painter, rect, text, current.font("label"), colour, Qt.AlignmentFlag.AlignHCenter)


class KeyCap(QWidget):
    """One key or chord: ``KeyCap("Ctrl K")``."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(keycap_width(self._text), theme.current().size("keycap"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_keycap(QPainter(self), QRectF(self.rect()), self._text)
