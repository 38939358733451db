"""The clients: who they are, what they owe, each in the drawer."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _, ngettext
from facturepro.i18n.formatting import format_money, format_number
from facturepro.services import clients, invoices, records
from facturepro.services.company import OpenCompany, settings
from facturepro.services.invoices import InvoiceFilter
from facturepro.ui.data import CompanyContext
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.pages.base import PageAction, PageSpec, Shell
from facturepro.ui.pages.clients_drawer import WIDE, ClientDrawer, NewRecordDrawer
from facturepro.ui.pages.record_list_filters import FilterKind, text_filter
from facturepro.ui.pages.record_list_foot import BulkAction
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.undo_toast import tell_with_undo
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.empty import EmptyState
from facturepro.ui.widgets.menu import Menu

_NEW_FIELDS = ("name", "company_name", "email", "phone", "siren", "address", "postcode", "city", "country")
_NEW = "new"


def spec(context: CompanyContext) -> PageSpec:
    """The page for the main window."""
    return PageSpec("clients", N_("Clients"), "nav.clients", "records", lambda shell: ClientsPage(shell, context))


class ClientSource:
    """Pages through the clients with what they owe (see ``RecordModel``)."""

    SORT: ClassVar[dict[str, str]] = {"name": "display_name", "city": "city"}

    def __init__(self, company: OpenCompany, text: str, with_archived: bool, currency: str) -> None:
        self._company, self._text, self._archived, self._currency = company, text, with_archived, currency
        self._sort, self._descending = "display_name", False

    def sort_by(self, key: str, descending: bool) -> None:
        self._sort, self._descending = self.SORT.get(key, "display_name"), descending

    def fetch(self, after: Any | None, limit: int) -> tuple[list[dict[str, Any]], Any | None]:
        query = records.ListQuery("client", self._text, self._sort, self._descending, with_archived=self._archived)
        page = records.page(self._company, query, after, limit)
        return self._rows(page.rows), page.next

    def fetch_ids(self, ids: Sequence[Any]) -> list[dict[str, Any]]:
        found = records.get_many(self._company, "client", list(ids))
        return self._rows(
            [each for each in found if each["deleted_at"] is None and (self._archived or not each["is_archived"])]
        )

    def _rows(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        owed = clients.balances(self._company, [client["id"] for client in found])
        return [self._row(client, owed.get(client["id"], Decimal(0))) for client in found]

    def _row(self, client: Mapping[str, Any], balance: Decimal) -> dict[str, Any]:
        archived = bool(client["is_archived"])
        contact = client["name"] if client["company_name"] else ""
        return {
            "id": client["id"],
            "record": client,
            "balance_value": balance,
            "name": Cell(records.title("client", client), muted=archived),
            "contact": Cell(contact),
            "email": Cell(client["email"]),
            "phone": Cell(client["phone"]),
            "city": Cell(client["city"]),
            "balance": Cell(balance, muted=not balance, currency=self._currency),
        }


class ClientsPage(RecordListPage):
    """``open_page("clients", argument)``: a client id, or "new"."""

    key = "clients"
    icon = "nav.clients"
    list_name = "clients"
    kinds = frozenset({"client", "invoice", "payment"})

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        self._currency = settings(context.company)["currency"]
        super().__init__(shell, context)

    def title(self) -> str:
        return _("Clients")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouveau client"), "action.new", self.start_new)

    # ------------------------------------------------------------------ list
    def make_columns(self) -> list[ColumnSpec]:
        return [
            ColumnSpec("name", _("Client"), 0, kind="strong", sortable=True, minimum=160),
            ColumnSpec("contact", _("Contact"), 140, priority=3),
            ColumnSpec("email", _("E-mail"), 196, priority=2),
            ColumnSpec("phone", _("Téléphone"), 128, priority=1),
            ColumnSpec("city", _("Ville"), 120, priority=4, sortable=True),
            ColumnSpec("balance", _("Solde dû"), 112, kind="money"),
        ]

    def make_filters(self) -> list[FilterKind]:
        return [
            text_filter("text", _("Contient")),
            FilterKind("archived", _("Archivés"), lambda _value: _("inclus"), choices=lambda: [(True, _("Inclus"))]),
        ]

    def make_source(self) -> ClientSource:
        archived = bool(self.filters().get("archived"))
        return ClientSource(self.context.company, self.text(), archived, self._currency)

    def default_sort(self) -> tuple[str, bool]:
        return "name", False

    def empty_state(self) -> EmptyState:
        return EmptyState(
            "people",
            _("Aucun client pour l’instant"),
            _("Un client se crée aussi en tapant son nom dans une facture."),
            self.new_button(_("Nouveau client")),
        )

    def on_changes(self, kind: str, ids: list[str]) -> None:
        if ids and kind in ("invoice", "payment"):
            self._refresh_balances(kind, ids)
        super().on_changes(kind, ids)

    def _refresh_balances(self, kind: str, ids: list[str]) -> None:
        """Clients of the invoices that changed."""
        if kind == "invoice" and len(ids) <= 200:
            found = records.get_many(self.context.company, "invoice", ids)
            self.model.refresh_ids({invoice["client_id"] for invoice in found if invoice["client_id"]})
        elif kind == "invoice":
            self.model.reload()

    def is_row_kind(self, kind: str) -> bool:
        return kind == "client"

    def figures(self) -> Callable[[], Any]:
        company, text, archived = self.context.company, self.text(), bool(self.filters().get("archived"))

        def work() -> tuple[int, Decimal]:
            count = records.count(company, records.ListQuery("client", text, with_archived=archived))
            return count, invoices.sums(company, InvoiceFilter(status="open"))[2]

        return work

    def show_figures(self, figures: Any) -> None:
        count, due = figures
        words = ngettext("{count} client", "{count} clients", count).format(count=format_number(count))
        self.filter_bar.count.setText(words)
        self.foot.show_totals(words, [(_("Dû par tous les clients"), format_money(due, self._currency))])

    # ------------------------------------------------------------------ selection
    def selection_words(self, records: Sequence[Any], everything: bool) -> tuple[str, str, str]:
        count = len(records)
        words = ngettext("{count} sélectionné", "{count} sélectionnés", count).format(count=format_number(count))
        owed = sum((row["balance_value"] for row in records), Decimal(0))
        return words, _("solde dû"), format_money(owed, self._currency)

    def bulk_actions(self, records: Sequence[Any]) -> list[BulkAction]:
        return [
            BulkAction(_("Archiver"), "archive", self._archive_checked),
            BulkAction(_("Supprimer"), "action.delete", self._delete_checked, in_menu=True, danger=True),
        ]

    def _archive_checked(self, _anchor: QWidget) -> None:
        ids = [row["id"] for row in self.checked_records()]
        for client_id in ids:
            self._archive(client_id, True, tell=False)
        words = ngettext("{count} client archivé", "{count} clients archivés", len(ids)).format(count=len(ids))
        self.shell.toast(words, icon="archive")

    def _delete_checked(self, _anchor: QWidget) -> None:
        stamps, failures = [], []
        for row in self.checked_records():
            try:
                stamps.append(records.delete(self.context.company, "client", row["id"]))
            except UserError as error:
                failures.append(error)
        if failures:
            self.shell.show_error(failures[0])
        if stamps:
            words = ngettext("{count} client supprimé", "{count} clients supprimés", len(stamps))
            tell_with_undo(self.shell, self.context, words.format(count=len(stamps)), stamps)

    # ------------------------------------------------------------------ one client
    def make_drawer(self, record_id: str) -> Drawer:
        drawer = ClientDrawer(self.shell, self.context, record_id)
        drawer.delete_wanted.connect(self.delete_record)
        drawer.archive_wanted.connect(self._archive)
        drawer.invoice_wanted.connect(lambda client: self.shell.open_page("invoice_editor", f"client:{client}"))
        return drawer

    def refresh_drawer(self) -> None:
        drawer = self.drawer()
        if isinstance(drawer, ClientDrawer):
            try:
                drawer.refresh()
            except UserError:
                self.close_drawer()
                return
            if drawer.client["deleted_at"] is not None:
                self.close_drawer()

    def drawer_concerns(self, kind: str, ids: list[str]) -> bool:
        return kind != "client" or not ids or self._drawer_id in ids

    def start_new(self) -> None:
        """Open the form of a new client."""
        country = settings(self.context.company)["country"]
        drawer = NewRecordDrawer(
            self.context,
            "client",
            _("Nouveau client"),
            _("Créer le client"),
            _NEW_FIELDS,
            WIDE,
            {"country": country},
        )
        drawer.created.connect(self._created)
        self.list.set_current_id(None)
        self.show_drawer(drawer, None)
        drawer.form.focus_first()

    def _created(self, client: dict[str, Any]) -> None:
        self.shell.toast(_("{name} ajouté").format(name=records.title("client", client)), icon="nav.clients")
        self.model.refresh_top()
        self.show_record(client["id"])

    def _archive(self, client_id: str, archived: bool, tell: bool = True) -> None:
        label = N_("Client archivé") if archived else N_("Client sorti des archives")
        try:
            records.update(self.context.company, "client", client_id, {"is_archived": archived}, label=label)
        except UserError as error:
            self.shell.show_error(error)
            return
        if tell:
            undo = lambda: self._archive(client_id, not archived, tell=False)  # noqa: E731
            self.shell.toast(_(label), _("Annuler"), undo, "archive")

    def delete_record(self, record_id: str) -> None:
        """Into the bin with a way back; one who is on an issued document says so."""
        client = records.get(self.context.company, "client", record_id)
        try:
            stamp = records.delete(self.context.company, "client", record_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        self.close_drawer()
        words = _("Client {name} supprimé").format(name=records.title("client", client))
        tell_with_undo(self.shell, self.context, words, [stamp])

    def fill_menu(self, menu: Menu, record_id: str) -> None:
        client = records.get(self.context.company, "client", record_id)
        archived = bool(client["is_archived"])
        editor = "invoice_editor"
        menu.add(_("Nouvelle facture"), "action.new", lambda: self.shell.open_page(editor, f"client:{record_id}"))
        menu.add(
            _("Voir ses factures"), "nav.invoices", lambda: self.shell.open_page("invoices", f"client:{record_id}")
        )
        words = _("Sortir des archives") if archived else _("Archiver")
        menu.add(words, "archive", lambda: self._archive(record_id, not archived))
        menu.add_separator()
        menu.add(_("Supprimer"), "action.delete", lambda: self.delete_record(record_id), danger=True, shortcut="Del")

    # ------------------------------------------------------------------ visits
    def activate(self, argument: str | None) -> None:
        self.list.setFocus()
        if argument == _NEW:
            self.start_new()
        elif argument:
            self.show_record(argument)
