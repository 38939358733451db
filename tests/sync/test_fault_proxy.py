"""The proxy itself: what it counts, what it does to a call, and that a seed always plays the same."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from facturepro.db.models import Client
from facturepro.sync.remotes import base, firestore_calls
from facturepro.sync.remotes.base import Batch, RemoteDocument, Write
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from tests.sync import faults
from tests.sync.devices import Computer
from tests.sync.emulator import Emulator
from tests.sync.fault_proxy import FaultProxy
from tests.sync.faults import Plan
from tests.sync.test_engine_thread import until

pytestmark = pytest.mark.emulator


def record(id: str, **fields: Any) -> RemoteDocument:
    return RemoteDocument("client", id, fields or {"name": "x"}, {}, {"name": "018f00000000-0000-oooo"}, "oooo", "op1")


@pytest.fixture
def remote(proxy: FaultProxy, emulator: Emulator, company: str) -> Iterator[FirestoreRemote]:
    made = FirestoreRemote(FirestoreTarget.emulator(proxy.host_port, emulator.project), company)
    made.provision({"name": "Essai"})
    proxy.counts.reset()
    made.usage.take()
    yield made
    made.close()


def ids(remote: Any) -> list[str]:
    return sorted(found.id for page in remote.changes_since(None) for found in page.documents)


def test_it_counts_what_is_billed_as_the_client_does(proxy: FaultProxy, remote: FirestoreRemote) -> None:
    remote.commit([Write(record("a")), Write(record("b"))])
    assert (proxy.counts.reads, proxy.counts.writes, proxy.counts.deletes) == (0, 2, 0)
    assert ids(remote) == ["a", "b"]
    assert proxy.counts.documents[("RunQuery", "client")] == proxy.counts.reads == 2
    remote.get([("client", "a"), ("client", "missing")])
    assert proxy.counts.reads == 4, "a document that is missing costs one as well"
    assert remote.devices() == []
    assert proxy.counts.reads == 5, "a query without an answer costs one"
    assert remote.summary(0, 256).count == 2
    assert proxy.counts.reads == 6, "one for each 1,000 that are summed up"
    requests = {"Commit": 1, "RunQuery": 2, "BatchGetDocuments": 1, "RunAggregationQuery": 1}
    assert proxy.counts.requests == requests
    assert (remote.usage.reads, remote.usage.writes) == (proxy.counts.reads, proxy.counts.writes)


def test_a_stream_is_counted_by_its_documents(proxy: FaultProxy, remote: FirestoreRemote) -> None:
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    next_batch(events)
    assert proxy.counts.reads == remote.usage.reads == 1
    remote.commit([Write(record("a"))])
    assert [found.id for found in next_batch(events).documents] == ["a"]
    listener.stop()
    assert proxy.counts.reads == remote.usage.reads
    assert proxy.counts.documents[("Listen", "client")] >= 1


def test_the_books_of_an_engine_are_what_was_billed(
    proxy: FaultProxy, remote: FirestoreRemote, connect: Callable[..., Any], tmp_path: Path
) -> None:
    """A first reading, a push, what others write, a stream that breaks, a restart with the kept token."""
    other = connect()
    other.commit([Write(record(f"{number}")) for number in range(30)])
    computer = Computer(tmp_path / "a.db", "aaaa", remote)
    for round_number in range(2):
        proxy.script("Listen", faults.cut(6))
        computer.engine.start()
        until(lambda: computer.engine.state.kind == "up_to_date")
        computer.client("mine")
        other.commit([Write(record(f"theirs {round_number}"))])
        until(lambda n=round_number: len(computer.all(Client)) == 30 + 2 * (n + 1))
        until(lambda: computer.engine.state.kind == "up_to_date" and computer.engine.state.pending == 0)
        until(lambda: is_quiet(proxy))  # the emulator sends everything again after each commit
        computer.engine.stop()
        computer.restart()
    computer.close()
    assert (remote.usage.reads, remote.usage.writes) == (proxy.counts.reads, proxy.counts.writes)
    assert proxy.counts.reads > 60


def is_quiet(proxy: FaultProxy) -> bool:
    before = proxy.counts.reads
    time.sleep(0.4)
    return proxy.counts.reads == before


def next_batch(events: queue.Queue[Any]) -> Batch:
    while not isinstance(event := events.get(timeout=10), Batch):
        pass
    return event


def test_a_lost_answer_was_applied_and_a_lost_request_was_not(proxy: FaultProxy, remote: FirestoreRemote) -> None:
    proxy.script("Commit", faults.lost_answer(), faults.lost_request())
    for id in ("applied", "lost"):
        with pytest.raises(base.CommitAmbiguous):
            remote.commit([Write(record(id))])
    assert ids(remote) == ["applied"]
    assert proxy.counts.writes == 1
    assert proxy.counts.faults == {"lost answer": 1, "lost request": 1}


def test_a_repeated_request_is_applied_once_because_it_names_what_it_replaces(
    proxy: FaultProxy, remote: FirestoreRemote
) -> None:
    proxy.script("Commit", faults.twice(), faults.twice(answers_second=True))
    remote.commit([Write(record("a"))])
    with pytest.raises(base.PreconditionFailed):
        remote.commit([Write(record("b"))])
    assert ids(remote) == ["a", "b"]
    assert proxy.counts.writes == 2


def test_a_late_request_arrives_after_the_client_was_told_that_it_failed(
    proxy: FaultProxy, remote: FirestoreRemote
) -> None:
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    next_batch(events)
    proxy.script("Commit", faults.late_request(0.2))
    with pytest.raises(base.CommitAmbiguous):
        remote.commit([Write(record("a"))])
    assert ids(remote) == []
    assert [found.id for found in next_batch(events).documents] == ["a"]
    listener.stop()


def test_a_query_that_is_cut_goes_on(proxy: FaultProxy, remote: FirestoreRemote) -> None:
    remote.commit([Write(record(f"{number}")) for number in range(6)])
    proxy.script("RunQuery", faults.cut(3), faults.cut(2), None)
    assert ids(remote) == [f"{number}" for number in range(6)]


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_stall_ends_when_the_client_gives_up(
    proxy: FaultProxy, remote: FirestoreRemote, is_applied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_calls, "COMMIT_SECONDS", 0.3)
    proxy.script("Commit", faults.stall(is_applied))
    with pytest.raises(base.CommitAmbiguous, match="DEADLINE_EXCEEDED"):
        remote.commit([Write(record("a"))])
    assert ids(remote) == (["a"] if is_applied else [])


def test_any_status_can_be_answered(proxy: FaultProxy, remote: FirestoreRemote) -> None:
    proxy.script("Commit", faults.status(grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded."))
    with pytest.raises(base.QuotaExceeded, match="Quota exceeded"):
        remote.commit([Write(record("a"))])


@pytest.mark.parametrize("method", ["Commit", "RunQuery", "Listen"])
def test_a_seed_plays_the_same_again(method: str) -> None:
    def played(seed: int) -> list[str | None]:
        plan = Plan(seed)
        return [fault.name if (fault := plan.choose(method, number)) else None for number in range(200)]

    assert played(1) == played(1)
    assert played(1) != played(2)
    names = {name for name in played(1) if name}
    assert len(names) >= 5, names
