"""Drawing of a list: one delegate for every kind of cell, and the header; no cost depends on the number of rows."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from facturepro.ui import icons, theme
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.models.records import RecordModel
from facturepro.ui.widgets.chips import chip_width, paint_chip
from facturepro.ui.widgets.drawing import box, check_colors, check_mark, draw_text, text_width

PADDING = 8
EDGE = 16  # right of the last column: 4 + the gutter of the scroll bar
CHECK_COLUMN = 36
_ACCENT = 2
_QUIET = ("date", "due")
_FONTS = {"strong": "button", "money": "button"}


def alignment(spec: ColumnSpec, right_to_left: bool) -> Qt.AlignmentFlag:
    at_right = (spec.align == "right") != right_to_left
    return Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft


def inner_rect(rect: QRect, is_last: bool, right_to_left: bool, is_first: bool = False) -> QRect:
    """A cell without its padding. ``is_first``: it stands at the edge of the page, without a check box before it."""
    far, near = EDGE if is_last else PADDING, theme.current().space("l") if is_first else PADDING
    return rect.adjusted(far, 0, -near, 0) if right_to_left else rect.adjusted(near, 0, -far, 0)


def check_rect(rect: QRect, right_to_left: bool) -> QRectF:
    """The 16-px box of the check column."""
    side = theme.current().size("checkbox")
    left = rect.right() + 1 - EDGE - side if right_to_left else rect.left() + EDGE
    return QRectF(left, rect.top() + (rect.height() - side) // 2, side, side)


class RecordDelegate(QStyledItemDelegate):
    """Paints cells; the list tells it which row is under the pointer and which is current."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.hover_row = -1
        self.hover_check = False
        self.current_row = -1
        self.focus_visible = False
        self.last_column = -1
        self.first_column = 0

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, theme.current().size("row"))

    def background(self, model: RecordModel, row: int) -> QColor:
        checked, hover = model.is_checked(row), row == self.hover_row
        if checked or (row == self.current_row and not model.checkable):
            return theme.current().color("selected_hover" if hover else "selected")
        return theme.current().color("hover" if hover else "surface_2")

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        if not isinstance(model, RecordModel):
            return
        row, column, rect = index.row(), index.column(), option.rect
        current = theme.current()
        painter.save()
        painter.fillRect(rect, self.background(model, row))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, current.color("separator"))
        rtl = option.direction == Qt.LayoutDirection.RightToLeft
        area = rect.adjusted(0, 0, 0, -1)
        spec = model.spec(column)
        if spec is None:
            self._paint_check(painter, model, row, check_rect(area, rtl))
        else:
            is_first = column == self.first_column and not model.checkable
            inner = inner_rect(area if spec.kind == "chip" else rect, column == self.last_column, rtl, is_first)
            self._paint_cell(painter, inner, model.cell(row, column), spec, rtl)
        if row == self.current_row:
            self._paint_current(painter, area, column, rtl)
        painter.restore()

    def _paint_check(self, painter: QPainter, model: RecordModel, row: int, rect: QRectF) -> None:
        checked = model.is_checked(row)
        state = Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
        hover = row == self.hover_row and self.hover_check
        check_mark(painter, rect, state, check_colors(theme.current(), checked, hover=hover))

    def _paint_current(self, painter: QPainter, area: QRect, column: int, rtl: bool) -> None:
        if column == self.first_column:
            left = area.right() + 1 - _ACCENT if rtl else area.left()
            painter.fillRect(left, area.top(), _ACCENT, area.height(), theme.current().color("accent"))
        if not self.focus_visible:
            return
        ring = theme.current().color("focus")
        painter.fillRect(area.left(), area.top(), area.width(), 2, ring)
        painter.fillRect(area.left(), area.bottom() - 1, area.width(), 2, ring)
        first, last = (self.last_column, self.first_column) if rtl else (self.first_column, self.last_column)
        if column == first:
            painter.fillRect(area.left(), area.top(), 2, area.height(), ring)
        if column == last:
            painter.fillRect(area.right() - 1, area.top(), 2, area.height(), ring)

    def _paint_cell(self, painter: QPainter, rect: QRect, cell: Cell, spec: ColumnSpec, rtl: bool) -> None:
        if spec.kind == "chip":
            self._paint_chip(painter, rect, cell, rtl)
        elif spec.kind == "icon":
            if cell.icon:
                icons.paint(painter, rect, cell.icon, cell.tone or "text_2")
        elif spec.kind == "two_line" or cell.second:
            self._paint_two_lines(painter, rect, cell, spec, rtl)
        else:
            self._paint_text(painter, rect, cell, spec, rtl)

    def _paint_chip(self, painter: QPainter, rect: QRect, cell: Cell, rtl: bool) -> None:
        if cell.value is None:
            return
        area = QRectF(rect)
        if rtl:
            area.setLeft(max(area.left(), area.right() - chip_width(str(cell.value), cell.icon)))
        paint_chip(painter, area, str(cell.value), cell.chip, cell.icon)

    def _color(self, cell: Cell, kind: str) -> QColor:
        if cell.tone:
            return theme.current().color(cell.tone)
        if cell.late:
            return theme.current().color("danger")
        if cell.muted:
            return theme.current().color("text_3")
        return theme.current().color("text_2" if kind in _QUIET else "text")

    def _font(self, cell: Cell, kind: str) -> QFont:
        role = "button" if cell.late else _FONTS.get(kind, "body")
        if cell.muted and kind == "money":
            role = "body"
        font = theme.current().font(role)
        if cell.struck:
            font.setStrikeOut(True)
        return font

    def _paint_text(self, painter: QPainter, rect: QRect, cell: Cell, spec: ColumnSpec, rtl: bool) -> None:
        figures = spec.kind in ("money", "number")
        elide = Qt.TextElideMode.ElideNone if figures else Qt.TextElideMode.ElideRight
        align = alignment(spec, rtl)
        draw_text(
            painter, rect, cell.text(spec.kind), self._font(cell, spec.kind), self._color(cell, spec.kind), align, elide
        )

    def _paint_two_lines(self, painter: QPainter, rect: QRect, cell: Cell, spec: ColumnSpec, rtl: bool) -> None:
        current = theme.current()
        align = alignment(spec, rtl)
        top = rect.top() + (rect.height() - 36) // 2
        upper = QRectF(rect.left(), top, rect.width(), 20)
        lower = QRectF(rect.left(), top + 19, rect.width(), 16)
        draw_text(painter, upper, cell.text(spec.kind), current.font("button"), self._color(cell, spec.kind), align)
        draw_text(painter, lower, cell.second, current.font("caption"), current.color("text_3"), align)


