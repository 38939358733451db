"""Three computers at work while the network in front of each loses, doubles, delays, refuses, stalls and cuts; then it
gets well, and nothing is lost and nothing is there twice.

The faults of each computer follow from the seed. To replay one seed, or run more of them:

    FACTUREPRO_CHAOS_SEED=1234 .venv/bin/python -m pytest -n 0 tests/sync/test_fault_chaos.py
    FACTUREPRO_CHAOS_RUNS=100 .venv/bin/python -m pytest -n 0 tests/sync/test_fault_chaos.py
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from facturepro.sync.remotes import firestore_calls
from tests.sync.chaos import Chaos
from tests.sync.emulator import Emulator

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

RUNS = int(os.environ.get("FACTUREPRO_CHAOS_RUNS", "2"))
SEED = os.environ.get("FACTUREPRO_CHAOS_SEED")
STEPS = int(os.environ.get("FACTUREPRO_CHAOS_STEPS", "90"))


@pytest.mark.parametrize("run", range(1 if SEED else RUNS))
def test_after_any_faults_everything_is_there_once(
    run: int, tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(SEED) if SEED else random.SystemRandom().randrange(10**9)
    print(f"FACTUREPRO_CHAOS_SEED={seed}")
    chaos = Chaos(seed, tmp_path, emulator)
    try:
        with monkeypatch.context() as patch:  # a stall is given up sooner than in earnest
            for name, seconds in (("COMMIT_SECONDS", 2.0), ("GET_SECONDS", 2.0), ("QUERY_SECONDS", 5.0)):
                patch.setattr(firestore_calls, name, seconds)
            chaos.work(STEPS)
        faults = sum((desk.proxy.counts.faults.total() for desk in chaos.desks), 0)
        chaos.settle()
        chaos.check()
    finally:
        chaos.close()
    assert faults >= 5, "a network that is too well proves nothing"
