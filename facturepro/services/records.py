"""The same verbs for every kind: create, read, change, delete, restore, list, search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facturepro.db import catalog, references
from facturepro.db.base import Entity
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries import listing
from facturepro.db.queries.listing import Cursor
from facturepro.db.queries.listing import ListQuery as ListQuery
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.services.validation import clean, machine_form

if TYPE_CHECKING:
    from facturepro.services.company import OpenCompany

Record = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Rows by column name with typed values, and the cursor for the next page (None at the end)."""

    rows: list[Record]
    next: Cursor | None


def _done(found: catalog.EntityType, masculine: str, feminine: str) -> str:
    """What was done to a record, as undo shows it: "Client supprimé", "Facture supprimée"."""
    return _(feminine if found.model.is_feminine else masculine).format(kind=_(found.model.label))


def create(company: "OpenCompany", kind: str, values: Mapping[str, Any], record_id: str | None = None) -> Record:
    """A new record from typed values or text, by column or option name.

    Raises:
        UserError: missing or impossible value. Nothing was written.
    """
    found = catalog.entity(kind)
    cleaned = clean(found, _deduced(values), kind, company.today())
    for field in found.fields:
        if field.spec.is_required and not cleaned.get(field.name):
            raise UserError("field_required", label=_(field.spec.label))
    entity = found.model(**cleaned)
    if record_id:
        entity.id = record_id
    label = _done(found, N_("{kind} ajouté"), N_("{kind} ajoutée"))
    with company.db.write(label) as work:
        work.add(entity)
        work.flush()
        new_id = entity.id
    return get(company, kind, new_id)


def update(company: "OpenCompany", kind: str, record_id: str, values: Mapping[str, Any], label: str = "") -> Record:
    """Change some fields. A value that does not change writes nothing."""
    found = catalog.entity(kind)
    cleaned = clean(found, _deduced(values), kind, company.today())
    with company.db.write(_(label) if label else _done(found, N_("{kind} modifié"), N_("{kind} modifiée"))) as work:
        entity = _existing(work.get(found.model, record_id), kind, record_id)
        for name, value in cleaned.items():
            if getattr(entity, name) != value:
                setattr(entity, name, value)
    return get(company, kind, record_id)


def _deduced(values: Mapping[str, Any]) -> dict[str, Any]:
    prepared = dict(values)
    if prepared.get("postcode") and prepared.get("country"):
        country = str(prepared["country"]).upper()
        prepared["postcode"] = identifiers.postcode(str(prepared["postcode"]), country)
    return prepared


def delete(company: "OpenCompany", kind: str, record_id: str) -> str:
    """Put a record in the bin; answers the transaction that undo takes back.

    Raises:
        UserError: ``record_in_use`` when an issued document refers to it, ``record_needed`` for what a company cannot be
            without, ``invoice_frozen``, ``record_append_only``.
    """
    found = catalog.entity(kind)
    if found.model.is_append_only:
        raise UserError("record_append_only")
    with company.db.write(_done(found, N_("{kind} supprimé"), N_("{kind} supprimée"))) as work:
        entity = _existing(work.get(found.model, record_id), kind, record_id)
        if found.model.is_singleton or record_id == MAIN_WAREHOUSE_ID:
            raise UserError("record_needed", name=str(getattr(entity, found.model.title_field) or ""))
        if getattr(entity, "number", None) is not None:
            raise UserError("invoice_frozen")
        if references.is_used_by_issued(work.session, kind, record_id):
            raise UserError("record_in_use", name=str(getattr(entity, found.model.title_field) or ""))
        entity.deleted_at = work.now
        return work.stamp


def restore(company: "OpenCompany", kind: str, record_id: str) -> Record:
    """Take a record out of the bin."""
    found = catalog.entity(kind)
    with company.db.write(_done(found, N_("{kind} rétabli"), N_("{kind} rétablie"))) as work:
        entity = work.get(found.model, record_id)
        if entity is None:
            raise UserError("record_unknown", kind=_(found.model.label), text=record_id)
        entity.deleted_at = None
    return get(company, kind, record_id)


def _existing(entity: Entity | None, kind: str, record_id: str) -> Entity:
    if entity is None or entity.deleted_at is not None:
        raise UserError("record_unknown", kind=_(catalog.entity(kind).model.label), text=record_id)
    return entity


def get(company: "OpenCompany", kind: str, record_id: str) -> Record:
    """One record by id, deleted ones included.

    Raises:
        UserError: ``record_unknown``.
    """
    with company.db.read() as session:
        rows = listing.rows_by_id(session, kind, [record_id])
    if not rows:
        raise UserError("record_unknown", kind=_(catalog.entity(kind).model.label), text=record_id)
    return rows[0]


def get_many(company: "OpenCompany", kind: str, ids: Sequence[str]) -> list[Record]:
    with company.db.read() as session:
        return listing.rows_by_id(session, kind, ids)


def find(company: "OpenCompany", kind: str, text: str) -> Record:
    """By id, by the beginning of an id that only one record has, by SKU or number, or by exact name."""
    with company.db.read() as session:
        ids = references.candidates(session, kind, text.strip())
    label = _(catalog.entity(kind).model.label)
    if not ids:
        raise UserError("record_unknown", kind=label, text=text)
    if len(ids) > 1:
        raise UserError("record_ambiguous", text=text)
    return get(company, kind, ids[0])


def page(company: "OpenCompany", query: ListQuery, after: Cursor | None = None, limit: int = 100) -> Page:
    with company.db.read() as session:
        rows, cursor = listing.page(session, query, after, limit)
    return Page(rows, cursor)


def count(company: "OpenCompany", query: ListQuery) -> int:
    with company.db.read() as session:
        return listing.count(session, query)


def title(kind: str, record: Record) -> str:
    """What names a record to people."""
    value = record.get(catalog.entity(kind).model.title_field)
    return str(value) if value else _("sans nom")


def present(kind: str, record: Record) -> Record:
    """JSON object of the command line: ``id`` and the fields under the names of the options."""
    found = catalog.entity(kind)
    answer: Record = {"id": record["id"]}
    for field in found.fields:
        if field.name != "deleted_at" and field.spec.maximum_length <= 4000:
            answer[field.option] = machine_form(field, record[field.name])
    return answer
