"""The faults that the home in memory can play."""

from __future__ import annotations

import queue
from typing import Any

import pytest

from facturepro.sync.remotes.base import (
    AccessDenied,
    Batch,
    CommitAmbiguous,
    Numbered,
    PreconditionFailed,
    RemoteDocument,
    RemoteUnavailable,
    SeriesHead,
    StreamState,
    Write,
)
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud(now=lambda: 1_800_000_000_000_000_000)


@pytest.fixture
def remote(cloud: MemoryCloud) -> MemoryRemote:
    return MemoryRemote(cloud, "d1")


def write(id: str = "a", **fields: Any) -> Write:
    return Write(RemoteDocument("client", id, fields, op=f"op-{id}"))


def batches(events: queue.Queue[Any]) -> list[list[str]]:
    found = []
    while not events.empty():
        event = events.get()
        if isinstance(event, Batch):
            found.append([document.id for document in event.documents])
    return found


def test_commit_times_increase_whatever_the_clock_says(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    times = [remote.commit([write(f"id-{index}")]).commit_time for index in range(5)]
    assert times == sorted(set(times))


def test_a_lost_answer_has_been_applied(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.lost_acks = 1
    with pytest.raises(CommitAmbiguous):
        remote.commit([write()])
    found = remote.get([("client", "a")])[("client", "a")]
    assert found is not None and found.op == "op-a"
    with pytest.raises(PreconditionFailed):
        remote.commit([write()])


def test_a_lost_request_has_not(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.lost_commits = 1
    with pytest.raises(CommitAmbiguous):
        remote.commit([write()])
    assert remote.get([("client", "a")]) == {("client", "a"): None}
    remote.commit([write()])


def test_a_late_commit_is_stamped_before_a_cursor_that_does_not_see_it(
    cloud: MemoryCloud, remote: MemoryRemote
) -> None:
    events: queue.Queue[Any] = queue.Queue()
    remote.listen(None, events)
    cloud.faults.late_commits = 1
    with pytest.raises(CommitAmbiguous):
        remote.commit([write("late")])
    remote.commit([write("after")])
    (page,) = remote.changes_since(None)
    assert [document.id for document in page.documents] == ["after"]
    assert cloud.release()
    (again,) = remote.changes_since(page.read_time)
    late = next(document for document in again.documents if document.id == "late")
    assert late.updated_at is not None and late.version is not None
    assert late.updated_at < page.read_time < late.version
    assert batches(events) == [[], ["after"], ["late"]]
    assert not cloud.release()


def test_a_late_commit_that_no_longer_fits_is_dropped(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.late_commits = 1
    with pytest.raises(CommitAmbiguous):
        remote.commit([write(n=1)])
    remote.commit([write(n=2)])
    assert not cloud.release()
    found = remote.get([("client", "a")])[("client", "a")]
    assert found is not None and found.fields == {"n": 2}


def test_a_number_is_lost_or_kept_together_with_its_document(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    for fault, taken in (("lost_commits", 0), ("lost_acks", 1), ("late_commits", 1)):
        setattr(cloud.faults, fault, 1)
        with pytest.raises(CommitAmbiguous):
            remote.commit_numbered(
                "FA", SeriesHead(), lambda _head, fault=fault: Numbered([write(fault)], "2026-03-02")
            )
        assert (remote.series_head("FA") or SeriesHead()).number == taken
    assert cloud.release()
    assert remote.series_head("FA") == SeriesHead(2, "2026-03-02")


def test_a_late_number_that_another_took_meanwhile_is_dropped(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.late_commits = 1
    with pytest.raises(CommitAmbiguous):
        remote.commit_numbered("FA", SeriesHead(), lambda _head: Numbered([write("late")], "2026-03-02"))
    assert remote.commit_numbered("FA", SeriesHead(), lambda _head: Numbered([write("other")], "2026-03-02"))[0] == 1
    assert not cloud.release()
    assert remote.get([("client", "late")]) == {("client", "late"): None}


def test_unavailable_a_number_of_times(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.unavailable = 2
    for attempt in (lambda: remote.commit([write()]), lambda: remote.get([("client", "a")])):
        with pytest.raises(RemoteUnavailable):
            attempt()
    assert cloud.records == {}
    remote.commit([write()])


def test_a_partition_hides_changes_until_it_ends(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    cloud.faults.is_partitioned = True
    with pytest.raises(RemoteUnavailable):
        remote.commit([write()])
    cloud.apply([write("from elsewhere")])
    assert batches(events) == [[]]
    cloud.faults.is_partitioned = False
    listener.wake()
    listener.wake()
    assert batches(events) == [["from elsewhere"]]


def test_deliveries_again_and_in_another_order(cloud: MemoryCloud) -> None:
    held = MemoryRemote(cloud, "d2", is_held=True)
    events: queue.Queue[Any] = queue.Queue()
    held.listen(None, events)
    cloud.deliver()
    batches(events)
    writer = MemoryRemote(cloud)
    cloud.faults.duplicates = 1
    for id in "abc":
        writer.commit([write(id)])
    assert events.empty()
    cloud.deliver(reverse=True)
    assert batches(events) == [["c"], ["a"], ["b"], ["a"]]


def test_who_was_put_out_reaches_nothing_and_hears_it(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    events: queue.Queue[Any] = queue.Queue()
    remote.listen(None, events)
    cloud.faults.denied.add("d1")
    for attempt in (lambda: remote.commit([write()]), lambda: remote.get([]), lambda: list(remote.changes_since(None))):
        with pytest.raises(AccessDenied):
            attempt()
    MemoryRemote(cloud, "d2").commit([write("secret")])
    last = None
    while not events.empty():
        last = events.get()
    assert last == StreamState("denied", "refused")


def test_an_accountant_reads_only(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    cloud.faults.read_only.add("d1")
    assert remote.get([("client", "a")]) == {("client", "a"): None}
    with pytest.raises(AccessDenied):
        remote.commit([write()])


def test_a_stream_that_lost_its_place_says_so(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    events: queue.Queue[Any] = queue.Queue()
    remote.listen(None, events)
    cloud.reset_streams()
    found = [event for event in list(events.queue) if isinstance(event, Batch)]
    assert [batch.reset for batch in found] == [False, True]


def test_what_is_handed_out_is_nobodys_to_change(cloud: MemoryCloud, remote: MemoryRemote) -> None:
    mine = write(list=[1])
    remote.commit([mine])
    mine.document.fields["list"].append(2)
    got = remote.get([("client", "a")])[("client", "a")]
    assert got is not None
    got.fields["list"].append(3)
    (page,) = remote.changes_since(None)
    assert page.documents[0].fields == {"list": [1]}
