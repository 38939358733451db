"""Does everything hold? Each check names the document that it speaks of."""

import hashlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from facturepro.db import capture, documents, local_state
from facturepro.db.queries import verifying as queries
from facturepro.domain.merge import dirty_groups
from facturepro.domain.money import QUANTITY_DECIMALS, from_scaled, plain
from facturepro.domain.numbering import is_central
from facturepro.domain.seals import document_seal
from facturepro.domain.totals import LineAmounts, document_totals, line_net
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_instant, format_money, format_quantity
from facturepro.services import catalog, document_store, payments
from facturepro.services.company import OpenCompany

Problem = dict[str, Any]
"""``code``, ``message``, and what it is about: ``kind``, ``id``, ``number`` where there is one."""

GAP_ALONE = "triggers_were_altered_alone"

Progress = Callable[[int, int], None]


def verify(company: OpenCompany, progress: Progress | None = None) -> dict[str, Any]:
    """``{"ok": bool, "problems": [...]}``. Reads everything; changes nothing but that it forgets, in a company without a
    cloud to compare with, that triggers were once missing: when it has told that and found nothing else."""
    found: list[Problem] = []
    with company.db.read() as session:
        found += database_problems(session)
        checks = (
            capture_problems,
            chain_problems,
            payment_problems,
            series_problems,
            total_problems,
            level_problems,
            outbox_problems,
            index_problems,
        )
        for done, check in enumerate(checks, 1):
            found += check(session)
            if progress is not None:
                progress(done, len(checks) + 1)
        kept = documents.all_files(session)
    found += paper_problems(company, kept)
    if progress is not None:
        progress(len(checks) + 1, len(checks) + 1)
    if [problem["code"] for problem in found] == [GAP_ALONE]:
        _acknowledge_gap(company)
    return {"ok": not found, "problems": found}


def _acknowledge_gap(company: OpenCompany) -> None:
    with company.db.write(origin="remote") as work:
        local_state.remove(work.session, capture.GAP)
        work.touch()


def _problem(code: str, message: str, **about: Any) -> Problem:
    return {"code": code, "message": message, **about}


def _invoice(code: str, row: Any, message: str) -> Problem:
    return _problem(code, message.format(number=row.number), kind="invoice", id=row.id, number=row.number)


def database_problems(session: Any) -> Iterator[Problem]:
    for text in queries.integrity(session):
        yield _problem("database_damaged", _("La base est endommagée : {text}").format(text=text))
    for table, target in queries.broken_references(session):
        text = _("La table {table} nomme une fiche absente de {target}.").format(table=table, target=target)
        yield _problem("reference_broken", text)


def capture_problems(session: Any) -> Iterator[Problem]:
    """Without its triggers a file takes changes that are neither forbidden, audited nor sent."""
    names = queries.altered_triggers(session)
    if names:
        text = ngettext(
            "{n} protection de la base manque ou a été modifiée ({names}). Fermez et rouvrez l’entreprise : elle est remise, "
            "et ce qui a changé sans elle est cherché dans le cloud au prochain échange.",
            "{n} protections de la base manquent ou ont été modifiées ({names}). Fermez et rouvrez l’entreprise : elles sont "
            "remises, et ce qui a changé sans elles est cherché dans le cloud au prochain échange.",
            len(names),
        )
        shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        yield _problem("triggers_altered", text.format(n=len(names), names=shown))
    found = queries.gap_in_capture(session)
    if found is None:
        return
    at = format_instant(found)
    if local_state.get(session, "cloud") is None:
        text = _(
            "Des protections de la base manquaient ; elles ont été remises le {at}. Ce qui a changé sans elles n’est pas dans le "
            "journal : en cas de doute, comparez avec une sauvegarde d’avant cette date. Si c’est la seule remarque, elle ne "
            "sera plus répétée."
        )
        yield _problem(GAP_ALONE, text.format(at=at))
    else:
        text = _(
            "Des protections de la base manquaient ; elles ont été remises le {at}. Ce qui a changé sans elles n’est ni dans le "
            "journal ni envoyé : comparez avec le cloud (facturepro sync check), ou avec une sauvegarde."
        )
        yield _problem("triggers_were_altered", text.format(at=at))


# -- chains --------------------------------------------------------------------------------------------------


