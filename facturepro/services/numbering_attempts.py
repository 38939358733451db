"""Attempts to take a number whose outcome is not known: the document may be numbered in the cloud without our knowing."""

from typing import Any

from facturepro.db import local_state
from facturepro.db.models import Invoice
from facturepro.db.replication_records import Known, load_known
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.services.company import OpenCompany

_OPEN = "numbering_open"
"""Key of ``local_state``: document -> its version in the cloud that the attempt would have replaced."""


def begin(company: OpenCompany, invoice_id: str) -> tuple[str, bool]:
    """Note that from here on the document may be numbered in the cloud without our knowing, as long as its version there
    is the one that we know. Answers a stamp for what is made, and whether an earlier attempt is open."""
    with company.db.write() as work:
        attempts = local_state.get(work.session, _OPEN, {})
        version = _known(work, invoice_id).version
        was_open = attempts.get(invoice_id) == version
        work.keep(_OPEN, attempts | {invoice_id: version})
        return work.reserve(), was_open


def end(company: OpenCompany, invoice_id: str) -> None:
    with company.db.write() as work:
        attempts = local_state.get(work.session, _OPEN, {})
        work.keep(_OPEN, {each: version for each, version in attempts.items() if each != invoice_id})


def are_open(session: Any) -> bool:
    return bool(local_state.get(session, _OPEN, {}))


def is_open(work: UnitOfWork, invoice_id: str) -> bool:
    attempts = local_state.get(work.session, _OPEN, {})
    return invoice_id in attempts and attempts[invoice_id] == _known(work, invoice_id).version


def forget_decided(work: UnitOfWork) -> None:
    """Drop attempts that are over: the document is issued here, or the cloud has gone on to another version of it."""
    attempts = local_state.get(work.session, _OPEN, {})
    still = {each: version for each, version in attempts.items() if is_open(work, each) and _is_draft(work, each)}
    if still != attempts:
        work.keep(_OPEN, still)


def _is_draft(work: UnitOfWork, invoice_id: str) -> bool:
    invoice = work.get(Invoice, invoice_id)
    return invoice is not None and invoice.number is None


def _known(work: UnitOfWork, invoice_id: str) -> Known:
    return load_known(work.session, [("invoice", invoice_id)])[("invoice", invoice_id)]
