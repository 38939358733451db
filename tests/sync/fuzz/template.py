"""Three computers that have joined a cloud and hold a few records: made once by the product itself, then copied."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from facturepro.db import base
from facturepro.services import cloud as cloud_service
from facturepro.services.workspace import Workspace
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.conftest import COMPANY
from tests.sync.devices import Clock
from tests.sync.fuzz.office import Office, checkpoint


class Ids:
    """UUIDv7 out of a counter, so that a run with the same seed is the same run."""

    def __init__(self, clock: Clock, salt: int = 0) -> None:
        self._clock, self._numbers = clock, itertools.count(salt + 1)

    def __call__(self) -> UUID:
        milliseconds = int(self._clock.at.timestamp() * 1000)
        number = next(self._numbers)
        mixed = number * 0x9E3779B97F4A7C15 % (1 << 62)  # the last digits are device ids: spread them
        return UUID(int=milliseconds << 80 | 7 << 76 | (number % 4096) << 64 | 2 << 62 | mixed)


_TEMPLATES: dict[str, Any] = {}
NAMES = ("a", "b", "c")


def templates() -> dict[str, Any]:
    """Name of a computer -> its file's bytes; ``cloud`` -> the MemoryCloud they share; ``at`` -> the time."""
    if not _TEMPLATES:
        _make_templates()
    return _TEMPLATES


def _make_templates() -> None:
    folder = Path(tempfile.mkdtemp(prefix="facturepro-fuzz-template-"))
    clock = Clock()
    cloud, offices = MemoryCloud(clock.nanos), list[Office]()
    connect, cloud_service.connect = cloud_service.connect, lambda _target, _secret: MemoryRemote(cloud)
    uuid7, base.uuid7 = base.uuid7, Ids(clock, 1 << 40)
    target = cloud_service.emulator_target("memory", "fuzz", "company")
    try:
        for name in NAMES:
            workspace = Workspace(folder / name, clock)
            company = workspace.create(COMPANY) if name == "a" else None
            if company is None:
                company = cloud_service.join_new(workspace, target)
            else:
                cloud_service.join(company, target)
            company.close()
            offices.append(Office(company.folder, clock))
        for action, a in (("add", 0), ("add", 1), ("add", 0), ("draft", 0), ("draft", 1)):
            offices[0].act(action, a, 1, f"begun {action}")
        for office in offices * 2:  # each knows of the others
            SyncEngine(office.company.db, MemoryRemote(cloud)).once()
        for name, office in zip(NAMES, offices, strict=True):
            office.close()
            _TEMPLATES[name] = checkpoint(office.folder / "company.db")
        _TEMPLATES["cloud"], _TEMPLATES["at"] = cloud, clock.at
    finally:
        cloud_service.connect, base.uuid7 = connect, uuid7
        shutil.rmtree(folder)
