"""The invoices: tabs, filters, bulk actions, and each one in the drawer."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _, ngettext
from facturepro.i18n.formatting import format_money, format_number
from facturepro.services import central_numbering, invoices, records
from facturepro.services.company import settings
from facturepro.services.invoices import InvoiceFilter
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import ColumnSpec
from facturepro.ui.pages.base import PageAction, PageSpec, Shell
from facturepro.ui.pages.invoices_bulk import InvoiceBulk
from facturepro.ui.pages.invoices_drawer import InvoiceDrawer
from facturepro.ui.pages.invoices_filters import make_filters, read_argument
from facturepro.ui.pages.invoices_paper import Paper
from facturepro.ui.pages.invoices_rows import OPEN, InvoiceSource, columns, device_names, period_bounds, total_of
from facturepro.ui.pages.record_list_filters import FilterKind
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.undo_toast import tell_with_undo
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.tabs import Tab

EDITOR = "invoice_editor"


def spec(context: CompanyContext) -> PageSpec:
    """The page for the main window; its counter is what is still to be paid."""
    return PageSpec(
        "invoices",
        N_("Factures"),
        "nav.invoices",
        "sales",
        lambda shell: InvoicesPage(shell, context),
        counter=lambda: invoices.counts(context.company)["open"],
    )


class InvoicesPage(RecordListPage):
    """``open_page("invoices", argument)``: an invoice id, a tab ("overdue"), "client:<id>", or a tab with ranges of days
    ("open,due:2026-11-20..2026-11-22")."""

    key = "invoices"
    icon = "nav.invoices"
    list_name = "invoices"
    kinds = frozenset({"invoice", "payment", "client", "company"})

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self.paper = Paper(shell, context, self)
        self.bulk = InvoiceBulk(shell, context, self)
        self._devices = device_names(context.company)
        self._currency = settings(context.company)["currency"]
        super().__init__(shell, context)

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Factures")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouvelle facture"), "action.new", self._create)

    def _create(self) -> None:
        self.shell.open_page(EDITOR)

    # ------------------------------------------------------------------ list
    def make_tabs(self) -> list[Tab]:
        return [
            Tab("all", _("Toutes")),
            Tab("draft", _("Brouillons")),
            Tab("open", _("À encaisser")),
            Tab("overdue", _("En retard"), alert=True),
            Tab("paid", _("Payées")),
        ]

    def make_filters(self) -> list[FilterKind]:
        return make_filters(self.context)

    def make_columns(self) -> list[ColumnSpec]:
        return columns()

    def default_sort(self) -> tuple[str, bool]:
        return "date", True

    def wanted(self) -> InvoiceFilter:
        """The filter of the present tab and chips."""
        chosen = self.filters()
        start, end = (
            period_bounds(chosen["period"], self.context.company.today()) if "period" in chosen else (None, None)
        )
        low, high = chosen.get("amount", (None, None))
        due_start, due_end = chosen.get("due", (None, None))
        due_start, due_end = chosen.get("due", (None, None))
        tab = self.tab() if self.tab() != "all" else ""
        return InvoiceFilter(
            status=chosen.get("status") or tab,
            client_id=chosen.get("client", ""),
            start=start,
            end=end,
            minimum=low,
            maximum=high,
            text=self.text(),
            due_start=due_start,
            due_end=due_end,
        )

    def make_source(self) -> InvoiceSource:
        return InvoiceSource(self.context.company, self.wanted(), self._devices, self._currency)

    def empty_state(self) -> EmptyState:
        return EmptyState(
            "document",
            _("Aucune facture pour l’instant"),
            _("Choisissez un client, tapez une ligne : la facture est prête à émettre."),
            self.new_button(_("Nouvelle facture")),
        )

    def is_row_kind(self, kind: str) -> bool:
        return kind == "invoice"

    def drawer_concerns(self, kind: str, ids: list[str]) -> bool:
        return kind != "invoice" or self._drawer_id in ids

    # ------------------------------------------------------------------ figures
    def figures(self) -> Callable[[], Any]:
        company, wanted, count = self.context.company, self.wanted(), self.text()

        def work() -> Any:
            sums = None if count else invoices.sums(company, wanted)
            return invoices.counts(company), sums

        return work

    def show_figures(self, figures: Any) -> None:
        counts, sums = figures
        if self.tab_bar is not None:
            for key, value in counts.items():
                self.tab_bar.set_count(key, value)
        if sums is None:
            shown = self.model.rowCount()
            more = "" if self.model.is_complete() else "+"
            self.filter_bar.count.setText(_("{count} factures").format(count=f"{format_number(shown)}{more}"))
            self.foot.show_totals("", [])
            return
        count, total, due = sums
        words = ngettext("{count} facture", "{count} factures", count).format(count=format_number(count))
        self.filter_bar.count.setText(words)
        totals = [(_("Total TTC"), self._money(total)), (_("Reste dû"), self._money(due))]
        self.foot.show_totals(words, totals)
        self._sums = sums

    def _money(self, amount: Decimal) -> str:
        return format_money(amount, self._currency)

    # ------------------------------------------------------------------ selection
    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        count, due = (
            len(records),
            total_of([each for each in records if each["record"]["status"] in OPEN], "amount_due"),
        )
        if everything and hasattr(self, "_sums"):
            count, _total, due = self._sums
        words = ngettext("{count} sélectionnée", "{count} sélectionnées", count).format(count=format_number(count))
        if not everything and not any(each["record"]["status"] in OPEN for each in records):
            return words, _("total TTC"), self._money(total_of(records, "total_gross"))
        return words, _("reste dû"), self._money(due)

    def bulk_actions(self, records: Sequence[Any]) -> list[BulkAction]:
        everything = self.model.everything_checked()
        states = {each["record"]["status"] for each in records}
        has_open = everything or bool(states & set(OPEN))
        has_drafts = everything or "draft" in states
        actions = [BulkAction(_("PDF"), "action.pdf", self._export)]
        if has_drafts:
            remove = _("Supprimer les brouillons")
            actions.insert(0, BulkAction(_("Émettre"), "action.issue", self._issue))
            actions.append(BulkAction(remove, "action.delete", self._delete, in_menu=True, danger=True))
        if has_open:
            actions.insert(0, BulkAction(_("Payées"), "action.mark_paid", self._pay))
        return actions

    def _checked(self) -> list[dict[str, Any]]:
        return [each["record"] for each in self.checked_records()]

    def _pay(self, anchor: QWidget) -> None:
        self.bulk.pay(anchor, self._checked(), self.selected_ids(), self._selected_due())

    def _selected_due(self) -> Decimal:
        if self.model.everything_checked() and hasattr(self, "_sums"):
            return self._sums[2]
        return sum((each["amount_due"] for each in self._checked() if each["status"] in OPEN), Decimal(0))

    def _issue(self, anchor: QWidget) -> None:
        self.bulk.issue(anchor, self._checked(), self.selected_ids())

    def _export(self, _anchor: QWidget) -> None:
        count = self._sums[0] if self.model.everything_checked() and hasattr(self, "_sums") else len(self._checked())
        self.paper.export(self.selected_ids(), count)

    def _delete(self, anchor: QWidget) -> None:
        self.bulk.delete(anchor, self._checked(), self.selected_ids())

    def export(self) -> None:
        """Ctrl+E: the checked invoices, else all that is shown."""
        if not self.model.checked_ids():
            self.model.check_all()
        self._export(self)

    # ------------------------------------------------------------------ one invoice
    def make_drawer(self, record_id: str) -> Drawer:
        drawer = InvoiceDrawer(self.shell, self.context, self.paper, record_id)
        drawer.edit_wanted.connect(lambda invoice_id: self.shell.open_page(EDITOR, invoice_id))
        drawer.delete_wanted.connect(self.delete_record)
        drawer.duplicate_wanted.connect(self._duplicate)
        return drawer

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, InvoiceDrawer):
            try:
                drawer.refresh()
            except UserError:
                self.close_drawer()
                return
            if records.get(self.context.company, "invoice", drawer.invoice_id)["deleted_at"] is not None:
                self.close_drawer()

    def open_record(self, record_id: str) -> None:
        invoice = records.get(self.context.company, "invoice", record_id)
        if invoice["number"] is None:
            self.shell.open_page(EDITOR, record_id)
        else:
            self.show_record(record_id)

    def _duplicate(self, invoice_id: str) -> None:
        try:
            copy = invoices.duplicate(self.context.company, invoice_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        self.shell.open_page(EDITOR, copy["id"])

    def delete_record(self, record_id: str) -> None:
        """Into the bin, with a way back; an issued invoice says why it stays."""
        invoice = records.get(self.context.company, "invoice", record_id)
        try:
            if invoice["number"] is not None:
                raise UserError("invoice_frozen")
            stamp = records.delete(self.context.company, "invoice", record_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        self.close_drawer()
        client = invoice["client_name"]
        words = _("Brouillon pour {client} supprimé").format(client=client) if client else _("Brouillon supprimé")
        tell_with_undo(self.shell, self.context, words, [stamp])

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        invoice = records.get(self.context.company, "invoice", record_id)
        is_draft = invoice["status"] == "draft"
        words, icon = (
            (_("Continuer la saisie"), "action.edit") if is_draft else (_("Voir la facture"), "action.preview")
        )
        menu.add(words, icon, lambda: self.shell.open_page(EDITOR, record_id))
        if invoice["status"] == "to_number":
            menu.add(_("Retirer la demande"), "action.restore", lambda: self._withdraw(record_id))
        if invoice["status"] in OPEN:
            menu.add(_("Enregistrer un paiement"), "action.record_payment", lambda: self._start_payment(record_id))
        menu.add(_("Dupliquer"), "action.duplicate", lambda: self._duplicate(record_id))
        menu.add(_("Ouvrir le PDF"), "action.pdf", lambda: self.paper.open(record_id))
        menu.add(_("Imprimer"), "action.print", lambda: self.paper.print(record_id), shortcut="Ctrl+P")
        if is_draft:
            menu.add_separator()
            menu.add(_("Supprimer le brouillon"), "action.delete", lambda: self.delete_record(record_id), danger=True)

    def _withdraw(self, record_id: str) -> None:
        try:
            central_numbering.withdraw(self.context.company, record_id)
        except UserError as error:
            self.shell.show_error(error)

    def _start_payment(self, record_id: str) -> None:
        self.show_record(record_id)
        drawer = self.drawer()
        if isinstance(drawer, InvoiceDrawer):
            drawer.start_payment()

    def print_document(self) -> None:
        current = self.list.current_id()
        if current is not None:
            self.paper.print(str(current))

    # ------------------------------------------------------------------ visits
    def _show_ranges(self, argument: str) -> None:
        """ "overdue,due:2026-09-01..2026-09-30": a tab, and chips with ranges of days."""
        tab, *ranges = argument.split(",")
        chips = {}
        for part in ranges:
            key, _colon, days = part.partition(":")
            start, end = (date.fromisoformat(day) if day else None for day in days.split(".."))
            chips[key] = (start, end)
        if self.tab_bar is not None:
            self.tab_bar.set_current(tab)
        self.filter_bar.set_values(chips)

    def activate(self, argument: str | None) -> None:
        if argument:
            try:
                tab, filters = read_argument(argument)
            except ValueError:
                self.show_record(argument)
            else:
                self._text = ""
                if self.tab_bar is not None:
                    self.tab_bar.set_current(tab)
                self.filter_bar.set_values(filters)
        self.list.setFocus()
