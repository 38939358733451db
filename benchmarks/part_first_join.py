"""A first join of a large company: seconds, memory, and how long somebody who saves meanwhile waits.

.venv/bin/python -m benchmarks.run --only join
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import Result, Table
from tests.sync.devices import new_database

PEER = Path(__file__).with_name("first_join_peer.py")


def measure(table: Table, number: int = 50_000) -> None:
    table.section(f"First join of {number:,} records (generated remote, no network)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = _file(folder / "alone.db")
        quiet = _started("write", alone)
        time.sleep(3)
        bare = _answer(quiet)["taken"]
        joined = _file(folder / "joined.db")
        writer = _started("write", joined)
        told = _answer(_started("join", joined, str(number)), 3600)
        waited = _answer(writer)["taken"]
    assert told["pulled"] == number, told
    rate = number / told["seconds"]
    table.add(Result("the whole reading, with somebody saving beside it", (told["seconds"],), unit="s"))
    table.add(Result("records a second", (rate,), unit="a second", is_rate=True))
    grown = (told["most"] - told["before"]) / 1024
    table.add(Result("memory at most, beyond the program before it", (grown,), unit="MB"))
    table.add(Result("saving a client in another process meanwhile", tuple(waited), _middle(bare), "alone"))
    table.add(Result("the longest of these", (max(waited),), max(bare), "alone"))


def _middle(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def _file(path: Path) -> Path:
    new_database(path, "bbbb").close()
    return path


def _started(role: str, file: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PEER), role, str(file), *more]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _answer(peer: subprocess.Popen[str], seconds: float = 30) -> Any:
    out, _nothing = peer.communicate("", timeout=seconds)
    assert peer.returncode == 0, out
    return json.loads(out.strip().splitlines()[-1])


if __name__ == "__main__":
    measure(Table(), int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
