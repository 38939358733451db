"""What the engine keeps account of: cost, quota, computers; and what it makes of clocks that jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from facturepro.db import local_state
from facturepro.domain.errors import UserError
from facturepro.sync import events
from facturepro.sync import looking as lookings
from facturepro.sync import loop as loops
from facturepro.sync.budget import budget_of
from facturepro.sync.engine import SyncEngine
from facturepro.sync.events import Events
from facturepro.sync.looking import Looking
from facturepro.sync.loop import Loop
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, Contention, QuotaExceeded, RemoteUnavailable, StreamState
from facturepro.sync.remotes.instants import from_nanos
from facturepro.sync.remotes.listening import Listening, ListenTiming
from facturepro.sync.remotes.memory import MemoryRemote
from facturepro.sync.remotes.watching import Failure, Watch
from facturepro.sync.server_time import Moment, ServerTime
from facturepro.sync.usage import quota_reset
from tests.sync.devices import Computer, memory_pair, no_wait

INFO = {"name": "Bureau", "platform": "Linux", "app_version": "1"}


@pytest.fixture
def world(tmp_path):
    cloud, a, b = memory_pair(tmp_path)
    for computer in (a, b):
        with_info(computer)
    yield cloud, a, b
    a.close()
    b.close()


def with_info(computer: Computer) -> None:
    computer.engine = SyncEngine(computer.db, computer.remote, sleep=no_wait, info=INFO)


def kept(computer, key):
    with computer.db.read() as session:
        return local_state.get(session, key)


# -- cost ----------------------------------------------------------------------------------------------------


def test_what_an_exchange_cost_is_kept_even_when_it_failed(world):
    cloud, a, _b = world
    a.client("one")
    a.sync()
    usage = kept(a, "usage")
    assert (usage["reads"], usage["writes"]) == (a.remote.usage.reads, a.remote.usage.writes)
    cloud.faults.is_partitioned = True
    before = kept(a, "usage")
    a.client("two")
    with pytest.raises(UserError):
        a.sync()
    cloud.faults.is_partitioned = False
    assert kept(a, "usage")["reads"] >= before["reads"]


def test_a_lost_answer_counts_as_the_write_that_it_was(world):
    cloud, a, _b = world
    a.sync()
    a.client("one")
    before = a.remote.usage.writes
    cloud.faults.lost_acks = 1
    a.sync()
    assert a.remote.usage.writes - before == 1


def test_the_day_of_the_quota_begins_at_midnight_in_california():
    evening = datetime(2026, 11, 21, 7, 59, tzinfo=UTC)  # one minute to midnight there
    spent = {"day": "2026-11-20", "reads": 41_000, "writes": 3, "deletes": 0}
    assert budget_of(spent, evening).level == "near"
    assert budget_of(spent, evening).share == pytest.approx(0.82)
    assert budget_of(spent, evening + timedelta(minutes=2)).level == "ok"
    assert budget_of({**spent, "writes": 20_000}, evening).level == "over"
    assert budget_of({**spent, "reads": 1, "refused": True}, evening).level == "over"
    assert quota_reset(evening) == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


# -- computers -----------------------------------------------------------------------------------------------


def test_computers_are_announced_rarely_and_only_when_something_was_exchanged(world):
    cloud, a, b = world
    a.client("one")
    a.sync()
    told = cloud.devices["aaaa"]
    assert (told["name"], told["pushed"], told["pulled"]) == ("Bureau", 3, 0)
    seen = told["last_seen"]
    a.client("two")
    a.sync()
    assert cloud.devices["aaaa"]["last_seen"] == seen  # a quarter of an hour is not over
    a.clock.forward(minutes=16)
    a.sync()
    assert cloud.devices["aaaa"]["pushed"] == 4
    seen = cloud.devices["aaaa"]["last_seen"]
    a.clock.forward(hours=3)
    writes = a.remote.usage.writes
    a.sync()
    assert cloud.devices["aaaa"]["last_seen"] == seen and a.remote.usage.writes == writes
    b.clock.forward(hours=13)
    b.sync()
    assert {device["id"] for device in kept(b, "devices")["devices"]} >= {"aaaa"}


def test_what_went_through_before_it_broke_off_is_counted_and_told(world):
    cloud, a, _b = world
    a.sync()
    before = kept(a, "exchanged")["pushed"]

    def fails(_puller):
        raise RemoteUnavailable("the network went")

    a.engine = SyncEngine(a.db, a.remote, sleep=no_wait, info=INFO, number_waiting=fails)
    a.client("one")
    with pytest.raises(UserError):
        a.sync()
    assert kept(a, "exchanged")["pushed"] == before + 1
    with_info(a)
    a.client("two")
    a.clock.forward(minutes=16)
    a.engine._exchange._pusher.push = lambda _is_over: contended(a)
    with pytest.raises(UserError) as caught:
        a.sync()
    assert caught.value.code == "cloud_contended"
    assert cloud.devices["aaaa"]["pushed"] == before + 2


def contended(computer):
    """All but one record goes out, and others keep writing that one."""
    pusher = computer.engine._exchange._pusher
    type(pusher).push(pusher)
    pusher.result.contention = Contention("others write the same")
    computer.client("Hot")
    return pusher.result


# -- the loop, with clocks of its own -------------------------------------------------------------------------


class Time:
    """Both clocks of a computer, under a test's thumb."""

    def __init__(self) -> None:
        self.steady = 1000.0

    def __call__(self) -> float:
        return self.steady


