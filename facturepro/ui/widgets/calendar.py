"""A month to pick a day from: Monday first, other months muted, today ringed."""

from datetime import date

from PySide6.QtCore import QDate, QEvent, QLocale, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QCalendarWidget, QToolButton, QWidget

from facturepro.i18n import _, language
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box, draw_text

_WIDTH, _HEIGHT = 264, 264


class Calendar(QCalendarWidget):
    """``Calendar(day, today)``. Signals: ``clicked(QDate)``, ``activated(QDate)``."""

    def __init__(self, day: date, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = QDate(today.year, today.month, today.day)
        self.setLocale(QLocale(language()))
        self.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        self.setSelectedDate(QDate(day.year, day.month, day.day))
        self.setAccessibleName(_("Calendrier"))
        plain = self.weekdayTextFormat(Qt.DayOfWeek.Monday)
        plain.setForeground(theme.current().color("text_2"))
        for weekday in Qt.DayOfWeek:  # red week-ends would read as errors
            self.setWeekdayTextFormat(weekday, plain)
        self.setMinimumSize(_WIDTH, _HEIGHT)
        self._dress_arrows()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._dress_arrows()

    def _dress_arrows(self) -> None:
        back, forward = ("caret-right", "caret-left") if self.isRightToLeft() else ("caret-left", "caret-right")
        self._dress("qt_calendar_prevmonth", back, _("Mois précédent"))
        self._dress("qt_calendar_nextmonth", forward, _("Mois suivant"))

    def _dress(self, name: str, icon: str, text: str) -> None:
        button = self.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(icons.icon(icon, "text_2", 14))
            button.setAccessibleName(text)
            button.setToolTip(text)

    def paintCell(self, painter: QPainter, rect: QRect, day: QDate) -> None:
        current = theme.current()
        painter.fillRect(rect, current.color("surface_2"))
        side = min(rect.width(), rect.height(), current.size("control"))
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(QRectF(rect).center())
        ink = "text" if day.month() == self.monthShown() else "text_disabled"
        if day == self.selectedDate():
            box(painter, spot, current.radius("control"), current.color("accent"))
            ink = "on_accent"
        elif day == self._today:
            box(painter, spot, current.radius("control"), None, current.color("border"))
        font = current.font("button" if day == self._today else "body")
        draw_text(painter, rect, str(day.day()), font, current.color(ink), Qt.AlignmentFlag.AlignHCenter)
