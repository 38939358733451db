"""E-invoice and archive, judged by others: XSD, EN 16931 and BR-FR schematron, veraPDF."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from lxml import etree

from facturepro.documents.cii import NAMESPACES
from facturepro.documents.content import Party, Reference
from facturepro.documents.einvoice import category_code, factur_x_xml, process_code
from facturepro.documents.invoice_pdf import render_invoice
from facturepro.documents.pdfa import render_issued
from facturepro.documents.unit_codes import unit_code
from tests.documents import samples
from tests.documents.judges import EN16931, judge_pdfa, judge_xml
from tests.documents.test_invoice_pdf import picture

MAIN = samples.main_invoice()
TOTALS = MAIN.totals
FOREIGN = Party(
    "Bouw NV", ("Nieuwstraat 3",), "1000", "Brussel", "BE", vat_number="BE0403170701", email="a@bouw.example"
)
CORRECTED = Reference("invoice", "FA-2026-A0112", date(2026, 11, 20))
NEGATIVE_ROWS = [("", "Remise exceptionnelle", 1, "", "-50", 0, "20"), ("", "Retour", -2, "", "10", 5, "20")]
INVOICES = {
    "sobre": MAIN,
    "moderne": samples.main_invoice("moderne"),
    "dense": samples.dense_invoice(),
    "franchise": samples.franchise_invoice(),
    "awkward": replace(samples.awkward_invoice(), client=samples.CLIENT),
    "services": replace(MAIN, operation_nature="services", vat_on_debits=False),
    "credit note": replace(
        MAIN,
        kind="credit_note",
        number="AV-2026-A1",
        corrects=CORRECTED,
    ),
    "deposit": replace(MAIN, kind="deposit_invoice", number="AC-2026-A1"),
    "partly paid": replace(MAIN, totals=replace(TOTALS, paid=Decimal(100), due=TOTALS.gross - 100)),
    "paid": replace(MAIN, totals=replace(TOTALS, paid=TOTALS.gross, due=Decimal(0))),
    "foreign client": replace(MAIN, client=FOREIGN),
    "negative line": samples.with_lines(
        MAIN,
        [
            *samples.MAIN_LINES,
            ("", "Remise exceptionnelle", 1, "", "-50", 0, "20"),
            ("", "Retour", -2, "", "10", 5, "20"),
        ],
    ),
}


def find(xml: bytes, path: str) -> list[str]:
    return [node.text for node in etree.fromstring(xml).findall(path, NAMESPACES)]


@pytest.mark.parametrize("name", INVOICES)
def test_the_e_invoice_is_right(name):
    assert judge_xml(factur_x_xml(INVOICES[name])) == []


def test_a_private_client_needs_no_electronic_address():
    # Invoices to private people do not go through the platforms: EN 16931 holds, the French B2B rules do not apply.
    private = replace(MAIN, client=Party("Jeanne Morel", ("3 rue Haute",), "59000", "Lille"))
    assert judge_xml(factur_x_xml(private), rules=(EN16931,)) == []


def test_the_judges_find_faults():
    wrong = replace(MAIN, totals=replace(TOTALS, gross=TOTALS.gross + 1))
    assert any("BR-CO-15" in fault for fault in judge_xml(factur_x_xml(wrong)))
    without_terms = replace(MAIN, payment=replace(MAIN.payment, late_penalty=""))
    assert any("BR-FR-05" in fault for fault in judge_xml(factur_x_xml(without_terms)))


def test_archives_are_pdf_a_and_the_plain_pdf_is_none(tmp_path):
    files = {name.replace(" ", "_"): render_issued(content) for name, content in INVOICES.items()}
    files["long"] = render_issued(samples.long_invoice(80, "moderne"))
    files["arabic"] = render_issued(replace(MAIN, client=replace(samples.CLIENT, name="شركة ab")))
    for mode, form in (("CMYK", "JPEG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("I;16", "PNG"), ("1", "PNG")):
        files[f"logo_{mode.replace(';', '')}"] = render_issued(replace(MAIN, logo=picture(mode, form)))
    files["no_xml"] = render_issued(replace(MAIN, seller=replace(samples.SELLER, country="MA", siren="")))
    verdicts = judge_pdfa(tmp_path, {**files, "plain": render_invoice(MAIN)})  # the judge takes seconds to start
    assert verdicts.pop("plain") != ""
    assert verdicts == dict.fromkeys(files, "")


def test_the_xml_is_attached_and_declared():
    with pikepdf.open(BytesIO(render_issued(MAIN))) as pdf:
        assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == factur_x_xml(MAIN)
        (spec,) = pdf.Root.AF
        assert spec.AFRelationship == pikepdf.Name.Alternative
        assert pdf.Root.Lang == "fr"
        xmp = pdf.Root.Metadata.read_bytes().decode()
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in xmp
    assert "2026-11-20T00:00:00+00:00" in xmp


def test_a_seller_of_another_country_gets_an_archive_without_xml():
    content = replace(MAIN, seller=replace(samples.SELLER, country="MA", siren=""), currency="MAD")
    with pikepdf.open(BytesIO(render_issued(content))) as pdf:
        assert len(pdf.attachments) == 0
        assert "factur-x" not in pdf.Root.Metadata.read_bytes().decode()
    with pytest.raises(ValueError, match="no e-invoice"):
        factur_x_xml(content)


def test_a_draft_is_not_archived():
    with pytest.raises(ValueError, match="draft"):
        render_issued(samples.draft_invoice())


def test_amounts_are_those_of_the_paper():
    xml = factur_x_xml(MAIN)
    assert find(xml, ".//ram:GrandTotalAmount") == ["2788.49"]
    assert find(xml, ".//ram:TaxTotalAmount") == ["456.77"]
    assert find(xml, ".//ram:LineTotalAmount")[0] == "1162.80"
    assert find(xml, ".//ram:ActualAmount") == ["61.20", "29.88"]
    assert find(xml, ".//ram:DueDateTypeCode") == ["5", "5"]


def test_codes():
    assert [process_code(replace(MAIN, operation_nature=nature)) for nature in ("goods", "services", "mixed")] == [
        "B1", "S1", "M1",
    ]  # fmt: skip
    assert process_code(INVOICES["paid"]) == "M2"
    assert category_code(Decimal(20), "") == "S"
    assert category_code(Decimal(0), "VATEX-EU-AE") == "AE"
    assert category_code(Decimal(0), "VATEX-FR-FRANCHISE") == "E"
    assert [unit_code(unit) for unit in ("Heure", "m²", "gadget", "")] == ["HUR", "MTK", "C62", "C62"]
