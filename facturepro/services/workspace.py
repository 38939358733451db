"""The folder that holds all companies: one sub-folder and one database each."""

import errno
import json
import os
import platform
import re
import shutil
import socket
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from facturepro import __version__
from facturepro.db import catalog, incarnation, local_state, migrate
from facturepro.db.base import new_id
from facturepro.db.database import Database, system_now
from facturepro.db.models import Company, Device, Warehouse
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.models.local import CaptureContext
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.replication_state import forget_default_stamps
from facturepro.db.search import fold
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services.company import DATABASE_NAME, OpenCompany, prepare
from facturepro.services.validation import clean

COMPANIES = "companies"
SETTINGS = "settings.json"


class Workspace:
    """``data_dir``: everything FacturePro keeps on this computer for one user. Never a synchronised folder."""

    def __init__(self, data_dir: Path, now: Callable[[], datetime] = system_now) -> None:
        self.data_dir = data_dir
        self._now = now

    # -- companies -------------------------------------------------------------------------------------------

    def companies(self) -> list[dict[str, str]]:
        """``id``, ``name`` and ``folder`` of each company, by name. A damaged file is listed under its folder's name."""
        found = []
        for path in sorted((self.data_dir / COMPANIES).glob(f"*/{DATABASE_NAME}")):
            company_id, name = _peek(path)
            found.append({"id": company_id, "name": name, "folder": str(path.parent)})
        return sorted(found, key=lambda company: fold(company["name"]))

    def create(self, values: Mapping[str, Any]) -> OpenCompany:
        """A new company. Raises UserError when a value is impossible or the name is taken; nothing is left behind."""
        name = " ".join(str(values.get("name", "")).split())
        if any(fold(company["name"]) == fold(name) for company in self.companies()):
            raise UserError("company_exists", name=name)
        cleaned = _company_values(values)
        company_id = new_id()
        folder = self._folder(name, company_id)
        try:
            folder.mkdir(parents=True)  # never one that exists: what is cleared away below was made here
        except OSError as error:
            raise _folder_error(error, self.data_dir) from error
        try:
            migrate.create(folder / DATABASE_NAME)
            _fill(folder, company_id, cleaned, self._now)
            incarnation.check(folder / DATABASE_NAME)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _folder_error(error, self.data_dir) from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.remember(last_company=company_id)
        return OpenCompany(folder, self._now)

    def open(self, name_or_id: str | None = None) -> OpenCompany:
        """The named company, else the last used one, else the only one.

        Raises:
            UserError: none or several fit, or the file is damaged, newer or locked.
        """
        chosen = self._choose(name_or_id)
        folder = Path(chosen["folder"])
        if not os.access(folder, os.W_OK) or not os.access(folder / DATABASE_NAME, os.W_OK):
            raise UserError("database_read_only", path=str(folder))
        migrate.prepare(folder / DATABASE_NAME)
        incarnation.check(folder / DATABASE_NAME)
        company = OpenCompany(folder, self._now)
        self.remember(last_company=company.id)
        return company

    def _choose(self, name_or_id: str | None) -> dict[str, str]:
        companies = self.companies()
        if name_or_id:
            wanted = [c for c in companies if c["id"] == name_or_id]
            wanted = wanted or [c for c in companies if fold(c["name"]) == fold(name_or_id)]
            if not wanted:
                raise UserError("company_unknown", name=name_or_id)
            if len(wanted) > 1:  # a folder that was copied by hand
                raise UserError("company_ambiguous", names=", ".join(f"{c['name']} ({c['folder']})" for c in wanted))
            return wanted[0]
        if not companies:
            raise UserError("company_missing")
        last = self.settings().get("last_company")
        for company in companies:
            if company["id"] == last:
                return company
        if len(companies) == 1:
            return companies[0]
        raise UserError("company_ambiguous", names=", ".join(company["name"] for company in companies))

    def remove(self, company_id: str) -> None:
        """Delete a company's folder: only used for the example company, which says so."""
        for company in self.companies():
            if company["id"] == company_id:
                shutil.rmtree(company["folder"])

    def _folder(self, name: str, company_id: str) -> Path:
        slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:40] or "entreprise"
        return self.data_dir / COMPANIES / f"{slug}-{company_id[-6:]}"

    # -- settings of this computer ---------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """Window, language, theme, last company: of this computer and user, never synchronised, no secrets."""
        try:
            loaded = json.loads((self.data_dir / SETTINGS).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}  # first start, or a file cut off by a power loss or unreadable: defaults are harmless
        return loaded if isinstance(loaded, dict) else {}

    def remember(self, **values: Any) -> None:
        known = self.settings()
        settings = known | values
        if settings == known:
            return
        path = self.data_dir / SETTINGS
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{SETTINGS}.{os.getpid()}.tmp")  # a window and a script may write at once
            temporary.write_text(json.dumps(settings, ensure_ascii=False, indent=1), encoding="utf-8")
            os.replace(temporary, path)
        except OSError as error:
            raise _folder_error(error, self.data_dir) from error


