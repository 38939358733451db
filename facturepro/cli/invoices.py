"""``invoice create | save | issue | withdraw | pdf | xml | list | show | delete | restore | duplicate``."""

import json
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.listing import all_rows, limit_option, listed
from facturepro.cli.output import Column, answer, column, day_column, money_column, note, pairs, table
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_date
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_money, format_quantity, format_rate, format_unit_price
from facturepro.services import catalog, central_numbering, cloud, document_store, invoices, issuing, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record

FILTERS = (*catalog.STATUSES, "open", "overdue")
FILE_LIMIT = 20_000_000
EXCHANGE_SECONDS = 30.0


def register(root: Group) -> None:
    found = framework.group("invoice", _("Factures : brouillons, émission, papier."))
    identity = framework.argument("reference", _("ID_OU_NUMÉRO"))
    draft = framework.argument("reference", "ID")
    file = framework.option("--file", _("Fichier JSON, ou - pour l’entrée standard."), metavar="FICHIER", required=True)
    target = framework.output_option(required=True)
    day = framework.option(
        "--date", _("Date de la facture ; sinon celle du brouillon, sinon aujourd’hui."), metavar="DATE"
    )
    filters = [
        framework.option("--status", _("Statut."), metavar="|".join(FILTERS)),
        framework.option("--client", _("Seulement ce client."), metavar="ID"),
        framework.option("--from", _("Depuis ce jour."), metavar="DATE"),
        framework.option("--to", _("Jusqu’à ce jour."), metavar="DATE"),
        framework.option("--query", _("Mots cherchés.")),
        limit_option(),
    ]
    for name, text, callback, parameters in (
        ("create", _("Faire un brouillon à partir d’un fichier JSON."), _create, [file]),
        ("save", _("Changer un brouillon à partir d’un fichier JSON."), _save, [draft, file]),
        ("issue", _("Émettre : numéro, contenu figé, PDF. Ne se défait pas."), _issue, [draft, day]),
        ("withdraw", _("Retirer la demande de numéro : de nouveau un brouillon."), _withdraw, [draft]),
        ("pdf", _("Écrire le PDF ; celui d’une facture émise est toujours le même."), _pdf, [identity, target]),
        ("xml", _("Écrire la facture électronique."), _xml, [identity, target]),
        ("list", _("Lister les factures, les dernières d’abord."), _list, filters),
        ("show", _("Voir une facture."), _show, [identity]),
        ("delete", _("Mettre un brouillon à la corbeille."), _delete, [draft]),
        ("restore", _("Reprendre un brouillon de la corbeille."), _restore, [draft]),
        ("duplicate", _("Copier une facture en un nouveau brouillon."), _duplicate, [identity]),
    ):
        found.add_command(framework.command(name, text, callback, parameters))
    root.add_command(found)


