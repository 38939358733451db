"""The bin: what was deleted in the last 30 days, and back again."""

from datetime import timedelta

from facturepro.db import catalog
from facturepro.db.queries.listing import ListQuery
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record

DAYS = 30


def deleted(company: OpenCompany, limit: int = 500) -> list[Record]:
    """``kind``, ``id``, ``kind_label``, ``title``, ``deleted_at``; newest first."""
    oldest = company.now() - timedelta(days=DAYS)
    found: list[Record] = []
    for entity in catalog.entities():
        if entity.model.is_append_only or entity.model.is_internal or entity.model.is_singleton:
            continue
        deleted_at = entity.table.c.deleted_at
        query = ListQuery(
            entity.kind, sort="deleted_at", is_descending=True, is_deleted=True, where=(deleted_at >= oldest,)
        )
        for row in records.page(company, query, limit=limit).rows:
            title = (
                _("Brouillon, {client}").format(client=row["client_name"] or _("sans client"))
                if entity.kind == "invoice"
                else records.title(entity.kind, row)
            )
            found.append(
                {
                    "kind": entity.kind,
                    "id": row["id"],
                    "kind_label": _(entity.model.label),
                    "title": title,
                    "deleted_at": row["deleted_at"],
                }
            )
    return sorted(found, key=lambda row: row["deleted_at"], reverse=True)[:limit]


def restore(company: OpenCompany, kind: str, record_id: str) -> Record:
    """Raises UserError ``record_unknown``."""
    return records.restore(company, kind, record_id)
