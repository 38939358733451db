"""Keyset pages over any entity: constant time at any depth, no OFFSET."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from facturepro.db import catalog, search
from facturepro.db.catalog import EntityType
from facturepro.db.sorting import SORT_TITLE

Cursor = tuple[Any, str]

SORTED_MATCHES = 2000
"""Up to so many matches of a text are sorted; more are picked while walking through the order of the list."""


@dataclass(frozen=True)
class ListQuery:
    """What a list shows.

    ``sort`` is a column name; ``where`` are extra conditions made by the query modules; ``is_deleted`` asks for the bin.
    """

    kind: str
    text: str = ""
    sort: str = ""
    is_descending: bool = False
    where: tuple[ColumnElement[bool], ...] = ()
    is_deleted: bool = False
    with_archived: bool = False
    extra: tuple[Any, ...] = field(default=())


def page(
    session: Session, query: ListQuery, after: Cursor | None, limit: int
) -> tuple[list[dict[str, Any]], Cursor | None]:
    """Rows as dicts of typed values, and where to go on (None at the end)."""
    found = catalog.entity(query.kind)
    sort = sort_expression(found, query.sort)
    identity = found.table.c.id
    statement = _restricted(select(*found.table.columns, sort.label("sort_key_"), *query.extra), found, query)
    if query.text.strip() and found.searchable:
        is_common = search.count(session, found, query.text) > SORTED_MATCHES
        statement = search.matching(statement, found, query.text, keeps_order=is_common)
    if after is not None:
        value, last_id = after
        # As a range and a rest: "a < x OR (a = x AND id < y)" would start at the top of the index on every page.
        if query.is_descending:
            statement = statement.where(sort <= value, or_(sort < value, identity < last_id))
        else:
            statement = statement.where(sort >= value, or_(sort > value, identity > last_id))
    order = (sort.desc(), identity.desc()) if query.is_descending else (sort, identity)
    rows = [dict(row._mapping) for row in session.execute(statement.order_by(*order).limit(limit + 1))]
    cursor = (rows[limit - 1]["sort_key_"], rows[limit - 1]["id"]) if len(rows) > limit else None
    return rows[:limit], cursor


def rows_by_id(session: Session, kind: str, ids: Sequence[str], extra: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    """Rows in the order of ``ids``; unknown ids are left out."""
    found = catalog.entity(kind)
    statement = select(*found.table.columns, *extra).where(found.table.c.id.in_(list(ids)))
    by_id = {row.id: dict(row._mapping) for row in session.execute(statement)}
    return [by_id[record_id] for record_id in ids if record_id in by_id]


def count(session: Session, query: ListQuery) -> int:
    found = catalog.entity(query.kind)
    statement = _restricted(select(func.count()).select_from(found.table), found, query)
    if query.text.strip() and found.searchable:
        statement = search.matching(statement, found, query.text)
    return int(session.execute(statement).scalar_one())


def sort_expression(found: EntityType, name: str) -> Any:
    """Sortable, never NULL, in the form that the indexes have."""
    columns = found.table.columns
    if (
        SORT_TITLE in columns
        and name in ("", "name", "display_name", "client_name")
        and (name or found.kind != "invoice")
    ):
        return columns[SORT_TITLE]
    column: Any = columns[name or found.title_column.name]
    is_nullable = column.nullable
    if isinstance(column.type, Boolean):
        column = type_coerce(column, Integer)  # SQLAlchemy compares no booleans
    # A literal, not a bound value: else SQLite does not see that it is the indexed expression.
    return func.coalesce(type_coerce(column, Text), literal_column("''")) if is_nullable else column


def _restricted(statement: Select[Any], found: EntityType, query: ListQuery) -> Select[Any]:
    columns = found.table.columns
    deleted = columns.deleted_at
    statement = statement.where(deleted.is_not(None) if query.is_deleted else deleted.is_(None))
    if "is_archived" in columns and not query.with_archived and not query.is_deleted:
        statement = statement.where(columns.is_archived.is_(False))
    return statement.where(*query.where)
