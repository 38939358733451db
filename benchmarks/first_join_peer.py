"""One role of part_first_join in a process of its own; the last line of its output is JSON.

python benchmarks/first_join_peer.py join FILE RECORDS   read a company into FILE; seconds and memory
python benchmarks/first_join_peer.py write FILE          save a client every 20 ms until stdin closes; milliseconds each
"""

import copy
import json
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_sync import same_documents
from facturepro.db.database import Database
from facturepro.db.models import Client
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.base import Page, Position, RemoteDocument, Summary
from facturepro.sync.remotes.instants import from_nanos
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote

_PATTERN = 5  # records of one transaction: three clients and an invoice for two of them


class GeneratedRemote(MemoryRemote):
    """Hands out as many records as asked for and holds none: what the process holds is the program's own.

    One record in 250 is a client that was changed after its invoices, so that they arrive before it.
    """

    def __init__(self, number: int, folder: Path) -> None:
        super().__init__(MemoryCloud())
        self.provision({"name": "Bench"})
        self._number = number
        found = same_documents(folder, _PATTERN)
        self._pattern = [each for each in found if each.kind in ("client", "invoice")]
        self._began = time.time_ns() - 3600 * 10**9

    def summary(self, low: int, high: int) -> Summary:
        return Summary(self._number, 0, from_nanos(time.time_ns()))

    def changes_since(
        self, read_time: str | None, page_size: int = 500, after: Position | None = None
    ) -> Iterator[Page]:
        at, page = from_nanos(time.time_ns()), []
        if read_time is None and after is None:
            for document in self._documents():
                page.append(document)
                if len(page) == page_size:
                    yield Page(page, at, False)
                    page = []
        yield Page(page, at, True)

    def _documents(self) -> Iterator[RemoteDocument]:
        given = 0
        while given < self._number:
            ids = {each.id: str(uuid.uuid4()) for each in self._pattern}
            turn = [self._copied(each, ids) for each in self._pattern]
            if given % 250 == 0:
                turn.reverse()  # the invoices before their clients
            for document in turn:
                stamp = from_nanos(self._began + given * 1_000_000)
                document.version = document.updated_at = stamp
                given += 1
                yield document

    def _copied(self, document: RemoteDocument, ids: dict[str, str]) -> RemoteDocument:
        made = copy.deepcopy(document)
        lines = {line: str(uuid.uuid4()) for line in made.lines}
        made.id = ids[made.id]
        made.lines = {lines[line]: values for line, values in made.lines.items()}
        made.clock = {
            f"line:{lines[group[5:]]}" if group.startswith("line:") else group: stamp
            for group, stamp in made.clock.items()
        }
        if "client_id" in made.fields:
            made.fields["client_id"] = ids[made.fields["client_id"]]
        return made


def _memory() -> tuple[int, int]:
    """Kilobytes now, and at most so far."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return found["VmRSS"], found["VmHWM"]


def _join(file: Path, number: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        remote = GeneratedRemote(number, Path(folder))
    database = Database(file)
    engine = SyncEngine(database, remote)
    before, _most = _memory()
    began = time.perf_counter()
    report = engine.once(timeout=3600)
    seconds = time.perf_counter() - began
    database.close()
    return {"seconds": seconds, "pulled": report.pulled, "before": before, "most": _memory()[1]}


def _write(file: Path) -> dict[str, Any]:
    database = Database(file)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    taken = []
    while not ended.wait(0.02) or len(taken) < 50:  # a loaded machine starts slowly
        began = time.perf_counter()
        with database.write("typed") as work:
            work.add(Client(name="typed meanwhile"))
        taken.append((time.perf_counter() - began) * 1000)
    database.close()
    return {"taken": taken}


if __name__ == "__main__":
    role, path = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(_join(path, int(sys.argv[3])) if role == "join" else _write(path)), flush=True)
