"""What goes wrong between here and Firestore, and what each of it is called: with a server that fails on command."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from facturepro.sync.remotes import base
from facturepro.sync.remotes.base import Batch, RemoteDocument, StreamState, Write
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from facturepro.sync.remotes.firestore_protocol import BATCH_GET, COMMIT, CURRENT, LISTEN, RUN_QUERY
from facturepro.sync.remotes.listening import ListenTiming
from tests.sync import scripted_server
from tests.sync.emulator import free_port
from tests.sync.scripted_server import ScriptedServer, fails, replies

Code = grpc.StatusCode
WRITE = Write(RemoteDocument("client", "a", {"name": "x"}))
QUICK = ListenTiming(backoff_base=0.01, backoff_cap=0.05)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server.running() as started:
        yield started


class Tokens:
    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.error: Exception | None = None

    def __call__(self, is_refused: bool) -> str:
        self.asked.append(is_refused)
        if self.error is not None:
            raise self.error
        return f"t{len(self.asked)}"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def remote(server: ScriptedServer, tokens: Tokens) -> Iterator[FirestoreRemote]:
    made = FirestoreRemote(FirestoreTarget("demo-p", tokens, server.host_port, is_secure=False), "c", QUICK)
    yield made
    made.close()


def committed(request: Any, _context: Any) -> Any:
    answer = COMMIT.response()
    answer.commit_time.seconds = 1_800_000_000
    for _write in request.writes:
        answer.write_results.add().update_time.seconds = 1_800_000_000
    return answer


@pytest.mark.parametrize(
    ("code", "details", "error"),
    [
        (Code.UNAVAILABLE, "recvmsg: connection reset by peer", base.CommitAmbiguous),
        (Code.UNAVAILABLE, "failed to connect to all addresses; last error: ...", base.RemoteUnavailable),
        (
            Code.UNAVAILABLE,
            "errors resolving x:443: [field:hostname lookup error:address lookup failed ...",
            base.RemoteUnavailable,
        ),
        (
            Code.UNAVAILABLE,
            "DNS resolution failed for x:443: C-ares status is not ARES_SUCCESS",
            base.RemoteUnavailable,
        ),
        (Code.DEADLINE_EXCEEDED, "Deadline Exceeded", base.CommitAmbiguous),
        (Code.INTERNAL, "", base.CommitAmbiguous),
        (Code.UNKNOWN, "", base.CommitAmbiguous),
        (Code.CANCELLED, "", base.CommitAmbiguous),
        (Code.DATA_LOSS, "", base.CommitAmbiguous),
        (Code.ABORTED, "Too much contention on these documents.", base.Contention),
        (Code.RESOURCE_EXHAUSTED, "Quota exceeded.", base.QuotaExceeded),
        (Code.PERMISSION_DENIED, "Missing or insufficient permissions.", base.AccessDenied),
        (Code.PERMISSION_DENIED, "Cloud Firestore API has not been used in project 1", base.RemoteMisconfigured),
        (Code.NOT_FOUND, "The database (default) does not exist for project demo-p", base.RemoteMisconfigured),
        (Code.NOT_FOUND, "No document to update: projects/p/databases/d/documents/x", base.PreconditionFailed),
        (Code.ALREADY_EXISTS, "Document already exists", base.PreconditionFailed),
        (Code.FAILED_PRECONDITION, "the stored version (2) does not match", base.PreconditionFailed),
        (Code.INVALID_ARGUMENT, "Document is too large", base.WriteRejected),
        (Code.UNAUTHENTICATED, "expired", base.NotSignedIn),
    ],
)
def test_what_a_failed_commit_is_called(
    server: ScriptedServer, remote: FirestoreRemote, code: grpc.StatusCode, details: str, error: type[Exception]
) -> None:
    server.on(COMMIT, *[fails(code, details)] * 3)
    with pytest.raises(base.RemoteError) as failure:
        remote.commit([WRITE])
    assert type(failure.value) is error
    assert len(server.calls) == (2 if code is Code.UNAUTHENTICATED else 1), "a commit is never repeated by itself"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (Code.UNAVAILABLE, base.RemoteUnavailable),
        (Code.DEADLINE_EXCEEDED, base.RemoteUnavailable),
        (Code.INTERNAL, base.RemoteUnavailable),
        (Code.RESOURCE_EXHAUSTED, base.QuotaExceeded),
        (Code.PERMISSION_DENIED, base.AccessDenied),
        (Code.UNAUTHENTICATED, base.NotSignedIn),
        (Code.NOT_FOUND, base.RemoteMisconfigured),
        (Code.FAILED_PRECONDITION, base.RemoteMisconfigured),
    ],
)
def test_what_a_failed_reading_is_called(
    server: ScriptedServer, remote: FirestoreRemote, code: grpc.StatusCode, error: type[Exception]
) -> None:
    server.on(BATCH_GET, *[fails(code)] * 2)
    server.on(RUN_QUERY, *[fails(code)] * 2)
    with pytest.raises(base.RemoteError) as failure:
        remote.get([("client", "a")])
    assert type(failure.value) is error
    with pytest.raises(base.RemoteError) as failure:
        list(remote.changes_since(None))
    assert type(failure.value) is error


def test_the_culprits_of_a_commit(server: ScriptedServer, remote: FirestoreRemote) -> None:
    name = "projects/demo-p/databases/(default)/documents/companies/c/records/client_b"
    other = Write(RemoteDocument("client", "b"))
    server.on(COMMIT, fails(Code.ALREADY_EXISTS, f"Document already exists: {name}"))
    server.on(COMMIT, fails(Code.INVALID_ARGUMENT, f"Property x of {name} is bad"), fails(Code.INVALID_ARGUMENT, "bad"))
    with pytest.raises(base.PreconditionFailed) as failure:
        remote.commit([WRITE, other])
    assert failure.value.indexes == (1,)
    for index in (1, None):
        with pytest.raises(base.WriteRejected) as rejected:
            remote.commit([WRITE, other])
        assert rejected.value.index == index


def test_a_refused_token_is_renewed_once(server: ScriptedServer, remote: FirestoreRemote, tokens: Tokens) -> None:
    server.on(COMMIT, fails(Code.UNAUTHENTICATED), committed)
    assert remote.commit([WRITE]).commit_time.startswith("2027-01-15T08:00:00")
    assert server.tokens() == ["Bearer t1", "Bearer t2"]
    assert tokens.asked == [False, True]
    server.on(RUN_QUERY, fails(Code.UNAUTHENTICATED), replies([]))
    assert remote.devices() == []
    assert tokens.asked == [False, True] * 2


def test_what_the_token_source_says_comes_through(remote: FirestoreRemote, tokens: Tokens) -> None:
    for error in (base.NotSignedIn("no refresh token"), base.RemoteUnavailable("no network")):
        tokens.error = error
        with pytest.raises(type(error)):
            remote.profile()


def test_a_refused_connection_is_certain_and_the_next_try_is_made_at_once() -> None:
    port = free_port()
    remote = FirestoreRemote(FirestoreTarget.emulator(f"127.0.0.1:{port}", "demo-p"), "c")
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(base.RemoteUnavailable) as failure:
            remote.commit([WRITE])
        assert type(failure.value) is base.RemoteUnavailable
        assert time.monotonic() - started < 2
    remote.close()


def test_when_the_network_is_back_the_first_call_finds_it() -> None:
    port = free_port()
    remote = FirestoreRemote(FirestoreTarget.emulator(f"127.0.0.1:{port}", "demo-p"), "c")
    for _ in range(5):
        with pytest.raises(base.RemoteUnavailable):
            remote.profile()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen()
        arrived = threading.Event()

        def accept() -> None:
            peer, _address = listening.accept()
            arrived.set()
            peer.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        with pytest.raises(base.RemoteUnavailable):
            remote.profile()
        assert arrived.wait(1), "gRPC's own back-off must not hold back the attempt"
        thread.join(5)
    remote.close()


def test_a_connection_that_breaks_after_sending_is_ambiguous(server: ScriptedServer, tokens: Tokens) -> None:
    """A relay that passes the request on and cuts the line before the answer comes back."""
    relay = Relay(server.host_port)
    remote = FirestoreRemote(FirestoreTarget("demo-p", tokens, relay.host_port, is_secure=False), "c")

    def cut(request: Any, context: Any) -> Any:
        relay.cut()
        return committed(request, context)

    server.on(COMMIT, cut)
    with pytest.raises(base.CommitAmbiguous):
        remote.commit([WRITE])
    assert len(server.calls) == 1
    remote.close()
    relay.close()


def test_a_broken_answer_is_continued_behind_what_arrived(server: ScriptedServer, remote: FirestoreRemote) -> None:
    def some(ids: list[str], then_fails: bool) -> Any:
        def answer(_request: Any, context: Any) -> Iterator[Any]:
            for id in ids:
                message = RUN_QUERY.response()
                message.read_time.seconds = 1_800_000_000
                document = message.document
                document.name = f"projects/demo-p/databases/(default)/documents/companies/c/records/client_{id}"
                document.fields["kind"].string_value = "client"
                document.fields["updated_at"].timestamp_value.seconds = 1_700_000_000
                yield message
            if then_fails:
                context.abort(Code.UNAVAILABLE, "connection reset")

        return answer

    server.on(RUN_QUERY, some(["a", "b"], True), some(["c"], True), some(["d"], False))
    (page,) = remote.changes_since(None)
    assert [found.id for found in page.documents] == ["a", "b", "c", "d"]
    assert page.read_time.startswith("2027-01-15T08:00:00")
    second = server.calls[1][1]
    assert second.read_time.seconds == 1_800_000_000
    assert second.structured_query.start_at.values[1].reference_value.endswith("client_b")
    assert not second.structured_query.start_at.before
    server.on(RUN_QUERY, some([], True))
    with pytest.raises(base.RemoteUnavailable):
        list(remote.changes_since(None))


def test_a_listener_survives_everything_and_reports_it(
    server: ScriptedServer, remote: FirestoreRemote, tokens: Tokens
) -> None:
    def consistent(_request: Any, context: Any) -> Iterator[Any]:
        yield _target(CURRENT, [1])
        last = _target(0, [])
        last.target_change.read_time.seconds = 1_800_000_000
        yield last
        server.ends.wait(10)

    codes = [code for code in Code if code not in (Code.OK, Code.UNAUTHENTICATED, Code.PERMISSION_DENIED)]
    server.on(LISTEN, *[fails(code) for code in codes], fails(Code.UNAUTHENTICATED), replies([]), consistent)
    events: queue.Queue[Batch | StreamState] = queue.Queue()
    listener = remote.listen(None, events)
    reasons = []
    while (event := events.get(timeout=10)) != StreamState("live"):
        if isinstance(event, StreamState) and event.state in ("waiting", "exhausted"):
            reasons.append(event.reason.split(":")[0])
    assert reasons == [code.name for code in codes] + ["the server ended the stream"]
    assert tokens.asked.count(True) == 2, "the refused token, and the next stream until one is live"
    listener.stop()


def test_a_denied_listener_waits_for_a_person(server: ScriptedServer, remote: FirestoreRemote) -> None:
    server.on(LISTEN, fails(Code.PERMISSION_DENIED, "revoked"), fails(Code.PERMISSION_DENIED, "still"))
    events: queue.Queue[Batch | StreamState] = queue.Queue()
    listener = remote.listen(None, events)
    assert [events.get(timeout=5).state, events.get(timeout=5).state] == ["connecting", "denied"]
    assert events.empty()
    listener.wake()
    assert [events.get(timeout=5).state, events.get(timeout=5).state] == ["connecting", "denied"]
    listener.stop()
    assert events.get(timeout=1) == StreamState("stopped")


def test_a_fault_of_ours_is_reported_and_tried_again(
    server: ScriptedServer, remote: FirestoreRemote, caplog: pytest.LogCaptureFixture
) -> None:
    broken = LISTEN.response()
    broken.document_change.target_ids.append(1)
    broken.document_change.document.name = "n"
    broken.document_change.document.update_time.seconds = 2**60  # no such second: decoding fails
    server.on(LISTEN, replies([broken]), fails(Code.PERMISSION_DENIED))
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    states = [events.get(timeout=5).state for _ in range(4)]
    assert states == ["connecting", "waiting", "connecting", "denied"]
    assert "the listener failed" in caplog.text
    listener.stop()


def test_offline_the_listener_costs_next_to_nothing() -> None:
    remote = FirestoreRemote(FirestoreTarget.emulator(f"127.0.0.1:{free_port()}", "demo-p"), "c")
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    assert [events.get(timeout=5).state for _ in range(2)] == ["connecting", "waiting"]
    before, started = time.process_time(), time.monotonic()
    seen = []
    while time.monotonic() - started < 3:
        try:
            seen.append(events.get(timeout=max(0.01, 3 - (time.monotonic() - started))))
        except queue.Empty:
            break
    assert len([event for event in seen if event.state == "connecting"]) <= 3
    assert time.process_time() - before < 0.3
    started = time.monotonic()
    remote.close()
    assert time.monotonic() - started < 1
    with pytest.raises(base.RemoteUnavailable):
        remote.profile()
    listener.wake()


def test_one_attempt_is_one_connection() -> None:
    """gRPC must not reconnect by itself: the back-off would mean nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connections: list[float] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    peer, _address = listening.accept()
                    connections.append(time.monotonic())
                    peer.close()

        threading.Thread(target=accept, daemon=True).start()
        target = FirestoreTarget.emulator(f"127.0.0.1:{listening.getsockname()[1]}", "demo-p")
        remote = FirestoreRemote(target, "c", ListenTiming(backoff_base=0.2, backoff_cap=0.4))
        events: queue.Queue[Any] = queue.Queue()
        remote.listen(None, events)
        attempts = 0
        while attempts < 6:
            attempts += events.get(timeout=10).state == "connecting"
        remote.close()
        assert len(connections) <= attempts
        listening.shutdown(socket.SHUT_RDWR)


