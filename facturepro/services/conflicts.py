"""The conflict inbox: what did not stand, who wrote it, and putting it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from facturepro.db import catalog
from facturepro.db.catalog import LINE_PREFIX
from facturepro.db.models import Conflict
from facturepro.db.queries import conflicts as queries
from facturepro.db.queries import listing
from facturepro.db.replication_stamps import device_of
from facturepro.domain.clock import parse_stamp
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.i18n.formatting import format_date, format_number, format_quantity, format_rate
from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record

GROUP_LABELS = {
    "address": N_("Adresse"),
    "price": N_("Prix de vente"),
    "legal": N_("Forme juridique"),
    "bank": N_("Banque"),
    "vat": N_("TVA"),
}


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One side: ``lines`` are (label, text) pairs as people read them."""

    lines: tuple[tuple[str, str], ...]
    device: str
    at: datetime
    is_in_place: bool


@dataclass(frozen=True, slots=True)
class ConflictEntry:
    """``can_restore`` is false for a document issued twice, which wants a credit note instead."""

    id: str
    kind: str
    record_id: str
    title: str
    subject: str
    kept: ConflictValue
    lost: ConflictValue
    can_restore: bool
    is_resolved: bool
    is_restored: bool


def list_open(company: OpenCompany, limit: int = 500) -> list[ConflictEntry]:
    """What waits for a look, newest first."""
    return _entries(company, True, limit)


def list_resolved(company: OpenCompany, limit: int = 500) -> list[ConflictEntry]:
    return _entries(company, False, limit)


def count_open(company: OpenCompany) -> int:
    with company.db.read() as session:
        return queries.count_open(session)


def _entries(company: OpenCompany, is_open: bool, limit: int) -> list[ConflictEntry]:
    with company.db.read() as session:
        rows = queries.page(session, is_open, limit)
        devices = queries.device_names(session)
        return [_entry(session, row, devices) for row in rows]


def _entry(session: Any, row: Mapping[str, Any], devices: Mapping[str, str]) -> ConflictEntry:
    kind = row["record_kind"]
    found = listing.rows_by_id(session, kind, [row["record_id"]])
    return ConflictEntry(
        id=row["id"],
        kind=kind,
        record_id=row["record_id"],
        title=records.title(kind, found[0]) if found else row["record_id"],
        subject=subject(kind, row["merge_group"]),
        kept=_value(kind, row["merge_group"], row["kept"], row["kept_stamp"], devices, True),
        lost=_value(kind, row["merge_group"], row["lost"], row["lost_stamp"], devices, False),
        can_restore=row["merge_group"] != "issue",
        is_resolved=row["resolved_at"] is not None,
        is_restored=bool(row["is_restored"]),
    )


def subject(kind: str, group: str) -> str:
    """What the conflict is about, in words."""
    if group == "issue":
        return _("même brouillon émis deux fois")
    if group == "deleted":
        return _("suppression")
    if group.startswith(LINE_PREFIX):
        return _("ligne")
    if group in GROUP_LABELS:
        return _(GROUP_LABELS[group]).lower()
    fields = catalog.entity(kind).groups.get(group, ())
    return _(fields[0].spec.label).lower() if fields else group


def _value(
    kind: str, group: str, values: Mapping[str, Any] | None, stamp: str, devices: Mapping[str, str], in_place: bool
) -> ConflictValue:
    parsed = parse_stamp(stamp)
    at = datetime.fromtimestamp(parsed.milliseconds / 1000, UTC)
    device = device_of(stamp)
    return ConflictValue(_lines(kind, group, values), devices.get(device, device), at, in_place)


def _lines(kind: str, group: str, values: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    found = catalog.entity(kind)
    if values is None:
        return (("", _("ligne supprimée")),)
    if group == "deleted":
        return (("", _("supprimé") if values.get("deleted_at") else _("gardé")),)
    fields = found.lines.content if group.startswith(LINE_PREFIX) and found.lines else found.groups.get(group, ())
    shown = [field for field in fields if field.name in values and field.spec.in_form]
    return tuple(
        (_(field.spec.label), readable(field, values[field.name])) for field in shown or fields if field.name in values
    )


def readable(field: catalog.Field, stored: Any) -> str:
    """A stored value as people read it."""
    if stored is None or stored == "":
        return _("vide")
    kind = field.spec.type
    value = (
        field.column.type.process_result_value(stored, None)
        if hasattr(field.column.type, "process_result_value")
        else stored
    )
    if kind in ("money", "unit_price"):
        return format_number(value, 2)
    if kind == "quantity":
        return format_quantity(value)
    if kind == "rate":
        return format_rate(value)
    if kind == "date":
        return format_date(value)
    if kind == "bool":
        return _("oui") if value else _("non")
    return _(field.spec.choices[value]) if value in field.spec.choices else str(value)


def restore(company: OpenCompany, conflict_id: str) -> None:
    """Put the value that lost back, as a new change that undo can take back.

    Raises:
        UserError: unknown conflict, or one that cannot be restored (a frozen document).
    """
    restore_many(company, [conflict_id])


def restore_many(company: OpenCompany, conflict_ids: Sequence[str]) -> None:
    """All of them or none."""
    with company.db.write(_("Valeur rétablie")) as work:
        for conflict_id in conflict_ids:
            conflict = work.get(Conflict, conflict_id)
            if conflict is None:
                raise UserError("record_unknown", kind=_("Conflit"), text=conflict_id)
            if conflict.merge_group == "issue":
                raise UserError("invoice_frozen")
            queries.write_group(
                work.session, conflict.record_kind, conflict.record_id, conflict.merge_group, conflict.lost
            )
            conflict.resolved_at = work.now
            conflict.is_restored = True


def keep(company: OpenCompany, conflict_ids: Sequence[str]) -> None:
    """The value in place is the right one: the entries leave the inbox and stay in the journal."""
    with company.db.write(_("Conflit réglé")) as work:
        for conflict_id in conflict_ids:
            conflict = work.get(Conflict, conflict_id)
            if conflict is not None and conflict.resolved_at is None:
                conflict.resolved_at = work.now


def present(company: OpenCompany) -> list[Record]:
    """Every entry of the journal for the command line, newest first."""
    answer = []
    with company.db.read() as session:
        devices = queries.device_names(session)
        for row in queries.page(session, None, 100_000):
            stamp = parse_stamp(row["lost_stamp"])
            answer.append(
                {
                    "id": row["id"],
                    "kind": row["record_kind"],
                    "record": row["record_id"],
                    "field": row["merge_group"],
                    "kept": _plain(row["kept"]),
                    "lost": _plain(row["lost"]),
                    "lost_device": devices.get(device_of(row["lost_stamp"]), device_of(row["lost_stamp"])),
                    "at": datetime.fromtimestamp(stamp.milliseconds / 1000, UTC).isoformat().replace("+00:00", "Z"),
                    "restored": bool(row["is_restored"]),
                }
            )
    return answer


def _plain(values: Mapping[str, Any] | None) -> Any:
    """A group of one field is that field's value; others stay objects."""
    return next(iter(values.values())) if values is not None and len(values) == 1 else values
