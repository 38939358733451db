"""The ways out for what was refused: the cloud's version is taken, or a record that it never had stays in the bin here."""

from collections.abc import Mapping

from facturepro.db import catalog
from facturepro.db.replication_apply import PUT_ASIDE
from facturepro.db.replication_conflicts import Finding, write_findings
from facturepro.db.replication_decode import decode, existing, is_append_only, references
from facturepro.db.replication_merge import RemoteState, is_issued, is_line, split_groups
from facturepro.db.replication_outbox import clear_sent
from facturepro.db.replication_quarantine import GIVEN_UP
from facturepro.db.replication_records import Incoming, Key, Known, LocalRecord, load, raw, store_known
from facturepro.db.replication_values import InvalidDocument, frozen_groups
from facturepro.db.replication_writer import RowWriter
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.clock import is_default
from facturepro.domain.errors import UserError
from facturepro.domain.merge import GroupValue, Loser


def check_may_be_given_up(record: LocalRecord) -> None:
    """Raises UserError ``refused_kept`` for what is legally kept: issued content, payments, movements."""
    frozen = frozen_groups(record.kind)
    is_kept = is_issued(record) and any(is_line(group) or group in frozen for group in record.known.dirty)
    if is_append_only(record.kind) or is_kept:
        raise UserError("refused_kept")


def give_up(work: UnitOfWork, key: Key, cloud: Incoming | None, asked_at: str | None) -> None:
    """Give up the unsent change of a record. ``cloud``: the document as it stands there; None: it is not there.
    ``asked_at``: the version known here when the cloud was asked.

    Raises:
        UserError: ``refused_kept``; ``refused_unreadable`` when the cloud's version cannot be applied here either;
            ``refused_early`` when what that version names has not arrived here;
            ``refused_moved`` when that version is older than one seen before, or the record was exchanged meanwhile.
    """
    work.flush()
    record = load(work.session, [key]).get(key)
    if record is None:
        return
    check_may_be_given_up(record)
    if cloud is None and record.known.version != asked_at:
        raise UserError("refused_moved")  # it arrived there after all: in the bin here, it would live on for the others
    if cloud is None:
        _leave_in_bin(work, record)
    else:
        _take_cloud(work, record, cloud)
    work.touch()


def _leave_in_bin(work: UnitOfWork, record: LocalRecord) -> None:
    if not record.is_deleted:
        entity = work.get(catalog.entity(record.kind).model, record.id)
        assert entity is not None
        entity.deleted_at = work.now
        work.flush()
    statement = "UPDATE outbox SET quarantined_for = ? WHERE kind = ? AND record_id = ?"
    raw(work.session, statement, GIVEN_UP, *record.key)


def _take_cloud(work: UnitOfWork, record: LocalRecord, cloud: Incoming) -> None:
    known = record.known
    if known.version is not None and cloud.version < known.version:
        raise UserError("refused_moved")
    try:
        remote = decode(cloud)
    except InvalidDocument as error:
        raise UserError("refused_unreadable", reason=str(error)) from error
    named = references(record.kind, remote)
    if named - existing(work.session, named):
        raise UserError("refused_early")
    mine, theirs = _groups(record), _groups(remote, record.kind)
    differing = {group for group in mine.keys() | theirs.keys() if mine.get(group) != theirs.get(group)}
    losers = [_loser(group, mine, theirs, known.clock, remote.clock) for group in sorted(differing & known.dirty)]
    work.as_origin("remote")
    rows = RowWriter(work.session)
    rows.update(record, {group: theirs.get(group) for group in differing})
    rows.write()
    schema = max(cloud.schema, known.schema)
    state = Known(dict(remote.clock), dict(remote.clock), remote.extra, schema, cloud.version)
    store_known(work.session, {record.key: state})
    clear_sent(work.session, {record.key: (False, "")})
    write_findings(work, [Finding(record.kind, record.id, loser) for loser in losers if loser is not None])


def drop_incoming(work: UnitOfWork, document: Incoming, groups: list[str]) -> None:
    """Ours stands, and the content of the cloud that a frozen document did not take is told no more; the journal keeps it.
    It stays known as what the cloud has: a comparison would bring it in anew, and digests be wrong."""
    record = load(work.session, [document.key])[document.key]
    remote = decode(document)
    mine, theirs = _groups(record), _groups(remote, record.kind)
    losers = [_loser(group, theirs, mine, remote.clock, record.known.clock) for group in groups]
    work.as_origin("remote")
    write_findings(work, [Finding(record.kind, record.id, loser) for loser in losers if loser is not None])
    reason = PUT_ASIDE + ", ".join(groups)
    raw(work.session, "UPDATE pending_remote SET reason = ? WHERE kind = ? AND record_id = ?", reason, *document.key)
    work.touch()


def _groups(record: LocalRecord | RemoteState, kind: str = "") -> Mapping[str, GroupValue]:
    found = kind or (record.kind if isinstance(record, LocalRecord) else "")
    return split_groups(found, record.fields, record.lines)


def _loser(
    group: str,
    lost: Mapping[str, GroupValue],
    kept: Mapping[str, GroupValue],
    lost_clock: Mapping[str, str],
    kept_clock: Mapping[str, str],
) -> Loser | None:
    lost_stamp = lost_clock.get(group, "")
    if is_default(lost_stamp):
        return None  # nobody typed it
    kept_stamp = kept_clock.get(group) or max(kept_clock.values(), default=lost_stamp)
    return Loser(group, kept.get(group), lost.get(group), kept_stamp, lost_stamp)