def test_no_thread_and_no_socket_outlives_the_remote(server: ScriptedServer) -> None:
    threads = threading.active_count()
    descriptors = psutil.Process().num_fds() if hasattr(psutil.Process, "num_fds") else 0
    for _ in range(5):
        remote = FirestoreRemote(FirestoreTarget.emulator(server.host_port, "demo-p"), "c", QUICK)
        events: queue.Queue[Any] = queue.Queue()
        remote.listen(None, events)
        while events.get(timeout=5).state != "waiting":
            pass
        remote.close()
    deadline = time.monotonic() + 5
    while threading.active_count() > threads + 1 and time.monotonic() < deadline:
        time.sleep(0.05)  # the stream's thread closes its channel after stop() has returned
    assert threading.active_count() <= threads + 8, "beyond the server's own pool"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("firestore-")]
    if descriptors:
        assert psutil.Process().num_fds() <= descriptors + 12


def test_a_service_account_signs_its_own_tokens(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.auth import jwt

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = tmp_path / "key.json"
    path.write_text(
        json.dumps({"project_id": "atelier", "client_email": "a@b.c", "private_key": pem, "private_key_id": "k"})
    )
    target = FirestoreTarget.service_account(path)
    assert (target.project, target.is_secure) == ("atelier", True)
    assert target.token is not None
    token = target.token(False)
    assert target.token(False) == token
    claims = jwt.decode(token, verify=False)
    assert (claims["aud"], claims["iss"]) == ("https://firestore.googleapis.com/", "a@b.c")
    path.write_text("{}")
    for bad in (path, tmp_path / "missing.json"):
        with pytest.raises(base.RemoteMisconfigured):
            FirestoreTarget.service_account(bad)


def _target(kind: int, targets: list[int]) -> Any:
    message = LISTEN.response()
    message.target_change.SetInParent()
    message.target_change.target_change_type = kind
    message.target_change.target_ids.extend(targets)
    return message


class Relay:
    """Passes bytes on between a client and a server until it cuts the line."""

    def __init__(self, target: str) -> None:
        host, port = target.split(":")
        self._target = (host, int(port))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host_port = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._pairs: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for end in self._pairs:
            with suppress(OSError):  # the other end may have gone first
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._pairs.clear()

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        try:
            client, _address = self._listening.accept()
        except OSError:
            return
        server = socket.create_connection(self._target)
        self._pairs += [client, server]
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    except OSError:
        return
