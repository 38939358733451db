"""The paper of an invoice out of the program: opened in a viewer, saved where one likes, printed, many at once."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from facturepro.i18n import _, ngettext
from facturepro.services import document_store, records
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell
from facturepro.ui.widgets.task import TaskCancelled, TaskControl

_PRINT_DPI = 300


def file_name(invoice: dict[str, Any]) -> str:
    """``FA-2026-A0112.pdf``; a draft is named after its client."""
    stem = invoice["number"] or _("Brouillon {client}").format(client=invoice["client_name"] or "").strip()
    return re.sub(r'[\\/:*?"<>|]+', "-", stem) + ".pdf"


def documents_folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


class Paper:
    """What a page does with the PDF of invoices; rendering and files stay in a worker thread."""

    def __init__(self, shell: Shell, context: CompanyContext, parent: QWidget) -> None:
        self._shell, self._context, self._parent = shell, context, parent

    def _invoice(self, invoice_id: str) -> dict[str, Any]:
        return records.get(self._context.company, "invoice", invoice_id)

    def open(self, invoice_id: str) -> None:
        """Show a copy in the system's viewer."""
        target = self._context.temporary_folder() / file_name(self._invoice(invoice_id))
        company = self._context.company

        def write(_task: TaskControl) -> Path:
            document_store.save_pdf(company, invoice_id, target)
            return target

        def show(path: Path) -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

        self._shell.run_task(_("Préparation du PDF"), write, on_done=show, icon="action.pdf")

    def save(self, invoice_id: str) -> None:
        """Ask where, then write."""
        suggested = str(Path(documents_folder()) / file_name(self._invoice(invoice_id)))
        chosen, _kind = QFileDialog.getSaveFileName(
            self._parent, _("Enregistrer le PDF"), suggested, _("Documents PDF (*.pdf)")
        )
        if chosen:
            self.save_to(invoice_id, Path(chosen))

    def save_to(self, invoice_id: str, target: Path) -> None:
        company = self._context.company
        self._shell.run_task(
            _("Enregistrement du PDF"),
            lambda _task: document_store.save_pdf(company, invoice_id, target),
            on_done=lambda _nothing: self._shell.toast(
                _("{name} enregistré").format(name=target.name),
                _("Ouvrir le dossier"),
                lambda: open_folder(target.parent),
                "action.pdf",
            ),
            icon="action.pdf",
        )

    def print(self, invoice_id: str) -> None:
        """Make the paper, then ask for the printer."""
        company = self._context.company
        self._shell.run_task(
            _("Préparation de l’impression"),
            lambda _task: document_store.pdf(company, invoice_id),
            on_done=self._ask_printer,
            icon="action.print",
        )

    def _ask_printer(self, data: bytes) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: print_pages(data, printer))
        dialog.open()

    def export(self, collect: Callable[[], Sequence[str]], count: int) -> None:
        """Ask for a folder, then write one file per invoice."""
        folder = QFileDialog.getExistingDirectory(self._parent, _("Dossier des PDF"), documents_folder())
        if folder:
            self.export_to(collect, count, Path(folder))

    def export_to(self, collect: Callable[[], Sequence[str]], count: int, folder: Path) -> None:
        company = self._context.company

        def work(task: TaskControl) -> int:
            return _write_all(company, collect(), folder, task)

        def tell(made: int) -> None:
            words = ngettext("{count} PDF enregistré", "{count} PDF enregistrés", made).format(count=made)
            self._shell.toast(words, _("Ouvrir le dossier"), lambda: open_folder(folder), "action.pdf")

        self._shell.run_task(
            ngettext("{count} facture en PDF", "{count} factures en PDF", count).format(count=count),
            work,
            on_done=tell,
            icon="action.pdf",
            cancel_note=_("Annuler retire les fichiers déjà faits."),
            total=count,
        )


def _write_all(company: Any, ids: Sequence[str], folder: Path, task: TaskControl) -> int:
    """Nothing stays of an export that was cancelled or failed. A file of the same name is never overwritten."""
    made: list[Path] = []
    try:
        for index, invoice_id in enumerate(ids):
            task.check()
            target = _free(folder / file_name(records.get(company, "invoice", invoice_id)))
            document_store.save_pdf(company, invoice_id, target)
            made.append(target)
            task.report(index + 1, len(ids))
    except (TaskCancelled, Exception):
        for path in made:
            path.unlink(missing_ok=True)
        raise
    return len(made)


def _free(path: Path) -> Path:
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return found


def open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def print_pages(data: bytes, printer: Any) -> int:
    """Draw each page of a PDF on a printer; answers how many."""
    from PySide6.QtPdf import QPdfDocument

    source = QBuffer()
    source.setData(QByteArray(data))
    source.open(QIODevice.OpenModeFlag.ReadOnly)
    document = QPdfDocument(None)
    document.load(source)
    painter = QPainter(printer)
    for page in range(document.pageCount()):
        if page:
            printer.newPage()
        points = document.pagePointSize(page)
        scale = _PRINT_DPI / 72
        image = document.render(page, QSize(round(points.width() * scale), round(points.height() * scale)))
        area = QRectF(printer.paperRect(printer.Unit.DevicePixel))
        inside = printer.pageRect(printer.Unit.DevicePixel)
        painter.drawImage(area.translated(-inside.topLeft()), image)
    painter.end()
    return int(document.pageCount())
