"""Issuing: the number, the frozen content, the seal, the stock and the paper, in one transaction.

Either all of it happened or nothing: the PDF is made and on disk before the commit. A crash after the file was written
leaves an orphan file that nothing names, never an invoice without its paper.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from facturepro.db import local_state
from facturepro.db.models import Client, Invoice, InvoiceLine, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries import invoices as queries
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.i18n import _
from facturepro.services import document_store, invoice_content, invoices
from facturepro.services.company import OpenCompany, settings
from facturepro.services.records import Record

FARTHEST = timedelta(days=366)
"""An issue date beyond is a slip of the keyboard that nobody could take back."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that the paper should show and that is not filled in.

    ``field`` is dotted (``client.siren``, ``seller.address``, ``delivered_on``, ``lines``). Without a mention that
    ``is_blocking`` the document cannot be issued; the others are legal mentions that the person is warned about.
    """

    field: str
    label: str
    why: str
    is_blocking: bool


def missing_mentions(company: OpenCompany, invoice: Mapping[str, Any]) -> list[Mention]:
    """What is still to fill before issuing, most important first. ``invoice`` as from ``invoices.show``."""
    own = settings(company)
    found: list[Mention] = []

    def want(is_present: Any, field: str, label: str, why: str, is_blocking: bool = False) -> None:
        if not is_present:
            found.append(Mention(field, label, why, is_blocking))

    client = invoice_content.client_of(company, invoice["client_id"])
    is_french = own["country"] == "FR"
    want(client, "client", _("Client"), _("à qui la facture est adressée"), True)
    want(invoice["lines"], "lines", _("Lignes"), _("au moins une ligne"), True)
    want(own["name"], "seller.name", _("Nom de l’entreprise"), _("figure sur chaque facture"), True)
    want(
        own["siren"] or own["siret"] or not is_french,
        "seller.siren",
        _("Votre SIREN"),
        _("obligatoire en France"),
        True,
    )
    want(own["address"] and own["city"], "seller.address", _("Votre adresse"), _("obligatoire sur chaque facture"))
    if own["vat_regime"] == "normal" and is_french:
        want(own["vat_number"], "seller.vat_number", _("Votre n° de TVA"), _("obligatoire si vous facturez la TVA"))
    if client:
        want(
            client["address"] and client["city"],
            "client.address",
            _("Adresse du client"),
            _("obligatoire sur chaque facture"),
        )
        needs_siren = bool(client["company_name"]) and client["country"] == "FR" and is_french
        want(
            client["siren"] or not needs_siren,
            "client.siren",
            _("SIREN du client"),
            _("obligatoire pour une entreprise en France"),
        )
    if invoice.get("number") is None:
        want(
            invoice["delivered_on"],
            "delivered_on",
            _("Date de livraison"),
            _("sans elle, la date d’émission est reprise"),
        )
    return found


def issue(company: OpenCompany, invoice_id: str, on: date | None = None, keeps_paper: bool = True) -> Record:
    """Give a draft its number and date, freeze and seal it, move the stock, make and keep the PDF.

    Without ``keeps_paper`` (example data) the PDF is made when it is first asked for.

    Raises:
        UserError: already issued, something blocking missing, a date before the last of the series, no room on disk.
            The draft is as it was.
    """
    draft = invoices.show(company, invoice_id)
    if draft["number"] is not None:
        raise UserError("invoice_already_issued", number=draft["number"])
    if draft["deleted_at"] is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    _refuse_incomplete(company, draft)
    document_store.warm_up()  # imports take 300 ms: not while the file is locked
    with company.db.write(_("Facture émise")) as work:
        invoice = work.get(Invoice, invoice_id)
        assert invoice is not None
        if invoice.number is not None:
            raise UserError("invoice_already_issued", number=invoice.number)
        if invoice.deleted_at is not None:  # another computer's change arrived meanwhile
            raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
        _take_regime(company, work, invoice_id)
        day = on or invoice.issued_on or company.today()
        if day > company.today() + FARTHEST:
            raise UserError("date_too_far", date=f"{day:%d/%m/%Y}")
        with work.one_statement():
            _number(work, invoice, day, settings(company)["number_prefix"])
            invoice.due_on = invoice.due_on or invoices.default_due_on(company, invoice.client_id, invoice.issued_on)
            invoice.delivered_on = invoice.delivered_on or invoice.issued_on
            content = _seal(company, work, invoice)
        work.flush()
        _move_stock(work, invoice)
        if keeps_paper:
            document_store.keep(company, work, invoice.id, content)
    return invoices.show(company, invoice_id)


def _refuse_incomplete(company: OpenCompany, draft: Record) -> None:
    blocking = [mention for mention in missing_mentions(company, draft) if mention.is_blocking]
    codes = {"client": "invoice_no_client", "lines": "invoice_empty"}
    if blocking and blocking[0].field in codes:
        raise UserError(codes[blocking[0].field])
    if blocking:
        raise UserError("invoice_incomplete", fields=", ".join(mention.label for mention in blocking))


def _take_regime(company: OpenCompany, work: UnitOfWork, invoice_id: str) -> None:
    """The rates that stand in the rows are those of the paper: none under art. 293 B, also in a draft made before.

    Raises:
        UserError: ``invoice_empty``.
    """
    lines = [work.get(InvoiceLine, row["id"]) for row in queries.lines(work.session, invoice_id)]
    if not lines:
        raise UserError("invoice_empty")
    if settings(company)["vat_regime"] == "franchise":
        for line in lines:
            if line is not None and line.vat_rate:
                line.vat_rate = Decimal(0)
        work.flush()


def _number(work: UnitOfWork, invoice: Invoice, on: date, prefix: str) -> None:
    is_joined = local_state.get(work.session, "cloud") is not None
    if is_joined and local_state.get(work.session, "series_stale", False):
        raise UserError("device_cloned")  # a restored copy: its letter is claimed at the next exchange
    series = Series(prefix, on.year, local_state.get(work.session, "series", "A"))
    counter, last_on, last_number = queries.last_of_series(work.session, series.key)
    if last_on is not None and on < last_on:
        raise UserError("date_before_last", date=f"{on:%d/%m/%Y}", last=f"{last_on:%d/%m/%Y}", number=last_number)
    if invoice.due_on is not None and invoice.due_on < on:
        raise UserError("due_before_date", due=f"{invoice.due_on:%d/%m/%Y}", date=f"{on:%d/%m/%Y}")
    invoice.issued_on = on
    invoice.series = series.key
    invoice.counter = counter + 1
    invoice.number = series.number(counter + 1)


def _seal(company: OpenCompany, work: UnitOfWork, invoice: Invoice) -> Any:
    """Snapshot of all that the paper shows, linked to the previous document of this computer."""
    own = settings(company)
    client = work.get(Client, str(invoice.client_id))
    lines = queries.lines(work.session, invoice.id)
    header = {
        column.name: getattr(invoice, column.name) for column in Invoice.__table__.columns if column.name != "seq"
    }
    header |= {"lines": lines, "amount_paid": 0}
    content = invoice_content.build(company, header, own, vars(client) if client else None, logo=False).sealed()
    position, previous = queries.last_of_chain(work.session, company.db.device_id)
    invoice.snapshot = content.to_json()
    invoice.layout = content.layout
    invoice.logo_id = own["logo"]
    invoice.issued_at = work.now
    invoice.issued_by = company.db.device_id
    invoice.previous_hash = previous
    invoice.chain_position = position + 1
    invoice.hash = seal_hash(previous, invoice.snapshot, invoice.logo_id)
    return invoice_content.with_logo(work.session, content, invoice.logo_id)


def seal_hash(previous: str, snapshot: str, logo_id: str) -> str:
    """SHA-256 (hex) over the previous link, the canonical content and the logo's id."""
    return hashlib.sha256(f"{previous}\n{snapshot}\n{logo_id}".encode()).hexdigest()


def _move_stock(work: UnitOfWork, invoice: Invoice) -> None:
    for line in queries.lines(work.session, invoice.id):
        product = work.get(Product, line["product_id"]) if line["product_id"] else None
        if product is None or product.type != "goods":
            continue
        work.add(
            StockMovement(
                product_id=product.id,
                warehouse_id=MAIN_WAREHOUSE_ID,
                quantity=-line["quantity"],
                reason="sale",
                moved_on=invoice.issued_on,
                document_id=invoice.id,
                document_number=str(invoice.number),
            )
        )
