"""When the listener opens, gives up and tries again: with a scripted server and a clock that jumps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, StreamState, Usage
from facturepro.sync.remotes.firestore_protocol import CURRENT, NO_CHANGE, REMOVE, RESET, ListenResponse
from facturepro.sync.remotes.instants import instant_parts, shifted, to_nanos
from facturepro.sync.remotes.listening import Listening, ListenTiming
from facturepro.sync.remotes.watching import Failure, Watch

CURSOR = "2026-11-21T10:00:00.000000000Z"
_NAME = "projects/p/databases/(default)/documents/companies/c/records/"


class Server:
    """Plays the stream's other end, and writes down what was asked for."""

    def __init__(self, cursor: str | None = CURSOR, token: bytes | None = None, draw: float = 0.5) -> None:
        self.opened: list[tuple[str | None, bytes | None, bool]] = []
        self.closed = 0
        self.delivered: list[Batch | StreamState] = []
        self.usage = Usage()
        self.now = 0.0
        backoff = Backoff(1.0, 300.0, lambda: draw)
        watch = Watch(cursor, token, self.usage, lambda: to_nanos(cursor or CURSOR) / 1e9 + self.now)
        self.listening = Listening(watch, self, self.delivered.append, ListenTiming(), backoff)
        self.listening.start(self.now)

    def open(self, stream: int, bound: str | None, resume_token: bytes | None, is_refused: bool) -> None:
        self.stream = stream
        self.opened.append((bound, resume_token, is_refused))

    def close(self) -> None:
        self.closed += 1

    def say(self, response: Any) -> None:
        self.listening.message(self.stream, response, self.now)

    def end(self, failure: Failure = Failure.OTHER, reason: str = "") -> None:
        self.listening.ended(self.stream, failure, reason, self.now)

    def skip(self) -> float:
        """Goes to the next deadline; answers how long that was."""
        deadline = self.listening.deadline
        assert deadline is not None
        waited, self.now = deadline - self.now, deadline
        self.listening.tick(self.now)
        return waited

    def change(self, id: str, version: str = "2026-11-21T10:00:01.000000000Z") -> None:
        response = ListenResponse()
        change = response.document_change
        change.target_ids.append(1)
        change.document.name = f"{_NAME}client_{id}"
        change.document.fields["kind"].string_value = "client"
        _set(change.document.update_time, version)
        _set(change.document.fields["updated_at"].timestamp_value, version)
        self.say(response)

    def target(self, kind: int, *targets: int, read_time: str = "", token: bytes = b"", cause: int = 0) -> None:
        response = ListenResponse()
        change = response.target_change
        change.SetInParent()
        change.target_change_type = kind
        change.target_ids.extend(targets)
        change.resume_token = token
        change.cause.code = cause
        if read_time:
            _set(change.read_time, read_time)
        self.say(response)

    def consistent(self, read_time: str = "2026-11-21T10:00:02.000000000Z", token: bytes = b"t1") -> None:
        self.target(CURRENT, 1)
        self.target(NO_CHANGE, read_time=read_time, token=token)

    def count(self, documents: int) -> None:
        response = ListenResponse()
        response.filter.count = documents
        self.say(response)

    @property
    def batches(self) -> list[Batch]:
        return [event for event in self.delivered if isinstance(event, Batch)]

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.delivered if isinstance(event, StreamState)]

    @property
    def ids(self) -> list[list[str]]:
        return [[found.id for found in batch.documents] for batch in self.batches]


def _set(stamp: Any, text: str) -> None:
    stamp.seconds, stamp.nanos = instant_parts(text)


@pytest.fixture
def server() -> Server:
    return Server()


def test_it_asks_for_the_window_before_the_cursor(server: Server) -> None:
    assert server.opened == [("2026-11-21T09:55:00.000000000Z", None, False)]
    assert Server(cursor=None).opened == [(None, None, False)]


def test_changes_wait_for_a_consistent_state(server: Server) -> None:
    server.change("a")
    server.target(NO_CHANGE, read_time="2026-11-21T10:00:01.000000000Z", token=b"early")
    assert server.batches == []
    server.target(CURRENT, 1, read_time="2026-11-21T10:00:02.000000000Z")
    server.target(NO_CHANGE, 1, read_time="2026-11-21T10:00:02.000000000Z")
    assert server.batches == []
    server.target(NO_CHANGE, read_time="2026-11-21T10:00:02.000000000Z", token=b"t1")
    assert server.ids == [["a"]]
    assert server.batches[0].read_time == "2026-11-21T10:00:02.000000000Z"
    assert server.states == ["connecting", "live"]


def test_a_version_is_delivered_once(server: Server) -> None:
    server.change("a")
    server.consistent()
    server.change("a")
    server.change("b")
    server.consistent("2026-11-21T10:00:03.000000000Z")
    server.change("a", "2026-11-21T10:00:04.000000000Z")
    server.consistent("2026-11-21T10:00:05.000000000Z")
    assert server.ids == [["a"], ["b"], ["a"]]


