"""Parts of a drawer made from the declared fields of a kind: rows edited in place, and the form of a new record."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.i18n.formatting import format_quantity, format_rate, format_unit_price
from facturepro.services import catalog, records
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.settings_page_form import CatalogForm, make_control
from facturepro.ui.widgets.buttons import SaveRow
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.form import Message
from facturepro.ui.widgets.keyvalue import KeyValueRow


class EditRows:
    """Rows of a drawer for the declared fields of one record; each value is edited where it stands."""

    def __init__(self, context: CompanyContext, kind: str, names: Sequence[str], currency: str = "EUR") -> None:
        self._context, self._kind, self._currency = context, kind, currency
        self._declared = {name: catalog.entity(kind).by_name[name] for name in names}
        self.rows: dict[str, KeyValueRow] = {}

    def make(self, section: Any, record: Mapping[str, Any], placeholders: Mapping[str, str] | None = None) -> None:
        """Add the rows to a section of a drawer."""
        for name, field in self._declared.items():
            row = KeyValueRow(_(field.spec.label), placeholder=(placeholders or {}).get(name, ""))
            self.rows[name] = row
            section.add(row)
        self.show(record)

    def show(self, record: Mapping[str, Any]) -> None:
        for name, row in self.rows.items():
            if row.is_editing():
                continue
            row.set_text(self.words(name, record[name]))
            row.make_editable(record[name], self._committer(record["id"], name), self._maker(name))

    def words(self, name: str, value: Any) -> str:
        """A value as it is read in the drawer."""
        field = self._declared[name]
        if field.spec.choices:
            return _(field.spec.choices.get(value, value))
        if field.spec.type == "unit_price":
            return format_unit_price(value, self._currency) if value else ""
        if field.spec.type == "quantity":
            return format_quantity(value) if value else ""
        if field.spec.type == "rate":
            return format_rate(value)
        return str(value or "").replace("\n", " ")

    def _maker(self, name: str) -> Callable[[], QWidget]:
        def make() -> QWidget:
            control = make_control(self._declared[name])
            control.setFixedHeight(theme.current().size("control_small"))
            return control

        return make

    def _committer(self, record_id: str, name: str) -> Callable[[Any], None]:
        def commit(value: Any) -> None:
            records.update(self._context.company, self._kind, record_id, {name: value})

        return commit


class NewRecordDrawer(Drawer):
    """A new record of a kind; ``start(made)`` waits for it."""

    def __init__(
        self, context: CompanyContext, kind: str, names: Sequence[str], title: str, values: Mapping[str, Any]
    ) -> None:
        super().__init__(title)
        self._context, self._kind = context, kind
        self._made: Callable[[Mapping[str, Any]], object] = lambda _record: None
        self.form = CatalogForm(kind, names, wide=names[:1])
        self.form.set_values(values)
        section = self.add_section()
        section.add(self.form)
        section.add_spacing(theme.current().space("m"))
        self.message = Message("", "error")
        self.message.hide()
        section.add(self.message)
        buttons = SaveRow()
        self.save_button = buttons.save
        buttons.save.clicked.connect(self.save)
        buttons.cancel.clicked.connect(self.close_requested)
        section.add(buttons)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter saves from any field of one line, as in every form."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.save()
        else:
            super().keyPressEvent(event)

    def start(self, made: Callable[[Mapping[str, Any]], object]) -> None:
        self._made = made
        next(iter(self.form.fields.values())).control.setFocus()

    def save(self) -> None:
        """Create the record, or say beside the fields what is missing."""
        values = self.form.values()
        if values is None:
            return
        try:
            record = records.create(self._context.company, self._kind, values)
        except UserError as error:
            self.message.show_text(error.message, "error")
            self.message.show()
            return
        self.close_requested.emit()
        self._made(record)
