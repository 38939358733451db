"""Payments: append-only, sealed in this computer's chain; a wrong one is reversed by its negative."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from facturepro.db import catalog
from facturepro.db.models import Invoice, Payment
from facturepro.db.queries import payments as queries
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.seals import payment_seal
from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record
from facturepro.services.validation import clean


def add(
    company: OpenCompany, invoice_id: str, amount: Any, method: str = "transfer", on: Any = None, note: str = ""
) -> Record:
    """Record money received for an issued invoice; its status follows.

    Raises:
        UserError: draft, zero or negative amount, more than is due. Nothing was recorded.
    """
    given = {"amount": amount, "method": method, "paid_on": on or company.today(), "note": note}
    cleaned = clean(catalog.entity("payment"), given, "payment", company.today())
    if cleaned["amount"] <= 0:
        raise UserError("amount_not_positive")
    with company.db.write(_("Paiement enregistré")) as work:
        invoice = _issued(work, invoice_id)
        if cleaned["amount"] > invoice.amount_due:
            due = format_money(invoice.amount_due)
            raise UserError("payment_too_large", amount=format_money(cleaned["amount"]), due=due)
        payment = _append(company, work, Payment(invoice_id=invoice_id, **cleaned))
        new_id = payment.id
    return get(company, new_id)


def reverse(company: OpenCompany, payment_id: str, on: date | None = None) -> Record:
    """Record the negative of a payment; both stay. Raises UserError when it was reversed before."""
    with company.db.write(_("Paiement annulé")) as work:
        new_id = reverse_within(company, work, payment_id, on).id
    return get(company, new_id)


def reverse_within(company: OpenCompany, work: UnitOfWork, payment_id: str, on: date | None = None) -> Payment:
    """``reverse`` as a part of a larger transaction."""
    payment = work.get(Payment, payment_id)
    if payment is None:
        raise UserError("record_unknown", kind=_("Paiement"), text=payment_id)
    if payment.reverses_id or queries.reversal_of(work.session, payment_id):
        raise UserError("payment_already_reversed")
    reversal = Payment(
        invoice_id=payment.invoice_id,
        amount=-payment.amount,
        method=payment.method,
        paid_on=on or company.today(),
        note=_("Annulation"),
        reverses_id=payment_id,
    )
    return _append(company, work, reversal)


def _issued(work: UnitOfWork, invoice_id: str) -> Invoice:
    invoice = work.get(Invoice, invoice_id)
    if invoice is None or invoice.deleted_at is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    if invoice.number is None:
        raise UserError("invoice_not_issued")
    return invoice


def _append(company: OpenCompany, work: UnitOfWork, payment: Payment) -> Payment:
    position, previous = queries.last_of_chain(work.session, company.db.device_id)
    payment.recorded_at = work.now
    payment.recorded_by = company.db.device_id
    payment.previous_hash = previous
    payment.chain_position = position + 1
    payment.hash = seal_hash(previous, vars(payment))
    work.add(payment)
    work.flush()
    return payment


def seal_hash(previous: str, payment: Mapping[str, Any]) -> str:
    """The seal of a payment's values; ``payment`` may be a new one, without note and without what it reverses."""
    note, reverses_id = payment.get("note") or "", payment.get("reverses_id") or ""
    day = payment["paid_on"].isoformat()
    return payment_seal(previous, payment["amount"], payment["method"], day, note, reverses_id)


def get(company: OpenCompany, payment_id: str) -> Record:
    return records.get(company, "payment", payment_id)


def for_invoice(company: OpenCompany, invoice_id: str) -> list[Record]:
    """Oldest first."""
    with company.db.read() as session:
        return queries.for_invoice(session, invoice_id)


def page(company: OpenCompany, after: tuple[str, str] | None = None, limit: int = 100) -> records.Page:
    """Newest first, each with ``invoice_number``, ``client_name`` and ``is_reversed``."""
    with company.db.read() as session:
        rows = queries.page(session, after, limit + 1)
    more = (rows[limit - 1]["paid_on"].isoformat(), rows[limit - 1]["id"]) if len(rows) > limit else None
    return records.Page(rows[:limit], more)


def by_ids(company: OpenCompany, ids: list[str]) -> list[Record]:
    """The rows of ``page`` for these ids."""
    with company.db.read() as session:
        return queries.by_ids(session, ids)


def totals(company: OpenCompany) -> tuple[int, Decimal]:
    """(count, sum) of all payments."""
    with company.db.read() as session:
        return queries.totals(session)
