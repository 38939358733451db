"""Joining, leaving and changing clouds, on the official emulator."""

import json
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import cloud, invoices, issuing, records
from facturepro.services.company import OpenCompany, settings
from facturepro.services.workspace import Workspace
from facturepro.sync.remotes.base import RemoteUnavailable
from facturepro.sync.remotes.firestore import FirestoreRemote
from tests.conftest import COMPANY, Clock
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


def target_of(emulator: Emulator) -> cloud.Target:
    return cloud.emulator_target(emulator.host_port, emulator.project, f"c{uuid4().hex}")


def second(tmp_path: Path, clock: Clock) -> Workspace:
    return Workspace(tmp_path / "other", clock)


def test_a_second_computer_gets_its_own_letter_and_everything(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    client = records.create(company, "client", {"name": "Ali"})
    target = target_of(emulator)
    assert cloud.join(company, target)["series"] == "A"
    cloud.sync_once(company)
    other = cloud.join_new(second(tmp_path, clock), target)
    assert cloud.status(other)["series"] == "B"
    cloud.sync_once(other)
    assert records.get(other, "client", client["id"])["name"] == "Ali"
    assert settings(other)["siren"] == COMPANY["siren"]
    cloud.sync_once(company)
    assert cloud.dump(company) == cloud.dump(other)
    spent = cloud.budget(company).used
    assert spent["reads"] > 0
    assert spent["writes"] > 0
    other.close()


def test_what_was_typed_before_joining_is_added_but_the_settings_of_the_cloud_stand(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    target = target_of(emulator)
    cloud.join(company, target)
    cloud.sync_once(company)
    clock.advance(days=1)
    other = second(tmp_path, clock).create({"name": "Autre nom", "siren": "123456782"})
    records.create(other, "client", {"name": "Saisi avant"})
    cloud.join(other, target)
    for each in (other, company, other):
        cloud.sync_once(each)
    assert settings(other)["name"] == settings(company)["name"] == "Atelier Boisvert"
    assert [row["name"] for row in records.page(company, records.ListQuery("client")).rows] == ["Saisi avant"]
    assert len(records.page(company, records.ListQuery("warehouse")).rows) == 1
    assert cloud.dump(company) == cloud.dump(other)
    other.close()


def test_two_series_of_numbers_never_meet(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    target = target_of(emulator)
    cloud.join(company, target)
    cloud.sync_once(company)
    other = second(tmp_path, clock).create(COMPANY)
    client = records.create(other, "client", {"name": "Ali"})
    line = {"description": "Pose", "quantity": "1", "unit_price": "10"}
    issuing.issue(other, invoices.create(other, {"client": client["id"], "lines": [line]})["id"])
    with pytest.raises(UserError) as caught:
        cloud.join(other, target)
    assert caught.value.code == "cloud_company_has_numbers"
    assert not cloud.is_joined(other)
    other.close()


def test_leaving_and_moving_to_another_cloud_takes_everything_along(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    client = records.create(company, "client", {"name": "Ali"})
    cloud.join(company, target_of(emulator))
    cloud.sync_once(company)
    cloud.leave(company)
    with pytest.raises(UserError) as caught:
        cloud.sync_once(company)
    assert caught.value.code == "cloud_not_joined"
    moved = target_of(emulator)
    cloud.join(company, moved)
    cloud.sync_once(company)
    other = cloud.join_new(second(tmp_path, clock), moved)
    cloud.sync_once(other)
    assert records.get(other, "client", client["id"])["name"] == "Ali"
    other.close()


def issued(company: OpenCompany) -> str:
    client = records.create(company, "client", {"name": "Ali"})
    line = {"description": "Pose", "quantity": "1", "unit_price": "10"}
    draft = invoices.create(company, {"client": client["id"], "lines": [line]})["id"]
    return str(issuing.issue(company, draft)["number"])


@pytest.mark.parametrize("is_claimed", [False, True])
def test_a_joining_that_broke_off_is_done_again(
    company: OpenCompany,
    emulator: Emulator,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    is_claimed: bool,
) -> None:
    """The company stands in the cloud by then, and this file has numbers of its own: it is the same company all the same."""
    assert issued(company) == "FA-2026-A0001"
    target, original = target_of(emulator), FirestoreRemote.claim_series

    def lost(remote: FirestoreRemote, *arguments: Any) -> str:
        if is_claimed:  # only the answer is lost
            original(remote, *arguments)
        raise RemoteUnavailable("lost")

    with monkeypatch.context() as patch:
        patch.setattr(FirestoreRemote, "claim_series", lost)
        with pytest.raises(UserError):
            cloud.join(company, target)
    assert not cloud.is_joined(company)
    assert cloud.join(company, target)["outcome"] == "created"
    assert cloud.status(company)["series"] == "A"
    cloud.sync_once(company)
    other = cloud.join_new(second(tmp_path, clock), target)
    cloud.sync_once(other)
    assert invoices.page(other, invoices.InvoiceFilter()).rows[0]["number"] == "FA-2026-A0001"
    other.close()


def test_letters_stay_with_their_computers_in_another_cloud(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    """Who joins there later would else give the numbers of a computer that has not moved, or of a lost one, again."""
    target, moved = target_of(emulator), target_of(emulator)
    cloud.join(company, target)
    cloud.sync_once(company)
    other = cloud.join_new(second(tmp_path, clock), target)
    cloud.sync_once(other)
    assert issued(other) == "FA-2026-B0001"
    cloud.sync_once(other)
    cloud.sync_once(company)
    assert cloud.join(company, moved)["outcome"] == "moved"
    third = cloud.join_new(second(tmp_path / "third", clock), moved)  # before it has read anything
    assert cloud.status(third)["series"] == "C"
    for each in (company, third):
        cloud.sync_once(each)
    assert issued(third) == "FA-2026-C0001"
    for each in (other, third):
        each.close()


def test_a_cloud_that_was_emptied_receives_everything_again(
    company: OpenCompany, emulator: Emulator, tmp_path: Path, clock: Clock
) -> None:
    issued(company)
    cloud.join(company, target_of(emulator))
    cloud.sync_once(company)
    emptied = target_of(emulator)
    with company.db.write() as work:  # as if it had been in this one
        work.keep("cloud_home", cloud._home(emptied))
    cloud.join(company, emptied)
    assert cloud.sync_once(company)["pending"] == 0
    other = cloud.join_new(second(tmp_path, clock), emptied)
    for each in (other, company):
        cloud.sync_once(each)
    assert cloud.dump(other) == cloud.dump(company)
    other.close()


def test_what_is_not_read_yet_is_not_left_behind(company: OpenCompany, emulator: Emulator) -> None:
    target = target_of(emulator)
    cloud.join(company, target)
    with company.db.write() as work:
        work.keep("reading", {"after": ["", "client", "a"], "read_time": None, "since": None, "done": 1, "total": 2})
    with pytest.raises(UserError) as caught:
        cloud.join(company, target_of(emulator))
    assert caught.value.code == "cloud_move_unread"
    assert cloud.status(company)["remote_company"] == target["remote_company"]


def test_nonsense_in_the_company_document_counts_as_absent(company: OpenCompany, emulator: Emulator) -> None:
    target = target_of(emulator)
    cloud.join(company, target)
    path = f"projects/{emulator.project}/databases/(default)/documents/companies/{target['remote_company']}"
    nonsense = {"min_schema": {"stringValue": "99"}, "horizon": {"nullValue": None}, "name": {"integerValue": "3"}}
    request = Request(
        f"http://{emulator.host_port}/v1/{path}", json.dumps({"fields": nonsense}).encode(), method="PATCH"
    )
    request.add_header("Authorization", "Bearer owner")
    urlopen(request).close()
    assert cloud.sync_once(company)["pending"] == 0
