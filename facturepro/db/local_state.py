"""Small facts of this computer, kept in the company file and never synchronised."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from facturepro.db.models.local import LocalState


def get(session: Session, key: str, default: Any = None) -> Any:
    value = session.execute(select(LocalState.value).where(LocalState.key == key)).scalar_one_or_none()
    return default if value is None else value


def put(session: Session, key: str, value: Any) -> None:
    statement = insert(LocalState).values(key=key, value=value)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value}))


def remove(session: Session, key: str) -> None:
    session.execute(delete(LocalState).where(LocalState.key == key))
