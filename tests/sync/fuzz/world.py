"""A company, its cloud in memory and the computers around it: time, rights, copies, and what is observed after each step.

What must hold at rest stands in ``rest.py``.
"""

from __future__ import annotations

import copy
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from facturepro.db import base
from facturepro.db.backup import renew_identity
from facturepro.db.replication_quarantine import release
from facturepro.services import document_store
from facturepro.sync import exchange, ledger, looking, loop, push
from facturepro.sync.remotes.base import CURSOR_WINDOW_SECONDS
from facturepro.sync.remotes.instants import to_nanos
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Clock
from tests.sync.fuzz import audit
from tests.sync.fuzz.central import CentralSeries
from tests.sync.fuzz.computer import WINDOW_NANOS, AtOnce, Computer, Mortal
from tests.sync.fuzz.ledger import Change, Ledger, accepted
from tests.sync.fuzz.office import checkpoint
from tests.sync.fuzz.template import NAMES, Ids, templates

HORIZON = timedelta(days=180)


class World:
    """``skews``: days by which each computer's clock is wrong.

    Attributes:
        foreign: place in the cloud -> what a newer version wrote there last.
        purged: deleted records whose trace the cloud gave up, and that nobody brought back.
        given_up: all whose trace the cloud gave up. Who was there may keep them in his bin until the weekly check, also when
            somebody meant to bring one back and lost the file with it.
        papers: number -> what the document said when it was first seen with it, wherever that was.
        seconds: that passed, by the clock that nobody sets.
    """

    def __init__(self, skews: list[int]) -> None:
        made = templates()
        shm = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="facturepro-fuzz-", dir=shm if shm.is_dir() else None))
        self.time = Clock(made["at"])
        self.cloud = MemoryCloud(self.time.nanos)
        for name in ("records", "company", "devices", "letters"):
            setattr(self.cloud, name, copy.deepcopy(getattr(made["cloud"], name)))
        self.ledger = Ledger()
        self.central = CentralSeries(self.cloud)
        self.computers: list[Computer] = []
        self.foreign: dict[tuple[str, ...], Any] = {}
        self.purged: set[tuple[str, str]] = set()
        self.given_up: set[tuple[str, str]] = set()
        self.papers: dict[str, tuple[Any, ...]] = {}
        self.seconds = 1e6
        self._patches = ExitStack()
        for owner, name, value in (
            (base, "uuid7", Ids(self.time)),
            (push, "MAX_WRITES", 5),  # several commits in each exchange
            (push, "_Underway", AtOnce),
            *((module, "uptime", self.uptime) for module in (exchange, ledger, looking, loop)),
            (document_store, "pdf", lambda *_arguments: b""),  # what is numbered centrally is printed at once
        ):
            self._patches.enter_context(mock.patch.object(owner, name, value))
        for name, skew in zip(NAMES, skews, strict=False):
            self._add(name, made[name], skew)

    def _add(self, name: str, content: bytes, skew: int) -> Computer:
        folder = self.folder / name
        folder.mkdir()
        (folder / "company.db").write_bytes(content)
        clock = Clock(self.time.at + timedelta(days=skew))
        computer = Computer(folder, name, Mortal(MemoryRemote(self.cloud, name)), clock, self.uptime)
        self.computers.append(computer)
        self.observe(computer)
        return computer

    def clone(self, source: Computer) -> None:
        """A backup of one computer restored on another: a computer of its own, which must not issue before it has
        claimed a letter."""
        path = self.folder / "copy.db"
        with sqlite3.connect(path) as target:
            source.reader.backup(target)
        target.close()
        with sqlite3.connect(path) as connection:
            known = {row[0] for row in connection.execute("SELECT series FROM device WHERE series <> ''")}
        connection.close()
        renew_identity(path, known | set(self.cloud.letters), source.clock)
        content = checkpoint(path)
        path.unlink()
        copied = self._add(f"{source.name}{len(self.computers)}", content, 0)
        copied.clock.at = source.clock.at

    # -- what is observed after each step ------------------------------------------------------------------------

    def observe(self, computer: Computer) -> None:
        """Everything that must hold in a file at any moment, and what its person was promised since the last look."""
        reader = computer.reader
        changes, computer.seen_seq = accepted(reader, computer.seen_seq)
        own = [change for change in changes if change.stamp.endswith(computer.device)]
        self.ledger.add(own)
        self._notice_restored(own)
        self._check_clock(computer, own)
        audit.check_queue(reader)  # 3
        audit.check_trail(reader)
        audit.check_stock(reader)  # 8
        audit.check_series(reader, only_of=computer.device)  # 6
        self._check_papers(computer)
        self._check_cursor(computer)
        self.central.check()
        self._check_purged()

    def _check_clock(self, computer: Computer, own: list[Change]) -> None:
        """Invariant 11: strictly increasing, across restarts too."""
        stamp = audit.last_stamp(computer.reader)
        assert stamp >= computer.seen_stamp, "the clock went back"
        for change in own:
            assert computer.seen_stamp == "" or change.stamp[:17] > computer.seen_stamp, "a stamp was given twice"
        computer.seen_stamp = stamp

    def _check_papers(self, computer: Computer) -> None:
        """Invariant 7: what bears a number says the same for ever, and on every computer; it never goes away."""
        content = audit.issued(computer.reader)
        changed = [number for number, said in content.items() if self.papers.setdefault(number, said) != said]
        assert not changed, f"an issued document changed: {changed}"
        assert computer.issued.keys() <= content.keys(), "an issued document vanished"
        computer.issued = content

    def _check_cursor(self, computer: Computer) -> None:
        """Invariant 9: the cursor never passes a commit that was not applied (out of order, never further than the window)."""
        cursor = audit.cursor(computer.reader)
        if not cursor:
            return
        cursor_nanos = to_nanos(cursor) - (WINDOW_NANOS if computer.is_reordered else 0)
        applied = audit.versions(computer.reader)
        for key, record in self.cloud.records.items():
            if record.version is not None and to_nanos(record.version) <= cursor_nanos:
                assert applied.get(key, "") >= record.version, f"{computer.name} passed {key}"

    # -- time, rights, late commits -------------------------------------------------------------------------------

    def pass_time(self, seconds: int) -> None:
        """A commit becomes visible within the window, whatever happens: that is what the cursor relies on."""
        left = seconds
        while left > 0:
            part = min(left, CURSOR_WINDOW_SECONDS // 2)
            self.move_clocks(timedelta(seconds=part))
            self.release_late()
            left -= part

    def uptime(self) -> float:
        """Seconds by the clock that nobody sets."""
        return self.seconds

    def move_clocks(self, by: timedelta) -> None:
        self.seconds += by.total_seconds()
        self.time.at += by
        for computer in self.computers:
            computer.clock.at += by

    def move_clocks_to(self, seconds: float) -> None:
        """Exactly there, as far as the clock goes that nobody sets."""
        if seconds > self.seconds:
            self.move_clocks(timedelta(seconds=seconds - self.seconds))
            self.seconds = seconds

    def release_late(self) -> None:
        while self.cloud._late:
            self.cloud.release()

    def mend(self, computers: list[Computer]) -> None:
        """The network and the rights are well again, and what was refused on these computers is tried again."""
        faults = self.cloud.faults
        faults.lost_acks = faults.lost_commits = faults.late_commits = faults.unavailable = 0
        faults.is_partitioned = False
        faults.denied.clear()
        faults.read_only.clear()
        self.release_late()
        for computer in computers:
            computer.remote.poison.clear()
            computer.remote.later = computer.remote.rival = None
            computer.stop_listening()
            computer.is_reordered = False
            with computer.office.company.db.write() as work:
                release(work)

    def exchange_until_rest(self, computers: list[Computer]) -> None:
        for _round in range(10):
            before = {key: record.version for key, record in self.cloud.records.items()}
            reports = [computer.sync() for computer in computers]
            has_moved = before != {key: record.version for key, record in self.cloud.records.items()}
            if not has_moved and not any(report.pushed or report.pulled for report in reports):
                break
        assert not any(report.pushed or report.pulled or report.pending for report in reports), f"no rest: {reports}"

    def quiesce(self) -> None:
        """Everything that went wrong is mended, and everybody exchanges until nobody has anything to say."""
        self.mend(self.computers)
        self.exchange_until_rest(self.computers)

    # -- beyond the horizon ----------------------------------------------------------------------------------------

    def leave_behind(self, away: Computer) -> int:
        """Half a year passes for all, and only ``away`` is not there. What was deleted before leaves no trace in the cloud.

        Answers how many traces were purged.
        """
        others = [computer for computer in self.computers if computer is not away]
        away.stop_listening()
        for _time in range(2):
            self.move_clocks(HORIZON / 2 + timedelta(days=1))
            for computer in others:
                computer.sync()
                self.observe(computer)
        bound = int((self.time.at - HORIZON).timestamp() * 1e9)
        found = {
            key
            for key, record in self.cloud.records.items()
            if record.deleted and to_nanos(record.updated_at or "") < bound
        }
        unsent = audit.unsent_values(away.reader)
        for key in found:
            del self.cloud.records[key]
            self.ledger.forget(key, unsent)
        self.purged |= found
        self.given_up |= found
        self.foreign = {place: value for place, value in self.foreign.items() if place[:2] not in found}
        return len(found)

    def gone(self) -> frozenset[tuple[str, str]]:
        """What the cloud gave up and does not have again: in some bins at most, where it lies until the weekly check."""
        return frozenset(self.given_up - self.cloud.records.keys())

    def _notice_restored(self, own: list[Change]) -> None:
        """A person may bring back what was deleted, in full knowledge."""
        restored = {(c.kind, c.record_id) for c in own if c.name == "deleted_at" and c.after is None}
        self.purged -= restored

    def _check_purged(self) -> None:
        """Invariant 10: nothing deleted comes back from beyond the horizon, but what an issued document needs."""
        back = [key for key in self.purged if key in self.cloud.records and not self.cloud.records[key].deleted]
        if back:
            needed = set().union(*(audit.needed_for_good(computer.reader) for computer in self.computers))
            assert needed.issuperset(back), f"came back: {set(back) - needed}"

    def close(self) -> None:
        self._patches.close()
        for computer in self.computers:
            computer.close()
        shutil.rmtree(self.folder)