class RecordHeader(QHeaderView):
    """The header: titles, the sort arrow, the box that checks all.

    Signals: ``check_all_clicked()``, ``sort_clicked(int)``, ``chooser_wanted(QPoint)``, ``widths_changed()``.
    """

    check_all_clicked = Signal()
    sort_clicked = Signal(int)
    widths_changed = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.setFixedHeight(theme.current().size("table_header"))
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setMinimumSectionSize(CHECK_COLUMN)
        self.setHighlightSections(False)
        self.setSectionsMovable(False)
        self.setMouseTracking(True)
        self._hover = -1
        self._pressed = -1
        self._pressed_x = 0
        self.last_column = -1

    def _model(self) -> RecordModel | None:
        model = self.model()
        return model if isinstance(model, RecordModel) else None

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme.current().size("table_header"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self.logicalIndexAt(event.position().toPoint())
        self._pressed_x = round(event.position().x())
        self._sizes = [self.sectionSize(section) for section in range(self.count())]
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, -1
        if event.button() != Qt.MouseButton.LeftButton or pressed < 0:
            return
        if [self.sectionSize(section) for section in range(self.count())] != self._sizes:
            self.widths_changed.emit()
            return
        model = self._model()
        if model is None or self.logicalIndexAt(event.position().toPoint()) != pressed:
            return
        spec = model.spec(pressed)
        if spec is None:
            self.check_all_clicked.emit()
        elif spec.sortable:
            self.sort_clicked.emit(pressed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover = self.logicalIndexAt(event.position().toPoint())
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover = -1
        self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        current = theme.current()
        whole = self.viewport().rect()
        painter.fillRect(whole, current.color("surface_1"))
        painter.fillRect(0, 0, whole.width(), 1, current.color("separator"))
        painter.fillRect(0, whole.height() - 1, whole.width(), 1, current.color("separator"))
        for section in range(self.count()):
            if not self.isSectionHidden(section):
                rect = QRect(self.sectionViewportPosition(section), 0, self.sectionSize(section), whole.height())
                self._paint(painter, rect, section)

    def _paint(self, painter: QPainter, rect: QRect, section: int) -> None:
        model = self._model()
        if model is None:
            return
        spec = model.spec(section)
        rtl = self.isRightToLeft()
        if spec is None:
            state = model.check_state()
            colors = check_colors(theme.current(), state != Qt.CheckState.Unchecked, hover=self._hover == section)
            check_mark(painter, check_rect(rect, rtl), state, colors)
            return
        is_first = section == 0 and not model.checkable
        self._paint_title(painter, inner_rect(rect, section == self.last_column, rtl, is_first), spec, section)

    def _paint_title(self, painter: QPainter, area: QRect, spec: ColumnSpec, section: int) -> None:
        current = theme.current()
        model = self._model()
        sort = model.sort_state() if model else None
        sorted_here = sort is not None and sort[0] == spec.key
        font = current.font("label")
        hovered = spec.sortable and self._hover == section
        colour = current.color("text" if sorted_here or hovered else "text_2")
        align = alignment(spec, self.isRightToLeft())
        if sorted_here and sort is not None:
            area = self._paint_arrow(painter, area, spec, align, sort[1])
        draw_text(painter, area, spec.title, font, colour, align)

    def _paint_arrow(
        self, painter: QPainter, area: QRect, spec: ColumnSpec, align: Qt.AlignmentFlag, descending: bool
    ) -> QRect:
        """The arrow beside the title; answers the room that is left for the title."""
        side, gap = 12, 4
        wanted = round(text_width(theme.current().font("label"), spec.title))
        if align == Qt.AlignmentFlag.AlignLeft and wanted + side + gap > area.width():
            gap = 0  # a narrow column: the arrow stands in the padding rather than cut the title
            area = area.adjusted(0, 0, PADDING, 0)
        width = min(wanted, area.width() - side - gap)
        name = "action.sort_desc" if descending else "action.sort_asc"
        if align == Qt.AlignmentFlag.AlignRight:
            slot = QRect(area.right() + 1 - width - gap - side, 0, side, area.height())
        else:
            slot = QRect(area.left() + width + gap, 0, side, area.height())
            area = QRect(area.left(), area.top(), width + 1, area.height())
        icons.paint(painter, slot, name, "text")
        return area


def paint_focus_box(painter: QPainter, rect: QRect) -> None:
    """A 2-px mark inside a cell, for grids."""
    box(painter, rect, 0, None, theme.current().color("focus"), 2)
