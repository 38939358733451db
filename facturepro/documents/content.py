"""All that the paper of a document shows, as plain values.

An issued record keeps ``InvoiceContent.to_json()`` as its snapshot: any computer can draw the same paper from it, years
later, without looking at clients or products. The JSON is canonical (sorted keys, no spaces, decimals as plain
strings without trailing zeros), so that equal contents have equal bytes and one hash. Nothing is computed here:
totals arrive from ``domain.totals``.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from facturepro.documents import canonical

Kind = Literal[
    "invoice",
    "deposit_invoice",
    "credit_note",
    "pro_forma",
    "quote",
    "order",
    "delivery_note",
    "purchase_order",
]
Layout = Literal["sobre", "moderne", "dense"]
OperationNature = Literal["goods", "services", "mixed"]

KINDS = ("invoice", "deposit_invoice", "credit_note", "pro_forma", "quote", "order", "delivery_note", "purchase_order")
LAYOUTS = ("sobre", "moderne", "dense")
LAYOUT_VERSION = 1
# Those that claim money under a legal number. The others have neither QR code nor e-invoice.
BILLING_KINDS = ("invoice", "deposit_invoice", "credit_note")

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier that is shown as it is: ICE, IF, RC, patente ..."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    country: str = "FR"  # ISO 3166-1 alpha-2
    legal_form: str = ""
    capital: str = ""  # as it is read: "20 000 €"
    activity: str = ""  # one line under the name
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    rcs: str = ""  # "Lille Métropole 123 456 782"
    email: str = ""
    phone: str = ""
    electronic_address: str = ""  # BT-34 / BT-49; empty: the SIREN
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document: the order of a delivery, the invoice that a credit note corrects."""

    kind: Kind
    number: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ContentLine:
    """``unit_price`` and ``net`` without tax, ``discount`` and ``vat_rate`` in percent.

    The first line of ``description`` names the product, the following ones are details. ``exemption_code`` (VATEX)
    ties a line at 0 % to its row of ``ContentTotals.vat_rows``.
    """

    id: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    vat_rate: Decimal
    net: Decimal
    sku: str = ""
    unit: str = ""
    discount: Decimal = Decimal(0)
    exemption_code: str = ""


@dataclass(frozen=True, slots=True)
class ContentVat:
    rate: Decimal
    base: Decimal
    amount: Decimal
    exemption: str = ""  # "TVA non applicable, art. 293 B du CGI"
    exemption_code: str = ""  # "VATEX-FR-FRANCHISE"


@dataclass(frozen=True, slots=True)
class ContentTotals:
    """``gross`` includes tax; ``due`` is ``gross`` less ``paid`` (deposits and payments already received)."""

    gross_before_discount: Decimal
    discount: Decimal
    net: Decimal
    vat_rows: tuple[ContentVat, ...]
    vat: Decimal
    gross: Decimal
    paid: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """The three legal sentences are apart because the e-invoice codes them (AAB, PMD, PMT)."""

    iban: str = ""
    bic: str = ""
    text: tuple[str, ...] = ()
    early_discount: str = ""
    late_penalty: str = ""
    recovery_indemnity: str = ""

    def sentences(self) -> tuple[str, ...]:
        legal = (self.early_discount, self.late_penalty, self.recovery_indemnity)
        return tuple(sentence for sentence in (*self.text, *legal) if sentence)


@dataclass(frozen=True, slots=True)
class InvoiceContent:
    """``missing`` holds dotted names of what is still to fill, such as ``client.siren``, ``seller.siren``,
    ``client.vat_number``, ``client.address``, ``delivered_on``, ``due_on``, ``payment.iban``; any other text is
    shown as it is. A content without ``number`` is a draft.
    """

    kind: Kind
    number: str | None
    currency: str
    seller: Party
    client: Party
    lines: tuple[ContentLine, ...]
    totals: ContentTotals
    issued_on: date | None = None
    due_on: date | None = None
    delivered_on: date | None = None
    delivery_address: tuple[str, ...] | None = None
    payment: PaymentTerms = PaymentTerms()
    mentions: tuple[str, ...] = ()
    operation_nature: OperationNature = "goods"
    our_references: tuple[Reference, ...] = ()
    your_reference: str = ""
    corrects: Reference | None = None
    notes: str = ""
    vat_on_debits: bool = False
    layout: Layout = "sobre"
    layout_version: int = LAYOUT_VERSION
    accent: str = "#3350c4"
    logo: bytes | None = None  # PNG or JPEG
    language: str = "fr"
    fingerprint: str | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of document {self.kind!r}")
        if self.layout not in LAYOUTS:
            raise ValueError(f"unknown layout {self.layout!r}")
        if not _ACCENT.fullmatch(self.accent):
            raise ValueError(f"accent is not #rrggbb: {self.accent!r}")
        if self.number is not None and self.issued_on is None:
            raise ValueError("a numbered document needs its date of issue")

    @property
    def is_draft(self) -> bool:
        return self.number is None

    def to_json(self) -> str:
        """Canonical JSON: the same text for equal contents, on every computer."""
        return json.dumps(canonical.pack(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "InvoiceContent":
        """Read a snapshot.

        Raises:
            ValueError: not such a snapshot, or written by a later version (unknown field).
        """
        return canonical.unpack(cls, json.loads(text))

    def digest(self) -> str:
        """SHA-256 (hex) of the content without its own fingerprint."""
        return hashlib.sha256(replace(self, fingerprint=None).to_json().encode()).hexdigest()

    def sealed(self) -> "InvoiceContent":
        """The same content carrying its digest as the fingerprint that the footer prints."""
        return replace(self, fingerprint=self.digest())
