"""Rules: rights that are lost, a network that fails for a moment or for hours, poison, wrong clocks, copies, half a year away."""

from __future__ import annotations

import copy
from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from facturepro.db.replication_quarantine import release
from tests.sync.fuzz.engine_time import EngineRun, Happening
from tests.sync.fuzz.steps import COUNTED, MOST_COMPUTERS, Steps, which, who

LEARNED, HOUR = 300.0, 3600.0
"""Seconds after which a computer without a network has learned that it has none."""
MOST_ATTEMPTS = 12


class Troubles(Steps):
    def __init__(self) -> None:
        super().__init__()
        self.was_offline = self.was_away = False

    @rule(who=who, other=who, right=st.sampled_from(("read_only", "denied")), calls=st.integers(0, 6), b=which)
    def lose_rights(self, who: int, other: int, right: str, calls: int, b: int) -> None:
        """In the middle of an exchange, at its start, or later on. Invariant 13: nothing of this computer arrives after that;
        who is removed reads nothing more, and who only reads goes on reading."""
        computer, faults, cloud = self.at(who), self.world.cloud.faults, self.world.cloud
        computer.remote.later = lambda: getattr(faults, right).add(computer.name)
        computer.remote.calls_until_later = calls
        self.exchanges(computer)
        if computer.name not in getattr(faults, right):
            return
        self.edit(computer, "add", b, b)  # something to send
        if (writer := self.at(other)) is not computer:
            self.edit(writer, "add", b, b)  # something to read
            self.exchanges(writer)
        records, counters, seen = copy.copy(cloud.records), dict(cloud.counters), computer.received()
        self.exchanges(computer)
        assert (cloud.records, cloud.counters) == (records, counters), f"{computer.name} may not write, and wrote"
        if right == "denied":
            assert computer.received() == seen, f"{computer.name} was removed, and read"
        COUNTED[right] += 1

    @rule()
    def rights_return(self) -> None:
        self.world.cloud.faults.denied.clear()
        self.world.cloud.faults.read_only.clear()

    @rule()
    def network_fails(self) -> None:
        self.world.cloud.faults.is_partitioned = True

    @precondition(lambda self: self.made is not None and self.world.cloud.faults.is_partitioned)
    @rule()
    def network_returns(self) -> None:
        self.world.cloud.faults.is_partitioned = False

    @precondition(lambda self: not self.was_offline)
    @rule(who=who, jitter=st.floats(0, 1), is_live=st.booleans(), a=which, b=which)
    def offline_for_an_hour(self, who: int, jitter: float, is_live: bool, a: int, b: int) -> None:
        """Invariant 14: a running engine without a network, at whose computer somebody works, asks and turns rarely."""
        self.was_offline = True
        computer, faults = self.at(who), self.world.cloud.faults
        happenings: list[Happening] = [
            (700.0 * turn, partial(self.edit, computer, "write", a + turn, b)) for turn in range(1, 5)
        ]
        faults.is_partitioned = not is_live
        if is_live:
            happenings.append((3.0, lambda: setattr(faults, "is_partitioned", True)))
        run = EngineRun(self.world, computer, 2 * LEARNED + HOUR, happenings, jitter, poll=LEARNED)
        run.go()
        asked = [at for at in run.attempts if at > 3.0 or not is_live]  # without a network
        if asked:  # else the account was removed: nobody is asked until a person does something
            learned = asked[0] + LEARNED
            late = [at for at in asked if learned < at <= learned + HOUR]
            assert len(late) <= MOST_ATTEMPTS, f"{len(late)} attempts in an hour: {late}"
        turns = (2 * LEARNED + HOUR) / LEARNED + 4 * (len(run.attempts) + len(happenings)) + 20
        assert run.turns <= turns, f"{run.turns} turns of the loop in an hour"
        self.did(computer, "offline for an hour")

    @rule(who=who, which=which, kind=st.sampled_from(("client", "product", "invoice", "payment", "stock_movement")))
    def poison(self, who: int, which: int, kind: str) -> None:
        """The cloud can never take this record: it is put aside with its reason, and the rest goes on."""
        computer = self.at(who)
        rows = computer.reader.execute("SELECT DISTINCT record_id FROM outbox WHERE kind = ? ORDER BY 1", (kind,))
        if ids := [row[0] for row in rows]:
            computer.remote.poison.add((kind, ids[which % len(ids)]))
            self.exchanges(computer)
            COUNTED["poison"] += 1

    @rule(who=who)
    def cure(self, who: int) -> None:
        computer = self.at(who)
        computer.remote.poison.clear()
        with computer.office.company.db.write() as work:
            release(work)
        self.did(computer, "cure")

    @rule(who=who, hours=st.integers(-30, 30))
    def clock_jumps(self, who: int, hours: int) -> None:
        self.at(who).clock.at += timedelta(hours=hours)

    @rule(seconds=st.integers(1, 4000))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self.made is not None and len(self.world.computers) < MOST_COMPUTERS)
    @rule(who=who)
    def restore_backup(self, who: int) -> None:
        self.world.clone(self.at(who))
        COUNTED["restored backups"] += 1

    @precondition(lambda self: not self.was_away)
    @rule(who=who, removed=st.lists(st.tuples(which, which), min_size=2, max_size=5), a=which, b=which)
    def away_for_half_a_year(self, who: int, removed: list[tuple[int, int]], a: int, b: int) -> None:
        """Invariant 10: the others delete, and the traces of it are purged in time; then somebody comes back from beyond
        the horizon with what he changed meanwhile. ``World.observe`` looks for what came back."""
        self.was_away = True
        away = self.at(who)
        others = [computer for computer in self.world.computers if computer is not away]
        self.world.mend(others)
        self.exchanges(away)  # knows what is going to be deleted
        self.world.exchange_until_rest(others)
        for kind, at in removed:
            self.edit(others[0], "remove", kind, at)
        self.world.exchange_until_rest(others)
        self.edit(away, "write", a, b)
        COUNTED["purged"] += self.world.leave_behind(away)
        self.seen.clear()  # no stream lasts that long
        self.exchanges(away)
        self.did(away, "away for half a year")
