"""Drafts: made, saved as they are typed, shown, listed. Issuing stands in ``issuing``."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from facturepro.db import catalog
from facturepro.db.models import Client, Invoice, InvoiceLine, Product
from facturepro.db.queries import invoices as queries
from facturepro.db.queries import listing
from facturepro.db.queries.invoices import InvoiceFilter
from facturepro.db.queries.listing import Cursor
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import MESSAGES, UserError
from facturepro.domain.money import plain
from facturepro.domain.totals import LineAmounts, Totals, document_totals
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.company import OpenCompany, settings
from facturepro.services.records import Page, Record
from facturepro.services.validation import FRENCH_RATES, clean, machine_form

QUANTITY_LIMIT = Decimal(1_000_000)
_HEADER_ONLY = (
    "client_id",
    "issued_on",
    "due_on",
    "delivered_on",
    "client_reference",
    "notes",
    "layout",
    "internal_note",
)


def create(company: OpenCompany, values: Mapping[str, Any]) -> Record:
    """A draft from ``{"client": id, "date", "due", "lines": [...], "notes"}``; names as on the command line or of the columns.

    Lines take what they lack from their product. Answers the whole document (``show``).

    Raises:
        UserError: unknown client or product, impossible value; nothing is written.
    """
    return _save(company, None, values)


def save(company: OpenCompany, invoice_id: str, values: Mapping[str, Any]) -> Record:
    """Change a draft. ``lines``, when given, is the whole list in order; lines with a known ``id`` are kept and updated.

    Raises:
        UserError: ``invoice_frozen`` when it was issued meanwhile.
    """
    return _save(company, invoice_id, values)


def _save(company: OpenCompany, invoice_id: str | None, values: Mapping[str, Any]) -> Record:
    header = {key: value for key, value in values.items() if key != "lines"}
    cleaned = clean(catalog.entity("invoice"), header, "invoice", company.today())
    unknown = set(cleaned) - set(_HEADER_ONLY)
    if unknown:
        raise UserError(
            "field_unknown", field=", ".join(sorted(unknown)), kind="invoice", fields=", ".join(_HEADER_ONLY)
        )
    own = settings(company)
    with company.db.write(_("Facture modifiée") if invoice_id else _("Brouillon de facture")) as work:
        invoice = work.get(Invoice, invoice_id) if invoice_id else work.add(Invoice())
        if invoice is None or invoice.deleted_at is not None:
            raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
        if invoice.number is not None and set(cleaned) - {"internal_note"}:
            raise UserError("invoice_frozen")
        _check_client(work, cleaned.get("client_id"))
        for name, value in cleaned.items():
            if getattr(invoice, name) != value:
                setattr(invoice, name, value)
        if invoice.issued_on and invoice.due_on and invoice.due_on < invoice.issued_on:
            raise UserError("due_before_date", due=f"{invoice.due_on:%d/%m/%Y}", date=f"{invoice.issued_on:%d/%m/%Y}")
        work.flush()
        if values.get("lines") is not None:
            _save_lines(work, invoice.id, values["lines"], own)
        saved = invoice.id
    return show(company, saved)


def _check_client(work: UnitOfWork, client_id: str | None) -> None:
    if client_id:
        client = work.get(Client, client_id)
        if client is None or client.deleted_at is not None:
            raise UserError("record_unknown", kind=_("Client"), text=client_id)


def _save_lines(work: UnitOfWork, invoice_id: str, wanted: Any, own: Mapping[str, Any]) -> None:
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        raise UserError("line_invalid", line=1, reason=_("« lines » doit être une liste."))
    known = {row["id"] for row in queries.lines(work.session, invoice_id)}
    kept: set[str] = set()
    for position, raw in enumerate(wanted):
        try:
            cleaned = _clean_line(work, raw, own)
        except UserError as error:
            raise UserError("line_invalid", line=position + 1, reason=error.message) from error
        line_id = str(raw.get("id") or "")
        line = work.get(InvoiceLine, line_id) if line_id in known - kept else None  # named twice: a copy
        if line is None:
            line = work.add(InvoiceLine(invoice_id=invoice_id))
        else:
            kept.add(line_id)
        for name, value in {**cleaned, "position": position}.items():
            if getattr(line, name) != value:
                setattr(line, name, value)
    for line_id in known - kept:
        work.delete_row(work.get(InvoiceLine, line_id))
    work.flush()


def _clean_line(work: UnitOfWork, raw: Any, own: Mapping[str, Any]) -> dict[str, Any]:
    lines = catalog.entity("invoice").lines
    assert lines is not None
    if not isinstance(raw, Mapping):
        raise UserError("file_not_json", path="lines", reason=_("une ligne est un objet"))
    given = {key: value for key, value in raw.items() if key not in ("id", "net")}
    product_id = given.get("product") or given.get("product_id")
    if product_id:
        product = work.get(Product, str(product_id))
        if product is None or product.deleted_at is not None:
            raise UserError("record_unknown", kind=_("Produit"), text=str(product_id))
        given = {**from_product(product), **{k: v for k, v in given.items() if v not in (None, "")}}
    cleaned = clean(lines, given, "invoice_line")
    if not cleaned.get("description"):
        raise UserError("field_required", label=_("Désignation"))
    _check_line(cleaned, own["country"])
    if own["vat_regime"] == "franchise":  # art. 293 B: no VAT, whatever the product says
        cleaned["vat_rate"] = Decimal(0)
    return cleaned


def from_product(product: Any) -> dict[str, Any]:
    """What a line takes from its product."""
    return {
        "description": product.name,
        "unit": product.unit,
        "unit_price": product.price,
        "vat_rate": product.vat,
    }


def _check_line(cleaned: Mapping[str, Any], country: str) -> None:
    quantity = cleaned.get("quantity", Decimal(1))
    if quantity <= 0:
        raise UserError("quantity_negative")
    if quantity >= QUANTITY_LIMIT:
        raise UserError("quantity_absurd", text=plain(quantity), limit=plain(QUANTITY_LIMIT))
    if cleaned.get("unit_price", Decimal(0)) < 0:
        raise UserError(
            "value_out_of_range", text=plain(cleaned["unit_price"]), label=_("PU HT"), low="0", high="99999999"
        )
    rate = cleaned.get("vat_rate")
    if country == "FR" and rate is not None and rate.normalize() not in FRENCH_RATES:
        rates = ", ".join(plain(known) for known in FRENCH_RATES)
        raise UserError("rate_invalid", text=plain(rate), country=_("France"), rates=rates)


def show(company: OpenCompany, invoice_id: str) -> Record:
    """The invoice by column name, with ``lines`` (dicts) and ``vat_rows`` (``VatBase`` per rate).

    Raises:
        UserError: ``record_unknown``.
    """
    with company.db.read() as session:
        rows = listing.rows_by_id(session, "invoice", [invoice_id])
        if not rows:
            raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
        invoice = rows[0]
        invoice["lines"] = queries.lines(session, invoice_id)
    invoice["vat_rows"] = totals_of(invoice["lines"]).by_rate
    invoice["is_overdue"] = is_overdue(company, invoice)
    return invoice


def totals_of(lines: Sequence[Mapping[str, Any]]) -> Totals:
    """Totals of lines given by column name; also for lines that are still being typed."""
    return document_totals(
        LineAmounts(line["quantity"], line["unit_price"], line["vat_rate"], line.get("discount") or Decimal(0))
        for line in lines
    )


def is_overdue(company: OpenCompany, invoice: Mapping[str, Any]) -> bool:
    return bool(invoice["status"] in queries.OPEN and invoice["due_on"] and invoice["due_on"] < company.today())


def find(company: OpenCompany, id_or_number: str) -> Record:
    """Raises UserError ``record_unknown``."""
    return show(company, records.find(company, "invoice", id_or_number)["id"])


def default_due_on(company: OpenCompany, client_id: str | None, issued_on: Any) -> Any:
    """The client's own delay, else the company's."""
    days = settings(company)["payment_days"]
    if client_id:
        days = next((d for d in [records.get(company, "client", client_id)["payment_days"]] if d is not None), days)
    return issued_on + timedelta(days=int(days))


def page(
    company: OpenCompany,
    wanted: InvoiceFilter,
    sort: str = "",
    is_descending: bool = True,
    after: Cursor | None = None,
    limit: int = 100,
) -> Page:
    """Rows by column name (no lines), newest first unless sorted otherwise."""
    return records.page(company, queries.list_query(wanted, company.today(), sort, is_descending), after, limit)


def counts(company: OpenCompany) -> dict[str, int]:
    """Per tab: all, draft, open, overdue, paid."""
    with company.db.read() as session:
        return queries.tab_counts(session, company.today())


def sums(company: OpenCompany, wanted: InvoiceFilter) -> tuple[int, Decimal, Decimal]:
    """(count, total with tax, amount due) of a filter without its text search."""
    with company.db.read() as session:
        return queries.sums(session, queries.conditions(wanted, company.today()))


def duplicate(company: OpenCompany, invoice_id: str) -> Record:
    """A new draft with the same client and lines, no dates."""
    source = show(company, invoice_id)
    copied = ("product_id", "description", "quantity", "unit", "unit_price", "vat_rate", "discount")
    lines = [{name: line[name] for name in copied if line[name] is not None} for line in source["lines"]]
    values = {
        "client_id": source["client_id"],
        "notes": source["notes"],
        "client_reference": source["client_reference"],
    }
    return create(company, {**values, "lines": lines})


def refusal(invoice: Record) -> UserError | None:
    """Why the last request for a number was refused."""
    try:
        found = json.loads(invoice["refused_for"] or "null")
        return UserError(found["code"], **found["params"]) if found and found["code"] in MESSAGES else None
    except (ValueError, KeyError, TypeError):
        return None  # written by a newer version


def present(company: OpenCompany, invoice: Record) -> Record:
    """JSON object of the command line."""
    found = catalog.entity("invoice")
    assert found.lines is not None
    answer = records.present("invoice", invoice)
    for internal in ("snapshot", "counter", "previous_hash", "logo_id", "sort_on", "requested_hash"):
        answer.pop(internal, None)
    refused = refusal(invoice)
    answer["refused_for"] = refused.message if refused else ""
    answer["is_overdue"] = invoice["is_overdue"] if "is_overdue" in invoice else is_overdue(company, invoice)
    if "lines" in invoice:
        fields = [field for field in found.lines.fields if field.name != "invoice_id"]
        answer["lines"] = [
            {"id": line["id"], **{field.option: machine_form(field, line[field.name]) for field in fields}}
            for line in invoice["lines"]
        ]
        answer["vat"] = [
            {"rate": plain(row.rate), "base": plain(row.base, 2), "amount": plain(row.amount, 2)}
            for row in invoice["vat_rows"]
        ]
    return answer


__all__ = [
    "InvoiceFilter",
    "counts",
    "create",
    "default_due_on",
    "duplicate",
    "find",
    "page",
    "present",
    "save",
    "show",
    "sums",
]
