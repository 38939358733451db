"""Stock: movements are added, never changed; levels are their sums."""

from datetime import date
from decimal import Decimal
from typing import Any

from facturepro.db import catalog
from facturepro.db.models import Product, StockMovement, Warehouse
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries import listing
from facturepro.db.queries import stock as queries
from facturepro.db.queries.listing import ListQuery
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain import valuation
from facturepro.domain.errors import UserError
from facturepro.domain.money import plain
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Page, Record
from facturepro.services.validation import clean

QUANTITY_LIMIT = Decimal(1_000_000)


def move(
    company: OpenCompany,
    product_id: str,
    quantity: Any,
    reason: str = "receipt",
    warehouse_id: str = MAIN_WAREHOUSE_ID,
    unit_cost: Any = None,
    on: Any = None,
    note: str = "",
) -> Record:
    """Add a movement; ``quantity`` is signed.

    Raises:
        UserError: unknown product or warehouse, a service, zero or an absurd quantity.
    """
    given = {
        "product_id": product_id,
        "warehouse_id": warehouse_id,
        "quantity": quantity,
        "reason": reason,
        "unit_cost": unit_cost,
        "moved_on": on or company.today(),
        "note": note,
    }
    cleaned = clean(catalog.entity("stock_movement"), given, "stock_movement", company.today())
    _check_quantity(cleaned["quantity"])
    _check_cost(cleaned["unit_cost"])
    with company.db.write(_("Mouvement de stock")) as work:
        product = _good(work, product_id)
        _check_warehouse(work, warehouse_id)
        # What is returned or found again is worth what the stock is worth: only a receipt has a price of its own.
        if cleaned["unit_cost"] is None and cleaned["reason"] == "receipt" and cleaned["quantity"] > 0 and product.cost:
            cleaned["unit_cost"] = product.cost
        movement = work.add(StockMovement(**cleaned))
        work.flush()
        new_id = movement.id
    return records.get(company, "stock_movement", new_id)


def transfer(company: OpenCompany, product_id: str, quantity: Any, source: str, target: str, on: Any = None) -> None:
    """Two movements in one transaction: out of one warehouse, into the other.

    Raises:
        UserError: unknown product or warehouse, a service, a quantity that is not positive or absurd, twice the same place.
    """
    given = {"quantity": quantity, "moved_on": on or company.today()}
    cleaned = clean(catalog.entity("stock_movement"), given, "stock_movement", company.today())
    _check_quantity(cleaned["quantity"])
    if cleaned["quantity"] < 0:
        raise UserError("quantity_negative")
    if source == target:
        raise UserError("transfer_same_place")
    with company.db.write(_("Transfert de stock")) as work:
        _good(work, product_id)
        for place in (source, target):
            _check_warehouse(work, place)
        for warehouse, sign in ((source, -1), (target, 1)):
            work.add(
                StockMovement(
                    product_id=product_id,
                    warehouse_id=warehouse,
                    quantity=sign * cleaned["quantity"],
                    reason="transfer",
                    moved_on=cleaned["moved_on"],
                )
            )


def _good(work: UnitOfWork, product_id: str) -> Product:
    product = work.get(Product, product_id)
    if product is None or product.deleted_at is not None:
        raise UserError("record_unknown", kind=_("Produit"), text=product_id)
    if product.type == "service":
        raise UserError("value_invalid", text=product.name, label=_("Produit"), choices=_("un bien, pas un service"))
    return product


def _check_warehouse(work: UnitOfWork, warehouse_id: str) -> None:
    warehouse = work.get(Warehouse, warehouse_id)
    if warehouse is None or warehouse.deleted_at is not None:
        raise UserError("record_unknown", kind=_("Entrepôt"), text=warehouse_id)


def _check_cost(unit_cost: Decimal | None) -> None:
    """A cost below zero would make the value of the stock negative for ever: movements are never changed."""
    if unit_cost is not None and unit_cost < 0:
        raise UserError("amount_negative", label=_("Coût unitaire"))


