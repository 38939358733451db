"""The window goes on with the cloud that another process joined, within the half second at which it looks at the file."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from facturepro.app.window_sync import WindowSync
from facturepro.services import cloud
from facturepro.services.company import OpenCompany
from facturepro.sync.status import DISABLED, UP_TO_DATE, SyncState

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


def test_nobody_waits_for_the_end_of_the_former_exchange_but_who_closes_the_file(
    company: OpenCompany, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud that says nothing held the window up for five seconds each time."""
    may_end, told = threading.Event(), list[str]()

    class Engine:
        remote = SimpleNamespace(close=lambda: None)

        def __init__(self, _company: OpenCompany, on_state: Any) -> None:
            self.on_state = on_state

        def start(self) -> None:
            self.on_state(SyncState(UP_TO_DATE))

        def stop(self) -> None:
            assert may_end.wait(20)
            self.on_state(SyncState(DISABLED))
            told.append("ended")

    monkeypatch.setattr(cloud, "make_engine", Engine)
    cloud._remember(company, TARGET, "A", is_new=False, yields=False)
    sync = WindowSync(company)
    shown: list[str] = []
    sync.state_changed.connect(lambda state: shown.append(state.kind))
    sync.start()
    qtbot.waitUntil(lambda: shown == ["connecting", "synced"])
    sync.restart()
    assert told == [] and shown[-1] == "connecting"
    may_end.set()
    qtbot.waitUntil(lambda: shown[-1] == "synced")
    assert told == ["ended"] and "local" not in shown
    sync.stop()
    assert told == ["ended"] * 2


def test_the_file_is_closed_after_the_former_exchange_has_ended(
    company: OpenCompany, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end, told = threading.Event(), list[str]()
    former = SimpleNamespace(
        remote=SimpleNamespace(close=lambda: None), stop=lambda: told.append(str(may_end.wait(20)))
    )
    sync = WindowSync(company)
    sync._engine = former
    sync.restart()
    threading.Timer(0.05, may_end.set).start()
    sync.stop()
    assert told == ["True"]
