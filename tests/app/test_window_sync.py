"""The window goes on with the cloud that another process joined, within the half second at which it looks at the file."""

from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from facturepro.app.window_sync import WindowSync
from facturepro.services import cloud
from facturepro.services.company import OpenCompany

TARGET = {"mode": "emulator", "host": "h", "project": "p", "remote_company": "c"}


def test_what_another_process_joined_or_left_is_taken_up(
    company: OpenCompany, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Any] = []

    class Engine:
        def __init__(self, *_given: Any) -> None:
            self.is_running = False
            self.remote = SimpleNamespace(close=lambda: None)
            engines.append(self)

        def start(self) -> None:
            self.is_running = True

        def stop(self) -> None:
            self.is_running = False

    def running() -> list[int]:
        return [number for number, engine in enumerate(engines) if engine.is_running]

    monkeypatch.setattr(cloud, "make_engine", Engine)
    sync = WindowSync(company)
    sync.start()
    qtbot.waitUntil(lambda: sync.state.kind == "local")
    sync.look()
    assert engines == []
    cloud._remember(company, TARGET, "A", is_new=False, yields=False)  # as ``cloud join`` of another process does
    for _tick in range(3):
        sync.look()
    qtbot.waitUntil(lambda: running() == [0])
    # Again, with another key: the engine may be waiting for that.
    cloud._remember(company, TARGET, "A", is_new=False, yields=False)
    sync.look()
    sync.look()
    qtbot.waitUntil(lambda: running() == [1])
    cloud.leave(company)
    sync.look()
    qtbot.waitUntil(lambda: running() == [])
    sync.stop()
    assert len(engines) == 2
