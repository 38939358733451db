"""A long reading in parts: interrupted, killed, paused, with commits that become visible late in between."""

from __future__ import annotations

import copy
import itertools
import random
import threading
import time
from datetime import timedelta

import pytest

from facturepro.db import local_state
from facturepro.db.models import Client, Invoice
from facturepro.domain.errors import UserError
from facturepro.sync import portions, pull
from facturepro.sync.prefetch import AHEAD, Prefetched
from facturepro.sync.pull import Reading
from facturepro.sync.remotes.base import Page, RemoteDocument, RemoteUnavailable, Write
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Clock, Computer

STAMP = "01f000000000-0000-dddd"


def client(number: int) -> RemoteDocument:
    return RemoteDocument("client", f"c{number:05}", {"name": f"{number}"}, {}, {"name": STAMP})


class Ground:
    """A cloud with a clock of its own, and a computer that joins it."""

    def __init__(self, folder, number: int = 0) -> None:
        self.clock = Clock()
        self.cloud = MemoryCloud(self.clock.nanos)
        self.writer = MemoryRemote(self.cloud, "writer")
        self.writer.provision({"name": "Essai"})
        self.numbers = itertools.count()
        self.stamps = itertools.count()
        for _each in range(number):
            self.write()
        self.reader = Computer(folder / "reader.db", "rrrr", MemoryRemote(self.cloud, "reader"), self.clock)

    def write(self) -> None:
        self.writer.commit([Write(client(next(self.numbers)))])

    def change(self, draw: random.Random) -> None:
        key = draw.choice(sorted(self.cloud.records))
        document = copy.deepcopy(self.cloud.records[key])
        document.fields["phone"] = str(draw.random())
        document.clock["phone"] = f"{int(STAMP[:12], 16) + 1 + next(self.stamps):012x}-0000-dddd"
        self.writer.commit([Write(document, document.version, ("fields.phone", "clock.phone"))])

    def read(self, portions: int | None = None) -> None:
        """Part of the reading: stop after so many questions whether to stop."""
        left = itertools.count()
        self.reader.engine._puller.pull(lambda: portions is not None and next(left) >= portions)

    def names(self) -> dict[str, str]:
        return {row.id: row.phone for row in self.reader.all(Client)}

    def there(self) -> dict[str, str]:
        found = self.cloud.records.items()
        return {key[1]: record.fields.get("phone", "") for key, record in found if key[0] == "client"}


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(pull, "PAGE", 7)


@pytest.fixture
def ground(tmp_path, small_pages):
    made = Ground(tmp_path, 60)
    made.reader.engine._puller._portions.size = 5
    yield made
    made.reader.close()


def kept(computer, key):
    with computer.db.read() as session:
        return local_state.get(session, key)


def test_what_was_read_is_not_read_again(ground):
    ground.clock.forward(minutes=10)  # all of it is older than the window
    reads = 0
    for _part in range(40):
        before = ground.reader.remote.usage.reads
        ground.read(portions=3)
        reads += ground.reader.remote.usage.reads - before
        if kept(ground.reader, "cursor"):
            break
        ground.reader.restart()  # as after a kill: only the file is left
        ground.reader.engine._puller._portions.size = 5
    assert ground.names() == ground.there() and kept(ground.reader, "reading") is None
    prefetched = 40 * 2 * 7
    assert 60 <= reads <= 60 + prefetched
    # Each part began behind the last portion of the one before: nothing was applied twice.
    assert ground.reader.scalar("SELECT COUNT(*) FROM change_log WHERE row_table = 'client'") == 60


def test_the_next_part_begins_behind_the_last_record(ground):
    ground.clock.forward(minutes=10)
    ground.read(portions=4)
    reading = ground.reader.engine._puller.reading()
    asked = []
    original = MemoryRemote.changes_since

    def spied(self, read_time, page_size=500, after=None):
        asked.append((read_time, after))
        return original(self, read_time, page_size, after)

    MemoryRemote.changes_since = spied
    try:
        ground.read()
    finally:
        MemoryRemote.changes_since = original
    assert asked == [(None, reading.after)]
    assert len(ground.names()) == 60


def test_a_young_place_is_read_again_from_the_window_on():
    young = Reading(("2026-11-21T08:00:00.000000000Z", ("client", "a")), "2026-11-21T08:04:00.000000000Z")
    assert young.start() == ("2026-11-21T08:04:00.000000000Z", None)
    old = Reading(("2026-11-21T08:00:00.000000000Z", ("client", "a")), "2026-11-21T08:05:00.000000000Z")
    assert old.start() == (None, old.after)


