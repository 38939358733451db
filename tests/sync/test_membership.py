"""Rights that change while people work: what the engine does, what it tells them, and that nothing is put aside for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facturepro.db.models import Client, Invoice
from facturepro.domain.errors import UserError
from facturepro.sync import loop
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes import base
from facturepro.sync.remotes.firestore_connection import token_claims
from facturepro.sync.remotes.memory import MemoryRemote
from facturepro.sync.remotes.uptime import uptime
from tests.sync.devices import Computer, memory_pair, no_wait
from tests.sync.emulator import unsigned_token
from tests.sync.test_engine_thread import World, until
from tests.sync.test_firestore_rules import delete, write_plain

QUARANTINED = "SELECT COUNT(*) FROM outbox WHERE quarantined_for IS NOT NULL"


def names(computer: Computer) -> list[str]:
    return sorted(client.name for client in computer.all(Client))


# -- on the home in memory -------------------------------------------------------------------------------------


def test_a_membership_that_ends_between_two_commits_puts_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a success it was taken for poisoned records: one commit for each of them, all quarantined."""
    cloud, a, b = memory_pair(tmp_path)
    a.sync()
    for number in range(250):
        a.client(f"{number:03}")
    commit, commits = MemoryRemote.commit, []

    def once(remote: MemoryRemote, writes: Any) -> Any:
        commits.append(len(writes))
        if len(commits) == 2:
            cloud.faults.denied.add("aaaa")
        return commit(remote, writes)

    monkeypatch.setattr(MemoryRemote, "commit", once)
    with pytest.raises(UserError) as error:
        a.sync()
    assert error.value.code == "cloud_removed"
    assert commits == [100, 100]
    assert a.scalar(QUARANTINED) == 0
    cloud.faults.denied.clear()
    assert a.sync().pushed == 150
    a.close()
    b.close()


def test_who_may_only_read_goes_on_reading(tmp_path: Path) -> None:
    """A refused change of one's own once held back for five minutes what came from the others."""
    world = World(tmp_path)
    a, b = world.start()
    world.cloud.faults.read_only.add("bbbb")
    b.client("typed by the accountant")
    until(lambda: b.engine.state.code == "cloud_read_only")
    assert b.engine.state.pending == 1
    a.client("seen at once")
    until(lambda: "seen at once" in names(b))
    assert b.engine.state.code == "cloud_read_only"
    world.cloud.faults.read_only.clear()
    b.engine.wake()
    until(lambda: "typed by the accountant" in names(a))
    for computer in (a, b):
        computer.engine.stop()
        computer.close()


def test_who_may_only_read_costs_next_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer always has some record of its own to send: asking every five minutes would be 288 reads a day."""
    hours = [0.0]
    monkeypatch.setattr(loop, "uptime", lambda: uptime() + hours[0] * 3600.0)
    world = World(tmp_path)
    a, b = world.start()
    world.cloud.faults.read_only.add("bbbb")
    b.client("typed by the accountant")
    until(lambda: b.engine.state.code == "cloud_read_only")
    asked: list[int] = []
    role = MemoryRemote.role
    monkeypatch.setattr(MemoryRemote, "role", lambda remote: asked.append(1) or role(remote))
    for number in range(8):
        hours[0] += 0.25
        b.client(f"{number}")
        until(lambda number=number: b.engine.state.pending == number + 2)
    assert len(asked) <= 3, "once an hour"
    for computer in (a, b):
        computer.engine.stop()
        computer.close()


def test_who_was_removed_is_told_and_goes_on_once_readmitted(tmp_path: Path) -> None:
    world = World(tmp_path)
    a, b = world.start()
    world.cloud.faults.denied.add("bbbb")
    a.client("while away")
    until(lambda: b.engine.state.code == "cloud_removed")
    assert b.engine.state.kind == "error"
    world.cloud.faults.denied.clear()
    b.engine.wake()
    until(lambda: names(b) == ["while away"] and b.engine.state.kind == "up_to_date")
    for computer in (a, b):
        computer.engine.stop()
        computer.close()


# -- with the rules, on the emulator -----------------------------------------------------------------------------


@pytest.fixture
def staff(connect: Callable[..., Any], tmp_path: Path) -> Any:
    """The owner's remote, and the computer of a member whose token the rules judge."""
    owner = connect("owner-uid")
    owner.provision({"name": "Essai"}, {"uid": "owner-uid"})
    write_plain(owner, "members/member-uid", {"role": "member"})
    computer = Computer(tmp_path / "m.db", "mmmm", connect("member-uid"))
    yield owner, computer
    computer.engine.stop()
    computer.close()


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda owner, root: delete(owner, "members/member-uid"), "cloud_removed"),
        (lambda owner, root: write_plain(owner, "members/member-uid", {"role": "accountant"}), "cloud_read_only"),
        (lambda owner, root: remove_company(root), "cloud_company_gone"),
    ],
)
def test_a_refusal_is_explained_by_the_membership_as_it_is_now(
    staff: Any, connect: Callable[..., Any], change: Callable[[Any, Any], None], code: str
) -> None:
    owner, computer = staff
    computer.client("before")
    computer.engine = SyncEngine(computer.db, computer.remote, sleep=no_wait)
    computer.engine.start()
    until(lambda: computer.engine.state.kind == "up_to_date")
    root = connect()
    change(owner, root)
    computer.client("after")
    until(lambda: computer.engine.state.code == code)
    assert computer.engine.state.pending == 1
    assert computer.scalar(QUARANTINED) == 0
    if code == "cloud_read_only":
        root.commit(
            [
                base.Write(
                    base.RemoteDocument("client", "x", {"name": "by another"}, {}, {"name": "018f00000000-0000-oooo"})
                )
            ]
        )
        until(lambda: "by another" in names(computer))
    if code != "cloud_company_gone":
        write_plain(root, "members/member-uid", {"role": "member"})
        computer.engine.wake()
        until(lambda: computer.engine.state.kind == "up_to_date")