def chain_problems(session: Any) -> Iterator[Problem]:
    """The issued documents of each computer, and of each central series: positions, links, seals, and that the rows say
    what was sealed."""
    for chain, links in groupby(queries.issued_by_chain(session), key=lambda link: link[0]):
        position, previous = 0, ""
        for _chain, found, row in links:
            if found != position + 1:
                yield _gap("invoice", row, row.number, chain, position, found)
                previous = row.previous_hash
            if row.previous_hash != previous:
                yield _invoice("chain_broken", row, _("{number} : le lien avec le document précédent est rompu."))
            if document_seal(row.previous_hash, row.snapshot, row.logo_id) != row.hash:
                yield _invoice("hash_wrong", row, _("{number} : le contenu ne correspond pas à son empreinte."))
            yield from _snapshot_problems(row)
            position, previous = found, row.hash


def _gap(kind: str, row: Any, number: str, chain: str, position: int, found: int) -> Problem:
    text = (
        _("{number} : rang {found} dans la chaîne de la série {chain}, {expected} attendu.")
        if is_central(chain)
        else _("{number} : rang {found} dans la chaîne de l’ordinateur {chain}, {expected} attendu.")
    )
    message = text.format(number=number, found=found, chain=chain, expected=position + 1)
    return _problem("chain_gap", message, kind=kind, id=row.id, number=number)


def _snapshot_problems(row: Any) -> Iterator[Problem]:
    try:
        content = json.loads(row.snapshot)
        totals = content["totals"]
        sealed = [Decimal(totals[name]) for name in ("net", "vat", "gross")]
        said = (content["number"], content["issued_on"], content["due_on"])
    except (ValueError, KeyError, TypeError, ArithmeticError):
        yield _invoice("snapshot_unreadable", row, _("{number} : le contenu figé est illisible."))
        return
    if sealed != [row.total_net, row.total_vat, row.total_gross]:
        text = _("{number} : le total est {row}, le contenu figé dit {sealed}.")
        shown = text.format(number=row.number, row=format_money(row.total_gross), sealed=format_money(sealed[2]))
        yield _problem("total_wrong", shown, kind="invoice", id=row.id, number=row.number)
    if said != (row.number, row.issued_on.isoformat(), row.due_on.isoformat() if row.due_on else None):
        yield _invoice("heading_wrong", row, _("{number} : le numéro ou les dates diffèrent du contenu figé."))


def payment_problems(session: Any) -> Iterator[Problem]:
    for device, rows in groupby(queries.payments_by_chain(session), key=lambda row: row.recorded_by):
        position, previous = 0, ""
        for row in rows:
            name = _("Paiement de {amount} du {day} sur {number}").format(
                amount=format_money(row.amount), day=format_date(row.paid_on), number=row.invoice_number or "—"
            )
            if row.chain_position != position + 1:
                yield _gap("payment", row, name, device, position, row.chain_position)
                previous = row.previous_hash
            if row.previous_hash != previous:
                text = _("{name} : le lien avec le paiement précédent est rompu.").format(name=name)
                yield _problem("payment_chain_broken", text, kind="payment", id=row.id)
            if payments.seal_hash(row.previous_hash, dict(row._mapping)) != row.hash:
                text = _("{name} : il ne correspond pas à son empreinte.").format(name=name)
                yield _problem("payment_hash_wrong", text, kind="payment", id=row.id)
            position, previous = row.chain_position, row.hash


# -- numbers, totals, stock ----------------------------------------------------------------------------------


def series_problems(session: Any) -> Iterator[Problem]:
    for number in queries.doubled_numbers(session):
        text = _("Le numéro {number} existe deux fois.").format(number=number)
        yield _problem("number_doubled", text, kind="invoice", number=number)
    for series, rows in groupby(queries.issued_by_series(session), key=lambda row: row.series):
        counter, day = 0, None
        for row in rows:
            if row.counter > counter + 1:
                text = _("Série {series} : il manque un numéro avant {number}.")
                message = text.format(series=series, number=row.number)
                yield _problem("number_gap", message, kind="invoice", id=row.id, number=row.number)
            if row.number != f"{series}{row.counter:04d}":
                yield _invoice("number_wrong", row, _("{number} : le numéro ne suit pas de sa série et de son rang."))
            if day is not None and row.issued_on < day:
                yield _invoice("date_backwards", row, _("{number} : sa date précède celle du numéro d’avant."))
            counter, day = row.counter, row.issued_on


def total_problems(session: Any) -> Iterator[Problem]:
    """Totals, amounts due and statuses against lines and payments."""
    lines = groupby(queries.lines_by_invoice(session), key=lambda line: line.invoice_id)
    invoice_id, own = next(lines, (None, iter(())))
    for row in queries.invoices_with_paid(session):
        while invoice_id is not None and invoice_id < row.id:
            invoice_id, own = next(lines, (None, iter(())))
        yield from _totals_of(row, list(own) if invoice_id == row.id else [])


