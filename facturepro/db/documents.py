"""Which kept file belongs to which issued record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from facturepro.db.models.local import DocumentFile


def remember(session: Session, record_id: str, sha256: str, size: int, at: datetime) -> None:
    statement = insert(DocumentFile).values(record_id=record_id, sha256=sha256, size=size, made_at=at)
    session.execute(statement.on_conflict_do_nothing())


def digest_of(session: Session, record_id: str) -> str | None:
    return session.execute(select(DocumentFile.sha256).where(DocumentFile.record_id == record_id)).scalar_one_or_none()


def all_files(session: Session) -> list[tuple[str, str]]:
    """(record id, sha256) of every kept file."""
    return [(row[0], row[1]) for row in session.execute(select(DocumentFile.record_id, DocumentFile.sha256))]
