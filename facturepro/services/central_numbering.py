"""Central numbering: a document asks for its number here, and gets it in the cloud (decision 0011).

Issuing is a request that is kept with the document. The engine takes the number for the requests of its own computer, in
their order, after each exchange (``number_waiting``); offline they wait. What became of a request is told once
(``take_news``).
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from facturepro.db import catalog, local_state
from facturepro.db.events import Changes
from facturepro.db.failures import CODES as FILE_CODES
from facturepro.db.models import Invoice
from facturepro.db.queries import invoices as queries
from facturepro.db.replication_records import Known, load_known
from facturepro.db.replication_split import derived_id
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.i18n import N_, _
from facturepro.services import document_store, invoices, issuing, records, sealing
from facturepro.services.company import OpenCompany, settings
from facturepro.services.records import Record
from facturepro.sync.numbering import Rehearsed, take_number
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.base import (
    CommitAmbiguous,
    Contention,
    DateGoesBack,
    PreconditionFailed,
    Remote,
    SeriesBehind,
    SeriesHead,
    WriteRejected,
)

_log = logging.getLogger(__name__)

_ASKED, _NEWS, _OPEN = "numbering_asked", "numbering_news", "numbering_open"
_ATTEMPTS = 4


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


class _Refused(Exception):  # noqa: N818 - carries a UserError through the network call
    def __init__(self, error: UserError) -> None:
        super().__init__(error.code)
        self.error = error


# -- asking and withdrawing ----------------------------------------------------------------------------------


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
            asked = local_state.get(work.session, _ASKED, [])
            work.keep(_ASKED, [*(each for each in asked if each != invoice_id), invoice_id])
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
    attempts = local_state.get(work.session, _OPEN, {})
    if invoice.id in attempts and attempts[invoice.id] == _known(work, invoice.id).version:
        raise UserError("invoice_being_numbered")


def _refuse_foreign(work: UnitOfWork, invoice: Invoice) -> None:
    if invoice.requested_by != work.device:
        raise UserError("invoice_waiting_elsewhere")


def _check_day(company: OpenCompany, work: UnitOfWork, invoice: Invoice, on: date | None) -> None:
    """What can be refused without asking the cloud is refused now."""
    day = on or invoice.issued_on or company.today()
    issuing.refuse_far(company, day)
    sealing.refuse_due_before(invoice, day)
    series = _series(company, day)
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
    return sealing.text_hash(json.dumps(said, ensure_ascii=False))


# -- numbering -----------------------------------------------------------------------------------------------


def number_waiting(company: OpenCompany, remote: Remote) -> bool:
    """Take the numbers of the documents that wait for this computer. True when something here changed that is to be sent.

    Called by the exchange once its queue is empty. A document that waits itself for its client to be sent stays.

    Raises:
        RemoteError: not reached. What was numbered before that is numbered; the rest waits.
        UserError: the file is busy or the disk is full.
    """
    with company.db.read() as session:
        waiting = queries.waiting(session, company.db.device_id)
        if not waiting and not local_state.get(session, _ASKED, []):
            return False
    has_refused = False
    try:
        for invoice_id in waiting:
            has_refused |= _number(company, remote, invoice_id)
    finally:
        _settle(company)
    return has_refused


def _number(company: OpenCompany, remote: Remote, invoice_id: str) -> bool:
    """Number one document. True when it was refused."""
    for _attempt in range(_ATTEMPTS):
        if not _is_ready(company, invoice_id):
            return False
        try:
            _take(company, remote, invoice_id)
        except (PreconditionFailed, CommitAmbiguous):
            # Changed by another computer, or numbered without our hearing of it: either way the record tells. Trying
            # again is safe, as it names the version that it replaces.
            Puller(company.db, remote).refresh([("invoice", invoice_id)])
        except (_Refused, UserError) as refused:
            error = refused.error if isinstance(refused, _Refused) else refused
            if error.code in FILE_CODES:
                raise error from refused
            _refuse(company, invoice_id, error)
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


def _take(company: OpenCompany, remote: Remote, invoice_id: str) -> None:
    invoice = invoices.show(company, invoice_id)
    if invoice["deleted_at"] is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    issuing.refuse_incomplete(company, invoice)
    day = invoice["requested_on"] or invoice["issued_on"] or company.today()
    issuing.refuse_far(company, day)
    series = _series(company, day)
    with company.db.read() as session:
        counter, last_on, seal = queries.head_of_series(session, series.key)
    known = SeriesHead(counter, last_on.isoformat() if last_on else "", seal)
    document_store.warm_up()
    stamp, was_open = _begin_attempt(company, invoice_id)
    is_over = True
    try:
        take_number(company.db, remote, series.key, known, stamp, _Rehearsal(company, invoice_id, day, series))
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
            _end_attempt(company, invoice_id)


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

        def name(line_id: str) -> str:
            movements.append(derived_id(line_id, "sale"))  # the same whoever repeats it
            return movements[-1]

        sealing.seal(self.company, work, invoice, self.day, link, name)
        keys = [("invoice", invoice.id), *(("stock_movement", each) for each in movements)]
        return Rehearsed(keys, self.day.isoformat(), invoice.hash)


def _begin_attempt(company: OpenCompany, invoice_id: str) -> tuple[str, bool]:
    """Note that from here on the document may be numbered in the cloud without our knowing, as long as its version there
    is the one that we know. Answers a stamp for what is made, and whether an earlier attempt is open."""
    with company.db.write() as work:
        attempts = local_state.get(work.session, _OPEN, {})
        version = _known(work, invoice_id).version
        was_open = attempts.get(invoice_id) == version
        work.keep(_OPEN, attempts | {invoice_id: version})
        return work.reserve(), was_open


def _end_attempt(company: OpenCompany, invoice_id: str) -> None:
    with company.db.write() as work:
        attempts = local_state.get(work.session, _OPEN, {})
        work.keep(_OPEN, {each: version for each, version in attempts.items() if each != invoice_id})


def _known(work: UnitOfWork, invoice_id: str) -> Known:
    return load_known(work.session, [("invoice", invoice_id)])[("invoice", invoice_id)]


def _refuse(company: OpenCompany, invoice_id: str, error: UserError) -> None:
    """Back to draft, with the reason."""
    _log.info("no number for a document: %s", error.code)
    with company.db.write(_("Numéro refusé")) as work:
        invoice = work.get(Invoice, invoice_id)
        if invoice is None or invoice.number is not None or invoice.requested_at is None:
            return
        params = {name: str(value) for name, value in error.params.items()}
        sealing.forget_request(invoice, json.dumps({"code": error.code, "params": params}, ensure_ascii=False))
        _drop_asked(work, invoice_id)
        _add_news(work, {"invoice_id": invoice_id, "code": error.code, "params": params})


def _keep_paper(company: OpenCompany, invoice_id: str) -> None:
    """The paper of what was just issued. It can be made again from the content at any time, so failing is no harm."""
    try:
        if invoices.show(company, invoice_id)["number"] is not None:
            document_store.pdf(company, invoice_id)
    except UserError as error:
        _log.warning("the paper of an issued document was not kept: %s", error.code)


def _series(company: OpenCompany, day: date) -> Series:
    return Series(settings(company)["number_prefix"], day.year)


# -- news ----------------------------------------------------------------------------------------------------


def _settle(company: OpenCompany) -> None:
    """Requests of this computer that have an end: numbered (by whichever way that became known) or withdrawn."""
    with company.db.write() as work:
        for invoice_id in local_state.get(work.session, _ASKED, []):
            invoice = work.get(Invoice, invoice_id)
            if invoice is not None and invoice.number is not None:
                _add_news(work, {"invoice_id": invoice_id, "number": invoice.number, "by": invoice.issued_by})
                _drop_asked(work, invoice_id)
            elif invoice is None or invoice.requested_at is None:
                _drop_asked(work, invoice_id)


def _drop_asked(work: UnitOfWork, invoice_id: str) -> None:
    asked = local_state.get(work.session, _ASKED, [])
    if invoice_id in asked:
        work.keep(_ASKED, [each for each in asked if each != invoice_id])


def _add_news(work: UnitOfWork, entry: dict[str, Any]) -> None:
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
        _drop_asked(work, invoice_id)
    take_news(company, invoice_id)
    return invoice


MODES = {
    "per_device": N_(
        "Chaque ordinateur numérote dans sa propre série, même hors ligne : FA-2026-A0001, FA-2026-B0001…"
    ),
    "central": N_(
        "Une seule suite pour toute l’entreprise, FA-2026-0001, FA-2026-0002…, prise dans le cloud au moment d’émettre. "
        "Sans réseau, la facture attend son numéro."
    ),
}
"""What each mode means, for the settings."""
