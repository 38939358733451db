"""Change capture: SQLite triggers made from the declarations.

Whichever way a row is changed (the unit of work, raw SQL, another program with the file open), the same statement
writes the audit entry, stamps the merge groups that changed and puts the record in the outbox, so a change is in the
database exactly when it is queued. The triggers also hold what must never happen: an issued document that changes, a
payment or movement that is rewritten, a record that is deleted for good.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from sqlalchemy import Connection

from facturepro.db import catalog
from facturepro.db.catalog import EntityType, Field, LineType
from facturepro.db.models import Invoice

NOW_MS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
# Same rule as domain.clock.tick; only reached when no unit of work has set a stamp.
TICK = f"""UPDATE capture_context SET
    clock_counter = CASE WHEN {NOW_MS} > clock_ms OR clock_counter >= 65535 THEN 0 ELSE clock_counter + 1 END,
    clock_ms = CASE WHEN {NOW_MS} > clock_ms THEN {NOW_MS} WHEN clock_counter >= 65535 THEN clock_ms + 1 ELSE clock_ms END
    WHERE stamp IS NULL;"""
VIEW = """CREATE VIEW capture AS SELECT COALESCE(stamp, printf('%012x-%04x-%s', clock_ms, clock_counter, device)) AS stamp,
    origin FROM capture_context"""
STAMP = "(SELECT stamp FROM capture)"
ORIGIN = "(SELECT origin FROM capture_context)"
IS_OURS = f"{ORIGIN} NOT IN ('remote', 'upgrade')"
"""Stamped and sent; what comes from the cloud, now or before an upgrade, is neither."""
IS_BOUND = f"{ORIGIN} NOT IN ('split', 'upgrade')"
"""Held to what is frozen. A field that an upgrade declares is filled on issued documents as well."""
FINGERPRINT = "capture_fingerprint"
GAP = "capture_gap"
"""Local state: when triggers were found missing or changed and were made again (ISO), until a comparison with the cloud
has found what was changed without them."""
STANDING = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR name = 'capture'"
"""What is in a file of all that ``install`` makes, but the search tables."""
_IS_ARRIVING = f"""({ORIGIN} = 'remote' AND NOT EXISTS
    (SELECT 1 FROM record_state WHERE kind = 'invoice' AND record_id = NEW.invoice_id))"""
"""An issued document that comes whole from the cloud: its state is written last, and from then on its lines stay."""


def install(connection: Connection) -> None:
    """(Re)make every trigger, view and search table from the declarations. Run after each migration."""
    rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()
    for (name,) in rows:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    connection.exec_driver_sql("DROP VIEW IF EXISTS capture")
    connection.exec_driver_sql(VIEW)
    for statement in statements():
        connection.exec_driver_sql(statement)
    _remember(connection, FINGERPRINT, fingerprint())


def note_gap(connection: Connection) -> None:
    """Changes may have been made that nothing captured: ``verify`` tells, and the next exchange compares everything."""
    _remember(connection, GAP, datetime.now(UTC).isoformat(timespec="seconds"))


def _remember(connection: Connection, key: str, value: str) -> None:
    statement = (
        "INSERT INTO local_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.exec_driver_sql(statement, (key, json.dumps(value)))


@cache
def fingerprint() -> str:
    """Of everything that ``install`` makes: a file made by another version of it gets this one's when it is opened."""
    return sha256("\n".join([VIEW, *statements()]).encode()).hexdigest()


def altered(standing: Iterable[tuple[str, str]]) -> list[str]:
    """Names of the triggers (and the view) that are missing, are not as made here, or were added. ``standing``: see there."""
    found = dict(standing)
    wanted = _wanted()
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


@cache
def _wanted() -> dict[str, str]:
    """Name -> statement, as SQLite keeps it."""
    return {
        words[2]: text for text in (VIEW, *statements()) if (words := text.split(maxsplit=3))[1] in ("TRIGGER", "VIEW")
    }


def statements() -> Iterator[str]:
    for found in catalog.entities():
        yield from _entity_triggers(found)
        if found.lines:
            yield from _line_triggers(found, found.lines)
        if found.searchable:
            yield (
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {found.search_table} USING fts5"
                "(words, prefix='2 3', tokenize='unicode61 remove_diacritics 0')"
            )
    yield from _frozen_invoice_triggers()
    yield from _waiting_invoice_triggers()
    yield _stock_level_trigger()
    yield _payment_knowledge_trigger()


def _columns(fields: tuple[Field, ...]) -> str:
    """For ``UPDATE OF``: a statement that sets derived values only does not even compile the trigger."""
    return ", ".join(field.name for field in fields)


def _differs(fields: tuple[Field, ...]) -> str:
    return " OR ".join(f"OLD.{field.name} IS NOT NEW.{field.name}" for field in fields)


