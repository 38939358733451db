"""Search across everything: a few best records per kind, newest first."""

from dataclasses import dataclass
from typing import Any

from facturepro.db import catalog, search
from facturepro.db.queries import invoices as invoice_queries
from facturepro.db.queries.invoices import InvoiceFilter
from facturepro.db.queries.listing import ListQuery
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.company import OpenCompany

PER_KIND = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """``record`` is the row by column name; ``due`` the amount due of a client."""

    kind: str
    id: str
    title: str
    detail: str
    record: dict[str, Any]


def find(company: OpenCompany, query: str) -> dict[str, list[Hit]]:
    """Kind -> hits, kinds without any left out. Nothing for a query without a letter or digit."""
    if not search.match_expression(query):
        return {}
    found: dict[str, list[Hit]] = {}
    for entity in catalog.entities():
        if not entity.searchable:
            continue
        rows = _rows(company, entity.kind, query)
        if rows:
            found[entity.kind] = [_hit(entity.kind, row) for row in rows]
    return found


def _rows(company: OpenCompany, kind: str, query: str) -> list[dict[str, Any]]:
    if kind == "invoice":
        wanted = invoice_queries.list_query(InvoiceFilter(text=query), company.today())
        return records.page(company, wanted, limit=PER_KIND).rows
    return records.page(company, ListQuery(kind, text=query), limit=PER_KIND).rows


def _hit(kind: str, row: dict[str, Any]) -> Hit:
    if kind == "invoice":
        return Hit(kind, row["id"], row["number"] or _("Brouillon"), row["client_name"], row)
    detail = row.get("city") or row.get("sku") or row.get("address") or ""
    return Hit(kind, row["id"], records.title(kind, row), detail, row)


def folded(text: str) -> str:
    """The folding that search uses, for highlighting what matched."""
    return search.fold(text)
