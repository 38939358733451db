"""One invoice in the drawer: what is due, what one does about it, what it says, what happened to it."""

from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.domain.seals import document_seal
from facturepro.i18n import N_, _, ngettext
from facturepro.i18n.formatting import format_date, format_instant, format_money
from facturepro.services import central_numbering, invoices, payments, records
from facturepro.services.company import settings
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.pages.invoices_paper import Paper
from facturepro.ui.pages.invoices_rows import OPEN, short_day, status_chip
from facturepro.ui.pages.payments_form import PaymentForm, PaymentLine
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.keyvalue import KeyValueRow
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.timeline import Timeline, TimelineEntry

_TONES = {"danger": "alert", "info": "done", "success": "done"}


class InvoiceDrawer(Drawer):
    """Signals: ``edit_wanted(str)``, ``delete_wanted(str)``, ``duplicate_wanted(str)``."""

    edit_wanted = Signal(str)
    delete_wanted = Signal(str)
    duplicate_wanted = Signal(str)

    def __init__(self, shell: Shell, context: CompanyContext, paper: Paper, invoice_id: str) -> None:
        super().__init__()
        self._shell, self._context, self._paper, self.invoice_id = shell, context, paper, invoice_id
        self.payment_form: PaymentForm | None = None
        self.note_row: KeyValueRow | None = None
        self.pay_button: Button | None = None
        self.set_menu(self._make_menu)
        self.refresh()

    # ------------------------------------------------------------------ content
    def refresh(self) -> None:
        """Read the invoice again and show it; a payment that is being typed stays.

        Raises:
            UserError: the invoice is not there any more.
        """
        company = self._context.company
        self._invoice = invoices.show(company, self.invoice_id)
        if self.payment_form is not None or (self.note_row is not None and self.note_row.is_editing()):
            return
        self._currency = settings(company)["currency"]
        invoice = self._invoice
        is_draft = invoice["number"] is None
        self.clear()
        is_waiting = invoice["status"] == "to_number"
        self.set_title(invoice["number"] or (_("Facture à numéroter") if is_waiting else _("Brouillon")))
        self._show_amount(is_draft)
        self._show_actions(is_draft)
        self._show_fields(is_draft)
        self._show_timeline()
        self._show_payments()
        self._show_foot(is_draft)

    def _money(self, amount: Any) -> str:
        return format_money(amount, self._currency)

    def _show_amount(self, is_draft: bool) -> None:
        invoice = self._invoice
        total = invoice["total_gross"]
        chip = status_chip(invoice, self._context.company.today(), self._currency)
        if is_draft or invoice["status"] == "paid":
            share = None if is_draft else 1.0
            self.set_amount(_("Total TTC"), self._money(total), chip=chip, share=share)
            return
        share = float(invoice["amount_paid"] / total) if total else 0.0
        note = _("sur {total} TTC").format(total=self._money(total))
        self.set_amount(_("Reste à payer"), self._money(invoice["amount_due"]), chip=chip, note=note, share=share)

    def _show_actions(self, is_draft: bool) -> None:
        paper, invoice_id = self._paper, self.invoice_id
        tools: list[QWidget] = []
        self.pay_button = None
        if self._invoice["status"] == "to_number":
            main = Button(_("Retirer la demande"), "secondary", "action.restore")
            main.clicked.connect(self._withdraw)
        elif is_draft:
            main = Button(_("Continuer la saisie"), "primary", "action.edit")
            main.clicked.connect(lambda: self.edit_wanted.emit(invoice_id))
        elif self._invoice["status"] in OPEN:
            main = self.pay_button = Button(_("Enregistrer un paiement"), "primary")
            main.clicked.connect(self.start_payment)
        else:
            main = Button(_("Ouvrir le PDF"), "secondary", "action.pdf")
            main.clicked.connect(lambda: paper.open(invoice_id))
        side = main.height()
        for icon, words, act in (
            ("action.pdf", _("Ouvrir le PDF"), paper.open),
            ("action.import", _("Enregistrer le PDF"), paper.save),
            ("action.print", _("Imprimer"), paper.print),
        ):
            button = IconButton(icon, words, bordered=True, size=side)
            button.clicked.connect(lambda _checked=False, run=act: run(invoice_id))
            if not (icon == "action.pdf" and main.text() == words):
                tools.append(button)
        self._buttons = [main, *tools]
        self.set_actions(self._buttons)

    def _show_fields(self, is_draft: bool) -> None:
        invoice = self._invoice
        section = self.add_section()
        client = KeyValueRow(
            _("Client"), invoice["client_name"], link=bool(invoice["client_id"]), placeholder=_("aucun")
        )
        client.link_clicked.connect(lambda: self._shell.open_page("clients", invoice["client_id"]))
        section.add(client)
        if not is_draft:
            section.add(KeyValueRow(_("Émise le"), format_date(invoice["issued_on"], "long")))
        days = (invoice["due_on"] - invoice["issued_on"]).days if invoice["due_on"] and invoice["issued_on"] else None
        note = ngettext("{days} jour", "{days} jours", days).format(days=days) if days is not None else ""
        due = format_date(invoice["due_on"], "long") if invoice["due_on"] else ""
        section.add(KeyValueRow(_("Échéance"), due, note=note, placeholder=_("selon le délai du client")))
        if invoice["client_reference"]:
            section.add(KeyValueRow(_("Référence"), invoice["client_reference"]))
        self.note_row = KeyValueRow(_("Note interne"), invoice["internal_note"], placeholder=_("Ajouter une note"))
        self.note_row.make_editable(invoice["internal_note"], self._save_note)
        section.add(self.note_row)

    def _withdraw(self) -> None:
        try:
            central_numbering.withdraw(self._context.company, self.invoice_id)
        except UserError as error:
            self._shell.show_error(error)

    def _save_note(self, text: str) -> None:
        records.update(
            self._context.company,
            "invoice",
            self.invoice_id,
            {"internal_note": text},
            label=N_("Note interne modifiée"),
        )
        if self.note_row is not None:
            self.note_row.set_text(text)

    def _show_timeline(self) -> None:
        entries = timeline_entries(self._context, "invoice", self.invoice_id)
        if entries:
            self.add_section(_("Chronologie")).add(Timeline(entries))

    def _show_payments(self) -> None:
        found = payments.for_invoice(self._context.company, self.invoice_id)
        if not found:
            return
        section = self.add_section(_("Paiements"))
        for payment in reversed(found):
            line = PaymentLine(self._context.company, payment, self._currency)
            line.failed.connect(self._shell.show_error)
            section.add(line)

    def _show_foot(self, is_draft: bool) -> None:
        sync = partial(self._context.sync_note, "invoice", self.invoice_id)
        if self._invoice["status"] == "to_number":
            self.set_foot(("status.waiting", _("Attend son numéro"), "warning"), sync)
            return
        if is_draft:
            self.set_foot(("status.draft", _("Pas encore émise"), "text_2"), sync)
            return
        seal = document_seal(self._invoice["previous_hash"], self._invoice["snapshot"], self._invoice["logo_id"])
        if seal == self._invoice["hash"]:
            self.set_foot(("status.sealed", _("Scellée, empreinte vérifiée"), "success"), sync)
        else:
            self.set_foot(("status.error", _("Empreinte différente du contenu"), "danger"), sync)

    # ------------------------------------------------------------------ payment
    def start_payment(self) -> None:
        """Open the small form in place of the buttons."""
        if self.payment_form is not None or self._invoice["status"] not in OPEN:
            return
        self._buttons[0].parentWidget().hide()
        form = PaymentForm(self._context.company, self.invoice_id, self._invoice["amount_due"], self._currency)
        form.recorded.connect(self._recorded)
        form.cancelled.connect(self._close_form)
        self.payment_form = form
        self.set_actions([form])
        form.start()

    def _recorded(self, payment: dict[str, Any]) -> None:
        self._shell.toast(
            _("Paiement de {amount} enregistré").format(amount=self._money(payment["amount"])),
            icon="action.record_payment",
        )
        self._close_form()

    def _close_form(self) -> None:
        self.payment_form = None
        self.refresh()

    # ------------------------------------------------------------------ menu
    def _make_menu(self) -> Menu:
        menu = Menu(self)
        paper, invoice_id = self._paper, self.invoice_id
        is_draft = self._invoice["status"] == "draft"
        if is_draft:
            menu.add(_("Continuer la saisie"), "action.edit", lambda: self.edit_wanted.emit(invoice_id))
        else:
            menu.add(_("Voir la facture"), "action.preview", lambda: self.edit_wanted.emit(invoice_id))
        menu.add(_("Dupliquer"), "action.duplicate", lambda: self.duplicate_wanted.emit(invoice_id))
        menu.add(_("Enregistrer le PDF…"), "action.import", lambda: paper.save(invoice_id))
        menu.add(_("Imprimer"), "action.print", lambda: paper.print(invoice_id), shortcut="Ctrl+P")
        if is_draft:
            menu.add_separator()
            menu.add(
                _("Supprimer le brouillon"), "action.delete", lambda: self.delete_wanted.emit(invoice_id), danger=True
            )
        return menu


def timeline_entries(context: CompanyContext, kind: str, record_id: str) -> list[TimelineEntry]:
    """What happened to a record, in the words of the drawer."""
    from facturepro.services import timeline

    company = context.company
    found = (
        timeline.for_invoice(company, record_id) if kind == "invoice" else timeline.for_record(company, kind, record_id)
    )
    return [_entry(entry, company.today()) for entry in found[:20]]


def _entry(entry: Any, today: date) -> TimelineEntry:
    kind = "planned" if entry.is_planned else _TONES.get(entry.tone, "plain")
    day = entry.at.astimezone().date()
    when = short_day(day, today) or ""
    if entry.has_time and when == format_date(day, "day"):
        when = format_instant(entry.at)
    return TimelineEntry(entry.text, when, kind)
