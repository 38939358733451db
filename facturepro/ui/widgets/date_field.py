"""A date: typed as "20/12/2026", "20/12" or "201226", or picked from a calendar."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_date
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date
from facturepro.ui import theme
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.calendar import Calendar
from facturepro.ui.widgets.drawing import text_width
from facturepro.ui.widgets.inputs import TextField, focus_select_all

_BUTTON = 24


class DateField(TextField):
    """``value()`` is a ``date``, or None when empty or unreadable (then ``problem()`` says why).

    Alt+Down opens the calendar, Up and Down move by one day. Signals: ``edited(object)``, ``problem_changed(object)``.

    Args:
        today: clock, for "20/12" and the calendar.
        hint: words beside the calendar button ("30 j").
    """

    def __init__(
        self,
        value: date | None = None,
        placeholder: str | None = None,
        today: Callable[[], date] = date.today,
        hint: str = "",
        small: bool = False,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        self._today = today
        text = _("jj/mm/aaaa") if placeholder is None else placeholder
        super().__init__(placeholder=text, suffix=hint, small=small, bare=bare, parent=parent)
        self._button = IconButton("action.calendar", _("Ouvrir le calendrier"), size=_BUTTON, icon_size=14, parent=self)
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.setCursor(Qt.CursorShape.ArrowCursor)
        self._button.clicked.connect(self.open_calendar)
        self._popup: QFrame | None = None
        self.set_value(value)
        self._fit_margins()
        self.editingFinished.connect(self._rewrite)

    def value(self) -> date | None:
        text = self.text().strip()
        try:
            return parse_date(text, self._today()) if text else None
        except UserError:
            return None

    def set_value(self, value: object) -> None:
        self.setText(format_date(value, "short") if isinstance(value, date) else "")

    def problem(self) -> str | None:
        text = self.text().strip()
        try:
            if text:
                parse_date(text, self._today())
        except UserError as error:
            return error.message
        return None

    def set_locked(self, locked: bool) -> None:
        self._button.setVisible(not locked)
        super().set_locked(locked)

    def open_calendar(self) -> QCalendarWidget:
        """Show the calendar below the field; a chosen day is written into it."""
        flags = Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        self._popup = QFrame(self, flags)
        self._popup.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._popup.setObjectName("calendarPopup")
        layout = QVBoxLayout(self._popup)
        layout.setContentsMargins(4, 4, 4, 4)
        calendar = Calendar(self.value() or self._today(), self._today())
        calendar.clicked.connect(self._take)
        calendar.activated.connect(self._take)
        layout.addWidget(calendar)
        self._popup.move(self.mapToGlobal(QPoint(0, self.height() + 4)))
        self._popup.show()
        calendar.setFocus()
        return calendar

    def _take(self, day: QDate) -> None:
        self._change(date(day.year(), day.month(), day.day()))
        if self._popup is not None:
            self._popup.close()
            self._popup = None

    def _change(self, day: date) -> None:
        before = self.value()
        self.set_value(day)
        if day != before:
            self.edited.emit(day)
        self._announce()

    def _rewrite(self) -> None:
        day = self.value()
        if day is not None and not self.isReadOnly():
            self.set_value(day)

    def _right_room(self) -> int:
        if self._locked:
            return super()._right_room()
        return super()._right_room() + 18

    def _suffix_offset(self) -> int:
        return 0 if self._locked else 20

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if key == Qt.Key.Key_Down and alt and not self.isReadOnly():
            self.open_calendar()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not self.isReadOnly():
            day = self.value() or self._today()
            self._change(date.fromordinal(day.toordinal() + (1 if key == Qt.Key.Key_Up else -1)))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        focus_select_all(self, event)

    def _place_button(self) -> None:
        left = 5 if self.isRightToLeft() else self.width() - 5 - _BUTTON
        self._button.move(left, (self.height() - _BUTTON) // 2)

    def minimum_width(self) -> int:
        """Room for a whole date and the button."""
        return round(text_width(theme.current().font("body"), "00/00/0000")) + 48
