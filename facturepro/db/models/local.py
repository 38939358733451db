"""Tables that never leave this computer: change capture, outbox, state of the synchronisation, kept files."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from facturepro.db.base import Base
from facturepro.db.types import Instant, Json


class CaptureContext(Base):
    """One row. The triggers read from it who is writing and which stamp the change carries.

    ``stamp`` is set by the unit of work; when it is NULL (raw SQL, another program) each statement ticks the clock.
    ``origin``: local, remote (coming from the cloud: not sent back), upgrade (kept from the cloud until this version) or
    split (a document issued twice is taken apart).
    """

    __tablename__ = "capture_context"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    device: Mapped[str] = mapped_column(Text, nullable=False)
    clock_ms: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    clock_counter: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    stamp: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text, nullable=False, default="local")


class RecordState(Base):
    """What this computer knows of each record's versions.

    ``clock``: stamp per merge group as it stands here. ``base``: as the cloud last had it. ``extra``: fields, lines and keys of a newer
    version, kept verbatim. ``version``: the cloud's version token of the last state seen.
    """

    __tablename__ = "record_state"
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    clock: Mapped[Any] = mapped_column(Json, nullable=False)
    base: Mapped[Any] = mapped_column(Json, nullable=False)
    extra: Mapped[Any] = mapped_column(Json, nullable=True)
    schema: Mapped[int] = mapped_column(Integer, nullable=False, default=1)
    version: Mapped[str | None] = mapped_column(Text)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


class Outbox(Base):
    """Records with changes that the cloud has not acknowledged, per transaction of this computer (``stamp``)."""

    __tablename__ = "outbox"
    stamp: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    quarantined_for: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index("ix_outbox_record", "kind", "record_id"), {"sqlite_with_rowid": False})


class ChangeTransaction(Base):
    """One unit of work: what a person did, in words, and what it undoes or was undone by."""

    __tablename__ = "change_transaction"
    stamp: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    label: Mapped[str] = mapped_column(Text, nullable=False, default="")
    origin: Mapped[str] = mapped_column(Text, nullable=False, default="local")
    undoes: Mapped[str | None] = mapped_column(Text)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


class ChangeLog(Base):
    """The audit trail: one entry per changed row with the fields that changed, before and after (raw values).

    An inserted row has neither: it is the record itself, walked back through its later entries.
    """

    __tablename__ = "change_log"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    stamp: Mapped[str] = mapped_column(Text, nullable=False)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    record_id: Mapped[str] = mapped_column(Text, nullable=False)
    row_table: Mapped[str] = mapped_column(Text, nullable=False)
    row_id: Mapped[str] = mapped_column(Text, nullable=False)
    op: Mapped[str] = mapped_column(Text, nullable=False)
    before: Mapped[Any] = mapped_column(Json, nullable=True)
    after: Mapped[Any] = mapped_column(Json, nullable=True)
    origin: Mapped[str] = mapped_column(Text, nullable=False)
    __table_args__ = (Index("ix_change_log_record", "record_id", "seq"), Index("ix_change_log_stamp", "stamp"))


class LocalState(Base):
    """Small facts of this computer: device id, cloud target, cursor, what the hooks have processed."""

    __tablename__ = "local_state"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


class DocumentFile(Base):
    """The PDF made at issue: its bytes lie in the document store under their SHA-256."""

    __tablename__ = "document_file"
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, nullable=False)
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    made_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012


class PendingRemote(Base):
    """Documents of the cloud that this version cannot apply yet (newer kind, missing reference): kept verbatim."""

    __tablename__ = "pending_remote"
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    record_id: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[Any] = mapped_column(Json, nullable=False)
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    version: Mapped[str | None] = mapped_column(Text)
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
