"""A form made from the declarations of an entity: labels, controls by type, choices, limits, sentences beside the field.

form = RecordForm(context, "client", record)          # an existing record: each field is saved when it is left
form.changed.connect(...)
form = RecordForm(context, "client")                  # a new one: form.submit() creates it
form.created.connect(...)

for row in record_rows(context, "client", record, ("email", "phone")):   # the same, as rows of a drawer
    section.add(row)
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import (
    NBSP,
    format_date,
    format_money,
    format_number,
    format_quantity,
    format_rate,
    format_unit_price,
)
from facturepro.services import records
from facturepro.services.catalog import Field, entity
from facturepro.services.validation import convert
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.widgets.fields import (
    CheckBox,
    ChoiceField,
    DateField,
    DecimalField,
    FormField,
    MoneyField,
    TextArea,
    TextField,
)
from facturepro.ui.widgets.keyvalue import KeyValueRow

SUPPORTED = (
    "text",
    "long_text",
    "email",
    "phone",
    "choice",
    "bool",
    "date",
    "integer",
    "money",
    "unit_price",
    "quantity",
    "rate",
)


def form_fields(kind: str, names: Sequence[str] = ()) -> list[Field]:
    """Fields that a person fills in, in the order of their declaration or of ``names``."""
    found = entity(kind)
    if names:
        return [found.by_name[name] for name in names]
    return [
        field
        for field in found.fields
        if field.spec.in_form and not field.spec.is_derived and field.spec.type in SUPPORTED
    ]


def make_control(field: Field, value: Any = None, currency: str = "EUR", small: bool = False) -> QWidget:
    """The control for a field's type. Controls share ``value``, ``set_value``, ``problem`` and ``edited``."""
    spec = field.spec
    if spec.type == "choice":
        options = [(key, _(words)) for key, words in spec.choices.items()]
        return ChoiceField(options, value, small=small)
    if spec.type == "long_text":
        return TextField(str(value or ""), small=True) if small else TextArea(str(value or ""))
    if spec.type == "bool":
        return CheckBox(_(spec.label), bool(value))
    if spec.type == "date":
        return DateField(value, small=small)
    if spec.type in ("money", "unit_price"):
        return MoneyField(value, currency, small=small, minimum=spec.minimum)
    if spec.type in ("quantity", "rate", "integer"):
        return _number_control(field, value, small)
    return TextField("" if value is None else str(value), small=small)


def _number_control(field: Field, value: Any, small: bool) -> DecimalField:
    spec = field.spec
    decimals = {"quantity": 3, "rate": 2, "integer": 0}[spec.type]
    number = None if value is None else Decimal(value)
    suffix = "%" if spec.type == "rate" else ""
    return DecimalField(
        number, None, suffix, minimum=spec.minimum, maximum=spec.maximum, max_decimals=decimals, small=small
    )


def value_words(field: Field, value: Any, currency: str = "EUR") -> str:
    """A value as it is read."""
    spec = field.spec
    if value is None or value == "":
        return ""
    if spec.type == "choice":
        return _(spec.choices.get(value, str(value)))
    if spec.type == "bool":
        return _("oui") if value else _("non")
    if spec.type == "date":
        return format_date(value, "long")
    by_type: dict[str, Callable[[Any], str]] = {
        "money": lambda amount: format_money(amount, currency),
        "unit_price": lambda amount: format_unit_price(amount, currency),
        "quantity": format_quantity,
        "rate": format_rate,
        "integer": format_number,
    }
    return by_type.get(spec.type, str)(value).replace("\n", ", ").replace(NBSP + NBSP, NBSP)


