"""A cloud document brought into the local record: the merge rule, and what an issue of a document changes about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from facturepro.db import catalog
from facturepro.db.replication_records import Extra, LocalRecord
from facturepro.db.replication_stamps import Raiser, device_of, has_arrived
from facturepro.db.replication_values import frozen_groups, group_fields
from facturepro.domain.clock import is_default
from facturepro.domain.merge import GroupValue, Loser, dirty_groups, merge

DELETED = "deleted"
ISSUE = "issue"
REQUEST = "request"


@dataclass(slots=True)
class RemoteState:
    """The document with raw stored values and what this version does not know of it."""

    fields: dict[str, Any]
    lines: dict[str, dict[str, Any]]
    clock: dict[str, str]
    extra: Extra

    @property
    def is_issued(self) -> bool:
        return self.fields.get("number") is not None


@dataclass(slots=True)
class Outcome:
    """What to write. ``groups``: known group or line -> its value from the cloud (None: line removed).

    ``refused``: groups of an issued document that arrived different and were not taken. ``retired``: groups that this
    version no longer declares and that an upgrade left unsent.
    """

    groups: dict[str, GroupValue]
    clock: dict[str, str]
    base: dict[str, str]
    losers: list[Loser] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    retired: frozenset[str] = frozenset()

    @property
    def is_dirty(self) -> bool:
        return dirty_groups(self.clock, self.base) != frozenset()


def is_line(group: str) -> bool:
    return group.startswith(catalog.LINE_PREFIX)


def split_groups(kind: str, fields: Mapping[str, Any], lines: Mapping[str, Mapping[str, Any]]) -> dict[str, GroupValue]:
    values: dict[str, GroupValue] = {
        group: {name: fields[name] for name in names} for group, names in group_fields(kind).items()
    }
    for line_id, line in lines.items():
        values[catalog.line_group(line_id)] = line
    return values


def is_issued(local: LocalRecord) -> bool:
    return local.fields.get("number") is not None


def is_double_issue(local: LocalRecord, remote: RemoteState) -> bool:
    """Both computers gave the same draft a number, and ours is not in the cloud.

    The same number is the same issue, told by a restored copy of this file: it may have been set aside there already. A
    later stamp of ours in the cloud proves nothing here: that copy sends what else was unsent, without the issue.
    """
    if not (is_issued(local) and remote.is_issued) or local.fields["number"] == remote.fields["number"]:
        return False
    mine, theirs = local.known.clock.get(ISSUE, ""), remote.clock.get(ISSUE, "")
    if not mine:
        return False  # what was known of the record is lost: no issue of ours
    return mine != theirs and local.known.base.get(ISSUE) != mine


def reconcile(local: LocalRecord, remote: RemoteState, raiser: Raiser) -> Outcome:
    """What becomes of the local record. Pure but for stamps that ``raiser`` gives."""
    kind = local.kind
    known_groups = group_fields(kind)
    mine = split_groups(kind, local.fields, local.lines)
    theirs = split_groups(kind, remote.fields, remote.lines)
    retired = _retired(local, known_groups)
    for group in retired:
        mine[group], theirs[group] = _retired_value(local.known.extra, group), _retired_value(remote.extra, group)
    remote_clock = {g: s for g, s in remote.clock.items() if g in known_groups or g in retired or is_line(g)}
    clock = {g: s for g, s in local.known.clock.items() if g in known_groups or g in retired or is_line(g)}
    base = {g: s for g, s in local.known.base.items() if g in clock}
    _settle_own(clock, base, remote.clock, raiser.device)
    raiser.raise_unsent(clock, base)

    outcome = Outcome({}, clock, base, retired=retired)
    frozen = _frozen(kind, {*mine, *theirs, *clock, *remote_clock})
    if remote.is_issued and not is_issued(local):
        _take_frozen(outcome, mine, theirs, remote_clock, frozen)
        remote_rest = {g: s for g, s in remote_clock.items() if g not in frozen}
    elif is_issued(local):
        if remote.is_issued:
            remote_rest = _keep_issued(outcome, mine, theirs, remote_clock, frozen)
        else:
            _keep_over_draft(outcome, mine, theirs, remote_clock, frozen, raiser)
            remote_rest = remote_clock
    else:
        remote_rest = remote_clock
    merged = merge(mine, clock, base, theirs, remote_rest)
    outcome.groups |= {g: merged.values[g] for g in merged.from_remote}
    outcome.losers += merged.losers
    # A request for a number says nothing of the document; what became of it is told to who asked (decision 0011).
    outcome.losers = [loser for loser in outcome.losers if loser.group != REQUEST]
    _deletion_against_edit(outcome, mine, theirs, clock, base, remote_clock)
    unknown = {g: s for g, s in remote.clock.items() if g not in remote_clock}
    outcome.clock = merged.clock | unknown
    outcome.base = base | remote_clock | unknown if outcome.refused else dict(remote.clock)
    for group in outcome.refused:
        if stamp := outcome.clock.get(group) or remote_clock.get(group):
            outcome.base[group] = stamp
    return outcome


def _retired(local: LocalRecord, declared: Mapping[str, object]) -> frozenset[str]:
    """Groups changed here by an older version and not sent before the upgrade that took them away."""
    if not local.known.extra.fields:
        return frozenset()
    unsent = local.known.dirty
    return frozenset(group for group in unsent if group in local.known.extra.fields and group not in declared)


def _retired_value(extra: Extra, group: str) -> GroupValue:
    return {group: extra.fields.get(group)}


def merged_extra(local: LocalRecord, remote: RemoteState, outcome: Outcome) -> Extra:
    """What this version does not know, after the merge: the cloud's, but for what stands of ours."""
    mine, extra = local.known.extra, remote.extra
    if not mine:
        return extra
    for group in outcome.retired - outcome.groups.keys():
        extra.fields[group] = mine.fields[group]
    for line_id, values in mine.lines.items():
        group = catalog.line_group(line_id)
        if line_id in local.lines and line_id not in remote.lines and group not in outcome.groups:
            extra.lines.setdefault(line_id, values)
    return extra


