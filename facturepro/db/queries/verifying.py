"""What ``verify`` reads: everything, in streams, from one snapshot of the file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from facturepro.db import capture, catalog, local_state, search
from facturepro.db.models import Invoice, InvoiceLine, Payment
from facturepro.db.models.local import Outbox, RecordState
from facturepro.db.queries.payments import counts

STREAM = 2000


def integrity(session: Session) -> list[str]:
    """SQLite's own findings; empty when all is well."""
    return [row[0] for row in session.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]


def altered_triggers(session: Session) -> list[str]:
    """Names of the triggers that are missing, changed or foreign."""
    return capture.altered((row[0], row[1]) for row in session.execute(text(capture.STANDING)))


def gap_in_capture(session: Session) -> datetime | None:
    """When triggers were found missing and made again; None when never, or when it was compared with the cloud or told since."""
    found = local_state.get(session, capture.GAP)
    return datetime.fromisoformat(found) if found else None


def broken_references(session: Session) -> list[tuple[str, str]]:
    """(table, table referred to) of each row that names a record that is not there."""
    return [(row[0], row[2]) for row in session.execute(text("PRAGMA foreign_key_check"))]


def _stream(session: Session, statement: Any) -> Iterator[Any]:
    return iter(session.execute(statement, execution_options={"yield_per": STREAM}))


def issued_by_chain(session: Session) -> Iterator[tuple[str, int, Any]]:
    """(chain, position, issued invoice): the chains of the computers, then those of the central series."""
    wanted = (
        Invoice.series,
        Invoice.counter,
        Invoice.id,
        Invoice.number,
        Invoice.issued_by,
        Invoice.chain_position,
        Invoice.previous_hash,
        Invoice.hash,
        Invoice.snapshot,
        Invoice.logo_id,
        Invoice.issued_on,
        Invoice.due_on,
        Invoice.total_net,
        Invoice.total_vat,
        Invoice.total_gross,
    )
    statement = select(*wanted).where(Invoice.number.is_not(None))
    own = statement.where(Invoice.series.not_like("%-"))
    for row in _stream(session, own.order_by(Invoice.issued_by, Invoice.chain_position, Invoice.id)):
        yield row.issued_by, row.chain_position, row
    central = statement.where(Invoice.series.like("%-"))
    for row in _stream(session, central.order_by(Invoice.series, Invoice.counter, Invoice.id)):
        yield row.series, row.counter, row


def payments_by_chain(session: Session) -> Iterator[Any]:
    statement = select(*Payment.__table__.columns, Invoice.number.label("invoice_number")).outerjoin(
        Invoice, Invoice.id == Payment.invoice_id
    )
    return _stream(session, statement.order_by(Payment.recorded_by, Payment.chain_position, Payment.id))


def issued_by_series(session: Session) -> Iterator[Any]:
    statement = select(Invoice.id, Invoice.number, Invoice.series, Invoice.counter, Invoice.issued_on)
    statement = statement.where(Invoice.number.is_not(None))
    return _stream(session, statement.order_by(Invoice.series, Invoice.counter, Invoice.id))


def doubled_numbers(session: Session) -> list[str]:
    statement = select(Invoice.number).where(Invoice.number.is_not(None))
    return list(session.scalars(statement.group_by(Invoice.number).having(func.count() > 1)))


def lines_by_invoice(session: Session) -> Iterator[Any]:
    wanted = (
        InvoiceLine.id,
        InvoiceLine.invoice_id,
        InvoiceLine.quantity,
        InvoiceLine.unit_price,
        InvoiceLine.vat_rate,
        InvoiceLine.discount,
        InvoiceLine.net,
        InvoiceLine.description,
    )
    return _stream(session, select(*wanted).order_by(InvoiceLine.invoice_id, InvoiceLine.position, InvoiceLine.id))


def invoices_with_paid(session: Session) -> Iterator[Any]:
    """Every invoice by id with its derived values, and what its payments add up to."""
    received = (
        select(Payment.invoice_id, func.sum(Payment.amount).label("received"))
        .where(counts())
        .group_by(Payment.invoice_id)
        .subquery()
    )
    wanted = (
        Invoice.id,
        Invoice.number,
        Invoice.requested_at,
        Invoice.client_name,
        Invoice.snapshot,
        Invoice.total_net,
        Invoice.total_vat,
        Invoice.total_gross,
        Invoice.amount_paid,
        Invoice.amount_due,
        Invoice.status,
        received.c.received,
    )
    return _stream(
        session, select(*wanted).outerjoin(received, received.c.invoice_id == Invoice.id).order_by(Invoice.id)
    )


def wrong_levels(session: Session) -> list[Any]:
    """product, warehouse, kept sum, sum of movements (quantities x 10^3) where the two differ."""
    return list(
        session.execute(
            text(
                "SELECT COALESCE(p.name, k.product_id) AS product, COALESCE(w.name, k.warehouse_id) AS warehouse, "
                "SUM(k.kept) AS kept, SUM(k.moved) AS moved FROM ("
                "SELECT product_id, warehouse_id, quantity AS kept, 0 AS moved FROM stock_level UNION ALL "
                "SELECT product_id, warehouse_id, 0, SUM(quantity) FROM stock_movement GROUP BY 1, 2) AS k "
                "LEFT JOIN product AS p ON p.id = k.product_id LEFT JOIN warehouse AS w ON w.id = k.warehouse_id "
                "GROUP BY k.product_id, k.warehouse_id HAVING SUM(k.kept) <> SUM(k.moved)"
            )
        )
    )


def record_states(session: Session) -> Iterator[Any]:
    """States that may be unsent or that are queued: kind, record_id, clock, base, is_queued."""
    queued = select(Outbox.record_id).where(Outbox.kind == RecordState.kind, Outbox.record_id == RecordState.record_id)
    is_queued = queued.exists()
    statement = select(
        RecordState.kind, RecordState.record_id, RecordState.clock, RecordState.base, is_queued.label("is_queued")
    )
    return _stream(session, statement.where((RecordState.clock != RecordState.base) | is_queued))


def without_state(session: Session) -> list[tuple[str, str]]:
    """(kind, id) of records whose versions are unknown."""
    found: list[tuple[str, str]] = []
    for entity in catalog.entities():
        rows = session.execute(
            text(
                f"SELECT id FROM {entity.table.name} AS r WHERE NOT EXISTS "
                "(SELECT 1 FROM record_state WHERE kind = :kind AND record_id = r.id)"
            ),
            {"kind": entity.kind},
        )
        found += [(entity.kind, row[0]) for row in rows]
    return found


def wrongly_indexed(session: Session) -> list[tuple[str, str]]:
    """(kind, id) of records that search would miss or find by words that they do not have."""
    found: list[tuple[str, str]] = []
    for entity in catalog.entities():
        if not entity.searchable:
            continue
        table = entity.table
        words = {row[0]: row[1] for row in session.execute(text(f"SELECT rowid, words FROM {entity.search_table}"))}
        statement = select(table.c.seq, table.c.id, table.c.deleted_at, *(f.column for f in entity.searchable))
        for row in _stream(session, statement):
            expected = search.words_of(row[3:]) if row.deleted_at is None else None
            if words.pop(row.seq, None) != expected:
                found.append((entity.kind, row.id))
        found += [(entity.kind, f"#{seq}") for seq in words]
    return found
