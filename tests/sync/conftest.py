"""Fixtures of the synchronisation tests: one company a test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync import emulator as emulators


@pytest.fixture
def company() -> str:
    return f"c{uuid.uuid4().hex}"


@pytest.fixture
def connect(emulator: emulators.Emulator, company: str) -> Iterator[Callable[..., Any]]:
    """Makes Firestore remotes of the test's company; as somebody when a uid is given, else as the emulator's owner."""
    from facturepro.sync.remotes.firestore import FirestoreRemote
    from facturepro.sync.remotes.firestore_connection import FirestoreTarget

    made = []

    def make(uid: str | None = None, company: str = company) -> FirestoreRemote:
        token = (lambda: emulators.unsigned_token(uid, emulator.project)) if uid else None
        target = FirestoreTarget.emulator(emulator.host_port, emulator.project, token)
        made.append(FirestoreRemote(target, company))
        return made[-1]

    yield make
    for remote in made:
        remote.close()


@pytest.fixture
def proxy(emulator: emulators.Emulator) -> Iterator[Any]:
    """A network that fails on command, in front of the emulator."""
    from tests.sync import fault_proxy

    with fault_proxy.running(emulator.host_port) as started:
        yield started


def _memory(_request: pytest.FixtureRequest) -> Callable[[], Any]:
    cloud = MemoryCloud()
    return lambda: MemoryRemote(cloud)


def _firestore(request: pytest.FixtureRequest) -> Callable[[], Any]:
    return request.getfixturevalue("connect")


HOMES = [
    pytest.param(_memory, id="memory"),
    pytest.param(_firestore, id="firestore", marks=pytest.mark.emulator),
]
"""Every home of the records that keeps the contract of ``test_remote_contract.py``.

To add one (PostgreSQL, MongoDB): a function as those above and its line here; nothing else. The function gets the test's
request, starts or finds the server through a fixture of its own (which skips when it isn't installed), and answers what
makes remotes of one new company; each call is another device. The server must let its clock run and grant all rights.
"""


@pytest.fixture(params=HOMES)
def new_remote(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Makes remotes of one company, each as another device would, on every home."""
    return request.param(request)


@pytest.fixture
def remote(new_remote: Callable[[], Any]) -> Any:
    return new_remote()
