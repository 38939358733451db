"""What must hold once everything that went wrong is mended and everybody has exchanged until nobody has anything to say."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

from facturepro.db import catalog
from facturepro.db.replication_digest import document_digest
from facturepro.db.replication_values import json_text
from facturepro.domain.merge import merge
from facturepro.sync.remotes.base import RemoteDocument
from tests.sync.fuzz import audit
from tests.sync.fuzz.computer import Computer
from tests.sync.fuzz.world import World

KNOWN_KINDS = frozenset(entity.kind for entity in catalog.entities())


def check(world: World) -> None:
    for computer in world.computers:
        world.observe(computer)  # all of them first: one may have answered to another in the last exchange
    check_alike(world, world.gone())
    for computer in world.computers:
        _check_computer(world, computer)
    _check_promises(world)
    _check_foreign(world)
    _check_redelivery(world)


def _check_promises(world: World) -> None:
    """Invariant 2, on every computer. What was edited and deleted by somebody beyond the horizon lies in his own bin only."""
    missing = [set(world.ledger.missing(computer.reader)) for computer in world.computers]
    gone = world.purged | world.gone()
    for computer, found in zip(world.computers, missing, strict=True):
        lost = sorted(text for key, text in found if key not in gone)
        assert not lost, f"lost on {computer.name}: {len(lost)} values: {lost[:6]}"
    everywhere = sorted(text for _key, text in set.intersection(*missing))
    assert not everywhere, f"lost: {len(everywhere)} values: {everywhere[:6]}"


def check_alike(world: World, purged: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Invariant 1: every computer holds the cloud's very bytes. ``purged``: deleted records that may still lie here; the
    next weekly check forgets them."""
    expected = [cloud_line(record) for _key, record in sorted(world.cloud.records.items())]
    for computer in world.computers:
        found = [line for line in computer.dump() if not purged or not _is_purged(line, purged)]
        apart = [f"here {line}" for line in found if line not in expected]
        apart += [f"cloud {line}" for line in expected if line not in found]
        assert found == expected, f"{computer.name} differs from the cloud: {apart[:4]}"


def _is_purged(line: str, purged: frozenset[tuple[str, str]]) -> bool:
    record = json.loads(line)
    return record["deleted"] and (record["kind"], record["id"]) in purged


def _check_computer(world: World, computer: Computer) -> None:
    reader = computer.reader
    assert reader.execute("SELECT COUNT(*) FROM outbox").fetchone()[0] == 0
    assert not audit.unexpected_pending(reader, KNOWN_KINDS)
    audit.check_intact(reader)
    audit.check_series(reader)
    audit.check_sales(reader)
    audit.check_issued_once(reader)
    assert computer.issued.keys() == world.computers[0].issued.keys()
    waiting = [row for row in audit.waiting(reader) if row[1] in {each.device for each in world.computers}]
    assert not waiting, f"asked for a number and never told: {waiting}"


def _check_foreign(world: World) -> None:
    """Invariant 12: what a newer version wrote stands, whoever changed the record after it."""
    for (kind, record_id, *path), value in world.foreign.items():
        record = world.cloud.records[kind, record_id]
        found: Any = {"fields": record.fields, "lines": record.lines, **record.extra}
        if path[0] == "lines" and _was_removed(world, path[1]):
            continue  # by somebody, at some time, and with it all that was in it
        for part in path:
            found = found[part]
        assert found == value, f"a newer version's {kind} {path} became {found}"


def _was_removed(world: World, line: str) -> bool:
    statement = "SELECT 1 FROM change_log WHERE row_id = ? AND op = 'delete'"
    return any(computer.reader.execute(statement, (line,)).fetchone() for computer in world.computers)


def _check_redelivery(world: World) -> None:
    """Invariant 4: all that the cloud has, once more and backwards: nothing moves."""
    documents = [copy.deepcopy(record) for record in reversed(world.cloud.records.values())]
    for computer in world.computers:
        before, trail = computer.dump(), computer.trail()
        computer.puller.apply(documents)
        computer.puller.apply(documents[::-1])
        assert (computer.dump(), computer.trail()) == (before, trail), "delivered again, something changed"


