"""Which record does a row of a file mean?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from facturepro.db import catalog


def key_values(session: Session, kind: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """(id, then the given columns) of every record that is not deleted, oldest first."""
    table = catalog.entity(kind).table
    wanted = [table.c.id, *(table.c[name] for name in columns)]
    rows = session.execute(select(*wanted).where(table.c.deleted_at.is_(None)).order_by(table.c.seq))
    return [tuple(row) for row in rows]
