"""What the state machine does not come to by itself: a copy's disk that dies, half a year without a network under a running
program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from facturepro.db import backup
from facturepro.db.models import Client, Conflict, Invoice, Payment
from facturepro.db.replication_quarantine import release
from facturepro.domain.errors import UserError
from facturepro.services import records
from facturepro.sync import push
from facturepro.sync.remotes.base import AccessDenied, Batch, WriteRejected
from tests.sync.devices import Computer, memory_pair
from tests.sync.fuzz.engine_time import EngineRun
from tests.sync.fuzz.world import World


@pytest.fixture
def world() -> Iterator[World]:
    made = World([0, 0])
    yield made
    made.close()


def test_a_copy_whose_disk_dies_took_no_change_of_its_original_with_it(tmp_path, monkeypatch):
    """The copy sends the later one of two changes under its original's name, without the earlier one, which lost there. The
    original takes both for arrived: the entry of what lost must have come before that."""
    _cloud, a, b = memory_pair(tmp_path)
    client = a.client("Durand")
    for computer in (a, b):
        computer.sync()
    a.change(Client, client, phone="typed on a")
    a.change(Client, client, city="Lille")
    a.db.close()
    copy = Computer(tmp_path / "copy.db", "cccc", a.remote, a.clock)
    copy.db.close()
    copy.path.write_bytes(a.path.read_bytes())
    backup.renew_identity(copy.path, {"A", "B"}, a.clock)
    for computer in (a, copy):
        computer.restart()
    b.clock.forward(seconds=1)
    b.change(Client, client, phone="later on b")
    b.sync()

    monkeypatch.setattr(push, "MAX_WRITES", 1)  # as where much waits, or something large
    commit = a.remote.commit

    def dying(writes):
        answer = commit(writes)
        if writes[0].document.key == ("client", client):
            raise KeyboardInterrupt  # and the disk is gone with it
        return answer

    monkeypatch.setattr(a.remote, "commit", dying)
    with pytest.raises(KeyboardInterrupt):
        copy.sync()
    copy.close()
    monkeypatch.undo()
    for computer in (a, b, a):
        computer.sync()
    assert (a.get(Client, client).phone, a.get(Client, client).city) == ("later on b", "Lille")
    assert {"phone": "typed on a"} in [conflict.lost for conflict in b.all(Conflict)]
    a.close()
    b.close()


def test_half_a_year_without_a_network_under_a_running_program(world):
    """The first thing that a stream says afterwards makes the cursor young again: nobody would see any more that it came
    from beyond the horizon, and what was deleted and purged meanwhile would be sent as if it were missing."""
    away, other = world.computers
    client = records.create(other.office.company, "client", {"name": "Gone"})["id"]
    world.exchange_until_rest(world.computers)
    faults, half_a_year = world.cloud.faults, timedelta(days=181)

    def network_returns() -> None:
        world.move_clocks(half_a_year)
        del world.cloud.records["client", client]  # deleted and purged by the others
        faults.is_partitioned = False
        away.engine.wake()

    happenings = [(10.0, lambda: setattr(faults, "is_partitioned", True)), (800.0, network_returns)]
    EngineRun(world, away, half_a_year.total_seconds() + 5000, happenings, poll=300.0).go()
    assert ("client", client) not in world.cloud.records, "it came back"
    assert records.get(away.office.company, "client", client)["deleted_at"] is not None
    assert away.puller.cursor()[0] > "2027"


def test_days_without_a_network_and_a_clock_that_lost_its_battery(world):
    """By its own clock nothing is behind: it must read by pages all the same, once, and not ask again and again."""
    away, other = world.computers
    client = records.create(other.office.company, "client", {"name": "Durand"})["id"]
    world.exchange_until_rest(world.computers)
    faults, days = world.cloud.faults, timedelta(days=3)

    def network_returns() -> None:
        world.move_clocks(days)
        away.clock.at -= timedelta(days=30)
        faults.is_partitioned = False
        records.update(other.office.company, "client", client, {"phone": "06"})
        other.sync()
        away.engine.wake()

    happenings = [(10.0, lambda: setattr(faults, "is_partitioned", True)), (800.0, network_returns)]
    run = EngineRun(world, away, days.total_seconds() + 2000, happenings, poll=300.0)
    run.go()
    assert records.get(away.office.company, "client", client)["phone"] == "06"
    assert len([at for at in run.attempts if at > days.total_seconds()]) < 30, "it spins"


def test_what_was_prepared_before_a_refusal_is_not_sent_as_it_was(tmp_path, monkeypatch):
    """The rules refuse a draft that somebody else issued meanwhile, and the whole commit with it. Looking for the culprit
    moves our own document to an id of its own, and its payment with it: sent as it was prepared, that would stand in the
    other computer's document for good."""
    cloud, a, b = memory_pair(tmp_path)
    draft = a.draft(a.client("Durand"), "one")
    for computer in (a, b):
        computer.sync()
    a.issue(draft, "A1")
    a.sync()
    b.issue(draft, "B1")
    payment = b.add(Payment(invoice_id=draft, amount=1, paid_on=b.db.now().date()))
    commit = b.remote.commit

    def judged(writes):
        """As the rules of the cloud: before any version is compared."""
        for write in writes:
            stored = cloud.records.get(write.document.key)
            is_frozen = stored is not None and (stored.kind == "payment" or stored.fields.get("number"))
            if is_frozen and any(path.startswith("fields.") for path in write.mask):
                raise AccessDenied("false for update")
        return commit(writes)

    monkeypatch.setattr(b.remote, "commit", judged)
    b.engine._exchange.send()
    for computer in (b, a, b):
        assert computer.sync().refused == ()
    assert a.dump() == b.dump()
    for computer in (a, b):
        paid = computer.get(Payment, payment).invoice_id
        assert computer.get(Invoice, paid).number == "B1"
    a.close()
    b.close()


