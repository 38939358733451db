"""The state machine: computers that edit, exchange, lose the network, their rights, their clock and their life in any
order. What must hold is checked after each step by ``World.observe`` and, at rest, by ``World.check``.

Repeat a run with the seed that the test report prints::

    FACTUREPRO_FUZZ_SEED=<seed> python -m pytest -n 0 tests/sync/test_sync_properties.py

``FACTUREPRO_FUZZ_EXAMPLES`` makes it longer (30 examples of 200 steps per file).
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from facturepro.db.replication_quarantine import release
from facturepro.domain.clock import parse_stamp
from facturepro.domain.errors import UserError
from facturepro.sync.remotes.base import RemoteDocument, RemoteError, Write
from facturepro.sync.remotes.paths import field_path
from tests.sync.fuzz.office import ACTIONS
from tests.sync.fuzz.world import Computer, World

SEED = int(os.environ.get("FACTUREPRO_FUZZ_SEED", "0"))
EXAMPLES = int(os.environ.get("FACTUREPRO_FUZZ_EXAMPLES", "30"))
STEPS = int(os.environ.get("FACTUREPRO_FUZZ_STEPS", "200"))
"""Per test file, of which there are two: more than 10,000 steps in every run."""
MOST_COMPUTERS = 4

FILES = {1: "tests/sync/test_sync_properties.py", 2: "tests/sync/test_sync_properties_2.py"}
"""Two, so that both workers of a test run have one."""
COUNTED: Counter[str] = Counter()
"""What happened over the whole run: a machine whose people are always refused would prove nothing."""

REFUSALS = frozenset(
    {
        *("date_before_last", "device_cloned", "due_before_date", "invoice_empty", "invoice_frozen", "undo_blocked"),
        *("invoice_no_client", "line_invalid", "payment_already_reversed", "payment_too_large", "record_in_use"),
        *("record_unknown", "undo_empty", "record_needed", "amount_not_positive", "invoice_incomplete"),
    }
)
"""What a person may be answered. Anything else is a bug."""
NEWER = "ffffffffffff"
"""The computer with a newer version of the program."""
FAULTS = ("lost_acks", "lost_commits", "late_commits", "unavailable", "duplicates")

who = st.integers(0, MOST_COMPUTERS - 1)
which = st.integers(0, 60)


class Companies(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world: World | None = None
        self.seen: list[RemoteDocument] = []
        self.counter = 0

    @initialize(number=st.integers(2, 3), skews=st.lists(st.integers(-1, 1), min_size=3, max_size=3))
    def begin(self, number: int, skews: list[int]) -> None:
        self.world = World(skews[:number])
        COUNTED["examples"] += 1

    def at(self, index: int) -> Computer:
        assert self.world is not None
        return self.world.computers[index % len(self.world.computers)]

    def fresh(self) -> str:
        self.counter += 1
        return f"v{self.counter}"

    def did(self, computer: Computer, what: str) -> None:
        assert self.world is not None
        COUNTED[what] += 1
        self.world.observe(computer)

    @invariant()
    def counts(self) -> None:
        COUNTED["steps"] += 1  # Hypothesis asks after each of its steps

    # -- what people do ------------------------------------------------------------------------------------------

    @rule(who=who, action=st.sampled_from(ACTIONS), a=which, b=which)
    def work(self, who: int, action: str, a: int, b: int) -> None:
        self.edit(self.at(who), action, a, b)

    @rule(who=who, action=st.sampled_from(("draft", "lines", "issue", "pay", "note")), a=st.integers(0, 2), b=which)
    def sell(self, who: int, action: str, a: int, b: int) -> None:
        self.edit(self.at(who), action, a, b)

    @rule(who=who, other=who, action=st.sampled_from(("write", "lines", "remove", "header")), a=which, b=which)
    def disagree(self, who: int, other: int, action: str, a: int, b: int) -> None:
        """Two people do much the same at the same time."""
        self.edit(self.at(who), action, a, b)
        self.edit(self.at(other), action, a, b)

    @rule(who=who, other=who, a=st.integers(0, 2))
    def issue_both(self, who: int, other: int, a: int) -> None:
        self.edit(self.at(who), "issue", a, 0)
        self.edit(self.at(other), "issue", a, 0)

    def edit(self, computer: Computer, action: str, a: int, b: int) -> None:
        before = computer.trail()
        try:
            computer.office.act(action, a, b, self.fresh())
        except UserError as error:
            assert error.code in REFUSALS, error.code
            note(f"{computer.name} may not {action}: {error.code}")
            COUNTED[f"refused {error.code}"] += 1
            assert computer.trail() == before, "refused, yet something was kept"
        self.did(computer, action if computer.trail() > before else f"no {action}")

    # -- the exchange ----------------------------------------------------------------------------------------------

    @rule(who=who)
    def exchange(self, who: int) -> None:
        self.exchanges(self.at(who))

    @rule(first=who, second=who)
    def exchange_twice(self, first: int, second: int) -> None:
        self.exchanges(self.at(first))
        self.exchanges(self.at(second))

    def exchanges(self, computer: Computer) -> None:
        try:
            computer.sync()
        except UserError as error:
            assert error.code.startswith("cloud_"), error.code
            note(f"{computer.name}: {error.code}")
        self.did(computer, "exchange")
        self.remember()

    def remember(self) -> None:
        assert self.world is not None
        records = list(self.world.cloud.records.values())
        if len(self.seen) < 60:
            self.seen += [copy.deepcopy(record) for record in records[-2:]]

    @rule(who=who, fault=st.sampled_from(FAULTS), times=st.integers(1, 3))
    def trouble(self, who: int, fault: str, times: int) -> None:
        assert self.world is not None
        setattr(self.world.cloud.faults, fault, times)
        self.exchanges(self.at(who))
        setattr(self.world.cloud.faults, fault, 0)
        COUNTED[fault] += 1

    @rule()
    def late_commit_shows(self) -> None:
        assert self.world is not None
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

    @rule(who=who, lives=st.integers(0, 2), action=st.sampled_from(ACTIONS), a=which, b=which)
    def die_at_work(self, who: int, lives: int, action: str, a: int, b: int) -> None:
        computer = self.at(who)
        with computer.mortal(lives):
            try:
                computer.office.act(action, a, b, self.fresh())
            except UserError as error:
                assert error.code in REFUSALS, error.code
        computer.restart()
        self.did(computer, "die at work")

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
        assert self.world is not None
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
        assert self.world is not None
        self.world.cloud.reset_streams()

    @precondition(lambda self: self.seen)
    @rule(who=who, which=which)
    def delivered_again(self, who: int, which: int) -> None:
        computer, puller = self.at(who), self.at(who).puller
        document = copy.deepcopy(self.seen[which % len(self.seen)])
        puller.apply([document])
        before, trail = computer.dump(), computer.trail()
        puller.apply([document, document])
        assert (computer.dump(), computer.trail()) == (before, trail), "delivered twice, something changed"
        self.did(computer, "delivered again")

    # -- rights, poison, clocks, copies ------------------------------------------------------------------------------

    @rule(who=who, right=st.sampled_from(("read_only", "denied")), calls=st.integers(0, 6))
    def lose_rights(self, who: int, right: str, calls: int) -> None:
        """In the middle of an exchange, at its start, or later on. Nothing of this computer arrives after that."""
        assert self.world is not None
        computer, faults = self.at(who), self.world.cloud.faults
        computer.remote.later = lambda: getattr(faults, right).add(computer.name)
        computer.remote.calls_until_later = calls
        self.exchanges(computer)
        if computer.name in getattr(faults, right):
            before = copy.deepcopy(self.world.cloud.records)
            self.exchanges(computer)
            assert self.world.cloud.records == before
            COUNTED[right] += 1

    @rule()
    def rights_return(self) -> None:
        assert self.world is not None
        self.world.cloud.faults.denied.clear()
        self.world.cloud.faults.read_only.clear()

    @rule()
    def network_fails(self) -> None:
        assert self.world is not None
        self.world.cloud.faults.is_partitioned = True

    @precondition(lambda self: self.world is not None and self.world.cloud.faults.is_partitioned)
    @rule()
    def network_returns(self) -> None:
        assert self.world is not None
        self.world.cloud.faults.is_partitioned = False

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
        assert self.world is not None
        self.world.pass_time(seconds)

    @precondition(lambda self: self.world is not None and len(self.world.computers) < MOST_COMPUTERS)
    @rule(who=who)
    def restore_backup(self, who: int) -> None:
        assert self.world is not None
        self.world.clone(self.at(who))
        COUNTED["restored backups"] += 1

    # -- a newer version ---------------------------------------------------------------------------------------------

    @rule(which=which, place=st.sampled_from(("field", "group", "line", "key", "kind")))
    def newer_version_writes(self, which: int, place: str) -> None:
        """Another computer with a program of next year writes what this one does not know."""
        assert self.world is not None
        value = self.fresh()
        if place == "kind":
            key = ("mood", f"mood{which % 3}")
            self._foreign(key, ("fields", "text"), value, "text", RemoteDocument(*key, {"text": value}))
            return
        records = list(self.world.cloud.records.values())
        known = [r for r in records if r.kind in ("client", "product", "supplier") or self.is_draft(r)]
        record = known[which % len(known)]
        line = next((line_id for line_id, values in sorted(record.lines.items()) if values), None)
        if place == "line" and line is not None:
            values = {**(record.lines[line] or {}), "mood": value}
            written = RemoteDocument(*record.key, lines={line: values}, deleted=record.deleted)
            self._foreign(record.key, ("lines", line, "mood"), value, f"line:{line}", written, ("lines", line))
        elif place == "key":
            written = RemoteDocument(*record.key, extra={"mood": {"text": value}}, deleted=record.deleted)
            self._foreign(record.key, ("mood", "text"), value, "", written, ("mood",))
        else:
            group = "mood" if place == "field" else ("notes" if record.kind == "invoice" else "name")
            written = RemoteDocument(*record.key, {f"mood_{group}": value}, deleted=record.deleted)
            self._foreign(record.key, ("fields", f"mood_{group}"), value, group if group == "mood" else "", written)

    @staticmethod
    def is_draft(record: RemoteDocument) -> bool:
        return record.kind == "invoice" and record.fields.get("number") is None

    def _foreign(
        self,
        key: tuple[str, str],
        path: tuple[str, ...],
        value: str,
        group: str,
        document: RemoteDocument,
        written: tuple[str, ...] | None = None,
    ) -> None:
        """As every client must: above the stamp that is replaced, over the version that was seen."""
        assert self.world is not None
        cloud = self.world.cloud
        stored = cloud.records.get(key)
        before = parse_stamp(stored.clock.get(group, "0-0-x")).milliseconds if stored else 0
        milliseconds = max(int(self.world.time.at.timestamp() * 1000), before + 1)
        document.clock = {group: f"{milliseconds:012x}-0000-{NEWER}"} if group else {}
        document.device, document.schema = NEWER, 99
        mask = [field_path(*(written or path))] + [field_path("clock", group) for group in document.clock]
        cloud.apply([Write(document, stored.version if stored else None, tuple(mask) if stored else ())])
        self.world.foreign[(*key, *path)] = value
        COUNTED["newer version"] += 1

    # -- the end -----------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if self.world is None:
            return
        try:
            self.world.quiesce()
            self.world.check()
            COUNTED["conflicts"] += (
                self.world.computers[0].reader.execute("SELECT COUNT(*) FROM conflict").fetchone()[0]
            )
            COUNTED["issued in the end"] += len(self.world.computers[0].issued)
        finally:
            self.world.close()


def machine(salt: int) -> Any:
    """The test case of one of the files. ``salt`` keeps them from running the same examples."""
    made = seed(SEED * 10 + salt)(type(f"Companies{salt}", (Companies,), {}))
    case = made.TestCase
    case.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
    run = case.runTest

    def run_and_explain(self: Any) -> None:
        try:
            run(self)
        except BaseException as error:
            error.add_note(f"again: FACTUREPRO_FUZZ_SEED={SEED} python -m pytest -n 0 {FILES.get(salt)}")
            raise

    case.runTest = pytest.mark.timeout(900)(run_and_explain)  # minimising a failure takes minutes
    return case


def check_that_much_happened() -> None:
    """After the run: people were mostly allowed to work, and everything that can go wrong went wrong."""
    if EXAMPLES * STEPS < 30 * 200:
        pytest.skip("a short run")
    print(dict(sorted(COUNTED.items())))
    assert COUNTED["steps"] >= 4500
    for wanted in ("issued in the end", "conflicts", "exchange", "die", "newer version", "take", "write"):
        assert COUNTED[wanted] >= 20, wanted
    for wanted in ("pay", "poison", "read_only", "denied", "restored backups", "delivered again", *FAULTS):
        assert COUNTED[wanted] >= 1, wanted  # each example leaves some rules out: how often is chance