def _check_quantity(quantity: Decimal) -> None:
    if quantity == 0:
        raise UserError("quantity_negative")
    if abs(quantity) >= QUANTITY_LIMIT:
        raise UserError("quantity_absurd", text=plain(quantity), limit=plain(QUANTITY_LIMIT))


def warehouses(company: OpenCompany) -> list[Record]:
    return records.page(company, ListQuery("warehouse"), limit=1000).rows


def level_rows(company: OpenCompany) -> list[Record]:
    """``product``, ``sku``, ``warehouse``, ``quantity`` of every kept sum."""
    with company.db.read() as session:
        return queries.level_rows(session)


def levels(company: OpenCompany, product_ids: list[str]) -> dict[str, dict[str, Decimal]]:
    """product id -> warehouse id -> quantity."""
    with company.db.read() as session:
        return queries.levels(session, product_ids)


def total(company: OpenCompany, product_id: str) -> Decimal:
    return sum(levels(company, [product_id]).get(product_id, {}).values(), Decimal(0))


def page(company: OpenCompany, state: str = "", text: str = "", after: Any = None, limit: int = 100) -> Page:
    """Goods by name with ``total`` and ``levels`` (warehouse id -> quantity). ``state``: "", low, negative, unmoved."""
    with company.db.read() as session:
        rows, cursor = queries.stock_page(session, state, text, after, limit)
        found = queries.levels(session, [row["id"] for row in rows])
    for row in rows:
        row["levels"] = found.get(row["id"], {})
    return Page(rows, cursor)


def by_ids(company: OpenCompany, ids: list[str]) -> list[Record]:
    """The rows of ``page`` for these products."""
    with company.db.read() as session:
        rows = listing.rows_by_id(session, "product", ids)
        found = queries.levels(session, ids)
    for row in rows:
        row["levels"] = found.get(row["id"], {})
        row["total"] = sum(row["levels"].values(), Decimal(0))
    return rows


def counts(company: OpenCompany) -> dict[str, int]:
    """all, low, negative, unmoved."""
    with company.db.read() as session:
        return queries.state_counts(session)


def movements(
    company: OpenCompany, product_id: str = "", warehouse_id: str = "", before: Any = None, limit: int = 100
) -> list[Record]:
    """Newest first, with ``product_name``, ``sku`` and ``warehouse_name``."""
    with company.db.read() as session:
        return queries.movements(session, product_id, warehouse_id, before, limit)


def history(company: OpenCompany, product_id: str) -> list[tuple[date, Decimal]]:
    """(day, stock at the end of that day), oldest first: the step chart."""
    with company.db.read() as session:
        rows = queries.movement_history(session, product_id)
    points: dict[date, Decimal] = {}
    level = Decimal(0)
    for day, quantity in rows:
        level += quantity
        points[day] = level
    return sorted(points.items())


def product_valuation(company: OpenCompany, product: Record, method: str = "cump", on: date | None = None) -> Record:
    """``quantity``, ``unit_cost`` and ``value`` of one product."""
    with company.db.read() as session:
        found = queries.valuation_histories(session, [product["id"]], on)
    return _valued(product, found.get(product["id"], []), method)


def _valued(product: Record, history: list[tuple[Decimal, Decimal | None, bool]], method: str) -> Record:
    rule = valuation.first_in_first_out if method == "fifo" else valuation.weighted_average
    quantity, unit, value = rule(valuation.without_transfers(history), product["cost"])
    return {
        "product_id": product["id"],
        "product": product["name"],
        "sku": product["sku"],
        "quantity": quantity,
        "unit_cost": unit,
        "value": value,
    }


def all_valuations(company: OpenCompany, method: str = "cump", on: date | None = None) -> list[Record]:
    """Valuation of every good that ever moved."""
    rows: list[Record] = []
    cursor: Any = None
    while True:
        batch = page(company, after=cursor, limit=500)
        moved = [product for product in batch.rows if product["levels"]]
        with company.db.read() as session:
            found = queries.valuation_histories(session, [product["id"] for product in moved], on)
        rows += [_valued(product, found.get(product["id"], []), method) for product in moved]
        if batch.next is None:
            return rows
        cursor = batch.next
