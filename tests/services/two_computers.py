"""One company on two computers, through a cloud in memory: what a person does on each, and the exchange between."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from facturepro.services import cloud, records
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote

TARGET = cloud.emulator_target("memory", "essai", "boisvert")


class Pair:
    """``one`` made the company and has letter A; ``two`` joined it and has letter B."""

    def __init__(self, folder: Path, clock: Any, one: OpenCompany, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.one = clock, one
        self.store = MemoryCloud(lambda: int(clock().timestamp() * 1e9))
        monkeypatch.setattr(cloud, "connect", lambda _target, _secret: self.remote())
        cloud.join(one, TARGET)
        cloud.sync_once(one)
        self.two = cloud.join_new(Workspace(folder / "two", clock), TARGET)
        for company, name in ((one, "Comptoir"), (self.two, "Portable atelier")):
            records.update(company, "device", company.db.device_id, {"name": name})
        self.exchange()

    def remote(self) -> MemoryRemote:
        return MemoryRemote(self.store, "essai")

    def exchange(self) -> None:
        """Until both have everything."""
        for company in (self.one, self.two, self.one):
            self.sync(company)

    def sync(self, company: OpenCompany) -> None:
        engine = SyncEngine(company.db, self.remote(), sleep=lambda _seconds: None)
        engine.once(30)
        engine.remote.close()


@contextmanager
def two_computers(folder: Path, clock: Any, one: OpenCompany, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    made = Pair(folder, clock, one, monkeypatch)
    try:
        yield made
    finally:
        made.two.close()
