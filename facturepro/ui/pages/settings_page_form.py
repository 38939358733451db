"""Fields generated from the catalog: one control per declared field, checked when it is left."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import catalog
from facturepro.services.validation import convert
from facturepro.ui import theme
from facturepro.ui.widgets.fields import CheckBox, ChoiceField, DateField, DecimalField, FormField, TextArea, TextField

_DECIMALS = {"money": (2, "€"), "unit_price": (None, "€"), "quantity": (None, ""), "rate": (None, "%")}
_MOST = {"money": 2, "unit_price": 4, "quantity": 3, "rate": 2}


def make_control(field: catalog.Field, currency: str = "€") -> QWidget:
    """The control for a declared field."""
    spec = field.spec
    if spec.choices:
        return ChoiceField([(key, _(words)) for key, words in spec.choices.items()])
    if spec.type == "bool":
        return CheckBox(_(spec.label))
    if spec.type == "long_text":
        return TextArea(lines=2)
    if spec.type == "date":
        return DateField()
    if spec.type in _DECIMALS:
        decimals, suffix = _DECIMALS[spec.type]
        suffix = currency if suffix == "€" else suffix
        return DecimalField(
            decimals=decimals, suffix=suffix, minimum=spec.minimum, maximum=spec.maximum, max_decimals=_MOST[spec.type]
        )
    return TextField()


class CatalogForm(QWidget):
    """Some fields of one kind in two columns. ``check(name, text)`` may say more than the declaration knows.

    Signals: ``edited(str, object)`` with a field's name and its typed value, after it was left and could be taken.
    """

    edited = Signal(str, object)

    def __init__(
        self,
        kind: str,
        names: Sequence[str],
        columns: int = 2,
        wide: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._values: dict[str, Any] = {}
        self.fields: dict[str, FormField] = {}
        current = theme.current()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(current.space("m"))
        grid.setVerticalSpacing(current.space("m"))
        declared = catalog.entity(kind).by_name
        at = 0
        for name in names:
            field = declared[name]
            control = make_control(field)
            is_optional = not field.spec.is_required and field.spec.type != "bool" and not field.spec.choices
            label = "" if field.spec.type == "bool" else _(field.spec.label)
            row = FormField(label, control, optional=is_optional and columns == 1)
            if field.spec.type == "bool":
                control.setAccessibleName(_(field.spec.label))
            self.fields[name] = row
            is_wide = name in wide or field.spec.type in ("long_text", "bool") or columns == 1
            at += at % columns if is_wide else 0
            grid.addWidget(row, at // columns, at % columns, 1, columns if is_wide else 1, Qt.AlignmentFlag.AlignTop)
            at += columns if is_wide else 1
            self._connect(name, control)
        for column in range(columns):
            grid.setColumnStretch(column, 1)

    def _connect(self, name: str, control: QWidget) -> None:
        if hasattr(control, "editingFinished"):
            control.editingFinished.connect(lambda: self._left(name))
        elif isinstance(control, TextArea):
            control.edited.connect(lambda _text: self._left(name))
        else:
            control.edited.connect(lambda _value: self._left(name))

    def control(self, name: str) -> Any:
        return self.fields[name].control

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show stored values; a field that is being typed in keeps what is typed."""
        for name, field in self.fields.items():
            if name not in values:
                continue
            value = values[name]
            if name in self._values and self._values[name] == value:
                continue
            self._values[name] = value
            if not field.control.hasFocus():
                field.control.set_value(value)  # type: ignore[attr-defined]
                field.set_error(None)

    def read(self, name: str) -> Any:
        """The typed value of a field.

        Raises:
            UserError: what is typed cannot be taken.
        """
        field = catalog.entity(self._kind).by_name[name]
        control = self.control(name)
        value = control.value()
        if value is None and hasattr(control, "text"):
            value = control.text()
        return convert(field, value)

    def values(self) -> dict[str, Any] | None:
        """All typed values, or None after saying beside the fields what is wrong."""
        found: dict[str, Any] = {}
        good = True
        for name, field in self.fields.items():
            try:
                found[name] = self.read(name)
                field.set_error(None)
            except UserError as error:
                field.set_error(error.message)
                good = False
        return found if good else None

    def show_error(self, name: str, words: str | None) -> None:
        self.fields[name].set_error(words)

    def _left(self, name: str) -> None:
        try:
            value = self.read(name)
        except UserError as error:
            self.fields[name].set_error(error.message)
            return
        self.fields[name].set_error(None)
        if value != self._values.get(name):
            self._values[name] = value
            self.edited.emit(name, value)
