"""What waits to be sent."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.models.local import Outbox


def pending_count(session: Session) -> int:
    """Records with changes that the cloud has not acknowledged."""
    records = select(Outbox.kind, Outbox.record_id).distinct().subquery()
    return int(session.execute(select(func.count()).select_from(records)).scalar_one())


def pending(session: Session, limit: int) -> list[dict[str, Any]]:
    """Oldest first: kind, record_id, stamp of the first change, attempts, quarantined_for, title."""
    statement = (
        select(
            Outbox.kind,
            Outbox.record_id,
            func.min(Outbox.stamp).label("stamp"),
            func.max(Outbox.attempts).label("attempts"),
            func.max(Outbox.quarantined_for).label("quarantined_for"),
        )
        .group_by(Outbox.kind, Outbox.record_id)
        .order_by(func.min(Outbox.stamp))
        .limit(limit)
    )
    rows = [dict(row._mapping) for row in session.execute(statement)]
    for row in rows:
        found = catalog.entity(row["kind"])
        title = select(found.title_column).where(found.table.c.id == row["record_id"])
        row["title"] = session.execute(title).scalar_one_or_none() or ""
    return rows


def state_of(session: Session, kind: str, record_id: str) -> str:
    """``waiting`` while a change is unsent, else ``synced``."""
    statement = select(Outbox.stamp).where(Outbox.kind == kind, Outbox.record_id == record_id).limit(1)
    return "waiting" if session.execute(statement).first() else "synced"


def release(session: Session, kind: str, record_id: str) -> None:
    """Take a record out of quarantine: it is tried again."""
    session.execute(
        update(Outbox)
        .where(Outbox.kind == kind, Outbox.record_id == record_id)
        .values(quarantined_for=None, attempts=0)
    )
