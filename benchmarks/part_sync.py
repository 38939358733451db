"""The exchange against the official emulator, beside the raw client: rates, delay between two processes, offline."""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks import bench_sync
from benchmarks.measuring import Result, Table
from facturepro.db.models import Client
from tests.sync import emulator as emulators
from tests.sync.devices import Computer

PEER = Path(__file__).with_name("sync_peer.py")


def measure(table: Table, number: int = 2000) -> None:
    table.section(f"Synchronisation (official emulator, {number:,} records)")
    if problem := emulators.missing():
        table.note(f"synchronisation not measured: {problem}")
        return
    from facturepro.sync.remotes.firestore import FirestoreRemote
    from facturepro.sync.remotes.firestore_connection import FirestoreTarget

    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        emulator = stack.enter_context(emulators.running(folder / "emulator.log"))

        def connect(company: str) -> Any:
            remote = FirestoreRemote(FirestoreTarget.emulator(emulator.host_port, emulator.project, None), company)
            stack.callback(remote.close)
            return remote

        _delay(table, connect, emulator.host_port, folder)
        _rates(table, connect, folder, number)
        _offline(table, folder)


def _rates(table: Table, connect: Any, folder: Path, number: int) -> None:
    found = bench_sync.rates(connect, folder, number, repeats=9)
    names = {"push": "push: outbox to acknowledgement", "pull": "pull: cloud to the other file, applied"}
    for direction, pairs in found.items():
        raw = statistics.median(pairs.column("raw"))
        table.add(
            Result(names[direction], pairs.column("ours"), raw, "raw client", ratios=pairs.ratios(), ratio_goal=2)
        )
    for line in bench_sync.told(found).splitlines():
        table.note(line)


def _delay(table: Table, connect: Any, host: str, folder: Path, edits: int = 60) -> None:
    """A commit here until the commit in the other process's file; both on one monotonic clock."""
    remote = connect("delay")
    remote.provision({"name": "Bench"})
    command = [sys.executable, str(PEER), "reader", host, "delay", str(folder / "reader.db")]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    seen: dict[str, float] = {}
    ready = threading.Event()

    def listen() -> None:
        for line in peer.stdout or ():
            told = json.loads(line)
            if told.get("ready"):
                ready.set()
            for phone in told.get("phones", ()):
                seen.setdefault(phone, told["at"])

    threading.Thread(target=listen, daemon=True).start()
    try:
        with closing(Computer(folder / "writer.db", "aaaa", remote)) as writer:
            writer.engine.start()
            if not ready.wait(60):
                raise RuntimeError("the other process did not get ready")
            client = writer.client("Delay")
            time.sleep(1)
            times = []
            for turn in range(edits):
                began = time.monotonic()
                writer.change(Client, client, phone=f"t{turn}")
                while f"t{turn}" not in seen and time.monotonic() - began < 5:
                    time.sleep(0.001)
                times.append((seen.get(f"t{turn}", time.monotonic()) - began) * 1000)
                time.sleep(0.03)
            writer.engine.stop()
    finally:
        peer.communicate("", timeout=20)
    result = Result("one edit, database to database, two processes", tuple(times))
    table.add(result)
    table.add(Result("the same, p95 against its goal", (result.p95,), goal=150))


def _offline(table: Table, folder: Path, seconds: int = 20) -> None:
    """Nothing answers on the port; the connections that are tried are counted where they are refused: after accept."""
    tried: list[float] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

        def refuse() -> None:
            try:
                while True:
                    connection, _address = server.accept()
                    tried.append(time.monotonic())
                    connection.close()
            except OSError:
                return

        threading.Thread(target=refuse, daemon=True).start()
        command = [sys.executable, str(PEER), "offline", f"127.0.0.1:{port}", "nowhere", str(folder / "offline.db")]
        done = subprocess.run([*command, str(seconds)], capture_output=True, text=True, timeout=120, check=True)
        ended = time.monotonic()
    told = json.loads(done.stdout.strip().splitlines()[-1])
    table.add(Result(f"offline CPU over {seconds} s", (told["cpu"],), goal=0.5, unit="%"))
    late = sum(1 for at in tried if at > ended - seconds)
    table.note(
        f"offline: {len(tried)} connections in the first {seconds + 10} s, {late} of them in the last {seconds} s "
        f"(state “{told['state']}”)"
    )
