"""Values computed from synchronised ones: totals, amounts due, statuses, client names.

They are stored so that lists can filter and sort, are the same on every computer, and are never sent.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from facturepro.db.replication_records import raw, raw_many
from facturepro.domain.money import (
    MONEY_DECIMALS,
    QUANTITY_DECIMALS,
    RATE_DECIMALS,
    UNIT_PRICE_DECIMALS,
    from_scaled,
    to_scaled,
)
from facturepro.domain.totals import LineAmounts, document_totals

BATCH = 500
UNISSUED = ("draft", "to_number")
"""Statuses of invoices without a number."""
_IN = "IN (SELECT value FROM json_each(?))"
_UNISSUED_OF = f"SELECT id FROM invoice WHERE client_id {_IN} AND status IN {UNISSUED}"
_LAST_MS = 253_370_764_800_000  # 1 January 9999
_LARGEST = 2 * 10**17
"""Cents; above what the largest line that can be typed costs. Sums of the lists still fit SQLite's integers."""


def refresh(session: Session, touched: dict[str, set[str]]) -> None:
    """Recompute what depends on the touched records and add the records concerned to ``touched``."""
    add_concerned(session, touched)
    for batch in batches(touched.get("invoice", ())):
        refresh_invoices(session, batch)


def add_concerned(session: Session, touched: dict[str, set[str]]) -> None:
    """Add the records whose derived values move with the touched ones: a payment's invoice, a movement's product."""
    invoices = set(touched.get("invoice", ()))
    if payments := touched.get("payment"):
        invoices |= _found(session, f"SELECT invoice_id FROM payment WHERE id {_IN}", payments)
    if clients := touched.get("client"):
        invoices |= _found(session, _UNISSUED_OF, clients)
    if movements := touched.get("stock_movement"):
        products = _found(session, f"SELECT product_id FROM stock_movement WHERE id {_IN}", movements)
        touched.setdefault("product", set()).update(products)
    if invoices:
        touched.setdefault("invoice", set()).update(invoices)
        named = _found(session, f"SELECT client_id FROM invoice WHERE id {_IN}", invoices)
        touched.setdefault("client", set()).update(named)


def batches(ids: Iterable[str]) -> Iterable[Sequence[str]]:
    """Sorted, some hundred at a time, which keeps memory flat."""
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _found(session: Session, statement: str, ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for batch in batches(ids):
        found |= {row[0] for row in raw(session, statement, json.dumps(batch)) if row[0]}
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
    return datetime.fromtimestamp(min(milliseconds, _LAST_MS) / 1000, UTC).date().isoformat()


# Plain statements on stored integers: this runs for every invoice that is saved or received, and the types of
# the ORM cost several times what the database does.
_LINES = f"""SELECT id, invoice_id, quantity, unit_price, vat_rate, discount, net FROM invoice_line
    WHERE invoice_id {_IN}"""
COUNTS = """(payment.reverses_id IS NULL OR NOT EXISTS (SELECT 1 FROM payment AS earlier
    WHERE earlier.reverses_id = payment.reverses_id AND earlier.id < payment.id))"""
"""Of a payment. Two computers without a network can both have reversed one: both reversals stay, and it is undone once."""
_RECEIVED = f"SELECT invoice_id, SUM(amount) FROM payment WHERE invoice_id {_IN} AND {COUNTS} GROUP BY invoice_id"
_DERIVED = ("total_net", "total_vat", "total_gross", "amount_paid", "amount_due", "status", "client_name", "sort_on")
# The paper's client name stays on an issued document, whatever the client is called later.
_HEADERS = f"""SELECT i.id, i.number, i.issued_on, i.requested_at,
    CASE WHEN i.number IS NOT NULL AND json_valid(i.snapshot) THEN json_extract(i.snapshot, '$.client.name')
        ELSE c.display_name END,
    {", ".join(f"i.{name}" for name in _DERIVED)}
    FROM invoice i LEFT JOIN client c ON c.id = i.client_id WHERE i.id {_IN}"""
_SET_NET = "UPDATE invoice_line SET net = ? WHERE id = ?"
_SET_INVOICE = f"UPDATE invoice SET {', '.join(f'{name} = ?' for name in _DERIVED)} WHERE id = ?"


def refresh_invoices(session: Session, ids: Sequence[str]) -> None:
    """Write what differs: totals, amounts due, status, name and sort date of these invoices, net amounts of their lines."""
    wanted = json.dumps(ids)
    lines: dict[str, list[Any]] = {}
    for line in raw(session, _LINES, wanted):
        lines.setdefault(line[1], []).append(line)
    paid = dict(raw(session, _RECEIVED, wanted).all())
    rows, nets = [], []
    for record_id, number, issued_on, requested_at, name, *stored in raw(session, _HEADERS, wanted).all():
        own = lines.get(record_id, [])
        totals = document_totals([_amounts(*line[2:6]) for line in own])
        nets += [(net, line[0]) for line, net in zip(own, map(_cents, totals.nets), strict=True) if net != line[6]]
        received = paid.get(record_id) or 0
        gross = _cents(totals.gross)
        if max(abs(gross), abs(received)) > _LARGEST:
            raise OverflowError("a total that no invoice has")
        due = gross - received
        values = [
            _cents(totals.net),
            _cents(totals.vat),
            gross,
            received,
            due if number is not None else 0,
            _status(number, requested_at, due, received),
            name or "",
            issued_on or created_on(record_id),
        ]
        if values != stored:
            rows.append((*values, record_id))
    raw_many(session, _SET_NET, nets)
    raw_many(session, _SET_INVOICE, rows)


def _amounts(quantity: int, unit_price: int, vat_rate: int, discount: int) -> LineAmounts:
    return LineAmounts(
        from_scaled(quantity, QUANTITY_DECIMALS),
        from_scaled(unit_price, UNIT_PRICE_DECIMALS),
        from_scaled(vat_rate, RATE_DECIMALS),
        from_scaled(discount, RATE_DECIMALS),
    )


def _cents(value: Decimal) -> int:
    return to_scaled(value, MONEY_DECIMALS)


def _status(number: str | None, requested_at: str | None, due: int, received: int) -> str:
    if number is None:
        return "draft" if requested_at is None else "to_number"
    if due <= 0:
        return "paid"
    return "partially_paid" if received > 0 else "issued"
