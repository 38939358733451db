"""The invoice editor (mock-up 03)."""

from facturepro.ui.pages.invoice_editor.page import InvoiceEditorPage, spec

__all__ = ["InvoiceEditorPage", "spec"]