def remove_company(root: Any) -> None:
    """As somebody with the project's console would."""
    for path in ("members/member-uid", "members/owner-uid", ""):
        delete(root, path) if path else delete_company(root)


def delete_company(root: Any) -> None:
    from facturepro.sync.remotes.firestore_protocol import CommitRequest

    request = CommitRequest(database=root._database)
    request.writes.add().delete = root._company
    root._calls.commit(request)


@pytest.mark.emulator
def test_a_draft_that_was_issued_elsewhere_meanwhile_is_not_quarantined(
    staff: Any, connect: Callable[..., Any], tmp_path: Path
) -> None:
    """The rules judge before the version is compared: to this computer, the frozen document is a refusal."""
    _owner, computer = staff
    other = Computer(tmp_path / "o.db", "oooo", connect("owner-uid"))
    draft = other.draft(other.client(), "one")
    for each in (other, computer):
        each.sync()
    other.issue(draft, "FA-1")
    computer.change(Invoice, draft, notes="typed too late")
    other.sync()
    pushed = computer.engine._exchange.send()  # without pulling first
    assert pushed.refused == {}
    assert computer.scalar(QUARANTINED) == 0
    for each in (computer, other, computer):
        each.sync()
    assert computer.dump() == other.dump()
    assert computer.get(Invoice, draft).number == "FA-1"
    other.close()


@pytest.mark.emulator
def test_what_the_rules_refuse_for_its_content_is_put_aside_alone(staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _owner, computer = staff
    computer.sync()
    ids = [computer.client(f"{number}") for number in range(8)]
    commit = type(computer.remote).commit

    def spoilt(remote: Any, writes: Any) -> Any:
        for write in writes:
            if write.document.id == ids[3]:
                write.document.op, write.encoded = 7, None  # the rules want a text
        return commit(remote, writes)

    monkeypatch.setattr(type(computer.remote), "commit", spoilt)
    report = computer.sync()
    assert [line.split(":")[0] for line in report.refused] == [f"client/{ids[3]}"]
    assert report.pushed == 7


@pytest.mark.emulator
def test_the_role_is_that_of_the_token(staff: Any, connect: Callable[..., Any]) -> None:
    assert connect("member-uid").role() == "member"
    assert connect("owner-uid").role() == "owner"
    assert connect().role() is None, "the emulator's owner, like a service account, is bound by no rule"
    with pytest.raises(base.NotAMember):
        connect("stranger-uid").role()
    with pytest.raises(base.CompanyMissing):
        connect("member-uid", "no-such-company").role()


def test_only_a_persons_token_has_claims() -> None:
    assert token_claims(unsigned_token("u1", "demo"))["sub"] == "u1"
    for other in ("owner", "", "a.b.c", "a.!!.c", "a.MQ.c"):
        assert token_claims(other) == {}
