"""Drawing of the grid of lines, and the editor inside a cell."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.pages.invoice_editor.lines_model import (
    DESCRIPTION,
    ERROR_ROLE,
    FIELDS,
    HANDLE,
    NET,
    QUANTITY,
    RIGHT,
    UNIT,
    VAT,
    LinesModel,
    titles,
)
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.focus import INSIDE

if TYPE_CHECKING:
    from facturepro.ui.pages.invoice_editor.lines_view import LinesView

_PADDING = 8
_STRONG = (QUANTITY, NET)
_Any = QModelIndex | QPersistentModelIndex


class CellEditor(QLineEdit):
    """The field over a cell: no border but the focus mark, 2 px inside."""

    def __init__(self, parent: QWidget, row: int, column: int, has_error: bool) -> None:
        super().__init__(parent)
        self.row, self.column = row, column
        self._has_error = has_error
        self.setProperty("fpBare", "true")
        self.setProperty(INSIDE, True)
        self.setFont(theme.current().font("body"))
        self.setTextMargins(6, 0, 6, 0)
        side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(_("Ligne {row}, {column}").format(row=row + 1, column=titles()[column]))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().color("surface_2"))
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self)
        token = "danger" if self._has_error else "focus"
        box(painter, self.rect(), 0, None, theme.current().color(token), 2)


class LinesDelegate(QStyledItemDelegate):
    def __init__(self, view: "LinesView") -> None:
        super().__init__(view)
        self._view = view
        self.hover_row = -1

    # ------------------------------------------------------------------ drawing
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Any) -> None:
        model = index.model()
        if not isinstance(model, LinesModel):
            return
        rect: QRect = option.rect
        row, column = index.row(), index.column()
        current = theme.current()
        hovered = row == self.hover_row and not model.is_ghost(row)
        painter.save()
        painter.fillRect(rect, current.color("hover" if hovered else "surface_2"))
        line = current.color("separator")
        if row < model.rowCount() - 1:
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, line)
        if column < NET:
            painter.fillRect(rect.right(), rect.top(), 1, rect.height(), line)
        if column == HANDLE:
            if hovered and not model.is_locked:
                self._paint_handle(painter, rect)
        else:
            self._paint_text(painter, rect, index, model)
        self._paint_mark(painter, rect, index)
        painter.restore()

    def _paint_handle(self, painter: QPainter, rect: QRect) -> None:
        side = theme.current().size("icon_small")
        slot = QRect(rect.left() + (rect.width() - side) // 2, rect.top() + (rect.height() - side) // 2, side, side)
        icons.paint(painter, slot, "action.drag", "text_2")

    def _paint_text(self, painter: QPainter, rect: QRect, index: _Any, model: LinesModel) -> None:
        current = theme.current()
        column, text = index.column(), str(index.data() or "")
        role, color = ("button" if column in _STRONG else "body"), "text"
        if column in (UNIT, VAT):
            color = "text_2"
        if model.is_ghost(index.row()):
            role = "body"
            color = "text_3" if column == DESCRIPTION else "text_2"
            if column == DESCRIPTION:
                text = _("Produit ou texte libre")
        elif column == DESCRIPTION and not text:
            text, color = _("Désignation à écrire"), "warning"
        if index.data(ERROR_ROLE):
            color = "danger"
        side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
        area = rect.adjusted(_PADDING, 0, -_PADDING, -1)
        draw_text(painter, area, text.replace("\n", " · "), current.font(role), current.color(color), side)

    def _paint_mark(self, painter: QPainter, rect: QRect, index: _Any) -> None:
        """The current cell while the grid has the focus, and a cell that cannot be read."""
        if index.data(ERROR_ROLE):
            box(painter, rect.adjusted(0, 0, -1, -1), 0, None, theme.current().color("danger"), 1)
        if self._view.hasFocus() and index == self._view.currentIndex() and index.column() in FIELDS:
            box(painter, rect.adjusted(0, 0, -1, -1), 0, None, theme.current().color("focus"), 2)

    # ------------------------------------------------------------------ editing
    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: _Any) -> QWidget:
        editor = CellEditor(parent, index.row(), index.column(), bool(index.data(ERROR_ROLE)))
        if index.column() == DESCRIPTION:
            editor.textEdited.connect(lambda text: self._view.text_typed.emit(editor, text))
            editor.destroyed.connect(self._view.description_left)
        return editor

    def setEditorData(self, editor: QWidget, index: _Any) -> None:
        if isinstance(editor, CellEditor):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QObject, index: _Any) -> None:
        if isinstance(editor, CellEditor) and isinstance(model, LinesModel):
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: _Any) -> None:
        editor.setGeometry(option.rect.adjusted(-1, -1, 0, 0))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if (
            isinstance(editor, CellEditor)
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and self._view.editor_key(editor, event)
        ):
            return True
        return super().eventFilter(editor, event)


class LinesHeader(QHeaderView):
    def __init__(self, view: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, view)
        self.setFixedHeight(theme.current().size("table_header"))
        self.setMinimumSectionSize(16)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        current = theme.current()
        whole = self.viewport().rect()
        painter.fillRect(whole, current.color("surface_1"))
        painter.fillRect(0, whole.height() - 1, whole.width(), 1, current.color("separator"))
        for section, title in enumerate(titles()):
            left = self.sectionViewportPosition(section)
            area = QRect(left + _PADDING, 0, self.sectionSize(section) - 2 * _PADDING, whole.height())
            side = Qt.AlignmentFlag.AlignRight if section in RIGHT else Qt.AlignmentFlag.AlignLeft
            draw_text(painter, area, title, current.font("label"), current.color("text_2"), side)