def read_json(name: str) -> dict[str, Any]:
    """An object out of a file or of stdin (``-``); numbers are exact.

    Raises:
        UserError: ``file_missing`` or ``file_not_json``.
    """
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(FILE_LIMIT + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(FILE_LIMIT + 1)
        if len(raw) > FILE_LIMIT:
            raise ValueError(_("fichier trop grand"))
        content = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise UserError("file_missing", path=name) from error
    except json.JSONDecodeError as error:
        reason = _("ligne {line}, colonne {column}").format(line=error.lineno, column=error.colno)
        raise UserError("file_not_json", path=name, reason=reason) from error
    except UnicodeDecodeError as error:
        raise UserError("file_not_json", path=name, reason=_("ce n’est pas du texte UTF-8")) from error
    except RecursionError as error:
        raise UserError("file_not_json", path=name, reason=_("trop de niveaux")) from error
    except OSError as error:
        raise UserError("file_not_json", path=name, reason=error.strerror or str(error)) from error
    except ValueError as error:
        raise UserError("file_not_json", path=name, reason=str(error)) from error
    if not isinstance(content, dict):
        raise UserError("file_not_json", path=name, reason=_("un objet { … } est attendu"))
    return content


def _refuse_constant(text: str) -> Any:
    raise ValueError(_("{text} n’est pas un nombre").format(text=text))


def _content(company: OpenCompany, file: str) -> dict[str, Any]:
    """The file's object with its references as ids."""
    values = read_json(file)
    for key in ("client", "client_id"):
        if values.get(key):
            values[key] = records.find(company, "client", str(values[key]))["id"]
    lines = values.get("lines")
    if isinstance(lines, list):
        values["lines"] = [_line(company, line, at) for at, line in enumerate(lines, 1)]
    elif lines is not None:
        raise UserError("line_invalid", line=1, reason=_("« lines » doit être une liste."))
    return values


def _line(company: OpenCompany, line: Any, at: int) -> Any:
    if not isinstance(line, Mapping):
        raise UserError("line_invalid", line=at, reason=_("une ligne est un objet { … }"))
    found = dict(line)
    for key in ("product", "product_id"):
        if found.get(key):
            try:
                found[key] = records.find(company, "product", str(found[key]))["id"]
            except UserError as error:
                raise UserError("line_invalid", line=at, reason=error.message) from error
    return found


def _tell(company: OpenCompany, invoice: Record) -> None:
    answer(invoices.present(company, invoice), lambda: paper(invoice))


def paper(invoice: Record) -> str:
    """A short view of a document."""
    head = pairs(
        [
            (_("Facture"), invoice["number"] or _("brouillon")),
            (_("Identifiant"), invoice["id"]),
            (_("Client"), invoice["client_name"]),
            (_("Statut"), _(catalog.STATUSES[invoice["status"]])),
            (_("Date"), format_date(invoice["issued_on"]) if invoice["issued_on"] else ""),
            (_("Échéance"), format_date(invoice["due_on"]) if invoice["due_on"] else ""),
        ]
    )
    columns: list[Column] = [
        column("Désignation", "description"),
        (_("Qté"), lambda line: format_quantity(line["quantity"]), ">"),
        (_("PU HT"), lambda line: format_unit_price(line["unit_price"]), ">"),
        (_("Remise"), lambda line: format_rate(line["discount"]) if line["discount"] else "", ">"),
        (_("TVA"), lambda line: format_rate(line["vat_rate"]), ">"),
        money_column("Total HT", "net"),
    ]
    sums = pairs(
        [
            (_("Total HT"), format_money(invoice["total_net"])),
            (_("TVA"), format_money(invoice["total_vat"])),
            (_("Total TTC"), format_money(invoice["total_gross"])),
            (_("Reste dû"), format_money(invoice["amount_due"]) if invoice["number"] else ""),
        ]
    )
    return "\n\n".join((head, table(invoice["lines"], columns, _("Aucune ligne.")), sums))


def _create(file: str) -> None:
    with current().company() as company:
        _tell(company, invoices.create(company, _content(company, file)))


def _save(reference: str, file: str) -> None:
    with current().company() as company:
        found = records.find(company, "invoice", reference)
        _tell(company, invoices.save(company, found["id"], _content(company, file)))


def _issue(reference: str, **values: str | None) -> None:
    with current().company() as company:
        found = records.find(company, "invoice", reference)
        day = values["date"]
        on = parse_date(day, company.today()) if day else None
        _warn(company, found["id"])
        invoice = issuing.issue(company, found["id"], on)
        _tell(company, _numbered(company, invoice) if invoice["number"] is None else invoice)


def _numbered(company: OpenCompany, invoice: Record) -> Record:
    """Central numbering: exchange once for the number. Offline it waits, which is no failure.

    Raises:
        UserError: why it was refused; it is a draft again.
    """
    why = _("ce dont elle a besoin n’est pas encore dans le cloud")
    try:
        cloud.sync_once(company, EXCHANGE_SECONDS)
    except UserError as error:
        why = error.message
    for news in central_numbering.take_news(company, invoice["id"]):
        if news.refused is not None:
            raise news.refused
        if news.is_elsewhere:
            note(news.text)
    found = invoices.show(company, invoice["id"])
    if found["status"] == "to_number":
        note(_("La facture attend son numéro, elle l’aura au prochain échange avec le cloud : {why}").format(why=why))
    return found


def _withdraw(reference: str) -> None:
    with current().company() as company:
        found = records.find(company, "invoice", reference)
        _tell(company, central_numbering.withdraw(company, found["id"]))


def _warn(company: OpenCompany, invoice_id: str) -> None:
    for mention in issuing.missing_mentions(company, invoices.show(company, invoice_id)):
        if not mention.is_blocking and mention.field != "delivered_on":
            note(_("Mention absente : {label} ({why})").format(label=mention.label, why=mention.why))


def _pdf(reference: str, output: str) -> None:
    with current().company() as company:
        _written(company, reference, output, document_store.pdf)


def _xml(reference: str, output: str) -> None:
    with current().company() as company:
        _written(company, reference, output, document_store.xml)


def _written(company: OpenCompany, reference: str, output: str, make: Any) -> None:
    found = invoices.find(company, reference)
    data = make(company, found["id"])
    target = Path(output).expanduser()
    document_store.write_file(target, data)
    presented = {"id": found["id"], "number": found["number"], "file": str(target), "size": len(data)}
    answer(presented, _("Écrit : {path}").format(path=target))


def _filter(company: OpenCompany, values: Mapping[str, Any]) -> invoices.InvoiceFilter:
    status = values["status"] or ""
    if status and status not in FILTERS:
        raise UserError("value_invalid", text=status, label=_("Statut"), choices=", ".join(FILTERS))
    days: dict[str, date | None] = {
        end: parse_date(values[end], company.today()) if values[end] else None for end in ("from", "to")
    }
    client = records.find(company, "client", values["client"])["id"] if values["client"] else ""
    return invoices.InvoiceFilter(
        status=status, client_id=client, start=days["from"], end=days["to"], text=values["query"] or ""
    )


def _list(limit: int | None, **values: Any) -> None:
    with current().company() as company:
        wanted = _filter(company, values)
        rows = all_rows(lambda after, size: invoices.page(company, wanted, after=after, limit=size), limit)
        status: Column = (_("Statut"), lambda row: _(catalog.STATUSES[row["status"]]), "<")
        columns: list[Column] = [
            (_("Numéro"), lambda row: row["number"] or "—", "<"),
            day_column("Date", "issued_on"),
            column("Client", "client_name"),
            status,
            money_column("Total TTC", "total_gross"),
            money_column("Reste dû", "amount_due"),
            column("Identifiant", "id"),
        ]
        presented = [invoices.present(company, row) for row in rows]
        listed(rows, presented, lambda part: table(part, columns, _("Aucune facture.")))


def _show(reference: str) -> None:
    with current().company() as company:
        _tell(company, invoices.find(company, reference))


def _delete(reference: str) -> None:
    with current().company() as company:
        found = invoices.find(company, reference)
        if found["number"]:
            raise UserError("invoice_frozen")
        records.delete(company, "invoice", found["id"])
        answer(invoices.present(company, found) | {"deleted": True}, _("Brouillon mis à la corbeille."))


def _restore(reference: str) -> None:
    with current().company() as company:
        _tell(company, invoices.show(company, records.restore(company, "invoice", reference)["id"]))


def _duplicate(reference: str) -> None:
    with current().company() as company:
        _tell(company, invoices.duplicate(company, invoices.find(company, reference)["id"]))
