"""What a seal is made of: the fingerprint that ties the content of a document, or a payment, to the one before it."""

import hashlib
from decimal import Decimal

from facturepro.domain.money import plain


def text_hash(text: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def document_seal(previous: str, snapshot: str, logo_id: str) -> str:
    """SHA-256 (hex) over the previous link, the canonical content and the logo's id."""
    return text_hash(f"{previous}\n{snapshot}\n{logo_id}")


def payment_seal(previous: str, amount: Decimal, method: str, paid_on: str, note: str, reverses_id: str) -> str:
    """SHA-256 (hex) over the previous link and what the payment says; ``paid_on`` is ISO. The invoice is named by what it
    is for, not by its id, which moves when a draft was issued twice."""
    return text_hash("\n".join((previous, plain(amount, 2), method, paid_on, note, reverses_id)))
