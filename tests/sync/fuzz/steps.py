"""What all rules of the state machine share: who, what happened, and the two things everybody does."""

from __future__ import annotations

from collections import Counter

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from facturepro.domain.errors import UserError
from facturepro.sync.remotes.base import RemoteDocument
from tests.sync.fuzz.computer import Computer
from tests.sync.fuzz.world import World

MOST_COMPUTERS = 4
COUNTED: Counter[str] = Counter()
"""What happened over the whole run: a machine whose people are always refused would prove nothing."""
REFUSALS = frozenset(
    {
        *("date_before_last", "device_cloned", "due_before_date", "invoice_empty", "invoice_frozen", "undo_blocked"),
        *("invoice_no_client", "line_invalid", "payment_already_reversed", "payment_too_large", "record_in_use"),
        *("record_unknown", "undo_empty", "record_needed", "amount_not_positive", "invoice_incomplete"),
        *("invoice_waiting", "invoice_waiting_elsewhere", "invoice_not_waiting", "invoice_being_numbered"),
        "conflict_double_payment",
    }
)
"""What a person may be answered. Anything else is a bug."""
FAULTS = ("lost_acks", "lost_commits", "late_commits", "unavailable", "duplicates")

who = st.integers(0, MOST_COMPUTERS - 1)
which = st.integers(0, 60)


class Steps(RuleBasedStateMachine):
    """``seen``: documents as they were in the cloud at some time, the newest last."""

    def __init__(self) -> None:
        super().__init__()
        self.made: World | None = None
        self.seen: list[RemoteDocument] = []
        self.counter = 0

    @property
    def world(self) -> World:
        assert self.made is not None
        return self.made

    @initialize(
        number=st.integers(2, 3), skews=st.lists(st.integers(-1, 1), min_size=3, max_size=3), is_central=st.booleans()
    )
    def begin(self, number: int, skews: list[int], is_central: bool) -> None:
        self.made = World(skews[:number])
        COUNTED["examples"] += 1
        if is_central:
            self.edit(self.at(0), "mode", 0, 1)
            for computer in self.world.computers:
                self.exchanges(computer)

    def at(self, index: int) -> Computer:
        return self.world.computers[index % len(self.world.computers)]

    def fresh(self) -> str:
        self.counter += 1
        return f"v{self.counter}"

    def did(self, computer: Computer, what: str) -> None:
        COUNTED[what] += 1
        self.world.observe(computer)

    @invariant()
    def counts(self) -> None:
        COUNTED["steps"] += 1  # Hypothesis asks after each of its steps

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

    def exchanges(self, computer: Computer) -> None:
        try:
            computer.sync()
        except UserError as error:
            assert error.code.startswith("cloud_") or error.code == "disk_full", error.code
            note(f"{computer.name}: {error.code}")
        self.did(computer, "exchange")
        self.remember()

    def remember(self) -> None:
        """What is stored in the cloud is replaced, never changed, so that no copy is needed."""
        newest = sorted(self.world.cloud.records.values(), key=lambda record: record.version or "")[-2:]
        self.seen = [*self.seen, *(record for record in newest if record not in self.seen[-8:])][-61:]
