"""What the paper of an invoice shows, gathered from the records: the bridge from the database to the documents room."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from facturepro.db.models import Image
from facturepro.db.queries import listing
from facturepro.documents.content import (
    ContentLine,
    ContentTotals,
    ContentVat,
    Identifier,
    InvoiceContent,
    Party,
    PaymentTerms,
)
from facturepro.domain.totals import LineAmounts, line_net
from facturepro.i18n.formatting import format_money
from facturepro.services import records
from facturepro.services.company import OpenCompany, settings
from facturepro.services.invoices import totals_of

DOCUMENT_LANGUAGE = "fr"
"""France, Morocco and Belgium: the paper is French whatever the language of the window."""

FRANCHISE = ("TVA non applicable, art. 293 B du CGI", "VATEX-FR-FRANCHISE")
RECOVERY = "Indemnité forfaitaire de 40 € pour frais de recouvrement (art. L441-10 et D441-5 du Code de commerce)."


def client_of(company: OpenCompany, client_id: str | None) -> dict[str, Any] | None:
    """The client of a document; None also for one that lies in the bin."""
    found = records.get_many(company, "client", [client_id]) if client_id else []
    return found[0] if found and found[0]["deleted_at"] is None else None


def draft_content(company: OpenCompany, invoice: Mapping[str, Any], missing: tuple[str, ...] = ()) -> InvoiceContent:
    """Content of a draft for the preview; ``invoice`` as from ``invoices.show``, also with lines not yet saved."""
    own = settings(company)
    content = build(company, invoice, own, client_of(company, invoice["client_id"]), logo=False)
    with company.db.read() as session:
        return replace(with_logo(session, content, own["logo"]), missing=missing)


def issued_content(company: OpenCompany, invoice: Mapping[str, Any]) -> InvoiceContent:
    """The frozen content of an issued invoice, with its logo."""
    with company.db.read() as session:
        return with_logo(session, InvoiceContent.from_json(invoice["snapshot"]), invoice["logo_id"])


def with_logo(session: Any, content: InvoiceContent, image_id: str) -> InvoiceContent:
    rows = listing.rows_by_id(session, Image.kind, [image_id]) if image_id else []
    return replace(content, logo=base64.b64decode(rows[0]["data"])) if rows else content


def build(
    company: OpenCompany,
    invoice: Mapping[str, Any],
    own: Mapping[str, Any],
    client: Mapping[str, Any] | None,
    logo: bool,
) -> InvoiceContent:
    lines = [line for line in invoice["lines"] if line.get("description")]
    products = _products(company, lines)
    is_franchise = own["vat_regime"] == "franchise"
    number = invoice.get("number")
    return InvoiceContent(
        kind="invoice",
        number=number,
        currency=own["currency"],
        seller=_seller(own),
        client=_client(client),
        lines=tuple(_line(line, products, is_franchise) for line in lines),
        totals=_totals(lines, is_franchise),
        issued_on=invoice.get("issued_on"),
        due_on=invoice.get("due_on"),
        delivered_on=invoice.get("delivered_on"),
        payment=_payment(own),
        mentions=(FRANCHISE[0],) if is_franchise else (),
        operation_nature=_nature(lines, products),
        your_reference=invoice.get("client_reference") or "",
        notes=invoice.get("notes") or "",
        vat_on_debits=bool(own["vat_on_debits"]),
        layout=invoice.get("layout") or own["layout"],
        accent=own["accent"],
        language=DOCUMENT_LANGUAGE,
    )


def _products(company: OpenCompany, lines: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    ids = sorted({line["product_id"] for line in lines if line.get("product_id")})
    return {row["id"]: row for row in records.get_many(company, "product", ids)} if ids else {}


def _seller(own: Mapping[str, Any]) -> Party:
    extra = (("ICE", own["ice"]), ("IF", own["tax_id"]), ("RC", own["rc"]))
    capital = format_money(own["capital"], own["currency"], 0, DOCUMENT_LANGUAGE) if own["capital"] else ""
    return Party(
        name=own["name"],
        address=tuple(line for line in own["address"].splitlines() if line),
        postcode=own["postcode"],
        city=own["city"],
        country=own["country"],
        legal_form=own["legal_form"],
        capital=capital,
        siren=own["siren"],
        siret=own["siret"],
        vat_number=own["vat_number"],
        rcs=f"{own['rcs_city']} {_grouped(own['siren'])}" if own["rcs_city"] and own["siren"] else "",
        email=own["email"],
        phone=own["phone"],
        identifiers=tuple(Identifier(label, value) for label, value in extra if value),
    )


def _grouped(siren: str) -> str:
    return f"{siren[:3]} {siren[3:6]} {siren[6:]}"


def _client(client: Mapping[str, Any] | None) -> Party:
    if client is None:
        return Party(name="")
    contact = (client["name"],) if client["company_name"] and client["name"] != client["company_name"] else ()
    return Party(
        name=client["company_name"] or client["name"],
        address=contact + tuple(line for line in client["address"].splitlines() if line),
        postcode=client["postcode"],
        city=client["city"],
        country=client["country"],
        siren=client["siren"],
        vat_number=client["vat_number"],
        email=client["email"],
        phone=client["phone"],
        identifiers=(Identifier("ICE", client["ice"]),) if client["ice"] else (),
    )


def _line(line: Mapping[str, Any], products: Mapping[str, Mapping[str, Any]], is_franchise: bool) -> ContentLine:
    product = products.get(line.get("product_id") or "")
    discount = line.get("discount") or Decimal(0)
    rate = Decimal(0) if is_franchise else line["vat_rate"]
    return ContentLine(
        id=str(line.get("id") or ""),
        description=line["description"],
        quantity=line["quantity"],
        unit_price=line["unit_price"],
        vat_rate=rate,
        net=line_net(LineAmounts(line["quantity"], line["unit_price"], rate, discount)),
        sku=product["sku"] if product else "",
        unit=line.get("unit") or "",
        discount=discount,
        exemption_code=FRANCHISE[1] if is_franchise else "",
    )


def _totals(lines: list[Mapping[str, Any]], is_franchise: bool) -> ContentTotals:
    totals = totals_of([{**line, "vat_rate": Decimal(0)} for line in lines] if is_franchise else lines)
    exemption = FRANCHISE if is_franchise else ("", "")
    return ContentTotals(
        gross_before_discount=totals.before_discount,
        discount=totals.discount,
        net=totals.net,
        vat_rows=tuple(ContentVat(row.rate, row.base, row.amount, *exemption) for row in totals.by_rate),
        vat=totals.vat,
        gross=totals.gross,
        paid=Decimal(0),
        due=totals.gross,
    )


def _payment(own: Mapping[str, Any]) -> PaymentTerms:
    is_french = own["country"] == "FR"
    return PaymentTerms(
        iban=own["iban"],
        bic=own["bic"],
        text=(f"Règlement à {own['payment_days']} jours, par virement.",),
        early_discount=own["early_discount"],
        late_penalty=own["late_penalty"],
        recovery_indemnity=RECOVERY if is_french else "",
    )


def _nature(lines: list[Mapping[str, Any]], products: Mapping[str, Mapping[str, Any]]) -> Any:
    types = {products[line["product_id"]]["type"] for line in lines if line.get("product_id") in products}
    if types == {"service"}:
        return "services"
    return "mixed" if "service" in types else "goods"