def _totals_of(row: Any, lines: list[Any]) -> Iterator[Problem]:
    amounts = [LineAmounts(line.quantity, line.unit_price, line.vat_rate, line.discount) for line in lines]
    totals = document_totals(amounts)
    paid = row.received or Decimal(0)
    due = totals.gross - paid if row.number else Decimal(0)
    name = row.number or _("Brouillon de {client}").format(client=row.client_name or "—")
    about = {"kind": "invoice", "id": row.id, "number": row.number}
    if any(line.net != line_net(amount) for line, amount in zip(lines, amounts, strict=True)) or (
        (row.total_net, row.total_vat, row.total_gross) != (totals.net, totals.vat, totals.gross)
    ):
        text = _("{name} : le total {kept} ne suit pas des lignes, qui donnent {sum}.")
        shown = text.format(name=name, kept=format_money(row.total_gross), sum=format_money(totals.gross))
        yield _problem("derived_wrong", shown, **about)
    elif row.amount_paid != paid or row.amount_due != due or row.status != _status(row, due, paid):
        text = _("{name} : encaissé {kept}, les paiements donnent {sum}.")
        shown = text.format(name=name, kept=format_money(row.amount_paid), sum=format_money(paid))
        yield _problem("paid_wrong", shown, **about)
    if row.number and lines:
        yield from _line_problems(row, lines)


def _status(row: Any, due: Decimal, paid: Decimal) -> str:
    if row.number is None:
        return "draft" if row.requested_at is None else "to_number"
    if due <= 0:
        return "paid"
    return "partially_paid" if paid > 0 else "issued"


def _line_problems(row: Any, lines: list[Any]) -> Iterator[Problem]:
    try:
        sealed = [
            (line["description"], line["quantity"], line["unit_price"], line["net"])
            for line in json.loads(row.snapshot)["lines"]
        ]
    except (ValueError, KeyError, TypeError):
        return  # said by the chain check
    said = [(line.description, plain(line.quantity), plain(line.unit_price), plain(line.net)) for line in lines]
    if sealed != said:
        yield _invoice("lines_wrong", row, _("{number} : les lignes diffèrent du contenu figé."))


def level_problems(session: Any) -> Iterator[Problem]:
    for row in queries.wrong_levels(session):
        text = _("Stock de {product} ({warehouse}) : {kept} retenu, les mouvements donnent {moved}.")
        kept, moved = (format_quantity(from_scaled(int(value), QUANTITY_DECIMALS)) for value in (row.kept, row.moved))
        message = text.format(product=row.product, warehouse=row.warehouse, kept=kept, moved=moved)
        yield _problem("stock_wrong", message, kind="product")


# -- synchronisation, search, papers -------------------------------------------------------------------------


def outbox_problems(session: Any) -> Iterator[Problem]:
    """A record is queued exactly when it has changes that the cloud does not know."""
    for row in queries.record_states(session):
        is_dirty = bool(dirty_groups(row.clock, row.base))
        if is_dirty and not row.is_queued:
            text = _("{kind} {id} : une modification n’est pas dans la file d’envoi.")
            yield _problem(
                "outbox_missing", text.format(kind=_label(row.kind), id=row.record_id), kind=row.kind, id=row.record_id
            )
        elif row.is_queued and not is_dirty:
            text = _("{kind} {id} : la file d’envoi contient une modification déjà envoyée.")
            yield _problem(
                "outbox_stale", text.format(kind=_label(row.kind), id=row.record_id), kind=row.kind, id=row.record_id
            )
    for kind, record_id in queries.without_state(session):
        text = _("{kind} {id} : la fiche est inconnue de la synchronisation.").format(kind=_label(kind), id=record_id)
        yield _problem("state_missing", text, kind=kind, id=record_id)


def _label(kind: str) -> str:
    try:
        return _(catalog.entity(kind).model.label)
    except KeyError:
        return kind  # of a newer version


def index_problems(session: Any) -> Iterator[Problem]:
    for kind, record_id in queries.wrongly_indexed(session):
        text = _("{kind} {id} : l’index de recherche n’est pas à jour.").format(kind=_label(kind), id=record_id)
        yield _problem("index_wrong", text, kind=kind, id=record_id)


def paper_problems(company: OpenCompany, kept: list[tuple[str, str]]) -> Iterator[Problem]:
    for record_id, digest in kept:
        path = document_store.path_of(company, digest)
        about = {"kind": "invoice", "id": record_id, "file": str(path)}
        if not path.is_file():
            yield _problem("document_missing", _("Le PDF gardé {name} est absent.").format(name=path.name), **about)
        elif _digest(path) != digest:
            text = _("Le PDF gardé {name} a été modifié.").format(name=path.name)
            yield _problem("document_changed", text, **about)


def _digest(path: Any) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
