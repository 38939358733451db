"""Asking for the number of a document, and withdrawing the request (central numbering, decision 0011)."""

import json
from datetime import date

from facturepro.db import catalog, local_state
from facturepro.db.models import Invoice
from facturepro.db.queries import invoices as queries
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.domain.seals import text_hash
from facturepro.i18n import _
from facturepro.services import invoices, issuing, numbering_attempts, sealing
from facturepro.services.company import OpenCompany, settings
from facturepro.services.numbering_news import ASKED
from facturepro.services.records import Record


def request(company: OpenCompany, invoice_id: str, on: date | None = None) -> Record:
    """Ask for a number; asking again changes nothing. ``issuing.issue`` is the way in, it has checked the document.

    Raises:
        UserError: issued or deleted meanwhile, asked for by another computer, or a date that can already be refused.
    """
    with company.db.write(_("Numéro demandé")) as work:
        invoice = issuing.draft_of(work, invoice_id)
        if invoice.requested_at is not None:
            _refuse_foreign(work, invoice)
        else:
            _check_day(company, work, invoice, on)
            invoice.requested_at = work.now
            invoice.requested_by = work.device
            invoice.requested_on = on
            invoice.requested_hash = content_hash(work, invoice)
            invoice.refused_for = ""
            asked = local_state.get(work.session, ASKED, [])
            work.keep(ASKED, [*(each for each in asked if each != invoice_id), invoice_id])
    return invoices.show(company, invoice_id)


def withdraw(company: OpenCompany, invoice_id: str) -> Record:
    """Make a waiting document a draft again, on any computer.

    Should its number be taken at this very moment, it is issued all the same: the exchange brings that in.

    Raises:
        UserError: issued, deleted, or not waiting.
    """
    with company.db.write(_("Demande de numéro retirée")) as work:
        invoice = issuing.draft_of(work, invoice_id)
        if invoice.requested_at is None:
            raise UserError("invoice_not_waiting")
        sealing.forget_request(invoice)
    return invoices.show(company, invoice_id)


def refuse_waiting(work: UnitOfWork, invoice: Invoice) -> None:
    """Before this computer numbers a document by itself: is nobody else about to?

    Raises:
        UserError: another computer was asked for its number, or ours may already have it in the cloud.
    """
    if invoice.requested_at is not None:
        _refuse_foreign(work, invoice)
    if numbering_attempts.is_open(work, invoice.id):
        raise UserError("invoice_being_numbered")


def _refuse_foreign(work: UnitOfWork, invoice: Invoice) -> None:
    if invoice.requested_by != work.device:
        raise UserError("invoice_waiting_elsewhere")


def _check_day(company: OpenCompany, work: UnitOfWork, invoice: Invoice, on: date | None) -> None:
    """What can be refused without asking the cloud is refused now."""
    day = on or invoice.issued_on or company.today()
    issuing.refuse_far(company, day)
    sealing.refuse_due_before(invoice, day)
    series = series_of(company, day)
    counter, last_on, last_number = queries.last_of_series(work.session, series.key)
    sealing.refuse_going_back(day, last_on, last_number)
    sealing.rehearse(company, work, invoice, day, sealing.Link(series, counter + 1, ""))


def content_hash(work: UnitOfWork, invoice: Invoice) -> str:
    """What the document says, apart from the request: when it changes while the document waits, nobody asked for that."""
    found = catalog.entity(Invoice.kind)
    assert found.lines is not None
    left_out = ("issue", "request", "deleted")
    header = [f for f in found.synchronised if f.spec.is_frozen and f.group not in left_out]
    work.flush()
    lines = sorted(queries.lines(work.session, invoice.id), key=lambda line: str(line["id"]))
    said = [[field.name, str(getattr(invoice, field.name))] for field in header]
    said += [[line["id"], *(str(line[field.name]) for field in found.lines.content)] for line in lines]
    return text_hash(json.dumps(said, ensure_ascii=False))


def series_of(company: OpenCompany, day: date) -> Series:
    """The company's central series of that year."""
    return Series(settings(company)["number_prefix"], day.year)
