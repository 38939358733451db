"""What a bug report needs: versions, places and states. No names of clients, no amounts, no secrets."""

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import metadata
from typing import Any

from facturepro import __version__
from facturepro.assets import resources_dir
from facturepro.db import migrate
from facturepro.db.migrations import HEAD
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import cloud
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.workspace import Workspace
from facturepro.sync import status as sync_status
from facturepro.sync.remotes import base

PACKAGES = ("PySide6_Essentials", "SQLAlchemy", "google-cloud-firestore", "reportlab", "pikepdf", "openpyxl", "click")


def examine(workspace: Workspace, company_name: str | None, keyring_name: Callable[[], str]) -> dict[str, Any]:
    """Sections of plain values; ``problems`` lists in words what does not work."""
    problems: list[str] = []
    answer: dict[str, Any] = {
        "facturepro": __version__,
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "sqlite": {"version": sqlite3.sqlite_version, "fts5": _has_fts5()},
        "paths": _paths(workspace, problems),
        "keyring": keyring_name(),
        "fonts": _fonts(problems),
    }
    if not answer["sqlite"]["fts5"]:
        problems.append(_("SQLite n’a pas la recherche en texte intégral (FTS5)."))
    if answer["keyring"].endswith(("fail.Keyring", "null.Keyring")):
        problems.append(_("Aucun trousseau de clés : une clé de cloud ne peut pas être gardée."))
    answer["company"] = _company(workspace, company_name, problems)
    return answer | {"problems": problems}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "—"


def _has_fts5() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(words)")
        except sqlite3.OperationalError:
            return False
    return True


def _paths(workspace: Workspace, problems: list[str]) -> dict[str, Any]:
    folder = workspace.data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    is_writable = existing.is_dir() and os.access(existing, os.W_OK)
    if not is_writable:
        problems.append(_("Le dossier « {path} » n’est pas accessible en écriture.").format(path=folder))
    free = shutil.disk_usage(existing).free // 2**20
    if free < 200:
        problems.append(_("Il reste {free} Mo sur le disque.").format(free=free))
    return {"data": str(folder), "resources": str(resources_dir()), "is_writable": is_writable, "free_megabytes": free}


def _fonts(problems: list[str]) -> list[str]:
    found = sorted(path.name for path in (resources_dir() / "fonts").glob("*.ttf"))
    if not found:
        problems.append(_("Les polices du programme manquent : l’installation est incomplète."))
    return found


def _company(workspace: Workspace, name: str | None, problems: list[str]) -> dict[str, Any]:
    try:
        company = workspace.open(name)
    except UserError as error:
        if error.code != "company_missing":
            problems.append(error.message)
        return {"error": error.code}
    try:
        return _opened(company, problems)
    finally:
        company.close()


def _opened(company: OpenCompany, problems: list[str]) -> dict[str, Any]:
    path = company.folder / DATABASE_NAME
    status = cloud.status(company)
    facts = {
        "id": company.id,
        "folder": str(company.folder),
        "database_megabytes": round(path.stat().st_size / 2**20, 1),
        "revision": migrate.current_revision(path),
        "expected_revision": HEAD,
        "device": status["device"],
        "series": status["series"],
        "pending": status["pending"],
    }
    try:
        migrate.check_integrity(path)
        facts["integrity"] = "ok"
    except UserError as error:
        facts["integrity"] = error.code
        problems.append(error.message)
    return facts | {"cloud": _cloud(company, status, problems)}


def _cloud(company: OpenCompany, status: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    known = {key: status[key] for key in ("joined", "mode", "project", "last_exchange_at")}
    if not status["joined"]:
        return known
    try:
        is_reachable = reach(company)
    except UserError as error:
        problems.append(error.message)
        return known | {"reachable": False, "error": error.code}
    return known | {"reachable": is_reachable}


def reach(company: OpenCompany) -> bool:
    """Read the company's profile in the cloud. Raises UserError in words when that fails."""
    remote = cloud.connect_company(company)
    try:
        remote.profile()
    except base.RemoteError as error:
        raise sync_status.user_error(error) from error
    finally:
        remote.close()
    return True


def report(facts: dict[str, Any], indent: str = "") -> str:
    """The facts as indented lines."""
    lines: list[str] = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}", report(value, indent + "  ")]
        elif isinstance(value, list):
            lines += [f"{indent}{key}", *(f"{indent}  {entry}" for entry in value or ["—"])]
        else:
            lines.append(f"{indent}{key}  {value}")
    return "\n".join(lines)


__all__ = ["examine", "report"]
