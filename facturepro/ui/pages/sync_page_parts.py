"""Parts of the synchronisation page: state, conflicts with both values, queue, cost."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_number
from facturepro.services.conflicts import ConflictEntry, ConflictValue
from facturepro.ui import icons, theme
from facturepro.ui.pages.dashboard_parts import Opener, Piece, Pieces
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.surface import Surface, paint_bar

KIND_ICONS = {
    "client": "nav.clients",
    "product": "nav.products",
    "invoice": "nav.invoices",
    "payment": "nav.payments",
    "warehouse": "nav.warehouses",
    "stock_movement": "nav.stock_movements",
    "company": "nav.settings",
    "device": "monitor",
}
_ROW = 48
_BADGE = 40
_NAME = 96


def icon_of(kind: str) -> str:
    return KIND_ICONS.get(kind, "file")


class Badge(QWidget):
    """The state as an icon on a tinted disc."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._kind = "monitor", "neutral"
        self.setFixedSize(_BADGE, _BADGE)

    def set_state(self, icon: str, kind: str) -> None:
        self._icon, self._kind = icon, kind
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        background, color = theme.current().chip(self._kind)
        box(painter, self.rect(), _BADGE / 2, background)
        edge = (_BADGE - theme.current().space("l")) / 2
        icons.paint(painter, QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), self._icon, color)


