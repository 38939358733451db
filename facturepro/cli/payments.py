"""``payment add | reverse | list``."""

from typing import Any

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.listing import all_rows, limit_option, listed
from facturepro.cli.output import answer, column, day_column, money_column, table
from facturepro.cli.session import current
from facturepro.domain.parsing import parse_date
from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.services import catalog, invoices, payments, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record


def register(root: Group) -> None:
    found = framework.group("payment", _("Paiements reçus ; un paiement faux s’annule par son contraire."))
    invoice = framework.option("--invoice", _("Facture."), metavar=_("ID_OU_NUMÉRO"), required=True)
    add = [
        invoice,
        framework.option("--amount", _("Montant reçu."), metavar="MONTANT", required=True),
        framework.option("--method", _("Mode."), metavar="|".join(catalog.METHODS), default="transfer"),
        framework.option("--on", _("Date ; sinon aujourd’hui."), metavar="DATE"),
        framework.option("--note", _("Note."), default=""),
    ]
    on = framework.option("--on", _("Date ; sinon aujourd’hui."), metavar="DATE")
    some_invoice = framework.option("--invoice", _("Seulement cette facture."), metavar=_("ID_OU_NUMÉRO"))
    for name, text, callback, parameters in (
        ("add", _("Enregistrer un paiement."), _add, add),
        ("reverse", _("Annuler un paiement."), _reverse, [framework.argument("payment_id", "ID"), on]),
        ("list", _("Lister les paiements, les derniers d’abord."), _list, [some_invoice, limit_option()]),
    ):
        found.add_command(framework.command(name, text, callback, parameters))
    root.add_command(found)


def present(company: OpenCompany, row: Record) -> Record:
    full = row if "invoice_number" in row else payments.by_ids(company, [row["id"]])[0]
    extra = {key: full[key] for key in ("invoice_number", "client_name")}
    return records.present("payment", full) | extra | {"is_reversed": bool(full["is_reversed"])}


def _add(invoice: str, amount: str, method: str, on: str | None, note: str) -> None:
    with current().company() as company:
        found = invoices.find(company, invoice)
        payment = payments.add(company, found["id"], amount, method, on, note)
        due = invoices.show(company, found["id"])["amount_due"]
        text = _("Paiement de {amount} enregistré sur {number}. Reste dû : {due}")
        answer(
            present(company, payment),
            text.format(amount=format_money(payment["amount"]), number=found["number"], due=format_money(due)),
        )


def _reverse(payment_id: str, on: str | None) -> None:
    with current().company() as company:
        reversal = payments.reverse(company, payment_id, parse_date(on, company.today()) if on else None)
        answer(present(company, reversal), _("Paiement annulé."))


def _list(invoice: str | None, limit: int | None) -> None:
    with current().company() as company:
        if invoice:
            rows = payments.for_invoice(company, invoices.find(company, invoice)["id"])[: limit or None]
        else:
            rows = all_rows(lambda after, size: payments.page(company, after, size), limit)
        method: Any = (_("Mode"), lambda row: _(catalog.METHODS[row["method"]]), "<")
        columns = [
            day_column("Date", "paid_on"),
            column("Facture", "invoice_number"),
            column("Client", "client_name"),
            method,
            money_column("Montant", "amount"),
            column("Identifiant", "id"),
        ]
        listed(rows, [present(company, row) for row in rows], lambda part: table(part, columns, _("Aucun paiement.")))
