"""What became of requests for a number: told once, to the person who asked, on the computer where they asked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from facturepro.db import local_state
from facturepro.db.events import Changes
from facturepro.db.models import Invoice
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import invoices, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record

ASKED = "numbering_asked"
"""Key of ``local_state``: documents whose request has no end yet."""
_NEWS = "numbering_news"


@dataclass(frozen=True, slots=True)
class News:
    """What became of a request: ``number`` was given (by another computer when ``is_elsewhere``), or ``refused``."""

    invoice_id: str
    client_name: str
    number: str = ""
    is_elsewhere: bool = False
    refused: UserError | None = None

    @property
    def text(self) -> str:
        name = self.client_name or _("sans client")
        if self.refused is not None:
            words = _("La facture pour {client} n’a pas pu être numérotée, elle est de nouveau un brouillon : {why}")
            return words.format(client=name, why=self.refused.message)
        if self.is_elsewhere:
            words = _("La facture pour {client} a été émise entre-temps sur un autre ordinateur : {number}.")
            return words.format(client=name, number=self.number)
        return _("Facture {number} émise pour {client}.").format(client=name, number=self.number)


def settle(work: UnitOfWork) -> None:
    """Requests of this computer that have an end: numbered (by whichever way that became known) or withdrawn."""
    for invoice_id in local_state.get(work.session, ASKED, []):
        invoice = work.get(Invoice, invoice_id)
        if invoice is not None and invoice.number is not None:
            add_news(work, {"invoice_id": invoice_id, "number": invoice.number, "by": invoice.issued_by})
            drop_asked(work, invoice_id)
        elif invoice is None or invoice.requested_at is None:
            drop_asked(work, invoice_id)


def drop_asked(work: UnitOfWork, invoice_id: str) -> None:
    asked = local_state.get(work.session, ASKED, [])
    if invoice_id in asked:
        work.keep(ASKED, [each for each in asked if each != invoice_id])


def add_news(work: UnitOfWork, entry: dict[str, Any]) -> None:
    work.keep(_NEWS, [*local_state.get(work.session, _NEWS, [])[-99:], entry])


def take_news(company: OpenCompany, invoice_id: str | None = None) -> list[News]:
    """What became of requests (of one document) since the last call; each is told once."""
    with company.db.read() as session:
        if not local_state.get(session, _NEWS, []):
            return []
    with company.db.write() as work:
        entries = local_state.get(work.session, _NEWS, [])
        taken = [each for each in entries if invoice_id in (None, each["invoice_id"])]
        work.keep(_NEWS, [each for each in entries if each not in taken])
    return [_news(company, entry) for entry in taken]


def _news(company: OpenCompany, entry: dict[str, Any]) -> News:
    invoice = records.get(company, "invoice", entry["invoice_id"])
    if "code" in entry:
        return News(invoice["id"], invoice["client_name"], refused=UserError(entry["code"], **entry["params"]))
    is_elsewhere = entry["by"] != company.db.device_id
    return News(invoice["id"], invoice["client_name"], entry["number"], is_elsewhere)


def wait(company: OpenCompany, invoice_id: str, seconds: float) -> Record:
    """The document once it no longer waits, or as it is after this time; who calls tells the person, so it is no news any
    more. Never on the thread that draws."""
    changed = threading.Event()

    def noticed(changes: Changes) -> None:
        if invoice_id in changes.records.get("invoice", ()):
            changed.set()

    unsubscribe: Callable[[], None] = company.bus.subscribe(noticed)
    ends = time.monotonic() + seconds
    try:
        while (invoice := invoices.show(company, invoice_id))["status"] == "to_number":
            if not changed.wait(max(0.0, ends - time.monotonic())):
                return invoice  # what becomes of it is told later
            changed.clear()
    finally:
        unsubscribe()
    with company.db.write() as work:
        drop_asked(work, invoice_id)
    take_news(company, invoice_id)
    return invoice
