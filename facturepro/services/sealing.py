"""What makes a draft an issued document, whoever gives its number: frozen content, seal, movements of stock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from facturepro.db.base import new_id
from facturepro.db.models import Client, Invoice, InvoiceLine, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries import invoices as queries
from facturepro.db.replication_records import load
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.documents.content import InvoiceContent
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.domain.seals import document_seal
from facturepro.i18n.formatting import format_number
from facturepro.services import invoice_content, invoices
from facturepro.services.company import OpenCompany, settings
from facturepro.sync.codec import bytes_in_cloud
from facturepro.sync.remotes.sizes import MAX_FINAL_BYTES


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a document: its number, and the document before it in its chain.

    ``position`` counts along the chain of a computer; in a central series, which is a chain itself, it is 0.
    """

    series: Series
    counter: int
    previous_hash: str
    position: int = 0


def prepare(company: OpenCompany, work: UnitOfWork, invoice: Invoice) -> None:
    """Last changes to the draft: it no longer waits, and the rates in its rows are those of the paper (none under
    art. 293 B, also in a draft made before).

    Raises:
        UserError: ``invoice_empty``.
    """
    forget_request(invoice)
    work.flush()
    lines = [work.get(InvoiceLine, row["id"]) for row in queries.lines(work.session, invoice.id)]
    if not lines:
        raise UserError("invoice_empty")
    if settings(company)["vat_regime"] == "franchise":
        for line in lines:
            if line is not None and line.vat_rate:
                line.vat_rate = Decimal(0)
        work.flush()


def forget_request(invoice: Invoice, refused_for: str = "") -> None:
    """The document no longer waits for a number."""
    invoice.requested_at = invoice.requested_on = None
    invoice.requested_by = invoice.requested_hash = ""
    invoice.refused_for = refused_for


def refuse_going_back(day: date, last_on: date | None, last_number: str) -> None:
    """Raises UserError: a date before the last of its series."""
    if last_on is not None and day < last_on:
        raise UserError("date_before_last", date=f"{day:%d/%m/%Y}", last=f"{last_on:%d/%m/%Y}", number=last_number)


def refuse_due_before(invoice: Invoice, day: date) -> None:
    if invoice.due_on is not None and invoice.due_on < day:
        raise UserError("due_before_date", due=f"{invoice.due_on:%d/%m/%Y}", date=f"{day:%d/%m/%Y}")


def seal(
    company: OpenCompany,
    work: UnitOfWork,
    invoice: Invoice,
    day: date,
    link: Link,
    movement_id: Callable[[str], str | None] = lambda _line: new_id(),
) -> InvoiceContent:
    """Number, freeze and seal a prepared draft, and move the stock. Answers what the paper shows.

    ``movement_id`` names the movement of a line; None: it was made before.

    Raises:
        UserError: due before it is issued; too large for any cloud.
    """
    refuse_due_before(invoice, day)
    with work.one_statement():  # the record freezes with its number: everything is written with it
        invoice.issued_on = day
        invoice.series = link.series.key
        invoice.counter = link.counter
        invoice.number = link.series.number(link.counter)
        invoice.due_on = invoice.due_on or invoices.default_due_on(company, invoice.client_id, day)
        invoice.delivered_on = invoice.delivered_on or day
        content = _freeze(company, work, invoice, link)
    work.flush()
    _refuse_too_large(work, invoice)
    _keep_named(work, invoice)
    _move_stock(work, invoice, movement_id)
    return content


def rehearse(company: OpenCompany, work: UnitOfWork, invoice: Invoice, day: date, link: Link) -> None:
    """Seal a draft and take all of it back: what would refuse it when its turn comes refuses it now. Raises UserError."""
    work.flush()
    with work.taken_back():
        prepare(company, work, invoice)
        seal(company, work, invoice, day, link)


def _refuse_too_large(work: UnitOfWork, invoice: Invoice) -> None:
    """Frozen, it could never be made smaller: what no cloud takes is not issued. Without a cloud too, for the company may
    join one later, and a document that stays behind would be missing in its series on every other computer."""
    key = (Invoice.kind, invoice.id)
    record = load(work.session, [key])[key]
    size = bytes_in_cloud(record, work.device)
    if size > MAX_FINAL_BYTES:
        raise UserError(
            "invoice_too_large",
            lines=len(record.lines),
            size=_kibibytes(size),
            limit=_kibibytes(MAX_FINAL_BYTES),
        )


def _kibibytes(size: int) -> str:
    return format_number(-(-size // 1024))


def _keep_named(work: UnitOfWork, invoice: Invoice) -> None:
    """What an issued document names is archived, not deleted: another computer may have deleted it since the draft."""
    products = [(Product, line["product_id"]) for line in queries.lines(work.session, invoice.id)]
    for model, record_id in ((Client, invoice.client_id), *products):
        record: Any = work.get(model, record_id) if record_id else None
        if record is not None and record.deleted_at is not None:
            record.deleted_at, record.is_archived = None, True


def _freeze(company: OpenCompany, work: UnitOfWork, invoice: Invoice, link: Link) -> InvoiceContent:
    """Snapshot of all that the paper shows, linked to the document before it."""
    own = settings(company)
    client = work.get(Client, str(invoice.client_id))
    header = {
        column.name: getattr(invoice, column.name) for column in Invoice.__table__.columns if column.name != "seq"
    }
    header |= {"lines": queries.lines(work.session, invoice.id), "amount_paid": 0}
    content = invoice_content.build(company, header, own, vars(client) if client else None, logo=False).sealed()
    invoice.snapshot = content.to_json()
    invoice.layout = content.layout
    invoice.logo_id = own["logo"]
    invoice.issued_at = work.now
    invoice.issued_by = company.db.device_id
    invoice.previous_hash = link.previous_hash
    invoice.chain_position = link.position
    invoice.hash = document_seal(link.previous_hash, invoice.snapshot, invoice.logo_id)
    return invoice_content.with_logo(work.session, content, invoice.logo_id)


def _move_stock(work: UnitOfWork, invoice: Invoice, movement_id: Callable[[str], str | None]) -> None:
    for line in queries.lines(work.session, invoice.id):
        product = work.get(Product, line["product_id"]) if line["product_id"] else None
        if product is None or product.type != "goods" or (movement := movement_id(line["id"])) is None:
            continue
        work.add(
            StockMovement(
                id=movement,
                product_id=product.id,
                warehouse_id=MAIN_WAREHOUSE_ID,
                quantity=-line["quantity"],
                reason="sale",
                moved_on=invoice.issued_on,
                document_id=invoice.id,
                document_number=str(invoice.number),
            )
        )
    work.flush()
