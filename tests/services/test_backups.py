"""Backups: complete, checked, restored as a computer of its own."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from facturepro.db.backup import next_letter
from facturepro.domain.errors import UserError
from facturepro.services import backups, document_store, invoices, issuing, records, verification
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace


def issued(company: OpenCompany, name: str = "A") -> dict:
    client = records.create(company, "client", {"name": name})
    lines = [{"description": "Pose", "unit_price": "10"}]
    return issuing.issue(company, invoices.create(company, {"client": client["id"], "lines": lines})["id"])


@pytest.fixture
def made(company: OpenCompany, tmp_path: Path) -> Path:
    issued(company)
    return Path(backups.create(company, tmp_path / "b.zip")["file"])


def test_what_is_in_it(company: OpenCompany, made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
    assert {"company.db", "manifest.json"} < names
    assert sum(name.startswith("documents/") for name in names) == 1
    assert (manifest["company_id"], manifest["company"]) == (company.id, "Atelier Boisvert")
    assert {entry["path"] for entry in manifest["files"]} == names - {"manifest.json"}
    assert list(made.parent.glob(".b.zip*")) == []


def test_secrets_stay_behind(company: OpenCompany, tmp_path: Path) -> None:
    (company.folder / "cloud-key.enc").write_bytes(b"secret")
    with zipfile.ZipFile(backups.create(company, tmp_path / "b.zip")["file"]) as archive:
        assert "cloud-key.enc" not in archive.namelist()


def test_restored_in_place_of_the_company(company: OpenCompany, workspace: Workspace, made: Path) -> None:
    old_device, company_id = company.db.device_id, company.id
    records.create(company, "client", {"name": "Later"})
    backups.create(company)
    company.close()
    answer = backups.restore(workspace, made)
    assert (answer["id"], answer["series"]) == (company_id, "B")
    restored = workspace.open(company_id)
    assert [row["name"] for row in records.page(restored, records.ListQuery("client")).rows] == ["A"]
    assert restored.db.device_id != old_device
    devices = {row["id"]: row["series"] for row in records.page(restored, records.ListQuery("device")).rows}
    assert devices == {old_device: "A", restored.db.device_id: "B"}
    kept = invoices.find(restored, "FA-2026-A0001")
    assert document_store.pdf(restored, kept["id"]).startswith(b"%PDF")
    assert issued(restored, "B")["number"] == "FA-2026-B0001"
    assert verification.verify(restored) == {"ok": True, "problems": []}
    assert len(backups.list_backups(restored)) == 1  # they go on with the company
    restored.close()
    aside = Path(answer["replaced"]) / "company.db"
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM client").fetchone()[0] == 2
    assert len(workspace.companies()) == 1


def test_restoring_twice_opens_another_series_each_time(company: OpenCompany, workspace: Workspace, made: Path) -> None:
    company.close()
    assert backups.restore(workspace, made)["series"] == "B"
    assert backups.restore(workspace, made)["series"] == "C"


def test_restored_where_the_company_is_not(company: OpenCompany, made: Path, tmp_path: Path) -> None:
    elsewhere = Workspace(tmp_path / "elsewhere")
    answer = backups.restore(elsewhere, made)
    assert answer["replaced"] is None
    restored = elsewhere.open()
    assert restored.id == company.id
    assert verification.verify(restored)["ok"]
    restored.close()


def test_a_joined_copy_may_not_issue_before_it_has_its_letter(
    company: OpenCompany, workspace: Workspace, tmp_path: Path
) -> None:
    with company.db.write() as work:
        work.keep("cloud", {"mode": "emulator", "host": "127.0.0.1:1", "project": "p", "remote_company": "r"})
    file = Path(backups.create(company, tmp_path / "b.zip")["file"])
    company.close()
    backups.restore(workspace, file)
    restored = workspace.open()
    with pytest.raises(UserError) as refused:
        issued(restored)
    assert refused.value.code == "device_cloned"
    with restored.db.write() as work:
        work.keep("series_stale", False)
    draft = invoices.page(restored, invoices.InvoiceFilter(status="draft")).rows[0]
    assert issuing.issue(restored, draft["id"])["number"] == "FA-2026-B0001"
    restored.close()


def test_a_company_in_use_is_not_replaced(company: OpenCompany, workspace: Workspace, made: Path) -> None:
    with company.db.read() as session:
        records.listing.rows_by_id(session, "client", ["x"])
        with pytest.raises(UserError) as refused:
            backups.restore(workspace, made)
    assert refused.value.code == "database_locked"
    assert len(records.page(company, records.ListQuery("client")).rows) == 1
    assert not list((workspace.data_dir / "restoring").iterdir())


def test_a_damaged_company_can_be_replaced(company: OpenCompany, workspace: Workspace, made: Path) -> None:
    company.close()
    path = company.folder / "company.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = b"\xff" * (len(data) - 4096 * 3)  # the company is still recognised by its id
    path.write_bytes(bytes(data))
    answer = backups.restore(workspace, made)
    restored = workspace.open(answer["id"])
    assert verification.verify(restored)["ok"]
    restored.close()


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy of a backup with members changed."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target


def flipped(members: dict[str, bytes]) -> None:
    data = bytearray(members["company.db"])
    data[5000] ^= 0xFF
    members["company.db"] = bytes(data)


def edited(change):
    def edit(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return edit


def climbing(path: str):
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        manifest["files"].append({"path": path, "size": 1, "sha256": "0" * 64})
        members["manifest.json"] = json.dumps(manifest).encode()
        members[path] = b"x"

    return change


TAMPERED = {
    "flipped": (flipped, "backup_damaged"),
    "no manifest": (lambda members: members.pop("manifest.json"), "backup_invalid"),
    "no database": (lambda members: members.pop("company.db"), "backup_invalid"),
    "other format": (edited(lambda manifest: manifest.update(format="other")), "backup_invalid"),
    "newer format": (edited(lambda manifest: manifest.update(version=99)), "backup_invalid"),
    "manifest is no json": (lambda members: members.update({"manifest.json": b"{"}), "backup_invalid"),
    "files is no list": (edited(lambda manifest: manifest.update(files=[3])), "backup_invalid"),
    "out of the folder": (climbing("../../evil.pdf"), "backup_invalid"),
    "absolute": (climbing("/tmp/evil.pdf"), "backup_invalid"),
    "other file": (climbing("settings.json"), "backup_invalid"),
    "shorter than said": (
        edited(lambda manifest: [entry.update(size=entry["size"] - 1) for entry in manifest["files"]]),
        "backup_damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_backups_are_refused(
    company: OpenCompany, workspace: Workspace, made: Path, name: str, tmp_path: Path
) -> None:
    change, code = TAMPERED[name]
    bad = rewritten(made, tmp_path / "bad.zip", change)
    company.close()
    with pytest.raises(UserError) as refused:
        backups.restore(workspace, bad)
    assert refused.value.code == code
    assert [c["id"] for c in workspace.companies()] == [company.id]
    assert not (workspace.data_dir / "replaced").exists()
    assert not list((workspace.data_dir / "restoring").glob("*"))
    assert not (tmp_path / "evil.pdf").exists()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\x00" * 50])
def test_files_that_are_no_backups(workspace: Workspace, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        backups.restore(workspace, path)
    assert refused.value.code == "backup_invalid"


def test_letters() -> None:
    assert [next_letter(used) for used in ((), {"A"}, {"A", "C"}, {"Z", "B"}, {"AZ"}, {"ZZ"})] == [
        "A", "B", "D", "AA", "BA", "AAA",
    ]  # fmt: skip
