"""Killed with 10,000 changes to send: how soon the program, started again, is consistent and sending.

.venv/bin/python -m benchmarks.run --only recovery
"""

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.measuring import Result, Table
from tests.e2e.machine import COMMAND, Machine
from tests.e2e.test_killed_with_much_queued import fill, queued
from tests.sync import emulator as emulators

STEPS = (9_000, 7_500, 6_000, 4_500)
LIBRARIES = "import facturepro.cli.program, facturepro.sync.remotes.firestore, facturepro.db.database"


def measure(table: Table) -> None:
    table.section("Killed with 10,000 changes to send (official emulator)")
    if problem := emulators.missing():
        table.note(f"not measured: {problem}")
        return
    with tempfile.TemporaryDirectory() as name, emulators.running(Path(name) / "emulator.log") as emulator:
        one = Machine(Path(name) / "one")
        one.run("company", "create", "--name", "Atelier", "--country", "FR", "--siren", "123456782")
        to = ("--emulator", emulator.host_port, "--project", emulator.project, "--remote-company", "bench")
        one.run("cloud", "join", *to)
        path = fill(one.folder)
        bare, times = [], []
        with _syncing(one.folder):
            _until_below(path, 10_000)
        for below in STEPS:
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
            bare.append((time.monotonic() - began) * 1000)
            _check(path)
            left = queued(path)
            began = time.monotonic()
            with _syncing(one.folder):
                _until_below(path, left)
                times.append((time.monotonic() - began) * 1000)
                _until_below(path, below)
        _check(path)
    base = sorted(bare)[len(bare) // 2]
    table.add(Result("start after a kill to the first acknowledged commit", tuple(times), base, "libraries", 3000))


@contextmanager
def _syncing(folder: Path) -> Iterator[None]:
    """``sync run``, ended by kill -9."""
    command = [*COMMAND, "--data-dir", str(folder), "sync", "run"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _until_below(path: Path, limit: int) -> None:
    ends = time.monotonic() + 120
    while queued(path) >= limit:
        if time.monotonic() > ends:
            raise RuntimeError(f"nothing was sent within two minutes, {limit} queued")
        time.sleep(0.005)


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
