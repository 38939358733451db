"""Values computed from synchronised ones: totals, amounts due, statuses, client names.

They are stored so that lists can filter and sort, are the same on every computer, and are never sent.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.orm import Session

from facturepro.db.models import Client, Invoice, InvoiceLine, Payment, StockMovement
from facturepro.domain.totals import LineAmounts, document_totals, line_net

BATCH = 500
UNISSUED = ("draft", "to_number")
"""Statuses of invoices without a number."""


def refresh(session: Session, touched: dict[str, set[str]]) -> None:
    """Recompute what depends on the touched records and add the records concerned to ``touched``."""
    add_concerned(session, touched)
    for batch in batches(touched.get("invoice", ())):
        refresh_invoices(session, batch)


def add_concerned(session: Session, touched: dict[str, set[str]]) -> None:
    """Add the records whose derived values move with the touched ones: a payment's invoice, a movement's product."""
    invoices = set(touched.get("invoice", ()))
    if payments := touched.get("payment"):
        invoices |= _column(session, Payment.invoice_id, Payment.id, payments)
    if clients := touched.get("client"):
        for batch in batches(clients):
            found = session.scalars(
                select(Invoice.id).where(Invoice.client_id.in_(batch), Invoice.status.in_(UNISSUED))
            )
            invoices |= set(found)
    if movements := touched.get("stock_movement"):
        products = _column(session, StockMovement.product_id, StockMovement.id, movements)
        touched.setdefault("product", set()).update(products)
    if invoices:
        touched.setdefault("invoice", set()).update(invoices)
        touched.setdefault("client", set()).update(_column(session, Invoice.client_id, Invoice.id, invoices))


def batches(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    """SQLite binds at most 32,766 values; smaller batches also keep memory flat."""
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _column(session: Session, wanted: Any, key: Any, ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for batch in batches(ids):
        found |= {value for value in session.scalars(select(wanted).where(key.in_(batch))) if value}
    return found


def created_on(record_id: str) -> str:
    """Day (ISO, UTC) that a UUIDv7 carries: the sort date of a draft without a date, alike on every computer.

    Any other id (another program can have made it) counts as very old.
    """
    try:
        identifier = UUID(record_id)
    except ValueError:
        return "1970-01-01"
    milliseconds = identifier.int >> 80 if identifier.version == 7 else 0
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


def refresh_invoices(session: Session, ids: Sequence[str]) -> None:
    lines: dict[str, list[Any]] = {}
    wanted = (
        InvoiceLine.id,
        InvoiceLine.invoice_id,
        InvoiceLine.quantity,
        InvoiceLine.unit_price,
        InvoiceLine.vat_rate,
        InvoiceLine.discount,
        InvoiceLine.net,
    )
    for line in session.execute(select(*wanted).where(InvoiceLine.invoice_id.in_(ids))):
        lines.setdefault(line.invoice_id, []).append(line)
    received = select(Payment.invoice_id, func.sum(Payment.amount)).where(Payment.invoice_id.in_(ids))
    paid = {row[0]: row[1] for row in session.execute(received.group_by(Payment.invoice_id))}
    # The paper's client name stays on an issued document, whatever the client is called later.
    name = case(
        (
            Invoice.number.is_not(None) & func.json_valid(Invoice.snapshot),
            func.json_extract(Invoice.snapshot, "$.client.name"),
        ),
        else_=Client.display_name,
    )
    headers = session.execute(
        select(Invoice.id, Invoice.number, Invoice.issued_on, Invoice.requested_at, name.label("name"))
        .outerjoin(Client, Client.id == Invoice.client_id)
        .where(Invoice.id.in_(ids))
    ).all()
    rows, nets = [], []
    for header in headers:
        own = lines.get(header.id, [])
        amounts = [LineAmounts(line.quantity, line.unit_price, line.vat_rate, line.discount) for line in own]
        for line, amount in zip(own, amounts, strict=True):
            net = line_net(amount)
            if net != line.net:
                nets.append({"row": line.id, "net": net})
        rows.append(_invoice_values(header, amounts, paid.get(header.id) or Decimal(0)))
    if nets:
        session.execute(_SET_NET, nets, execution_options={"synchronize_session": None})
    if rows:
        session.execute(_SET_INVOICE, rows, execution_options={"synchronize_session": None})


def _invoice_values(header: Any, amounts: list[LineAmounts], paid: Decimal) -> dict[str, Any]:
    totals = document_totals(amounts)
    due = totals.gross - paid
    if header.number is None:
        status = "draft" if header.requested_at is None else "to_number"
    elif due <= 0:
        status = "paid"
    else:
        status = "partially_paid" if paid > 0 else "issued"
    return {
        "record": header.id,
        "total_net": totals.net,
        "total_vat": totals.vat,
        "total_gross": totals.gross,
        "amount_paid": paid,
        "amount_due": due if header.number is not None else Decimal(0),
        "status": status,
        "client_name": header.name or "",
        "sort_on": header.issued_on.isoformat() if header.issued_on else created_on(header.id),
    }


_DERIVED = ("total_net", "total_vat", "total_gross", "amount_paid", "amount_due", "status", "client_name", "sort_on")
_INVOICE, _LINE = Invoice.__table__, InvoiceLine.__table__
_SET_NET = update(_LINE).where(_LINE.c.id == bindparam("row")).values(net=bindparam("net"))  # type: ignore[arg-type]
_SET_INVOICE = (
    update(_INVOICE)  # type: ignore[arg-type]
    .where(_INVOICE.c.id == bindparam("record"))
    .values({name: bindparam(name) for name in _DERIVED})
)