class ConflictRow(Opener):
    """Kind, title, what it is about, when; 48 high."""

    def __init__(self, entry: ConflictEntry, when: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry, self._when, self._is_current = entry, when, False
        self.setFixedHeight(_ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{entry.title}, {entry.subject}, {when}")

    def set_current(self, current: bool) -> None:
        self._is_current = current
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        ground = "selected" if self._is_current else "hover" if self.underMouse() else "surface_2"
        painter.fillRect(self.rect(), current.color(ground))
        painter.fillRect(0, self.height() - 1, self.width(), 1, current.color("separator"))
        if self._is_current:
            painter.fillRect(0, 0, 2, self.height() - 1, current.color("accent"))
        side, edge = current.size("icon"), current.space("l")
        color = "accent_text" if self._is_current else "text_2"
        area = QRectF(edge, 0, self.width() - 2 * edge, self.height() - 1)
        glyph = QRectF(edge, (area.height() - side) / 2, side, side)
        icons.paint(painter, glyph, icon_of(self.entry.kind), color)
        end = Qt.AlignmentFlag.AlignRight
        draw_text(painter, area, self._when, current.font("caption"), current.color("text_2"), end)
        far = text_width(current.font("caption"), self._when) + current.space("m")
        words = area.adjusted(30, 0, -far, 0)
        draw_text(painter, words, self.entry.title, current.font("strong"), current.color("text"))
        used = text_width(current.font("strong"), self.entry.title) + 4
        if used < words.width():
            rest = words.adjusted(used, 0, 0, 0)
            draw_text(painter, rest, self.entry.subject, current.font("body"), current.color("text_2"))


class _Line(QWidget):
    """One value of a card, marked when the other side differs."""

    def __init__(self, text: str, is_marked: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._is_marked = text, is_marked
        self.setFixedHeight(theme.current().space("l"))
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        font = current.font("body")
        if self._is_marked:
            width = min(text_width(font, self._text), float(self.width()))
            painter.fillRect(QRectF(0, 2, width, current.line_height("body")), current.color("mark"))
        draw_text(painter, self.rect(), self._text, font, current.color("text"))


class ValueCard(QWidget):
    """One side of a conflict: chip, time, values, who, and its button."""

    clicked = Signal()

    def __init__(self, value: ConflictValue, other: ConflictValue, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_place = value.is_in_place
        current = theme.current()
        column = QVBoxLayout(self)
        edge = current.space("m")
        column.setContentsMargins(edge, current.space("s"), edge, current.space("s"))
        column.setSpacing(0)
        head = QHBoxLayout()
        chip = (
            StatusChip(_("En place"), "info", "status.paid")
            if value.is_in_place
            else StatusChip(_("Remplacée"), "neutral", "action.restore")
        )
        head.addWidget(chip)
        head.addStretch(1)
        head.addWidget(Label(f"{value.at.astimezone():%H:%M:%S}" if value.at else "", role="caption", color="text_2"))
        column.addLayout(head)
        column.addSpacing(current.space("xs"))
        theirs = dict(other.lines)
        is_address = _("Code postal") in theirs  # an address is read as on an envelope
        for label, text in value.lines:
            words = f"{label} : {text}" if label and len(value.lines) > 1 and not is_address else text
            column.addWidget(_Line(words, theirs.get(label) != text))
        column.addSpacing(current.space("xs"))
        device = QHBoxLayout()
        device.setSpacing(current.space("xs"))
        device.addWidget(Glyph("monitor"))
        device.addWidget(Label(value.device, role="caption", color="text_2", elide=True), 1)
        column.addLayout(device)
        column.addSpacing(current.space("s"))
        column.addStretch(1)
        self.button: Button | None = None
        if button:
            self.button = Button(button, icon=None if value.is_in_place else "action.restore")
            self.button.clicked.connect(self.clicked)
            row = QHBoxLayout()
            row.addWidget(self.button)
            row.addStretch(1)
            column.addLayout(row)
        self.setAccessibleName(f"{chip.text()} : {', '.join(text for _label, text in value.lines)}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        current = theme.current()
        border = current.color("accent" if self._in_place else "separator")
        box(QPainter(self), self.rect(), current.radius("panel"), current.color("surface_2"), border)


class Glyph(QWidget):
    """A small icon in a layout."""

    def __init__(
        self, icon: str, color: str = "text_2", size: str = "icon_small", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon, self._color = icon, color
        side = theme.current().size(size)
        self.setFixedSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._icon, self._color)


class CostRow(QWidget):
    """``Lectures ▬▬ 1 284 / 50 000``; 28 high."""

    def __init__(self, name: str, used: int, free: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._used, self._free = name, used, free
        self.setFixedHeight(theme.current().size("row_compact"))
        self.setAccessibleName(
            _("{name} : {used} sur {free}").format(name=name, used=format_number(used), free=format_number(free))
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        area = QRectF(self.rect())
        draw_text(painter, area, self._name, current.font("body"), current.color("text_2"))
        tail = f" / {format_number(self._free)}"
        end = Qt.AlignmentFlag.AlignRight
        draw_text(painter, area, tail, current.font("body"), current.color("text_2"), end)
        rest = area.adjusted(0, 0, -text_width(current.font("body"), tail), 0)
        color = "danger" if self._used > self._free else "text"
        draw_text(painter, rest, format_number(self._used), current.font("strong"), current.color(color), end)
        height = current.size("progress_bar")
        bar = QRectF(_NAME, (self.height() - height) / 2, max(0.0, self.width() - _NAME - 116), height)
        share = self._used / self._free if self._free else 0.0
        paint_bar(painter, bar, max(share, 0.02) if self._used else 0.0, "danger" if share > 1 else "accent")


class SideSection(Surface):
    """A part of the right column: title, a note or link at the right, rows."""

    def __init__(self, title: str, is_last: bool = False, parent: QWidget | None = None) -> None:
        super().__init__("surface_2", () if is_last else ("bottom",), parent)
        current = theme.current()
        column = QVBoxLayout(self)
        edge = current.space("l")
        column.setContentsMargins(edge, current.space("m"), edge, current.space("s"))
        column.setSpacing(0)
        head = QHBoxLayout()
        head.addWidget(Label(title, role="section"))
        head.addStretch(1)
        self.note = Label("", role="caption", color="text_2")
        head.addWidget(self.note)
        self.link = Link("", role="button")
        self.link.hide()
        head.addWidget(self.link)
        column.addLayout(head)
        column.addSpacing(current.space("xxs") + 2)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(0)
        column.addLayout(self.rows)

    def set_link(self, text: str) -> None:
        self.link.setText(text)
        self.link.setAccessibleName(text)
        self.link.show()

    def set_rows(self, rows: Sequence[QWidget]) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for row in rows:
            self.rows.addWidget(row)


class DeviceRow(QWidget):
    """A computer: name over system and version, its series at the right; 44 high."""

    def __init__(self, name: str, detail: str, series: str, is_own: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_color = "accent_text" if is_own else "text_2"
        self.setFixedHeight(theme.current().size("row_comfort"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().space("s"))
        row.addWidget(Glyph("monitor", self._icon_color, "icon"))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        title = [Piece(name, "strong", "text")]
        if is_own:
            title.append(Piece(" " + _("cet ordinateur"), "button", "accent_text"))
        words.addWidget(Pieces(title))
        words.addWidget(Label(detail, role="caption", color="text_2", elide=True))
        words.addStretch(1)
        row.addLayout(words, 1)
        row.addWidget(Label(_("Série {letter}").format(letter=series), role="label"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, theme.current().color("separator"))


class QueueRow(QWidget):
    """A change that waits: icon, title, note; 32 high."""

    def __init__(self, icon: str, color: str, kind: str, title: str, note: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(theme.current().size("nav_row"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().space("s"))
        row.addWidget(Glyph(icon, color, "icon"))
        row.addWidget(Pieces([Piece(f"{kind} ", "body", "text"), Piece(title, "strong", "text")]), 1)
        row.addWidget(Label(note, role="caption", color="text_2"))
        self.setAccessibleName(f"{kind} {title}, {note}")


def when(at: datetime, now: datetime) -> str:
    """``aujourd’hui 09:14``, ``hier 17:40``, ``6 oct.``."""
    from facturepro.i18n.formatting import format_date

    local, today = at.astimezone(), now.astimezone().date()
    days = (today - local.date()).days
    if days == 0:
        return _("aujourd’hui {time}").format(time=f"{local:%H:%M}")
    if days == 1:
        return _("hier {time}").format(time=f"{local:%H:%M}")
    return format_date(local.date(), "day" if abs(days) < 300 else "short")
