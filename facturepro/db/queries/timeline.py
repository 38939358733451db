"""What happened to a record, from the audit trail."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from facturepro.db.models.local import ChangeLog, ChangeTransaction


def entries(session: Session, record_id: str, limit: int) -> list[dict[str, Any]]:
    """Newest first: stamp, at, label, origin, op, row_table, before, after."""
    statement = (
        select(
            ChangeLog.seq,
            ChangeLog.stamp,
            ChangeTransaction.at,
            ChangeTransaction.label,
            ChangeLog.origin,
            ChangeLog.op,
            ChangeLog.row_table,
            ChangeLog.before,
            ChangeLog.after,
        )
        .outerjoin(ChangeTransaction, ChangeTransaction.stamp == ChangeLog.stamp)
        .where(ChangeLog.record_id == record_id)
        .order_by(ChangeLog.seq.desc())
        .limit(limit)
    )
    return [dict(row._mapping) for row in session.execute(statement)]
