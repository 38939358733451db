"""From the start of the process to the first painted window, and the memory of the program."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measuring import Result, Table

SCRIPT = Path(__file__).with_name("first_paint.py")


def measure(table: Table, data_dir: Path, turns: int = 5) -> None:
    table.section("Start of the program (full data set, files in the disk cache)")
    for name, environment in _platforms():
        with environment as variables:
            bare = [_run(["bare"], variables) for _turn in range(turns)]
            own = [_run(["program", str(data_dir)], variables) for _turn in range(turns)]
        base = statistics.median(run["painted"] for run in bare) * 1000
        painted = tuple(run["painted"] * 1000 for run in own)
        table.add(Result(f"first painted window, {name}", painted, base, "bare Qt window", 1500))
        free = tuple(run["free"] * 1000 for run in own)
        table.add(Result(f"window painted and answering, {name}", free, base, "bare Qt window", 1500))
        heavy = sorted({module for run in own for module in run["heavy"]})
        table.note(f"{name}: heavy modules at the first paint: {', '.join(heavy) or 'none'}")
        for moment, key in (("at the first paint", "memory"), ("6 s later, libraries warmed up", "settled")):
            base = statistics.median(run[key]["VmRSS"] for run in bare)
            used = tuple(run[key]["VmRSS"] for run in own)
            table.add(Result(f"memory {moment}, {name}", used, base, "bare Qt window", 300, unit="MB"))


def _platforms() -> Iterator[tuple[str, Any]]:
    yield "offscreen", _offscreen()
    if shutil.which("Xvfb"):
        yield "xcb", _xvfb()


@contextmanager
def _offscreen() -> Iterator[dict[str, str]]:
    yield {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def _xvfb() -> Iterator[dict[str, str]]:
    """A display of our own; the number is one that the server finds free."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    try:
        os.close(writing)
        number = os.read(reading, 16).decode().strip()
        yield {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": f":{number}"}
    finally:
        os.close(reading)
        server.terminate()
        server.wait(10)


def _run(arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Answer of one process; times in seconds since its start."""
    environment = environment | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told | {"painted": told["painted"] - began, "free": told["free"] - began}
