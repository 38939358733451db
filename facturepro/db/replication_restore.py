"""A record that changed here behind the program's back gets the cloud's content again; ours goes into the journal."""

from collections.abc import Collection, Mapping

from facturepro.db.replication_conflicts import Finding
from facturepro.db.replication_merge import RemoteState, split_groups
from facturepro.db.replication_outbox import clear_sent
from facturepro.db.replication_records import LocalRecord, store_known
from facturepro.db.replication_writer import RowWriter
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.merge import GroupValue, Loser


def contradictions(mine: LocalRecord, remote: RemoteState, refused: Collection[str] = ()) -> dict[str, GroupValue]:
    """Groups with the cloud's value, where ours differs although no change of ours explains it: the stamp is the same."""
    ours = split_groups(mine.kind, mine.fields, mine.lines)
    theirs = split_groups(mine.kind, remote.fields, remote.lines)
    clock, dirty = mine.known.clock, mine.known.dirty
    return {
        group: theirs.get(group)
        for group in ours.keys() | theirs.keys()
        if group not in refused
        and group not in dirty
        and ours.get(group) != theirs.get(group)
        and clock.get(group, "") in ("", remote.clock.get(group, ""))
    }


def restore(
    work: UnitOfWork, mine: LocalRecord, remote: RemoteState, groups: Mapping[str, GroupValue]
) -> list[Finding]:
    """Write these values, frozen and append-only ones too; answers what goes into the journal. Nothing of it is sent."""
    rows = RowWriter(work.session)
    rows.update(mine, groups)
    work.as_origin("split")
    rows.write()
    work.as_origin("remote")
    store_known(work.session, {mine.key: mine.known})
    if not mine.known.dirty:
        clear_sent(work.session, {mine.key: (False, "")})
    ours = split_groups(mine.kind, mine.fields, mine.lines)
    # The losing stamp is this moment's: the one that both sides bear belongs to the value that stands.
    return [
        Finding(
            mine.kind,
            mine.id,
            Loser(group, value, ours.get(group), remote.clock.get(group) or work.stamp, work.stamp),
        )
        for group, value in groups.items()
    ]
