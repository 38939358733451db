"""Pushing, pulling and listening through FirestoreRemote, next to the bare protocol in the same run.

    .venv/bin/python -m benchmarks.bench_remote [--documents 2000] [--edits 100]

Needs the official emulator (see tests/sync/emulator.py). The figures are for reading; nothing is asserted.
"""

from __future__ import annotations

import argparse
import queue
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facturepro.sync.remotes.base import Batch, RemoteDocument, StreamState, Write
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_codec import decode_record, encode_write
from facturepro.sync.remotes.firestore_connection import Connection, FirestoreTarget
from facturepro.sync.remotes.firestore_protocol import CommitRequest
from facturepro.sync.remotes.firestore_queries import changes_query
from tests.sync import emulator as emulators

_BATCH = 100


def documents(count: int) -> list[RemoteDocument]:
    """Clients of about half a kilobyte, as the entities make them."""
    made = []
    for index in range(count):
        fields = {
            "name": f"Société d’essai n° {index}",
            "company_name": "Atelier Durand et fils",
            "email": f"contact{index}@exemple.fr",
            "phone": "+33 6 12 34 56 78",
            "siren": "552100554",
            "vat_number": "FR83552100554",
            "address": f"{index} rue de la République",
            "postcode": "69002",
            "city": "Lyon",
            "country": "FR",
            "payment_days": 30,
            "notes": "",
            "is_archived": False,
        }
        stamp = f"0193b0c47a11-{index:04x}-d1"
        clock = {"name": stamp, "contact": stamp, "address": stamp}
        made.append(RemoteDocument("client", str(uuid.uuid4()), fields, {}, clock, "d1", uuid.uuid4().hex, 1))
    return made


def timed(label: str, count: int, work: Callable[[], Any]) -> Any:
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"{label:<44} {seconds * 1000:9.1f} ms   {count / seconds:9,.0f} /s   cpu {cpu * 1000:8.1f} ms")
    return result


def requests(remote: FirestoreRemote, writes: list[Write]) -> list[Any]:
    made = []
    for start in range(0, len(writes), _BATCH):
        request = remote._commit_request()
        remote._encode(request, writes[start : start + _BATCH])
        made.append(request)
    return made


def send_bare(connection: Connection, prepared: list[Any]) -> None:
    metadata = connection.metadata()
    with connection.line() as line:
        for request in prepared:
            line.commit(request, 30.0, metadata)


def pull_bare(connection: Connection, parent: str) -> list[Any]:
    with connection.line() as line:
        answers = line.run_query(changes_query(parent, None, None, None), 60.0, connection.metadata())
        return [answer.document for answer in answers if answer.HasField("document")]


def push(remote: FirestoreRemote, writes: list[Write]) -> None:
    for start in range(0, len(writes), _BATCH):
        remote.commit(writes[start : start + _BATCH])


def encode(writes: list[Write]) -> None:
    request = CommitRequest()
    for index, write in enumerate(writes):
        encode_write(request.writes.add(), write, "n", index)


def edits(target: FirestoreTarget, count: int) -> list[float]:
    """Milliseconds from a commit on one device until it is on the queue of another."""
    company = f"bench{uuid.uuid4().hex}"
    writer, reader = FirestoreRemote(target, company), FirestoreRemote(target, company)
    events: queue.Queue[Batch | StreamState] = queue.Queue()
    (document,) = documents(1)
    document.version = writer.commit([Write(document)]).versions[0]
    reader.listen(None, events)
    while events.get(timeout=10) != StreamState("live"):
        pass
    taken = []
    for index in range(count):
        document.fields["phone"] = str(index)
        started = time.perf_counter()
        document.version = writer.commit([Write(document, document.version, ("fields.phone",))]).versions[0]
        while True:
            event = events.get(timeout=10)
            if isinstance(event, Batch) and any(found.fields["phone"] == str(index) for found in event.documents):
                break
        taken.append((time.perf_counter() - started) * 1000)
    reader.close()
    writer.close()
    return taken


def measure(target: FirestoreTarget, count: int, edit_count: int) -> None:
    def fresh() -> FirestoreRemote:
        return FirestoreRemote(target, f"bench{uuid.uuid4().hex}")

    warm = fresh()
    push(warm, [Write(document) for document in documents(count)])
    list(warm.changes_since(None))
    writes = [Write(document) for document in documents(count)]
    timed(f"encode {count}", count, lambda: encode(writes))
    bare = fresh()
    prepared = requests(bare, writes)
    size = sum(request.ByteSize() for request in prepared) / count
    print(f"{size:.0f} bytes a document on the wire")
    for turn in (1, 2):
        bare = fresh()
        prepared = requests(bare, writes)
        timed(
            f"push {count}, prepared requests ({turn})", count, lambda b=bare, p=prepared: send_bare(b._connection, p)
        )
        remote = fresh()
        timed(f"push {count}, commit() ({turn})", count, lambda r=remote: push(r, writes))
        raw = timed(f"pull {count}, messages only ({turn})", count, lambda b=bare: pull_bare(b._connection, b._company))
        pages = timed(f"pull {count}, changes_since() ({turn})", count, lambda r=remote: list(r.changes_since(None)))
        assert len(raw) == sum(len(page.documents) for page in pages) == count
    timed(f"decode {count}", count, lambda: [decode_record(document) for document in raw])
    keys = [document.key for page in pages for document in page.documents][:100]
    timed("get 100", 100, lambda: remote.get(keys))
    taken = sorted(edits(target, edit_count))
    p95 = taken[int(len(taken) * 0.95) - 1]
    print(
        f"an edit on another device's queue: median {statistics.median(taken):.1f} ms, p95 {p95:.1f} ms, max {taken[-1]:.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--edits", type=int, default=100)
    options = parser.parse_args()
    problem = emulators.missing()
    if problem is not None:
        sys.exit(problem)
    with tempfile.TemporaryDirectory() as folder, emulators.running(Path(folder) / "emulator.log") as started:
        measure(FirestoreTarget.emulator(started.host_port, started.project), options.documents, options.edits)


if __name__ == "__main__":
    main()
