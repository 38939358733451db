"""Fields of the wizard: a text field that shows a green tick, and its form field with the green sentence."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from facturepro.ui import icons, theme
from facturepro.ui.widgets.fields import TextField
from facturepro.ui.widgets.form import FormField
from facturepro.ui.widgets.labels import Label

_TICK = 16


class TickField(TextField):
    """A text field with a tick at its end when the value has been checked. Signals: ``left()`` when it loses focus."""

    left = Signal()

    def __init__(self, suffix: str = "", parent: QWidget | None = None) -> None:
        self._ticked = False
        super().__init__(suffix=suffix, parent=parent)
        self.editingFinished.connect(self.left)

    def is_ticked(self) -> bool:
        return self._ticked

    def set_ticked(self, ticked: bool) -> None:
        if ticked != self._ticked:
            self._ticked = ticked
            self._fit_margins()
            self.update()

    def _right_room(self) -> int:
        return super()._right_room() + (_TICK + 6 if self._ticked else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ticked:
            icons.paint(QPainter(self), self._slot(11, _TICK, False), "status.ok", "success")


class CheckedField(FormField):
    """A form field whose hint turns green, with a tick in the field, after a check that found it good."""

    def __init__(self, label: str, control: QWidget, optional: bool = False) -> None:
        self._good = Label("", role="caption", color="success", wrap=True)
        self._good.hide()
        self._standing: str | None = None
        super().__init__(label, control, optional)
        column = self.layout()
        assert column is not None
        column.addWidget(self._good)

    def set_standing_hint(self, text: str) -> None:
        """A grey sentence that is there whenever no check has anything to say."""
        self._standing = text
        self.set_hint(text)

    def message_widget(self) -> QWidget:
        """The sentence, taken out of the field, to be laid out by the form where it has more room."""
        column = self.layout()
        assert column is not None
        column.removeWidget(self._message)
        return self._message

    def show_check(self, error: str | None, hint: str | None, good: bool) -> None:
        """An error, a green hint (``good``) or a grey one."""
        self.set_error(error)
        self.set_hint(None if good and hint else hint or self._standing)
        is_good = bool(good and hint and not error)
        self._good.setText(hint or "" if is_good else "")
        self._good.setVisible(is_good)
        if isinstance(self.control, TickField):
            self.control.set_ticked(is_good)

    def has_error(self) -> bool:
        return bool(self._texts["error"])

    def shown_text(self) -> str:
        """The sentence under the field, whatever its colour."""
        return self.message() or self._good.text()


def gap() -> int:
    """Between two fields of a form."""
    return theme.current().space("m")
