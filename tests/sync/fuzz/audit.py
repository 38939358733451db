"""What must hold in a company file at every moment, whoever died while writing it: read with plain SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from facturepro.db import catalog
from facturepro.domain.numbering import is_central

FROZEN = (
    "number, series, counter, issued_at, issued_by, snapshot, hash, previous_hash, chain_position, client_id, "
    "issued_on, due_on, delivered_on, client_reference, notes, layout, logo_id"
)
_LINE = "id, position, product_id, description, quantity, unit, unit_price, vat_rate, discount"


def issued(connection: sqlite3.Connection) -> dict[str, tuple[Any, ...]]:
    """Number -> everything that the paper says. A number that two documents bear is an AssertionError."""
    lines: dict[str, list[Any]] = {}
    for owner, *values in connection.execute(
        f"SELECT invoice_id, {_LINE} FROM invoice_line WHERE invoice_id IN "
        "(SELECT id FROM invoice WHERE number IS NOT NULL) ORDER BY id"
    ):
        lines.setdefault(owner, []).append(tuple(values[1:]))  # the ids of lines move with a document issued twice
    found: dict[str, tuple[Any, ...]] = {}
    for owner, *values in connection.execute(f"SELECT id, {FROZEN} FROM invoice WHERE number IS NOT NULL"):
        assert values[0] not in found, f"{values[0]} stands on two documents"
        found[values[0]] = (*values, *sorted(lines.get(owner, ()), key=repr))
    return found


def check_series(connection: sqlite3.Connection, only_of: str | None = None) -> None:
    """Each series runs 1, 2, 3 ... without a gap, and its dates never go back.

    ``only_of``: the own series of one computer, which knows all of it whatever it has received.
    """
    series: dict[str, list[tuple[int, str, str]]] = {}
    for key, counter, day, number, issuer in connection.execute(
        "SELECT series, counter, issued_on, number, issued_by FROM invoice WHERE number IS NOT NULL"
    ):
        if only_of is None or (issuer == only_of and not is_central(key)):
            series.setdefault(key, []).append((counter, day, number))
    for key, documents in series.items():
        documents.sort()
        assert [counter for counter, _day, _number in documents] == list(range(1, len(documents) + 1)), (key, documents)
        days = [day for _counter, day, _number in documents]
        assert days == sorted(days), f"the dates of {key} go back: {documents}"


def check_queue(connection: sqlite3.Connection) -> None:
    """A change is in the database exactly when it is queued or acknowledged."""
    queued = set(connection.execute("SELECT DISTINCT kind, record_id FROM outbox"))
    dirty = set()
    for kind, record_id, clock, base, version in connection.execute(
        "SELECT kind, record_id, clock, base, version FROM record_state WHERE version IS NULL OR clock <> base"
    ):
        known, sent = json.loads(clock), json.loads(base)
        is_unsent = any(sent.get(group) != stamp for group, stamp in known.items())
        if is_unsent or (version is None and not _is_deleted(connection, kind, record_id)):
            dirty.add((kind, record_id))
    assert dirty == queued, f"not queued: {dirty - queued}; queued without a change: {queued - dirty}"


def _is_deleted(connection: sqlite3.Connection, kind: str, record_id: str) -> bool:
    """Deleted here and purged in the cloud: nothing is left to send."""
    table = catalog.entity(kind).table.name
    return connection.execute(f"SELECT deleted_at FROM {table} WHERE id = ?", (record_id,)).fetchone() not in (
        None,
        (None,),
    )


def check_trail(connection: sqlite3.Connection) -> None:
    """No transaction is there by half: each entry of the trail has its header, derived values are up to date."""
    orphans = connection.execute(
        "SELECT COUNT(*) FROM change_log WHERE stamp NOT IN (SELECT stamp FROM change_transaction)"
    ).fetchone()[0]
    assert orphans == 0, f"{orphans} changes without their transaction"
    behind = connection.execute(
        "SELECT (SELECT COALESCE(MAX(seq), 0) FROM change_log) - (SELECT value FROM local_state WHERE key = 'processed_seq')"
    ).fetchone()[0]
    assert behind == 0, "derived values are behind"


def check_stock(connection: sqlite3.Connection) -> None:
    sums = set(
        connection.execute(
            "SELECT product_id, warehouse_id, SUM(quantity) FROM stock_movement GROUP BY 1, 2"
        ).fetchall()
    )
    levels = set(connection.execute("SELECT product_id, warehouse_id, quantity FROM stock_level").fetchall())
    assert sums == levels


def check_sales(connection: sqlite3.Connection) -> None:
    """Every issued document moved the stock of its goods exactly once."""
    wanted = connection.execute(
        "SELECT i.number, l.product_id, -SUM(l.quantity) FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id "
        "WHERE i.number IS NOT NULL AND l.product_id IS NOT NULL GROUP BY 1, 2"
    ).fetchall()
    moved = connection.execute(
        "SELECT document_number, product_id, SUM(quantity) FROM stock_movement WHERE reason = 'sale' GROUP BY 1, 2"
    ).fetchall()
    assert set(wanted) == set(moved)


def unsent_values(connection: sqlite3.Connection) -> dict[tuple[str, str, str], list[Any]]:
    """(record, row, field) of what was changed here and not sent -> what was put there."""
    rows = connection.execute(
        "SELECT l.record_id, l.row_id, l.after FROM change_log l JOIN outbox o "
        "ON o.stamp = l.stamp AND o.kind = l.kind AND o.record_id = l.record_id WHERE l.origin = 'local' AND l.op <> 'delete'"
    ).fetchall()
    found: dict[tuple[str, str, str], list[Any]] = {}
    for record_id, row_id, after in rows:
        for name, value in json.loads(after or "{}").items():
            found.setdefault((record_id, row_id, name), []).append(value)
    return found


def check_issued_once(connection: sqlite3.Connection) -> None:
    """One document, one number: only two computers that did not know of each other can have issued the same one."""
    issuers = dict(connection.execute("SELECT number, issued_by FROM invoice WHERE number IS NOT NULL"))
    rows = connection.execute("SELECT kept, lost FROM conflict WHERE merge_group = 'issue'").fetchall()
    for kept, lost in (map(json.loads, row) for row in rows):
        if kept and lost and kept.get("number") and lost.get("number"):
            assert issuers.get(kept["number"]) != issuers.get(lost["number"]), f"issued twice by one: {kept} {lost}"


def waiting(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """(id, who has to take its number) of the documents that wait for one."""
    return connection.execute(
        "SELECT id, requested_by FROM invoice WHERE requested_at IS NOT NULL AND number IS NULL AND deleted_at IS NULL"
    ).fetchall()


def needed_for_good(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """What can never be deleted: issued documents, and what they and the movements of stock name."""
    rows = connection.execute(
        "SELECT 'invoice', id FROM invoice WHERE number IS NOT NULL "
        "UNION SELECT 'client', client_id FROM invoice WHERE number IS NOT NULL "
        "UNION SELECT 'product', product_id FROM stock_movement "
        "UNION SELECT 'product', l.product_id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
        "WHERE i.number IS NOT NULL"
    )
    return {(str(kind), str(record_id)) for kind, record_id in rows}


def check_intact(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert connection.execute("PRAGMA foreign_key_check").fetchone() is None


def last_stamp(connection: sqlite3.Connection) -> str:
    ms, counter = connection.execute("SELECT clock_ms, clock_counter FROM capture_context").fetchone()
    return f"{ms:012x}-{counter:04x}"


def versions(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """(kind, id) -> the newest version of the cloud that this file has applied or keeps for later."""
    found: dict[tuple[str, str], str] = {}
    for kind, record_id, version in connection.execute(
        "SELECT kind, record_id, version FROM record_state UNION ALL SELECT kind, record_id, version FROM pending_remote"
    ):
        key = (kind, record_id)
        found[key] = max(found.get(key, ""), version or "")
    return found


def cursor(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM local_state WHERE key = 'cursor'").fetchone()
    return json.loads(row[0]) or "" if row else ""


def unexpected_pending(connection: sqlite3.Connection, known_kinds: Iterable[str]) -> list[tuple[str, str, str]]:
    """What is kept for later although this version knows its kind."""
    rows = connection.execute("SELECT kind, record_id, reason FROM pending_remote").fetchall()
    return [row for row in rows if row[0] in set(known_kinds)]


def same_or_new(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Issued documents whose content is another one now."""
    return [number for number, content in after.items() if before.get(number, content) != content]
