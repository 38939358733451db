"""Backups: one file with the database, the kept papers and a manifest of hashes. A restored copy issues in a new series."""

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from facturepro import __version__
from facturepro.db import backup as files
from facturepro.db import migrate
from facturepro.db.base import new_id
from facturepro.db.search import fold
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services.company import DATABASE_NAME, OpenCompany, settings
from facturepro.services.records import Record
from facturepro.services.workspace import COMPANIES, Workspace
from facturepro.sync import accounts

FORMAT = "facturepro-backup"
VERSION = 1
MANIFEST = "manifest.json"
ASIDE, RESTORING = "replaced", "restoring"
_PAPER = re.compile(r"documents/[0-9a-f]{2}/[0-9a-f]{64}\.pdf")
_CHUNK = 1 << 20

Progress = Callable[[int, int], None]


# -- making --------------------------------------------------------------------------------------------------


def create(company: OpenCompany, target: Path | None = None, progress: Progress | None = None) -> Record:
    """Back up a company that may be in use. Answers ``file``, ``size``, ``created_at``, ``company``, ``files``.

    Secrets of the cloud are not in it: they are bound to this computer's keyring.

    Raises:
        UserError: full disk or unwritable place. No half-written file is left.
    """
    made_at = company.now()
    path = target or _default_path(company, made_at)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    snapshot = path.with_name(f".{path.name}.{os.getpid()}.db")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        migrate.snapshot(company.db.path, snapshot)
        entries = _write_archive(company, temporary, snapshot, made_at, progress)
        os.replace(temporary, path)
    except UserError as error:
        if error.code == "database_read_only":  # the snapshot's place, not the company: that one is only read
            raise UserError("file_unwritable", path=str(path), reason=_("dossier inaccessible")) from error
        raise
    except OSError as error:
        raise _file_error(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
            snapshot.unlink(missing_ok=True)
    return {
        "file": str(path),
        "size": path.stat().st_size,
        "created_at": made_at.isoformat(),
        "files": len(entries),
    } | {"company": settings(company)["name"]}


def _default_path(company: OpenCompany, made_at: datetime) -> Path:
    slug = re.sub(r"[^a-z0-9]+", "-", fold(settings(company)["name"])).strip("-")[:40] or "entreprise"
    stem = f"{slug}-{made_at.astimezone():%Y-%m-%d-%H%M%S}"
    path = company.backups_dir / f"{stem}.zip"
    number = 2
    while path.exists():
        path = company.backups_dir / f"{stem}-{number}.zip"
        number += 1
    return path


def _write_archive(
    company: OpenCompany, target: Path, snapshot: Path, made_at: datetime, progress: Progress | None
) -> list[dict[str, Any]]:
    papers = sorted(company.documents_dir.glob("*/*.pdf")) if company.documents_dir.is_dir() else []
    members = [(DATABASE_NAME, snapshot)]
    members += [(f"documents/{paper.parent.name}/{paper.name}", paper) for paper in papers]
    entries: list[dict[str, Any]] = []
    with target.open("wb") as raw:
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for done, (name, source) in enumerate(members, 1):
                entries.append(_add(archive, name, source))
                if progress is not None:
                    progress(done, len(members))
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "created_at": made_at.isoformat(),
                "app_version": __version__,
                "company_id": company.id,
                "company": settings(company)["name"],
                "files": entries,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        raw.flush()
        os.fsync(raw.fileno())
    return entries


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    is_paper = name != DATABASE_NAME
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_STORED if is_paper else zipfile.ZIP_DEFLATED  # papers are compressed already
    with source.open("rb") as reader, archive.open(info, "w", force_zip64=True) as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
    return {"path": name, "size": size, "sha256": digest.hexdigest()}


def list_backups(company: OpenCompany) -> list[Record]:
    """``file``, ``size``, ``created_at``, ``company`` of what stands in the company's folder, newest first."""
    found = []
    for path in company.backups_dir.glob("*.zip") if company.backups_dir.is_dir() else ():
        try:
            manifest = read_manifest(path)
        except UserError:
            continue  # another zip file that somebody put there
        found.append(
            {
                "file": str(path),
                "size": path.stat().st_size,
                "created_at": manifest["created_at"],
                "company": manifest["company"],
            }
        )
    return sorted(found, key=lambda row: str(row["created_at"]), reverse=True)


# -- restoring -----------------------------------------------------------------------------------------------


def read_manifest(path: Path) -> dict[str, Any]:
    """Raises UserError ``backup_missing`` or ``backup_invalid``."""
    if not path.is_file():
        raise UserError("backup_missing", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(archive, path)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UserError("backup_invalid", path=str(path)) from error
    except OSError as error:
        raise _file_error(error, path) from error


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if archive.getinfo(MANIFEST).file_size > 500_000_000:
        raise UserError("backup_invalid", path=str(path))
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    is_ours = isinstance(manifest, dict) and manifest.get("format") == FORMAT and manifest.get("version") == VERSION
    texts = ("company_id", "company", "created_at")
    if not is_ours or not all(isinstance(manifest.get(key), str) for key in texts) or not manifest.get("files"):
        raise UserError("backup_invalid", path=str(path))
    for entry in manifest["files"]:
        name = str(entry["path"])
        is_known = name == DATABASE_NAME or _PAPER.fullmatch(name)  # nothing else, so nothing leads out of the folder
        if not is_known or not isinstance(entry["size"], int) or not isinstance(entry["sha256"], str):
            raise UserError("backup_invalid", path=str(path))
    if DATABASE_NAME not in {entry["path"] for entry in manifest["files"]}:
        raise UserError("backup_invalid", path=str(path))
    return manifest


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup taken apart and found whole, beside the companies; ``put_in_place`` or ``discard`` it."""

    manifest: dict[str, Any]
    folder: Path


def restore(workspace: Workspace, path: Path, progress: Progress | None = None) -> Record:
    """Bring a backup back: ``unpack``, then ``put_in_place``. Raises what they raise; nothing was changed then."""
    return put_in_place(workspace, unpack(workspace, path, progress))


def unpack(workspace: Workspace, path: Path, progress: Progress | None = None) -> Unpacked:
    """The long part of a restoration, while the company may be in use: nothing of it is touched.

    Raises:
        UserError: not a backup, damaged, newer than this program, no room. Nothing is left, also when ``progress`` raises.
    """
    manifest = read_manifest(path)
    folder = workspace.data_dir / RESTORING / new_id()
    try:
        folder.mkdir(parents=True)
        _unpack(path, manifest, folder, progress)
        migrate.prepare(folder / DATABASE_NAME)
        migrate.check_integrity(folder / DATABASE_NAME)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, (zipfile.BadZipFile, EOFError, NotImplementedError)):
            raise UserError("backup_invalid", path=str(path)) from error
        if isinstance(error, OSError):
            raise _file_error(error, workspace.data_dir) from error
        raise
    return Unpacked(manifest, folder)


def discard(unpacked: Unpacked) -> None:
    shutil.rmtree(unpacked.folder, ignore_errors=True)


def put_in_place(workspace: Workspace, unpacked: Unpacked) -> Record:
    """The short part. The company it replaces is kept aside; a company that is not here is added.

    Answers ``id``, ``name``, ``folder``, ``series`` (the letter it now issues in), ``replaced`` (folder or None).

    Raises:
        UserError: company in use, unwritable place. Nothing was changed.
    """
    manifest, database = unpacked.manifest, unpacked.folder / DATABASE_NAME
    existing = next((c for c in workspace.companies() if c["id"] == manifest["company_id"]), None)
    try:
        letters = files.series_letters(database)
        if existing is not None:
            letters |= _letters_of(Path(existing["folder"]) / DATABASE_NAME)
        letter = files.renew_identity(database, letters)
        folder, replaced = _put_in_place(workspace, manifest, unpacked.folder, existing)
    except OSError as error:
        raise _file_error(error, workspace.data_dir) from error
    finally:
        discard(unpacked)
    workspace.remember(last_company=manifest["company_id"])
    return {
        "id": manifest["company_id"],
        "name": manifest["company"],
        "folder": str(folder),
        "series": letter,
        "replaced": str(replaced) if replaced else None,
    }


def _unpack(path: Path, manifest: dict[str, Any], target: Path, progress: Progress | None) -> None:
    entries = manifest["files"]
    with zipfile.ZipFile(path) as archive:
        for done, entry in enumerate(entries, 1):
            file = target / entry["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(entry["path"]) as reader, file.open("wb") as writer:
                    is_whole = _copy(reader, writer, entry["size"]) == entry["sha256"]
            except KeyError as error:
                raise UserError("backup_invalid", path=str(path)) from error
            if not is_whole:
                raise UserError("backup_damaged", path=str(path), name=entry["path"])
            if progress is not None:
                progress(done, len(entries))


def _copy(reader: IO[bytes], writer: IO[bytes], size: int) -> str:
    """Copy at most ``size`` bytes; answers their SHA-256, or nothing when there are more."""
    digest, left = hashlib.sha256(), size
    while chunk := reader.read(min(_CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            return ""
        digest.update(chunk)
        writer.write(chunk)
    writer.flush()
    os.fsync(writer.fileno())
    return digest.hexdigest()


def _letters_of(database: Path) -> set[str]:
    """A damaged file is what one restores for: its letters are then those of the backup."""
    try:
        return files.series_letters(database)
    except UserError as error:
        if error.code == "database_damaged":
            return set()
        raise


def _put_in_place(
    workspace: Workspace, manifest: dict[str, Any], incoming: Path, existing: dict[str, str] | None
) -> tuple[Path, Path | None]:
    if existing is None:
        folder = workspace.data_dir / COMPANIES / f"restored-{incoming.name[-12:]}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        os.replace(incoming, folder)
        return folder, None
    folder = Path(existing["folder"])
    try:
        files.release(folder / DATABASE_NAME)
    except UserError as error:
        if error.code != "database_damaged":
            raise
    aside = workspace.data_dir / ASIDE / f"{folder.name}-{incoming.name[-12:]}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    os.replace(folder, aside)
    try:
        os.replace(incoming, folder)
    except OSError:
        os.replace(aside, folder)
        raise
    for name in ("backups", accounts.KEY_FILE):  # they go on with the company
        if (aside / name).exists():
            os.replace(aside / name, folder / name)
    return folder, aside


def _file_error(error: OSError, path: Path) -> UserError:
    if error.errno in (27, 28):
        return UserError("disk_full")
    return UserError("file_unwritable", path=str(path), reason=error.strerror or str(error))
