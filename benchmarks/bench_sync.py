"""Push and pull against the real Firestore emulator, next to the raw client: raw, ours, raw, ours ... in one run.

    .venv/bin/python benchmarks/bench_sync.py [records] [--repeats 5] [--memory] [--profile push|pull]

Raw: the very same documents written in commits of 100 and read back in pages of 500, without any database. Ours: from the
outbox to the acknowledgement, and from the cloud into another computer's file. Every repetition has companies and
files of its own; which side goes first alternates. Absolute figures drift with what else the machine does; the ratio
of two neighbours in time drifts much less, and the time on the processor (of this process, without the
emulator) least of all.
"""

from __future__ import annotations

import argparse
import copy
import cProfile
import gc
import itertools
import pstats
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from facturepro.db.models import Client, Invoice, InvoiceLine
from facturepro.sync.remotes.base import RemoteDocument, Write
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Computer

Connect = Callable[[str], Any]
_companies = itertools.count()


@dataclass
class Pairs:
    """Times of one direction, repetition by repetition: ``[(wall, processor), ...]`` in milliseconds."""

    raw: list[tuple[float, float]] = field(default_factory=list)
    ours: list[tuple[float, float]] = field(default_factory=list)

    def column(self, side: str, part: int = 0) -> tuple[float, ...]:
        return tuple(times[part] for times in getattr(self, side))

    def ratios(self, part: int = 0) -> tuple[float, ...]:
        return tuple(mine[part] / raw[part] for raw, mine in zip(self.raw, self.ours, strict=True))


def timed(work: Callable[[], Any], profile: cProfile.Profile | None = None) -> tuple[float, float]:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    with profile or nullcontext():
        work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def raw_push(remote: Any, documents: list[RemoteDocument]) -> None:
    for start in range(0, len(documents), 100):
        remote.commit([Write(document) for document in documents[start : start + 100]])


def raw_pull(remote: Any, expected: int) -> None:
    found = sum(len(page.documents) for page in remote.changes_since(None))
    assert found == expected, found


def fill(computer: Computer, number: int) -> None:
    """Two fifths invoices with two lines each, the rest clients, in transactions of five records."""
    for start in range(0, number, 5):
        with computer.db.write("fill") as work:
            clients = [work.add(Client(name=f"Client {start + i}", email=f"c{start + i}@example.fr")) for i in range(3)]
            work.flush()
            for client in clients[:2]:
                invoice = work.add(Invoice(client_id=client.id, notes="Merci de votre confiance"))
                work.flush()
                work.add_all(InvoiceLine(invoice_id=invoice.id, position=i, description=f"line {i}") for i in range(2))


def same_documents(folder: Path, number: int) -> list[RemoteDocument]:
    """What ``fill`` and a push put into a cloud: the raw client sends exactly this."""
    remote = MemoryRemote(MemoryCloud())
    remote.provision({"name": "Bench"})
    with closing(Computer(folder / "documents.db", "aaaa", remote)) as computer:
        fill(computer, number)
        computer.sync(300)
        return [document for page in remote.changes_since(None) for document in page.documents]


def repetition(
    connect: Connect, folder: Path, documents: list[RemoteDocument], turn: int, profiles: dict[str, cProfile.Profile]
) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """(raw, ours) of push and of pull, once."""
    number = len(documents)
    name = f"rates-{next(_companies)}"
    raw, one, two = connect(f"{name}-raw"), connect(name), connect(name)
    for remote in (raw, one):
        remote.provision({"name": "Bench"})
    fresh = copy.deepcopy(documents)
    for document in fresh:
        document.id = str(uuid.uuid4())  # a MemoryRemote keeps what it is given
    with (
        closing(Computer(folder / f"{name}-a.db", "aaaa", one, is_durable=True)) as a,
        closing(Computer(folder / f"{name}-b.db", "bbbb", two, is_durable=True)) as b,
    ):
        for computer in (a, b):
            computer.sync()  # both have joined: what a first connection asks is no part of either direction
        fill(a, number)
        works: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "push": (lambda: raw_push(raw, fresh), lambda: a.sync(300)),
            "pull": (lambda: raw_pull(raw, number), lambda: b.sync(300)),
        }
        times = {}
        for direction, (bare, ours) in works.items():
            if turn % 2:
                mine = timed(ours, profiles.get(direction))
                times[direction] = (timed(bare), mine)
            else:
                times[direction] = (timed(bare), timed(ours, profiles.get(direction)))
        assert a.dump() == b.dump(), "the computers differ"
    for file in folder.glob(f"{name}-*"):
        file.unlink()
    return times


def rates(
    connect: Connect,
    folder: Path,
    number: int = 2000,
    repeats: int = 5,
    profiles: dict[str, cProfile.Profile] | None = None,
) -> dict[str, Pairs]:
    """``{"push": Pairs, "pull": Pairs}``; one smaller repetition before warms up both sides and the emulator."""
    found = {"push": Pairs(), "pull": Pairs()}
    repetition(connect, folder, same_documents(folder, number // 4), 0, {})
    documents = same_documents(folder, number)
    for turn in range(repeats):
        for direction, (bare, ours) in repetition(connect, folder, documents, turn, profiles or {}).items():
            found[direction].raw.append(bare)
            found[direction].ours.append(ours)
    return found


def spread(values: tuple[float, ...], decimals: int = 0) -> str:
    """``median (least to most)``."""
    middle, low, high = (f"{value:,.{decimals}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


def told(found: dict[str, Pairs]) -> str:
    lines = []
    for direction, pairs in found.items():
        for part, unit in ((0, "ms wall"), (1, "ms processor")):
            lines.append(
                f"{direction}, {unit:<13} raw {spread(pairs.column('raw', part)):<24}"
                f"ours {spread(pairs.column('ours', part)):<24}ratio {spread(pairs.ratios(part), 2)}"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int, nargs="?", default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="a cloud in this process, and no emulator")
    parser.add_argument(
        "--profile", choices=("push", "pull"), default="", help="our side: time on the processor of the calling thread"
    )
    given = parser.parse_args()
    profiles = {given.profile: cProfile.Profile(time.thread_time)} if given.profile else {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        connect = _in_memory() if given.memory else _emulated(stack, folder)
        print(told(rates(connect, folder, given.records, given.repeats, profiles)))
    for profile in profiles.values():
        pstats.Stats(profile).sort_stats("tottime").print_stats(40).sort_stats("cumulative").print_stats(60)


def _in_memory() -> Connect:
    clouds: dict[str, MemoryCloud] = {}
    return lambda company: MemoryRemote(clouds.setdefault(company, MemoryCloud()))


def _emulated(stack: ExitStack, folder: Path) -> Connect:
    from facturepro.sync.remotes.firestore import FirestoreRemote
    from facturepro.sync.remotes.firestore_connection import FirestoreTarget
    from tests.sync import emulator as emulators

    emulator = stack.enter_context(emulators.running(folder / "log.txt"))

    def connect(company: str) -> Any:
        remote = FirestoreRemote(FirestoreTarget.emulator(emulator.host_port, emulator.project, None), company)
        stack.callback(remote.close)
        return remote

    return connect


if __name__ == "__main__":
    main()
