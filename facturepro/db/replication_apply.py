"""Documents of the cloud applied to the database, a batch in one transaction.

Nothing here is sent back: the unit of work has origin ``remote``. What cannot be applied yet (newer kind, missing
reference) or at all (values that would break the file) is kept in ``pending_remote``, verbatim.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from facturepro.db import local_state
from facturepro.db import replication_quarantine as refusals
from facturepro.db.replication_conflicts import Finding, write_findings
from facturepro.db.replication_damage import is_damaged_here
from facturepro.db.replication_decode import decode, existing, is_append_only, references
from facturepro.db.replication_in_use import archive_used
from facturepro.db.replication_isolation import isolating
from facturepro.db.replication_merge import (
    Outcome,
    RemoteState,
    is_double_issue,
    is_issuable,
    merged_extra,
    reconcile,
    split_groups,
)
from facturepro.db.replication_outbox import clear_sent
from facturepro.db.replication_payments import find_double_payments
from facturepro.db.replication_records import (
    Incoming,
    Key,
    Known,
    LocalRecord,
    by_kind,
    is_known,
    load,
    raw,
    raw_many,
    store_known,
)
from facturepro.db.replication_restore import contradictions, restore
from facturepro.db.replication_split import set_aside, take_cloud_record
from facturepro.db.replication_stamps import Raiser, follow, is_stamp
from facturepro.db.replication_values import InvalidDocument, kind_rank
from facturepro.db.replication_writer import RowWriter
from facturepro.db.unit_of_work import UnitOfWork

_log = logging.getLogger(__name__)

NEWER_KIND = "kind"
MISSING = "missing "
INVALID = "invalid "
FROZEN = "frozen "
PUT_ASIDE = "aside "
"""As FROZEN, once a person has seen it: no more told, still what the cloud has."""
TRIED_BY = "pending_tried_by"
_SLICE = 500


_MOST_WAITING = 100
"""So many documents that waited for the ones that came are applied with them; the others in transactions of their own."""


@dataclass(slots=True)
class ApplyResult:
    """``applied``: records written or acknowledged. ``cleaned``: of these, the ones that left the queue.

    ``pending``: kept for later with the reason. ``refused``: content that was not taken, with the reason. ``split``:
    new ids of documents that were issued twice. ``ahead``: id of a computer whose clock is too far ahead. ``left``: more
    waited for these records than one transaction takes.
    """

    applied: set[Key] = field(default_factory=set)
    cleaned: set[Key] = field(default_factory=set)
    skipped: int = 0
    conflicts: int = 0
    pending: dict[Key, str] = field(default_factory=dict)
    refused: dict[Key, str] = field(default_factory=dict)
    split: list[str] = field(default_factory=list)
    ahead: str | None = None
    left: bool = False

    def add(self, other: "ApplyResult") -> None:
        self.applied |= other.applied
        self.cleaned |= other.cleaned
        self.skipped += other.skipped
        self.conflicts += other.conflicts
        self.pending |= other.pending
        self.refused |= other.refused
        self.split += other.split
        self.ahead = other.ahead or self.ahead
        self.left = self.left or other.left


def apply(work: UnitOfWork, incoming: Sequence[Incoming]) -> ApplyResult:
    """Bring documents into the database. Any order, any repetition: the result is the same.

    One document that SQLite refuses does not hold back the others: it is isolated and kept with the reason.
    """
    work.flush()
    newest = {document.key: document for document in sorted(incoming, key=lambda document: document.version)}
    # What waited for these is a thing of its own, or a bad one would be brought in again with the good one it waits for.
    documents, is_more = _with_waiting(work.session, list(newest.values()))
    parts = isolating(
        work,
        documents,
        lambda documents: _Application(work).run(documents),
        lambda document, reason: _Application(work).keep(document, INVALID + reason),
    )
    result = ApplyResult(left=is_more or len(parts) > 1)  # apart, one may have been tried before what it waits for
    for part in parts:
        result.add(part)
    # Many groups share one stamp: each is looked at once.
    stamps = {stamp for document in incoming for stamp in document.clock.values() if isinstance(stamp, str)}
    result.ahead = follow(work.session, filter(is_stamp, stamps), work.now_ms)
    work.touch()
    return result


def missing_key(reason: str) -> Key | None:
    """The record that a pending document waits for, from its reason."""
    if not reason.startswith(MISSING):
        return None
    kind, _slash, record_id = reason.removeprefix(MISSING).partition("/")
    return (kind, record_id)


def pending_keys(session: Session) -> list[Key]:
    """What could not be applied when it came."""
    return [(row[0], row[1]) for row in raw(session, "SELECT kind, record_id FROM pending_remote ORDER BY 1, 2")]


def has_newer_kinds(session: Session) -> bool:
    """Are there records here of kinds that only a newer version of this program knows?"""
    return raw(session, "SELECT 1 FROM pending_remote WHERE reason = ? LIMIT 1", NEWER_KIND).first() is not None


def retriable(session: Session, program: str) -> list[Key]:
    """What was kept aside and may be applied now: what it waited for is here; everything, the first time that this
    ``program`` (its version) asks."""
    rows = raw(session, "SELECT kind, record_id, reason FROM pending_remote ORDER BY 1, 2").all()
    if not rows or local_state.get(session, TRIED_BY) != program:
        return [(row[0], row[1]) for row in rows]
    waiting = {(row[0], row[1]): key for row in rows if (key := missing_key(row[2])) is not None and is_known(key[0])}
    here = existing(session, set(waiting.values()))
    return [key for key, wanted in waiting.items() if wanted in here]


def retry_pending(work: UnitOfWork, keys: Iterable[Key] | None = None) -> ApplyResult:
    """Try again what was kept for later: these records, or everything, in slices."""
    result, wanted = ApplyResult(), list(pending_keys(work.session) if keys is None else keys)
    statement = "SELECT document FROM pending_remote WHERE kind = ? AND record_id = ?"
    for start in range(0, len(wanted), _SLICE):
        rows = [raw(work.session, statement, *key).first() for key in wanted[start : start + _SLICE]]
        documents = [Incoming.parse(row[0]) for row in rows if row is not None]
        if documents:
            result.add(apply(work, documents))
    return result


def refused(session: Session, limit: int = -1) -> list[tuple[Incoming, str]]:
    """(document, reason) of known kinds whose content was not taken, by kind and id."""
    statement = (
        "SELECT document, reason FROM pending_remote WHERE substr(reason, 1, length(?1)) = ?1 OR substr(reason, 1, length(?2)) = ?2 "
        "ORDER BY kind, record_id LIMIT ?3"
    )
    found = ((Incoming.parse(row[0]), row[1]) for row in raw(session, statement, INVALID, FROZEN, limit))
    return [(document, reason) for document, reason in found if is_known(document.kind)]


def _with_waiting(session: Session, documents: list[Incoming]) -> tuple[list[Incoming], bool]:
    """Add what waited for one of these records, as far as one transaction should take it. True: there is more, which
    :func:`retriable` finds."""
    found = {document.key: document for document in documents}
    front, is_more = list(found), False
    while front:
        reasons = json.dumps([f"{MISSING}{kind}/{record_id}" for kind, record_id in front])
        waiting_for = "SELECT document FROM pending_remote WHERE reason IN (SELECT value FROM json_each(?)) LIMIT ?"
        room = len(documents) + _MOST_WAITING - len(found)
        waiting = [Incoming.parse(row[0]) for row in raw(session, waiting_for, reasons, room)]
        is_more = is_more or len(waiting) == room
        front = [document.key for document in waiting if document.key not in found]
        for document in waiting:  # one that waited is newer than another version that comes now, or gives way to it
            if document.key not in found or document.version > found[document.key].version:
                found[document.key] = document
    return list(found.values()), is_more


class _Application:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._session = work.session
        self._raiser = Raiser(work.session)
        self._rows = RowWriter(work.session)
        self._result = ApplyResult()
        self._findings: list[Finding] = []
        self._states: dict[Key, Known] = {}
        self._pending: list[tuple[Incoming, str]] = []

    def run(self, documents: list[Incoming]) -> ApplyResult:
        local = load(self._session, [document.key for document in documents])
        fresh = self._newer_only(documents, local)
        accepted = self._with_references(self._decoded(fresh))
        for at, (document, remote) in enumerate(accepted, 1):
            mine, splits = local.get(document.key), len(self._result.split)
            if mine is None:
                self._insert(document, remote)
            else:
                self._merge(document, remote, mine)
            if len(self._result.split) > splits:  # what was made or moved with it may be among those that follow
                local |= load(self._session, [later.key for later, _remote in accepted[at:]])
        self._forget_rowless(local)
        self._rows.write()
        self._finish(local)
        self._look_across(accepted)
        return self._result

    def keep(self, document: Incoming, reason: str) -> ApplyResult:
        self._pending = [(document, reason)]
        self._result.pending[document.key] = reason
        try:
            with self._session.begin_nested():
                self._store_pending()
        except (ValueError, TypeError, RecursionError):  # no text at all: it stays in the cloud only
            _log.warning("a document could not even be kept aside")
        return self._result

    def _newer_only(self, documents: list[Incoming], local: dict[Key, LocalRecord]) -> list[Incoming]:
        fresh = []
        for document in documents:
            mine = local.get(document.key)
            if mine is not None and mine.known.version is not None and document.version <= mine.known.version:
                self._result.skipped += 1
            else:
                fresh.append(document)
        return fresh

    def _decoded(self, documents: list[Incoming]) -> list[tuple[Incoming, RemoteState]]:
        decoded = []
        for document in documents:
            if not is_known(document.kind):
                self._pending.append((document, NEWER_KIND))
                continue
            try:
                decoded.append((document, decode(document)))
            except InvalidDocument as error:
                self._pending.append((document, INVALID + str(error)))
        return decoded

    def _with_references(self, decoded: list[tuple[Incoming, RemoteState]]) -> list[tuple[Incoming, RemoteState]]:
        """Leave out what names a record that is neither here nor in this batch."""
        named = {pair[0].key: references(pair[0].kind, pair[1]) for pair in decoded}
        wanted = {key for keys in named.values() for key in keys} - named.keys()
        there = existing(self._session, wanted)
        accepted: list[tuple[Incoming, RemoteState]] = []
        # References point to kinds of a lower rank only.
        for document, remote in sorted(decoded, key=lambda pair: kind_rank(pair[0].kind)):
            missing = sorted(named[document.key] - there)
            if missing:
                self._pending.append((document, f"{MISSING}{missing[0][0]}/{missing[0][1]}"))
            else:
                there.add(document.key)
                accepted.append((document, remote))
        return accepted

    def _insert(self, document: Incoming, remote: RemoteState) -> None:
        self._rows.insert(document.kind, document.id, remote.fields, remote.lines)
        clock = remote.clock
        self._states[document.key] = Known(clock, dict(clock), remote.extra, document.schema, document.version)
        self._result.applied.add(document.key)

    def _forget_rowless(self, local: dict[Key, LocalRecord]) -> None:
        """A document whose row was lost here (a damaged file) arrives anew: by its state its lines would count as frozen."""
        for kind, ids in by_kind(key for key in self._states if key not in local and is_issuable(key[0])).items():
            statement = "DELETE FROM record_state WHERE kind = ? AND record_id IN (SELECT value FROM json_each(?))"
            raw(self._session, statement, kind, json.dumps(ids))

    def _merge(self, document: Incoming, remote: RemoteState, mine: LocalRecord) -> None:
        if is_issuable(document.kind) and is_double_issue(mine, remote):
            new_id, findings = set_aside(self._work, mine, remote)
            self._result.split.append(new_id)
            self._findings += findings
            mine = load(self._session, [document.key])[document.key]
        if is_damaged_here(self._session, mine, remote) and (groups := contradictions(mine, remote)):
            self._findings += restore(self._work, mine, remote, groups)
            mine = load(self._session, [document.key])[document.key]
        outcome = reconcile(mine, remote, self._raiser)
        if is_append_only(document.kind) and remote.fields != mine.fields:
            self._keep_appended(mine, remote, outcome)
        if outcome.refused:
            reason = self._refusal(document, sorted(outcome.refused))
            if not reason.startswith(PUT_ASIDE):
                self._result.refused[document.key] = reason
            self._pending.append((document, reason))
        known = {group: value for group, value in outcome.groups.items() if group not in outcome.retired}
        self._rows.update(mine, known)
        schema = max(document.schema, mine.known.schema)
        extra = merged_extra(mine, remote, outcome)
        self._states[document.key] = Known(outcome.clock, outcome.base, extra, schema, document.version)
        self._result.applied.add(document.key)
        if not outcome.is_dirty and mine.through:
            self._result.cleaned.add(document.key)
        self._findings += [Finding(document.kind, document.id, loser) for loser in outcome.losers]

    def _refusal(self, document: Incoming, groups: list[str]) -> str:
        """The reason to keep it for. What a person put aside stays so when it comes again with something else."""
        statement = "SELECT reason, document FROM pending_remote WHERE kind = ? AND record_id = ?"
        row = raw(self._session, statement, *document.key).first()
        if row is not None and row[0].startswith(PUT_ASIDE):
            seen, before = row[0].removeprefix(PUT_ASIDE).split(", "), Incoming.parse(row[1]).clock
            if all(group in seen and before.get(group) == document.clock.get(group) for group in groups):
                return PUT_ASIDE + ", ".join(groups)
        return FROZEN + ", ".join(groups)

    def _keep_appended(self, mine: LocalRecord, remote: RemoteState, outcome: Outcome) -> None:
        """Such a record has one content: the cloud's when ours was never acknowledged, else the one we know."""
        outcome.losers.clear()
        outcome.clock, outcome.base = dict(remote.clock), dict(remote.clock)
        if mine.known.version is None:
            take_cloud_record(self._work, mine, remote.fields)
        else:
            ours, theirs = (split_groups(mine.kind, one.fields, {}) for one in (mine, remote))
            outcome.refused += [group for group in ours if ours[group] != theirs[group]]
        outcome.groups = {}

    def _finish(self, local: dict[Key, LocalRecord]) -> None:
        store_known(self._session, self._states)
        queue = {key: (known.dirty != frozenset(), "") for key, known in self._states.items() if key in local}
        clear_sent(self._session, {key: value for key, value in queue.items() if value[0] or local[key].through})
        raw_many(  # but a newer version that still waits for something
            self._session,
            "DELETE FROM pending_remote WHERE kind = ? AND record_id = ? AND (version IS NULL OR version <= ?)",
            [(*key, known.version) for key, known in self._states.items()],
        )
        refusals.readable_again(self._session, [key for key in self._states if key in local and local[key].through])
        self._store_pending()
        self._result.conflicts = write_findings(self._work, self._findings)

    def _look_across(self, accepted: list[tuple[Incoming, RemoteState]]) -> None:
        """What only shows when records are seen together."""
        named = {key for document, remote in accepted for key in references(document.kind, remote)}
        arrived = {document.key for document, _remote in accepted}
        findings = archive_used(self._work, named | arrived)
        if payments := [remote.fields["invoice_id"] for document, remote in accepted if document.kind == "payment"]:
            self._work.settle()  # amounts due
            findings += find_double_payments(self._session, payments)
        self._result.conflicts += write_findings(self._work, findings)

    def _store_pending(self) -> None:
        rows = [(d.kind, d.id, d.text(), reason, d.version) for d, reason in self._pending]
        raw_many(
            self._session,
            "INSERT INTO pending_remote (kind, record_id, document, reason, version) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET document = excluded.document, reason = excluded.reason, version = excluded.version "
            "WHERE version IS NULL OR excluded.version >= version",  # an older one, delivered again, replaces nothing
            rows,
        )
        self._result.pending |= {document.key: reason for document, reason in self._pending}
