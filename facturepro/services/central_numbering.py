"""Central numbering: a document asks for its number here, and gets it in the cloud (decision 0011).

Issuing is a request that is kept with the document (``numbering_requests``). The engine takes the number for the requests
of its own computer, in their order, after each exchange (``number_waiting``); offline they wait. What became of a request
is told once (``numbering_news``).
"""

import json
import logging
from dataclasses import dataclass
from datetime import date

from facturepro.db import local_state
from facturepro.db.failures import CODES as FILE_CODES
from facturepro.db.models import Invoice, StockMovement
from facturepro.db.queries import invoices as queries
from facturepro.db.replication_records import load_known
from facturepro.db.replication_split import derived_id
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.i18n import _
from facturepro.services import document_store, invoices, issuing, numbering_attempts, sealing
from facturepro.services.company import OpenCompany
from facturepro.services.numbering import MODES as MODES  # part of what this module offers
from facturepro.services.numbering_news import ASKED, add_news, drop_asked, settle
from facturepro.services.numbering_news import News as News
from facturepro.services.numbering_news import take_news as take_news
from facturepro.services.numbering_news import wait as wait
from facturepro.services.numbering_requests import content_hash, series_of
from facturepro.services.numbering_requests import refuse_waiting as refuse_waiting
from facturepro.services.numbering_requests import request as request
from facturepro.services.numbering_requests import withdraw as withdraw
from facturepro.sync.home import MOVED, Home
from facturepro.sync.numbering import Rehearsed, take_number
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.base import (
    CommitAmbiguous,
    Contention,
    DateGoesBack,
    PreconditionFailed,
    SeriesBehind,
    SeriesHead,
    WriteRejected,
)

_log = logging.getLogger(__name__)
_ATTEMPTS = 4


class _Refused(Exception):  # noqa: N818 - carries a UserError through the network call
    def __init__(self, error: UserError) -> None:
        super().__init__(error.code)
        self.error = error


def number_waiting(company: OpenCompany, puller: Puller) -> bool:
    """Take the numbers of the documents that wait for this computer. True when something here changed that is to be sent.

    Called by the exchange once all that can be sent is sent. A document that waits itself for its client to be sent stays.

    Raises:
        RemoteError: not reached. What was numbered before that is numbered; the rest waits.
        UserError: the file is busy, the disk is full, or the file has left the cloud of ``puller``.
    """
    with company.db.read() as session:
        waiting = queries.waiting(session, company.db.device_id)
        is_settled = not local_state.get(session, ASKED, []) and not numbering_attempts.are_open(session)
    if not waiting and is_settled:
        return False
    has_refused = False
    try:
        for invoice_id in waiting:
            has_refused |= _number(company, puller, invoice_id)
    finally:
        _settle(company)
    return has_refused


def _number(company: OpenCompany, puller: Puller, invoice_id: str) -> bool:
    """Number one document. True when it was refused."""
    for _attempt in range(_ATTEMPTS):
        if not _is_ready(company, invoice_id):
            return False
        try:
            _take(company, puller, invoice_id)
        except PreconditionFailed:
            continue  # changed by another computer: what stood in the way was read again
        except CommitAmbiguous:
            # Numbered without our hearing of it, or not: the record tells. Trying again is safe, as it names the version
            # that it replaces.
            puller.refresh([("invoice", invoice_id)])
        except (_Refused, UserError) as refused:
            error = refused.error if isinstance(refused, _Refused) else refused
            if error.code in FILE_CODES or error.code == MOVED:
                raise error from refused
            _refuse(puller.home, invoice_id, error)
            return True
        else:
            _keep_paper(company, invoice_id)
            return False
    raise Contention("others are numbering at this moment")


def _is_ready(company: OpenCompany, invoice_id: str) -> bool:
    """Does it still wait, and has the cloud all that it needs? The queue sends what a record names before the record."""
    with company.db.read() as session:
        if invoice_id not in queries.waiting(session, company.db.device_id):
            return False
        known = load_known(session, [("invoice", invoice_id)])[("invoice", invoice_id)]
    return known.version is not None and not known.dirty


