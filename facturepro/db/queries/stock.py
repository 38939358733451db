"""Stock levels from the kept sums, movements from the append-only rows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal_column, select, text
from sqlalchemy.orm import Session

from facturepro.db import search
from facturepro.db.catalog import entity
from facturepro.db.models import Product, StockMovement, Warehouse
from facturepro.db.models.stock import StockLevel
from facturepro.domain.money import QUANTITY_DECIMALS, from_scaled


def quantity(scaled: int | None) -> Decimal:
    return from_scaled(int(scaled or 0), QUANTITY_DECIMALS)


def levels(session: Session, product_ids: Sequence[str] | None = None) -> dict[str, dict[str, Decimal]]:
    """product id -> warehouse id -> quantity."""
    statement = select(StockLevel.product_id, StockLevel.warehouse_id, StockLevel.quantity)
    if product_ids is not None:
        statement = statement.where(StockLevel.product_id.in_(list(product_ids)))
    found: dict[str, dict[str, Decimal]] = {}
    for product_id, warehouse_id, scaled in session.execute(statement):
        found.setdefault(product_id, {})[warehouse_id] = quantity(scaled)
    return found


def level_rows(session: Session) -> list[dict[str, Any]]:
    """Every kept sum with names, for the command line: product, sku, warehouse, quantity."""
    statement = (
        select(Product.id, Product.name, Product.sku, Warehouse.name, StockLevel.quantity)
        .join(Product, Product.id == StockLevel.product_id)
        .join(Warehouse, Warehouse.id == StockLevel.warehouse_id)
        .order_by(Product.sort_title, Product.id, Warehouse.sort_title, Warehouse.id)
    )
    return [
        {"product_id": row[0], "product": row[1], "sku": row[2], "warehouse": row[3], "quantity": quantity(row[4])}
        for row in session.execute(statement)
    ]


TOTAL = "(SELECT COALESCE(SUM(quantity), 0) FROM stock_level WHERE stock_level.product_id = product.id)"
_STATES = {
    "low": f"{TOTAL} < product.min_stock",
    "negative": f"{TOTAL} < 0",
    "unmoved": "NOT EXISTS (SELECT 1 FROM stock_level WHERE stock_level.product_id = product.id)",
}


def _goods(statement: Select[Any], state: str, query: str) -> Select[Any]:
    statement = statement.where(Product.type == "goods", Product.deleted_at.is_(None), Product.is_archived.is_(False))
    if state:
        statement = statement.where(text(_STATES[state]))
    return search.matching(statement, entity("product"), query) if query.strip() else statement


def stock_page(
    session: Session, state: str, query: str, after: tuple[str, str] | None, limit: int
) -> tuple[list[dict[str, Any]], tuple[str, str] | None]:
    """Goods by name with their total. ``state``: "", low, negative or unmoved."""
    table = Product.__table__
    statement = _goods(select(*table.columns, literal_column(TOTAL).label("total")), state, query)
    if after is not None:
        statement = statement.where(
            (table.c.sort_title > after[0]) | ((table.c.sort_title == after[0]) & (table.c.id > after[1]))
        )
    rows = [
        dict(row._mapping)
        for row in session.execute(statement.order_by(table.c.sort_title, table.c.id).limit(limit + 1))
    ]
    for row in rows:
        row["total"] = quantity(row["total"])
    cursor = (rows[limit - 1]["sort_title"], rows[limit - 1]["id"]) if len(rows) > limit else None
    return rows[:limit], cursor


def state_counts(session: Session) -> dict[str, int]:
    """all, low, negative, unmoved."""
    return {
        state or "all": int(session.execute(_goods(select(func.count()).select_from(Product), state, "")).scalar_one())
        for state in ("", "low", "negative", "unmoved")
    }


def low_stock(session: Session, limit: int) -> list[dict[str, Any]]:
    """Goods under their minimum, the most lacking first: id, name, sku, total, min_stock."""
    wanted: Any = select(Product.id, Product.name, Product.sku, Product.min_stock, literal_column(TOTAL).label("total"))
    statement = _goods(wanted, "low", "")
    rows = session.execute(statement.order_by(text(f"{TOTAL} - product.min_stock")).limit(limit))
    return [dict(row._mapping) | {"total": quantity(row.total)} for row in rows]


def movements(
    session: Session,
    product_id: str = "",
    warehouse_id: str = "",
    before: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Newest first, with product and warehouse names."""
    statement = select(
        *StockMovement.__table__.columns,
        Product.name.label("product_name"),
        Product.sku.label("sku"),
        Warehouse.name.label("warehouse_name"),
    ).select_from(StockMovement)
    statement = statement.join(Product, Product.id == StockMovement.product_id)
    statement = statement.join(Warehouse, Warehouse.id == StockMovement.warehouse_id)
    if product_id:
        statement = statement.where(StockMovement.product_id == product_id)
    if warehouse_id:
        statement = statement.where(StockMovement.warehouse_id == warehouse_id)
    if before is not None:
        moved_on, last_id = date.fromisoformat(before[0]), before[1]
        statement = statement.where(
            (StockMovement.moved_on < moved_on) | ((StockMovement.moved_on == moved_on) & (StockMovement.id < last_id))
        )
    statement = statement.order_by(StockMovement.moved_on.desc(), StockMovement.id.desc()).limit(limit)
    return [dict(row._mapping) for row in session.execute(statement)]


def movement_history(session: Session, product_id: str) -> list[tuple[date, Decimal]]:
    """(day, quantity) oldest first, for the step chart."""
    statement = select(StockMovement.moved_on, StockMovement.quantity).where(StockMovement.product_id == product_id)
    rows = session.execute(statement.order_by(StockMovement.moved_on, StockMovement.id))
    return [(row[0], row[1]) for row in rows]


def valuation_histories(
    session: Session, product_ids: Sequence[str], on: date | None = None
) -> dict[str, list[tuple[Decimal, Decimal | None, bool]]]:
    """product id -> [(quantity, unit cost, is a transfer)] oldest first, up to the end of the day ``on``."""
    statement = select(
        StockMovement.product_id, StockMovement.quantity, StockMovement.unit_cost, StockMovement.reason == "transfer"
    ).where(StockMovement.product_id.in_(list(product_ids)))
    if on is not None:
        statement = statement.where(StockMovement.moved_on <= on)
    found: dict[str, list[tuple[Decimal, Decimal | None, bool]]] = {}
    for row in session.execute(statement.order_by(StockMovement.moved_on, StockMovement.id)):
        found.setdefault(row[0], []).append((row[1], row[2], row[3]))
    return found


def recomputed_levels(session: Session) -> list[tuple[str, str, int, int]]:
    """(product, warehouse, kept, sum of movements) where the two differ: must be empty."""
    rows = session.execute(
        text(
            "SELECT m.product_id, m.warehouse_id, COALESCE(l.quantity, 0), m.total FROM "
            "(SELECT product_id, warehouse_id, SUM(quantity) AS total FROM stock_movement GROUP BY 1, 2) AS m "
            "LEFT JOIN stock_level AS l USING (product_id, warehouse_id) WHERE COALESCE(l.quantity, 0) <> m.total"
        )
    )
    return [tuple(row) for row in rows]
