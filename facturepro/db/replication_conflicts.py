"""The journal of conflicts, written as records like any other: both computers end up with the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from facturepro.db.models import Conflict
from facturepro.db.replication_records import raw_many
from facturepro.db.replication_values import json_text
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.clock import default_stamp
from facturepro.domain.merge import GroupValue, Loser

_ROOM = 1_040_000
"""Bytes of both values of an entry, which has to reach the cloud: a document there has 1 MiB."""
_CUT_KEPT, _CUT_LOST = 1_000, 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    record_id: str
    loser: Loser

    @property
    def id(self) -> str:
        """The same on every computer that finds the same conflict."""
        name = f"{self.kind}/{self.record_id}/{self.loser.group}/{self.loser.lost_stamp}"
        return str(uuid5(NAMESPACE_URL, f"facturepro:{name}"))


def write_findings(work: UnitOfWork, findings: Sequence[Finding]) -> int:
    """Adds what is new to the journal and answers how many. These records are sent, unlike what is being applied."""
    # A conflict about the journal itself (two people settled the same entry) is no news to anyone.
    wanted = {finding.id: finding for finding in findings if finding.kind != Conflict.kind}
    if not wanted:
        return 0
    work.as_origin("local")
    written, new = 0, list[str]()
    for conflict_id, finding in sorted(wanted.items()):
        if work.get(Conflict, conflict_id) is not None:
            continue
        loser = _fitted(finding.loser)
        work.add(
            Conflict(
                id=conflict_id,
                record_kind=finding.kind,
                record_id=finding.record_id,
                merge_group=loser.group,
                kept=None if loser.kept is None else dict(loser.kept),
                lost=None if loser.lost is None else dict(loser.lost),
                kept_stamp=loser.kept_stamp,
                lost_stamp=loser.lost_stamp,
            )
        )
        written += 1
        new.append(conflict_id)
    _settled_by_nobody(work, new)
    work.as_origin("remote")
    return written


def _fitted(loser: Loser) -> Loser:
    """Long texts are cut where both do not fit: first what stands in the record itself, and what lost only where no cloud
    could hold it; then the audit trail here has it whole. Alike on every computer."""
    if _size(loser.kept) + _size(loser.lost) > _ROOM:
        loser = replace(loser, kept=_shortened(loser.kept, _CUT_KEPT))
    if _size(loser.kept) + _size(loser.lost) > _ROOM:
        loser = replace(loser, lost=_shortened(loser.lost, _CUT_LOST))
    return loser


def _size(value: GroupValue) -> int:
    return len(json_text(value).encode("utf-8", "surrogatepass"))


def _shortened(value: GroupValue, most: int) -> GroupValue:
    if value is None:
        return None
    return {name: one[:most] + "…" if isinstance(one, str) and len(one) > most else one for name, one in value.items()}


def _settled_by_nobody(work: UnitOfWork, ids: Sequence[str]) -> None:
    """A computer that finds later what another one has found and somebody has settled there does not open it again."""
    work.flush()
    never = default_stamp(work.stamp[18:])
    statement = "UPDATE record_state SET clock = json_set(clock, '$.resolved_at', ?, '$.deleted', ?) WHERE kind = ? AND record_id = ?"
    raw_many(work.session, statement, [(never, never, Conflict.kind, one) for one in ids])
