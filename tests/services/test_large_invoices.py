"""A document that no cloud would take is not issued: frozen, it could never be made smaller (issue 3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from facturepro.db.replication_records import load
from facturepro.domain.errors import UserError
from facturepro.services import central_numbering, cloud, invoices, issuing, records
from facturepro.services.company import OpenCompany, update_settings
from facturepro.sync.codec import bytes_in_cloud
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from facturepro.sync.remotes.sizes import MAX_FINAL_BYTES
from tests.sync.emulator import Emulator


def draft(company: OpenCompany, lines: int, characters: int = 900, letter: str = "x") -> str:
    client = records.create(company, "client", {"name": "Durand"})["id"]
    line = {"description": letter * characters, "quantity": "1", "unit_price": "10"}
    return str(invoices.create(company, {"client": client, "lines": [dict(line) for _ in range(lines)]})["id"])


def size(company: OpenCompany, invoice_id: str) -> int:
    with company.db.read() as session:
        return bytes_in_cloud(load(session, [("invoice", invoice_id)])[("invoice", invoice_id)], company.db.device_id)


def number(shown: str) -> int:
    return int(shown.replace("\u202f", ""))


def refused(company: OpenCompany, invoice_id: str) -> UserError:
    with pytest.raises(UserError) as caught:
        issuing.issue(company, invoice_id)
    shown = invoices.show(company, invoice_id)
    assert (shown["number"], shown["status"]) == (None, "draft")
    return caught.value


@pytest.fixture
def memory(company: OpenCompany, monkeypatch: pytest.MonkeyPatch) -> MemoryCloud:
    store = MemoryCloud()
    monkeypatch.setattr(cloud, "connect", lambda _target, _secret: MemoryRemote(store))
    return store


TARGET = cloud.emulator_target("memory", "essai", "boisvert")


def test_without_a_cloud_it_is_refused_with_its_size_and_no_number_is_taken(company: OpenCompany) -> None:
    large = draft(company, 1300)
    error = refused(company, large)
    assert error.code == "invoice_too_large" and error.params["lines"] == 1300
    assert (
        "2\u202f803 Ko" in error.message and "1300 lignes" in error.message and "brouillon est gardé" in error.message
    )
    records.update(company, "client", invoices.show(company, large)["client_id"], {"phone": "06"})
    small = draft(company, 2)
    assert issuing.issue(company, small)["number"] == "FA-2026-A0001"


def test_joined_it_is_refused_as_well(company: OpenCompany, memory: MemoryCloud) -> None:
    cloud.join(company, TARGET)
    large = draft(company, 700)  # as a draft it fits: the frozen content doubles it
    cloud.sync_once(company)
    assert ("invoice", large) in memory.records
    assert refused(company, large).code == "invoice_too_large"
    assert cloud.sync_once(company)["pending"] == 0


def test_in_central_numbering_the_request_is_refused_at_once(company: OpenCompany, memory: MemoryCloud) -> None:
    cloud.join(company, TARGET)
    update_settings(company, {"numbering": "central"})
    large, small = draft(company, 700), draft(company, 3)
    assert refused(company, large).code == "invoice_too_large"
    assert issuing.issue(company, small)["status"] == "to_number"
    cloud.sync_once(company)
    assert invoices.show(company, small)["number"] == "FA-2026-0001"
    assert central_numbering.take_news(company)[0].number == "FA-2026-0001"


@pytest.mark.emulator
@pytest.mark.parametrize(("characters", "letter"), [(120, "x"), (900, "é")])
def test_the_largest_that_is_issued_is_taken_by_the_cloud(
    company: OpenCompany, emulator: Emulator, characters: int, letter: str, request: Any
) -> None:
    """What is issued before the company joins is accepted when it does, with a note added to it after."""
    lines = 1_100_000 // (2 * characters * len(letter.encode()) + 350)
    told = refused(company, draft(company, lines, characters, letter)).params
    share = Decimal(number(told["limit"])) / number(told["size"])
    invoice = draft(company, int(lines * share * Decimal("0.995")), characters, letter)
    issuing.issue(company, invoice, keeps_paper=False)
    assert size(company, invoice) > MAX_FINAL_BYTES * Decimal("0.98")
    target = cloud.emulator_target(
        emulator.host_port, emulator.project, f"large-{request.node.callspec.id.encode().hex()}"
    )
    cloud.join(company, target)
    report = cloud.sync_once(company)
    assert (report["pending"], report["conflicts"]) == (0, 0)
    records.update(company, "invoice", invoice, {"internal_note": "n" * 4000})
    assert cloud.sync_once(company)["pending"] == 0
