"""Payments with what they are for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, exists, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session, aliased

from facturepro.db.derive import COUNTS
from facturepro.db.models import Invoice, Payment


def reversal_of(session: Session, payment_id: str) -> str | None:
    found = select(Payment.id).where(Payment.reverses_id == payment_id).order_by(Payment.id).limit(1)
    return session.scalars(found).first()  # two computers without a network can both have reversed it


def last_of_chain(session: Session, device_id: str) -> tuple[int, str]:
    row = session.execute(
        select(Payment.chain_position, Payment.hash)
        .where(Payment.recorded_by == device_id)
        .order_by(Payment.chain_position.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (0, "")


def counts() -> ColumnElement[bool]:
    """Condition on payments: false for one that reverses what was reversed before."""
    return literal_column(COUNTS, Boolean)


def _with_invoice() -> Select[Any]:
    reversal = aliased(Payment)
    return (
        select(
            *Payment.__table__.columns,
            Invoice.number.label("invoice_number"),
            Invoice.client_name.label("client_name"),
            Invoice.client_id.label("client_id"),
            or_(exists().where(reversal.reverses_id == Payment.id), not_(counts())).label("is_reversed"),
        )
        .select_from(Payment)
        .join(Invoice, Invoice.id == Payment.invoice_id)
    )


def _rows(session: Session, statement: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(statement)]


def for_invoice(session: Session, invoice_id: str) -> list[dict[str, Any]]:
    statement = _with_invoice().where(Payment.invoice_id == invoice_id)
    return _rows(session, statement.order_by(Payment.paid_on, Payment.id))


def by_ids(session: Session, ids: Sequence[str]) -> list[dict[str, Any]]:
    return _rows(session, _with_invoice().where(Payment.id.in_(list(ids))))


def page(session: Session, after: tuple[str, str] | None, limit: int) -> list[dict[str, Any]]:
    statement = _with_invoice()
    if after is not None:
        day, last_id = date.fromisoformat(after[0]), after[1]
        statement = statement.where((Payment.paid_on < day) | ((Payment.paid_on == day) & (Payment.id < last_id)))
    return _rows(session, statement.order_by(Payment.paid_on.desc(), Payment.id.desc()).limit(limit))


def totals(session: Session) -> tuple[int, Decimal]:
    row = session.execute(select(func.count(), func.sum(Payment.amount).filter(counts()))).one()
    return row[0], row[1] or Decimal(0)
