"""Parts of the synchronisation page: state, conflicts with both values, queue, cost."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_number
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.labels import Label, Link
from facturepro.ui.widgets.pieces import Piece, Pieces
from facturepro.ui.widgets.surface import Surface, paint_bar

_BADGE = 40
_NAME = 96


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


class Glyph(QWidget):
    """A small icon in a layout."""

    def __init__(
        self, icon: str, color: str = "text_2", size: str = "icon_small", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon, self._color = icon, color
        side = theme.current().size(size)
        self.setFixedSize(side, side)

    def set_icon(self, icon: str, color: str) -> None:
        self._icon, self._color = icon, color
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._icon, self._color)


class CostRow(QWidget):
    """``Lectures ▬▬ 1 284 / 50 000``; 28 high."""

    def __init__(self, name: str, used: int, free: int, level: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._used, self._free = name, used, free
        self._tint = {"near": "warning", "over": "danger"}.get(level, "")
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
        color = self._tint or "text"
        draw_text(painter, rest, format_number(self._used), current.font("strong"), current.color(color), end)
        height = current.size("progress_bar")
        bar = QRectF(_NAME, (self.height() - height) / 2, max(0.0, self.width() - _NAME - 116), height)
        share = self._used / self._free if self._free else 0.0
        paint_bar(painter, bar, max(share, 0.02) if self._used else 0.0, self._tint or "accent")


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
    """A computer: name over system, version and figures; at the right its series over when it was last seen; 44 high.

    The system gives way when there is no room; what was sent and received does not.
    """

    def __init__(
        self, name: str, system: str, figures: str, series: str, seen: tuple[str, str], is_own: bool, tip: str
    ) -> None:
        super().__init__()
        self._icon_color = "accent_text" if is_own else "text_2"
        self.setFixedHeight(theme.current().size("row_comfort"))
        self.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 1, 0, 0)
        row.setSpacing(theme.current().space("s"))
        row.addWidget(Glyph("monitor", self._icon_color, "icon"))
        own = _("cet ordinateur") if is_own else ""
        title = _giving_way(Label(name, role="button", elide=True), Label(own, role="button", color="accent_text"))
        detail = _giving_way(
            Label(system, role="caption", color="text_2", elide=True), Label(figures, role="caption", color="text_2")
        )
        row.addLayout(_two_lines(title, detail), 1)
        letter, last = Label(series, role="label"), Label(seen[0], role="caption", color=seen[1])
        for label in (letter, last):
            label.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(_two_lines(letter, last))
        self.setAccessibleName(", ".join(word for word in (name, own, system, figures, series, seen[0], tip) if word))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, theme.current().color("separator"))


def _giving_way(first: Label, second: Label) -> QWidget:
    """Two words on a line; without room the first one is cut."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.current().space("xxs"))
    first.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    line.addWidget(first)
    line.addWidget(second)
    line.addStretch(1)
    return holder


def _two_lines(upper: QWidget, lower: QWidget) -> QVBoxLayout:
    lines = QVBoxLayout()
    lines.setSpacing(0)
    lines.addStretch(1)
    lines.addWidget(upper)
    lines.addWidget(lower)
    lines.addStretch(1)
    return lines


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
