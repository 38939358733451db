"""The open company as the pages see it: its use cases, its changes as Qt signals, and work beside the window.

context = CompanyContext(company, workspace, settings=store)
context.changes.connect(window.publish_changes)     # (kind, ids), always in the Qt thread
job = BackgroundJob(self)                            # newest request wins
job.done.connect(self._show_counts)
job.request(lambda: invoices.counts(context.company))
"""

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal

from facturepro.i18n import N_, _
from facturepro.services.company import OpenCompany
from facturepro.ui.widgets.task import LongTask, TaskControl

if TYPE_CHECKING:
    from facturepro.ui.shell.ports import SyncState

LOCAL_NOTE = ("monitor", N_("Sur cet ordinateur"), "text_2")


class Exchange(Protocol):
    """What exchanges with the cloud beside the window. Signal ``state_changed(SyncState)``, in the Qt thread.

    ``sync_now`` tries at once; ``pause`` holds until ``resume``, also over a restart; ``restart`` after joining or
    leaving. All return at once.
    """

    state: "SyncState"
    state_changed: Any

    def sync_now(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def restart(self) -> None: ...

    def stop(self) -> None: ...


class MemorySettings:
    """Remembered values for as long as the program runs; pictures and tests."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value


class CompanyContext(QObject):
    """What every page gets beside the shell.

    Attributes:
        company: the open company, first argument of every use case.
        workspace: the folder of all companies, or None.
        settings: remembered values of the window (``get``, ``set``).
        undo: the undo history of the program (``undo_stamp`` for toasts), or None.
        sync: the exchange with the cloud, or None (pictures, tests).
        restore_backup: (path) -> closes the company, brings the backup back and opens it; None without a window.
        sync_note: (kind, id) -> (icon, words, colour token), the state of one record in the cloud.

    Signals: ``changes(kind, ids)`` in the Qt thread after a commit by this window, the cloud or another program;
    several commits of one moment come as one signal per kind.
    """

    changes = Signal(str, list)
    _arrived = Signal()

    def __init__(
        self,
        company: OpenCompany,
        workspace: Any = None,
        settings: Any = None,
        undo: Any = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.company = company
        self.workspace = workspace
        self.settings = settings if settings is not None else MemorySettings()
        self.undo = undo
        self.sync: Exchange | None = None
        self.restore_backup: Callable[[Path], None] | None = None
        self.sync_note: Callable[[str, str], tuple[str, str, str]] = lambda _kind, _id: (
            LOCAL_NOTE[0],
            _(LOCAL_NOTE[1]),
            LOCAL_NOTE[2],
        )
        self._lock = threading.Lock()
        self._waiting: dict[str, set[str]] = {}
        self._folder: Path | None = None
        self._arrived.connect(self._publish, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = company.bus.subscribe(self._collect)

    def _collect(self, changes: Any) -> None:
        """On the thread that committed."""
        with self._lock:
            is_first = not self._waiting
            for kind, ids in changes.records.items():
                self._waiting.setdefault(kind, set()).update(ids)
            wake = is_first and bool(self._waiting)
        if wake:
            self._arrived.emit()

    def _publish(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for kind, ids in waiting.items():
            self.changes.emit(kind, sorted(ids))

    def undo_transaction(self, stamp: str) -> None:
        """Take one transaction back: the button of a toast. Raises UserError when that is not possible any more."""
        if self.undo is None:
            from facturepro.services.undoing import UndoHistory

            self.undo = UndoHistory(self.company)
        self.undo.undo_stamp(stamp)

    def temporary_folder(self) -> Path:
        """A folder for copies that other programs open; gone when the company is closed."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="facturepro-"))
        return self._folder

    def close(self) -> None:
        """Stop listening and remove temporary copies; the company itself belongs to whoever opened it."""
        self._unsubscribe()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)  # a viewer may still hold a copy open
            self._folder = None


class BackgroundJob(QObject):
    """Queries that take longer than a frame: one at a time in a worker, and only the newest request counts.

    Signals, in the Qt thread: ``done(object)`` with the answer of the newest request, ``failed(object)``.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task: LongTask | None = None
        self._next: Callable[[], Any] | None = None

    def is_busy(self) -> bool:
        return self._task is not None

    def request(self, work: Callable[[], Any]) -> None:
        """Run ``work`` (it must not touch a widget); drops the answer of what was asked before."""
        if self._task is not None:
            self._next = work
            return
        self._start(work)

    def _start(self, work: Callable[[], Any]) -> None:
        def run(_control: TaskControl) -> Any:
            return work()

        self._task = LongTask(run)
        self._task.finished.connect(self._finished)
        self._task.failed.connect(self._failed)
        self._task.cancelled.connect(self._take_next)
        self._task.start()

    def _take_next(self) -> bool:
        """Whether a newer request replaced the one that ended."""
        self._task = None
        work, self._next = self._next, None
        if work is None:
            return False
        self._start(work)
        return True

    def _finished(self, answer: object) -> None:
        if not self._take_next():
            self.done.emit(answer)

    def _failed(self, error: object) -> None:
        if not self._take_next():
            self.failed.emit(error)


def changed_ids(wanted: Sequence[str], ids: Sequence[str]) -> bool:
    """Whether an event about ``ids`` concerns any of ``wanted``; no ids at all means everything may have changed."""
    return not ids or bool(set(wanted) & set(ids))
