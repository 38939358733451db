"""Rules: exchanges by hand and by a running engine, with commits and answers that are lost, late, doubled or reordered."""

from __future__ import annotations

import copy
from contextlib import suppress

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from facturepro.domain.errors import UserError
from facturepro.sync.remotes.base import RemoteError
from tests.sync.full_disk import room_for
from tests.sync.fuzz.engine_time import EngineRun, Happening
from tests.sync.fuzz.office import ACTIONS
from tests.sync.fuzz.steps import COUNTED, FAULTS, Steps, which, who


class Exchanges(Steps):
    @rule(who=who)
    def exchange(self, who: int) -> None:
        self.exchanges(self.at(who))

    @rule(first=who, second=who)
    def exchange_twice(self, first: int, second: int) -> None:
        self.exchanges(self.at(first))
        self.exchanges(self.at(second))

    @rule(who=who, fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def trouble(self, who: int, fault: str, times: int) -> None:
        setattr(self.world.cloud.faults, fault, times)
        self.exchanges(self.at(who))
        setattr(self.world.cloud.faults, fault, 0)
        COUNTED[fault] += 1

    @rule()
    def late_commit_shows(self) -> None:
        self.world.cloud.release()

    @rule(who=who, lives=st.integers(0, 30))
    def die(self, who: int, lives: int) -> None:
        """At any call to the remote and around any commit of the file, in the middle of an exchange."""
        computer = self.at(who)
        with computer.mortal(lives):
            try:
                computer.sync()
            except UserError as error:
                note(f"{computer.name}: {error.code}")
        computer.restart()
        self.did(computer, "die")

    @rule(
        who=who,
        other=who,
        calls=st.integers(0, 9),
        what=st.sampled_from(("work", "second process", "other computer", "listener")),
        action=st.sampled_from(ACTIONS),
        a=which,
        b=which,
    )
    def meanwhile(self, who: int, other: int, calls: int, what: str, action: str, a: int, b: int) -> None:
        """Between two calls of an exchange: somebody works at this computer, another process of it exchanges the same file,
        another computer exchanges, a listener's batch is taken."""
        computer, second = self.at(who), self.at(other)

        def happens() -> None:
            COUNTED[f"meanwhile {what}"] += 1
            if what == "work":
                self.edit(computer, action, a, b)
            elif what == "listener":
                computer.take(0)
            elif what == "second process":
                with suppress(RemoteError):
                    computer.exchange.receive()
                    computer.exchange.send()
            elif second is not computer:
                self.exchanges(second)

        computer.remote.later, computer.remote.calls_until_later = happens, calls
        self.exchanges(computer)
        computer.remote.later = None

    @rule(who=who, statements=st.integers(0, 60))
    def disk_full(self, who: int, statements: int) -> None:
        """From some statement of an exchange on, the disk has no room for anything."""
        computer = self.at(who)
        with room_for(computer.office.company.db, statements):
            self.exchanges(computer)
        self.did(computer, "disk full")

    # -- listeners ---------------------------------------------------------------------------------------------------

    @rule(who=who, held=st.booleans())
    def listen(self, who: int, held: bool) -> None:
        computer = self.at(who)
        computer.remote._remote._is_held = held
        try:
            computer.listen()
        except RemoteError as error:
            note(f"{computer.name} does not hear: {error}")
        self.did(computer, "listen")

    @rule(reverse=st.booleans())
    def deliver(self, reverse: bool) -> None:
        self.world.cloud.deliver(reverse)
        for computer in self.world.computers:
            computer.is_reordered = computer.is_reordered or (reverse and computer.events is not None)

    @rule(who=who, order=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    def take(self, who: int, order: list[int]) -> None:
        computer = self.at(who)
        for position in order:
            computer.take(position)
        self.did(computer, "take")

    @rule(who=who)
    def push_only(self, who: int) -> None:
        """What the engine does when it is live and somebody typed something."""
        computer = self.at(who)
        try:
            computer.exchange.send()
        except RemoteError as error:
            note(f"{computer.name}: {error!r}")
        self.did(computer, "push")

    @rule()
    def streams_reset(self) -> None:
        self.world.cloud.reset_streams()

    @precondition(lambda self: self.seen)
    @rule(who=who, which=which)
    def delivered_again(self, who: int, which: int) -> None:
        """Invariant 4: anything, any number of times."""
        computer, puller = self.at(who), self.at(who).puller
        document = copy.deepcopy(self.seen[which % len(self.seen)])
        puller.apply([document])
        before, trail = computer.dump(), computer.trail()
        puller.apply([document, document])
        assert (computer.dump(), computer.trail()) == (before, trail), "delivered twice, something changed"
        self.did(computer, "delivered again")

    # -- an engine that runs -----------------------------------------------------------------------------------------

    @rule(
        who=who,
        other=who,
        seconds=st.integers(20, 60),
        lives=st.one_of(st.none(), st.integers(0, 40)),
        action=st.sampled_from(ACTIONS),
        a=which,
        b=which,
    )
    def engine_runs(self, who: int, other: int, seconds: int, lives: int | None, action: str, a: int, b: int) -> None:
        """Live: somebody works at it, others are heard; it may die. With a network, nothing is left unsent."""
        computer, second, faults = self.at(who), self.at(other), self.world.cloud.faults
        computer.remote._remote._is_held = False
        happenings: list[Happening] = [(2.0, lambda: self.edit(computer, action, a, b))]
        if second is not computer:
            happenings.append((4.0, lambda: self.exchanges(second)))
        with computer.mortal(lives if lives is not None else 10**6):
            EngineRun(self.world, computer, seconds, happenings).go()
        if lives is not None:
            computer.restart()
        elif not (faults.is_partitioned or faults.denied or faults.read_only or computer.remote.poison):
            pending, refused = computer.exchange.pending()
            assert pending == refused, f"{computer.name} was live and kept {pending} records to itself"
        self.did(computer, "engine runs")
        self.remember()