def _take(company: OpenCompany, puller: Puller, invoice_id: str) -> None:
    invoice = invoices.show(company, invoice_id)
    if invoice["deleted_at"] is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    issuing.refuse_incomplete(company, invoice)
    day = invoice["requested_on"] or invoice["issued_on"] or company.today()
    issuing.refuse_far(company, day)
    series = series_of(company, day)
    with company.db.read() as session:
        counter, last_on, seal = queries.head_of_series(session, series.key)
    known = SeriesHead(counter, last_on.isoformat() if last_on else "", seal)
    document_store.warm_up()
    stamp, was_open = numbering_attempts.begin(company, invoice_id)
    is_over = True
    try:
        take_number(puller, series.key, known, stamp, _Rehearsal(company, invoice_id, day, series))
    except DateGoesBack as error:
        head = error.head
        last, number = date.fromisoformat(head.on), series.number(head.number)
        raise UserError("date_before_last", date=f"{day:%d/%m/%Y}", last=f"{last:%d/%m/%Y}", number=number) from error
    except SeriesBehind as error:
        raise UserError("series_behind", series=series.key) from error
    except WriteRejected as error:
        raise UserError("invoice_not_accepted", reason=error.reason) from error
    except CommitAmbiguous:
        is_over = False
        raise
    finally:
        if is_over and not was_open:
            numbering_attempts.end(company, invoice_id)


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """Seals the document as it will be, in a unit of work that is given up."""

    company: OpenCompany
    invoice_id: str
    day: date
    series: Series

    def __call__(self, work: UnitOfWork, head: SeriesHead) -> Rehearsed:
        try:
            return self._seal(work, head)
        except UserError as error:
            raise _Refused(error) from error

    def _seal(self, work: UnitOfWork, head: SeriesHead) -> Rehearsed:
        invoice = issuing.draft_of(work, self.invoice_id)
        if invoice.requested_hash != content_hash(work, invoice):
            raise UserError("invoice_changed_elsewhere")
        sealing.prepare(self.company, work, invoice)
        link = sealing.Link(self.series, head.number + 1, head.seal)
        movements: list[str] = []

        def name(line_id: str) -> str | None:
            made = derived_id(line_id, "sale")  # the same whoever repeats it
            if work.get(StockMovement, made) is not None:
                return None  # the cloud has had it since before: a part of it was restored
            movements.append(made)
            return made

        sealing.seal(self.company, work, invoice, self.day, link, name)
        keys = [("invoice", invoice.id), *(("stock_movement", each) for each in movements)]
        return Rehearsed(keys, self.day.isoformat(), invoice.hash)


def _refuse(home: Home, invoice_id: str, error: UserError) -> None:
    """Back to draft, with the reason. Raises UserError ``cloud_moved``: the reason may be the former cloud's."""
    _log.info("no number for a document: %s", error.code)
    with home.write(_("Numéro refusé"), origin="local") as work:
        invoice = work.get(Invoice, invoice_id)
        if invoice is None or invoice.number is not None or invoice.requested_at is None:
            return
        params = {name: str(value) for name, value in error.params.items()}
        sealing.forget_request(invoice, json.dumps({"code": error.code, "params": params}, ensure_ascii=False))
        drop_asked(work, invoice_id)
        add_news(work, {"invoice_id": invoice_id, "code": error.code, "params": params})


def _keep_paper(company: OpenCompany, invoice_id: str) -> None:
    """The paper of what was just issued. It can be made again from the content at any time, so failing is no harm."""
    try:
        if invoices.show(company, invoice_id)["number"] is not None:
            document_store.pdf(company, invoice_id)
    except UserError as error:
        _log.warning("the paper of an issued document was not kept: %s", error.code)


def _settle(company: OpenCompany) -> None:
    with company.db.write() as work:
        settle(work)
        numbering_attempts.forget_decided(work)
