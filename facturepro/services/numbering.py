"""The number that the next issued invoice would take."""

from datetime import date

from facturepro.db import local_state
from facturepro.db.queries import invoices as queries
from facturepro.domain.numbering import Series
from facturepro.services.company import OpenCompany, is_joined, settings


def is_central(company: OpenCompany) -> bool:
    """Are numbers taken in the cloud? A company that left its cloud numbers by itself, whatever was chosen."""
    return settings(company)["numbering"] == "central" and is_joined(company)


def next_number(company: OpenCompany, on: date) -> str:
    """Only an announcement: the number is given inside the transaction that issues.

    In central numbering, what this computer knows: another one may be faster.
    """
    prefix = settings(company)["number_prefix"]
    with company.db.read() as session:
        letter = "" if is_central(company) else local_state.get(session, "series", "A")
        series = Series(prefix, on.year, letter)
        counter, _last_on, _last_number = queries.last_of_series(session, series.key)
    return series.number(counter + 1)