def test_the_cursor_is_the_state_of_the_last_query(ground):
    ground.read(portions=3)
    assert kept(ground.reader, "cursor") is None
    ground.clock.forward(minutes=20)
    before = ground.cloud.tick()
    ground.read()
    assert kept(ground.reader, "cursor") > before


@pytest.mark.parametrize("seed", range(25))
def test_late_commits_between_the_parts_are_not_lost(tmp_path, small_pages, seed):
    """Commits are stamped when they are asked for and seen up to 300 s later, in any order, while a reading is cut,
    killed and continued. In the end, the file holds what the cloud holds."""
    draw = random.Random(seed)
    print(f"seed {seed}")
    ground = Ground(tmp_path, draw.randrange(1, 40))
    late: list[timedelta] = []
    try:
        for _step in range(60):
            ground.clock.forward(seconds=draw.choice((0, 1, 20, 100, 250)))
            while late and late[0] < ground.clock.at:
                late.pop(0)
                ground.cloud.release()
            what = draw.random()
            if what < 0.25:
                ground.write()
            elif what < 0.35:
                ground.change(draw)
            elif what < 0.6:
                ground.cloud.delay([Write(client(next(ground.numbers)))])
                late.append(ground.clock.at + timedelta(seconds=299))
            elif what < 0.7 and late:
                late.pop(0)
                ground.cloud.release()
            elif what < 0.75:
                ground.reader.restart()
            else:
                ground.reader.engine._puller._portions.size = draw.randrange(1, 9)
                ground.read(portions=draw.randrange(6))
        while ground.cloud.release():
            pass
        ground.read()
        ground.read()
        assert ground.names() == ground.there()
    finally:
        ground.reader.close()


def test_a_network_that_dies_on_the_way(ground, monkeypatch):
    ground.clock.forward(minutes=10)
    original = MemoryRemote.changes_since

    def breaking(self, *arguments, **named):
        for number, page in enumerate(original(self, *arguments, **named)):
            if number == 3:
                raise RemoteUnavailable("gone")
            yield page

    with monkeypatch.context() as patch:
        patch.setattr(MemoryRemote, "changes_since", breaking)
        with pytest.raises(UserError) as refused:
            ground.reader.sync()
    assert refused.value.code == "cloud_unreachable"
    assert len(ground.names()) == 21
    report = ground.reader.sync()
    assert report.pulled == 39 and report.is_complete


def test_a_cancel_leaves_it_resumable(ground):
    ground.clock.forward(minutes=10)
    seen = [(0, 0)]
    report = ground.reader.engine.once(is_cancelled=lambda: seen[-1][0] > 0, on_progress=lambda *p: seen.append(p))
    assert not report.is_complete and 0 < report.pulled < 60
    assert seen[1] == (0, 60) and seen[-1] == (report.pulled, 60)
    rest = ground.reader.engine.once(on_progress=lambda *p: seen.append(p))
    assert rest.pulled == 60 - report.pulled and rest.is_complete
    assert seen[-1] == (60, 60)


def test_a_time_that_is_over_before_the_first_page_is_no_complete_reading(ground):
    report = ground.reader.engine.once(is_cancelled=lambda: True)
    assert not report.is_complete and report.pulled == 0
    assert ground.reader.sync().is_complete
    # Nothing is kept of a reading that has not begun, neither the first nor a later one.
    assert not ground.reader.engine.once(is_cancelled=lambda: True).is_complete


def _settled(made, count):
    """Waits until so many pages were made, and a moment longer for one too many."""
    ends = time.monotonic() + 5
    while len(made) < count and time.monotonic() < ends:
        time.sleep(0.005)
    time.sleep(0.05)
    return len(made)


def _pages(made, count):
    for number in range(count):
        made.append(number)
        yield Page([number], "t", number == count - 1)


def test_a_few_pages_are_read_ahead_and_handed_over_together():
    made = []
    ahead = Prefetched(_pages(made, 4 * AHEAD))
    assert _settled(made, AHEAD) == AHEAD
    page = ahead.following()
    assert page.documents == list(range(AHEAD)) and not page.is_last
    assert _settled(made, 2 * AHEAD) == 2 * AHEAD
    ahead.close()
    ahead._thread.join(5)
    assert not ahead._thread.is_alive() and len(made) == 2 * AHEAD


def test_what_was_read_before_a_failure_comes_first():
    def pages():
        yield Page(["one"], "t", False)
        yield Page(["two"], "t", False)
        raise RemoteUnavailable("cut")

    ahead, found = Prefetched(pages()), []
    ahead._thread.join(5)
    with pytest.raises(RemoteUnavailable, match="cut"):
        while True:
            found += ahead.following().documents
    assert found == ["one", "two"]
    with pytest.raises(RemoteUnavailable):
        ahead.following()


