"""The kept papers: the bytes made at issue, under their SHA-256, beside the database."""

import hashlib
import os
from pathlib import Path
from typing import Any

from facturepro.db import documents as document_rows
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.documents.content import InvoiceContent
from facturepro.domain.errors import UserError
from facturepro.services import invoice_content, invoices
from facturepro.services.company import OpenCompany


def warm_up() -> None:
    """Import the PDF library (0.3 s) ahead of a transaction or of the first preview."""
    import facturepro.documents.pdfa  # noqa: F401


def render_draft(content: InvoiceContent) -> bytes:
    """PDF of a draft, for the preview."""
    from facturepro.documents.invoice_pdf import render_invoice

    return render_invoice(content)


def render_issued(content: InvoiceContent, is_duplicate: bool = False) -> bytes:
    """The PDF/A-3 of an issued content; the same bytes for the same content."""
    from facturepro.documents.pdfa import render_issued as render

    return render(content, is_duplicate)


def keep(company: OpenCompany, work: UnitOfWork, record_id: str, content: InvoiceContent) -> None:
    """Render and write the paper within the transaction that issues it.

    Raises:
        UserError: full disk or unwritable folder; the transaction must be given up.
    """
    data = render_issued(content)
    digest = hashlib.sha256(data).hexdigest()
    write_file(path_of(company, digest), data)
    document_rows.remember(work.session, record_id, digest, len(data), work.now)


def path_of(company: OpenCompany, digest: str) -> Path:
    return company.documents_dir / digest[:2] / f"{digest}.pdf"


def write_file(path: Path, data: bytes) -> None:
    """Complete on disk or absent. Raises UserError ``disk_full`` or ``file_unwritable``."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno == 28:
            raise UserError("disk_full") from error
        raise UserError("file_unwritable", path=str(path), reason=error.strerror or str(error)) from error


def pdf(company: OpenCompany, invoice_id: str) -> bytes:
    """The paper of an invoice: the kept bytes when it is issued (byte-identical each time), a preview for a draft.

    On a computer that did not issue it, the paper is rendered from the frozen content and kept under its own hash.
    """
    invoice = invoices.show(company, invoice_id)
    if invoice["number"] is None:
        return render_draft(invoice_content.draft_content(company, invoice, missing_fields(company, invoice)))
    with company.db.read() as session:
        digest = document_rows.digest_of(session, invoice_id)
    if digest is not None:
        path = path_of(company, digest)
        if path.exists():
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() == digest:
                return data
    return _restore(company, invoice, digest)


def _restore(company: OpenCompany, invoice: dict[str, Any], digest: str | None) -> bytes:
    """Render from the frozen content. When other bytes come out than were kept, the paper says "duplicata"."""
    content = invoice_content.issued_content(company, invoice)
    data = render_issued(content)
    made = hashlib.sha256(data).hexdigest()
    if digest is not None and made != digest:
        return render_issued(content, is_duplicate=True)
    write_file(path_of(company, made), data)
    if digest is None:
        with company.db.write() as work:
            document_rows.remember(work.session, invoice["id"], made, len(data), work.now)
            work.touch()
    return data


def missing_fields(company: OpenCompany, invoice: dict[str, Any]) -> tuple[str, ...]:
    from facturepro.services.issuing import missing_mentions  # issuing keeps papers through this module

    return tuple(
        mention.field
        for mention in missing_mentions(company, invoice)
        if "." in mention.field or mention.field.endswith("_on")
    )


def xml(company: OpenCompany, invoice_id: str) -> bytes:
    """The e-invoice (CII, EN 16931) of an issued invoice. Raises UserError for a draft."""
    from facturepro.documents.einvoice import factur_x_xml
    from facturepro.documents.einvoice_scope import applies_to

    invoice = invoices.show(company, invoice_id)
    if invoice["number"] is None:
        raise UserError("invoice_not_issued")
    content = invoice_content.issued_content(company, invoice)
    if not applies_to(content):
        raise UserError("einvoice_not_possible")
    return factur_x_xml(content)


def save_pdf(company: OpenCompany, invoice_id: str, target: Path) -> None:
    """Write the paper where a person wants it. Raises UserError when that cannot be."""
    write_file(target, pdf(company, invoice_id))
