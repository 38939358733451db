"""Parts of the navigation: its entries, its headings, the company at its head and the button that folds it."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_number
from facturepro.ui import icons, theme
from facturepro.ui.pages.base import PageSpec
from facturepro.ui.widgets.focus import INSIDE, keyboard_in_use

MARGIN = 8  # between a row and the edge of the navigation
_PADDING = 8  # inside a row
_GAP = 10  # between icon and text
_HEADING = 28
_AVATAR = 24
_DOT = 8


def initials(name: str) -> str:
    """Two letters for an avatar: "Atelier Boisvert" -> "AB", "Roux" -> "RO"."""
    words = [word for word in name.replace("’", " ").replace("'", " ").split() if word[0].isalnum()]
    letters = words[0][0] + words[1][0] if len(words) > 1 else name.strip()[:2]
    return letters.upper()


class NavRow(QAbstractButton):
    """One entry: icon, text, counter; in the collapsed navigation the icon with a dot for what needs attention."""

    def __init__(self, spec: PageSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._count = 0
        self._collapsed = False
        self.setCheckable(True)
        self.setText(_(spec.title))
        self.setFixedHeight(theme.current().size("nav_row"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._describe()

    def count(self) -> int:
        return self._count

    def set_count(self, count: int | None) -> None:
        self._count = count or 0
        self._describe()
        self.update()

    def set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        self._describe()
        self.update()

    def has_dot(self) -> bool:
        """Whether the collapsed row shows a dot: only for what needs attention."""
        return self._collapsed and self._count > 0 and self.spec.counter_kind in ("alert", "info")

    def _describe(self) -> None:
        name = f"{self.text()}, {format_number(self._count)}" if self._count else self.text()
        self.setAccessibleName(name)
        self.setToolTip(name if self._collapsed else "")

    def sizeHint(self) -> QSize:
        current = theme.current()
        return QSize(current.size("nav_width") - 2 * MARGIN, current.size("nav_row"))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = theme.current()
        lit = self.isChecked()
        if lit or self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("selected_hover" if lit else "pressed"))
            painter.drawRoundedRect(QRectF(self.rect()), current.radius("control"), current.radius("control"))
        color = "accent_text" if lit else "text_2"
        size = current.size("icon")
        left = (self.width() - size) // 2 if self._collapsed else _PADDING
        box = self._mirrored(QRect(left, (self.height() - size) // 2, size, size))
        icons.paint(painter, box, self.spec.icon, color)
        if self._collapsed:
            self._paint_dot(painter, box)
        else:
            self._paint_words(painter, left + size + _GAP, color)

    def _mirrored(self, box: QRect) -> QRect:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            box.moveLeft(self.width() - box.right() - 1)
        return box

    def _paint_dot(self, painter: QPainter, icon_box: QRect) -> None:
        if not self.has_dot():
            return
        color = "danger" if self.spec.counter_kind == "alert" else "accent"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().color(color))
        painter.drawEllipse(QPointF(icon_box.right() + 4, icon_box.top() + 0.5), _DOT / 2 - 0.75, _DOT / 2 - 0.75)

    def _paint_words(self, painter: QPainter, left: int, color: str) -> None:
        current = theme.current()
        number = format_number(self._count) if self._count else ""
        painter.setFont(current.font("label"))
        number_width = painter.fontMetrics().horizontalAdvance(number)
        if number:
            alert = self.spec.counter_kind == "alert" and not self.isChecked()
            painter.setPen(current.color("danger" if alert else color))
            if alert:
                painter.setFont(_semibold(painter))
                number_width = painter.fontMetrics().horizontalAdvance(number)
            box = self._mirrored(QRect(self.width() - _PADDING - number_width, 0, number_width + 1, self.height()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, number)
        painter.setFont(current.font("button"))
        painter.setPen(current.color(color))
        room = self.width() - left - _PADDING - (number_width + _GAP if number else 0)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        box = self._mirrored(QRect(left, 0, room, self.height()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, text)


def _semibold(painter: QPainter) -> QFont:
    font = painter.font()
    font.setWeight(theme.current().font("strong").weight())
    return font


class Divider(QWidget):
    """A heading ("Ventes") or a separator; in the collapsed navigation always a separator."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._collapsed = False
        self.setAccessibleName(text)
        self.set_collapsed(False)

    def set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        worded = bool(self._text) and not collapsed
        self.setFixedHeight(_HEADING if worded else theme.current().space("m"))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        if self._text and not self._collapsed:
            painter.setFont(current.font("label"))
            painter.setPen(current.color("text_2"))
            box = self.rect().adjusted(_PADDING, 2, -_PADDING, 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, self._text)
        else:
            painter.fillRect(_PADDING, 7, self.width() - 2 * _PADDING, 1, current.color("separator"))


class CompanyHeader(QAbstractButton):
    """Avatar and name of the open company; opens the menu of companies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapsed = False
        self.setFixedHeight(theme.current().size("topbar"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty(INSIDE, True)  # it fills the corner of the window: a ring around it would be cut off
        self.set_company("")

    def set_company(self, name: str) -> None:
        self.setText(name)
        self.setAccessibleName(_("Entreprise {name}").format(name=name))
        self.update()

    def set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        self.setToolTip(self.text() if collapsed else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = theme.current()
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        inner = self.width() - 1
        if self.underMouse() and not self._collapsed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("pressed"))
            painter.drawRoundedRect(
                QRectF(MARGIN, 10, inner - 2 * MARGIN, 36), current.radius("control"), current.radius("control")
            )
        if self.hasFocus() and keyboard_in_use():
            painter.setPen(QPen(current.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(MARGIN, 10, inner - 2 * MARGIN, 36)
            painter.drawRoundedRect(ring, current.radius("control"), current.radius("control"))
        left = (self.width() - _AVATAR) // 2 if self._collapsed else 16
        box = QRect(self.width() - left - _AVATAR if right_to_left else left, 16, _AVATAR, _AVATAR)
        paint_avatar(painter, box, self.text())
        if self._collapsed:
            return
        painter.setFont(current.font("strong"))
        painter.setPen(current.color("text"))
        start, end = left + _AVATAR + 8, inner - 38
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, end - start)
        words = QRect(start, 0, end - start, self.height())
        caret = QRect(inner - 30, 20, 14, 14)
        if right_to_left:
            words.moveLeft(self.width() - end)
            caret.moveLeft(16)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, text)
        icons.paint(painter, caret, "action.dropdown", "text_2")


def paint_avatar(painter: QPainter, box: QRect, name: str) -> None:
    current = theme.current()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current.color("accent"))
    painter.drawRoundedRect(QRectF(box), current.radius("control"), current.radius("control"))
    font = current.font("label")
    font.setWeight(current.font("strong").weight())
    painter.setFont(font)
    painter.setPen(current.color("on_accent"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name) if name.strip() else "")


class CollapseButton(QAbstractButton):
    """Folds the navigation. Only seen while the pointer is over the navigation or the keyboard is on it."""

    def __init__(self, navigation: QWidget) -> None:
        super().__init__(navigation)
        self._navigation = navigation
        self.setFixedSize(32, 28)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_collapsed(False)

    def set_collapsed(self, collapsed: bool) -> None:
        self._icon = "nav.expand" if collapsed else "nav.collapse"
        text = _("Déplier la navigation") if collapsed else _("Replier la navigation")
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not (self._navigation.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = theme.current()
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current.color("pressed"))
            painter.drawRoundedRect(QRectF(self.rect()), current.radius("control"), current.radius("control"))
        icons.paint(painter, self.rect().adjusted(8, 6, -8, -6), self._icon, "text_2")
