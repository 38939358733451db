"""The engine on its own thread: nobody waits for it, it says how it is doing, and it ends when told."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.models import Client
from facturepro.db.replication_apply import ApplyResult
from facturepro.domain.errors import UserError
from facturepro.sync import events, loop, pause
from facturepro.sync.engine import SyncEngine
from facturepro.sync.events import Events
from facturepro.sync.looking import Looking
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, Contention, NotSignedIn, StreamState
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from facturepro.sync.status import SyncState
from tests.sync.devices import Computer, no_wait


def until(condition, seconds: float = 10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


class World:
    def __init__(self, folder):
        self.cloud = MemoryCloud()
        self.states: dict[str, list[SyncState]] = {}
        self.computers = []
        for name in ("aaaa", "bbbb"):
            computer = Computer(folder / f"{name}.db", name, MemoryRemote(self.cloud, name))
            self.states[name] = []
            computer.engine = SyncEngine(
                computer.db, computer.remote, on_state=self.states[name].append, draw=lambda: 0.0, sleep=no_wait
            )
            self.computers.append(computer)
        self.computers[0].remote.provision({"name": "Essai"})

    def start(self):
        for computer in self.computers:
            computer.engine.start()
        for computer in self.computers:
            until(lambda computer=computer: computer.engine.state.kind == "up_to_date")
        return self.computers


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    for computer in made.computers:
        computer.engine.stop()
        computer.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "sync"]


def names(computer):
    return sorted(row.name for row in computer.all(Client))


def test_a_change_reaches_the_other_file_by_itself(world):
    a, b = world.start()
    a.client("one")
    until(lambda: names(b) == ["one"])
    b.client("two")
    until(lambda: names(a) == ["one", "two"])
    until(lambda: a.engine.state.kind == "up_to_date" and a.engine.state.last_exchange_at)
    assert world.states["aaaa"][-1] == a.engine.state


def test_the_cursor_and_the_token_are_kept_with_what_they_follow(world):
    a, b = world.start()
    a.client("one")
    until(lambda: names(b) == ["one"])
    with b.db.read() as session:
        cursor = local_state.get(session, "cursor")
    assert cursor >= world.cloud.records[("client", a.all(Client)[0].id)].updated_at
    assert b.engine._puller.cursor() == (cursor, cursor.encode())


def test_no_network_and_back(world):
    a, b = world.start()
    world.cloud.faults.is_partitioned = True
    began = time.monotonic()
    a.client("offline")
    assert time.monotonic() - began < 0.5  # nobody waits for the network
    until(lambda: a.engine.state.kind == "offline")
    assert a.engine.state.code == "cloud_unreachable"
    until(lambda: a.engine.state.pending == 1)
    world.cloud.faults.is_partitioned = False
    for computer in (a, b):
        computer.engine.wake()
    until(lambda: names(b) == ["offline"])
    until(lambda: a.engine.state.kind == "up_to_date")


def test_a_file_that_another_process_took_out_of_the_cloud_sends_and_receives_nothing(world):
    a, b = world.start()

    def join(target):  # as cloud.leave and cloud.join of another process do
        with a.db.write() as work:
            work.keep("cloud", target) if target else local_state.remove(work.session, "cloud")
            work.touch()

    join({"remote_company": "another"})
    a.client("for the other cloud")
    b.client("of this cloud")
    until(lambda: a.engine.state.code == "cloud_moved")
    until(lambda: b.engine.state.kind == "up_to_date" and b.engine.state.pending == 0)
    assert names(a) == ["for the other cloud"] and names(b) == ["of this cloud"]
    assert a.engine.state.pending == 1
    join(None)  # back where it was
    until(lambda: names(a) == names(b) == ["for the other cloud", "of this cloud"])
    until(lambda: a.engine.state.kind == "up_to_date")


def test_a_file_whose_place_another_one_took_sends_and_receives_nothing(world):
    """Another process restored a backup: what is still open is the former state, kept aside."""
    a, b = world.start()
    aside = a.path.with_name("aside.db")
    os.replace(a.path, aside)
    shutil.copy(aside, a.path)
    until(lambda: a.engine.state.code == "cloud_moved")
    reads = a.remote.usage.reads
    b.client("of this cloud")
    until(lambda: b.engine.state.kind == "up_to_date" and b.engine.state.pending == 0)
    a.engine.wake()
    time.sleep(0.05)
    assert a.remote.usage.reads == reads and names(a) == []
    os.replace(aside, a.path)
    a.engine.wake()
    until(lambda: names(a) == ["of this cloud"])


def test_started_without_a_network(world):
    world.cloud.faults.is_partitioned = True
    a = world.computers[0]
    a.engine.start()
    until(lambda: a.engine.state.kind == "offline")
    world.cloud.faults.is_partitioned = False
    a.engine.wake()
    until(lambda: a.engine.state.kind == "up_to_date")


def test_offline_tries_rarely_whatever_a_person_types(world, monkeypatch):
    a = world.computers[0]
    world.cloud.faults.is_partitioned = True
    calls = []
    monkeypatch.setattr(a.remote, "profile", lambda: calls.append(1) or MemoryRemote.profile(a.remote), raising=False)
    a.engine._backoff.failures = 20  # offline for a long time
    a.engine.start()
    until(lambda: a.engine.state.kind == "offline")
    for number in range(20):
        a.client(f"{number}")
    until(lambda: a.engine.state.pending >= 20)
    assert len(calls) == 1


def test_a_change_by_another_program_is_seen(world):
    a, b = world.start()
    time.sleep(1.2)  # one look at the file has to be past
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"INSERT INTO client (id, name) VALUES ('x', 'raw')\"); c.commit()"
    subprocess.run([sys.executable, "-c", script, str(a.path)], check=True)
    until(lambda: names(b) == ["raw"])


def test_sign_in_is_asked_for(world, monkeypatch):
    a = world.computers[0]

    def refuse():
        raise NotSignedIn("token expired")

    monkeypatch.setattr(a.remote, "profile", refuse, raising=False)
    a.engine.start()
    until(lambda: a.engine.state.kind == "sign_in")
    assert a.engine.state.code == "cloud_signin"
    monkeypatch.undo()
    a.engine.wake()
    until(lambda: a.engine.state.kind == "up_to_date")


def test_a_bug_is_logged_and_not_the_end(world, monkeypatch, caplog):
    a, b = world.start()
    take = b.engine._puller.take

    def broken(*_batch):
        monkeypatch.setattr(b.engine._puller, "take", take)
        raise ZeroDivisionError

    monkeypatch.setattr(b.engine._puller, "take", broken)
    a.client("one")
    until(lambda: "the exchange failed" in caplog.text)
    until(lambda: names(b) == ["one"])  # it came again: the cursor had not passed it


def test_stopping_is_quick_and_can_be_repeated(world):
    a, _b = world.start()
    began = time.monotonic()
    a.engine.stop()
    assert time.monotonic() - began < 3
    assert a.engine.state.kind == "disabled"
    a.engine.stop()
    a.engine.start()
    until(lambda: a.engine.state.kind == "up_to_date")


def test_a_large_batch_from_the_listener(world):
    a, b = world.start()
    b.engine.stop()
    with a.db.write("many") as work:
        work.add_all(Client(name=f"{number:04}") for number in range(1200))
    until(lambda: a.engine.state.kind == "up_to_date" and a.engine.state.pending == 0, 30)
    b.engine.start()
    until(lambda: len(names(b)) == 1200, 30)
    until(lambda: b.engine.state.kind == "up_to_date")
    assert a.dump() == b.dump()


def test_what_could_not_be_sent_while_the_file_was_busy_is_sent_after(world, monkeypatch):
    monkeypatch.setattr(loop, "_REPAIR_SECONDS", 0.1)
    a, b = world.start()
    send, calls = a.engine._exchange.send, []

    def busy(is_over):
        if names(a) and not calls:
            calls.append(1)
            raise UserError("database_locked")
        return send(is_over)

    monkeypatch.setattr(a.engine._exchange, "send", busy)
    monkeypatch.setattr(Looking, "has_file_changed", lambda _looking: False)
    a.client("one")
    until(lambda: names(b) == ["one"])
    assert calls == [1], "the file was busy once"


def test_what_another_process_writes_before_the_first_look_is_sent(world):
    """Found by a run of the real programs: the first look only took the version it was to compare with."""
    a, b = world.start()
    with closing(Database(a.db.path)) as other, other.write("elsewhere") as work:  # well within the first second
        work.add(Client(name="one"))
    until(lambda: names(b) == ["one"])


def test_what_could_not_be_sent_during_a_check_is_sent_after(world, monkeypatch):
    a, b = world.start()
    exchange, calls = a.engine._exchange, []
    send = exchange.send

    def failing(is_over):
        calls.append(1)
        if len(calls) == 1:
            raise Contention("others write the same")
        return send(is_over)

    def check(breathe, *_arguments, **_named):
        monkeypatch.setattr(exchange, "send", failing)
        a.client("one")
        until(lambda: calls or breathe())
        raise AssertionError("the error came through")

    monkeypatch.setattr(Looking, "has_file_changed", lambda _looking: False)
    monkeypatch.setattr(exchange._reconciler, "run", check)
    monkeypatch.setattr(exchange._reconciler, "is_due", lambda: not calls)
    a.engine.wake()
    until(lambda: names(b) == ["one"])


def test_what_a_listener_said_before_it_was_stopped_is_forgotten_with_the_rest(world):
    """A later batch would take the cursor past one that was dropped."""
    a, _b = world.computers
    inbox = Events(a.engine._exchange.server_time.moment)
    made = loop.Loop(a.db, a.engine._exchange, inbox, Backoff(), lambda _state: None)

    class Last:
        def stop(self):
            port.put(Batch([], [], "2026-11-21T09:00:00.000000000Z"))
            port.put(StreamState("live"))
            inbox.put(events.STOP)

    port = events.Port(inbox)
    made._listener, made._port, made._is_live = Last(), port, True
    made._batches.append((Batch([], [], "2026-11-21T08:00:00.000000000Z"), a.engine._exchange.server_time.moment()))
    made._stop_listening()
    port.put(Batch([], [], "2026-11-21T10:00:00.000000000Z"))  # its thread outlived ``stop``
    made._drain()
    assert not made._batches and not made._is_live and made._is_stopping


def test_the_quota_ends_while_a_batch_is_taken(world):
    a, _b = world.computers
    inbox = Events(a.engine._exchange.server_time.moment)
    made = loop.Loop(a.db, a.engine._exchange, inbox, Backoff(), lambda _state: None)
    at = "2026-11-21T08:00:00.000000000Z"
    made._batches.append((Batch([], [], at), a.engine._exchange.server_time.moment()))

    def take(batch, is_over):
        for _refusal in range(3):
            inbox.put(StreamState("exhausted", "quota"))
        assert not is_over()
        return ApplyResult()

    a.engine._exchange.take = take
    made._take_batches()
    assert made._rest.resumes_at is not None and not made._batches


def test_an_answer_that_comes_after_the_file_was_closed_is_written_nowhere(world, monkeypatch):
    """A backup may lie in its place by then."""
    a, _b = world.start()
    until(lambda: a.engine.state.kind == "up_to_date")
    is_asked, may_answer, is_over = threading.Event(), threading.Event(), threading.Event()
    commit = a.remote.commit

    def slow(writes):
        is_asked.set()
        may_answer.wait(20)
        try:
            return commit(writes)
        finally:
            is_over.set()

    monkeypatch.setattr(a.remote, "commit", slow)
    thread = a.engine._thread
    client = a.client("late")
    assert is_asked.wait(20)
    a.engine.stop(timeout=0.05)
    a.db.close()
    may_answer.set()
    assert is_over.wait(20)
    thread.join(20)
    assert not thread.is_alive()
    with closing(sqlite3.connect(a.path)) as reader:
        assert reader.execute("SELECT COUNT(*) FROM outbox WHERE record_id = ?", (client,)).fetchone() == (1,)


# -- the thread never ends unseen, and nothing waits for the next change to be sent ----------------------------


def test_a_file_that_cannot_be_looked_at_is_shown_and_tried_again(world, monkeypatch):
    made, calls = Looking.__init__, []

    def broken(looking, *arguments):
        calls.append(1)
        if len(calls) < 3:
            raise sqlite3.OperationalError("unable to open database file")
        made(looking, *arguments)

    monkeypatch.setattr(Looking, "__init__", broken)
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
    a, _b = world.computers
    a.client("one")
    a.engine.start()
    until(lambda: any(state.kind == "error" and state.reason == "OperationalError" for state in world.states["aaaa"]))
    until(lambda: a.engine.state.kind == "up_to_date" and len(world.cloud.records) > 2)
    a.engine.stop()
    assert a.db.bus._subscribers == []


def test_a_bug_between_two_steps_is_shown_and_not_the_end(world, monkeypatch):
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
    a, b = world.start()
    looked = Looking.have_clocks_parted

    def broken(looking):
        monkeypatch.setattr(Looking, "have_clocks_parted", looked)
        raise ZeroDivisionError

    monkeypatch.setattr(Looking, "have_clocks_parted", broken)
    until(lambda: any(state.reason == "ZeroDivisionError" for state in world.states["aaaa"] + world.states["bbbb"]))
    a.client("after it")
    until(lambda: names(b) == ["after it"])
    until(lambda: a.engine.state.kind == b.engine.state.kind == "up_to_date")


def _cannot_look(monkeypatch):
    tries = []

    def no_file(*_arguments):
        tries.append(1)
        raise OSError("no file to look at")

    monkeypatch.setattr(loop, "Looking", no_file)
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.05)
    return tries


def test_what_comes_while_it_is_broken_may_fail_as_well(world, monkeypatch):
    a, _b = world.computers
    tries, asked = _cannot_look(monkeypatch), []

    def closed():
        asked.append(1)
        raise ValueError("Cannot invoke RPC on closed channel!")

    monkeypatch.setattr(a.remote, "role", closed)
    a.engine.start()
    thread = a.engine._thread
    until(lambda: tries)
    a.engine._events.put(StreamState("denied", "x"))
    until(lambda: asked)
    until(lambda: any(state.reason == "ValueError" for state in world.states["aaaa"]) or not thread.is_alive())
    monkeypatch.undo()
    a.engine.wake()
    until(lambda: a.engine.state.kind == "up_to_date" or not thread.is_alive())
    assert thread.is_alive()


def test_another_process_pauses_and_resumes(world):
    a, b = world.start()
    other = Database(a.db.path)
    pause.keep(other, True)
    until(lambda: a.engine.state.kind == "paused")
    b.client("waits")
    b.engine.wake()
    until(lambda: b.engine.state.kind == "up_to_date")
    assert names(a) == []
    pause.keep(other, False)
    until(lambda: names(a) == ["waits"])
    other.close()


def test_a_person_who_asks_learns_what_the_company_asks_for(world):
    """It is read again every six hours; who was told to update, and did not have to after all, waited as long."""
    a, _b = world.start()
    world.cloud.company = replace(world.cloud.company, min_schema=999)
    a.engine.wake()
    until(lambda: a.engine.state.code == "cloud_update_required")
    world.cloud.company = replace(world.cloud.company, min_schema=1)
    a.engine.wake()
    until(lambda: a.engine.state.kind == "up_to_date")


def test_what_waits_grows_less_while_it_is_sent(world, monkeypatch):
    monkeypatch.setattr(loop, "_PROGRESS_SECONDS", 0.0)
    a, _b = world.computers
    for number in range(250):
        a.client(str(number))
    a.engine.start()
    until(lambda: a.engine.state.kind == "up_to_date")
    assert len({state.pending for state in world.states["aaaa"]} - {0, 250}) > 1


def test_a_pause_is_shown_also_while_it_is_broken_and_it_stops_at_once(world, monkeypatch):
    a, _b = world.computers
    a.engine.pause()
    tries = _cannot_look(monkeypatch)
    a.engine.start()
    until(lambda: len(tries) > 1)
    assert {state.kind for state in world.states["aaaa"]} == {"paused"}
    monkeypatch.setattr(loop, "POLL_SECONDS", 60.0)
    seen = len(tries)
    until(lambda: len(tries) > seen)  # it waits a minute from now on
    thread = a.engine._thread
    a.engine.stop()
    assert not thread.is_alive() and a.engine.state.kind == "disabled"


def test_what_the_stream_said_holds_again_after_a_bug(world):
    a, _b = world.computers
    shown = []
    inbox = Events(a.engine._exchange.server_time.moment)
    made = loop.Loop(a.db, a.engine._exchange, inbox, Backoff(), shown.append)
    made._stream(StreamState("waiting", "no network"))
    made._broken(ZeroDivisionError())
    made._show()
    assert [state.kind for state in shown] == ["error", "offline"]
    made._events.put(StreamState("denied", "x"))
    a.remote.role = lambda: 1 // 0
    with pytest.raises(ZeroDivisionError) as caught:
        made._drain()
    made._broken(caught.value)
    made._show()
    assert [state.kind for state in shown[2:]] == ["error", "error"]  # not offline: it was refused


def test_whoever_shows_states_cannot_end_the_exchange(world, caplog):
    a, b = world.computers

    def gone(_state):
        raise RuntimeError("Internal C++ object already deleted")

    a.engine._on_state = gone
    world.start()
    a.client("one")
    until(lambda: names(b) == ["one"])
    assert "could not be shown" in caplog.text


def test_what_waited_for_a_newer_version_goes_out_once_it_is_accepted_again(world, monkeypatch):
    """Sent with the next look at the company, not with the next change that somebody makes."""
    a, b = world.start()
    monkeypatch.setattr(Looking, "has_file_changed", lambda _looking: False)
    profile = world.cloud.company
    world.cloud.company = replace(profile, min_schema=99)
    with a.engine._exchange.turn:
        a.engine._exchange.check_profile()
    a.client("held back")
    until(lambda: a.engine.state.code == "cloud_update_required" and a.engine.state.pending == 1)
    world.cloud.company = profile
    monkeypatch.setattr(loop, "_PROFILE_SECONDS", 0.0)
    until(lambda: names(b) == ["held back"])


def test_a_thread_that_was_left_behind_says_nothing_more(world, monkeypatch):
    a, _b = world.start()
    send, held, goes_on = a.engine._exchange.send, threading.Event(), threading.Event()

    def slow(is_over):
        held.set()
        goes_on.wait(10)
        return send(is_over)

    monkeypatch.setattr(a.engine._exchange, "send", slow)
    a.client("one")
    assert held.wait(10)
    thread = a.engine._thread
    a.engine.stop(timeout=0.05)
    assert a.engine.state.kind == "disabled"
    goes_on.set()
    thread.join(10)
    assert not thread.is_alive() and a.engine.state.kind == "disabled"


def test_the_last_exchange_is_known_from_the_start_and_moves_with_each_answer(world):
    a, b = world.start()
    earlier = until(lambda: b.engine.state.last_exchange_at)
    a.client("one")
    until(lambda: b.engine.state.last_exchange_at > earlier)  # shown after the record is there
    first = b.engine.state.last_exchange_at
    b.engine.stop()
    with b.db.read() as session:
        assert local_state.get(session, "last_exchange_at") == first.isoformat()
    again = SyncEngine(b.db, b.remote)
    assert again._exchange.ledger.last_exchange_at == first
    ledger = again._exchange.ledger
    ledger.exchanged()
    assert ledger.last_exchange_at == first  # a stream that is merely there: not by the second
    ledger.last_exchange_at = first - timedelta(minutes=2)
    ledger.exchanged()
    assert ledger.last_exchange_at > first
