"""A draft that two computers issued while they could not see each other: both numbers stay (decision 0003)."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_conflicts import Finding
from facturepro.db.replication_decode import existing
from facturepro.db.replication_merge import ISSUE, RemoteState, is_line
from facturepro.db.replication_quarantine import DOCUMENT
from facturepro.db.replication_records import Extra, LocalRecord, raw, raw_many, store_known
from facturepro.db.replication_values import frozen_groups, group_fields, line_shape, parent_column, record_shape
from facturepro.db.replication_writer import RowWriter, defer_references
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.merge import Loser

_SHOWN = ("number", "issued_at", "issued_by", "hash")
_UNSENT = "id IN (SELECT record_id FROM record_state WHERE kind = ? AND version IS NULL)"


def set_aside(work: UnitOfWork, mine: LocalRecord, remote: RemoteState) -> tuple[str, list[Finding]]:
    """Move our issued document to an id of its own, and give the original one the cloud's content.

    Answers the new id and what goes into the journal. Payments and movements that only this computer knows follow
    the document they were made for.
    """
    number = str(mine.fields["number"])
    new_id = derived_id(mine.id, number)
    session = work.session
    lost_stamp = mine.known.clock.get(ISSUE, "")  # now: taking the cloud's content replaces it
    defer_references(session)  # the cloud's document may name what comes with it
    work.as_origin("split")
    if not existing(session, [(mine.kind, new_id)]):  # else the original of this restored copy did it, and it arrived
        _copy(session, mine, new_id, number)
    _move_dependants(session, mine, new_id)
    _take_cloud(session, mine, remote)
    work.as_origin("remote")
    kept = {name: remote.fields[name] for name in _SHOWN}
    lost = {name: mine.fields[name] for name in _SHOWN} | {"document_id": new_id}
    loser = Loser(ISSUE, kept, lost, remote.clock.get(ISSUE, ""), lost_stamp)
    return new_id, [Finding(mine.kind, mine.id, loser)]


def derived_id(record_id: str, number: str) -> str:
    """The same id for the same document whenever it is made; it keeps the time that a UUIDv7 begins with."""
    made = uuid5(NAMESPACE_URL, f"facturepro:{record_id}/{number}")
    try:
        time_bits = UUID(record_id).int >> 80
    except ValueError:
        return str(made)
    return str(UUID(int=time_bits << 80 | 7 << 76 | made.int & ((1 << 76) - 1)))


def take_cloud_record(work: UnitOfWork, mine: LocalRecord, fields: dict[str, Any]) -> None:
    """An append-only record that arrived in the cloud before it was moved here: the cloud's content stands."""
    defer_references(work.session)
    work.as_origin("split")
    _set(work.session, record_shape(mine.kind).table, fields, mine.id)
    work.as_origin("remote")


def _copy(session: Session, mine: LocalRecord, new_id: str, number: str) -> None:
    writer = RowWriter(session)
    lines = {derived_id(line_id, number): line for line_id, line in mine.lines.items()}
    writer.insert(mine.kind, new_id, mine.fields, lines)
    writer.write()
    _copy_extra(session, mine, new_id, number)


def _copy_extra(session: Session, mine: LocalRecord, new_id: str, number: str) -> None:
    """What a newer version put into the document goes with its content."""
    extra = mine.known.extra
    if not extra:
        return
    own = {derived_id(line_id, number): values for line_id, values in extra.lines.items() if line_id in mine.lines}
    copied = Extra(dict(extra.fields), own, dict(extra.keys)).text()
    raw(session, "UPDATE record_state SET extra = ? WHERE kind = ? AND record_id = ?", copied, mine.kind, new_id)


def _move_dependants(session: Session, mine: LocalRecord, new_id: str) -> None:
    for entity in catalog.entities():
        shape = record_shape(entity.kind)
        columns = [r.field for r in shape.references if r.kind == mine.kind]
        columns += [DOCUMENT] if DOCUMENT in shape.names else []
        for column in columns:
            statement = f"UPDATE {shape.table} SET {column} = ? WHERE {column} = ? AND {_UNSENT}"
            raw(session, statement, new_id, mine.id, entity.kind)
    raw(session, "UPDATE document_file SET record_id = ? WHERE record_id = ?", new_id, mine.id)


def _take_cloud(session: Session, mine: LocalRecord, remote: RemoteState) -> None:
    frozen = frozen_groups(mine.kind)
    names = [name for group, fields in group_fields(mine.kind).items() if group in frozen for name in fields]
    _set(session, record_shape(mine.kind).table, {name: remote.fields[name] for name in names}, mine.id)
    lines = line_shape(mine.kind)
    if lines is not None:
        raw(session, f"DELETE FROM {lines.table} WHERE {parent_column(mine.kind)} = ?", mine.id)
        writer = RowWriter(session)
        for line_id, line in remote.lines.items():
            writer.insert_line(mine.kind, mine.id, line_id, line)
        writer.write()
    known = mine.known
    for stamps in (known.clock, known.base):
        for group in [g for g in stamps if g in frozen or is_line(g)]:
            del stamps[group]
        stamps |= {g: s for g, s in remote.clock.items() if g in frozen or is_line(g)}
    store_known(session, {mine.key: known})


def _set(session: Session, table: str, values: dict[str, Any], record_id: str) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    raw_many(session, f"UPDATE {table} SET {assignments} WHERE id = ?", [(*values.values(), record_id)])
