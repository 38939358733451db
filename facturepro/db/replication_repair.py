"""Records brought back to what the cloud holds, whatever this computer believed of them.

What stands here and must give way is put into the conflict journal first. Nothing here talks to the cloud.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from facturepro.db.replication_apply import apply
from facturepro.db.replication_conflicts import write_findings
from facturepro.db.replication_decode import decode, existing, is_append_only
from facturepro.db.replication_decode import references as named_by
from facturepro.db.replication_digest import document_digest
from facturepro.db.replication_merge import RemoteState, is_issued
from facturepro.db.replication_outbox import clear_sent
from facturepro.db.replication_records import (
    Incoming,
    Key,
    Known,
    by_kind,
    is_known,
    load,
    load_known,
    raw,
    raw_many,
)
from facturepro.db.replication_restore import contradictions, restore
from facturepro.db.replication_values import InvalidDocument
from facturepro.db.replication_view import cloud_view, digest_of, load_refused
from facturepro.db.unit_of_work import UnitOfWork

Versions = Mapping[Key, str]
"""The versions known here before the cloud was asked."""


@dataclass(slots=True)
class Repair:
    """``fetched``: brought in from the cloud. ``restored``: content that had changed here behind the program's back.
    ``requeued``: goes to the cloud again. ``removed``: deleted here. ``left``: still different.
    """

    fetched: set[Key] = field(default_factory=set)
    restored: set[Key] = field(default_factory=set)
    requeued: set[Key] = field(default_factory=set)
    removed: set[Key] = field(default_factory=set)
    left: set[Key] = field(default_factory=set)
    conflicts: int = 0

    def add(self, other: "Repair") -> None:
        self.fetched |= other.fetched
        self.restored |= other.restored
        self.requeued |= other.requeued
        self.removed |= other.removed
        self.left |= other.left
        self.conflicts += other.conflicts

    @property
    def keys(self) -> set[Key]:
        return self.fetched | self.restored | self.requeued | self.removed


def differing(session: Session, documents: Sequence[Incoming]) -> list[Incoming]:
    """Those that are not here in this version with this content, and not waiting here verbatim either."""
    keys = [document.key for document in documents]
    local, refused = load(session, keys), load_refused(session, keys)
    waiting = _waiting(session, keys)
    found = []
    for document in documents:
        mine = local.get(document.key)
        if waiting.get(document.key) == document.version and document.key not in refused:
            continue
        if (
            mine is None
            or mine.known.version != document.version
            or mine.known.dirty
            or digest_of(mine, cloud_view(mine, refused.get(mine.key))) != document_digest(document)
        ):
            found.append(document)
    return found


def _waiting(session: Session, keys: Sequence[Key]) -> dict[Key, str]:
    wanted = set(keys)
    found: dict[Key, str] = {}
    for kind in by_kind(keys):
        rows = raw(session, "SELECT record_id, version FROM pending_remote WHERE kind = ?", kind)
        found |= {(kind, row[0]): row[1] for row in rows if (kind, row[0]) in wanted}
    return found


def mend(work: UnitOfWork, documents: Sequence[Incoming], known_before: Versions) -> Repair:
    """Bring these documents in, whatever this computer believed of them.

    Where a document has the stamp that stands here and another content, the cloud's stands. A document older than the one
    known before (the project was restored from a backup) becomes the base again, so that ours is sent.
    """
    work.flush()
    session = work.session
    raw(session, "PRAGMA defer_foreign_keys=ON")
    remotes = {document.key: remote for document in documents if (remote := _decoded(document)) is not None}
    repair = _restore(work, documents, remotes)
    former = _forget_versions(session, documents, remotes, known_before)
    result = apply(work, documents)
    _recall_versions(session, former)
    repair.conflicts += result.conflicts
    behind = {d.key for d in documents if d.key in former and d.version < former[d.key]}
    states = load_known(session, behind)
    repair.requeued |= {key for key, known in states.items() if known.dirty}
    repair.fetched |= (result.applied | set(result.pending)) - former.keys() - repair.restored
    repair.restored |= former.keys() - behind
    repair.left = {d.key for d in differing(session, documents)} - _dirty(session, [d.key for d in documents])
    return repair


def _decoded(document: Incoming) -> RemoteState | None:
    if not is_known(document.kind):
        return None
    try:
        return decode(document)
    except InvalidDocument:
        return None  # ``apply`` keeps it with the reason


def _dirty(session: Session, keys: Sequence[Key]) -> set[Key]:
    return {key for key, known in load_known(session, keys).items() if known.dirty}


def _restore(work: UnitOfWork, documents: Sequence[Incoming], remotes: Mapping[Key, RemoteState]) -> Repair:
    """Content that differs under the same stamp: it changed here past the capture, and the cloud's stands."""
    session, repair = work.session, Repair()
    local = load(session, list(remotes))
    refused = load_refused(session, list(remotes))
    findings = []
    for document in documents:
        mine, remote = local.get(document.key), remotes.get(document.key)
        if mine is None or remote is None or not _are_there(session, document.kind, remote):
            continue
        if (is_append_only(mine.kind) or is_issued(mine)) and mine.known.version != document.version:
            continue  # what was settled here does not follow a cloud that changed: ``apply`` decides
        groups = contradictions(mine, remote, refused[mine.key].groups if mine.key in refused else ())
        if groups:
            findings += restore(work, mine, remote, groups)
            repair.restored.add(mine.key)
    repair.conflicts = write_findings(work, findings)
    return repair


