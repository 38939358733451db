"""Synchronisation against the real Firestore emulator, next to the raw client in the same run.

    .venv/bin/python benchmarks/bench_sync.py [records] [--memory] [--profile push|pull]

Raw: the same documents written in commits of 100 and read back in pages of 500, without any database. Ours: from the
outbox to the acknowledgement, and from the cloud into another computer's file. Absolute figures drift; compare.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from facturepro.db.models import Client, Invoice, InvoiceLine
from facturepro.sync.remotes.base import RemoteDocument, Write
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Computer


def timed(label: str, work: Callable[[], Any], profiled: bool = False) -> float:
    profile = cProfile.Profile() if profiled else nullcontext()
    began = time.perf_counter()
    with profile:
        work()
    seconds = time.perf_counter() - began
    print(f"{label:<52}{seconds * 1000:>9.0f} ms", flush=True)
    if isinstance(profile, cProfile.Profile):
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    return seconds


def raw_documents(number: int) -> list[RemoteDocument]:
    stamp = "019aa1b2c3d4-0000-0123456789ab"
    fields = {f"field_{index}": f"value {index} of it" for index in range(14)}
    clock = {f"group_{index}": stamp for index in range(12)}
    return [RemoteDocument("raw", str(uuid.uuid4()), dict(fields), {}, dict(clock)) for _ in range(number)]


def raw_push(remote: Any, documents: list[RemoteDocument]) -> None:
    for start in range(0, len(documents), 100):
        remote.commit([Write(document) for document in documents[start : start + 100]])


def raw_pull(remote: Any, expected: int) -> None:
    found = sum(len(page.documents) for page in remote.changes_since(None))
    assert found == expected, found


def fill(computer: Computer, number: int) -> None:
    """A third invoices with two lines each, the rest clients, in transactions of five records."""
    for start in range(0, number, 5):
        with computer.db.write("fill") as work:
            clients = [work.add(Client(name=f"Client {start + i}", email=f"c{start + i}@example.fr")) for i in range(3)]
            work.flush()
            for client in clients[:2]:
                invoice = work.add(Invoice(client_id=client.id, notes="Merci de votre confiance"))
                work.flush()
                work.add_all(InvoiceLine(invoice_id=invoice.id, position=i, description=f"line {i}") for i in range(2))


def latency(a: Computer, b: Computer, number: int) -> list[float]:
    """Milliseconds from a commit in one file to the commit in the other, both engines running."""
    client = a.client("Latency")
    found: dict[str, float] = {}
    b.db.bus.subscribe(lambda changes: found.setdefault(changes.origin, time.perf_counter()))
    samples = []
    for computer in (a, b):
        computer.engine.start()
    deadline = time.monotonic() + 20
    while any(computer.engine.state.kind != "up_to_date" for computer in (a, b)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    for index in range(number):
        found.clear()
        began = time.perf_counter()
        a.change(Client, client, phone=str(index))
        while "remote" not in found and time.perf_counter() - began < 5:
            time.sleep(0.0005)
        samples.append((found.get("remote", time.perf_counter()) - began) * 1000)
        time.sleep(0.05)
    for computer in (a, b):
        computer.engine.stop()
    return sorted(samples)


def run(connect: Callable[[str], Any], number: int, profiled: str) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        warm, raw, one, two = connect("warm"), connect("raw"), connect("ours"), connect("ours")
        for remote in (warm, raw, one):
            remote.provision({"name": "Bench"})
        raw_push(warm, raw_documents(200))
        raw_pull(warm, 200)
        computers = [
            Computer(Path(folder) / f"{name}.db", name, r, is_durable=True)
            for name, r in (("aaaa", one), ("bbbb", two))
        ]
        for computer in computers:
            stack.callback(computer.close)
            computer.sync()
        a, b = computers
        # Before the bulk: the emulator is slow when the listener's window of 300 s holds thousands of documents.
        samples = latency(a, b, 60)
        p95 = samples[int(len(samples) * 0.95)]
        print(f"one edit, database to database: median {statistics.median(samples):.0f} ms, p95 {p95:.0f} ms")
        fill(a, number)
        documents = raw_documents(number)
        raw_pushed = timed(f"raw client: push {number} documents", lambda: raw_push(raw, documents))
        pushed = timed("outbox to acknowledgement", lambda: a.sync(300), profiled == "push")
        print(f"{'':<52}{pushed / raw_pushed:>9.2f} x raw")
        raw_pulled = timed(f"raw client: pull {number} documents", lambda: raw_pull(raw, number))
        pulled = timed("cloud to the other file, applied", lambda: b.sync(300), profiled == "pull")
        print(f"{'':<52}{pulled / raw_pulled:>9.2f} x raw")
        assert a.dump() == b.dump(), "the computers differ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=2000)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--profile", choices=("push", "pull"), default="")
    given = parser.parse_args()
    with ExitStack() as stack:
        if given.memory:
            clouds: dict[str, MemoryCloud] = {}
            run(lambda company: MemoryRemote(clouds.setdefault(company, MemoryCloud())), given.records, given.profile)
            return
        from facturepro.sync.remotes.firestore import FirestoreRemote
        from facturepro.sync.remotes.firestore_connection import FirestoreTarget
        from tests.sync import emulator as emulators

        folder = stack.enter_context(tempfile.TemporaryDirectory())
        emulator = stack.enter_context(emulators.running(Path(folder) / "log.txt"))

        def connect(company: str) -> Any:
            target = FirestoreTarget.emulator(emulator.host_port, emulator.project, None)
            remote = FirestoreRemote(target, company)
            stack.callback(remote.close)
            return remote

        run(connect, given.records, given.profile)


if __name__ == "__main__":
    main()
