"""What the engine says an exchange has cost, against what the emulator was asked for, counted on the wire."""

from __future__ import annotations

import time

import pytest

from facturepro.db.models import Client
from facturepro.sync import portions
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from tests.sync import faults
from tests.sync.devices import Computer, no_wait
from tests.sync.fault_proxy import FaultProxy

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]
INFO = {"name": "Bureau", "platform": "Linux", "app_version": "1"}


@pytest.fixture
def devices(emulator, company, tmp_path):
    """Two computers, each behind a proxy of its own that counts."""
    made = []
    for device in ("aaaa", "bbbb"):
        proxy = FaultProxy(emulator.host_port)
        proxy.start()
        remote = FirestoreRemote(FirestoreTarget.emulator(proxy.host_port, emulator.project), company)
        computer = Computer(tmp_path / f"{device}.db", device, remote)
        computer.engine = SyncEngine(computer.db, remote, sleep=no_wait, info=INFO)
        made.append((computer, proxy))
    made[0][0].remote.provision({"name": "Essai"})
    yield made
    for computer, proxy in made:
        computer.engine.stop()
        computer.remote.close()
        computer.close()
        proxy.stop()


def agree(computer, proxy):
    usage = computer.remote.usage
    assert (usage.reads, usage.writes, usage.deletes) == (
        proxy.counts.reads,
        proxy.counts.writes,
        proxy.counts.deletes,
    ), proxy.counts.requests


def test_commands_first_reading_cut_reading_and_a_lost_answer(devices, monkeypatch):
    monkeypatch.setattr(portions, "_LARGEST", 20)  # several transactions, however fast this computer is
    (a, first), (b, second) = devices
    with a.db.write("many") as work:
        work.add_all(Client(name=f"{number}") for number in range(130))
    a.sync()
    agree(a, first)
    b.engine._puller._portions.size = 20
    read: list[int] = []
    report = b.engine.once(
        is_cancelled=lambda: max(read, default=0) > 20, on_progress=lambda done, _all: read.append(done)
    )
    assert not report.is_complete
    b.sync()
    agree(b, second)
    first.script("Commit", faults.lost_answer())
    a.change(Client, a.all(Client)[0].id, phone="1")
    a.sync()
    b.sync()
    agree(a, first)
    agree(b, second)
    assert a.dump() == b.dump()


def test_a_day_with_a_listener(devices):
    for computer, _proxy in devices:
        computer.engine.start()
    (a, first), (b, second) = devices
    until(lambda: all(computer.engine.state.kind == "up_to_date" for computer, _proxy in devices))
    for number in range(5):
        a.client(f"{number}")
    until(lambda: len(b.all(Client)) == 5 and a.engine.state.pending == 0)
    until(lambda: b.engine.state.kind == "up_to_date")
    for computer, _proxy in devices:
        computer.engine.stop()  # announces itself
    agree(a, first)
    agree(b, second)


def until(condition, seconds=40):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)