def _folder_error(error: OSError, folder: Path) -> UserError:
    if error.errno == errno.ENOSPC:
        return UserError("disk_full")
    return UserError("database_read_only", path=str(folder))


def _peek(path: Path) -> tuple[str, str]:
    """Company id and name with plain sqlite3: listing must not open (and migrate) every file."""
    import sqlite3

    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            row = connection.execute("SELECT value FROM local_state WHERE key = 'company_id'").fetchone()
            name = connection.execute("SELECT name FROM company WHERE id = ?", (COMPANY_ID,)).fetchone()
            return str(json.loads(row[0])), str(name[0])
    except (sqlite3.Error, TypeError, ValueError):
        return path.parent.name, path.parent.name  # opening it says what is wrong


def _company_values(values: Mapping[str, Any]) -> dict[str, Any]:
    found = catalog.entity("company")
    given = {key: value for key, value in values.items() if value not in (None, "")}
    country = str(given.get("country", "FR")).upper()
    cleaned = clean(found, prepare(given, country), "company")
    if not cleaned.get("name"):
        raise UserError("field_required", label=_("Nom de l’entreprise"))
    if country == "MA":
        cleaned.setdefault("currency", "MAD")
    franchise = cleaned.get("vat_regime") == "franchise"
    if country == "FR" and cleaned.get("siren") and not cleaned.get("vat_number") and not franchise:
        cleaned["vat_number"] = identifiers.french_vat_number(cleaned["siren"])
    return cleaned


def _fill(folder: Path, company_id: str, cleaned: Mapping[str, Any], now: Callable[[], datetime]) -> None:
    device_id = new_id().replace("-", "")[-12:]
    bootstrap = Database(folder / DATABASE_NAME, now)
    try:
        with bootstrap.engine.begin() as connection:
            connection.execute(
                CaptureContext.__table__.insert().values(  # type: ignore[attr-defined]
                    id=1, device=device_id, clock_ms=0, clock_counter=0, origin="local"
                )
            )
        with bootstrap.write(_("Entreprise créée")) as work:
            work.add(Company(id=COMPANY_ID, **cleaned))
            work.add(Warehouse(id=MAIN_WAREHOUSE_ID, name=_("Entrepôt principal")))
            work.add(
                Device(
                    id=device_id,
                    name=socket.gethostname()[:60] or _("Ordinateur"),
                    platform=f"{platform.system()} {platform.release()}"[:60],
                    app_version=__version__,
                    series="A",
                )
            )
            work.flush()
            forget_default_stamps(work.session, device_id, [("warehouse", MAIN_WAREHOUSE_ID)])
            for key, value in (("company_id", company_id), ("device_id", device_id), ("series", "A")):
                local_state.put(work.session, key, value)
    finally:
        bootstrap.close()
