"""Long work beside the window: a function in a worker thread that says how far it is and can be cancelled.

    def export(task: TaskControl) -> int:
        for index, invoice in enumerate(invoices):
            task.check()                       # raises TaskCancelled: undo what is half done, then let it through
            task.report(index, len(invoices))
        return len(invoices)

    task = LongTask(export)
    task.finished.connect(...)   # in the Qt thread
    task.start()

The function must not touch a widget. Its answer, its error and its progress arrive as signals in the Qt thread.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal
from shiboken6 import isValid

from facturepro.domain.errors import UserError

_INTERVAL = 50  # ms between two looks at the progress
_log = logging.getLogger("facturepro.task")
_running: "set[LongTask]" = set()


class TaskCancelled(Exception):  # noqa: N818 - not an error
    """Raised inside the function by ``TaskControl.check`` after a cancel."""


class TaskControl:
    """What the function of a long task is given: it reports through it and asks whether to go on."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self.latest = (0, 0, "")  # one tuple, replaced as a whole: safe to read from the other thread

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def check(self) -> None:
        """Raises:
        TaskCancelled: the person cancelled.
        """
        if self._cancelled.is_set():
            raise TaskCancelled

    def report(self, done: int, total: int = 0, text: str = "") -> None:
        """Say how far it is; as often as you like, the Qt thread looks 20 times a second."""
        self.latest = (done, total, text)


class _Runnable(QRunnable):
    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__()
        self._run = run

    def run(self) -> None:
        self._run()


class LongTask(QObject):
    """Signals, all in the thread that made the task: ``progressed(done, total, text)``, then exactly one of
    ``finished(result)``, ``failed(exception)``, ``cancelled()`` (also when it failed with a ``UserError`` after a cancel), and
    last ``ended()``."""

    progressed = Signal(int, int, str)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()
    _settled = Signal(str, object)  # emitted by the worker; its slot runs in the Qt thread

    def __init__(self, function: Callable[[TaskControl], Any], pool: QThreadPool | None = None) -> None:
        super().__init__()
        self._function = function
        self._pool = pool or QThreadPool.globalInstance()
        self._control = TaskControl()
        self._told = self._control.latest
        self._clock = QTimer(self, interval=_INTERVAL)
        self._clock.timeout.connect(self._look)
        self._settled.connect(self._settle)

    def start(self) -> None:
        _running.add(self)  # the pool must not outlive the Python object
        self._clock.start()
        self._pool.start(_Runnable(self._work))

    def cancel(self) -> None:
        """Ask it to stop; it does at its next ``check``."""
        self._control.cancel()

    @property
    def is_cancelled(self) -> bool:
        return self._control.is_cancelled

    def _work(self) -> None:
        how, value = "finished", None
        try:
            value = self._function(self._control)
        except TaskCancelled:
            how = "cancelled"
        except UserError as error:  # what kept work from being done that nobody wants any more is no news
            how, value = ("cancelled", None) if self.is_cancelled else ("failed", error)
        except BaseException as error:  # noqa: BLE001 - handed to the Qt thread, which shows or reports it
            how, value = "failed", error
        if isValid(self):
            self._settled.emit(how, value)
        else:
            _log.warning("a long task %s after the end of the program", how)

    def _look(self) -> None:
        latest = self._control.latest
        if latest != self._told:
            self._told = latest
            self.progressed.emit(*latest)

    def _settle(self, how: str, value: object) -> None:
        _running.discard(self)
        self._clock.stop()
        self._look()
        if how == "cancelled":
            self.cancelled.emit()
        elif how == "failed":
            self.failed.emit(value)
        else:
            self.finished.emit(value)
        self.ended.emit()


def cancel_all(timeout_ms: int = 5000) -> bool:
    """Cancel every running task and wait for the pool; for the end of the program. False when one did not stop."""
    for task in list(_running):
        task.cancel()
    stopped = QThreadPool.globalInstance().waitForDone(timeout_ms)
    if not stopped:
        _log.warning("a long task did not stop within %s ms", timeout_ms)
    return stopped
