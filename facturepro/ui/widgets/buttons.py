"""Buttons. One primary per zone; everything else is secondary, ghost or danger."""

from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, state_of, text_width
from facturepro.ui.widgets.keycap import keycap_width, paint_keycap

VARIANTS = ("primary", "secondary", "ghost", "danger")
_BORDER = 1
_ICON = 16
_GAP = 6
_ICON_OUTDENT = 2  # a glyph has air of its own
_CARET = 14


def _colors(variant: str, state: str) -> tuple[QColor | None, QColor | None, QColor]:
    """Fill, border and text."""
    get = theme.current().color
    if state == "disabled":
        return get("surface_1"), get("separator"), get("text_disabled")
    if variant == "primary":
        return get({"hover": "accent_hover", "pressed": "accent_pressed"}.get(state, "accent")), None, get("on_accent")
    tint = {"hover": get("hover"), "pressed": get("pressed")}.get(state)
    if variant == "ghost":
        return tint, None, get("text_2")
    return tint or get("surface_2"), get("border"), get("danger" if variant == "danger" else "text")


class Button(QPushButton):
    """A push button. Signals: those of QPushButton (``clicked``).

    Args:
        variant: "primary", "secondary", "ghost" or "danger".
        icon: name of an icon ("action.new").
        small: 28 px high, for rows, drawers and bars.
        keycap: a key worth learning, as text ("Ctrl ↵").
        menu: a caret at the right, for a button that opens a menu or list.
    """

    def __init__(
        self,
        text: str,
        variant: str = "secondary",
        icon: str | None = None,
        small: bool = False,
        keycap: str | None = None,
        menu: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        if variant not in VARIANTS:
            raise ValueError(f"unknown variant {variant!r}")
        super().__init__(text, parent)
        self._variant, self._icon, self._small, self._keycap, self._menu = variant, icon, small, keycap, menu
        self.setAccessibleName(text)
        self.setFont(theme.current().font("button"))
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.current().size("control_small" if small else "control"))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)

    @property
    def variant(self) -> str:
        return self._variant

    def set_variant(self, variant: str) -> None:
        self._variant = variant
        self.update()

    def set_icon(self, icon: str | None) -> None:
        self._icon = icon
        self.updateGeometry()
        self.update()

    def _padding(self) -> int:
        return 10 if self._small else 12

    def _content_width(self) -> float:
        width = text_width(theme.current().font("button"), self.text())
        if self._icon:
            width += _ICON + _GAP - _ICON_OUTDENT
        if self._keycap:
            width += 8 + keycap_width(self._keycap) - (self._padding() - 8)
        if self._menu:
            width += _GAP + _CARET - 1
        return width

    def sizeHint(self) -> QSize:
        return QSize(ceil(self._content_width()) + 2 * (self._padding() + _BORDER), self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the focused button as Space does; Qt keeps that for the default buttons of dialogs."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if is_enter and not held and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill, border, colour = _colors(self._variant, state_of(self))
        if self.isCheckable() and self.isChecked() and self.isEnabled():
            fill, colour = theme.current().color("selected"), theme.current().color("accent_text")
        if fill is not None or border is not None:
            box(painter, self.rect(), theme.current().radius("control"), fill, border)
        self._paint_content(painter, colour)

    def _paint_content(self, painter: QPainter, colour: QColor) -> None:
        height = self.height()
        left = max(0.0, (self.width() - self._content_width()) / 2)
        if self._icon:
            side = (height - _ICON) // 2
            icons.paint(painter, QRectF(round(left) - _ICON_OUTDENT + 0.0, side, _ICON, _ICON), self._icon, colour)
            left = round(left) - _ICON_OUTDENT + _ICON + _GAP
        font = theme.current().font("button")
        width = text_width(font, self.text())
        draw_text(painter, QRectF(left, 0, width + 2, height), self.text(), font, colour)
        right = left + width
        if self._menu:
            icons.paint(
                painter, QRectF(round(right + _GAP), (height - _CARET) // 2, _CARET, _CARET), "action.dropdown", colour
            )
        if self._keycap:
            cap = theme.current().size("keycap")
            area = QRectF(round(right) + 8, (height - cap) / 2, keycap_width(self._keycap), cap)
            paint_keycap(painter, area, self._keycap, colour if self._variant == "primary" else None)


class IconButton(QPushButton):
    """A button that is only an icon; the tool tip is also its accessible name. Signals: ``clicked``.

    Args:
        bordered: with a border like a secondary button.
        size: side in px, a small control (28) by default.
    """

    def __init__(
        self,
        icon: str,
        tooltip: str,
        bordered: bool = False,
        size: int | None = None,
        icon_size: int = _ICON,
        color: str = "text_2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self._bordered, self._icon_size, self._color = icon, bordered, icon_size, color
        self.set_tooltip(tooltip)
        side = size or theme.current().size("control_small")
        self.setFixedSize(side, side)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAutoDefault(False)

    def set_tooltip(self, text: str) -> None:
        self.setToolTip(text)
        self.setAccessibleName(text)

    def set_icon(self, icon: str, color: str | None = None) -> None:
        self._icon = icon
        self._color = color or self._color
        self.update()

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        state = state_of(self)
        fill, border, _text = _colors("secondary" if self._bordered else "ghost", state)
        if state == "disabled" and not self._bordered:
            fill = border = None
        if self.isCheckable() and self.isChecked():
            fill = theme.current().color("selected")
        if fill is not None or border is not None:
            box(painter, self.rect(), theme.current().radius("control"), fill, border)
        size = self._icon_size
        area = QRectF((self.width() - size) // 2, (self.height() - size) // 2, size, size)
        icons.paint(painter, area, self._icon, "text_disabled" if state == "disabled" else self._color)


class SaveRow(QWidget):
    """« Enregistrer » and « Abandonner » at the foot of a short form."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().space("xs"))
        self.save, self.cancel = Button(_("Enregistrer"), "primary"), Button(_("Abandonner"), "ghost")
        row.addWidget(self.save)
        row.addWidget(self.cancel)
        row.addStretch(1)
