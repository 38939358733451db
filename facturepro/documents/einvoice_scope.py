"""Which documents become an e-invoice (Factur-X, EN 16931)."""

from facturepro.documents.content import BILLING_KINDS, InvoiceContent


def applies_to(content: InvoiceContent) -> bool:
    """Issued invoices and credit notes in euros of a French seller with its SIREN; else the PDF/A has no XML inside."""
    seller = content.seller
    return (
        content.kind in BILLING_KINDS
        and content.number is not None
        and content.currency == "EUR"
        and seller.country == "FR"
        and bool(seller.siren)
        and bool(content.lines)
    )