@pytest.mark.parametrize("trouble", ["contended", "refused"])
def test_a_payment_waits_for_the_issue_it_was_made_for(tmp_path, trouble):
    """The cloud knows the draft, and not its issue, which others keep in the way of: sent before it, the payment would stay
    with whatever document is issued from that draft elsewhere."""
    cloud, a, b = memory_pair(tmp_path)
    draft = a.draft(a.client("Durand"), "one")
    for computer in (a, b):
        computer.sync()
    b.issue(draft, "B1")
    payment = b.add(Payment(invoice_id=draft, amount=1, paid_on=b.db.now().date()))
    aside = b.client("Behind it")
    commit = b.remote.commit

    def in_the_way(writes):
        for at, write in enumerate(writes):
            if write.document.id == draft and trouble == "refused":
                raise WriteRejected(at, "not today")
            if write.document.id == draft:
                stored = cloud.records["invoice", draft]
                cloud.records["invoice", draft] = replace(stored, version=cloud.tick())
        return commit(writes)

    b.remote.commit = in_the_way
    with suppress(UserError):
        b.sync()
    assert ("client", aside) in cloud.records
    assert ("payment", payment) not in cloud.records
    del b.remote.commit
    a.issue(draft, "A1")
    a.sync()
    with b.db.write() as work:
        release(work)
    for computer in (b, a, b):
        assert computer.sync().refused == ()
    for computer in (a, b):
        assert computer.get(Invoice, computer.get(Payment, payment).invoice_id).number == "B1"
    assert a.dump() == b.dump()
    a.close()
    b.close()


def test_a_batch_that_is_cut_short_comes_again(tmp_path):
    """The cursor goes with the last portion: moved with an earlier one, what comes after it would never be asked for again."""
    cloud, a, b = memory_pair(tmp_path)
    for number in range(12):
        a.client(f"{number}")
    for computer in (a, b):
        computer.sync()
    for client in a.all(Client):
        a.change(Client, client.id, phone="06")
    a.sync()
    puller, documents = b.engine._puller, list(cloud.records.values())
    before, batch = puller.cursor(), Batch(documents, [], cloud.tick(), b"token")
    puller._portions.size = 5
    puller.take(batch, is_over=lambda: True)
    assert 0 < sum(client.phone == "06" for client in b.all(Client)) < 12
    assert puller.cursor() == before
    puller.take(batch)
    assert all(client.phone == "06" for client in b.all(Client))
    assert puller.cursor() == (batch.read_time, b"token")
    a.close()
    b.close()
