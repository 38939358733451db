"""A file that was restored or copied opens its own series before it issues: from the refusal to the new number."""

import shutil
from pathlib import Path

import pytest

from facturepro.db import local_state
from facturepro.domain.errors import UserError
from facturepro.services import backups, cloud, invoices, issuing, records, verification
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from tests.conftest import Clock
from tests.services.test_cloud import target_of
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


def draft(company: OpenCompany) -> str:
    clients = records.page(company, records.ListQuery("client")).rows
    client = clients[0] if clients else records.create(company, "client", {"name": "Ali"})
    line = {"description": "Pose", "quantity": "1", "unit_price": "10"}
    return str(invoices.create(company, {"client": client["id"], "lines": [line]})["id"])


def number(company: OpenCompany) -> str:
    return str(issuing.issue(company, draft(company))["number"])


def refused(company: OpenCompany) -> UserError:
    with pytest.raises(UserError) as caught:
        issuing.issue(company, draft(company))
    return caught.value


@pytest.fixture
def joined(company: OpenCompany, emulator: Emulator) -> OpenCompany:
    cloud.join(company, target_of(emulator))
    assert number(company) == "FA-2026-A0001"
    cloud.sync_once(company)
    return company


def settle(*companies: OpenCompany) -> None:
    for each in (*companies, *companies, companies[0]):
        cloud.sync_once(each)
    assert len({"\n".join(cloud.dump(each)) for each in companies}) == 1
    for each in companies:
        assert verification.verify(each)["ok"]


def test_a_restored_backup_edits_offline_and_issues_after_its_first_exchange(
    joined: OpenCompany, workspace: Workspace, tmp_path: Path
) -> None:
    file = Path(backups.create(joined, tmp_path / "b.zip")["file"])
    assert number(joined) == "FA-2026-A0002"
    cloud.sync_once(joined)
    joined.close()
    backups.restore(workspace, file)
    restored = workspace.open()
    error = refused(restored)
    assert error.code == "device_cloned"
    assert "facturepro sync once" in error.message and "brouillon est gardé" in error.message
    kept = invoices.page(restored, invoices.InvoiceFilter(status="draft")).rows[0]["id"]  # it was saved, offline
    cloud.sync_once(restored)
    assert cloud.status(restored)["series"] == "B"
    assert issuing.issue(restored, kept)["number"] == "FA-2026-B0001"
    cloud.sync_once(restored)
    found = [row["number"] for row in invoices.page(restored, invoices.InvoiceFilter()).rows]
    assert sorted(found) == ["FA-2026-A0001", "FA-2026-A0002", "FA-2026-B0001"]
    assert verification.verify(restored)["ok"]
    restored.close()


def test_two_data_folders_with_one_file_part_before_they_issue(
    joined: OpenCompany, workspace: Workspace, tmp_path: Path, clock: Clock
) -> None:
    device = joined.db.device_id
    joined.close()
    shutil.copytree(workspace.data_dir, tmp_path / "copied")
    one, two = workspace.open(), Workspace(tmp_path / "copied", clock).open()
    assert one.db.device_id == device != two.db.device_id
    assert refused(two).code == "device_cloned"
    assert number(one) == "FA-2026-A0002"
    cloud.sync_once(two)
    assert number(two) == "FA-2026-B0001"
    settle(one, two)
    one.close()
    two.close()
    again = Workspace(tmp_path / "copied", clock).open()
    assert cloud.status(again)["series"] == "B"  # noticed once, not at every start
    assert number(again) == "FA-2026-B0002"
    again.close()


def test_a_twin_that_lies_on_the_same_place_of_another_disk_is_noticed_by_what_it_wrote(
    joined: OpenCompany, workspace: Workspace, tmp_path: Path, clock: Clock
) -> None:
    device = joined.db.device_id
    joined.close()
    shutil.copytree(workspace.data_dir, tmp_path / "image")
    one = workspace.open()
    from facturepro.services.company import DATABASE_NAME

    folder = next((tmp_path / "image").rglob(DATABASE_NAME)).parent
    two = OpenCompany(folder, clock)  # a disk image: nothing on this computer tells the files apart
    assert one.db.device_id == two.db.device_id == device
    records.create(one, "client", {"name": "Écrit ici"})
    cloud.sync_once(one)
    cloud.sync_once(two)
    assert two.db.device_id != device and cloud.status(two)["series"] == "B"
    with two.db.read() as session:
        assert local_state.get(session, "series_stale") is False
    assert number(two) == "FA-2026-B0001" and number(one) == "FA-2026-A0002"
    settle(one, two)
    assert one.db.device_id == device
    one.close()
    two.close()


def test_a_file_that_is_not_joined_is_moved_and_copied_freely(
    company: OpenCompany, workspace: Workspace, tmp_path: Path
) -> None:
    assert number(company) == "FA-2026-A0001"
    company.close()
    shutil.copytree(workspace.data_dir, tmp_path / "copied")
    copied = Workspace(tmp_path / "copied").open()
    assert cloud.status(copied)["series"] == "A"
    copied.close()


def test_two_copies_of_a_file_that_was_not_joined_part_when_they_meet_in_a_cloud(
    company: OpenCompany, workspace: Workspace, tmp_path: Path, emulator: Emulator
) -> None:
    """The company was set up on one computer and its folder copied to another before there was any cloud."""
    records.create(company, "client", {"name": "Ali"})
    company.close()
    shutil.copytree(workspace.data_dir, tmp_path / "copied")
    one, two = workspace.open(), Workspace(tmp_path / "copied").open()
    assert one.db.device_id == two.db.device_id
    target = target_of(emulator)
    cloud.join(one, target)
    cloud.sync_once(one)
    cloud.join(two, target)
    assert one.db.device_id != two.db.device_id
    assert [cloud.status(each)["series"] for each in (one, two)] == ["A", "B"]
    assert [number(one), number(two)] == ["FA-2026-A0001", "FA-2026-B0001"]
    settle(one, two)
    assert number(two) == "FA-2026-B0002"
    for each in (one, two):
        each.close()
