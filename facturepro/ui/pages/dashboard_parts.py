"""Parts of the dashboard: figures, rows with a bar, rows of things to do. Each opens the list behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import labelled
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.pieces import Opener, Piece, paint_pieces
from facturepro.ui.widgets.surface import Surface

_BAR_ROW = 42
_LEAST = 5  # rows of a column that always have room
_HEAD = 52
_FOOT = 44


class KeyFigure(Opener):
    """Label, large figure, and a line that puts it in relation."""

    def __init__(self, with_line: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._with_line = with_line
        self._label, self._figure, self._color = "", "", "text"
        self._note: tuple[Piece, ...] = ()
        current = theme.current()
        self._lines = [current.line_height(role) for role in ("caption", "figure", "caption")]
        margin, gap = current.space("m"), current.space("xxs")
        self.setFixedHeight(2 * margin + sum(self._lines) + 2 * gap - current.size("separator"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_figure(self, label: str, figure: str, note: Sequence[Piece], color: str = "text") -> None:
        wanted = (label, figure, color, tuple(note))
        if wanted == (self._label, self._figure, self._color, self._note):
            return
        self._label, self._figure, self._color, self._note = wanted
        self.setAccessibleName(f"{labelled(label, figure)}. {''.join(piece.text for piece in note)}")
        self.update()

    def figure(self) -> str:
        return self._figure

    def note(self) -> str:
        return "".join(piece.text for piece in self._note)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        if self.underMouse():
            painter.fillRect(self.rect(), current.color("hover"))
        if self._with_line:
            left = 0 if self.is_mirrored() else self.width() - 1
            painter.fillRect(left, 0, 1, self.height(), current.color("separator"))
        near, far = current.space("l"), current.space("m")
        left = far if self.is_mirrored() else near
        top = current.space("m")
        rows = ((Piece(self._label),), (Piece(self._figure, "figure", self._color),), self._note)
        for pieces, height in zip(rows, self._lines, strict=True):
            area = QRectF(left, top, self.width() - near - far, height)
            paint_pieces(painter, area, pieces, self.is_mirrored())
            top += height + current.space("xxs")


@dataclass(frozen=True)
class BarLine:
    """``share`` runs from 0 to 1; ``color`` is a token, or with ``shade`` a list of [chart] and the place in it."""

    text: str
    value: tuple[Piece, ...]
    share: float
    color: str = "accent"
    shade: int = -1
    spoken: str = ""


class BarRow(Opener):
    """Words, a value at the right, a bar of 4 below; 42 high."""

    def __init__(self, line: BarLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_BAR_ROW)
        self._line = line
        self.set_line(line)

    def set_line(self, line: BarLine) -> None:
        self._line = line
        value = "".join(piece.text for piece in line.value)
        self.setAccessibleName(line.spoken or labelled(line.text, value))
        self.update()

    def _bar_color(self) -> QColor:
        current = theme.current()
        if self._line.shade < 0:
            return current.color(self._line.color)
        color: QColor = current.chart(self._line.color)[self._line.shade]
        return color

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        line = current.line_height("body")
        wide = sum(text_width(current.font(piece.role), piece.text) for piece in self._line.value)
        room, mirrored = self.width() - wide - current.space("xs"), self.is_mirrored()
        font = current.font("body")
        font.setUnderline(self.underMouse())
        words = QRectF(wide + current.space("xs") if mirrored else 0, 0, room, line)
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(painter, words, self._line.text, font, current.color("text_2"), align)
        paint_pieces(painter, QRectF(0 if mirrored else self.width() - wide, 0, wide + 1, line), self._line.value)
        height, radius = current.size("progress_bar"), current.radius("bar")
        ground = QRectF(0, line + 3, self.width(), height)
        radius = min(radius, height // 2)
        box(painter, ground, radius, current.color("separator"))
        done = round(self.width() * min(max(self._line.share, 0.0), 1.0))
        if done > 0:
            done = max(done, 2 * height + 2)
            box(
                painter,
                QRectF(self.width() - done if mirrored else 0, ground.top(), done, height),
                radius,
                self._bar_color(),
            )


class Column(Surface):
    """One of the four columns at the foot: title, rows that fit, and a foot."""

    foot_clicked = Signal()

    def __init__(self, title: str, lines: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__("surface_2", lines, parent)
        current = theme.current()
        self._rows: list[BarRow] = []
        self._wanted: list[tuple[BarLine, Callable[[], object]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        inside = QWidget()
        self._inside = QVBoxLayout(inside)
        self._inside.setContentsMargins(current.space("l"), 0, current.space("l"), 0)
        self._inside.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(0, current.space("xxs"), 0, 0)
        self.title = Label(title, role="section")
        self.title.setFixedHeight(_HEAD - current.space("xxs"))
        self.note = Label("", role="caption", color="text_2")
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.note)
        self._inside.addLayout(head)
        self.nothing = Label("", color="text_3", wrap=True)
        self.nothing.hide()
        self._inside.addWidget(self.nothing)
        self._inside.addStretch(1)
        column.addWidget(inside, 1)
        self.foot = ColumnFoot("right" in lines)
        self.foot.clicked.connect(self.foot_clicked)
        column.addWidget(self.foot)
        self.setMinimumHeight(_HEAD + _LEAST * _BAR_ROW + theme.current().space("xl") - 2 + _FOOT)

    def rows(self) -> list[BarRow]:
        """Rows on show."""
        return self._rows[: self._fitting()]

    def set_rows(self, rows: Sequence[tuple[BarLine, Callable[[], object]]], nothing: str = "") -> None:
        """Rows are kept and changed, so that the focus stays where it is."""
        self._wanted = list(rows)
        while len(self._rows) < len(rows):
            row = BarRow(rows[len(self._rows)][0])
            number = len(self._rows)
            row.clicked.connect(lambda at=number: self._wanted[at][1]())
            self._rows.append(row)
            self._inside.insertWidget(self._inside.count() - 1, row)
        for row, (line, _open) in zip(self._rows, rows, strict=False):
            row.set_line(line)
        self.nothing.setText(nothing)
        self.nothing.setVisible(not rows and bool(nothing))
        self._show_fitting()

    def _fitting(self) -> int:
        room = self.height() - _HEAD - self.foot.height()
        return min(len(self._wanted), max(_LEAST, room // _BAR_ROW))

    def _show_fitting(self) -> None:
        fitting = self._fitting()
        for index, row in enumerate(self._rows):
            row.setVisible(index < fitting)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._show_fitting()


class ColumnFoot(Opener):
    """Total of the column, or a link with an arrow; 44 high on surface_1."""

    def __init__(self, with_line: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._value, self._with_line = "", "", with_line
        self.setFixedHeight(_FOOT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_total(self, text: str, value: str) -> None:
        self._text, self._value = text, value
        self.setAccessibleName(labelled(text, value) if value else text)
        self.update()

    def value(self) -> str:
        return self._value

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        painter.fillRect(self.rect(), current.color("hover" if self.underMouse() else "surface_1"))
        painter.fillRect(0, 0, self.width(), current.size("separator"), current.color("separator"))
        if self._with_line:
            painter.fillRect(self.width() - 1, 0, 1, self.height(), current.color("separator"))
        side = current.space("l")
        area = QRectF(self.rect()).adjusted(side, 1, -side, 0)
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self.is_mirrored():
            start, end = end, start
        if self._value:
            draw_text(painter, area, self._text, current.font("body"), current.color("text_2"), start)
            draw_text(painter, area, self._value, current.font("strong"), current.color("text"), end)
            return
        draw_text(painter, area, self._text, current.font("button"), current.color("accent_text"), start)
        icon = current.size("icon_small") + 2
        left = area.left() if self.is_mirrored() else area.right() - icon
        icons.paint(painter, QRectF(left, (self.height() - icon) / 2, icon, icon), "action.open", "accent_text")


@dataclass(frozen=True)
class Task:
    """One line of "À faire" or of the first steps."""

    icon: str
    text: str
    amount: str = ""
    color: str = "text_2"
    is_done: bool = False


class TaskRow(Opener):
    """Icon, words, amount, arrow; 36 high with a separator."""

    def __init__(self, task: Task, is_last: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task, self._is_last = task, is_last
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.current().size("row"))
        self.setAccessibleName(f"{task.text}, {task.amount}" if task.amount else task.text)

    def sizeHint(self) -> QSize:
        return QSize(theme.current().size("drawer_min"), self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        side, small = current.size("icon"), current.size("icon_small")
        mirrored = self.is_mirrored()
        area = QRectF(self.rect()).adjusted(0, 0, 0, -1)
        if self.underMouse():
            painter.fillRect(self.rect(), current.color("hover"))
        if not self._is_last:
            painter.fillRect(0, self.height() - 1, self.width(), 1, current.color("separator"))
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            start, end = end, start
        glyph = QRectF(self.width() - side if mirrored else 0, (area.height() - side) / 2, side, side)
        icons.paint(painter, glyph, self._task.icon, self._task.color)
        arrow = QRectF(4 if mirrored else self.width() - 4 - small, (area.height() - small) / 2, small, small)
        icons.paint(painter, arrow, "caret-left" if mirrored else "caret-right", "text_2")
        far = small + current.space("m")
        words = area.adjusted(far if mirrored else 30, 0, -30 if mirrored else -far, 0)
        width = text_width(current.font("body"), self._task.amount)
        draw_text(painter, words, self._task.amount, current.font("body"), current.color("text_2"), end)
        words.adjust(width if mirrored else 0, 0, 0 if mirrored else -width, 0)
        font, color = current.font("body"), "text"
        if self._task.is_done:
            font.setStrikeOut(True)
            color = "text_3"
        draw_text(painter, words, self._task.text, font, current.color(color), start)


class TaskList(QWidget):
    """A title, a note at the right, and rows that are made again only when they differ."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks: list[Task] = []
        self._acts: list[Callable[[], object]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(0, theme.current().space("xxs"), 0, 0)
        self.title = Label(title, role="section")
        self.title.setFixedHeight(_HEAD - theme.current().space("xxs"))
        self.note = Label("", role="caption", color="text_2")
        self.extra = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.note)
        head.addLayout(self.extra)
        column.addLayout(head)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        column.addLayout(self._column)

    def tasks(self) -> list[Task]:
        return list(self._tasks)

    def row(self, index: int) -> TaskRow:
        widget = self._column.itemAt(index).widget()
        assert isinstance(widget, TaskRow)
        return widget

    def set_tasks(self, tasks: Sequence[tuple[Task, Callable[[], object]]]) -> None:
        self._acts = [act for _task, act in tasks]
        if [task for task, _act in tasks] == self._tasks:
            return
        self._tasks = [task for task, _act in tasks]
        while (item := self._column.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for index, task in enumerate(self._tasks):
            row = TaskRow(task, index == len(tasks) - 1)
            row.clicked.connect(lambda at=index: self._acts[at]())
            self._column.addWidget(row)