class VirtualListener:
    """The real listener's decisions, each stream refused at once, and no thread."""

    def __init__(self, remote: VirtualRemote, queue: Events, cursor: str | None) -> None:
        self._remote = remote
        self._listening = Listening(
            Watch(cursor, None, remote.usage), self, queue.put, ListenTiming(), Backoff(draw=lambda: 0.0)
        )
        self._is_failing = False
        self._listening.start(remote.time())
        self.run()

    def open(self, stream, bound, resume_token, is_refused):
        self._remote.attempts.append(self._remote.time())
        self._stream, self._is_failing = stream, True

    def close(self):
        self._is_failing = False

    def run(self):
        if self._is_failing:
            self._is_failing = False
            self._listening.ended(self._stream, Failure.OTHER, "refused", self._remote.time())
        self._listening.tick(self._remote.time())

    def wake(self):
        self._listening.wake(self._remote.time())

    def stop(self):
        self._listening.stop()


class VirtualRemote(MemoryRemote):
    """Unreachable; each attempt to reach it is noted."""

    def __init__(self, cloud, time):
        super().__init__(cloud, "aaaa")
        self.time = time
        self.attempts: list[float] = []
        self.is_down = True
        self.error: type[Exception] = RemoteUnavailable
        self.listener = None

    def _reach(self, is_write=False):
        if self.is_down:
            self.attempts.append(self.time())
            raise self.error("no network")
        super()._reach(is_write)

    def listen(self, cursor, queue, resume_token=None):
        if not self.is_down:
            return super().listen(cursor, queue, resume_token)
        self.listener = VirtualListener(self, queue, cursor)
        return self.listener


