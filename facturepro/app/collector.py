"""Collects cyclic garbage in the Qt thread only, between two events.

While Qt destroys a tree of widgets, Shiboken waits for Python's lock in the midst of it, and a wrapper of the tree still
names children that are gone already. A collection that another thread's allocations set off just then (the exchange with
the cloud, a background job) follows that name into freed memory: the program ended without a word (6.12, seen after the
first start had joined a company; with ``PYTHONMALLOC=debug`` every time).
"""

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


def collect_due() -> None:
    """What the automatic collection would do now, in the thread that calls."""
    due = [
        each
        for each, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if count > most > 0
    ]
    if due:
        gc.collect(due[-1])


class QtThreadCollector(QObject):
    """Takes the place of the automatic collection until ``stop``; the thresholds of ``gc`` still say what is due."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._clock = QTimer(self, interval=INTERVAL_MS)
        self._clock.timeout.connect(collect_due)
        self._clock.start()
        gc.disable()

    def stop(self) -> None:
        self._clock.stop()
        if self._was_enabled:
            gc.enable()
