"""The state machine: computers that edit, exchange, lose the network, their rights, their clock and their life in any order.

Repeat a run with the seed that the test report prints::

    FACTUREPRO_FUZZ_SEED=<seed> python -m pytest -n 0 tests/sync/test_sync_properties.py

``FACTUREPRO_FUZZ_EXAMPLES`` makes it longer. The rules stand by job in ``people``, ``exchanges``, ``troubles`` and
``newer``; ``steps`` is what they share; ``office`` is what a person can do, ``computer`` what one has, ``world`` what is around
them. Where each invariant of the design is asserted (and which mutation shows that it can fail: decision 0016):

1 alike at rest ............... ``rest.check_alike``            8 stock ................ ``audit.check_stock``, ``check_sales``
2 no edit lost ................ ``ledger.Ledger.lost``          9 cursor ............... ``World._check_cursor``
3 changed = queued ............ ``audit.check_queue``          10 beyond the horizon ... ``World._check_purged``
4 delivered again ............. ``Exchanges.delivered_again``  11 clock ................ ``World._check_clock``
5 merge ....................... ``rest.check_merge``           12 unknown fields ....... ``rest._check_foreign``
6 numbers ..................... ``audit.check_series``,        13 rights ............... ``Troubles.lose_rights``
                                ``central.CentralSeries``      14 offline .............. ``Troubles.offline_for_an_hour``
7 issued documents ............ ``World._check_papers``

At rest every computer also runs its weekly check, which must find nothing, and mends a damaged file (``rest.check_weekly``).
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings

from facturepro.sync.remotes.base import RemoteDocument
from tests.sync.fuzz import rest
from tests.sync.fuzz.exchanges import Exchanges
from tests.sync.fuzz.newer import NewerVersion
from tests.sync.fuzz.people import People
from tests.sync.fuzz.steps import COUNTED, FAULTS
from tests.sync.fuzz.troubles import Troubles

SEED = int(os.environ.get("FACTUREPRO_FUZZ_SEED", "0"))
EXAMPLES = int(os.environ.get("FACTUREPRO_FUZZ_EXAMPLES", "24"))
STEPS = int(os.environ.get("FACTUREPRO_FUZZ_STEPS", "280"))
"""Per test file, of which there are two: more than 10,000 steps in every run."""
IS_SHRUNK = os.environ.get("FACTUREPRO_FUZZ_SHRINK", "1") == "1"
"""Minimising a failure takes minutes; 0 shows it at once."""
FILES = {1: "tests/sync/test_sync_properties.py", 2: "tests/sync/test_sync_properties_2.py"}
"""Two, so that both workers of a test run have one."""


class Companies(People, Exchanges, Troubles, NewerVersion):
    def teardown(self) -> None:
        if self.made is None:
            return
        world = self.world
        try:
            self._check_merges()
            world.quiesce()
            rest.check(world)
            COUNTED[f"damaged {rest.check_weekly(world, self.counter)}"] += 1
            reader = world.computers[0].reader
            COUNTED["conflicts"] += reader.execute("SELECT COUNT(*) FROM conflict").fetchone()[0]
            COUNTED["issued in the end"] += len(world.computers[0].issued)
            COUNTED["numbered centrally"] += len(world.central.given)
        finally:
            world.close()

    def _check_merges(self) -> None:
        versions: dict[tuple[str, str], list[RemoteDocument]] = defaultdict(list)
        for document in self.seen:
            versions[document.key].append(document)
        for found in versions.values():
            rest.check_merge(found)


def machine(salt: int, examples: int = EXAMPLES) -> Any:
    """The test case of one of the files. ``salt`` keeps them from running the same examples: odd in the first file."""
    made = seed(SEED * 10 + salt)(type(f"Companies{salt}", (Companies,), {}))
    case = made.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if IS_SHRUNK else ())),
    )
    run = case.runTest

    def run_and_explain(self: Any) -> None:
        try:
            run(self)
        except BaseException as error:
            error.add_note(f"again: FACTUREPRO_FUZZ_SEED={SEED} python -m pytest -n 0 {FILES[2 - salt % 2]}")
            raise

    case.runTest = pytest.mark.timeout(900)(run_and_explain)  # minimising a failure takes minutes
    return case


def check_that_much_happened(salt: int) -> None:
    """After the run: people were mostly allowed to work, and everything that can go wrong went wrong.

    Each example leaves some rules out, so how often something happened is chance: what is missing after the run of this
    file is looked for in a few more examples.
    """
    if EXAMPLES * STEPS < 24 * 280:
        pytest.skip("a short run")
    for more in range(1, 4):
        if not _missing():
            break
        machine(salt + 2 * more, max(1, EXAMPLES // 4))("runTest").runTest()
    print(dict(sorted(COUNTED.items())))
    assert _missing() == {}


def _missing() -> dict[str, int]:
    """What happened less often than it has to, and how often."""
    wanted = dict.fromkeys(("issued in the end", "conflicts", "exchange", "die", "newer version", "take", "write"), 20)
    wanted |= dict.fromkeys(("pay", "poison", "read_only", "denied", "restored backups", "delivered again"), 1)
    wanted |= dict.fromkeys(("engine runs", "offline for an hour", "away for half a year", "numbered centrally"), 1)
    wanted |= dict.fromkeys(("disk full", "meanwhile work", "meanwhile second process", "meanwhile other computer"), 1)
    wanted |= dict.fromkeys(FAULTS, 1) | {"steps": 5000}
    return {name: COUNTED[name] for name, least in wanted.items() if COUNTED[name] < least}
