"""One life of a program: it opens its file, works, exchanges, and is gone in the middle of something.

Run in a process of its own (``kill_run`` forks it). It ends by SIGKILL at the boundary that its seed chose, or whenever its
parent kills it; it never closes anything.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db.events import Changes
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.services import cloud
from facturepro.sync.remotes.firestore import FirestoreRemote
from tests.sync.fuzz.ledger import accepted
from tests.sync.fuzz.office import ACTIONS, Office
from tests.sync.fuzz.steps import REFUSALS

MOST_BOUNDARIES = 60
LISTENING_REFUSALS = {"invoice_already_issued"}
"""The listener can bring a document in between the choice of a draft and what is done with it."""
_CALLS = ("commit", "commit_numbered", "get", "profile", "claim_series", "listen")


@dataclass(frozen=True)
class Life:
    """``folder``: of the company. ``ledger``: file of what was accepted. ``way``: once or listening.

    ``boundary``: dies at this one, counted over commits of the file and calls to the cloud; None: the parent kills it.
    """

    number: int
    folder: Path
    ledger: Path
    seed: str
    way: str
    boundary: int | None


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    while True:  # a signal to oneself may take a moment to arrive
        signal.pause()


def watch_boundaries(boundary: int | None) -> None:
    """Count what happens around the file's commits and the calls to the cloud, in every thread."""
    if boundary is None:
        return
    left = [boundary]

    def step() -> None:
        left[0] -= 1
        if left[0] < 0:
            die()

    def around(owner: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def call(self: Any, *arguments: Any, **named: Any) -> Any:
            step()
            answer = original(self, *arguments, **named)
            step()
            return answer

        setattr(owner, name, call)

    around(Session, "commit")
    around(UnitOfWork, "finish")
    for name in _CALLS:
        around(FirestoreRemote, name)


class Witness:
    """Writes down what was accepted, after the commit and without waiting for any disk: the process dies, not the power."""

    def __init__(self, office: Office, ledger: Path) -> None:
        self._office = office
        self._seen = office.reader.execute("SELECT COALESCE(MAX(seq), 0) FROM change_log").fetchone()[0]
        self._file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        office.company.bus.subscribe(self)

    def __call__(self, changes: Changes) -> None:
        if changes.origin == "local":
            with closing(sqlite3.connect(self._office.company.db.path)) as reader:
                found, self._seen = accepted(reader, self._seen)
            os.write(self._file, "".join(change.text() + "\n" for change in found).encode())


def live(life: Life) -> None:
    """Never returns."""
    chance = random.Random(life.seed)
    watch_boundaries(life.boundary)
    office = Office(life.folder, is_durable=True)
    office.keeps_paper = chance.random() < 0.3
    Witness(office, life.ledger)
    engine = cloud.make_engine(office.company)
    if life.way == "listening":
        engine.start()
    for turn in range(chance.randint(2, 6)):
        _work(office, chance, f"{life.number}-{turn}")
        if life.way == "once" and chance.random() < 0.5:
            engine.once()
        elif life.way == "listening":
            time.sleep(chance.random() * 0.05)
    if life.way == "once":
        engine.once()
    else:
        time.sleep(chance.random() * 0.3)
    die()


def _work(office: Office, chance: random.Random, text: str) -> None:
    action = chance.choice((*ACTIONS, "draft", "issue", "pay"))  # "mode" among them: who gives the numbers changes
    try:
        office.act(action, chance.randrange(60), chance.randrange(60), text)
    except UserError as error:
        if error.code not in REFUSALS | LISTENING_REFUSALS:
            raise
