"""An open company: its file, its folder, its clock, its settings."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from facturepro.db import local_state, replication_skew
from facturepro.db.database import Database, system_now
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.unit_of_work import catch_up
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.services import records

DATABASE_NAME = "company.db"


class OpenCompany:
    """What every use case gets first.

    Attributes:
        db: the database. folder: holds the file, the kept documents and the backups. bus: change events.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = system_now) -> None:
        self.folder = folder
        self.db = Database(folder / DATABASE_NAME, now)
        self.bus = self.db.bus
        try:
            with self.db.read() as session:
                self.id: str = local_state.get(session, "company_id", "")
            self._catch_up()
        except BaseException:
            self.db.close()
            raise

    def _catch_up(self) -> None:
        """Another program may have written to the file while it was closed."""
        with self.db.write() as work:
            if catch_up(work.session):
                work.touch()
        replication_skew.catch_up(self.db)

    def now(self) -> datetime:
        return self.db.now()

    def today(self) -> date:
        """Legal dates are the days of this computer's calendar."""
        return self.db.now().astimezone().date()

    @property
    def documents_dir(self) -> Path:
        return self.folder / "documents"

    @property
    def backups_dir(self) -> Path:
        return self.folder / "backups"

    def close(self) -> None:
        self.db.close()


def settings(company: OpenCompany) -> dict[str, Any]:
    """The company's own record: name, address, identifiers, VAT regime, texts, presentation."""
    return records.get(company, "company", COMPANY_ID)


def update_settings(company: OpenCompany, values: Mapping[str, Any]) -> dict[str, Any]:
    """Change some settings. Raises UserError for an identifier that does not check."""
    current = settings(company)
    country = values.get("country") or current["country"]
    prepared = prepare(values, str(country))
    if prepared.get("numbering") == "central" and not is_joined(company):
        raise UserError("numbering_needs_cloud")
    return records.update(company, "company", COMPANY_ID, prepared, label=N_("Paramètres de l’entreprise modifiés"))


def is_joined(company: OpenCompany) -> bool:
    """Does this company exchange with a cloud?"""
    with company.db.read() as session:
        return local_state.get(session, "cloud") is not None


def prepare(values: Mapping[str, Any], country: str) -> dict[str, Any]:
    """Compact the postcode, or refuse one that cannot be in the country."""
    prepared = dict(values)
    if postcode := prepared.get("postcode"):
        prepared["postcode"] = identifiers.postcode(str(postcode), country)
    return prepared


def check_field(name: str, value: str, country: str) -> tuple[str | None, str | None]:
    """For forms, while typing is done: (error, hint) of one company field in words, either may be None."""
    from facturepro.db import catalog
    from facturepro.services.validation import convert

    field = catalog.entity("company").by_name.get(name)
    if field is None:
        return None, None
    hint: str | None = None
    try:
        if name == "postcode" and value.strip():
            identifiers.postcode(value, country)
        else:
            convert(field, value)
            hint = _("Numéro valide") if field.spec.check in ("siren", "siret", "vat_number", "ice", "iban") else None
    except UserError as error:
        return error.message, None
    return None, hint


def derive_fields(name: str, value: str, country: str) -> dict[str, str]:
    """Other company fields that follow from a valid one: the VAT number from a French SIREN."""
    if name != "siren" or country != "FR":
        return {}
    try:
        number = identifiers.french_vat_number(value)
    except UserError:
        return {}
    return {"vat_number": f"{number[:4]} {number[4:]}"} if number else {}
