"""What the paper says and how it is built; looks were compared with the mock-ups by eye."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from facturepro.documents import fonts
from facturepro.documents.content import Identifier, Party, PaymentTerms, Reference
from facturepro.documents.invoice_pdf import render_invoice
from facturepro.documents.layout_moderne import initials, luminance
from facturepro.documents.qr import epc_payload, qr_code
from facturepro.documents.wording import Wording
from facturepro.domain.errors import UserError
from tests.documents import samples

LAYOUTS = ("sobre", "moderne", "dense")
WORDS = Wording("fr", "EUR")


def pages_of(content) -> list[str]:
    reader = PdfReader(BytesIO(render_invoice(content)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def plain(text: str) -> str:
    """Spaces as text extraction gives them."""
    return " ".join(text.split())


def amount(text: str) -> Decimal:
    return Decimal(re.sub(r"[\s€]", "", text).replace("\u2212", "-").replace(",", "."))


def carried_amounts(page: str, label: str) -> list[Decimal]:
    return [amount(found) for found in re.findall(rf"{label} ([\u2212\d][\d\s]*,\d\d)", page)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_that_the_law_wants_is_on_the_paper(layout):
    content = samples.main_invoice(layout)
    (page,) = pages_of(content)
    expected = [
        "FA-2026-A0112", "Atelier Boisvert", "14 rue des Tanneurs", "59000 Lille", "SIREN 123 456 782",
        "SIRET 123 456 782 00010", "RCS Lille Métropole 123 456 782", "FR11123456782", "SARL au capital de 20 000 €",
        "Menuiserie Le Goff SAS", "8 rue du Moulin", "59170 Croix", "SIREN 314 872 052", "TVA FR01 314872052",
        "Chantier Les Glycines", "Marcq-en-Barœul", "Chantier Glycines, lot 3", "CO-2026-A0045", "BL-2026-A0041",
        "Livre « Finitions à l’huile », 2ᵉ édition", "2 422,80 €", "−91,08 €", "2 331,72 €", "456,77 €", "2 788,49 €",
        "2 265,72 €", "453,14 €", "66,00 €", "3,63 €", "5,5 %",
        "Option pour le paiement de la taxe d’après les débits.",
        "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPPXXX", "Pas d’escompte", "indemnité forfaitaire de 40 €",
        "Page 1 / 1", "Factur-X (EN 16931)", content.fingerprint[:4],
    ]  # fmt: skip
    assert [text for text in expected if plain(text) not in page] == []
    assert "BROUILLON" not in page


def test_each_line_shows_unit_discount_and_amount():
    (page,) = pages_of(samples.main_invoice("sobre"))
    assert plain("Contreplaqué bouleau 18 mm, 2500 × 1250 18 plaques 68,00 € 5 % 20 % 1 162,80 €") in page
    (page,) = pages_of(samples.main_invoice("moderne"))
    assert "PAN-CTP-18, Qualité BB/BB, collage extérieur" in page
    (page,) = pages_of(samples.dense_invoice())
    assert plain("FAB-TDL Tête de lit chêne, chambres 11 à 18 8 pièce 286,00 8 % 20 % 2 104,96") in page


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_draft_has_neither_number_nor_code_and_marks_what_is_missing(layout):
    content = samples.draft_invoice(layout)
    (page,) = pages_of(content)
    assert "BROUILLON" in page
    assert "rouillon, sans numéro" in page
    assert "FA-2026" not in page
    assert "SIREN : à compléter" in page
    assert page.count("à compléter") == 2
    assert "Aperçu non contractuel" in page
    assert "empreinte" not in page
    assert epc_payload(content) is None
    with pikepdf.open(BytesIO(render_invoice(content))) as pdf:
        marked = pdf.pages[0].Contents.read_bytes()
        assert b"1 .913725 .658824 rg" in marked  # the colour `mark`


def test_a_missing_mention_without_a_place_is_said_anyway():
    content = replace(samples.draft_invoice(), missing=("seller.legal_form", "Numéro d’agrément"))
    (page,) = pages_of(content)
    assert "À compléter avant d’émettre : Forme juridique du vendeur, Numéro d’agrément" in page


def test_a_numbered_document_never_shows_missing_marks():
    (page,) = pages_of(replace(samples.main_invoice(), missing=("client.siret",)))
    assert "compléter" not in page


@pytest.mark.parametrize("layout", LAYOUTS)
def test_carried_totals_add_up_over_the_pages(layout):
    content = samples.long_invoice(300, layout)
    pages = pages_of(content)
    assert len(pages) == {"sobre": 11, "moderne": 18, "dense": 8}[layout]
    leaving = [carried_amounts(page, "À reporter") for page in pages]
    arriving = [carried_amounts(page, "Report") for page in pages]
    assert arriving[0] == [] and leaving[-1] == []
    assert leaving[:-1] == arriving[1:]
    assert all(len(found) == 1 for found in leaving[:-1])
    for number, page in enumerate(pages, start=1):
        assert "Désignation" in page
        assert f"Page {number} / {len(pages)}" in page
    shown = 0
    total = Decimal(0)
    for page, carried in zip(pages, leaving, strict=True):
        while shown < 300 and plain(content.lines[shown].description.split("\n")[0]) in page:
            total += content.lines[shown].net
            shown += 1
        assert carried in ([], [total])
    assert shown == 300
    assert total == content.totals.net
    assert plain(WORDS.money(content.totals.due)) in pages[-1]


line_rows = st.tuples(
    st.sampled_from(["REF-1", ""]),
    st.sampled_from(["Planche", "Vis\nlot de 200\nacier", "Description " * 12, "Mot" * 40]),
    st.integers(1, 5000),
    st.sampled_from(["pièce", "m²", ""]),
    st.decimals(0, 5000, places=2).map(str),
    st.sampled_from([0, 5, "12.5", 100]),
    st.sampled_from(["20", "5.5", "0"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(line_rows, min_size=1, max_size=120), st.sampled_from(LAYOUTS))
def test_carried_totals_of_any_document_end_at_its_net(rows, layout):
    content = samples.with_lines(samples.main_invoice(layout), rows)
    pages = pages_of(content)
    leaving = [carried_amounts(page, "À reporter") for page in pages]
    arriving = [carried_amounts(page, "Report") for page in pages]
    sums = [sum((line.net for line in content.lines[:count]), Decimal(0)) for count in range(len(content.lines) + 1)]
    table_pages = [index for index, page in enumerate(pages) if "Désignation" in page]
    position = 0
    for index in table_pages[:-1]:
        (carried,) = leaving[index]
        assert arriving[index + 1] == [carried]
        position = sums.index(carried, position)  # what is carried is the sum of the first lines, more on each page
    assert leaving[table_pages[-1]] == []
    assert sums[-1] == content.totals.net
    assert plain(WORDS.money(content.totals.net)) in " ".join(pages)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", range(1, 60, 3))
def test_totals_never_stand_alone_on_a_page(layout, count):
    pages = pages_of(samples.long_invoice(count, layout))
    assert "Net à payer" in pages[-1]
    if len(pages) > 1:
        lines_on_last_page = [n for n in range(count) if re.search(rf"\b{n} \d", pages[-1])]
        assert "Désignation" in pages[-1]
        assert lines_on_last_page


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("make", [samples.main_invoice, samples.draft_invoice, samples.awkward_invoice])
def test_every_font_is_inter_and_embedded(layout, make):
    with pikepdf.open(BytesIO(render_invoice(make(layout)))) as pdf:
        names = set()
        for page in pdf.pages:
            for font in page.Resources.Font.values():
                names.add(str(font.BaseFont))
                assert "/FontFile2" in font.FontDescriptor, font.BaseFont
        fonts_in_file = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/BaseFont" in item]
        assert {str(font.BaseFont) for font in fonts_in_file} == names
    assert all("InterFP" in name for name in names)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_long_texts_are_all_there_and_inside_the_page(layout):
    content = samples.awkward_invoice(layout)
    reader = PdfReader(BytesIO(render_invoice(content)))
    text = "".join(page.extract_text() for page in reader.pages)
    letters = re.sub(r"\s", "", text)
    for wanted in (
        *content.lines[0].description.split("\n"), content.lines[1].description,
        content.client.name, *content.client.address,
        content.seller.name, "Belgique", "1 234,567", "123 456,789", "133 363 717,93", "Merci de votre confiance.",
    ):  # fmt: skip
        assert re.sub(r"\s", "", wanted) in letters
    assert text.count("Merci de votre confiance.") == 3


def test_a_description_longer_than_a_page_is_shown_whole():
    long_text = "Poste\n" + "\n".join(f"détail numéro {n}." for n in range(200))
    rows = [
        ("A", "Avant", 1, "", "10", 0, "20"),
        ("B", long_text, 1, "", "20", 0, "20"),
        ("C", "Après", 1, "", "30", 0, "20"),
    ]
    pages = pages_of(samples.with_lines(samples.main_invoice(), rows))
    text = " ".join(pages)
    assert [n for n in range(200) if f"détail numéro {n}." not in text] == []
    assert carried_amounts(pages[1], "Report") == [Decimal(30)]


def test_bytes_are_the_same_in_every_process():
    code = (
        "import hashlib; from tests.documents import samples as s;"
        "from facturepro.documents.pdfa import render_issued as a;"
        "from facturepro.documents.invoice_pdf import render_invoice as r;"
        "contents = [s.main_invoice(), s.main_invoice('moderne'), s.dense_invoice(), s.long_invoice(60)];"
        "print([hashlib.sha256(f(c)).hexdigest() for c in contents for f in (r, a)])"
    )
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": ["UTC", "Asia/Tokyo"][int(seed) - 1]}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        seen.add(run.stdout)
    assert len(seen) == 1


def test_the_same_snapshot_gives_the_same_paper():
    content = samples.awkward_invoice("moderne")
    again = type(content).from_json(content.to_json())
    assert render_invoice(again) == render_invoice(content)


def test_characters_without_a_glyph_are_seen():
    assert fonts.shown("Ahmed \u0627\u062d\u0645\u062f") == "Ahmed □□□□"
    assert fonts.shown("a\u00adb\u200bc\td\x07") == "abc d"
    assert fonts.shown("Barœul 1\u202f234,50\u00a0€ \u2212 2ᵉ") == "Barœul 1\u202f234,50\u00a0€ \u2212 2ᵉ"
    content = replace(samples.main_invoice(), client=replace(samples.CLIENT, name="شركة 東京"))
    (page,) = pages_of(content)
    assert "□□□□ □□" in page


def test_the_four_faces_have_the_same_characters():
    first, *others = (fonts.face(name).characters for name in fonts.FACES)
    assert all(other == first for other in others)
    assert fonts.face(fonts.REGULAR).characters >= {ord(character) for character in "éœŒÀ€«»’…−\u202f\u00a0□"}


def test_the_code_is_a_sepa_transfer():
    assert epc_payload(samples.main_invoice()) == (
        "BCD\n002\n1\nSCT\nAGRIFRPPXXX\nAtelier Boisvert\nFR7630006000011234567890189\nEUR2788.49\n\n\nFA-2026-A0112"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "MAD"},
        {"payment": PaymentTerms(text=("Comptant.",))},
        {"number": None},
        {"kind": "credit_note"},
        {"kind": "quote"},
        {"totals": replace(samples.main_invoice().totals, due=Decimal(0))},
    ],
)
def test_there_is_no_code_when_there_is_no_transfer(change):
    assert epc_payload(replace(samples.main_invoice(), **change)) is None


def test_the_code_is_drawn_as_segno_made_it():
    import segno

    payload = epc_payload(samples.main_invoice())
    code = qr_code(payload)
    matrix = [[0] * code.size for _row in range(code.size)]
    for column, row, length in code.runs:
        matrix[row][column : column + length] = [1] * length
    expected = segno.make_qr(payload, error="m", encoding="utf-8", boost_error=False).matrix
    assert matrix == [list(row) for row in expected]
    with pikepdf.open(BytesIO(render_invoice(samples.main_invoice()))) as pdf:
        assert pdf.pages[0].Contents.read_bytes().count(b" re") >= len(code.runs)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_exemption_replaces_vat(layout):
    (page,) = pages_of(samples.franchise_invoice(layout))
    assert "TVA non applicable, art. 293 B du CGI" in page
    assert "débits" not in page
    assert plain("Total TVA 0,00 €") in page


def test_a_credit_note_names_what_it_corrects():
    invoice = samples.main_invoice()
    reference = Reference("invoice", "FA-2026-A0100", invoice.due_on)
    (page,) = pages_of(replace(invoice, kind="credit_note", number="AV-2026-A0003", corrects=reference))
    assert "Avoir n° AV-2026-A0003" in page
    assert "Émis à Lille" in page
    assert "Corrige la facture n° FA-2026-A0100 du 20 décembre 2026" in page
    assert "Net à votre crédit" in page
    assert "Virement SEPA" not in page


def test_what_is_already_paid_is_taken_off():
    totals = samples.make_totals(samples.make_lines(samples.MAIN_LINES), paid=Decimal("788.49"))
    (page,) = pages_of(replace(samples.main_invoice(), totals=totals))
    assert plain("Déjà réglé −788,49 €") in page
    assert plain("Net à payer 2 000,00 €") in page


def test_another_country_shows_its_identifiers_and_currency():
    seller = Party(
        "Atlas Bois", ("12 rue de Fès",), "20000", "Casablanca", "MA",
        identifiers=(Identifier("ICE", "001509176000008"), Identifier("IF", "1234567")),
    )  # fmt: skip
    content = replace(
        samples.main_invoice(), seller=seller, client=replace(samples.CLIENT, country="MA"), currency="MAD"
    )
    (page,) = pages_of(content)
    assert "Atlas Bois · ICE 001509176000008 · IF 1234567" in page
    assert plain("2 788,49 MAD") in page
    assert "Factur-X" not in page
    assert "Virement SEPA" not in page


def test_a_duplicate_says_so():
    text = PdfReader(BytesIO(render_invoice(samples.main_invoice(), duplicate=True))).pages[0].extract_text()
    assert "Duplicata" in text


def picture(mode: str, form: str, **options) -> bytes:
    target = BytesIO()
    Image.new(mode, (60, 40), 1).save(target, form, **options)
    return target.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_logo_is_embedded_as_rgb(layout):
    content = replace(samples.main_invoice(layout), logo=picture("CMYK", "JPEG"))
    with pikepdf.open(BytesIO(render_invoice(content))) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.ColorSpace == pikepdf.Name.DeviceRGB


def test_a_broken_logo_is_an_error_that_a_person_can_mend():
    with pytest.raises(UserError) as caught:
        render_invoice(replace(samples.main_invoice(), logo=b"no picture"))
    assert caught.value.code == "logo_invalid"


def test_accents_stay_readable():
    assert initials("Atelier Boisvert") == "AB"
    assert initials("« 3D-Bois »") == "3B"
    assert initials("…") == "·"
    assert luminance("#ffffff") == pytest.approx(1)
    pale = replace(samples.main_invoice("moderne"), accent="#ffee88")
    with pikepdf.open(BytesIO(render_invoice(pale))) as pdf:
        assert b"1 .933333 .533333 rg" in pdf.pages[0].Contents.read_bytes()