class Stage:
    """A loop that is stepped by hand: each step is a second of both clocks."""

    def __init__(self, folder, monkeypatch):
        self.time = Time()
        for module in ("loop", "looking", "ledger", "exchange", "pull"):
            monkeypatch.setattr(f"facturepro.sync.{module}.uptime", self.time, raising=False)
        self.cloud, self.computer, self.other = memory_pair(folder)
        self.remote = VirtualRemote(self.cloud, self.time)
        self.states = []
        engine = SyncEngine(self.computer.db, self.remote, sleep=no_wait)
        exchange = engine._exchange
        exchange.server_time = ServerTime(self.computer.db, self.time)
        self.events = Events(exchange.server_time.moment)
        self.backoff = Backoff(draw=lambda: 0.0)  # the most attempts that jitter can make of it
        self.loop = Loop(self.computer.db, exchange, self.events, self.backoff, self.states.append)
        self.looking = Looking(self.computer.db, exchange.server_time)
        monkeypatch.setattr(self.events, "get", self._get)
        self._queue = self.events._queue

    def _get(self, timeout):
        """Time passes instead of being waited for."""
        if self._queue.empty():
            self.forward(max(timeout, 0.0))
            return None
        return self._queue.get_nowait()

    def forward(self, seconds, asleep=0.0):
        self.time.steady += seconds
        self.computer.clock.forward(seconds=seconds + asleep)

    def run(self, seconds):
        ends = self.time.steady + seconds
        while self.time.steady < ends:
            self.loop._step()
            self.loop._keep_books()
            self.loop._show()
            self.loop._wait(self.looking)
            if self.remote.listener is not None and self.remote.is_down:
                self.remote.listener.run()

    def close(self):
        self.looking.close()
        self.computer.close()
        self.other.close()


@pytest.fixture
def stage(tmp_path, monkeypatch):
    for module in (loops, lookings):
        monkeypatch.setattr(module, "POLL_SECONDS", 20.0)  # a day in a blink
    made = Stage(tmp_path, monkeypatch)
    yield made
    made.close()


def most_in_an_hour(attempts, since):
    late = [at for at in attempts if at >= since]
    return max((sum(1 for other in late if at <= other < at + 3600) for at in late), default=0)


def test_offline_from_the_start_the_whole_engine_tries_twelve_times_an_hour(stage):
    stage.run(30)
    for number in range(5):
        stage.computer.client(f"{number}")  # what is typed makes no attempt
    stage.run(4 * 3600)
    assert stage.remote.attempts and most_in_an_hour(stage.remote.attempts, 1000 + 600) <= 12
    assert stage.states[-1].kind == "offline" and stage.states[-1].pending >= 5


def test_offline_in_the_middle_of_the_day_the_whole_engine_tries_twelve_times_an_hour(stage):
    stage.remote.is_down = False
    stage.run(60)
    assert stage.states[-1].kind == "up_to_date"
    stage.remote.is_down = True
    stage.loop._stop_listening()
    stage.remote.listener = None
    began = stage.time.steady
    cursor, _token = stage.loop._exchange.puller.cursor()
    stage.loop._listener = stage.remote.listen(cursor, stage.events)
    stage.run(9 * 3600)  # past the hours after which the company is asked again what it accepts
    assert len(stage.remote.attempts) > 50
    assert most_in_an_hour(stage.remote.attempts, began + 600) <= 12


def test_awake_again_it_connects_at_once_and_once(stage):
    stage.run(3600)
    stage.remote.is_down = False
    stage.forward(0.0, asleep=8 * 3600)  # the steady clock stood still
    woken = stage.time.steady
    calls = stage.remote.usage.reads
    stage.run(30)
    assert stage.states[-1].kind in ("up_to_date", "waiting")
    assert stage.time.steady - woken < 60 and stage.remote.usage.reads - calls < 20
    assert abs(stage.computer.db.clock_offset_ms) < 5000


def test_a_clock_that_is_set_costs_one_connection(stage):
    stage.remote.is_down = False
    stage.run(60)
    opened = []
    listen = stage.remote.listen
    stage.remote.listen = lambda *given: opened.append(1) or listen(*given)
    stage.computer.clock.at -= timedelta(hours=5)
    stage.run(120)
    assert len(opened) == 1
    stage.run(600)
    assert len(opened) == 1


