"""The payments, newest first: append-only, a wrong one is reversed and both stay."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _, ngettext
from facturepro.i18n.formatting import format_date, format_instant, format_money, format_number
from facturepro.services import payments
from facturepro.services.company import OpenCompany, settings
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import PageAction, PageSpec, Shell
from facturepro.ui.pages.invoices_rows import device_names, short_day
from facturepro.ui.pages.payments_form import METHOD_ICONS, PaymentLine, can_reverse, method_words
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.keyvalue import KeyValueRow
from facturepro.ui.widgets.menu import Menu


def spec(context: CompanyContext) -> PageSpec:
    """The page for the main window."""
    return PageSpec("payments", N_("Paiements"), "nav.payments", "sales", lambda shell: PaymentsPage(shell, context))


class PaymentSource:
    """Pages through the payments (see ``RecordModel``)."""

    def __init__(self, company: OpenCompany, currency: str) -> None:
        self._company, self._currency = company, currency

    def sort_by(self, key: str, descending: bool) -> None:
        """Payments stand in the order of their day; there is no other."""

    def fetch(self, after: Any | None, limit: int) -> tuple[list[dict[str, Any]], Any | None]:
        page = payments.page(self._company, after, limit)
        return self._rows(page.rows), page.next

    def fetch_ids(self, ids: Sequence[Any]) -> list[dict[str, Any]]:
        return self._rows(payments.by_ids(self._company, list(ids)))

    def _rows(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        today = self._company.today()
        return [self._row(payment, today) for payment in found]

    def _row(self, payment: Mapping[str, Any], today: Any) -> dict[str, Any]:
        is_reversal, is_reversed = bool(payment["reverses_id"]), bool(payment["is_reversed"])
        words = _("Écriture inverse") if is_reversal else method_words(payment["method"])
        icon = "action.undo" if is_reversal else METHOD_ICONS.get(payment["method"])
        chip = "violet" if is_reversal else "neutral" if is_reversed else "info"
        return {
            "id": payment["id"],
            "record": payment,
            "date": Cell(short_day(payment["paid_on"], today)),
            "invoice": Cell(payment["invoice_number"], tone="accent_text"),
            "client": Cell(payment["client_name"]),
            "method": Cell(words, chip=chip, icon=icon),
            "note": Cell(payment["note"] or (_("annulé ensuite") if is_reversed else ""), muted=True),
            "amount": Cell(
                payment["amount"],
                struck=is_reversed,
                muted=is_reversed,
                tone="danger" if is_reversal else None,
                currency=self._currency,
            ),
        }


class PaymentDrawer(Drawer):
    """One payment, and the way to reverse it."""

    def __init__(self, shell: Shell, context: CompanyContext, payment_id: str) -> None:
        super().__init__()
        self._shell, self._context, self.payment_id = shell, context, payment_id
        self.line: PaymentLine | None = None
        self.refresh()

    def refresh(self) -> None:
        """Read the payment again."""
        company = self._context.company
        found = payments.by_ids(company, [self.payment_id])
        if not found:
            raise UserError("record_unknown", kind=_("Paiement"), text=self.payment_id)
        self.payment = payment = found[0]
        currency = settings(company)["currency"]
        self.clear()
        self.set_title(_("Paiement du {day}").format(day=format_date(payment["paid_on"], "long")))
        self._show_amount(payment, currency)
        self._show_fields(payment)
        self.line = PaymentLine(company, payment, currency)
        self.line.failed.connect(self._shell.show_error)
        if can_reverse(payment):
            section = self.add_section(_("Corriger"))
            section.add(self.line)
        seal = payments.seal_hash(payment["previous_hash"], payment)
        sealed = ("status.sealed", _("Scellé, empreinte vérifiée"), "success")
        broken = ("status.error", _("Empreinte différente du contenu"), "danger")
        note = sealed if seal == payment["hash"] else broken
        self.set_foot(note, partial(self._context.sync_note, "payment", self.payment_id))

    def _show_amount(self, payment: dict[str, Any], currency: str) -> None:
        chip: tuple[str, str, str | None] = (
            method_words(payment["method"]),
            "info",
            METHOD_ICONS.get(payment["method"]),
        )
        label = _("Montant reçu")
        if payment["reverses_id"]:
            chip, label = (_("Écriture inverse"), "violet", "action.undo"), _("Montant rendu à la facture")
        elif payment["is_reversed"]:
            chip = (_("Annulé"), "neutral", "status.cancelled")
        self.set_amount(label, format_money(payment["amount"], currency), chip=chip)

    def _show_fields(self, payment: dict[str, Any]) -> None:
        section = self.add_section()
        invoice = KeyValueRow(_("Facture"), payment["invoice_number"] or "", link=True)
        invoice.link_clicked.connect(lambda: self._shell.open_page("invoices", payment["invoice_id"]))
        section.add(invoice)
        client = KeyValueRow(_("Client"), payment["client_name"], link=bool(payment["client_id"]))
        client.link_clicked.connect(lambda: self._shell.open_page("clients", payment["client_id"]))
        section.add(client)
        section.add(KeyValueRow(_("Reçu le"), format_date(payment["paid_on"], "long")))
        section.add(KeyValueRow(_("Mode"), method_words(payment["method"])))
        if payment["note"]:
            section.add(KeyValueRow(_("Note"), payment["note"]))
        device = device_names(self._context.company).get(payment["recorded_by"], payment["recorded_by"])
        section.add(KeyValueRow(_("Enregistré"), format_instant(payment["recorded_at"]), note=device))


class PaymentsPage(RecordListPage):
    """``open_page("payments", payment_id)``."""

    key = "payments"
    icon = "nav.payments"
    list_name = "payments"
    kinds = frozenset({"payment", "invoice"})
    checkable = False
    searchable = False

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._currency = settings(context.company)["currency"]
        super().__init__(shell, context)

    def title(self) -> str:
        return _("Paiements")

    def primary_action(self) -> PageAction:
        return PageAction(_("Encaisser une facture"), "action.record_payment", self._to_open_invoices)

    def _to_open_invoices(self) -> None:
        self.shell.open_page("invoices", "open")

    def make_columns(self) -> list[ColumnSpec]:
        return [
            ColumnSpec("date", _("Date"), 88, kind="date"),
            ColumnSpec("invoice", _("Facture"), 136),
            ColumnSpec("client", _("Client"), 0, kind="strong", minimum=140),
            ColumnSpec("method", _("Mode"), 150, kind="chip", priority=1),
            ColumnSpec("note", _("Note"), 160, priority=2),
            ColumnSpec("amount", _("Montant"), 120, kind="money"),
        ]

    def make_source(self) -> PaymentSource:
        return PaymentSource(self.context.company, self._currency)

    def empty_state(self) -> EmptyState:
        button = Button(_("Voir les factures à encaisser"), "primary", "nav.invoices")
        button.clicked.connect(self._to_open_invoices)
        sentence = _("Un paiement s’enregistre depuis la facture, avec le montant déjà rempli.")
        return EmptyState("done", _("Aucun paiement pour l’instant"), sentence, button)

    def is_row_kind(self, kind: str) -> bool:
        return kind == "payment"

    def on_changes(self, kind: str, ids: list[str]) -> None:
        super().on_changes(kind, ids)
        if kind == "payment":  # a reversal also changes the row of what it reverses
            shown = [row["id"] for row in self._shown_rows() if not row["record"]["is_reversed"]]
            found = payments.by_ids(self.context.company, list(ids)) if ids else []
            reversed_ids = {payment["reverses_id"] for payment in found} & set(shown)
            self.model.refresh_ids(reversed_ids)

    def _shown_rows(self) -> list[Any]:
        return [self.model.record(row) for row in range(self.model.rowCount())]

    def figures(self) -> Callable[[], Any]:
        company = self.context.company
        return lambda: payments.totals(company)

    def show_figures(self, figures: Any) -> None:
        count, total = figures
        words = ngettext("{count} paiement", "{count} paiements", count).format(count=format_number(count))
        self.filter_bar.count.setText(words)
        self.foot.show_totals(words, [(_("Encaissé"), format_money(total or Decimal(0), self._currency))])

    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        return "", "", ""

    def make_drawer(self, record_id: str) -> Drawer:
        return PaymentDrawer(self.shell, self.context, record_id)

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, PaymentDrawer):
            try:
                drawer.refresh()
            except UserError:
                self.close_drawer()

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        payment = self.model.record(self.model.row_of(record_id))["record"]
        menu.add(_("Voir la facture"), "nav.invoices", lambda: self.shell.open_page("invoices", payment["invoice_id"]))
        menu.add(
            _("Annuler le paiement…"),
            "action.undo",
            lambda: self._ask_reverse(record_id),
            danger=True,
            enabled=can_reverse(payment),
        )

    def _ask_reverse(self, record_id: str) -> None:
        self.show_record(record_id)
        drawer = self.drawer()
        if isinstance(drawer, PaymentDrawer) and drawer.line is not None:
            drawer.line.ask()

    def activate(self, argument: str | None) -> None:
        self.list.setFocus()
        if argument:
            self.show_record(argument)
