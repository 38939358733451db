"""What the preview shows: the draft as it stands on screen, or the kept paper of an issued invoice."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer

from facturepro.services import document_store, invoice_content
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor.preview import PreviewPane

DELAY = 250  # ms of quiet before the paper is made again


class PaperSource:
    def __init__(self, context: CompanyContext, pane: PreviewPane, invoice: Callable[[], dict[str, Any]]) -> None:
        self._company, self._pane, self._invoice = context.company, pane, invoice
        self._timer = QTimer(pane, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.refresh)

    def refresh_soon(self) -> None:
        self._timer.start()

    def refresh(self) -> None:
        """Make the paper again, in a worker; nothing while the pane is hidden."""
        if self._pane.isHidden():
            return
        company, invoice = self._company, self._invoice()

        def make() -> bytes:
            if invoice["number"] is not None:
                return document_store.pdf(company, invoice["id"])
            missing = document_store.missing_fields(company, invoice)
            return document_store.render_draft(invoice_content.draft_content(company, invoice, missing))

        self._pane.show_pdf(make)