def test_a_broken_stream_goes_on_with_its_token_and_loses_nothing(server: Server) -> None:
    server.change("a")
    server.consistent()
    server.change("half")
    server.end()
    assert server.states[-1] == "waiting"
    server.skip()
    assert server.opened[-1] == ("2026-11-21T09:55:00.000000000Z", b"t1", False)
    server.change("half")
    server.consistent()
    assert server.ids == [["a"], ["half"]]


def test_the_token_travels_with_its_query() -> None:
    first = Server()
    first.consistent()
    later = Server(cursor="2026-11-21T11:00:00.000000000Z", token=first.batches[0].resume_token)
    assert later.opened == [("2026-11-21T09:55:00.000000000Z", b"t1", False)]


@pytest.mark.parametrize(("minutes", "is_continued"), [(20, True), (29, False), (8 * 60, False)])
def test_who_was_away_for_long_asks_anew_instead_of_paying_for_the_whole_query(
    server: Server, minutes: int, is_continued: bool
) -> None:
    while server.now < 3600.0:  # a stream of an hour: the bound of its query is far behind
        server.target(CURRENT, 1)
        server.target(NO_CHANGE, read_time=shifted(CURSOR, server.now), token=b"t1")
        server.now += 45
    server.end()
    server.now += 60.0 * minutes
    server.listening.tick(server.now)
    bound, token, _is_refused = server.opened[-1]
    assert token == (b"t1" if is_continued else None)
    assert bound == (server.opened[0][0] if is_continued else shifted(CURSOR, 3555.0 - 300.0))


def test_an_old_token_is_not_worth_its_query() -> None:
    first = Server()
    first.consistent()
    later = Server(cursor="2026-11-21T18:00:00.000000000Z", token=first.batches[0].resume_token)
    assert later.opened == [("2026-11-21T17:55:00.000000000Z", None, False)]


@pytest.mark.parametrize(
    "token", [b"", b"junk", b"1 junk t", b"2 2026-11-21T09:55:00.000000000Z t", b"\xff\xfe \xff a"]
)
def test_a_token_of_another_making_is_dropped(token: bytes) -> None:
    assert Server(token=token).opened == [("2026-11-21T09:55:00.000000000Z", None, False)]


def test_offline_for_long_it_tries_rarely(server: Server) -> None:
    attempts = []
    while server.now < 5 * 3600:
        server.end(reason="UNAVAILABLE")
        server.skip()
        attempts.append(server.now)
    early = [moment for moment in attempts if moment <= 600]
    assert 4 <= len(early) <= 12
    for hour in range(300, 4 * 3600, 60):
        assert len([moment for moment in attempts if hour <= moment < hour + 3600]) <= 12


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
def test_the_delays_are_random_between_a_second_and_a_growing_ceiling(draw: float) -> None:
    backoff = Backoff(1.0, 300.0, lambda: draw)
    delays = [backoff.next_delay() for _ in range(12)]
    for number, delay in enumerate(delays[:8], start=1):
        assert 1.0 <= delay <= 2.0**number
    assert all(300.0 <= delay <= 375.0 for delay in delays[8:])
    backoff.reset()
    assert backoff.next_delay() <= 2.0
    many = Backoff(draw=lambda: draw)
    many.failures = 5000
    assert many.next_delay() <= 375.0


def test_waking_tries_at_once(server: Server) -> None:
    for _ in range(20):
        server.end()
        server.skip()
    server.end()
    opened = len(server.opened)
    server.listening.wake(server.now)
    assert len(server.opened) == opened + 1
    server.end()
    assert server.skip() <= 2.0, "and the back-off begins anew"


def test_waking_leaves_a_stream_alone_that_is_heard(server: Server) -> None:
    server.consistent()
    server.now += 10
    server.listening.wake(server.now)
    assert len(server.opened) == 1
    server.now += 60
    server.listening.wake(server.now)
    assert len(server.opened) == 2


def test_silence_is_taken_for_death(server: Server) -> None:
    server.now = 5.0
    server.consistent()
    assert server.skip() == pytest.approx(90.0)
    assert (server.states[-1], server.closed) == ("waiting", 1)
    server.skip()
    assert len(server.opened) == 2


def test_a_stream_is_replaced_before_its_token_expires(server: Server) -> None:
    while len(server.opened) == 1:
        server.now += 45
        server.consistent(shifted(CURSOR, server.now))
        if server.listening.deadline is not None and server.listening.deadline - server.now < 45:
            server.skip()
        assert server.now < 3600
    assert server.now == pytest.approx(3000)
    assert "waiting" not in server.states
    assert server.opened[-1][1] == b"t1"


def test_a_refused_token_is_renewed_once(server: Server) -> None:
    server.end(Failure.TOKEN_REFUSED)
    assert [refused for _bound, _token, refused in server.opened] == [False, True]
    server.end(Failure.TOKEN_REFUSED, "expired")
    assert server.states[-1] == "signed_out"
    assert server.listening.deadline is None
    server.listening.wake(server.now)
    server.consistent()
    server.end(Failure.TOKEN_REFUSED)
    assert [refused for _bound, _token, refused in server.opened] == [False, True, False, True]


