"""The conflict inbox: what did not stand, who wrote it, and putting it back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from facturepro.db import catalog, references
from facturepro.db.models import Conflict
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.queries import conflicts as queries
from facturepro.db.queries import listing
from facturepro.db.replication_decode import existing
from facturepro.db.replication_stamps import device_of
from facturepro.db.replication_values import frozen_groups
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.domain.money import from_scaled
from facturepro.i18n import _, ngettext
from facturepro.services import conflict_words, payments
from facturepro.services.company import OpenCompany
from facturepro.services.conflict_values import (
    DELETED,
    DOUBLE_PAYMENT,
    ISSUE,
    ConflictValue,
    Reading,
    at_of,
    known_kind,
    nature_of,
    plain_values,
    subject,
    title,
)
from facturepro.services.records import Record

_OLD = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ConflictEntry:
    """One value that lost against another.

    Attributes:
        nature: value, line, deleted, issue (one draft issued twice) or double_payment.
        explanation: what happened and what one can do, in sentences.
        can_restore: false for what is not put back but settled otherwise, and for a document issued since.
        is_changed_since: the value in place is not the one that won, but a later one.
        papers: for ``issue``, (id, number) of the two documents, the one in place first.
        lost_payment: for ``double_payment``, id of the second one. overpaid: what was received too much, else zero.
    """

    id: str
    kind: str
    record_id: str
    title: str
    nature: str
    subject: str
    explanation: str
    kept: ConflictValue
    lost: ConflictValue
    can_restore: bool
    is_resolved: bool
    is_restored: bool
    is_changed_since: bool = False
    papers: tuple[tuple[str, str], ...] = ()
    lost_payment: str = ""
    overpaid: Decimal = Decimal(0)

    @property
    def at(self) -> datetime:
        """When the later of the two values was written."""
        return max(self.kept.at or _OLD, self.lost.at or _OLD)


@dataclass(frozen=True, slots=True)
class ConflictGroup:
    """All conflicts of one record, newest first."""

    kind: str
    record_id: str
    title: str
    entries: tuple[ConflictEntry, ...]

    @property
    def at(self) -> datetime:
        return max(entry.at for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Inbox:
    """A part of the journal. ``kinds`` and ``devices``: (key, label, number of records) to filter by, of everything."""

    groups: tuple[ConflictGroup, ...]
    total: int
    kinds: tuple[tuple[str, str, int], ...]
    devices: tuple[tuple[str, str, int], ...]


# -- reading -------------------------------------------------------------------------------------------------


def inbox(company: OpenCompany, is_open: bool = True, kind: str = "", device: str = "", limit: int = 500) -> Inbox:
    """Conflicts grouped by record, newest first: those that wait for a look, or the journal of settled ones.

    ``kind``, ``device``: only records of this kind, only what this computer wrote on either side.
    """
    with company.db.read() as session:
        rows = queries.page(session, is_open, limit, kind, device)
        sides = queries.sides(session, is_open)
        names = queries.device_names(session)
        entries = _entries(company, session, rows, names)
    grouped: dict[tuple[str, str], list[ConflictEntry]] = {}
    for entry in entries:
        grouped.setdefault((entry.kind, entry.record_id), []).append(entry)
    groups = [ConflictGroup(*key, found[0].title, tuple(found)) for key, found in grouped.items()]
    return Inbox(tuple(groups), len(sides), _kinds(sides), _devices(sides, names))


def groups(company: OpenCompany, **filters: Any) -> tuple[ConflictGroup, ...]:
    """The groups of ``inbox``."""
    return inbox(company, **filters).groups


def count_open(company: OpenCompany) -> int:
    with company.db.read() as session:
        return queries.count(session, True)


def count_resolved(company: OpenCompany) -> int:
    with company.db.read() as session:
        return queries.count(session, False)


def is_disputed(company: OpenCompany, kind: str, record_id: str) -> bool:
    """Whether a conflict of this record waits for a look."""
    with company.db.read() as session:
        return queries.is_disputed(session, kind, record_id)


def _kinds(sides: Sequence[tuple[str, str, str, str]]) -> tuple[tuple[str, str, int], ...]:
    counts = Counter(kind for kind, _record in {(kind, record) for kind, record, _kept, _lost in sides})
    label = {kind: _(catalog.entity(kind).model.label_plural) if known_kind(kind) else kind for kind in counts}
    return tuple(sorted(((kind, label[kind], count) for kind, count in counts.items()), key=lambda each: each[1]))


def _devices(sides: Sequence[tuple[str, str, str, str]], names: Mapping[str, str]) -> tuple[tuple[str, str, int], ...]:
    pairs = {(device, kind, record) for kind, record, *both in sides for device in both if device}
    counts = Counter(device for device, _kind, _record in pairs)
    found = ((device, names.get(device) or device, count) for device, count in counts.items())
    return tuple(sorted(found, key=lambda each: each[1]))


def _entries(
    company: OpenCompany, session: Any, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> list[ConflictEntry]:
    if not rows:
        return []
    own = listing.rows_by_id(session, "company", [COMPANY_ID])
    reading = Reading(names, company.db.device_id, own[0]["currency"] if own else "EUR")
    reading.collect(session, rows)
    return [_entry(reading, row) for row in rows]


def _entry(reading: Reading, row: Mapping[str, Any]) -> ConflictEntry:
    kind, group, record = row["record_kind"], row["merge_group"], reading.record(row)
    values, stamp = reading.standing(row)
    nature = nature_of(group)
    is_frozen = bool(record and record.get("number")) and (nature == "line" or group in frozen_groups(kind))
    entry = ConflictEntry(
        id=row["id"],
        kind=kind,
        record_id=row["record_id"],
        title=title(kind, record) if known_kind(kind) else kind,
        nature=nature,
        subject=subject(kind, group, row["kept"], row["lost"]),
        explanation="",
        kept=reading.value(row, values, stamp, True),
        lost=reading.value(row, row["lost"], row["lost_stamp"], False),
        can_restore=nature not in (ISSUE, DOUBLE_PAYMENT) and record is not None and not is_frozen,
        is_resolved=row["resolved_at"] is not None,
        is_restored=bool(row["is_restored"]),
        is_changed_since=values is not row["kept"],
        papers=_papers(row) if nature == ISSUE else (),
        lost_payment=str((row["lost"] or {}).get("payment_id", "")) if nature == DOUBLE_PAYMENT else "",
        overpaid=_overpaid(record) if nature == DOUBLE_PAYMENT else Decimal(0),
    )
    is_back = not entry.is_resolved and entry.can_restore and reading.is_back(row)
    words = conflict_words.explain(
        entry, reading.currency, is_frozen=is_frozen, is_back=is_back, is_here=record is not None
    )
    return replace(entry, explanation=words)


def _papers(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    kept, lost = row["kept"] or {}, row["lost"] or {}
    return (
        (row["record_id"], str(kept.get("number", ""))),
        (str(lost.get("document_id", "")), str(lost.get("number", ""))),
    )


def _overpaid(invoice: Mapping[str, Any] | None) -> Decimal:
    """Received above the total of an invoice, from its stored amounts."""
    if invoice is None:
        return Decimal(0)
    return max(Decimal(0), from_scaled(invoice["amount_paid"] - invoice["total_gross"], 2))


# -- acting --------------------------------------------------------------------------------------------------


def restore(company: OpenCompany, conflict_id: str) -> str:
    """Put the value that lost back, as a new change; answers the transaction that undo takes back.

    Raises:
        UserError: unknown conflict, or one that cannot be restored (a frozen document).
    """
    return restore_many(company, [conflict_id])


def restore_many(company: OpenCompany, conflict_ids: Sequence[str]) -> str:
    """All of them or none, in one step of undo, whose transaction is answered. Of several values of one field the newest
    stands.

    Raises:
        UserError: ``record_unknown``, ``invoice_frozen``, ``record_in_use`` (a deletion), ``conflict_double_payment``.
    """
    label = ngettext("Valeur rétablie", "{count} valeurs rétablies", len(conflict_ids)).format(count=len(conflict_ids))
    with company.db.write(label) as work:
        found = [_existing(work, conflict_id) for conflict_id in dict.fromkeys(conflict_ids)]
        for conflict in sorted(found, key=lambda each: each.lost_stamp):
            _check_restorable(work, conflict)
            queries.write_group(
                work.session, conflict.record_kind, conflict.record_id, conflict.merge_group, conflict.lost
            )
            conflict.resolved_at = work.now
            conflict.is_restored = True
        return work.stamp


def _existing(work: UnitOfWork, conflict_id: str) -> Conflict:
    conflict = work.get(Conflict, conflict_id)
    if conflict is None:
        raise UserError("record_unknown", kind=_("Conflit"), text=conflict_id)
    return conflict


def _check_restorable(work: UnitOfWork, conflict: Conflict) -> None:
    if conflict.merge_group == ISSUE:
        raise UserError("invoice_frozen")
    if conflict.merge_group == DOUBLE_PAYMENT:
        raise UserError("conflict_double_payment")
    kind, record_id = conflict.record_kind, conflict.record_id
    if not known_kind(kind) or not existing(work.session, [(kind, record_id)]):
        raise UserError("record_unknown", kind=kind, text=record_id)  # it waits for a newer version of this program
    deletes = conflict.merge_group == DELETED and bool((conflict.lost or {}).get("deleted_at"))
    if deletes and references.is_used_by_issued(work.session, conflict.record_kind, conflict.record_id):
        raise UserError("record_in_use", name=conflict.record_id)


def keep(company: OpenCompany, conflict_ids: Sequence[str]) -> str:
    """The values in place are the right ones: the entries leave the inbox and stay in the journal. Answers the transaction.

    Raises:
        UserError: unknown conflict. Nothing was settled.
    """
    label = ngettext("Conflit réglé", "{count} conflits réglés", len(conflict_ids)).format(count=len(conflict_ids))
    with company.db.write(label) as work:
        for conflict_id in dict.fromkeys(conflict_ids):
            conflict = _existing(work, conflict_id)
            if conflict.resolved_at is None:
                conflict.resolved_at = work.now
        return work.stamp


def reverse_payment(company: OpenCompany, conflict_id: str) -> str:
    """The way out of a double payment: the second one is reversed (both stay), the conflict is settled with it.

    Answers the id of the reversal.

    Raises:
        UserError: unknown conflict, ``payment_already_reversed``.
    """
    with company.db.write(_("Second paiement annulé")) as work:
        conflict = _existing(work, conflict_id)
        reversal = payments.reverse_within(company, work, str((conflict.lost or {}).get("payment_id", "")))
        conflict.resolved_at = work.now
        conflict.is_restored = False
        return str(reversal.id)


# -- command line --------------------------------------------------------------------------------------------


def present(company: OpenCompany, is_open: bool | None = None) -> list[Record]:
    """Entries of the journal for the command line, newest first; ``is_open`` None for all."""
    answer = []
    with company.db.read() as session:
        devices = queries.device_names(session)
        for row in queries.page(session, is_open, 100_000):
            written = at_of(row["lost_stamp"])
            answer.append(
                {
                    "id": row["id"],
                    "kind": row["record_kind"],
                    "record": row["record_id"],
                    "field": row["merge_group"],
                    "kept": _plain(plain_values(row, row["kept"])),
                    "lost": _plain(plain_values(row, row["lost"])),
                    "lost_device": devices.get(device_of(row["lost_stamp"]), device_of(row["lost_stamp"])),
                    "at": written.isoformat().replace("+00:00", "Z") if written else "",
                    "restored": bool(row["is_restored"]),
                    "resolved": row["resolved_at"] is not None,
                }
            )
    return answer


def _plain(values: Mapping[str, Any] | None) -> Any:
    """A group of one field is that field's value; others stay objects."""
    return next(iter(values.values())) if values is not None and len(values) == 1 else values
