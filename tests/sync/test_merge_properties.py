"""The merge is commutative, associative and idempotent; documents applied in any order, any number of times, end alike."""

from __future__ import annotations

import copy
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facturepro.db.replication_dump import dump
from facturepro.domain.merge import GroupValue, merge
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.base import RemoteDocument
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import new_database, unsafe_but_quick
from tests.sync.fuzz.world import World

GROUPS = ("name", "address", "line:1", "deleted")
State = tuple[dict[str, GroupValue], dict[str, str]]


@st.composite
def states(draw: st.DrawFn) -> State:
    """A record as one computer has it. The same stamp is the same change: it bears the same value wherever it is."""
    values: dict[str, GroupValue] = {}
    clock: dict[str, str] = {}
    for group in draw(st.lists(st.sampled_from(GROUPS), unique=True, min_size=1)):
        milliseconds, device = draw(st.integers(1, 4)), draw(st.sampled_from("abc"))
        clock[group] = f"{milliseconds:012x}-0000-{device}"
        values[group] = None if milliseconds == 4 else {"text": f"{milliseconds}{device}"}
    return values, clock


def joined(mine: State, theirs: State) -> State:
    """What ``mine``, all of it unsent, becomes when ``theirs`` arrives."""
    merged = merge(mine[0], mine[1], {}, theirs[0], theirs[1])
    return merged.values, merged.clock


@given(states(), states(), states())
def test_the_merge_is_commutative_associative_and_idempotent(a: State, b: State, c: State) -> None:
    assert joined(a, b) == joined(b, a)
    assert joined(joined(a, b), c) == joined(a, joined(b, c))
    assert joined(a, a) == a
    assert joined(joined(a, b), b) == joined(a, b)


@given(states(), states())
def test_what_does_not_stand_is_named_once_and_from_either_side_alike(a: State, b: State) -> None:
    def losers(mine: State, theirs: State) -> set[tuple[str, str, str]]:
        found = merge(mine[0], mine[1], {}, theirs[0], theirs[1]).losers
        return {(loser.group, loser.kept_stamp, loser.lost_stamp) for loser in found}

    assert losers(a, b) == losers(b, a)
    differing = {g for g in a[1].keys() & b[1].keys() if a[1][g] != b[1][g] and a[0][g] != b[0][g]}
    assert {group for group, _kept, _lost in losers(a, b)} == differing


def history() -> list[RemoteDocument]:
    """Every version of every document of a small company, as its cloud held them one after the other."""
    world = World([0, 0])
    versions = [copy.deepcopy(record) for record in world.cloud.records.values()]
    try:
        for number, (who, action) in enumerate(
            [
                (0, "issue"),
                (1, "issue"),
                (0, "write"),
                (1, "lines"),
                (0, "pay"),
                (1, "write"),
                (0, "remove"),
                (1, "add"),
            ]
            * 2
        ):
            computer = world.computers[who]
            computer.office.act(action, number, number * 7, f"text {number}")
            computer.sync()
            known = {(record.key, record.version) for record in versions}
            fresh = [record for record in world.cloud.records.values() if (record.key, record.version) not in known]
            versions += copy.deepcopy(fresh)
        return versions
    finally:
        world.close()


HISTORY: list[RemoteDocument] = []
EXPECTED: list[str] = []


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.integers(0, 20))
def test_documents_applied_in_any_order_and_any_number_of_times_end_alike(chance: Any, repeated: int) -> None:
    if not HISTORY:
        HISTORY.extend(history())
        assert len({record.key for record in HISTORY}) < len(HISTORY), "nothing was ever written twice"
        EXPECTED.extend(_applied([HISTORY]))
    disordered = HISTORY + chance.choices(HISTORY, k=repeated)
    chance.shuffle(disordered)
    cuts = sorted({0, len(disordered), *(chance.randrange(len(disordered)) for _cut in range(5))})
    batches = [disordered[first:last] for first, last in pairwise(cuts)]
    assert _applied(batches) == EXPECTED


def _applied(batches: list[list[RemoteDocument]]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        database = unsafe_but_quick(new_database(Path(folder) / "x.db", "xxxx"))
        try:
            puller = Puller(database, MemoryRemote(MemoryCloud()))
            for batch in batches:
                puller.apply(copy.deepcopy(batch))
            with database.read() as session:
                return list(dump(session))
        finally:
            database.close()
