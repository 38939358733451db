"""Figures of clients, for lists and the client's drawer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from facturepro.db.queries import invoices as queries
from facturepro.services.company import OpenCompany


def balances(company: OpenCompany, client_ids: Sequence[str]) -> dict[str, Decimal]:
    """Amount due per client id; clients that owe nothing are left out."""
    with company.db.read() as session:
        return queries.client_balances(session, client_ids)


def figures(company: OpenCompany, client_id: str) -> dict[str, Any]:
    """``count`` of issued invoices, ``turnover`` without tax, ``due`` and ``overdue``."""
    with company.db.read() as session:
        return queries.client_figures(session, client_id, company.today())
