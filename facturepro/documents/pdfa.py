"""An issued document as PDF/A-3b, with its e-invoice inside (Factur-X) where there is one.

The order of the steps is the measured recipe of docs (domain, "E-invoice"): attach, ``pikepdf.pdfa.prepare``, check,
and only then the Factur-X XMP, which ``prepare`` would drop. Same content, same bytes: dates come from the content.
"""

import re
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import pdfa

from facturepro.documents.content import InvoiceContent
from facturepro.documents.einvoice import factur_x_xml
from facturepro.documents.einvoice_scope import applies_to
from facturepro.documents.invoice_pdf import render_invoice

FLAVOUR = "3b"
XML_NAME = "factur-x.xml"
XMP_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = (
    ("DocumentFileName", "The name of the embedded XML document", XML_NAME),
    ("DocumentType", "The type of the hybrid document in capital letters", "INVOICE"),
    ("Version", "The actual version of the standard", "1.0"),
    ("ConformanceLevel", "The conformance level of the embedded XML document", "EN 16931"),
)
_METADATA_DATE = re.compile(r"(<xmp:MetadataDate>)[^<]*(</xmp:MetadataDate>)")


class NotArchivableError(Exception):
    """The PDF that was drawn does not conform to PDF/A: a bug, never something a person can mend."""


def render_issued(content: InvoiceContent, duplicate: bool = False) -> bytes:
    """PDF/A-3b of an issued document. With a French seller it holds ``factur-x.xml``, profile EN 16931.

    Raises:
        ValueError: the content is a draft.
        UserError: ``logo_invalid``.
    """
    if content.number is None or content.issued_on is None:
        raise ValueError("a draft is not archived")
    plain = render_invoice(content, duplicate)
    issued_at = datetime.combine(content.issued_on, datetime.min.time(), UTC)
    with pikepdf.open(BytesIO(plain)) as pdf:
        _tidy(pdf, content, issued_at)
        with_xml = applies_to(content)
        if with_xml:
            _attach(pdf, factur_x_xml(content), issued_at)
        pdfa.prepare(pdf, FLAVOUR)
        report = pdfa.check(pdf, FLAVOUR)
        if not report.passed:
            raise NotArchivableError(f"{content.number}: {report}")
        _finish_metadata(pdf, issued_at, with_xml)
        target = BytesIO()
        pdf.save(target, **pdfa.resolve_save_kwargs(pdfa.Flavour(FLAVOUR), deterministic_id=True))
        return target.getvalue()


def _tidy(pdf: pikepdf.Pdf, content: InvoiceContent, issued_at: datetime) -> None:
    for page in pdf.pages:
        if "/Trans" in page.obj:
            del page.obj["/Trans"]
    pdf.Root.Lang = pikepdf.String(content.language)
    stamp = pikepdf.String(f"D:{issued_at:%Y%m%d%H%M%S}+00'00")
    pdf.docinfo["/CreationDate"] = stamp
    pdf.docinfo["/ModDate"] = stamp


def _attach(pdf: pikepdf.Pdf, xml: bytes, issued_at: datetime) -> None:
    stamp = f"D:{issued_at:%Y%m%d%H%M%S}+00'00"
    spec = pikepdf.AttachedFileSpec(  # type: ignore[call-arg]
        pdf,
        xml,
        filename=XML_NAME,
        mime_type="text/xml",
        creation_date=stamp,
        mod_date=stamp,
        relationship=pikepdf.Name.Alternative,
        description="Factur-X",
    )
    pdf.attachments[XML_NAME] = spec
    pdf.Root.AF = pdf.make_indirect(pikepdf.Array([spec.obj]))


def _finish_metadata(pdf: pikepdf.Pdf, issued_at: datetime, with_xml: bool) -> None:
    xmp = pdf.Root.Metadata.read_bytes().decode()
    xmp, dated = _METADATA_DATE.subn(rf"\g<1>{issued_at.isoformat()}\g<2>", xmp)
    if dated != 1:
        raise NotArchivableError("XMP without MetadataDate")
    if with_xml:
        head, end, tail = xmp.rpartition("</rdf:RDF>")
        xmp = f"{head}{_factur_x_xmp()}{end}{tail}"
    metadata: Any = pdf.make_stream(xmp.encode())
    metadata.Type = pikepdf.Name.Metadata
    metadata.Subtype = pikepdf.Name.XML
    pdf.Root.Metadata = metadata


@cache
def _factur_x_xmp() -> str:
    """The four values and the extension schema that declares them."""
    declared = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning, _value in _PROPERTIES
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, _meaning, value in _PROPERTIES)
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
        'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
        'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{XMP_NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{declared}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
        f'<rdf:Description rdf:about="" xmlns:fx="{XMP_NAMESPACE}">{values}</rdf:Description>'
    )
