"""The number that the next issued invoice would take on this computer."""

from datetime import date

from facturepro.db import local_state
from facturepro.db.queries import invoices as queries
from facturepro.domain.numbering import Series
from facturepro.services.company import OpenCompany, settings


def next_number(company: OpenCompany, on: date) -> str:
    """Only an announcement: the number is given inside the transaction that issues."""
    prefix = settings(company)["number_prefix"]
    with company.db.read() as session:
        series = Series(prefix, on.year, local_state.get(session, "series", "A"))
        counter, _last_on, _last_number = queries.last_of_series(session, series.key)
    return series.number(counter + 1)
