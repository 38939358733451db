"""What is sent when it is much, or large, and the line breaks in between: all of it arrives, once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from facturepro.db.models import Client, Image, Invoice
from facturepro.domain.errors import UserError
from facturepro.services import quarantine
from facturepro.sync.remotes import base
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_calls import add_plain_write
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from tests.sync import faults
from tests.sync.devices import Computer
from tests.sync.emulator import Emulator
from tests.sync.fault_proxy import FaultProxy

pytestmark = pytest.mark.emulator


@pytest.fixture
def other(connect: Callable[..., Any]) -> Any:
    remote = connect()
    remote.provision({"name": "Essai"})
    return remote


@pytest.fixture
def computer(proxy: FaultProxy, emulator: Emulator, company: str, other: Any, tmp_path: Path) -> Iterator[Computer]:
    remote = FirestoreRemote(FirestoreTarget.emulator(proxy.host_port, emulator.project), company)
    made = Computer(tmp_path / "a.db", "aaaa", remote)
    yield made
    made.close()
    remote.close()


@pytest.fixture
def second(other: Any, tmp_path: Path) -> Iterator[Computer]:
    made = Computer(tmp_path / "b.db", "bbbb", other)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_changes_go_out_though_the_line_breaks_in_between(
    proxy: FaultProxy, computer: Computer, other: Any
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    dice = random.Random(seed)
    print(f"seed {seed}")
    with computer.db.write("import") as work:
        work.add_all(Client(name=f"{number:05}") for number in range(10_000))
    bad = [faults.lost_answer(), faults.lost_request(), faults.twice(answers_second=True)]
    bad += [faults.late_request(0.02), faults.status(grpc.StatusCode.UNAVAILABLE)]
    proxy.script("Commit", *[dice.choice(bad) if dice.random() < 0.25 else None for _commit in range(120)])
    rounds = 0
    while computer.scalar("SELECT COUNT(*) FROM outbox"):
        rounds += 1
        assert rounds < 60, "it does not get on"
        try:
            computer.sync(timeout=60)
        except UserError as error:
            assert error.code in ("cloud_unreachable", "cloud_contended")
    names = [
        record.fields["name"]
        for page in other.changes_since(None)
        for record in page.documents
        if record.kind == "client"
    ]
    assert sorted(names) == [f"{number:05}" for number in range(10_000)]
    assert computer.scalar("SELECT COUNT(*) FROM conflict") == 0
    assert proxy.counts.faults.total() > 10


def invoice_of(computer: Computer, size: int) -> str:
    line = "é" * 900  # 1,800 bytes
    return computer.draft(computer.client("Durand"), *[line] * (size // 2200))


def test_an_invoice_of_nearly_a_mebibyte_goes_round(computer: Computer, second: Computer) -> None:
    draft = invoice_of(computer, 1_000_000)
    report = computer.sync()
    assert (report.refused, report.pending) == ((), 0)
    second.sync()
    computer.sync()  # the second one's settings
    assert second.dump() == computer.dump()
    (sent,) = computer.remote.get([("invoice", draft)]).values()
    size = sum(len(line["description"].encode()) for line in sent.lines.values())
    assert size > 800_000
    second.change(Invoice, draft, notes="still to be changed")
    second.sync()
    computer.sync()
    assert computer.get(Invoice, draft).notes == "still to be changed"


def test_an_invoice_over_a_mebibyte_is_put_aside_before_it_is_sent_and_the_rest_goes(
    proxy: FaultProxy, computer: Computer, other: Any
) -> None:
    draft = invoice_of(computer, 1_400_000)
    computer.client("behind it")
    report = computer.sync()
    assert [line.split(":")[0] for line in report.refused] == [f"invoice/{draft}"]
    reason = computer.scalar("SELECT quarantined_for FROM outbox WHERE kind = 'invoice'")
    assert quarantine.reason_text(reason).startswith("Trop volumineux")
    assert report.pending == 1
    names = {
        record.fields["name"]
        for page in other.changes_since(None)
        for record in page.documents
        if record.kind == "client"
    }
    assert names == {"Durand", "behind it"}
    assert proxy.counts.documents[("BatchGetDocuments", "invoice")] == 0, "it never left this computer"
    with computer.db.write("shorter") as work:
        for line in computer.lines(draft)[100:]:
            work.delete_row(work.get(type(line), line.id))
    assert computer.sync().pending == 0


def test_an_invoice_that_grows_over_a_mebibyte_there_is_put_aside_too(computer: Computer, second: Computer) -> None:
    """Each change fits; the document that they would make together does not: only the cloud sees that."""
    draft = invoice_of(computer, 900_000)
    computer.sync()
    second.sync()
    for device in (computer, second):
        device.change(Invoice, draft, **{("notes" if device is computer else "internal_note"): "x" * 140_000})
    computer.sync()
    report = second.sync()
    assert [line.split(":")[0] for line in report.refused] == [f"invoice/{draft}"]
    reason = second.scalar("SELECT quarantined_for FROM outbox WHERE kind = 'invoice'")
    assert quarantine.reason_text(reason).startswith("Trop volumineux"), reason
    second.change(Invoice, draft, internal_note="short")
    assert second.sync().pending == 0


def test_an_image_of_700_kilobytes_goes_round(proxy: FaultProxy, computer: Computer, second: Computer) -> None:
    proxy.script("Commit", faults.lost_answer())
    image = computer.add(Image(media_type="image/png", data="iVBO" * 175_000))
    assert computer.sync().pending == 0
    second.sync()
    computer.sync()
    assert len(second.get(Image, image).data) == 700_000
    assert second.dump() == computer.dump()


def test_a_quota_between_two_commits_keeps_what_was_acknowledged(proxy: FaultProxy, computer: Computer) -> None:
    for number in range(250):
        computer.client(f"{number}")
    proxy.script("Commit", None, faults.status(grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded."))
    with pytest.raises(UserError) as error:
        computer.sync()
    assert error.value.code == "cloud_quota"
    sent = proxy.counts.writes
    assert computer.scalar("SELECT COUNT(*) FROM outbox") == computer.sync().pushed
    assert proxy.counts.writes > sent
    assert computer.scalar("SELECT COUNT(*) FROM outbox") == 0
    assert base.MAX_WRITES == 100


def test_what_is_no_record_but_bears_its_name_is_neither_missing_nor_overwritten(
    computer: Computer, other: Any, emulator: Emulator, company: str
) -> None:
    """Somebody wrote it by hand in the console: ours is put aside with the reason, the rest goes on."""
    client = computer.client("Durand")
    name = other._record_name("client", client)
    request = other._commit_request()
    add_plain_write(request, name, {"note": "by hand"})
    other._calls.commit(request)
    behind = computer.client("behind it")
    report = computer.sync()
    assert [line.split(":")[0] for line in report.refused] == [f"client/{client}"] and report.pending == 1
    assert "ne sait pas lire" in quarantine.reason_text(computer.scalar("SELECT quarantined_for FROM outbox"))
    assert other._calls.get_plain([name])[0][0] == {"note": "by hand"}
    assert other.get([("client", behind)])[("client", behind)] is not None
    computer.sync()
    assert computer.get(Client, client).deleted_at is None
