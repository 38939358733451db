"""One client in the drawer: what they owe, who they are (edited in place), their invoices, what happened. And a new one."""

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_money
from facturepro.services import clients, invoices, records
from facturepro.services.company import settings
from facturepro.services.invoices import InvoiceFilter
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.invoices_drawer import timeline_entries
from facturepro.ui.pages.invoices_rows import short_day, sort_day
from facturepro.ui.pages.record_form import RecordForm, record_rows
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.keyvalue import KeyValueRow, LinkRow
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.timeline import Timeline

CONTACT = ("name", "company_name", "email", "phone")
ADDRESS = ("address", "postcode", "city", "country")
WIDE = ("name", "company_name", "email", "address")
_INVOICES = 5


class ClientDrawer(Drawer):
    """Signals: ``delete_wanted(str)``, ``archive_wanted(str, bool)``, ``invoice_wanted(str)`` a new one for the client."""

    delete_wanted = Signal(str)
    archive_wanted = Signal(str, bool)
    invoice_wanted = Signal(str)

    def __init__(self, shell: Shell, context: CompanyContext, client_id: str) -> None:
        super().__init__()
        self._shell, self._context, self.client_id = shell, context, client_id
        self.rows: dict[str, KeyValueRow] = {}
        self.set_menu(self._make_menu)
        self.refresh()

    def refresh(self) -> None:
        """Read the client again; a field that is open for typing stays.

        Raises:
            UserError: the client is not there any more.
        """
        company = self._context.company
        self.client = records.get(company, "client", self.client_id)
        if any(row.is_editing() for row in self.rows.values()):
            return
        self._currency = settings(company)["currency"]
        self._figures = clients.figures(company, self.client_id)
        self.clear()
        self.set_title(records.title("client", self.client))
        self._show_amount()
        self._show_fields()
        self._show_invoices()
        self._show_timeline()
        self._show_foot()

    def _money(self, amount: Any) -> str:
        return format_money(amount, self._currency)

    def _show_amount(self) -> None:
        figures = self._figures
        chip: tuple[str, str, str | None] | None = None
        if figures["overdue"]:
            late = self._money(figures["overdue"])
            chip = (_("{amount} en retard").format(amount=late), "danger", "status.late")
        elif figures["count"]:
            chip = (_("À jour"), "success", "status.paid")
        if self.client["is_archived"]:
            chip = (_("Archivé"), "neutral", "status.draft")
        self.set_amount(_("Solde dû"), self._money(figures["due"]), chip=chip)
        main = Button(_("Nouvelle facture"), "primary", "action.new")
        main.clicked.connect(lambda: self.invoice_wanted.emit(self.client_id))
        everything = IconButton("nav.invoices", _("Voir ses factures"), bordered=True, size=main.height())
        everything.clicked.connect(lambda: self._shell.open_page("invoices", f"client:{self.client_id}"))
        self.set_actions([main, everything])

    def _show_fields(self) -> None:
        self.rows = {}
        legal = ("siren", "vat_number", "payment_days") if self.client["country"] != "MA" else ("ice", "payment_days")
        labels = {"payment_days": _("Délai (jours)")}
        for names in (CONTACT, ADDRESS, (*legal, "notes")):
            section = self.add_section()
            for row in record_rows(self._context, "client", self.client, names, self._currency, labels):
                self.rows[row.objectName()] = row
                section.add(row)

    def _show_invoices(self) -> None:
        company = self._context.company
        section = self.add_section(_("Factures"))
        count, turnover = self._figures["count"], self._money(self._figures["turnover"])
        words = ngettext("{count} émise", "{count} émises", count).format(count=count)
        section.add(KeyValueRow(_("Chiffre d’affaires"), turnover, note=words))
        found = invoices.page(company, InvoiceFilter(client_id=self.client_id), limit=_INVOICES).rows
        for invoice in found:
            day = short_day(sort_day(invoice), company.today())
            note = f"{self._money(invoice['total_gross'])} · {day}"
            row = LinkRow("nav.invoices", invoice["number"] or _("Brouillon"), note)
            row.clicked.connect(lambda chosen=invoice["id"]: self._shell.open_page("invoices", chosen))
            section.add(row)

    def _show_timeline(self) -> None:
        entries = timeline_entries(self._context, "client", self.client_id)
        if entries:
            self.add_section(_("Chronologie")).add(Timeline(entries[:8]))

    def _show_foot(self) -> None:
        self.set_foot(partial(self._context.sync_note, "client", self.client_id))

    def _make_menu(self) -> Menu:
        menu = Menu(self)
        archived = bool(self.client["is_archived"])
        menu.add(_("Nouvelle facture"), "action.new", lambda: self.invoice_wanted.emit(self.client_id))
        words = _("Sortir des archives") if archived else _("Archiver")
        menu.add(words, "archive", lambda: self.archive_wanted.emit(self.client_id, not archived))
        menu.add_separator()
        menu.add(_("Supprimer"), "action.delete", lambda: self.delete_wanted.emit(self.client_id), danger=True)
        return menu


class NewRecordDrawer(Drawer):
    """A new record typed in the drawer; Enter creates. Signals: ``created(object)``."""

    created = Signal(object)

    def __init__(
        self,
        context: CompanyContext,
        kind: str,
        title: str,
        action: str,
        names: tuple[str, ...],
        wide: tuple[str, ...] = (),
        defaults: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(title)
        currency = settings(context.company)["currency"]
        self.form = RecordForm(context, kind, names=names, wide=wide, defaults=defaults, currency=currency)
        self.form.created.connect(self.created)
        self.form.cancelled.connect(self.close_requested)
        section = self.add_section()
        section.add_spacing(4)
        section.add(self.form)
        section.add_spacing(16)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 12)
        row.setSpacing(8)
        self.button = Button(action, "primary", keycap="↵")
        self.button.clicked.connect(self.form.submit)
        cancel = Button(_("Annuler"), "ghost")
        cancel.clicked.connect(self.close_requested)
        row.addWidget(self.button, 1)
        row.addWidget(cancel)
        section.add(buttons)
