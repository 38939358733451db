"""A record with conflicts as a row of the inbox."""

from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.services.conflicts import ConflictGroup
from facturepro.ui import icons, theme
from facturepro.ui.pages.sync_page_words import exact, icon_of, when
from facturepro.ui.widgets.chips import chip_width, paint_chip
from facturepro.ui.widgets.drawing import check_colors, check_mark, draw_text, text_width
from facturepro.ui.widgets.pieces import Opener

_ROW = 48


def chip_of(group: ConflictGroup) -> tuple[str, str]:
    """(words, tint) of what a record's row is marked with, or empty words."""
    natures = {entry.nature for entry in group.entries if not entry.is_resolved}
    if "issue" in natures:
        return _("Avoir proposé"), "warning"
    if "double_payment" in natures:
        overpaid = max(entry.overpaid for entry in group.entries)
        if overpaid > 0:
            return _("{amount} en trop").format(amount=format_money(overpaid)), "warning"
    if all(entry.is_resolved for entry in group.entries):
        restored = any(entry.is_restored for entry in group.entries)
        return (_("Rétablie"), "info") if restored else (_("Réglé"), "neutral")
    return "", ""


class GroupRow(Opener):
    """A record with its conflicts: icon (a check box under the pointer or while choosing), name, what about, when; 48 high.

    Signals: ``clicked()`` shows it, ``toggled(bool)`` chooses it: a click on the icon, or Space.
    """

    toggled = Signal(bool)

    def __init__(self, group: ConflictGroup, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group, self._when = group, when(group.at, now)
        self._is_current = self._is_checked = self._is_choosing = self._over_check = False
        subjects = dict.fromkeys(entry.subject for entry in group.entries)
        self._subject = ", ".join(subjects)
        self._chip = chip_of(group)
        self.setFixedHeight(_ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setToolTip(exact(group.at))
        self._describe()

    def _describe(self) -> None:
        words = [self.group.title, self._subject, self._when, self._chip[0], _("choisi") if self._is_checked else ""]
        self.setAccessibleName(", ".join(word for word in words if word))
        self.setAccessibleDescription(_("Entrée montre les deux valeurs, Espace choisit la fiche."))

    def is_checked(self) -> bool:
        return self._is_checked

    def set_current(self, current: bool) -> None:
        self._is_current = current
        self.update()

    def set_checked(self, checked: bool, is_choosing: bool) -> None:
        self._is_checked, self._is_choosing = checked, is_choosing
        self._describe()
        self.update()

    def _is_over_check(self, x: float) -> bool:
        side = theme.current().space("l") + theme.current().size("icon") + theme.current().space("xs")
        return x > self.width() - side if self.is_mirrored() else x < side

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._is_over_check(event.position().x()):
            self.toggled.emit(not self._is_checked)
            return
        super().mouseReleaseEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over_check = self._is_over_check(event.position().x())
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggled.emit(not self._is_checked)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        lit = self._is_current or self._is_checked
        ground = "selected" if lit else "hover" if self.underMouse() else "surface_2"
        painter.fillRect(self.rect(), current.color(ground))
        painter.fillRect(0, self.height() - 1, self.width(), 1, current.color("separator"))
        mirrored = self.is_mirrored()
        if self._is_current:
            painter.fillRect(self.width() - 2 if mirrored else 0, 0, 2, self.height() - 1, current.color("accent"))
        edge = current.space("l")
        area = QRectF(edge, 0, self.width() - 2 * edge, self.height() - 1)
        self._paint_sign(painter, area, mirrored)
        near = current.size("icon") + current.space("s")
        far = self._paint_end(painter, area, mirrored)
        words = area.adjusted(far if mirrored else near, 0, -near if mirrored else -far, 0)
        self._paint_words(painter, words, mirrored)

    def _paint_sign(self, painter: QPainter, area: QRectF, mirrored: bool) -> None:
        current = theme.current()
        is_box = self._is_checked or self._is_choosing or self.underMouse() or self.hasFocus()
        side = current.size("checkbox" if is_box else "icon")
        left = area.right() - side if mirrored else area.left() + (1 if is_box else 0)
        rect = QRectF(left, round((area.height() - side) / 2), side, side)
        if is_box:
            state = Qt.CheckState.Checked if self._is_checked else Qt.CheckState.Unchecked
            check_mark(painter, rect, state, check_colors(current, self._is_checked, hover=self._over_check))
        else:
            icons.paint(painter, rect, icon_of(self.group.kind), "accent_text" if self._is_current else "text_2")

    def _paint_end(self, painter: QPainter, area: QRectF, mirrored: bool) -> float:
        """When, and the chip; answers the room they take."""
        current = theme.current()
        far = 0.0
        words, tint = self._chip
        if words:
            width = chip_width(words, None)
            left = area.left() if mirrored else area.right() - width
            paint_chip(painter, QRectF(left, 0, width, area.height()), words, tint, None)
            far = width + current.space("xs")
        font = current.font("caption")
        rest = area.adjusted(far if mirrored else 0, 0, 0 if mirrored else -far, 0)
        end = Qt.AlignmentFlag.AlignLeft if mirrored else Qt.AlignmentFlag.AlignRight
        draw_text(painter, rest, self._when, font, current.color("text_2"), end)
        return far + text_width(font, self._when) + current.space("m")

    def _paint_words(self, painter: QPainter, area: QRectF, mirrored: bool) -> None:
        current = theme.current()
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        strong = current.font("strong")
        draw_text(painter, area, self.group.title, strong, current.color("text"), align)
        used = text_width(strong, self.group.title) + 4
        if used < area.width():
            rest = area.adjusted(0 if mirrored else used, 0, -used if mirrored else 0, 0)
            draw_text(painter, rest, self._subject, current.font("body"), current.color("text_2"), align)
