"""The QR code that a bank app reads (EPC069-12, "SEPA credit transfer"), as rectangles."""

from dataclasses import dataclass
from decimal import Decimal

from facturepro.documents.content import InvoiceContent

MAXIMUM = Decimal("999999999.99")
NAME_LENGTH = 70
TEXT_LENGTH = 140


@dataclass(frozen=True, slots=True)
class QrCode:
    size: int
    runs: tuple[tuple[int, int, int], ...]  # column, row, length


def epc_payload(content: InvoiceContent) -> str | None:
    """What the code says; nothing when there is no transfer to prepare (currency, IBAN, number or debt missing)."""
    payment = content.payment
    due = content.totals.due
    billing = content.kind in ("invoice", "deposit_invoice")
    if not (billing and content.currency == "EUR" and payment.iban and content.number):
        return None
    if not Decimal("0.01") <= due <= MAXIMUM:
        return None
    name = content.seller.name[:NAME_LENGTH]
    iban = payment.iban.replace(" ", "")
    bic = payment.bic.replace(" ", "")
    # Version 002: the BIC may be absent. UTF-8, no purpose, no structured reference, the number as free text.
    fields = ("BCD", "002", "1", "SCT", bic, name, iban, f"EUR{due:.2f}", "", "", content.number[:TEXT_LENGTH])
    return "\n".join(fields)


def qr_code(payload: str) -> QrCode:
    import segno  # only when a code is drawn

    code = segno.make_qr(payload, error="m", encoding="utf-8", boost_error=False)
    runs: list[tuple[int, int, int]] = []
    matrix = tuple(code.matrix)
    for row, modules in enumerate(matrix):
        start = None
        for column, dark in enumerate([*modules, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                runs.append((start, row, column - start))
                start = None
    return QrCode(len(matrix), tuple(runs))
