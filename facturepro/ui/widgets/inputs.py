"""Input controls. Each has ``value()``, ``set_value()``, ``problem()`` and the signal ``edited``.

``FormField(label, control)`` adds the label above and the sentence below, and shows by itself that a control cannot be
read. The typed text is never thrown away: what cannot be read stays in the field, with what to do.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QListView, QPlainTextEdit, QSizePolicy, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.drawing import box, draw_text, state_of, text_width
from facturepro.ui.widgets.keycap import keycap_width, paint_keycap

_SIDE = 10  # padding beside an icon or a suffix


def mark_state(widget: QWidget, state: str | None) -> None:
    """Border of an input: None, "error" or "warning"."""
    if widget.property("fpState") != state:
        widget.setProperty("fpState", state)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class TextField(QLineEdit):
    """One line of text.

    Signals: ``edited(object)`` with the value whenever a person changes it, ``problem_changed(object)`` with the
    sentence or None after the field is left.

    Args:
        suffix: words at the right inside the field ("€").
        icon: an icon at the left ("action.search") or, for ``lock``, at the right.
        small: 28 px high, for drawers and filter bars.
        bare: no border, to edit in place.
    """

    edited = Signal(object)
    problem_changed = Signal(object)

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        suffix: str = "",
        icon: str | None = None,
        small: bool = False,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._suffix, self._icon, self._locked, self._keycap = suffix, icon, False, ""
        self.setFont(theme.current().font("body"))
        self.setPlaceholderText(placeholder)
        self.setFixedHeight(theme.current().size("control_small" if small else "control"))
        if bare:
            self.setProperty("fpBare", "true")
        self.setText(value)
        self._fit_margins()
        self.textEdited.connect(lambda _text: self.edited.emit(self.value()))
        self.editingFinished.connect(self._announce)

    def value(self) -> object:
        """The text without spaces around it."""
        return self.text().strip()

    def set_value(self, value: object) -> None:
        self.setText("" if value is None else str(value))
        self.setCursorPosition(0)

    def problem(self) -> str | None:
        """Why what is typed cannot be read, and what to do; None when it can."""
        return None

    def set_suffix(self, suffix: str) -> None:
        self._suffix = suffix
        self._fit_margins()
        self.update()

    def set_locked(self, locked: bool) -> None:
        """Frozen: readable and copyable, with a padlock."""
        self._locked = locked
        self.setReadOnly(locked)
        self._fit_margins()
        self.style().unpolish(self)
        self.style().polish(self)

    def _announce(self) -> None:
        self.problem_changed.emit(self.problem())

    def _right_room(self) -> int:
        room = 0
        if self._suffix:
            room += 7 + round(text_width(theme.current().font("body"), self._suffix))
        if self._locked:
            room += 4 + theme.current().size("icon_small")
        if self._keycap:
            room += keycap_width(self._keycap)
        return room

    def _fit_margins(self) -> None:
        left = 16 + 8 if self._icon else 0
        right = self._right_room()
        if self.isRightToLeft():
            left, right = right, left
        self.setTextMargins(left, 0, right, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        current = theme.current()
        if self._icon:
            icons.paint(painter, self._slot(11, 16, True), self._icon, "text_2")
        if self._suffix:
            tint = "text_3" if self.isEnabled() else "text_disabled"
            width = round(text_width(current.font("body"), self._suffix))
            area = self._slot(_SIDE + 1 + self._suffix_offset(), width, False)
            area = QRectF(area.x(), 0, area.width() + 1, self.height())
            draw_text(painter, area, self._suffix, current.font("body"), current.color(tint))
        if self._locked:
            icons.paint(painter, self._slot(_SIDE, current.size("icon_small"), False), "status.sealed", "text_2")
        if self._keycap:
            width, height = keycap_width(self._keycap), current.size("keycap")
            slot = self._slot(6, width, False)
            paint_keycap(painter, QRectF(slot.x(), (self.height() - height) / 2, width, height), self._keycap)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit_margins()
            self._place_button()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_button()

    def _place_button(self) -> None:
        """For fields with a button inside."""

    def _suffix_offset(self) -> int:
        return 0

    def _slot(self, distance: int, width: int, leading: bool) -> QRectF:
        at_left = leading != self.isRightToLeft()
        left = distance if at_left else self.width() - distance - width
        return QRectF(left, (self.height() - width) // 2, width, width)


class SearchField(TextField):
    """A search field with its lens and a cross. Escape empties it. Signals: ``edited(object)`` as one types."""

    def __init__(
        self, placeholder: str = "", keycap: str = "", small: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(placeholder=placeholder, icon="action.search", small=small, parent=parent)
        self._keycap = keycap
        self.setAccessibleName(placeholder or _("Rechercher"))
        self._cross = IconButton("action.close", _("Effacer la recherche"), size=20, icon_size=12, parent=self)
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cross.setCursor(Qt.CursorShape.ArrowCursor)
        self._cross.hide()
        self._cross.clicked.connect(self._empty)
        self.textChanged.connect(self._show_cross)
        self._fit_margins()

    def _right_room(self) -> int:
        return 22 if self.text() else super()._right_room()

    def _show_cross(self, text: str) -> None:
        self._cross.setVisible(bool(text))
        self._fit_margins()

    def _empty(self) -> None:
        self.clear()
        self.edited.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._empty()
            return
        super().keyPressEvent(event)

    def _place_button(self) -> None:
        left = 6 if self.isRightToLeft() else self.width() - 26
        self._cross.move(left, (self.height() - 20) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        keycap = self._keycap
        if self.text():
            self._keycap = ""
        super().paintEvent(event)
        self._keycap = keycap


class TextArea(QPlainTextEdit):
    """Several lines of text; Tab leaves it. Signals: ``edited(object)``."""

    edited = Signal(object)

    def __init__(self, value: str = "", placeholder: str = "", lines: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(theme.current().font("body"))
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(4)
        self.setFixedHeight(lines * theme.current().line_height("body") + 14)
        self._silent = False
        self.set_value(value)
        self.textChanged.connect(self._changed)

    def value(self) -> str:
        return self.toPlainText().strip()

    def set_value(self, value: object) -> None:
        self._silent = True
        self.setPlainText("" if value is None else str(value))
        self._silent = False

    def problem(self) -> str | None:
        return None

    def _changed(self) -> None:
        if not self._silent:
            self.edited.emit(self.value())


class ChoiceField(QComboBox):
    """One of a list: ``ChoiceField([("piece", "pièce"), ("hour", "heure")])``. Typing a letter finds a choice.

    Signals: ``edited(object)`` with the key a person chose. The wheel does not change it by accident.
    """

    edited = Signal(object)

    def __init__(
        self,
        options: Sequence[tuple[object, str]] = (),
        value: object = None,
        placeholder: str = "",
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setView(QListView(self))
        popup = self.view().window()  # round corners need a see-through window
        popup.setWindowFlags(
            Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        popup.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFont(theme.current().font("body"))
        self.setFixedHeight(theme.current().size("control_small" if small else "control"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setPlaceholderText(placeholder)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.set_options(options, value)
        self.activated.connect(lambda _index: self.edited.emit(self.value()))

    def set_options(self, options: Sequence[tuple[object, str]], value: object = None) -> None:
        """Other choices; ``value`` is chosen, or none when it is not among them."""
        self.clear()
        for key, text in options:
            self.addItem(text, key)
            self.setItemData(self.count() - 1, QSize(0, theme.current().size("nav_row")), Qt.ItemDataRole.SizeHintRole)
        self.set_value(value if value is not None or not options or self.placeholderText() else options[0][0])

    def value(self) -> object:
        return self.currentData()

    def set_value(self, value: object) -> None:
        for index in range(self.count()):
            if self.itemData(index) == value:
                self.setCurrentIndex(index)
                return
        self.setCurrentIndex(-1)

    def problem(self) -> str | None:
        return None

    def wheelEvent(self, event: QEvent) -> None:
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        border = {"error": "danger", "warning": "warning"}.get(str(self.property("fpState")), "border_input")
        fill = "surface_2"
        if not self.isEnabled():
            fill, border = "surface_1", "separator"
        elif state_of(self) == "hover":
            fill = "hover"
        box(painter, self.rect(), current.radius("control"), current.color(fill), current.color(border))
        text = self.currentText() or self.placeholderText()
        token = "text_disabled" if not self.isEnabled() else "text" if self.currentText() else "text_3"
        left, right = (11, 32) if not self.isRightToLeft() else (32, 11)
        align = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        area = QRectF(self.rect()).adjusted(left, 0, -right, 0)
        draw_text(painter, area, text, current.font("body"), current.color(token), align)
        caret_color = "text_2" if self.isEnabled() else "text_disabled"
        caret = 11 if self.isRightToLeft() else self.width() - 11 - 14
        icons.paint(painter, QRectF(caret, (self.height() - 14) // 2, 14, 14), "action.dropdown", caret_color)

    def sizeHint(self) -> QSize:
        widths = [text_width(self.font(), self.itemText(index)) for index in range(self.count())]
        return QSize(round(max(widths, default=60)) + 44, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, self.height())

    def showPopup(self) -> None:
        super().showPopup()
        popup = self.view().window()
        popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))


def focus_select_all(field: QLineEdit, event: QFocusEvent) -> None:
    """Reached with the keyboard, a value is ready to be typed over."""
    if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
        field.selectAll()
