"""The ID token: made from the kept refresh token, made anew in time, by one thread for all, and never shown."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import cloud
from facturepro.services.workspace import Workspace
from facturepro.sync import accounts
from facturepro.sync.credentials import IdTokenCredentials
from facturepro.sync.remotes import base
from facturepro.sync.remotes.base import Batch, RemoteDocument, StreamState, Write
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from facturepro.sync.remotes.listening import ListenTiming
from tests.conftest import COMPANY
from tests.sync import scripted_server, token_service
from tests.sync.emulator import Emulator, free_port
from tests.sync.fault_proxy import FaultProxy
from tests.sync.test_accounts import Ring, ring
from tests.sync.token_service import TokenService, key_of

__all__ = ["ring"]


class Store:
    def __init__(self, token: str | None = "secret-refresh") -> None:
        self.token = token
        self.kept: list[str] = []
        self.error: UserError | None = None

    def read(self) -> str | None:
        if self.error is not None:
            raise self.error
        return self.token

    def keep(self, token: str) -> None:
        if self.error is not None:
            raise self.error
        self.kept.append(token)
        self.token = token


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service() -> Iterator[TokenService]:
    with token_service.running() as started:
        yield started


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def credentials(service: TokenService, store: Store, seconds: Seconds) -> IdTokenCredentials:
    return IdTokenCredentials(store, "key-1", service.endpoint, seconds)


def test_one_token_serves_until_five_minutes_before_its_end(
    credentials: IdTokenCredentials, service: TokenService, seconds: Seconds
) -> None:
    """``expires_in`` is a text in Firebase's answers."""
    first = credentials()
    assert credentials.seconds_left() == 3600.0
    assert service.forms == [{"grant_type": "refresh_token", "refresh_token": "secret-refresh"}]
    assert key_of(service.paths[0]) == "key-1"
    seconds.now += 3299
    assert credentials() == first
    seconds.now += 1
    assert credentials() == service.made[1] != first
    service.lifetime = 1800  # a number does as well
    seconds.now += 3600
    credentials()
    assert credentials.seconds_left() == 1800.0


def test_a_refused_token_is_made_anew_once(
    credentials: IdTokenCredentials, service: TokenService, seconds: Seconds
) -> None:
    credentials()
    seconds.now += 60
    assert credentials(True) == service.made[1]
    assert credentials(True) == service.made[1], "who was refused had the one before"
    seconds.now += 60
    assert credentials(True) == service.made[2]


def test_one_refresh_serves_all_threads(credentials: IdTokenCredentials, service: TokenService) -> None:
    service.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(credentials, bool(number % 2)) for number in range(8)]
        while not service.forms:
            time.sleep(0.01)
        service.gate.set()
        tokens = {each.result(10) for each in waiting}
    assert tokens == {service.made[0]}
    assert len(service.forms) == 1


def test_the_returned_refresh_token_is_the_next_one(
    credentials: IdTokenCredentials, service: TokenService, store: Store, seconds: Seconds
) -> None:
    credentials()
    assert store.kept == [], "the same one is not written again"
    service.rotates = True
    for _ in range(2):
        seconds.now += 3600
        credentials()
    assert store.kept == ["refresh-2", "refresh-3"]
    assert [form["refresh_token"] for form in service.forms] == ["secret-refresh", "secret-refresh", "refresh-2"]


def test_a_keyring_that_closes_loses_no_renewed_token(
    credentials: IdTokenCredentials, service: TokenService, store: Store, seconds: Seconds
) -> None:
    service.rotates = True
    credentials()
    read = store.read
    store.read = lambda: "refresh-1"  # type: ignore[method-assign]
    store.error = UserError("keyring_missing", reason="locked")
    seconds.now += 3600
    assert credentials() == service.made[1], "the person goes on working"
    store.error, store.read = None, read  # type: ignore[method-assign]
    seconds.now += 3600
    credentials()
    assert service.forms[-1]["refresh_token"] == "refresh-2"
    assert store.token == "refresh-3"


