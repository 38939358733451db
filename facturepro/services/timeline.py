"""The story of a record in words, newest first: from the audit trail and from what refers to it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from facturepro.db import catalog
from facturepro.db.queries import conflicts as conflict_queries
from facturepro.db.queries import timeline as queries
from facturepro.db.replication_stamps import device_of
from facturepro.domain.clock import parse_stamp
from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.services import invoices, payments
from facturepro.services.company import OpenCompany


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """``tone``: info, success, danger or neutral. ``has_time`` is false when only the day is known.

    ``is_planned`` marks what is still to come.
    """

    at: datetime
    text: str
    tone: str = "neutral"
    has_time: bool = True
    is_planned: bool = False


def for_record(company: OpenCompany, kind: str, record_id: str, limit: int = 60) -> list[TimelineEntry]:
    """Changes of one record, one entry per transaction: "Modifié : Téléphone", "Créé", with the computer when it was another."""
    with company.db.read() as session:
        rows = queries.entries(session, record_id, limit)
        devices = conflict_queries.device_names(session)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["stamp"], []).append(row)
    return [_entry(company, kind, stamp, changes, devices) for stamp, changes in grouped.items()]


def _entry(
    company: OpenCompany, kind: str, stamp: str, changes: list[dict[str, Any]], devices: dict[str, str]
) -> TimelineEntry:
    parsed = parse_stamp(stamp)
    at = changes[0]["at"] or datetime.fromtimestamp(parsed.milliseconds / 1000, UTC)
    text = _wording(kind, changes)
    if changes[0]["origin"] in ("remote", "upgrade"):
        text = _("{what}, reçu d’un autre ordinateur").format(what=text)
    elif (device := device_of(stamp)) != company.db.device_id:
        text = _("{what}, sur {device}").format(what=text, device=devices.get(device, device))
    return TimelineEntry(at, text, "info" if any(row["op"] == "insert" for row in changes) else "neutral")


def _wording(kind: str, changes: list[dict[str, Any]]) -> str:
    found = catalog.entity(kind)
    own = [row for row in changes if row["row_table"] == found.table.name]
    if any(row["op"] == "insert" for row in own):
        return _("Créé")
    names = [name for row in own for name in (row["after"] or {})]
    if "deleted_at" in names:
        restored = any(
            (row["after"] or {}).get("deleted_at") is None for row in own if "deleted_at" in (row["after"] or {})
        )
        return _("Rétabli") if restored else _("Supprimé")
    requested = next(((row["after"] or {}) for row in own if "requested_at" in (row["after"] or {})), None)
    if requested is not None:
        if requested["requested_at"] is not None:
            return _("Numéro demandé")
        return _("Numéro refusé") if requested.get("refused_for") else _("Demande de numéro retirée")
    labels = list(dict.fromkeys(_(found.by_name[name].spec.label) for name in names if name in found.by_name))
    if labels:
        return _("Modifié : {fields}").format(fields=", ".join(labels)) if len(labels) < 4 else _("Fiche modifiée")
    return _("Lignes modifiées")


def for_invoice(company: OpenCompany, invoice_id: str) -> list[TimelineEntry]:
    """Creation, issue, due date, payments; newest first, what is to come before that."""
    invoice = invoices.show(company, invoice_id)
    entries: list[TimelineEntry] = []
    for payment in payments.for_invoice(company, invoice_id):
        amount = format_money(abs(payment["amount"]))
        label = _("Paiement annulé, {amount}") if payment["amount"] < 0 else _("{method} reçu, {amount}")
        method = _(catalog.entity("payment").by_name["method"].spec.choices[payment["method"]])
        tone = "danger" if payment["amount"] < 0 else "info"
        entries.append(
            TimelineEntry(_midday(payment["paid_on"]), label.format(method=method, amount=amount), tone, False)
        )
    if invoice["number"] is None:
        return [*for_record(company, "invoice", invoice_id, 20), *entries]
    if invoice["due_on"] and invoice["amount_due"] > 0:
        is_past = invoice["due_on"] < company.today()
        text = _("Échéance dépassée") if is_past else _("Échéance")
        entries.append(
            TimelineEntry(_midday(invoice["due_on"]), text, "danger" if is_past else "neutral", False, not is_past)
        )
    with company.db.read() as session:
        devices = conflict_queries.device_names(session)
    issuer = devices.get(invoice["issued_by"], invoice["issued_by"])
    if invoice["issued_at"]:
        entries.append(TimelineEntry(invoice["issued_at"], _("Émise sur {device}").format(device=issuer), "info"))
    return sorted(entries, key=lambda entry: (entry.is_planned, entry.at), reverse=True)


def _midday(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)
