"""A program with 10,000 changes to send is killed in the middle, again and again: it goes on from its file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from facturepro.db.models import Client
from facturepro.services.workspace import Workspace
from tests.e2e.machine import Machine, wait_until
from tests.sync.emulator import Emulator
from tests.sync.fuzz import audit

NUMBER = 10_000
KILL_BELOW = (9_000, 4_000)
pytestmark = [pytest.mark.emulator, pytest.mark.timeout(400)]


def queued(path: Path) -> int:
    with closing(sqlite3.connect(path)) as reader:
        return int(reader.execute("SELECT COUNT(*) FROM outbox").fetchone()[0])


def test_killed_with_ten_thousand_queued(tmp_path: Path, emulator: Emulator) -> None:
    one = Machine(tmp_path / "one")
    one.here("company", "create", "--name", "Atelier", "--country", "FR", "--siren", "123456782")
    to = ("--emulator", emulator.host_port, "--project", emulator.project, "--remote-company", f"c{uuid4().hex}")
    one.here("cloud", "join", *to)
    path = fill(one.folder)
    for below in KILL_BELOW:
        with one.syncing() as process:
            wait_until(lambda limit=below: queued(path) < limit, f"fewer than {below} left", 120)
            process.kill()
        with closing(sqlite3.connect(path)) as reader:
            audit.check_intact(reader)
            audit.check_queue(reader)
        assert queued(path) > 0, "it was done before it was killed"
    assert one.run("sync", "once")["pending"] == 0
    found = one.run("sync", "check")
    assert found["is_clean"] is True
    assert (found["repaired"], found["compared"] > NUMBER) == (0, True)
    assert one.here("conflict", "list") == []


def fill(folder: Path) -> Path:
    """Transactions of four, so that units lie across commits of a hundred."""
    workspace = Workspace(folder)
    with closing(workspace.open(workspace.companies()[0]["id"])) as company:
        for start in range(0, NUMBER, 4):
            with company.db.write("fill") as work:
                work.add_all(Client(name=f"Client {start + index}") for index in range(4))
        return company.db.path
