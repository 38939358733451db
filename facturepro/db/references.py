"""Who refers to whom, from the declared references."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.models import Invoice, InvoiceLine, Payment, StockMovement


def is_used_by_issued(session: Session, kind: str, record_id: str) -> bool:
    """Does an issued document, a payment or a stock movement name the record? Then it can only be archived."""
    statements: dict[str, Any] = {
        "client": select(Invoice.id).where(Invoice.client_id == record_id, Invoice.number.is_not(None)),
        "product": select(InvoiceLine.id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.product_id == record_id, Invoice.number.is_not(None)),
        "warehouse": select(StockMovement.id).where(StockMovement.warehouse_id == record_id),
        "invoice": select(Invoice.id).where(Invoice.id == record_id, Invoice.number.is_not(None)),
    }
    statement = statements.get(kind)
    if statement is None:
        return False
    if session.execute(statement.limit(1)).first() is not None:
        return True
    if kind == "product":
        moved = select(StockMovement.id).where(StockMovement.product_id == record_id).limit(1)
        return session.execute(moved).first() is not None
    if kind == "invoice":
        return session.execute(select(Payment.id).where(Payment.invoice_id == record_id).limit(1)).first() is not None
    return False


def candidates(session: Session, kind: str, text: str) -> list[str]:
    """Ids that a person may mean: the id itself, else a number, SKU or exact name. At most two."""
    table = catalog.entity(kind).table
    exact = session.execute(select(table.c.id).where(table.c.id == text)).scalar_one_or_none()
    if exact or not text:
        return [exact] if exact else []
    names = [table.c[name] for name in ("number", "sku", "name", "display_name") if name in table.c]
    if not names:
        return []
    statement = select(table.c.id).where(or_(*(column == text for column in names)), table.c.deleted_at.is_(None))
    return list(session.scalars(statement.limit(2)))
