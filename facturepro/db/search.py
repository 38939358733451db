"""Full-text index per kind. One folding for what is indexed and what is asked, newest first."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.catalog import EntityType
from facturepro.db.derive import batches
from facturepro.db.replication_records import insert_many, raw, raw_many

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "’": " ", "'": " "})
_WORDS = re.compile(r"[^\W_]+", re.UNICODE)


def fold(value: str) -> str:
    """Lower case without accents: ``Écoles d’Œuvre`` -> ``ecoles d oeuvre``."""
    if value.isascii():
        return value.lower().replace("'", " ")
    lowered = value.lower().translate(_LETTERS)
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def words_of(values: Iterable[Any]) -> str:
    """Text to index. Figures written with separators (phone, number) are found whole as well."""
    found: list[str] = []
    for value in values:
        if not value:
            continue
        words = _WORDS.findall(fold(str(value)))
        found += words
        if len(words) > 1:
            compact = "".join(words)
            if len(compact) <= 40 and not compact.isalpha():  # letters and figures are all that words hold
                found.append(compact)
    return " ".join(found)


def match_expression(query: str) -> str:
    """FTS5 expression: every word as a prefix. Empty when nothing is asked. Only letters and digits get in."""
    return " AND ".join(f'"{word}"*' for word in _WORDS.findall(fold(query)))


def index(session: Session, touched: dict[str, set[str]]) -> None:
    for kind, ids in touched.items():
        found = catalog.entity(kind)
        if found.searchable:
            for batch in batches(ids):
                _index_batch(session, found, batch)


def _index_batch(session: Session, found: EntityType, ids: Sequence[str]) -> None:
    columns = ", ".join(field.name for field in found.searchable)
    statement = (
        f"SELECT seq, deleted_at, {columns} FROM {found.table.name} WHERE id IN (SELECT value FROM json_each(?))"
    )
    rows = raw(session, statement, json.dumps(ids)).all()
    name = found.search_table  # from the declarations, never from outside
    raw_many(session, f"DELETE FROM {name} WHERE rowid = ?", [(row[0],) for row in rows])
    entries = [(row[0], words_of(row[2:])) for row in rows if row[1] is None]
    insert_many(session, f"INSERT INTO {name} (rowid, words)", entries)


def rebuild(session: Session, kinds: Collection[str] | None = None) -> None:
    """Index these kinds again, or everything, for example after a bulk load."""
    for found in catalog.entities():
        if found.searchable and (kinds is None or found.kind in kinds):
            session.execute(text(f"DELETE FROM {found.search_table}"))
            _index_all(session, found)


def _index_all(session: Session, found: EntityType) -> None:
    table = found.table
    statement = select(table.c.seq, *(field.column for field in found.searchable)).where(table.c.deleted_at.is_(None))
    insert = text(f"INSERT INTO {found.search_table} (rowid, words) VALUES (:seq, :words)")
    batch: list[dict[str, Any]] = []
    for row in session.execute(statement.order_by(table.c.seq)).all():
        batch.append({"seq": row[0], "words": words_of(row[1:])})
        if len(batch) == 5000:
            session.execute(insert, batch)
            batch = []
    if batch:
        session.execute(insert, batch)


def count(session: Session, found: EntityType, query: str) -> int:
    """How many entries match, without a look at the records: some milliseconds for any answer."""
    statement = text(f"SELECT COUNT(*) FROM (SELECT rowid FROM {found.search_table} WHERE words MATCH :words)")
    expression = match_expression(query)
    return int(session.execute(statement, {"words": expression}).scalar_one()) if expression else 0


def matching(statement: Select[Any], found: EntityType, query: str, keeps_order: bool = False) -> Select[Any]:
    """Restrict a select over the entity's table to what matches. A query without a word matches nothing.

    ``keeps_order``: walk through the order of the select and pick what matches, instead of fetching all that matches
    and sorting it; better for the first rows of very many.
    """
    seq = f"{'+' if keeps_order else ''}{found.table.name}.seq"  # the sign keeps the planner from starting there
    condition = text(f"{seq} IN (SELECT rowid FROM {found.search_table} WHERE words MATCH :words)")
    expression = match_expression(query)
    return statement.where(condition.bindparams(words=expression)) if expression else statement.where(text("0"))
