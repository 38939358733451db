"""A computer of a story: one data directory and the real program as processes of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.cli.in_process import carry_out

COMMAND = (sys.executable, "-m", "facturepro")
PATIENCE_S = 40.0


class Refused(Exception):
    """The program answered with a status other than 0."""

    def __init__(self, status: int, answer: Any, stderr: str) -> None:
        super().__init__(status, answer, stderr)
        self.status, self.answer, self.stderr = status, answer, stderr


class Machine:
    def __init__(self, folder: Path, command: tuple[str, ...] = COMMAND) -> None:
        self.folder = folder
        self._command = command
        self.environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}

    def run(self, *arguments: str, stdin: str | None = None) -> Any:
        """Answer of ``--json``. Raises Refused."""
        result = subprocess.run(
            [*self._command, "--data-dir", str(self.folder), *arguments, "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            env=self.environment,
            check=False,
        )
        answer = json.loads(result.stdout) if result.stdout.strip() else None
        if result.returncode != 0:
            raise Refused(result.returncode, answer, result.stderr)
        return answer

    def here(self, *arguments: str, stdin: str | None = None) -> Any:
        """The same in this process, which is ten times as quick: for what leads to a story, and to look at its outcome."""
        outcome = carry_out(self.folder, *arguments, "--json", stdin=stdin)
        answer = json.loads(outcome.out) if outcome.out.strip() else None
        if outcome.status != 0:
            raise Refused(outcome.status, answer, outcome.err)
        return answer

    def queued(self) -> set[tuple[str, str]]:
        """(kind, id) of the records that the cloud does not have."""
        [path] = self.folder.glob("companies/*/company.db")
        with closing(sqlite3.connect(path)) as connection:
            return set(connection.execute("SELECT kind, record_id FROM outbox"))

    def dump(self) -> str:
        return subprocess.run(
            [*self._command, "--data-dir", str(self.folder), "dump"],
            capture_output=True,
            text=True,
            timeout=60,
            env=self.environment,
            check=True,
        ).stdout

    @contextmanager
    def syncing(self) -> Iterator[subprocess.Popen[bytes]]:
        """``sync run`` beside; ended by SIGTERM unless the story killed it."""
        process = subprocess.Popen(
            [*self._command, "--data-dir", str(self.folder), "sync", "run"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE_S) -> None:
    """Looks again and again; fails saying what did not come."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"did not happen within {patience} s: {what}"
        time.sleep(0.05)