@pytest.mark.parametrize(
    "message", ["TOKEN_EXPIRED", "USER_DISABLED", "INVALID_REFRESH_TOKEN", "USER_NOT_FOUND", "PROJECT_NUMBER_MISMATCH"]
)
def test_an_account_that_is_gone_asks_to_sign_in(
    credentials: IdTokenCredentials, service: TokenService, store: Store, message: str
) -> None:
    service.refused(message)
    with pytest.raises(base.NotSignedIn, match=message):
        credentials()
    assert store.token == "secret-refresh"
    credentials()  # enabled again


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {"error": {"message": "INTERNAL"}}, base.RemoteUnavailable),
        (503, "<html>maintenance</html>", base.RemoteUnavailable),
        (200, "<html>Welcome to the hotel</html>", base.RemoteUnavailable),
        (200, {"something": "else"}, base.RemoteUnavailable),
        (200, ["a", "list"], base.RemoteUnavailable),
        (302, {}, base.RemoteUnavailable),
        (429, {"error": {"message": "TOO_MANY_ATTEMPTS_TRY_LATER"}}, base.QuotaExceeded),
        (400, {"error": {"message": "TOO_MANY_ATTEMPTS_TRY_LATER : later"}}, base.QuotaExceeded),
        (400, {"error": {"message": "API key not valid. Please pass a valid API key."}}, base.RemoteMisconfigured),
        (400, {"error": {"message": "CONFIGURATION_NOT_FOUND"}}, base.RemoteMisconfigured),
        (400, {"error": "unheard of"}, base.NotSignedIn),
    ],
)
def test_what_else_the_service_answers(
    credentials: IdTokenCredentials, service: TokenService, store: Store, status: int, body: Any, error: type
) -> None:
    service.answers.append((status, body))
    with pytest.raises(base.RemoteError) as failure:
        credentials()
    assert type(failure.value) is error
    assert store.token == "secret-refresh"
    credentials()


def test_without_a_network_nothing_is_lost(store: Store) -> None:
    credentials = IdTokenCredentials(store, "key-1", f"http://127.0.0.1:{free_port()}/token")
    with pytest.raises(base.RemoteUnavailable) as failure:
        credentials()
    assert "key-1" not in str(failure.value)
    assert store.token == "secret-refresh"


def test_nobody_signed_in_and_a_locked_keyring(service: TokenService, store: Store) -> None:
    store.token = None
    with pytest.raises(base.NotSignedIn):
        IdTokenCredentials(store, "k", service.endpoint)()
    store.error = UserError("keyring_missing", reason="locked")
    with pytest.raises(base.NotSignedIn, match="locked"):
        IdTokenCredentials(store, "k", service.endpoint)()
    assert service.forms == []


def test_what_another_process_renewed_is_tried_before_asking_anybody(
    credentials: IdTokenCredentials, service: TokenService, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["old", "renewed by the command line"])
    monkeypatch.setattr(store, "read", lambda: next(answers))
    service.refused("INVALID_REFRESH_TOKEN")
    assert credentials() == service.made[0]
    assert service.forms[1]["refresh_token"] == "renewed by the command line"


