"""Many computers issue centrally at once while the network fails from a seed: invariant 6, whatever was lost.

No number twice, no gap, dates never back, one number per document; every copy of the company agrees and verifies.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import central_numbering, records
from facturepro.sync.remotes.base import CommitAmbiguous, PreconditionFailed, RemoteUnavailable
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.central import START, Clock, Desk, client, desks, state

FAULTS = ("lost_acks", "lost_commits", "late_commits", "unavailable")
SEEDS = [int(seed) for seed in os.environ.get("FACTUREPRO_NUMBERING_SEEDS", "0 1 2 3").split()]
"""More of them: ``FACTUREPRO_NUMBERING_SEEDS="$(seq 100 200)" pytest tests/sync/test_central_contention.py -k seed``."""


class Unlucky:
    """A remote that fails from a seed: around the commits that number, and right after them (a kill at that point)."""

    def __init__(self, remote: MemoryRemote, memory: MemoryCloud, dice: random.Random) -> None:
        self._remote, self._memory, self._dice = remote, memory, dice
        self.is_reliable = False
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    def get(self, keys: Any) -> Any:
        if self.is_dead:
            raise RemoteUnavailable("killed after the commit")
        return self._remote.get(keys)

    def commit_numbered(self, *arguments: Any) -> Any:
        if self.is_reliable:
            return self._remote.commit_numbered(*arguments)
        draw = self._dice.random()
        if draw < 0.4:
            setattr(self._memory.faults, self._dice.choice(FAULTS), 1)
        elif draw < 0.6:
            self._remote.commit_numbered(*arguments)
            self.is_dead = True
            raise CommitAmbiguous("killed")
        return self._remote.commit_numbered(*arguments)


def holds(all_desks: Sequence[Desk], count: int | None = None) -> None:
    """Invariant 6, on every computer: as many documents as the counter says, or as were issued (``count``)."""
    for desk in (*all_desks, *all_desks):
        desk.sync()
    assert len({tuple(desk.dump()) for desk in all_desks}) == 1
    for desk in all_desks:
        assert desk.problems() == []  # gaps, doubles, dates, chains, stock, totals
    head = all_desks[0].remote.series_head("FA-2026-")
    assert count in (None, head.number)
    assert all_desks[0].numbers() == [f"FA-2026-{number:04d}" for number in range(1, head.number + 1)]


@pytest.mark.parametrize("seed", SEEDS)
def test_from_a_seed(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    memory = MemoryCloud()
    remotes = [Unlucky(MemoryRemote(memory, name), memory, dice) for name in "abc"]
    three = desks(tmp_path, remotes)
    buyer = client(three[0])
    for desk in three:
        desk.sync()
    asked: set[str] = set()
    for _step in range(30):
        desk = dice.choice(three)
        deed = dice.random()
        try:
            if deed < 0.45:
                on = (START + timedelta(days=dice.randrange(3))).date() if dice.random() < 0.5 else None
                invoice = desk.draft(buyer)
                desk.ask(invoice, on)
                asked.add(invoice)
            elif deed < 0.55 and asked:
                central_numbering.withdraw(desk.company, dice.choice(sorted(asked)))
            elif deed < 0.65 and asked:
                desk.ask(dice.choice(sorted(asked)))
            elif deed < 0.72:
                memory.release()
            else:
                desk.sync()
        except UserError:
            pass  # no network, a date that goes back, asked for by another, issued: what a person would be told
        remote: Any = desk.remote
        if remote.is_dead:
            remote.is_dead = False
            desk.restart()
    for remote in remotes:
        remote.is_reliable = True
    while memory.release():
        pass
    holds(three)
    assert three[0].numbers()
    for desk in three:
        desk.close()


def at_once(all_desks: Sequence[Desk], work: Callable[[Desk], None]) -> None:
    failures: list[BaseException] = []

    def run(desk: Desk) -> None:
        try:
            work(desk)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(desk,)) for desk in all_desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert failures == []


def issue_some(buyer: str, count: int) -> Callable[[Desk], None]:
    def work(desk: Desk) -> None:
        for _turn in range(count):
            desk.ask(desk.draft(buyer))
            for _attempt in range(10):
                try:
                    desk.sync()
                except UserError:
                    continue  # crowded: as the engine would, again
                break

    return work


def test_threads_on_memory(tmp_path: Path) -> None:
    memory = MemoryCloud()
    four = desks(tmp_path, [MemoryRemote(memory, name) for name in "abcd"], lambda: Clock(START))
    buyer = client(four[0])
    for desk in four:
        desk.sync()
    at_once(four, issue_some(buyer, 3))
    holds(four, 12)
    for desk in four:
        desk.close()


@pytest.mark.emulator
@pytest.mark.timeout(120)
def test_threads_on_firestore_through_a_network_that_loses_answers(
    tmp_path: Path, connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    remotes = [connect() for _ in range(3)]
    three = desks(tmp_path, remotes, lambda: Clock(START))
    buyer = client(three[0])
    for desk in three:
        desk.sync()
    dice = random.Random(7)
    for remote in remotes:
        commit = remote._calls.commit

        def lossy(request: Any, own: int = 0, commit: Any = commit) -> Any:
            result = commit(request, own)
            if own and dice.random() < 0.3:
                raise CommitAmbiguous("the answer was lost")
            return result

        monkeypatch.setattr(remote._calls, "commit", lossy)
    at_once(three, issue_some(buyer, 2))
    monkeypatch.undo()
    holds(three, 6)
    for desk in three:
        desk.close()


def test_a_record_that_others_keep_writing_holds_back_neither_numbers_nor_books(tmp_path: Path) -> None:
    (desk,) = desks(tmp_path, [MemoryRemote(MemoryCloud(), "a")])
    buyer, hot = client(desk), client(desk, "Hot")
    desk.sync()
    before = state(desk, "exchanged")["pushed"]
    commit = desk.remote.commit

    def contended(writes: Any) -> Any:
        if at := tuple(index for index, write in enumerate(writes) if write.document.key == ("client", hot)):
            raise PreconditionFailed("", at)
        return commit(writes)

    desk.remote.commit = contended
    records.update(desk.company, "client", hot, {"phone": "1"})
    invoice = desk.draft(buyer)
    desk.ask(invoice)
    with pytest.raises(UserError) as caught:
        desk.sync()
    assert caught.value.code == "cloud_contended"
    assert desk.show(invoice)["number"] == "FA-2026-0001"
    assert state(desk, "exchanged")["pushed"] == before + 1
    desk.close()
