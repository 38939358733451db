"""The number that the next issued invoice would take."""

from datetime import date

from facturepro.db import local_state
from facturepro.db.queries import invoices as queries
from facturepro.domain.numbering import Series
from facturepro.i18n import N_
from facturepro.services.company import OpenCompany, is_joined, settings

MODES = {
    "per_device": N_(
        "Chaque ordinateur numérote dans sa propre série, même hors ligne : FA-2026-A0001, FA-2026-B0001…"
    ),
    "central": N_(
        "Une seule suite pour toute l’entreprise, FA-2026-0001, FA-2026-0002…, prise dans le cloud au moment d’émettre. "
        "Sans réseau, la facture attend son numéro."
    ),
}
"""What each mode means, for the settings."""


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
