"""What every synchronised entity has in common."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Integer, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid6 import uuid7

from facturepro.db.fields import declare
from facturepro.i18n import N_


def new_id() -> str:
    """UUIDv7 text: made on the device, sortable by time, never shown to people."""
    return str(uuid7())


class Base(DeclarativeBase):
    """All tables, the local ones included."""


class Row:
    """``seq`` is local: the row's number in the full-text index. ``id`` is the identity everywhere else."""

    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(Text, unique=True, nullable=False, default=new_id)

    __mapper_args__: ClassVar[dict[str, Any]] = {"primary_key": ["id"]}


class Entity(Row):
    """A record with a life of its own: one document in the cloud.

    Class attributes:
        kind: name in the cloud, on the command line, in the audit trail.
        label, label_plural: French source texts.
        is_append_only: rows never change and are never deleted (stock movements, payments).
        title_field: the field that names a record to people.
        number_prefix: the visible short number of the record, when it has one (``CL``).
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    label_plural: ClassVar[str]
    is_append_only: ClassVar[bool] = False
    is_singleton: ClassVar[bool] = False
    is_internal: ClassVar[bool] = False
    is_feminine: ClassVar[bool] = False  # gender of the French label
    title_field: ClassVar[str] = "name"
    line_model: ClassVar["type[Line] | None"] = None

    deleted_at: Mapped[datetime | None] = declare("instant", N_("Supprimé le"), group="deleted", in_form=False)


class Line(Row):
    """A row that belongs to an aggregate (``parent_field``); it is its own merge group there."""

    parent_field: ClassVar[str]
    parent_kind: ClassVar[str]
