"""Rules: what people do, alone, against each other, and until the program dies under their hands."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from facturepro.domain.errors import UserError
from tests.sync.fuzz.office import ACTIONS
from tests.sync.fuzz.steps import COUNTED, REFUSALS, Steps, which, who

NUMBERING = ("rival", "die", "denied", "lost_acks", "lost_commits", "late_commits", "unavailable")
"""What happens between the moment at which the head of a central series is read and the commit that moves it."""


class People(Steps):
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

    @rule(who=who, other=who, how=st.sampled_from(NUMBERING), a=st.integers(0, 2), lives=st.integers(0, 5))
    def number(self, who: int, other: int, how: str, a: int, lives: int) -> None:
        """Something goes wrong at the very moment at which a number of the central series is taken: another computer takes
        it first, the answer is lost, the program dies between the commit and the reading back."""
        computer, rival = self.at(who), self.at(other)
        if how == "rival":
            self.edit(rival, "issue", a + 1, 0)
        self.edit(computer, "issue", a, 0)

        def happens() -> None:
            COUNTED[f"numbering {how}"] += 1
            faults = self.world.cloud.faults
            if how == "rival" and rival is not computer:
                self.exchanges(rival)
            elif how == "denied":
                faults.denied.add(computer.name)
            elif how == "die":
                computer.remote.lives = lives
            elif how != "rival":
                setattr(faults, how, 1)

        computer.remote.rival = happens
        with computer.mortal(10**6):
            self.exchanges(computer)
        computer.remote.rival = None
        if how == "die":
            computer.restart()
        elif how not in ("rival", "denied"):
            setattr(self.world.cloud.faults, how, 0)
        self.did(computer, "number")

    @rule(who=who, how=st.sampled_from(("lost_acks", "late_commits")), a=st.integers(0, 2))
    def fall_back(self, who: int, how: str, a: int) -> None:
        """The answer to a number is lost and the network with it; the company goes back to a series per computer: this one must
        not number by itself what may have its number already."""
        computer, faults = self.at(who), self.world.cloud.faults

        def happens() -> None:
            COUNTED[f"fell back after {how}"] += 1
            setattr(faults, how, 1)
            computer.remote.later = lambda: setattr(faults, "unavailable", 3)
            computer.remote.calls_until_later = 0

        self.edit(computer, "mode", 0, 1)
        self.edit(computer, "issue", a, 0)
        computer.remote.rival = happens
        self.exchanges(computer)
        computer.remote.rival = computer.remote.later = None
        setattr(faults, how, 0)
        faults.unavailable = 0
        self.edit(computer, "mode", 0, 0)
        for each in range(3):
            self.edit(computer, "issue", each, 0)
