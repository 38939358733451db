"""The e-invoice of an issued document: UN/CEFACT CII, profile EN 16931, with what the French rules (BR-FR) want.

Every amount is the content's own; nothing is summed here. BT numbers are those of EN 16931-1. Which documents have an
e-invoice at all is said in ``einvoice_scope``.
"""

import re
from datetime import date
from decimal import Decimal

from lxml import etree

from facturepro.documents.cii import CiiElement, document, money
from facturepro.documents.content import ContentLine, ContentVat, InvoiceContent, Party, Reference
from facturepro.documents.einvoice_scope import applies_to
from facturepro.documents.unit_codes import unit_code
from facturepro.documents.wording import Wording
from facturepro.domain.money import plain, round_half_up
from facturepro.i18n import N_

GUIDELINE = "urn:cen.eu:en16931:2017"
TYPE_CODES = {"invoice": "380", "credit_note": "381", "deposit_invoice": "386"}
_PROCESS = {"goods": "B", "services": "S", "mixed": "M"}
SIREN_SCHEME, SIRET_SCHEME, FRENCH_ADDRESS_SCHEME = "0002", "0009", "0225"
_CATEGORY_OF_EXEMPTION = {"VATEX-EU-AE": "AE", "VATEX-EU-IC": "K", "VATEX-EU-G": "G", "VATEX-EU-O": "O"}
_POSTCODE_AND_CITY = re.compile(r"(?P<postcode>[A-Z]{0,2}-?\d{4,5})\s+(?P<city>.+)")


