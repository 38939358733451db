"""The draft behind the editor: saved as one types, in a worker, one save at a time and the newest state last."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from facturepro.domain.errors import UserError
from facturepro.services import invoices
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor.lines_model import Line

DELAY = 600  # ms of quiet before a save
Collect = Callable[[], tuple[Mapping[str, Any], Sequence[Line]]]


class DraftSession(QObject):
    """Signals: ``saved(object)`` with the invoice as ``invoices.show`` answers it, ``failed(object)`` with the error.

    ``collect`` answers the header by column name and the lines to save. A draft that says nothing is never made.
    """

    saved = Signal(object)
    failed = Signal(object)
    _arrived = Signal()

    def __init__(self, context: CompanyContext, collect: Collect, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._collect = context, collect
        self.invoice_id: str | None = None
        self._is_dirty = False
        self._future: Future[dict[str, Any]] | None = None
        self._sent: Sequence[Line] = ()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="draft")
        worker = self._worker
        self.destroyed.connect(lambda: worker.shutdown(wait=False))
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self._start)
        self._arrived.connect(self._take_if_done, Qt.ConnectionType.QueuedConnection)

    def open(self, invoice_id: str | None) -> None:
        """Another draft, or a new one; what was being typed must have been flushed."""
        self._timer.stop()
        self.invoice_id, self._is_dirty = invoice_id, False

    def touch(self) -> None:
        """Something was typed."""
        self._is_dirty = True
        self._timer.start()

    def is_pending(self) -> bool:
        """Something typed is not on disk yet."""
        return self._is_dirty or self._future is not None

    def _start(self) -> None:
        if not self._is_dirty:
            return
        if self._future is not None:  # the save under way tells when it ends
            return
        header, lines = self._collect()
        if self.invoice_id is None and not lines and not any(header.values()):
            self._is_dirty = False
            return
        self._is_dirty = False
        self._sent = list(lines)
        values = {**header, "lines": [line.values() for line in lines]}
        self._future = self._worker.submit(self._save, self.invoice_id, values)
        self._future.add_done_callback(lambda _future: self._arrived.emit())

    def _save(self, invoice_id: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
        company = self._context.company
        return invoices.save(company, invoice_id, values) if invoice_id else invoices.create(company, values)

    def _take_if_done(self) -> None:
        if self._future is not None and self._future.done():
            self._take()
            if self._is_dirty:
                self._timer.start()

    def _take(self) -> bool:
        """Receive the answer of the save under way, waiting for it when need be."""
        future, self._future = self._future, None
        if future is None:
            return True
        try:
            invoice = future.result()
        except UserError as error:
            self._is_dirty = True
            self.failed.emit(error)
            return False
        self.invoice_id = invoice["id"]
        for line, row in zip(self._sent, invoice["lines"], strict=True):
            line.id = row["id"]
        self.saved.emit(invoice)
        return True

    def flush(self) -> bool:
        """Save now; false when something could not be saved (``failed`` has said why)."""
        self._timer.stop()
        self._take()
        if not self._is_dirty:
            return True
        self._start()
        return self._take()
