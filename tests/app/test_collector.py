"""Garbage is collected by the Qt thread alone: another one would follow widgets that are being destroyed."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from facturepro.app import warming
from facturepro.app.collector import QtThreadCollector, collect_due


class Knot:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[QtThreadCollector]:
    gc.enable()
    made = QtThreadCollector()
    yield made
    made.stop()
    assert gc.isenabled()
    gc.unfreeze()


def test_no_other_thread_collects_and_garbage_goes_all_the_same(collector: QtThreadCollector, qtbot: QtBot) -> None:
    collected: list[threading.Thread] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            collected.append(threading.current_thread())

    gc.callbacks.append(note)
    try:
        with warming.quiet_collector():
            pass  # ends as it began
        worker = threading.Thread(target=lambda: [Knot() for _each in range(5_000)])
        worker.start()
        worker.join()
        assert collected == []
        lost = weakref.ref(Knot())
        [Knot() for _each in range(1_000)]
        collect_due()
    finally:
        gc.callbacks.remove(note)
    assert set(collected) == {threading.current_thread()}
    assert lost() is None
