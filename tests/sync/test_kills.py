"""Programs killed while they work and exchange with the official emulator leave nothing broken and lose nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.emulator import Emulator

KILLS = int(os.environ.get("FACTUREPRO_KILLS", "200"))
SEED = int(os.environ["FACTUREPRO_FUZZ_SEED"])  # made and printed by tests/conftest.py

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="lives are forked"),
]


def test_killed_two_hundred_times_nothing_is_lost(emulator: Emulator) -> None:
    """In a process of its own: this one has open channels of other tests, and cannot be forked."""
    command = [sys.executable, "-m", "tests.sync.kill_run", "--kills", str(KILLS), "--seed", str(SEED)]
    command += ["--host", emulator.host_port]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-8000:]}"
    assert f"{KILLS} kills in" in done.stdout
