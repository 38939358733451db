"""Sums for the dashboard. Each is one pass over a covering index, summed by SQLite as integers."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Integer, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from facturepro.db.derive import UNISSUED
from facturepro.db.models import Client, Invoice, Product, StockMovement
from facturepro.db.models.stock import StockLevel
from facturepro.db.queries.invoices import OPEN

ISSUED = (*OPEN, "paid")
_BATCH = 200

Entry = tuple[int, int | None, int]
"""(quantity in thousandths, unit cost in ten-thousandths or None, level before it in thousandths)."""


def net_by_day(session: Session, start: date, end: date) -> list[tuple[date, Decimal]]:
    """(day of issue, turnover net of tax), days without any left out; over ix_invoice_turnover."""
    statement = (
        select(Invoice.issued_on, func.sum(Invoice.total_net))
        .where(Invoice.issued_on.between(start, end), Invoice.status.in_(ISSUED))
        .group_by(Invoice.issued_on)
    )
    return [(row[0], row[1]) for row in session.execute(statement) if row[0] is not None]


def due_by_day(session: Session) -> list[tuple[date | None, int, Decimal]]:
    """(due date, how many, amount due) of everything that is still owed; over ix_invoice_due."""
    statement = (
        select(Invoice.due_on, func.count(), func.sum(Invoice.amount_due))
        .where(Invoice.status.in_(OPEN))
        .group_by(Invoice.due_on)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def best_clients(session: Session, start: date, end: date, limit: int) -> list[tuple[str, str, Decimal]]:
    """(id, name, turnover net of tax), the best first: one seek in ix_invoice_client per client."""
    net = (
        select(func.sum(Invoice.total_net))
        .where(
            Invoice.client_id == Client.id,
            Invoice.sort_on.between(start.isoformat(), end.isoformat()),
            Invoice.status.in_(ISSUED),
        )
        .correlate(Client)
        .scalar_subquery()
        .label("net")
    )
    statement = select(Client.id, Client.display_name, net).order_by(net.desc(), Client.id).limit(limit)
    return [(row[0], row[1], row[2]) for row in session.execute(statement) if row[2]]


def drafts(session: Session) -> tuple[int, Decimal]:
    """(count, total with tax) of what is not issued yet."""
    row = session.execute(
        select(func.count(), func.sum(Invoice.total_gross)).where(
            Invoice.status.in_(UNISSUED), Invoice.deleted_at.is_(None)
        )
    ).one()
    return row[0], row[1] or Decimal(0)


def has_client(session: Session) -> bool:
    return bool(session.execute(select(exists().where(Client.deleted_at.is_(None)))).scalar_one())


def has_issued(session: Session) -> bool:
    return bool(session.execute(select(exists().where(Invoice.status.in_(ISSUED)))).scalar_one())


def goods(session: Session) -> list[tuple[str, Decimal]]:
    """(id, cost) of every good that is kept in stock."""
    statement = select(Product.id, Product.cost).where(
        Product.type == "goods", Product.deleted_at.is_(None), Product.is_archived.is_(False)
    )
    return [(row[0], row[1]) for row in session.execute(statement.order_by(Product.id))]


def on_hand(session: Session) -> dict[str, int]:
    """product id -> what is in all warehouses together, in thousandths."""
    statement = select(StockLevel.product_id, func.sum(StockLevel.quantity)).group_by(StockLevel.product_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def entries_of(session: Session, product_ids: Sequence[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Every entry of these products, oldest first, with what was there before it.

    SQLite adds up what lies between two entries, outside of Python's lock: of a million movements most are exits. Values
    stay the integers that they are.
    """
    table: Any = StockMovement.__table__
    quantity, cost = type_coerce(table.c.quantity, Integer), type_coerce(table.c.unit_cost, Integer)
    order = (table.c.moved_on, table.c.id)
    level = func.sum(quantity).over(partition_by=table.c.product_id, order_by=order, rows=(None, 0))
    for start in range(0, len(product_ids), _BATCH):
        wanted = table.c.product_id.in_(list(product_ids[start : start + _BATCH]))
        inner = select(
            table.c.product_id, quantity.label("moved"), cost.label("cost"), level.label("level"), *order
        ).where(wanted)
        rows = inner.subquery()
        statement = (
            select(rows.c.product_id, rows.c.moved, rows.c.cost, rows.c.level - rows.c.moved)
            .where(rows.c.moved > 0)
            .order_by(rows.c.product_id, rows.c.moved_on, rows.c.id)
        )
        for product_id, group in groupby(session.execute(statement), key=itemgetter(0)):
            yield product_id, [(row[1], row[2], row[3]) for row in group]
