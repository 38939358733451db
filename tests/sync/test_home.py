"""Answers of a cloud that the file has left meanwhile: nothing of them may be believed in the other one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from facturepro.db import local_state
from facturepro.domain.errors import UserError
from facturepro.sync import horizon
from facturepro.sync.devices import KNOWN, Devices
from facturepro.sync.home import Home
from facturepro.sync.identity import STALE, open_series
from facturepro.sync.pull import CURSOR, Puller
from tests.sync.devices import memory_pair

INFO = {"name": "Bureau"}


@pytest.fixture
def world(tmp_path):
    cloud, a, b = memory_pair(tmp_path)
    yield cloud, a, b
    a.close()
    b.close()


def moving(computer):
    """Another process joins another cloud. What the file holds at that moment is noted."""
    with closing(sqlite3.connect(computer.path)) as connection, connection:
        connection.execute(
            "INSERT OR REPLACE INTO local_state (key, value) VALUES ('cloud', '{\"project\":\"other\"}')"
        )
    computer.before = states(computer)


class MovesMeanwhile:
    """A remote whose answers come too late."""

    def __init__(self, computer):
        self._computer = computer

    def __getattr__(self, name):
        def call(*arguments):
            answer = getattr(self._computer.remote, name)(*arguments)
            moving(self._computer)
            return answer

        return call


def states(computer):
    with computer.db.read() as session:
        keys = (CURSOR, horizon.BEYOND, STALE, KNOWN, "devices_told", "device_id", "series")
        return {key: local_state.get(session, key) for key in keys}


def look(computer):
    Devices(Home(computer.db), MovesMeanwhile(computer), INFO).look(is_wanted=True)


def tell(computer):
    with computer.db.write(origin="remote") as work:
        work.keep("exchanged", {"pushed": 1, "pulled": 1})
    Devices(Home(computer.db), MovesMeanwhile(computer), INFO).tell(is_last=True)


def beyond(computer):
    with computer.db.write(origin="remote") as work:
        work.keep(CURSOR, "2026-01-01T00:00:00.000000000Z")
    home, remote = Home(computer.db), MovesMeanwhile(computer)
    horizon.leave_if_beyond(home, replace(remote.profile(), horizon=1))


def claim(computer):
    with computer.db.write(origin="remote") as work:
        work.keep(STALE, True)
    open_series(Home(computer.db), MovesMeanwhile(computer), INFO)


def part(computer):
    """The cloud has a change under this computer's name that it never made."""
    puller = Puller(computer.db, computer.remote)
    client = computer.client("one")
    computer.sync()
    document = computer.remote.get([("client", client)])[("client", client)]
    strange = replace(document, id="strange", clock=dict.fromkeys(document.clock, "0ffffffffff0-0000-aaaa"))
    moving(computer)
    puller.apply([strange])


@pytest.mark.parametrize("late", [look, tell, beyond, claim, part])
def test_what_the_former_cloud_answered_is_not_written(world, late):
    _cloud, a, _b = world
    with pytest.raises(UserError) as caught:
        late(a)
    assert caught.value.code == "cloud_moved"
    assert states(a) == a.before