class RecordForm(QWidget):
    """Signals: ``changed(str, object)`` after a field of an existing record was saved, ``created(object)`` with the new
    record, ``cancelled()`` on Escape.

    Args:
        record: the record to edit; without it the form makes a new one, from ``defaults``.
        names: which fields and in which order; all by default.
        wide: names of fields that take both columns (long texts always do).
    """

    changed = Signal(str, object)
    created = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        context: CompanyContext,
        kind: str,
        record: Mapping[str, Any] | None = None,
        names: Sequence[str] = (),
        wide: Collection[str] = (),
        columns: int = 2,
        defaults: Mapping[str, Any] | None = None,
        currency: str = "EUR",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._kind = context, kind
        self.record_id: str | None = record["id"] if record is not None else None
        self._before = dict(record or defaults or {})
        self._fields = {field.name: field for field in form_fields(kind, names)}
        self.form_fields: dict[str, FormField] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.current().space("m"))
        self._grid.setVerticalSpacing(theme.current().space("m"))
        self._build(wide, columns, currency)

    def _build(self, wide: Collection[str], columns: int, currency: str) -> None:
        line = column = 0
        for name, field in self._fields.items():
            is_wide = columns == 1 or name in wide or field.spec.type == "long_text"
            if is_wide and column:
                line, column = line + 1, 0
            form_field = self._make_field(field, currency)
            span = columns if is_wide else 1
            self._grid.addWidget(form_field, line, column, 1, span, Qt.AlignmentFlag.AlignTop)
            column += span
            if column >= columns:
                line, column = line + 1, 0
        for index in range(columns):
            self._grid.setColumnStretch(index, 1)

    def _make_field(self, field: Field, currency: str) -> FormField:
        value = self._before.get(field.name, _default(field))
        control = make_control(field, value, currency)
        label = "" if field.spec.type == "bool" else _(field.spec.label)
        form_field = FormField(label, control)
        control.setObjectName(field.name)
        self.form_fields[field.name] = form_field
        self._before.setdefault(field.name, value)
        if isinstance(control, (ChoiceField, CheckBox)):
            control.edited.connect(lambda _value, name=field.name: self._left(name))
        else:
            control.installEventFilter(self)
        return form_field

    # ------------------------------------------------------------------ values
    def control(self, name: str) -> Any:
        return self.form_fields[name].control

    def values(self) -> dict[str, Any]:
        """What is in the controls, by column name."""
        return {name: field.control.value() for name, field in self.form_fields.items()}

    def show_record(self, record: Mapping[str, Any]) -> None:
        """The record changed elsewhere: fields that are being typed in keep what is typed."""
        for name, form_field in self.form_fields.items():
            if not form_field.control.hasFocus() and record.get(name) != self._before.get(name):
                form_field.control.set_value(record.get(name))
                self._before[name] = record.get(name)

    def focus_first(self) -> None:
        first = next(iter(self.form_fields.values())).control
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def _check(self, name: str) -> tuple[bool, Any]:
        """(fine, typed value) of one field; what is wrong is shown beside it."""
        form_field, field = self.form_fields[name], self._fields[name]
        if not form_field.validate():
            return False, None
        try:
            value = convert(field, form_field.control.value(), self._context.company.today())
        except UserError as error:
            form_field.set_error(error.message)
            return False, None
        form_field.set_error(None)
        return True, value

    # ------------------------------------------------------------------ an existing record
    def _left(self, name: str) -> None:
        """A field was left: save it, or say why not."""
        form_field = self.form_fields[name]
        if self.record_id is None:
            if form_field.control.value() not in (None, ""):
                self._check(name)
            return
        fine, value = self._check(name)
        if not fine or value == self._before.get(name):
            return
        values = {name: value}
        if name == "postcode" and "country" in self._before:
            values["country"] = self._before["country"]
        try:
            saved = records.update(self._context.company, self._kind, self.record_id, values)
        except UserError as error:
            form_field.set_error(error.message)
            return
        self._before[name] = saved[name]
        if not form_field.control.hasFocus():
            form_field.control.set_value(saved[name])
        self.changed.emit(name, saved[name])

    # ------------------------------------------------------------------ a new record
    def submit(self) -> None:
        """Create the record, or show what is missing and go there."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for name in self.form_fields:
            fine, value = self._check(name)
            if fine:
                values[name] = value
            else:
                wrong.append(name)
        if wrong:
            self.control(wrong[0]).setFocus(Qt.FocusReason.TabFocusReason)
            return
        hidden = {name: value for name, value in self._before.items() if name not in self.form_fields}
        given = {name: value for name, value in {**hidden, **values}.items() if value is not None}
        try:
            record = records.create(self._context.company, self._kind, given)
        except UserError as error:
            first = self._culprit(error)
            self.form_fields[first].set_error(error.message)
            self.control(first).setFocus(Qt.FocusReason.TabFocusReason)
            return
        self.created.emit(record)

    def _culprit(self, error: UserError) -> str:
        """The field that an error of the whole record is about."""
        if error.code.startswith("postcode") and "postcode" in self.form_fields:
            return "postcode"
        return next(iter(self.form_fields))

    # ------------------------------------------------------------------ keys and focus
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and event.reason() not in (  # type: ignore[attr-defined]
            Qt.FocusReason.PopupFocusReason,
            Qt.FocusReason.ActiveWindowFocusReason,
        ):
            self._left(watched.objectName())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            if self.record_id is None:
                self.submit()
            else:
                self.focusNextChild()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


def _default(field: Field) -> Any:
    column = field.column.default
    value = getattr(column, "arg", None)
    return None if callable(value) else value


def record_rows(
    context: CompanyContext,
    kind: str,
    record: Mapping[str, Any],
    names: Sequence[str] = (),
    currency: str = "EUR",
    labels: Mapping[str, str] | None = None,
) -> list[KeyValueRow]:
    """Fields of a record as rows of a drawer, edited where they stand and saved when they are left.

    ``labels``: shorter words where the declared ones do not fit beside the value.
    """
    rows = []
    for field in form_fields(kind, names):
        words = value_words(field, record[field.name], currency)
        label = (labels or {}).get(field.name) or _(field.spec.label)
        row = KeyValueRow(label, words, placeholder=_("Ajouter"))
        row.setObjectName(field.name)
        row.make_editable(
            record[field.name],
            _saver(context, kind, record, field, row, currency),
            lambda chosen=field: make_control(chosen, None, currency, small=True),
        )
        rows.append(row)
    return rows


def _saver(
    context: CompanyContext, kind: str, record: Mapping[str, Any], field: Field, row: KeyValueRow, currency: str
) -> Callable[[Any], None]:
    def save(value: Any) -> None:
        typed = convert(field, value, context.company.today())
        values = {field.name: typed}
        if field.name == "postcode":
            values["country"] = records.get(context.company, kind, record["id"])["country"]
        saved = records.update(context.company, kind, record["id"], values)
        row.set_text(value_words(field, saved[field.name], currency))

    return save


__all__ = ["RecordForm", "form_fields", "make_control", "record_rows", "value_words"]