@pytest.mark.parametrize(("failure", "state"), [(Failure.DENIED, "denied"), (Failure.SIGNED_OUT, "signed_out")])
def test_what_a_person_must_mend_is_reported_and_waits(server: Server, failure: Failure, state: str) -> None:
    server.end(failure, "because")
    assert server.delivered[-1] == StreamState(state, "because")
    assert server.listening.deadline is None
    server.listening.wake(server.now)
    assert len(server.opened) == 2


def test_a_target_that_is_taken_away(server: Server) -> None:
    server.target(REMOVE, 1, cause=7)
    assert server.states[-1] == "denied"


def test_a_bad_request_drops_the_token(server: Server) -> None:
    server.consistent()
    server.end(Failure.BAD_REQUEST, "bad token")
    server.skip()
    assert server.opened[-1][1] is None
    server.consistent()
    assert server.batches[-1].reset


def test_counts_that_differ_make_it_start_over(server: Server) -> None:
    server.change("a")
    server.change("b")
    server.count(2)
    server.consistent()
    server.count(1)
    assert server.states[-1] == "waiting"
    server.skip()
    assert server.opened[-1][1] is None
    server.change("a")
    server.consistent()
    assert server.batches[-1].reset
    assert [batch.reset for batch in server.batches] == [False, True]
    assert server.ids == [["a", "b"], []]


def test_a_reset_sends_everything_again_and_only_news_pass(server: Server) -> None:
    server.change("a")
    server.change("b")
    server.consistent()
    server.target(RESET, 1)
    server.change("b")
    server.change("c")
    server.count(2)
    server.consistent("2026-11-21T10:00:03.000000000Z")
    assert server.ids == [["a", "b"], ["c"]]
    assert server.batches[1].removed == [("client", "a")]
    assert not server.batches[1].reset


def test_a_reset_of_somebody_elses_token_asks_for_a_reconciliation() -> None:
    first = Server()
    first.consistent()
    later = Server(token=first.batches[0].resume_token)
    later.target(RESET, 1)
    later.change("a")
    later.consistent()
    assert later.batches[-1].reset


def test_a_token_that_was_answered_with_everything_is_not_used_again(server: Server) -> None:
    """Idle, each new stream would cost all that came since the first one."""
    server.consistent()
    server.end()
    server.skip()
    assert server.opened[-1][1] == b"t1"
    server.target(RESET, 1)
    server.change("a")
    server.consistent("2026-11-21T10:20:00.000000000Z", b"t2")
    server.end()
    server.skip()
    assert server.opened[-1] == ("2026-11-21T10:15:00.000000000Z", None, False)


def test_a_removed_document_is_named(server: Server) -> None:
    server.change("a")
    server.consistent()
    response = ListenResponse()
    response.document_delete.document = f"{_NAME}credit_note_0193-ab"
    server.say(response)
    server.consistent("2026-11-21T10:00:03.000000000Z")
    assert server.batches[-1].removed == [("credit_note", "0193-ab")]


def test_idle_heartbeats_move_the_cursor_now_and_then(server: Server) -> None:
    server.consistent()
    for second in range(1, 121):
        server.now = float(second)
        server.target(NO_CHANGE, read_time=shifted(CURSOR, 2 + second), token=b"t")
    assert len(server.batches) == 1 + 4
    assert server.usage.reads == 1


def test_the_cursor_never_goes_back(server: Server) -> None:
    server.consistent("2026-11-21T10:00:09.000000000Z")
    server.change("a")
    server.consistent("2026-11-21T10:00:05.000000000Z")
    assert server.batches[-1].read_time == "2026-11-21T10:00:09.000000000Z"


def test_messages_of_an_earlier_stream_are_ignored(server: Server) -> None:
    old = server.stream
    server.consistent()
    server.end()
    server.skip()
    response = ListenResponse()
    response.target_change.target_change_type = CURRENT
    server.listening.message(old, response, server.now)
    server.listening.ended(old, Failure.DENIED, "late", server.now)
    assert server.states[-1] == "connecting"


def test_a_day_of_idling_costs_little(server: Server) -> None:
    for _ in _heartbeats(server, 24 * 3600):
        pass
    assert server.usage.reads <= 60
    assert len(server.opened) <= 30


def _heartbeats(server: Server, seconds: float) -> Iterator[None]:
    stream = 0
    while server.now < seconds:
        read_time = shifted(CURSOR, 2 + server.now)
        if server.stream != stream:
            stream = server.stream
            server.target(CURRENT, 1)
        server.target(NO_CHANGE, read_time=read_time, token=b"t")
        deadline = server.listening.deadline
        assert deadline is not None
        server.now = min(server.now + 45, deadline)
        server.listening.tick(server.now)
        yield
