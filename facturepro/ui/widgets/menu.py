"""Menus: rows of 32 in a popover, with icon, words, key and danger; the keyboard moves, opens and closes."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import text_width
from facturepro.ui.widgets.keycap import key_text, keycap_width, paint_keycap
from facturepro.ui.widgets.popover import Popover

_PADDING = 12
_GAP = 12
_ICON = 16


class MenuRow(QAbstractButton):
    """One entry of a menu."""

    def __init__(
        self, text: str, icon: str | None, keys: str, danger: bool, checked: bool | None, has_icons: bool, menu: "Menu"
    ) -> None:
        super().__init__(menu)
        self._icon, self._danger, self._menu = icon, danger, menu
        self._keys = keys
        self.has_icons = has_icons
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(theme.current().size("nav_row"))
        if checked is not None:
            self.setCheckable(True)
            self.setChecked(checked)

    def _start(self) -> int:
        return _PADDING + (_ICON + _GAP if self.has_icons else 0)

    def sizeHint(self) -> QSize:
        width = self._start() + round(text_width(theme.current().font("body"), self.text())) + _PADDING
        if self._keys:
            width += 24 + keycap_width(self._keys)
        return QSize(width, self.height())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._menu.set_current(self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = theme.current()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if self._menu.current() is self and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("selected"))
            painter.drawRoundedRect(QRectF(self.rect()), current.radius("control"), current.radius("control"))
        color = "text_disabled" if not self.isEnabled() else "danger" if self._danger else "text"
        icon = "status.paid" if self.isCheckable() and self.isChecked() else self._icon
        if icon:
            box = QRect(_PADDING, (self.height() - _ICON) // 2, _ICON, _ICON)
            if mirrored:
                box.moveRight(self.width() - _PADDING)
            icons.paint(painter, box, icon, color if color != "text" else "text_2")
        painter.setFont(current.font("body"))
        painter.setPen(current.color(color))
        start = self._start()
        words = self.rect().adjusted(_PADDING if mirrored else start, 0, -start if mirrored else -_PADDING, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self.text())
        if self._keys:
            width = keycap_width(self._keys)
            left = _PADDING - 4 if mirrored else self.width() - width - _PADDING + 4
            size = current.size("keycap")
            paint_keycap(painter, QRectF(left, (self.height() - size) / 2, width, size), self._keys)


class _MenuLine(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(9)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(8, 4, self.width() - 16, 1, theme.current().color("separator"))


class Menu(Popover):
    """``menu.add(...)`` for each entry, then ``open_at(button)`` or ``open_at_point(point)``."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window.window())
        self._rows: list[MenuRow] = []
        self._current: MenuRow | None = None

    def add(
        self,
        text: str,
        icon: str | None = None,
        callback: Callable[[], object] | None = None,
        *,
        shortcut: str | QKeySequence | None = None,
        danger: bool = False,
        checked: bool | None = None,
        enabled: bool = True,
    ) -> MenuRow:
        """One entry. ``checked`` draws a tick; ``shortcut`` is only shown, not bound."""
        keys = key_text(shortcut) if shortcut else ""
        row = MenuRow(text, icon, keys, danger, checked, icon is not None or checked is not None, self)
        row.setEnabled(enabled)
        row.clicked.connect(lambda: self._run(callback))
        self._rows.append(row)
        self.body.addWidget(row)
        if row.has_icons:  # the words of all rows stay in one column
            for other in self._rows:
                other.has_icons = True
        row.has_icons = any(other.has_icons for other in self._rows)
        return row

    def add_separator(self) -> None:
        self.body.addWidget(_MenuLine())

    def rows(self) -> list[MenuRow]:
        return list(self._rows)

    def current(self) -> MenuRow | None:
        return self._current

    def set_current(self, row: MenuRow | None) -> None:
        self._current = row
        for each in self._rows:
            each.update()

    def _run(self, callback: Callable[[], object] | None) -> None:
        self.dismiss()
        if callback is not None:
            callback()

    def _step(self, by: int) -> None:
        usable = [row for row in self._rows if row.isEnabled()]
        if not usable:
            return
        if self._current in usable:
            index = (usable.index(self._current) + by) % len(usable)
        else:
            index = 0 if by > 0 else len(usable) - 1
        self.set_current(usable[index])

    def _jump(self, letter: str) -> bool:
        usable = [row for row in self._rows if row.isEnabled()]
        start = usable.index(self._current) + 1 if self._current in usable else 0
        for row in usable[start:] + usable[:start]:
            if row.text().casefold().startswith(letter.casefold()):
                self.set_current(row)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._current = None
            self._step(1 if key == Qt.Key.Key_Home else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._current is not None:
                self._current.click()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.dismiss()
        elif not (event.text() and event.text().isprintable() and self._jump(event.text())):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Tab would move the focus before keyPressEvent is asked.
        if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):  # type: ignore[attr-defined]
            self.dismiss()
            return True
        return super().event(event)
