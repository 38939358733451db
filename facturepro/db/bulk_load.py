"""Loading very many rows at once: for measurements and example shops, never for a person's own changes.

Triggers and indexes are taken away, rows go in by ``executemany``, and everything that the triggers would have kept
(versions of records, stock levels, search) is made afterwards in bulk. Nothing is queued to be sent and nothing enters
the audit trail, as though the rows had come with the file.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from facturepro.db import capture, catalog, search
from facturepro.db.failures import told_apart
from facturepro.domain.clock import Stamp

BATCH = 20_000
_FAST = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-524288", "PRAGMA temp_store=MEMORY")


class BulkLoad:
    """Rows by table name. Use as a context manager on a company file that nobody has open; a failure leaves a file
    that is only good to be deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._indexes: list[str] = []

    def __enter__(self) -> "BulkLoad":
        with told_apart(str(self._path)):
            for pragma in _FAST:
                self._connection.execute(pragma)
            self._connection.execute("BEGIN EXCLUSIVE")
            self._take_away()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if kind is None:
            with told_apart(str(self._path)):
                self._keep_versions()
                self._sum_stock()
                for statement in self._indexes:
                    self._connection.execute(statement)
                self._connection.execute("COMMIT")
        self._connection.close()
        if kind is None:
            finish(self._path)

    def _take_away(self) -> None:
        rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in rows:
            self._connection.execute(f'DROP TRIGGER "{name}"')
        rows = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, statement in rows:
            self._indexes.append(statement)
            self._connection.execute(f'DROP INDEX "{name}"')

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Stored values (integers, ISO texts) in the order of ``columns``."""
        marks = ", ".join("?" for _column in columns)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        with told_apart(str(self._path)):
            self._connection.executemany(statement, rows)

    def device(self) -> str:
        return str(self._connection.execute("SELECT device FROM capture_context").fetchone()[0])

    def _keep_versions(self) -> None:
        """Every new record stands as the cloud would have acknowledged it: ``base`` equals ``clock``."""
        stamp = str(Stamp(1, 0, self.device()))
        for entity in catalog.entities():
            groups = dict.fromkeys(entity.groups, stamp)
            known = "SELECT record_id FROM record_state WHERE kind = ?"
            missing = f"SELECT id FROM {entity.table.name} WHERE id NOT IN ({known}) ORDER BY id"
            ids = [row[0] for row in self._connection.execute(missing, (entity.kind,))]
            rows = self._versions(entity, ids, groups, stamp)
            self._connection.executemany(
                "INSERT INTO record_state (kind, record_id, clock, base, schema) VALUES (?, ?, ?, ?, ?)", rows
            )

    def _versions(
        self, entity: catalog.EntityType, ids: list[str], groups: dict[str, str], stamp: str
    ) -> Iterator[tuple[Any, ...]]:
        plain = json.dumps(groups, separators=(",", ":"), sort_keys=True)
        lines: dict[str, list[str]] = {}
        if entity.lines:
            parent, table = entity.lines.parent_field, entity.lines.table.name
            for line_id, record_id in self._connection.execute(f"SELECT id, {parent} FROM {table}"):
                lines.setdefault(record_id, []).append(line_id)
        for record_id in ids:
            own = lines.get(record_id)
            clock = plain
            if own:
                extra = ",".join(f'"{catalog.line_group(line_id)}":"{stamp}"' for line_id in own)
                clock = f"{plain[:-1]},{extra}}}"
            yield (entity.kind, record_id, clock, clock, catalog.SCHEMA)

    def _sum_stock(self) -> None:
        self._connection.execute("DELETE FROM stock_level")
        self._connection.execute(
            "INSERT INTO stock_level (product_id, warehouse_id, quantity) "
            "SELECT product_id, warehouse_id, SUM(quantity) FROM stock_movement GROUP BY product_id, warehouse_id"
        )


def finish(path: Path) -> None:
    """Triggers from the declarations, search index, statistics of the planner."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with Session(engine) as session:
            search.rebuild(session)
            session.commit()
        with engine.connect() as connection, connection.begin():
            capture.install(connection)
    finally:
        engine.dispose()
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("ANALYZE")
        file.execute("PRAGMA journal_mode=WAL")
