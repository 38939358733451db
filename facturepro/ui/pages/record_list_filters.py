"""The filter bar of a list: removable chips, "+ Filtre", the count of what is shown, the chooser of columns.

A ``FilterKind`` says how one filter is called, how its value reads, and how it is chosen: in a menu or a small form.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.ui import theme
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.chips import AddFilterButton, FilterChip
from facturepro.ui.widgets.fields import DateField, FormField, MoneyField, TextField
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.popover import Popover

Apply = Callable[[Any], None]


@dataclass(frozen=True)
class FilterKind:
    """``words(value)`` is the value on the chip; ``choices`` are a menu of (value, words), else ``make_form(value,
    apply)`` makes what stands in the popover. A menu entry whose value is ``OPEN_FORM`` opens the form."""

    key: str
    name: str
    words: Callable[[Any], str]
    choices: Callable[[], Sequence[tuple[Any, str]]] | None = None
    make_form: Callable[[Any, Apply], QWidget] | None = None


OPEN_FORM = object()


class FilterBar(QWidget):
    """Signals: ``changed()`` when a person adds, changes or removes a filter; ``columns_wanted()``."""

    changed = Signal()
    columns_wanted = Signal()

    def __init__(self, kinds: Sequence[FilterKind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = {kind.key: kind for kind in kinds}
        self._values: dict[str, Any] = {}
        self._chips: dict[str, FilterChip] = {}
        current = theme.current()
        self.setFixedHeight(current.size("filterbar"))
        row = QHBoxLayout(self)
        row.setContentsMargins(current.space("l"), 0, current.space("m"), 0)
        row.setSpacing(8)
        self._chip_row = QHBoxLayout()
        self._chip_row.setSpacing(8)
        row.addLayout(self._chip_row)
        self.add_button = AddFilterButton()
        self.add_button.clicked.connect(self._offer)
        row.addWidget(self.add_button)
        self.add_button.setVisible(bool(kinds))
        row.addStretch(1)
        self.count = Label("", role="caption", color="text_3")
        row.addWidget(self.count)
        self.columns_button = IconButton("action.columns", _("Choisir les colonnes"), icon_size=18)
        self.columns_button.clicked.connect(self.columns_wanted)
        row.addWidget(self.columns_button)

    def values(self) -> dict[str, Any]:
        """Filters in force, by key."""
        return dict(self._values)

    def set_values(self, values: dict[str, Any], tell: bool = True) -> None:
        """Put exactly these filters in force."""
        self._values = {key: value for key, value in values.items() if key in self._kinds and value is not None}
        self._show()
        if tell:
            self.changed.emit()

    def set_value(self, key: str, value: Any) -> None:
        """Put one filter in force, or take it out with None."""
        self.set_values({**self._values, key: value})

    def _show(self) -> None:
        for chip in self._chips.values():
            chip.hide()
            chip.deleteLater()
        self._chips = {}
        for key, value in self._values.items():
            chip = FilterChip(self._kinds[key].name, self._kinds[key].words(value))
            chip.clicked.connect(lambda _checked=False, name=key: self._choose(name, self._chips[name]))
            chip.removed.connect(lambda name=key: self._remove(name))
            self._chip_row.addWidget(chip)
            self._chips[key] = chip
        self.add_button.setVisible(len(self._values) < len(self._kinds))

    def _remove(self, key: str) -> None:
        self.set_value(key, None)
        self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer(self) -> None:
        menu = Menu(self)
        for key, kind in self._kinds.items():
            if key not in self._values:
                menu.add(kind.name, callback=lambda name=key: self._choose(name, self.add_button))
        menu.open_at(self.add_button)

    def _choose(self, key: str, anchor: QWidget) -> None:
        kind = self._kinds[key]
        if kind.choices is None:
            self._open_form(key, anchor)
            return
        menu = Menu(self)
        for value, words in kind.choices():
            act = self._form_opener(key, anchor) if value is OPEN_FORM else self._setter(key, value)
            menu.add(words, callback=act, checked=value == self._values.get(key))
        menu.open_at(anchor)

    def _setter(self, key: str, value: Any) -> Callable[[], None]:
        return lambda: self.set_value(key, value)

    def _form_opener(self, key: str, anchor: QWidget) -> Callable[[], None]:
        return lambda: self._open_form(key, anchor)

    def _open_form(self, key: str, anchor: QWidget) -> None:
        kind = self._kinds[key]
        if kind.make_form is None:
            raise TypeError(f"the filter {key!r} has neither choices nor a form")
        popover = Popover(self.window())
        popover.setAccessibleName(kind.name)

        def apply(value: Any) -> None:
            popover.dismiss()
            self.set_value(key, value)

        form = kind.make_form(self._values.get(key), apply)
        popover.body.addWidget(form)
        popover.open_at(anchor)
        first = form.focusProxy() or form
        first.setFocus(Qt.FocusReason.TabFocusReason)


class _Form(QWidget):
    """Fields beside each other and a button "Appliquer"; Enter applies."""

    def __init__(self, fields: Sequence[FormField], read: Callable[[], Any], apply: Apply) -> None:
        super().__init__()
        self._fields, self._read, self._apply = fields, read, apply
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(12)
        for field in fields:
            field.control.setMinimumWidth(136)
            row.addWidget(field, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        self.button = Button(_("Appliquer"), small=True)
        self.button.clicked.connect(self.submit)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTrailing)
        self.setFocusProxy(fields[0].control)

    def submit(self) -> None:
        problems = [field for field in self._fields if not field.validate()]
        if not problems:
            self._apply(self._read())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)


def amount_filter(key: str, name: str) -> FilterKind:
    """Between two amounts; the value is (minimum or None, maximum or None)."""

    def words(value: Any) -> str:
        low, high = (None if each is None else _whole(each) for each in value)
        if low and high:
            return _("{low} à {high}").format(low=low, high=high)
        return _("{low} ou plus").format(low=low) if low else _("{high} ou moins").format(high=high)

    def make(value: Any, apply: Apply) -> QWidget:
        low, high = MoneyField((value or (None, None))[0]), MoneyField((value or (None, None))[1])

        def read() -> Any:
            pair = (low.value(), high.value())
            return None if pair == (None, None) else pair

        return _Form([FormField(_("Au moins"), low), FormField(_("Au plus"), high)], read, apply)

    return FilterKind(key, name, words, make_form=make)


def _whole(amount: Any) -> str:
    return format_money(amount, decimals=0 if amount == int(amount) else None)


def date_form(value: Any, apply: Apply) -> QWidget:
    """From a day to a day; the value is (start or None, end or None)."""
    pair = value if isinstance(value, tuple) else (None, None)
    start, end = DateField(pair[0]), DateField(pair[1])

    def read() -> Any:
        chosen = (start.value(), end.value())
        return None if chosen == (None, None) else chosen

    return _Form([FormField(_("Du"), start), FormField(_("Au"), end)], read, apply)


def text_filter(key: str, name: str) -> FilterKind:
    """Words that the record contains."""

    def make(value: Any, apply: Apply) -> QWidget:
        field = TextField(value or "")
        return _Form([FormField(name, field)], lambda: field.value() or None, apply)

    return FilterKind(key, name, lambda value: _("« {text} »").format(text=value), make_form=make)