def factur_x_xml(content: InvoiceContent) -> bytes:
    """``factur-x.xml`` of an issued invoice or credit note.

    Raises:
        ValueError: the document has no e-invoice (``einvoice_scope.applies_to``).
    """
    if not applies_to(content):
        raise ValueError(f"no e-invoice for {content.kind} {content.number}")
    root = document()
    _context(root.add("rsm:ExchangedDocumentContext"), content)
    _heading(root.add("rsm:ExchangedDocument"), content)
    transaction = root.add("rsm:SupplyChainTradeTransaction")
    for index, line in enumerate(content.lines, start=1):
        _line(transaction.add("ram:IncludedSupplyChainTradeLineItem"), index, line)
    _agreement(transaction.add("ram:ApplicableHeaderTradeAgreement"), content)
    _delivery(transaction.add("ram:ApplicableHeaderTradeDelivery"), content)
    _settlement(transaction.add("ram:ApplicableHeaderTradeSettlement"), content)
    return bytes(etree.tostring(root.node, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def process_code(content: InvoiceContent) -> str:
    """BT-23: goods, services or both; 2 when everything is already paid, else 1."""
    is_paid = content.kind == "invoice" and content.totals.paid > 0 and content.totals.due == 0
    return f"{_PROCESS[content.operation_nature]}{2 if is_paid else 1}"


def category_code(rate: Decimal, exemption_code: str) -> str:
    """BT-118 / BT-151: S with a rate, else what the exemption says."""
    return "S" if rate else _CATEGORY_OF_EXEMPTION.get(exemption_code, "E")


def _context(context: CiiElement, content: InvoiceContent) -> None:
    process = context.add("ram:BusinessProcessSpecifiedDocumentContextParameter")
    process.add("ram:ID", process_code(content))
    context.add("ram:GuidelineSpecifiedDocumentContextParameter").add("ram:ID", GUIDELINE)


def _heading(heading: CiiElement, content: InvoiceContent) -> None:
    heading.add("ram:ID", content.number)
    heading.add("ram:TypeCode", TYPE_CODES[content.kind])
    heading.add_date("ram:IssueDateTime", content.issued_on)
    for code, text in _notes(content):
        note = heading.add("ram:IncludedNote")
        note.add("ram:Content", text)
        note.add("ram:SubjectCode", code)


def _notes(content: InvoiceContent) -> list[tuple[str, str]]:
    """BG-1 with its subject codes (BT-21)."""
    payment, words = content.payment, Wording.of(content)
    notes = [
        ("PMT", payment.recovery_indemnity),
        ("PMD", payment.late_penalty),
        ("AAB", payment.early_discount),
        ("BAR", _audience(content.client)),
    ]
    if content.vat_on_debits:
        notes.append(("AAI", words.text(N_("Option pour le paiement de la taxe d’après les débits."))))
    notes += [("AAI", mention) for mention in content.mentions]
    notes.append(("AAI", content.notes.strip()))
    return [(code, text.strip(" ,")) for code, text in notes if text]


def _audience(client: Party) -> str:
    if client.country != "FR":
        return "B2BINT" if client.vat_number else "B2C"
    return "B2B" if client.siren else "B2C"


def _line(item: CiiElement, index: int, line: ContentLine) -> None:
    item.add("ram:AssociatedDocumentLineDocument").add("ram:LineID", str(index))
    name, _newline, more = line.description.partition("\n")
    product = item.add("ram:SpecifiedTradeProduct")
    product.add_if("ram:SellerAssignedID", line.sku)
    product.add("ram:Name", name.strip() or line.sku or "-")
    product.add_if("ram:Description", more.strip())
    # A net price may not be negative (BR-27): the sign goes to the quantity.
    sign = -1 if line.unit_price < 0 else 1
    price = item.add("ram:SpecifiedLineTradeAgreement").add("ram:NetPriceProductTradePrice")
    price.add("ram:ChargeAmount", plain(line.unit_price * sign, 2))
    delivery = item.add("ram:SpecifiedLineTradeDelivery")
    delivery.add("ram:BilledQuantity", plain(line.quantity * sign), unitCode=unit_code(line.unit))
    settlement = item.add("ram:SpecifiedLineTradeSettlement")
    tax = settlement.add("ram:ApplicableTradeTax")
    tax.add("ram:TypeCode", "VAT")
    tax.add("ram:CategoryCode", category_code(line.vat_rate, line.exemption_code))
    tax.add("ram:RateApplicablePercent", plain(line.vat_rate, 2))
    _line_discount(settlement, line)
    total = settlement.add("ram:SpecifiedTradeSettlementLineMonetarySummation")
    total.add("ram:LineTotalAmount", money(line.net))


def _line_discount(settlement: CiiElement, line: ContentLine) -> None:
    """BG-27: what lies between quantity x price and the line's net amount."""
    gross = round_half_up(line.quantity * line.unit_price, 2)
    discount = gross - line.net
    if not discount:
        return
    allowance = settlement.add("ram:SpecifiedTradeAllowanceCharge")
    allowance.add("ram:ChargeIndicator").add("udt:Indicator", "true" if discount < 0 else "false")
    if discount > 0:
        allowance.add("ram:CalculationPercent", plain(line.discount, 2))
        allowance.add("ram:BasisAmount", money(gross))
    allowance.add("ram:ActualAmount", money(abs(discount)))
    if discount > 0:
        allowance.add("ram:ReasonCode", "95")
    allowance.add("ram:Reason", "Remise" if discount > 0 else "Correction")


def _agreement(agreement: CiiElement, content: InvoiceContent) -> None:
    seller, client = content.seller, content.client
    words = Wording.of(content)
    legal = ", ".join(part for part in (words.legal_form(seller), f"RCS {seller.rcs}" if seller.rcs else "") if part)
    _party(agreement.add("ram:SellerTradeParty"), seller, legal, is_seller=True)
    _party(agreement.add("ram:BuyerTradeParty"), client, "", is_seller=False)
    order = next((entry for entry in content.our_references if entry.kind == "order"), None)
    if order is not None:
        agreement.add("ram:SellerOrderReferencedDocument").add("ram:IssuerAssignedID", order.number)
    if content.your_reference:
        agreement.add("ram:BuyerOrderReferencedDocument").add("ram:IssuerAssignedID", content.your_reference)


def _party(node: CiiElement, party: Party, legal: str, is_seller: bool) -> None:
    if party.siret:
        node.add("ram:GlobalID", party.siret.replace(" ", ""), schemeID=SIRET_SCHEME)
    node.add("ram:Name", party.name)
    node.add_if("ram:Description", legal)
    if party.siren:
        node.add("ram:SpecifiedLegalOrganization").add("ram:ID", party.siren.replace(" ", ""), schemeID=SIREN_SCHEME)
    _address(node.add("ram:PostalTradeAddress"), party.address, party.postcode, party.city, party.country)
    address, scheme = _electronic_address(party)
    if address:
        node.add("ram:URIUniversalCommunication").add("ram:URIID", address, schemeID=scheme)
    if party.vat_number:
        node.add("ram:SpecifiedTaxRegistration").add("ram:ID", party.vat_number.replace(" ", ""), schemeID="VA")
    elif is_seller:  # BT-32: exempt sellers have no VAT number
        node.add("ram:SpecifiedTaxRegistration").add("ram:ID", party.siren.replace(" ", ""), schemeID="FC")


def _electronic_address(party: Party) -> tuple[str, str]:
    """BT-34 / BT-49 with its scheme: the French directory first, else the mail address."""
    if party.siren and party.country == "FR":
        return party.electronic_address or party.siren.replace(" ", ""), FRENCH_ADDRESS_SCHEME
    return party.electronic_address or party.email, "EM"


def _address(node: CiiElement, lines: tuple[str, ...], postcode: str, city: str, country: str) -> None:
    node.add_if("ram:PostcodeCode", postcode)
    one, two, *rest = (*lines, "", "")
    node.add_if("ram:LineOne", one)
    node.add_if("ram:LineTwo", two)
    node.add_if("ram:LineThree", ", ".join(line for line in rest if line))
    node.add_if("ram:CityName", city)
    node.add("ram:CountryID", country)


def _delivery(delivery: CiiElement, content: InvoiceContent) -> None:
    if content.delivery_address:
        name, *lines = content.delivery_address
        found = _POSTCODE_AND_CITY.fullmatch(lines[-1]) if lines else None
        postcode, city = (found["postcode"], found["city"]) if found else ("", "")
        place = delivery.add("ram:ShipToTradeParty")
        place.add("ram:Name", name)
        street = tuple(lines[:-1] if found else lines)
        _address(place.add("ram:PostalTradeAddress"), street, postcode, city, content.client.country)
    if content.delivered_on is not None:
        event = delivery.add("ram:ActualDeliverySupplyChainEvent")
        event.add_date("ram:OccurrenceDateTime", content.delivered_on)
    note = next((entry for entry in content.our_references if entry.kind == "delivery_note"), None)
    if note is not None:
        delivery.add("ram:DespatchAdviceReferencedDocument").add("ram:IssuerAssignedID", note.number)


def _settlement(settlement: CiiElement, content: InvoiceContent) -> None:
    settlement.add("ram:PaymentReference", content.number)
    settlement.add("ram:InvoiceCurrencyCode", content.currency)
    _payment_means(settlement, content)
    for row in content.totals.vat_rows:
        _vat(settlement.add("ram:ApplicableTradeTax"), row, _vat_due(content, row))
    _payment_terms(settlement, content)
    _totals(settlement.add("ram:SpecifiedTradeSettlementHeaderMonetarySummation"), content)
    if content.corrects is not None:
        _corrected(settlement, content.corrects)


def _payment_means(settlement: CiiElement, content: InvoiceContent) -> None:
    payment = content.payment
    if not payment.iban or content.kind == "credit_note":
        return
    means = settlement.add("ram:SpecifiedTradeSettlementPaymentMeans")
    means.add("ram:TypeCode", "58")  # SEPA credit transfer
    account = means.add("ram:PayeePartyCreditorFinancialAccount")
    account.add("ram:IBANID", payment.iban.replace(" ", ""))
    if payment.bic:
        means.add("ram:PayeeSpecifiedCreditorFinancialInstitution").add("ram:BICID", payment.bic.replace(" ", ""))


def _vat_due(content: InvoiceContent, row: ContentVat) -> str | None:
    """BT-8: 5 when VAT falls due with the invoice (debits), 72 with the payment (services without the option)."""
    if not row.rate:
        return None
    if content.vat_on_debits:
        return "5"
    return "72" if content.operation_nature == "services" else None


def _vat(tax: CiiElement, row: ContentVat, due_code: str | None) -> None:
    tax.add("ram:CalculatedAmount", money(row.amount))
    tax.add("ram:TypeCode", "VAT")
    tax.add_if("ram:ExemptionReason", "" if row.rate else row.exemption)
    tax.add("ram:BasisAmount", money(row.base))
    tax.add("ram:CategoryCode", category_code(row.rate, row.exemption_code))
    tax.add_if("ram:ExemptionReasonCode", "" if row.rate else row.exemption_code)
    tax.add_if("ram:DueDateTypeCode", due_code or "")
    tax.add("ram:RateApplicablePercent", plain(row.rate, 2))


def _payment_terms(settlement: CiiElement, content: InvoiceContent) -> None:
    text = " ".join(content.payment.text)
    if not text and content.due_on is None:
        text = Wording.of(content).text(N_("Paiement à réception"))  # BR-CO-25
    terms = settlement.add("ram:SpecifiedTradePaymentTerms")
    terms.add_if("ram:Description", text)
    if content.due_on is not None:
        terms.add_date("ram:DueDateDateTime", content.due_on)


def _totals(summation: CiiElement, content: InvoiceContent) -> None:
    totals = content.totals
    summation.add("ram:LineTotalAmount", money(totals.net))
    summation.add("ram:TaxBasisTotalAmount", money(totals.net))
    summation.add("ram:TaxTotalAmount", money(totals.vat), currencyID=content.currency)
    summation.add("ram:GrandTotalAmount", money(totals.gross))
    if totals.paid:
        summation.add("ram:TotalPrepaidAmount", money(totals.paid))
    summation.add("ram:DuePayableAmount", money(totals.due))


def _corrected(settlement: CiiElement, reference: Reference) -> None:
    """BG-3: the invoice that a credit note corrects."""
    original = settlement.add("ram:InvoiceReferencedDocument")
    original.add("ram:IssuerAssignedID", reference.number)
    on: date | None = reference.on
    if on is not None:
        stamp = original.add("ram:FormattedIssueDateTime")
        stamp.add("qdt:DateTimeString", f"{on:%Y%m%d}", format="102")