# -- invariant 5 -------------------------------------------------------------------------------------------------


def check_merge(versions: list[RemoteDocument]) -> None:
    """The merge of versions of one record that really were is commutative, associative and idempotent."""
    states = [_state(version) for version in versions[-3:]]
    for a, b in itertools.combinations(states, 2):
        assert _joined(a, b) == _joined(b, a), "the merge depends on who is asked"
        assert _joined(_joined(a, b), b) == _joined(a, b), "merged again, something changed"
    if len(states) == 3:
        a, b, c = states
        assert _joined(_joined(a, b), c) == _joined(a, _joined(b, c)), "the merge depends on the order"


def _state(record: RemoteDocument) -> tuple[dict[str, Any], dict[str, str]]:
    """The same stamp is the same change: it stands for its value here."""
    clock = {group: stamp for group, stamp in record.clock.items() if group[0] != "@"}
    return {group: {"stamp": stamp} for group, stamp in clock.items()}, clock


def _joined(mine: Any, theirs: Any) -> Any:
    merged = merge(mine[0], mine[1], {}, theirs[0], theirs[1])
    return merged.values, merged.clock


# -- the weekly check ----------------------------------------------------------------------------------------------


def check_weekly(world: World, damaged: int) -> str:
    """Nobody's weekly check finds anything where nothing is wrong; it mends a file that was changed behind its back.

    ``damaged``: chooses the computer and its row. Answers what was changed.
    """
    unsealed = sum(record.digest != document_digest(record) for record in world.cloud.records.values())
    for computer in world.computers:
        report = computer.engine.check()
        assert report.is_complete and report.is_clean, report
        assert report.repaired == report.resealed == unsealed, f"a false alarm on {computer.name}: {report}"
        unsealed = 0  # what another program left without its digest is mended by the first who looks
    victim = world.computers[damaged % len(world.computers)]
    world.pass_time(1000)
    victim.sync()  # no ordinary exchange reads again what is going to be damaged
    what = _damage(victim, damaged // 7)
    if what:
        report = victim.engine.check()
        assert report.is_clean and report.repaired >= 1, f"{what}: {report}"
        world.exchange_until_rest(world.computers)
        for computer in world.computers:
            world.observe(computer)
            report = computer.engine.check()
            assert report.is_clean and report.repaired == 0, report
    check_alike(world)
    return what


_DAMAGES = {
    "value": ("UPDATE client SET name = 'rotten' WHERE id = ?", "SELECT id FROM client WHERE deleted_at IS NULL"),
    "issued": ("UPDATE invoice SET notes = 'forged' WHERE id = ?", "SELECT id FROM invoice WHERE number IS NOT NULL"),
    "line": (
        "UPDATE invoice_line SET quantity = quantity + 1000 WHERE id = ?",
        "SELECT l.id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id WHERE i.deleted_at IS NULL",
    ),
    "movement": ("UPDATE stock_movement SET quantity = 7000 WHERE id = ?", "SELECT id FROM stock_movement"),
    "vanished": ("DELETE FROM stock_movement WHERE id = ?", "SELECT id FROM stock_movement"),
}


def _damage(computer: Computer, at: int) -> str:
    """As a failing disk or another tool would: past every trigger. Answers which kind of damage, "" when there is nothing."""
    what = sorted(_DAMAGES)[at % len(_DAMAGES)]
    statement, candidates = _DAMAGES[what]
    ids = [row[0] for row in computer.reader.execute(f"{candidates} ORDER BY 1")]
    if not ids:
        return ""
    with computer.office.company.db.engine.begin() as connection:
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _sql in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql(statement, (ids[at % len(ids)],))
        for _name, sql in triggers:
            connection.exec_driver_sql(sql)
    return what


def cloud_line(record: RemoteDocument) -> str:
    """A record of the cloud as ``dump`` prints it."""
    values = {
        "kind": record.kind,
        "id": record.id,
        "fields": record.fields,
        "lines": {key: line for key, line in record.lines.items() if line is not None},
        "clock": {group: stamp for group, stamp in record.clock.items() if group[0] != "@"},
        "deleted": record.deleted,
    }
    return json_text(record.extra | values)
