"""Real processes killed with SIGKILL while they work and exchange with the official emulator.

    python -m tests.sync.kill_run --kills 1000 --seed 7
    python -m tests.sync.kill_run --kills 200 --seed 7 --host 127.0.0.1:8080

Each life of a program is a forked child (see ``kill_life``). After each death its file must be whole, and hold everything
that was accepted; in the end all computers and the cloud are the same, and nothing that anybody was promised is lost. The
same seed gives the same lives; when two of them meet in the cloud remains a matter of microseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from facturepro.db.replication_dump import dump
from facturepro.domain.numbering import is_central
from facturepro.services import cloud
from facturepro.services.company import OpenCompany, update_settings
from facturepro.services.document_store import warm_up
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY
from tests.sync import emulator as emulators
from tests.sync.fuzz import audit
from tests.sync.fuzz.central import CentralSeries
from tests.sync.fuzz.ledger import Change, Ledger, accepted
from tests.sync.fuzz.rest import KNOWN_KINDS, cloud_line
from tests.sync.kill_life import MOST_BOUNDARIES, Life, live

NAMES = ("a", "b", "c")
AT_ONCE = 2


@dataclass
class Computer:
    name: str
    folder: Path
    device: str = ""
    seen_seq: int = 0
    issued: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "company.db"

    @property
    def ledger(self) -> Path:
        return self.folder / "accepted.txt"


class KillRun:
    def __init__(self, host: str, seed: int, folder: Path) -> None:
        self._folder, self._seed = folder, seed
        self._target = cloud.emulator_target(host, "demo-facturepro", f"c{uuid.uuid4().hex}")
        self._chance = random.Random(seed)
        self._computers = [Computer(name, folder / name) for name in NAMES]
        self._changes: list[Change] = []
        self._lives = 0
        self.counted: Counter[str] = Counter()

    # -- the beginning -------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        for computer in self._computers:
            computer.folder = Path(self._in_child(lambda c=computer: self._join(c))["folder"])
            with closing(sqlite3.connect(computer.path)) as reader:
                computer.device = reader.execute("SELECT device FROM capture_context").fetchone()[0]
                computer.seen_seq = reader.execute("SELECT MAX(seq) FROM change_log").fetchone()[0]

    def _join(self, computer: Computer) -> dict[str, Any]:
        workspace = Workspace(computer.folder)
        if computer.name == NAMES[0]:
            company = workspace.create(COMPANY)
            cloud.join(company, self._target)
            update_settings(company, {"numbering": "central"})
        else:
            company = cloud.join_new(workspace, self._target)
        cloud.sync_once(company)
        company.close()
        return {"folder": str(company.folder)}

    def _in_child(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What needs the network is done in a child: this process never opens a channel, so it can always fork."""
        answer = self._folder / "answer.json"
        pid = os.fork()
        if pid == 0:
            try:
                answer.write_text(json.dumps(work()))
                os._exit(0)
            except BaseException:  # noqa: BLE001  said and ended: a fork must never run on in its parent's code
                traceback.print_exc()
                os._exit(3)
        _pid, status = os.waitpid(pid, 0)
        if status:
            raise AssertionError(f"a child ended with {status}")
        return dict(json.loads(answer.read_text()))

    # -- lives and deaths ----------------------------------------------------------------------------------------

    def kill(self, kills: int) -> None:
        while self._lives < kills:
            chosen = self._chance.sample(self._computers, min(AT_ONCE, kills - self._lives))
            running = [(computer, self._start(computer)) for computer in chosen]
            for computer, (pid, life, deadline) in running:
                self._wait(pid, life, deadline)
                self._examine(computer)

    def _start(self, computer: Computer) -> tuple[int, Life, float]:
        self._lives += 1
        is_timed = self._chance.random() < 0.4
        life = Life(
            self._lives,
            computer.folder,
            computer.ledger,
            f"{self._seed}/{self._lives}",
            self._chance.choice(("once", "once", "listening")),
            None if is_timed else self._chance.randrange(MOST_BOUNDARIES),
        )
        deadline = time.monotonic() + (self._chance.random() * 0.5 if is_timed else 30.0)
        pid = os.fork()
        if pid == 0:
            try:
                live(life)
            except BaseException:  # noqa: BLE001  see above
                traceback.print_exc()
            os._exit(3)
        return pid, life, deadline

    def _wait(self, pid: int, life: Life, deadline: float) -> None:
        while True:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                break
            if time.monotonic() >= deadline:
                os.kill(pid, signal.SIGKILL)
                _found, status = os.waitpid(pid, 0)
                break
            time.sleep(0.002)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{life} ended by itself: {status}"
        self.counted["boundary" if life.boundary is not None else "moment"] += 1
        self.counted[life.way] += 1

    def _examine(self, computer: Computer) -> None:
        """What a dead process left behind."""
        with closing(sqlite3.connect(computer.path)) as reader:
            audit.check_intact(reader)
            audit.check_queue(reader)
            audit.check_trail(reader)
            audit.check_stock(reader)
            audit.check_series(reader, only_of=computer.device)
            content = audit.issued(reader)
            assert not audit.same_or_new(computer.issued, content), "an issued document changed"
            assert computer.issued.keys() <= content.keys(), "an issued document vanished"
            computer.issued = content
            found, computer.seen_seq = accepted(reader, computer.seen_seq)
            self._changes += found
            kept = {row[0] for row in reader.execute("SELECT stamp FROM change_transaction")}
        self._check_promises(computer, kept)
        self._check_papers(computer)

    def _check_promises(self, computer: Computer, kept: set[str]) -> None:
        if not computer.ledger.exists():
            return
        promised = [Change.parse(line) for line in computer.ledger.read_text().splitlines()]
        computer.ledger.unlink()
        missing = [change for change in promised if change.stamp not in kept]
        assert not missing, f"accepted on {computer.name} and gone: {missing[:3]}"
        self.counted["promises"] += len(promised)

    def _check_papers(self, computer: Computer) -> None:
        with closing(sqlite3.connect(computer.path)) as reader:
            for (digest,) in reader.execute("SELECT sha256 FROM document_file"):
                assert (computer.folder / "documents" / digest[:2] / f"{digest}.pdf").exists(), "a paper is missing"

    # -- the end -------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Everybody exchanges in peace. Then all is the same everywhere, and all of it is there."""
        for _round in range(8):
            reports = [self._in_child(lambda c=computer: self._exchange(c)) for computer in self._computers]
            if not any(report["pushed"] or report["pulled"] or report["pending"] for report in reports):
                break
        else:
            raise AssertionError(f"no rest: {reports}")
        expected = self._in_child(self._cloud_lines)["lines"]
        ledger = Ledger()
        ledger.add_unordered(self._changes)
        for computer in self._computers:
            assert self._in_child(lambda c=computer: self._lines(c))["lines"] == expected, f"{computer.name} differs"
            self._examine(computer)
            with closing(sqlite3.connect(computer.path)) as reader:
                audit.check_series(reader)
                audit.check_sales(reader)
                audit.check_issued_once(reader)
                assert not audit.waiting(reader), "asked for a number and never told"
                assert not audit.unexpected_pending(reader, KNOWN_KINDS)
                lost = list(ledger.lost(reader))
                assert not lost, f"lost: {len(lost)} values: {lost[:6]}"
                self.counted["conflicts"] = reader.execute("SELECT COUNT(*) FROM conflict").fetchone()[0]
        self.counted["numbered centrally"] = self._in_child(self._check_central)["given"]
        self.counted["records"], self.counted["issued"] = len(expected), len(self._computers[0].issued)

    def _exchange(self, computer: Computer) -> dict[str, Any]:
        company = OpenCompany(computer.folder)
        report = cloud.sync_once(company)
        company.close()
        return {name: report[name] for name in ("pushed", "pulled", "pending")}

    def _lines(self, computer: Computer) -> dict[str, Any]:
        company = OpenCompany(computer.folder)
        with company.db.read() as session:
            return {"lines": list(dump(session))}

    def _check_central(self) -> dict[str, Any]:
        """The company's own series as the cloud has it: no number twice, none left out."""
        remote = cloud.connect(self._target, None)
        records = {found.key: found for page in remote.changes_since(None) for found in page.documents}
        keys = {str(found.fields["series"]) for found in records.values() if found.fields.get("number") is not None}
        counters = {key: remote.series_head(key) for key in keys if is_central(key)}
        series = CentralSeries(SimpleNamespace(records=records, counters=counters))  # type: ignore[arg-type]
        series.check()
        return {"given": len(series.given)}

    def _cloud_lines(self) -> dict[str, Any]:
        remote = cloud.connect(self._target, None)
        documents = [document for page in remote.changes_since(None) for document in page.documents]
        return {"lines": [cloud_line(document) for document in sorted(documents, key=lambda found: found.key)]}


def run(kills: int, seed: int, host: str | None) -> Counter[str]:
    """Raises AssertionError with what was broken."""
    warm_up()
    folder = Path(tempfile.mkdtemp(prefix="facturepro-kills-"))
    try:
        with nullcontext(None) if host else emulators.running(folder / "emulator.txt") as started:
            kill_run = KillRun(host or started.host_port, seed, folder)  # type: ignore[union-attr]
            kill_run.prepare()
            kill_run.kill(kills)
            kill_run.finish()
            return kill_run.counted
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--host", help="of an emulator that runs already")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    try:
        counted = run(given.kills, given.seed, given.host)
    except BaseException:
        print(f"again: python -m tests.sync.kill_run --kills {given.kills} --seed {given.seed}", flush=True)
        raise
    print(f"{given.kills} kills in {time.monotonic() - began:.0f} s, nothing lost: {dict(counted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
