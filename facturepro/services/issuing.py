"""Issuing: the number, the frozen content, the seal, the stock and the paper, in one transaction.

Either all of it happened or nothing: the PDF is made and on disk before the commit. A crash after the file was written
leaves an orphan file that nothing names, never an invoice without its paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from facturepro.db import local_state
from facturepro.db.models import Invoice
from facturepro.db.queries import invoices as queries
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.numbering import Series
from facturepro.i18n import _
from facturepro.services import document_store, invoice_content, invoices, numbering, sealing
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

    In central numbering the number is asked for instead: the answer has the status ``to_number`` until the exchange with
    the cloud has taken it (see ``central_numbering``).

    Without ``keeps_paper`` (example data) the PDF is made when it is first asked for.

    Raises:
        UserError: already issued, something blocking missing, a date before the last of the series, no room on disk.
            The draft is as it was.
    """
    from facturepro.services import central_numbering  # which issues through this module

    draft = invoices.show(company, invoice_id)
    if draft["number"] is not None:
        raise UserError("invoice_already_issued", number=draft["number"])
    if draft["deleted_at"] is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    refuse_incomplete(company, draft)
    if numbering.is_central(company):
        return central_numbering.request(company, invoice_id, on)
    document_store.warm_up()  # imports take 300 ms: not while the file is locked
    with company.db.write(_("Facture émise")) as work:
        invoice = draft_of(work, invoice_id)
        central_numbering.refuse_waiting(work, invoice)
        sealing.prepare(company, work, invoice)
        day = on or invoice.issued_on or company.today()
        refuse_far(company, day)
        link = _own_link(company, work, day)
        content = sealing.seal(company, work, invoice, day, link)
        if keeps_paper:
            document_store.keep(company, work, invoice.id, content)
    return invoices.show(company, invoice_id)


def draft_of(work: UnitOfWork, invoice_id: str) -> Invoice:
    """The draft, as it stands in this transaction. Raises UserError when it was issued or deleted meanwhile."""
    invoice = work.get(Invoice, invoice_id)
    if invoice is None or invoice.deleted_at is not None:
        raise UserError("record_unknown", kind=_("Facture"), text=invoice_id)
    if invoice.number is not None:
        raise UserError("invoice_already_issued", number=invoice.number)
    return invoice


def refuse_far(company: OpenCompany, day: date) -> None:
    if day > company.today() + FARTHEST:
        raise UserError("date_too_far", date=f"{day:%d/%m/%Y}")


def refuse_incomplete(company: OpenCompany, draft: Record) -> None:
    blocking = [mention for mention in missing_mentions(company, draft) if mention.is_blocking]
    codes = {"client": "invoice_no_client", "lines": "invoice_empty"}
    if blocking and blocking[0].field in codes:
        raise UserError(codes[blocking[0].field])
    if blocking:
        raise UserError("invoice_incomplete", fields=", ".join(mention.label for mention in blocking))


def _own_link(company: OpenCompany, work: UnitOfWork, day: date) -> sealing.Link:
    """The next number of this computer's series, and the end of its chain."""
    is_joined = local_state.get(work.session, "cloud") is not None
    if is_joined and local_state.get(work.session, "series_stale", False):
        raise UserError("device_cloned")  # a restored copy: its letter is claimed at the next exchange
    series = Series(settings(company)["number_prefix"], day.year, local_state.get(work.session, "series", "A"))
    counter, last_on, last_number = queries.last_of_series(work.session, series.key)
    sealing.refuse_going_back(day, last_on, last_number)
    position, previous = queries.last_of_chain(work.session, company.db.device_id)
    return sealing.Link(series, counter + 1, previous, position + 1)
