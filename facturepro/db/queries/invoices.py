"""Invoices as lists, sums and counters. Amounts are summed by SQLite as integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from facturepro.db.derive import UNISSUED
from facturepro.db.models import Invoice, InvoiceLine
from facturepro.db.queries.listing import ListQuery

OPEN = ("issued", "partially_paid")


@dataclass(frozen=True)
class InvoiceFilter:
    """``status`` is a stored status, ``open`` (anything still due) or ``overdue`` (open and due before ``today``).

    ``draft`` is everything without a number, also what waits for one; ``to_number`` is only that.
    """

    status: str = ""
    client_id: str = ""
    start: date | None = None
    end: date | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    text: str = ""
    due_start: date | None = None
    due_end: date | None = None


def conditions(wanted: InvoiceFilter, today: date) -> tuple[ColumnElement[bool], ...]:
    found: list[ColumnElement[bool]] = []
    if wanted.status == "open":
        found.append(Invoice.status.in_(OPEN))
    elif wanted.status == "overdue":
        found += [Invoice.status.in_(OPEN), Invoice.due_on < today]
    elif wanted.status == "draft":
        found.append(Invoice.status.in_(UNISSUED))
    elif wanted.status:
        found.append(Invoice.status == wanted.status)
    if wanted.client_id:
        found.append(Invoice.client_id == wanted.client_id)
    if wanted.start:
        found.append(Invoice.sort_on >= wanted.start.isoformat())
    if wanted.end:
        found.append(Invoice.sort_on <= wanted.end.isoformat())
    if wanted.due_start:
        found.append(Invoice.due_on >= wanted.due_start)
    if wanted.due_end:
        found.append(Invoice.due_on <= wanted.due_end)
    if wanted.minimum is not None:
        found.append(Invoice.total_gross >= wanted.minimum)
    if wanted.maximum is not None:
        found.append(Invoice.total_gross <= wanted.maximum)
    return tuple(found)


def list_query(wanted: InvoiceFilter, today: date, sort: str = "", is_descending: bool = True) -> ListQuery:
    return ListQuery("invoice", wanted.text, sort or "sort_on", is_descending, conditions(wanted, today))


def tab_counts(session: Session, today: date) -> dict[str, int]:
    """Counts per tab: all, draft (also those that wait for their number), open, overdue, paid.

    Only drafts are ever deleted (a trigger holds that), so that the rest is counted in the indexes alone.
    """
    counted = session.execute(select(Invoice.status, func.count()).group_by(Invoice.status))
    by_status = {row[0]: row[1] for row in counted}
    deleted = select(func.count()).where(Invoice.status.in_(UNISSUED), Invoice.deleted_at.is_not(None))
    unissued = sum(by_status.pop(status, 0) for status in UNISSUED) - session.execute(deleted).scalar_one()
    overdue = session.execute(select(func.count()).where(Invoice.status.in_(OPEN), Invoice.due_on < today)).scalar_one()
    return {
        "all": sum(by_status.values()) + unissued,
        "draft": unissued,
        "open": sum(by_status.get(status, 0) for status in OPEN),
        "overdue": overdue,
        "paid": by_status.get("paid", 0),
    }


def sums(session: Session, where: Sequence[ColumnElement[bool]]) -> tuple[int, Decimal, Decimal]:
    """(count, total gross, amount due) of what a filter shows.

    Everything less the deleted drafts: two questions that the indexes answer, instead of one that reads every row.
    """
    wanted = select(func.count(), func.sum(Invoice.total_gross), func.sum(Invoice.amount_due)).where(*where)
    deleted = wanted.where(Invoice.status.in_(UNISSUED), Invoice.deleted_at.is_not(None))
    every, gone = session.execute(wanted).one(), session.execute(deleted).one()
    zero = Decimal(0)
    return every[0] - gone[0], (every[1] or zero) - (gone[1] or zero), (every[2] or zero) - (gone[2] or zero)


def lines(session: Session, invoice_id: str) -> list[dict[str, Any]]:
    table = InvoiceLine.__table__
    statement = select(table).where(table.c.invoice_id == invoice_id).order_by(table.c.position, table.c.id)
    return [dict(row._mapping) for row in session.execute(statement)]


def last_of_series(session: Session, series: str) -> tuple[int, date | None, str]:
    """(counter, date, number) of the last document of a series; (0, None, "") when it is new."""
    row = session.execute(
        select(Invoice.counter, Invoice.issued_on, Invoice.number)
        .where(Invoice.series == series)
        .order_by(Invoice.counter.desc())
        .limit(1)
    ).first()
    return (row[0], row[1], row[2] or "") if row else (0, None, "")


def head_of_series(session: Session, series: str) -> tuple[int, date | None, str]:
    """(counter, date, seal) of the last document of a series; (0, None, "") when there is none."""
    row = session.execute(
        select(Invoice.counter, Invoice.issued_on, Invoice.hash)
        .where(Invoice.series == series)
        .order_by(Invoice.counter.desc())
        .limit(1)
    ).first()
    return (row[0], row[1], row[2]) if row else (0, None, "")


def central_series(session: Session) -> list[str]:
    """The central series of which this computer has documents."""
    return list(session.scalars(select(Invoice.series).where(Invoice.series.like("%-")).distinct()))


def waiting(session: Session, device_id: str) -> list[str]:
    """Ids of the documents that wait for a number which this computer has to take, in the order of their requests."""
    statement = select(Invoice.id).where(
        Invoice.requested_at.is_not(None), Invoice.number.is_(None), Invoice.requested_by == device_id
    )
    return list(session.scalars(statement.order_by(Invoice.requested_at, Invoice.id)))


def last_of_chain(session: Session, device_id: str) -> tuple[int, str]:
    """(position, hash) of the last issued invoice of this computer's chain. Central series are chains of their own."""
    row = session.execute(
        select(Invoice.chain_position, Invoice.hash)
        .where(Invoice.issued_by == device_id, Invoice.chain_position > 0)
        .order_by(Invoice.chain_position.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (0, "")


def client_balances(session: Session, client_ids: Sequence[str]) -> dict[str, Decimal]:
    """Amount due per client, clients without any left out."""
    statement = (
        select(Invoice.client_id, func.sum(Invoice.amount_due))
        .where(Invoice.client_id.in_(list(client_ids)), Invoice.status.in_(OPEN))
        .group_by(Invoice.client_id)
    )
    return {str(row[0]): row[1] for row in session.execute(statement)}


def client_figures(session: Session, client_id: str, today: date) -> dict[str, Any]:
    """count, turnover (net), due, overdue of one client."""
    issued = Invoice.status.not_in(UNISSUED)
    late = case((Invoice.status.in_(OPEN) & (Invoice.due_on < today), Invoice.amount_due), else_=Decimal(0))
    row = session.execute(
        select(func.count(), func.sum(Invoice.total_net), func.sum(Invoice.amount_due), func.sum(late)).where(
            Invoice.client_id == client_id, issued, Invoice.deleted_at.is_(None)
        )
    ).one()
    return {
        "count": row[0],
        "turnover": row[1] or Decimal(0),
        "due": row[2] or Decimal(0),
        "overdue": row[3] or Decimal(0),
    }