def test_an_answer_that_ends_before_its_last_page_is_not_complete(ground, monkeypatch):
    original = MemoryRemote.changes_since

    def cut(*arguments):
        return (page for page in original(*arguments) if not page.is_last)

    monkeypatch.setattr(MemoryRemote, "changes_since", cut)
    with pytest.raises(RemoteUnavailable, match="before its last page"):
        ground.read()
    assert 0 < len(ground.names()) < 60 and kept(ground.reader, "cursor") is None
    monkeypatch.undo()
    ground.read()
    assert ground.names() == ground.there() and kept(ground.reader, "cursor")


def test_the_last_page_is_the_last_of_those_handed_over_together():
    made = []
    ahead = Prefetched(_pages(made, 3))
    ahead._thread.join(5)
    assert ahead.following() == Page([0, 1, 2], "t", True)


class _Gate:
    """Holds the pages of a reading back until told."""

    def __init__(self, monkeypatch):
        self.may = threading.Semaphore(0)
        original = MemoryRemote.changes_since

        def held(remote, *arguments, **named):
            for page in original(remote, *arguments, **named):
                self.may.acquire(timeout=20)
                yield page

        monkeypatch.setattr(MemoryRemote, "changes_since", held)


def _until(condition, seconds=10):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.005)


def test_a_pause_in_the_middle_survives_a_restart(ground, monkeypatch):
    ground.clock.forward(minutes=10)
    gate = _Gate(monkeypatch)
    engine = ground.reader.engine
    engine.start()
    for _page in range(3):
        gate.may.release()
    _until(lambda: engine.state.progress is not None and engine.state.progress[0] >= 14)
    assert engine.state.kind == "waiting" and engine.state.progress[1] == 60
    engine.pause()
    _until(lambda: engine.state.kind == "paused")
    assert engine.state.progress is not None, "how far it had come is said with the pause, not a second later"
    engine.stop()
    done = len(ground.names())
    ground.reader.restart()
    engine = ground.reader.engine
    calls = ground.reader.remote.usage.reads
    engine.start()
    _until(lambda: engine.state.kind == "paused")
    engine.wake()  # a wake is not a resume
    time.sleep(0.1)
    assert engine.state.kind == "paused" and ground.reader.remote.usage.reads == calls
    assert len(ground.names()) == done
    for _page in range(20):
        gate.may.release()
    engine.resume()
    _until(lambda: engine.state.kind == "up_to_date")
    assert ground.names() == ground.there() and engine.state.progress is None
    engine.stop()


def test_stopping_in_the_middle_is_quick_and_loses_nothing(ground, monkeypatch):
    gate = _Gate(monkeypatch)
    engine = ground.reader.engine
    engine.start()
    gate.may.release()
    _until(lambda: engine.state.progress is not None and engine.state.progress[0] == 7)
    engine.stop()  # while the next page hangs in the network
    assert engine.state.kind == "disabled" and kept(ground.reader, "cursor") is None
    for _page in range(30):
        gate.may.release()
    assert ground.reader.sync().is_complete
    assert ground.names() == ground.there()


def test_many_invoices_that_arrive_before_their_client_come_in_several_transactions(tmp_path, monkeypatch):
    monkeypatch.setattr(portions, "_LARGEST", 100)  # as on a slow computer
    ground = Ground(tmp_path)
    try:
        invoices = [
            RemoteDocument("invoice", f"i{number:04}", {"client_id": "c00000"}, {}, {"client_id": STAMP})
            for number in range(450)
        ]
        for start in range(0, 450, 90):
            ground.writer.commit([Write(document) for document in invoices[start : start + 90]])
        ground.write()  # the client itself
        ground.clock.forward(minutes=10)
        writes = []
        ground.reader.db.bus.subscribe(lambda changes: writes.append(len(changes.records.get("invoice", ()))))
        ground.reader.sync()
        assert len(ground.reader.all(Invoice)) == 450
        assert ground.reader.scalar("SELECT COUNT(*) FROM pending_remote") == 0
        assert max(writes) <= 200 and sum(1 for count in writes if count) >= 3
    finally:
        ground.reader.close()


def test_a_reading_goes_with_its_cursor(ground):
    """Whoever forgets the cursor (another cloud, away for too long) forgets the place as well."""
    ground.read()
    first = kept(ground.reader, "cursor")
    ground.clock.forward(hours=1)
    for _each in range(20):
        ground.write()
    ground.read(portions=3)
    assert ground.reader.engine._puller.reading() is not None and kept(ground.reader, "cursor") == first
    with ground.reader.db.write() as work:
        local_state.remove(work.session, "cursor")
        work.touch()
    assert ground.reader.engine._puller.reading() is None
    assert ground.reader.sync().is_complete and ground.names() == ground.there()