def _frozen(kind: str, groups: set[str]) -> set[str]:
    frozen = frozen_groups(kind)
    return {group for group in groups if is_line(group) or group in frozen} if frozen else set()


def is_issuable(kind: str) -> bool:
    return bool(frozen_groups(kind))


def _settle_own(clock: dict[str, str], base: dict[str, str], remote_clock: Mapping[str, str], device: str) -> None:
    """Recognise what this computer sent without learning that it arrived, so that it is no conflict with itself."""
    for group in dirty_groups(clock, base):
        mine, theirs = clock[group], remote_clock.get(group, "")
        if device_of(mine) == device and has_arrived(remote_clock, mine):
            base[group] = mine  # it arrived, and was perhaps replaced knowingly
        elif theirs and device_of(theirs) == device:
            base[group] = theirs  # an earlier change of ours, replaced here since


def _take_frozen(
    outcome: Outcome,
    mine: Mapping[str, GroupValue],
    theirs: Mapping[str, GroupValue],
    remote_clock: Mapping[str, str],
    frozen: set[str],
) -> None:
    """The cloud's document is issued and ours is a draft: its content stands whole, whatever was typed here since."""
    clock, base = outcome.clock, outcome.base
    for group in frozen:
        stamp, local_stamp = remote_clock.get(group), clock.get(group, "")
        if stamp == local_stamp and mine.get(group) == theirs.get(group):
            continue
        unsent = bool(local_stamp) and base.get(group) != local_stamp
        if unsent and not is_default(local_stamp) and mine.get(group) != theirs.get(group):
            outcome.losers.append(Loser(group, theirs.get(group), mine.get(group), stamp or "", local_stamp))
        if mine.get(group) != theirs.get(group):
            outcome.groups[group] = theirs.get(group)
        if stamp is None:
            clock.pop(group, None)
            base.pop(group, None)
        else:
            clock[group] = base[group] = stamp


def _keep_issued(
    outcome: Outcome,
    mine: Mapping[str, GroupValue],
    theirs: Mapping[str, GroupValue],
    remote_clock: Mapping[str, str],
    frozen: set[str],
) -> dict[str, str]:
    """Both are issued: the same content under newer stamps is taken, another content is refused, whatever its stamp says:
    it was perhaps changed past the rules. Damage here, as far as a seal proves it, was put right before."""
    rest = dict(remote_clock)
    for group in frozen:
        if mine.get(group) != theirs.get(group):
            rest.pop(group, None)
            outcome.refused.append(group)
        elif group in rest:
            outcome.clock[group] = outcome.base[group] = rest.pop(group)
    return rest


def _keep_over_draft(
    outcome: Outcome,
    mine: Mapping[str, GroupValue],
    theirs: Mapping[str, GroupValue],
    remote_clock: Mapping[str, str],
    frozen: set[str],
    raiser: Raiser,
) -> None:
    """Ours is issued and the cloud's still a draft: our content stands, above whatever was typed there meanwhile."""
    issued = outcome.clock.get(ISSUE, "")
    for group in frozen:
        stamp, local_stamp = remote_clock.get(group, ""), outcome.clock.get(group, "")
        is_disguised = stamp == local_stamp and mine.get(group) != theirs.get(group)
        if stamp > local_stamp or (is_disguised and (stamp or issued)):
            outcome.clock[group] = raiser.above(stamp or issued)


def _deletion_against_edit(
    outcome: Outcome,
    mine: Mapping[str, GroupValue],
    theirs: Mapping[str, GroupValue],
    clock: Mapping[str, str],
    base: Mapping[str, str],
    remote_clock: Mapping[str, str],
) -> None:
    """One side deleted the record while the other changed it: the deletion stands, and is put into the inbox."""
    if any(loser.group == DELETED for loser in outcome.losers):
        return
    their_deletion, my_deletion = theirs.get(DELETED) or {}, mine.get(DELETED) or {}
    if DELETED in outcome.groups:
        unsent = dirty_groups(clock, base) - {DELETED}
        edited = max((clock[g] for g in unsent if not is_default(clock[g])), default="")
        if their_deletion.get("deleted_at") is not None and edited:
            outcome.losers.append(Loser(DELETED, their_deletion, {"deleted_at": None}, remote_clock[DELETED], edited))
    elif my_deletion.get("deleted_at") is not None and clock.get(DELETED) != base.get(DELETED):
        changed_there = {g for g, s in remote_clock.items() if base.get(g) != s and clock.get(g) != s}
        edited = max((remote_clock[g] for g in changed_there if not is_default(remote_clock[g])), default="")
        if edited:
            outcome.losers.append(Loser(DELETED, my_deletion, {"deleted_at": None}, clock[DELETED], edited))
