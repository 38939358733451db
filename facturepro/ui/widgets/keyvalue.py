"""Rows of a drawer: a label of 112 and a value that is edited where it stands."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, labelled
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text, text_width
from facturepro.ui.widgets.fields import TextField
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.labels import Label

LABEL_WIDTH = 112
_GAP = 8


class ValueView(QWidget):
    """The value as it is read: text, a link, or the grey invitation of an empty one; a grey note after it."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._note, self._placeholder, self._is_link, self._editable = "", "", "", False, False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.current().size("row_compact"))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_value(self, text: str, note: str, placeholder: str, is_link: bool, editable: bool) -> None:
        self._text, self._note, self._placeholder = text, note, placeholder
        self._is_link, self._editable = is_link, editable
        active = is_link or editable
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if active else Qt.FocusPolicy.NoFocus)
        shape = Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.IBeamCursor
        self.setCursor(shape if active else Qt.CursorShape.ArrowCursor)
        self.update()

    def text(self) -> str:
        return self._text

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        if self._editable and (self.underMouse() or self.hasFocus()):
            box(painter, self.rect().adjusted(-6, 0, 0, 0), current.radius("control"), current.color("hover"))
        font = current.font("button" if self._is_link else "body")
        color = "accent_text" if self._is_link else "text"
        text = self._text
        if not text:
            text, font, color = self._placeholder or "—", current.font("body"), "text_3"
        if self._is_link and self.underMouse():
            font.setUnderline(True)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(painter, self.rect(), text, font, current.color(color), align)
        if self._note:
            used = text_width(font, text) + 4
            area = QRectF(self.rect()).adjusted(0 if mirrored else used, 0, -used if mirrored else 0, 0)
            draw_text(painter, area, f"· {self._note}", current.font("body"), current.color("text_2"), align)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class KeyValueRow(QWidget):
    """``KeyValueRow("Échéance", "8 novembre 2026", note="10 jours")``.

    ``make_editable(value, commit)`` lets a click, Enter or F2 open a field in the row. Enter and leaving the field
    give the value to ``commit``; Escape gives up. A ``UserError`` from ``commit`` is shown
    under the row and the field stays.

    Signals: ``link_clicked()``, ``committed(object)`` after ``commit`` accepted.
    """

    link_clicked = Signal()
    committed = Signal(object)

    def __init__(
        self,
        label: str,
        text: str = "",
        *,
        note: str = "",
        placeholder: str = "",
        link: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._label, self._text, self._note, self._placeholder, self._link = label, text, note, placeholder, link
        self._value: object = None
        self._commit: Callable[[Any], object] | None = None
        self._make_editor: Callable[[], QWidget] = lambda: TextField(small=True)
        self._editor: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        name = Label(label, color="text_2", elide=True)
        name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        name.setFixedWidth(LABEL_WIDTH)
        row.addWidget(name)
        self._slot = QWidget()
        self._stack = QStackedLayout(self._slot)
        self.view = ValueView()
        self.view.clicked.connect(self._clicked)
        self._stack.addWidget(self.view)
        self._slot.setFixedHeight(theme.current().size("row_compact"))
        row.addWidget(self._slot, 1)
        column.addLayout(row)
        self._message = Message("", "error")
        self._message.setContentsMargins(LABEL_WIDTH + _GAP, 0, 0, 4)
        self._message.hide()
        column.addWidget(self._message)
        self._show()

    def set_text(self, text: str, note: str = "") -> None:
        self._text, self._note = text, note
        self._show()

    def text(self) -> str:
        return self._text

    def make_editable(
        self, value: object, commit: Callable[[Any], object], editor: Callable[[], QWidget] | None = None
    ) -> "KeyValueRow":
        """``editor`` makes the control (anything with ``value``, ``set_value`` and ``problem``)."""
        self._value, self._commit = value, commit
        self._make_editor = editor or self._make_editor
        self._show()
        return self

    def is_editing(self) -> bool:
        return self._editor is not None

    def editor(self) -> QWidget | None:
        return self._editor

    def error(self) -> str:
        return self._message.text() if not self._message.isHidden() else ""

    def _show(self) -> None:
        self.view.show_value(self._text, self._note, self._placeholder, self._link, self._commit is not None)
        self.view.setAccessibleName(labelled(self._label, self._text or self._placeholder or _("vide")))

    def _clicked(self) -> None:
        if self._commit is not None:
            self.edit()
        elif self._link:
            self.link_clicked.emit()

    def edit(self) -> None:
        """Open the field."""
        if self._editor is not None or self._commit is None:
            return
        editor = self._make_editor()
        editor.set_value(self._value)  # type: ignore[attr-defined]
        editor.setAccessibleName(self._label)
        editor.installEventFilter(self)
        self._editor = editor
        self._stack.addWidget(editor)
        self._stack.setCurrentWidget(editor)
        editor.setFocus(Qt.FocusReason.TabFocusReason)
        if hasattr(editor, "selectAll"):
            editor.selectAll()

    def _accept(self, keep_focus: bool) -> None:
        editor = self._editor
        if editor is None or self._commit is None:
            return
        problem = editor.problem()  # type: ignore[attr-defined]
        value = editor.value()  # type: ignore[attr-defined]
        if problem is None and value != self._value:
            try:
                self._commit(value)
            except UserError as error:
                problem = error.message
        if problem:
            self._message.show_text(problem, "error")
            self._message.show()
            return
        changed, self._value = value != self._value, value
        self._close(keep_focus)
        if changed:
            self.committed.emit(value)

    def _close(self, keep_focus: bool) -> None:
        editor, self._editor = self._editor, None
        if editor is None:
            return
        self._message.hide()
        editor.removeEventFilter(self)
        self._stack.setCurrentWidget(self.view)
        if keep_focus:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stack.removeWidget(editor)
        editor.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._editor:
            kind = event.type()
            if kind == QEvent.Type.KeyPress:
                key = event.key()  # type: ignore[attr-defined]
                if key == Qt.Key.Key_Escape:
                    self._close(True)
                    return True
                if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                    self._accept(True)
                    return True
            elif kind == QEvent.Type.FocusOut and event.reason() not in (  # type: ignore[attr-defined]
                Qt.FocusReason.PopupFocusReason,
                Qt.FocusReason.ActiveWindowFocusReason,
            ):
                self._accept(False)
        return super().eventFilter(watched, event)


class LinkRow(QWidget):
    """A linked document: icon, its number as a link, and a grey note at the right; 32 high. Signals: ``clicked()``."""

    clicked = Signal()

    def __init__(self, icon: str, text: str, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._text, self._note = icon, text, note
        self.setAccessibleName(f"{text}, {note}" if note else text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedHeight(theme.current().size("nav_row"))

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        size = current.size("icon")
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            start, end = end, start
        left = self.width() - size if mirrored else 0
        icons.paint(painter, QRectF(left, (self.height() - size) / 2, size, size), self._icon, "text_2")
        note_width = text_width(current.font("caption"), self._note)
        draw_text(painter, self.rect(), self._note, current.font("caption"), current.color("text_2"), end)
        font = current.font("button")
        font.setUnderline(self.underMouse())
        near, far = size + 8, note_width + 12
        area = QRectF(self.rect()).adjusted(far if mirrored else near, 0, -near if mirrored else -far, 0)
        draw_text(painter, area, self._text, font, current.color("accent_text"), start)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