def _image(side: str, fields: tuple[Field, ...], only_changed: bool = True) -> str:
    """SQL for a JSON object of raw values."""
    condition = " WHERE OLD.{0} IS NOT NEW.{0}" if only_changed else ""
    parts = " UNION ALL ".join(
        f"SELECT '{f.name}' AS k, {side}.{f.name} AS v" + condition.format(f.name) for f in fields
    )
    return f"(SELECT json_group_object(k, v) FROM ({parts}))"


def _log(kind: str, record: str, table: str, row: str, op: str, before: str = "NULL", after: str = "NULL") -> str:
    return (
        "INSERT INTO change_log (stamp, kind, record_id, row_table, row_id, op, before, after, origin) "
        f"SELECT stamp, '{kind}', {record}, '{table}', {row}, '{op}', {before}, {after}, origin FROM capture;"
    )


def _queue(kind: str, record: str) -> str:
    return (
        f"INSERT OR IGNORE INTO outbox (stamp, kind, record_id) SELECT stamp, '{kind}', {record} FROM capture "
        "WHERE origin NOT IN ('remote', 'upgrade');"
    )


def _entity_triggers(found: EntityType) -> Iterator[str]:
    table, kind = found.table.name, found.kind
    all_groups = ", ".join(f"'{group}', {STAMP}" for group in found.groups)
    yield f"""CREATE TRIGGER {table}_inserted AFTER INSERT ON {table} BEGIN {TICK}
        {_log(kind, "NEW.id", table, "NEW.id", "insert")}
        INSERT INTO record_state (kind, record_id, clock, base, schema)
            SELECT '{kind}', NEW.id, json_object({all_groups}), '{{}}', {catalog.SCHEMA} WHERE {IS_OURS}
            ON CONFLICT (kind, record_id) DO UPDATE SET clock = json_patch(clock, excluded.clock);
        {_queue(kind, "NEW.id")} END"""
    changed = " UNION ALL ".join(
        f"SELECT '{group}' AS g WHERE {_differs(fields)}" for group, fields in found.groups.items()
    )
    yield f"""CREATE TRIGGER {table}_updated AFTER UPDATE OF {_columns(found.synchronised)} ON {table}
        WHEN {_differs(found.synchronised)} BEGIN {TICK}
        {_log(kind, "NEW.id", table, "NEW.id", "update", _image("OLD", found.synchronised), _image("NEW", found.synchronised))}
        UPDATE record_state SET clock = json_patch(clock, (SELECT json_group_object(g, {STAMP}) FROM ({changed})))
            WHERE kind = '{kind}' AND record_id = NEW.id AND {IS_OURS};
        {_queue(kind, "NEW.id")} END"""
    yield f"""CREATE TRIGGER {table}_kept BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'record_kept: mark deleted_at instead'); END"""
    yield f"""CREATE TRIGGER {table}_identity BEFORE UPDATE OF id ON {table} WHEN OLD.id IS NOT NEW.id
        BEGIN SELECT RAISE(ABORT, 'record_kept: an id never changes'); END"""
    yield _replaced_trigger(table)
    if found.model.is_append_only:
        yield f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OF {_columns(found.synchronised)} ON {table}
            WHEN ({_differs(found.synchronised)}) AND {IS_BOUND}
            BEGIN SELECT RAISE(ABORT, 'record_append_only'); END"""


def _replaced_trigger(table: str) -> str:
    """INSERT OR REPLACE would take the old row away without any delete trigger: past the freeze and the audit."""
    return f"""CREATE TRIGGER {table}_replaced BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT, 'record_kept: it exists'); END"""


def _line_triggers(parent: EntityType, lines: LineType) -> Iterator[str]:
    table, kind, key = lines.table.name, parent.kind, lines.parent_field
    for op, side in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD")):
        record, row = f"{side}.{key}", f"{side}.id"
        event, when, before, after = op.upper(), "", "NULL", "NULL"
        if op == "update":
            event, when = f"UPDATE OF {_columns(lines.synchronised)}", f"WHEN {_differs(lines.synchronised)}"
            before, after = _image("OLD", lines.synchronised), _image("NEW", lines.synchronised)
        elif op == "delete":
            before = _image("OLD", lines.synchronised, only_changed=False)
        yield f"""CREATE TRIGGER {table}_{op}d AFTER {event} ON {table} {when} BEGIN {TICK}
            {_log(kind, record, table, row, op, before, after)}
            UPDATE record_state SET clock = json_set(clock, '$."{catalog.LINE_PREFIX}' || {row} || '"', {STAMP})
                WHERE kind = '{kind}' AND record_id = {record} AND {IS_OURS};
            {_queue(kind, record)} END"""
    yield f"""CREATE TRIGGER {table}_identity BEFORE UPDATE OF id, {key} ON {table}
        WHEN OLD.id IS NOT NEW.id OR OLD.{key} IS NOT NEW.{key}
        BEGIN SELECT RAISE(ABORT, 'record_kept: a line stays in its document'); END"""
    yield _replaced_trigger(table)


def _frozen_invoice_triggers() -> Iterator[str]:
    invoice = catalog.entity(Invoice.kind)
    assert invoice.lines is not None
    frozen = tuple(field for field in invoice.synchronised if field.spec.is_frozen)
    yield f"""CREATE TRIGGER invoice_frozen BEFORE UPDATE OF {_columns(frozen)} ON invoice
        WHEN OLD.number IS NOT NULL AND ({_differs(frozen)}) AND {IS_BOUND}
        BEGIN SELECT RAISE(ABORT, 'invoice_frozen'); END"""
    for op, side in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        changed = ""
        if op == "UPDATE":
            changed = f"AND ({_differs(invoice.lines.synchronised)})"
        elif op == "INSERT":
            changed = f"AND NOT {_IS_ARRIVING}"
        event = f"UPDATE OF {_columns(invoice.lines.synchronised)}" if op == "UPDATE" else op
        yield f"""CREATE TRIGGER invoice_line_frozen_{op.lower()} BEFORE {event} ON invoice_line
            WHEN EXISTS (SELECT 1 FROM invoice WHERE id = {side}.invoice_id AND number IS NOT NULL)
            AND {IS_BOUND} {changed}
            BEGIN SELECT RAISE(ABORT, 'invoice_frozen'); END"""


def _waiting_invoice_triggers() -> Iterator[str]:
    """What waits for its number stays as it was asked for, until it is numbered or the request is withdrawn.

    Only for changes made here: what other computers changed arrives, and then the number is refused (decision 0011).
    """
    invoice = catalog.entity(Invoice.kind)
    assert invoice.lines is not None
    request = invoice.groups["request"]
    locked = tuple(field for field in invoice.synchronised if field.spec.is_frozen and field not in request)
    yield f"""CREATE TRIGGER invoice_waiting BEFORE UPDATE OF {_columns(locked)} ON invoice
        WHEN OLD.requested_at IS NOT NULL AND NEW.requested_at IS NOT NULL AND OLD.number IS NULL
        AND {ORIGIN} = 'local' AND ({_differs(locked)})
        BEGIN SELECT RAISE(ABORT, 'invoice_waiting'); END"""
    for op, side in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        changed = f"AND ({_differs(invoice.lines.synchronised)})" if op == "UPDATE" else ""
        event = f"UPDATE OF {_columns(invoice.lines.synchronised)}" if op == "UPDATE" else op
        yield f"""CREATE TRIGGER invoice_line_waiting_{op.lower()} BEFORE {event} ON invoice_line
            WHEN EXISTS (SELECT 1 FROM invoice WHERE id = {side}.invoice_id AND number IS NULL AND requested_at IS NOT NULL)
            AND {ORIGIN} = 'local' {changed}
            BEGIN SELECT RAISE(ABORT, 'invoice_waiting'); END"""


def _stock_level_trigger() -> str:
    return """CREATE TRIGGER stock_level_kept AFTER INSERT ON stock_movement BEGIN
        INSERT INTO stock_level (product_id, warehouse_id, quantity) VALUES (NEW.product_id, NEW.warehouse_id, NEW.quantity)
        ON CONFLICT (product_id, warehouse_id) DO UPDATE SET quantity = quantity + excluded.quantity; END"""


def _payment_knowledge_trigger() -> str:
    """A payment carries which payments of other computers were known here when it was recorded: ``@<computer>`` and the
    stamp of its latest. So every computer can tell a double payment from one that was made knowingly."""
    known = """SELECT p.recorded_by AS device, MAX(json_extract(s.clock, '$.payment')) AS latest FROM payment p
        JOIN record_state s ON s.kind = 'payment' AND s.record_id = p.id
        WHERE p.invoice_id = NEW.invoice_id AND p.recorded_by NOT IN ('', NEW.recorded_by) GROUP BY p.recorded_by"""
    return f"""CREATE TRIGGER payment_knows AFTER INSERT ON payment WHEN {IS_OURS} AND EXISTS ({known}) BEGIN
        INSERT INTO record_state (kind, record_id, clock, base, schema)
            SELECT 'payment', NEW.id, json_group_object('@' || device, latest), '{{}}', {catalog.SCHEMA} FROM ({known})
            WHERE true ON CONFLICT (kind, record_id) DO UPDATE SET clock = json_patch(clock, excluded.clock); END"""