def test_nothing_is_ever_logged_or_shown(
    credentials: IdTokenCredentials, service: TokenService, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = credentials()
        service.refused("TOKEN_EXPIRED")
        service.answers.append((200, "<html>"))
        for _ in range(2):
            with pytest.raises(base.RemoteError) as failure:
                credentials._made_at = 0.0
                credentials(True)
            shown = f"{failure.value!r} {failure.getrepr(style='short')} {credentials!r}"
            assert "secret-refresh" not in shown
            assert token not in shown
    assert "secret-refresh" not in caplog.text
    assert token not in caplog.text


# -- in the keyring ----------------------------------------------------------------------------------------------


def test_the_refresh_token_is_one_entry_of_the_keyring(ring: Ring) -> None:
    tokens = accounts.RefreshTokens("c1")
    assert tokens.read() is None
    tokens.keep("x" * 300)
    assert tokens.read() == "x" * 300
    assert accounts.RefreshTokens("c2").read() is None
    tokens.forget()
    tokens.forget()
    assert ring.kept == {}


def test_a_token_that_no_windows_credential_holds_is_refused_everywhere(ring: Ring) -> None:
    tokens = accounts.RefreshTokens("c1")
    tokens.keep("x" * 1280)
    with pytest.raises(UserError) as caught:
        tokens.keep("x" * 1281)
    assert caught.value.code == "keyring_entry_long"
    assert tokens.read() == "x" * 1280


# -- wired -------------------------------------------------------------------------------------------------------


def test_a_signed_in_person_needs_no_quota_project(service: TokenService, store: Store) -> None:
    with scripted_server.running() as server:
        remote = FirestoreRemote(
            FirestoreTarget.signed_in("demo-p", IdTokenCredentials(store, "k", service.endpoint), server.host_port), "c"
        )
        with suppress(base.RemoteError):
            remote.profile()
        remote.close()
        (_path, _request, metadata) = server.calls[0]
    assert metadata["authorization"] == f"Bearer {service.made[0]}"
    assert "x-goog-user-project" not in metadata


@pytest.mark.emulator
def test_a_company_joined_with_an_account_asks_with_its_token(
    workspace: Workspace, emulator: Emulator, ring: Ring, connect: Any
) -> None:
    company = workspace.create(COMPANY)
    with token_service.running(uid="owner-uid", project=emulator.project) as service:
        name = company.id.replace("-", "")
        connect("owner-uid", name).provision({"name": "Essai"}, {"uid": "owner-uid"})
        target = cloud.emulator_target(emulator.host_port, emulator.project, name)
        target |= {"mode": "account", "api_key": "k", "token_endpoint": service.endpoint}
        with company.db.write() as work:
            work.keep("cloud", target)
        accounts.RefreshTokens(company.id).keep("refresh")
        assert cloud.sync_once(company)["pending"] == 0
        assert len(service.made) == 1
        accounts.RefreshTokens(company.id).forget()
        with pytest.raises(UserError) as caught:
            cloud.sync_once(company)
        assert caught.value.code == "cloud_signin"
        accounts.RefreshTokens(company.id).keep("refresh")
        cloud.leave(company)
        assert ring.kept == {}
        company.close()


@pytest.fixture
def office(emulator: Emulator, proxy: FaultProxy, connect: Any, company: str) -> Iterator[Any]:
    """A proxy that lets a token end after some seconds, as Firestore does, and a person who listens through it."""
    connect("owner-uid").provision({"name": "Essai"}, {"uid": "owner-uid"})
    with token_service.running(uid="owner-uid", project=emulator.project) as service:
        made: list[FirestoreRemote] = []

        def person(margin: float, timing: ListenTiming) -> tuple[FirestoreRemote, IdTokenCredentials]:
            credentials = IdTokenCredentials(Store(), "k", service.endpoint, margin=margin)
            target = FirestoreTarget.signed_in(emulator.project, credentials, proxy.host_port)
            made.append(FirestoreRemote(target, company, timing))
            return made[-1], credentials

        yield service, person
        for remote in made:
            remote.close()


def collect(remote: FirestoreRemote, owner: Any, seconds: float) -> tuple[list[str], list[StreamState]]:
    """Listens while another computer writes, and answers what arrived and how the stream was doing."""
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    ends, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        owner.commit([Write(RemoteDocument("client", f"{number}", {"name": "x"}, {}, {"name": "1"}, "d", "o"))])
        number += 1
        time.sleep(0.1)
    seen: list[Any] = []
    ids: set[str] = set()
    while len(ids) < number:
        seen.append(events.get(timeout=10))
        if isinstance(seen[-1], Batch):
            ids |= {found.id for found in seen[-1].documents}
    listener.stop()
    states = [event for event in seen if isinstance(event, StreamState)]
    # Two messages written into one another by the emulator (see the proxy) are no matter of tokens.
    return sorted(ids, key=int), [state for state in states if "deserializing" not in state.reason]


@pytest.mark.emulator
def test_a_stream_is_opened_anew_before_its_token_ends(office: Any, proxy: FaultProxy, connect: Any) -> None:
    service, person = office
    service.lifetime = "2"
    proxy.token_lifetime = 2.0
    remote, _credentials = person(1.2, ListenTiming(token_margin=0.8, backoff_base=0.01, backoff_cap=0.05))
    _ids, states = collect(remote, connect("owner-uid"), 4.0)
    assert len(service.made) >= 3
    assert [state for state in states if state.state not in ("connecting", "live")] == [], "nobody noticed"
    assert proxy.counts.faults["expired"] == 0


@pytest.mark.emulator
def test_a_token_that_ends_under_the_stream_is_replaced_without_asking_anybody(
    office: Any, proxy: FaultProxy, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service said an hour; the server thinks otherwise, or this computer slept."""
    monkeypatch.setattr("facturepro.sync.credentials._JUST_MADE_SECONDS", 0.5)
    service, person = office
    proxy.token_lifetime = 1.0
    remote, _credentials = person(300.0, ListenTiming(backoff_base=0.01, backoff_cap=0.05))
    _ids, states = collect(remote, connect("owner-uid"), 3.0)
    assert len(service.made) >= 3
    assert proxy.counts.faults["expired"] >= 2
    assert {state.state for state in states} <= {"connecting", "live"}
    assert remote.role() == "owner", "single calls replace it as well"


@pytest.mark.emulator
def test_an_account_disabled_under_the_stream_is_told(office: Any, proxy: FaultProxy) -> None:
    service, person = office
    proxy.token_lifetime = 1.0
    remote, credentials = person(300.0, ListenTiming(backoff_base=0.01, backoff_cap=0.05))
    events: queue.Queue[Any] = queue.Queue()
    listener = remote.listen(None, events)
    credentials._made_at = -1000.0
    states = []
    service.answers = []
    while "live" not in states:
        event = events.get(timeout=10)
        states.append(getattr(event, "state", ""))
    credentials._made_at = -1000.0
    service.refused("USER_DISABLED")
    while "signed_out" not in states:
        event = events.get(timeout=10)
        states.append(getattr(event, "state", ""))
    assert "USER_DISABLED" in event.reason
    with pytest.raises(base.NotSignedIn):
        service.refused("USER_DISABLED")
        credentials._made_at = -1000.0
        remote.commit([Write(RemoteDocument("client", "a"))])
    listener.wake()  # the person signed in again
    while states[-1] != "live":
        states.append(getattr(events.get(timeout=10), "state", ""))
    listener.stop()
