"""The conflict journal: values that did not stand, kept so that they can be put back. Synchronised."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from facturepro.db.base import Base, Entity
from facturepro.db.fields import declare, text
from facturepro.i18n import N_


class Conflict(Base, Entity):
    """One value that lost. Its id is made from the record, the group and the losing stamp, so that two computers that
    find the same conflict write the same record. ``kept`` and ``lost`` hold raw stored values of the group's fields."""

    __tablename__ = "conflict"
    kind = "conflict"
    label = N_("Conflit")
    label_plural = N_("Conflits")
    is_internal = True
    title_field = "id"

    record_kind: Mapped[str] = text(N_("Sorte"), group="conflict")
    record_id: Mapped[str] = text(N_("Fiche"), group="conflict")
    merge_group: Mapped[str] = text(N_("Champ"), group="conflict")
    kept: Mapped[Any] = declare("json", N_("En place"), group="conflict")
    lost: Mapped[Any] = declare("json", N_("Remplacée"), group="conflict")
    kept_stamp: Mapped[str] = text(N_("Tampon en place"), group="conflict")
    lost_stamp: Mapped[str] = text(N_("Tampon remplacé"), group="conflict")
    resolved_at: Mapped[datetime | None] = declare("instant", N_("Réglé à"))
    is_restored: Mapped[bool] = declare("bool", N_("Rétabli"), default=False, group="resolved_at")

    __table_args__ = (
        Index("ix_conflict_record", "record_kind", "record_id"),
        Index("ix_conflict_open", "resolved_at", "id"),
    )