def _are_there(session: Session, kind: str, remote: RemoteState) -> bool:
    wanted = named_by(kind, remote)
    return not wanted - existing(session, wanted)


def unqueue(session: Session, keys: Iterable[Key]) -> None:
    """What was written as part of a repair is no change of this computer's."""
    clear_sent(session, dict.fromkeys(keys, (False, "")))


def _forget_versions(
    session: Session, documents: Sequence[Incoming], remotes: Mapping[Key, RemoteState], known_before: Versions
) -> dict[Key, str]:
    """Make ``apply`` look at documents that it would take for old ones; answers the versions that they had here."""
    states = load_known(session, list(remotes))
    kept = load_refused(session, list(remotes))
    former: dict[Key, str] = {}
    for document in documents:
        known = states.get(document.key)
        if known is None or known.version is None or document.key not in remotes:
            continue
        is_behind = document.version < known.version == known_before.get(document.key)
        is_same = document.version == known.version and document.key not in kept
        if is_behind or (is_same and _is_crooked(known, document, remotes[document.key])):
            former[document.key] = known.version
    raw_many(session, "UPDATE record_state SET version = NULL WHERE kind = ? AND record_id = ?", list(former))
    return former


def _is_crooked(known: Known, document: Incoming, remote: RemoteState) -> bool:
    """What is known of this very version is not what it holds."""
    return known.base != document.clock or known.extra.text() != remote.extra.text()


def _recall_versions(session: Session, former: Versions) -> None:
    rows = [(version, *key) for key, version in former.items()]
    statement = "UPDATE record_state SET version = ? WHERE kind = ? AND record_id = ? AND version IS NULL"
    raw_many(session, statement, rows)


def rewritten(work: UnitOfWork, versions: Mapping[Key, tuple[str, str]]) -> None:
    """(version, version after it): only the digest of these documents was written again."""
    rows = [(after, *key, before) for key, (before, after) in versions.items()]
    for table in ("record_state", "pending_remote"):
        statement = f"UPDATE {table} SET version = ? WHERE kind = ? AND record_id = ? AND version = ?"
        raw_many(work.session, statement, rows)
    work.touch()


def recount_stock(work: UnitOfWork) -> int:
    """A movement that was lost and came back may have been counted twice: each level is the sum of what is there.

    Answers how many levels were wrong.
    """
    moved = (
        "(SELECT COALESCE(SUM(m.quantity), 0) FROM stock_movement AS m WHERE "
        "m.product_id = stock_level.product_id AND m.warehouse_id = stock_level.warehouse_id)"
    )
    changed: int = raw(work.session, f"UPDATE stock_level SET quantity = {moved} WHERE quantity <> {moved}").rowcount
    if changed:
        work.touch()
    return changed