def test_a_person_who_asks_for_an_exchange_sees_a_computer_that_has_just_joined(stage):
    stage.remote.is_down = False
    stage.run(60)
    stage.remote.touch_device("cccc", {"name": "Atelier"})
    stage.run(400)
    assert "cccc" not in known_computers(stage)  # by itself it looks twice a day
    told = []
    unsubscribe = stage.computer.db.bus.subscribe(lambda changes: told.extend(changes.records))
    stage.events.put(events.WAKE)
    stage.run(10)
    unsubscribe()
    assert "cccc" in known_computers(stage) and "device" in told
    stage.remote.touch_device("dddd", {"name": "Dépôt"})
    stage.events.put(events.WAKE)
    stage.run(10)
    assert "dddd" not in known_computers(stage)  # who clicks again and again reads nothing again
    stage.run(300)
    stage.events.put(events.WAKE)
    stage.run(10)
    assert "dddd" in known_computers(stage)


def known_computers(stage):
    return {device["id"] for device in kept(stage.computer, "devices")["devices"]}


def test_the_quota_of_the_day_is_waited_for_and_explained(stage):
    stage.remote.error = QuotaExceeded
    stage.run(3600)
    state = stage.states[-1]
    assert (state.kind, state.code, state.budget) == ("error", "cloud_quota", "over")
    assert state.resumes_at == quota_reset(stage.computer.clock.at)
    tried = len(stage.remote.attempts)
    assert tried == 3
    stage.run(3600)
    assert len(stage.remote.attempts) == tried  # not one attempt until then...
    stage.events.put("wake")
    stage.run(5)
    assert len(stage.remote.attempts) == tried + 1  # ...unless a person asks
    stage.remote.is_down = False
    stage.forward((state.resumes_at - stage.computer.clock.at).total_seconds() + 60)
    stage.run(900)
    assert stage.states[-1].kind == "up_to_date" and stage.states[-1].resumes_at is None
    assert UserError("cloud_quota").message.count("Rien n’est perdu") == 1


def test_the_books_are_kept_by_the_minute(stage):
    stage.remote.is_down = False
    stage.computer.client("one")
    for _minute in range(8):
        stage.run(10)
    usage = kept(stage.computer, "usage")
    assert usage["writes"] == stage.remote.usage.writes > 0 and usage["reads"] == stage.remote.usage.reads


# -- the cloud's time -----------------------------------------------------------------------------------------


@pytest.fixture
def heard(world):
    _cloud, a, _b = world
    steady = Time()
    return a, ServerTime(a.db, steady), steady


def at(computer, seconds=0.0):
    return from_nanos(int((computer.clock.at.timestamp() + seconds) * 1e9))


def test_a_message_that_slept_in_a_buffer_teaches_nothing(heard):
    a, server, _steady = heard
    stale = [at(a, seconds) for seconds in (0, 30, 60)]
    a.clock.forward(hours=8)
    for told in stale:
        server.heard(told, server.moment())
    assert a.db.clock_offset_ms == 0


def test_an_answer_that_came_after_a_sleep_teaches_nothing(heard):
    a, server, steady = heard
    asked = server.moment()
    told = at(a)
    a.clock.forward(hours=8)  # the steady clock stood still
    server.answered(told, asked)
    asked = server.moment()
    told = at(a)
    steady.steady += 3600  # or it alone went on
    server.answered(told, asked)
    assert a.db.clock_offset_ms == 0


def test_a_clock_that_is_truly_wrong_is_learned_from_the_stream_once_confirmed(heard):
    a, server, _steady = heard
    server.heard(at(a, 7200), server.moment())
    assert a.db.clock_offset_ms == 0
    a.clock.forward(seconds=30)
    server.heard(at(a, 7200), server.moment())
    assert abs(a.db.clock_offset_ms - 7_200_000) < 1000


def test_what_waited_in_the_queue_is_dated_when_it_came(world):
    _cloud, a, _b = world
    events = Events(lambda: Moment(123, 4.0))
    events.put(StreamState("live"))
    events.put(Batch([], [], at(a)))
    assert [events.get(0).at for _each in range(2)] == [Moment(123, 4.0)] * 2 and events.get(0) is None
