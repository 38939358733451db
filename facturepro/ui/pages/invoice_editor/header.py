"""The head of the invoice: client, dates, reference."""

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.services import invoices
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor.client_field import ClientField
from facturepro.ui.widgets.fields import DateField, FormField, TextField
from facturepro.ui.widgets.inputs import mark_state

_COLUMN = 168
_GAP = 24
DATES = ("issued_on", "due_on", "delivered_on")


class MarkedField(FormField):
    """A field that may be marked as missing without a sentence below; the strip says it."""

    def mark_missing(self, missing: bool) -> None:
        mark_state(self.control, "warning" if missing else None)
        self._label.set_color("warning" if missing else "text_2")


class HeaderFields(QWidget):
    """Signals: ``edited()`` when a person changed a value that can be read, ``client_chosen(object)``, ``failed(object)``."""

    edited = Signal()
    client_chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, context: CompanyContext, today: Callable[[], date], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._today = context, today
        self._due_is_default = True
        self.client = ClientField(context)
        self.controls: dict[str, Any] = {
            "issued_on": DateField(placeholder=_("à l’émission"), today=today),
            "due_on": DateField(today=today),
            "delivered_on": DateField(today=today),
            "client_reference": TextField(),
        }
        self.fields = {
            "issued_on": MarkedField(_("Émission"), self.controls["issued_on"]),
            "due_on": MarkedField(_("Échéance"), self.controls["due_on"]),
            "delivered_on": MarkedField(_("Livraison ou prestation"), self.controls["delivered_on"]),
            "client_reference": MarkedField(_("Référence du client"), self.controls["client_reference"]),
        }
        self._lay_out()
        self.client.edited.connect(self._client_edited)
        self.client.failed.connect(self.failed)
        for name, control in self.controls.items():
            control.edited.connect(lambda _value, which=name: self._edited(which))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.client, 1, Qt.AlignmentFlag.AlignTop)
        grid = QGridLayout()
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(12)
        places = {"issued_on": (0, 0), "due_on": (0, 1), "delivered_on": (1, 0), "client_reference": (1, 1)}
        for name, (line, column) in places.items():
            self.fields[name].setFixedWidth(_COLUMN)
            grid.addWidget(self.fields[name], line, column, Qt.AlignmentFlag.AlignTop)
        row.addLayout(grid)

    # ------------------------------------------------------------------ values
    def values(self) -> dict[str, Any]:
        """By column name; the due date only when it is not the usual one."""
        found = {name: control.value() for name, control in self.controls.items()}
        if self._due_is_default:
            found["due_on"] = None
        return {"client_id": self.client.value(), **found}

    def shown_values(self) -> dict[str, Any]:
        """As ``values``, with the due date that will be taken."""
        return {**self.values(), "due_on": self.controls["due_on"].value()}

    def show_invoice(self, invoice: dict[str, Any]) -> None:
        self.client.set_value(invoice["client_id"])
        for name, control in self.controls.items():
            if control.hasFocus() and control.value() == invoice[name]:
                continue
            control.set_value(invoice[name])
        self._due_is_default = invoice["due_on"] is None
        self._show_due()

    def clear(self) -> None:
        self.show_invoice({"client_id": None, **dict.fromkeys(DATES), "client_reference": ""})
        for field in self.fields.values():
            field.set_error(None)

    def set_locked(self, locked: bool) -> None:
        self.client.set_locked(locked)
        for control in self.controls.values():
            control.set_locked(locked)
        if locked:  # what was missing is settled now
            self.client.set_warning("")
            self.fields["delivered_on"].mark_missing(False)
        self._show_due()

    def first_problem(self) -> str | None:
        """The first field that cannot be read; it says so itself."""
        wrong = [name for name, field in self.fields.items() if not field.validate() or field.message()]
        return wrong[0] if wrong else None

    def set_date(self, name: str, day: date) -> None:
        self.controls[name].set_value(day)
        self._edited(name)

    def focus(self, name: str) -> None:
        if name == "client":
            self.client.focus()
        else:
            self.controls[name].setFocus(Qt.FocusReason.TabFocusReason)

    # ------------------------------------------------------------------ what follows from what
    def _client_edited(self, client_id: object) -> None:
        self._show_due()
        self.client_chosen.emit(client_id)
        self.edited.emit()

    def _edited(self, name: str) -> None:
        if name == "due_on":
            self._due_is_default = not self.controls["due_on"].text().strip()
        if name in DATES and self.controls[name].problem():
            return
        if name in ("due_on", "issued_on"):
            self._show_due(keep_typing=name == "due_on")
        self.edited.emit()

    def _show_due(self, keep_typing: bool = False) -> None:
        """The usual due date as long as nobody chose another, and how many days that is."""
        start = self.controls["issued_on"].value() or self._today()
        control = self.controls["due_on"]
        if self._due_is_default and not keep_typing:
            due = invoices.default_due_on(self._context.company, self.client.value(), start)
            control.set_value(due if self.client.value() else None)
        day = control.value()
        is_plain = day is not None and not control.isReadOnly()
        control.set_suffix(_("{days} j").format(days=(day - start).days) if is_plain else "")
        early = day is not None and day < start
        self.fields["due_on"].set_error(_("Avant la date de la facture.") if early else None)
