"""The contents of the pictures in the design folder (10-print-*, 03-invoice-editor-light), and others like them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from facturepro.documents.content import (
    ContentLine,
    ContentTotals,
    ContentVat,
    InvoiceContent,
    Party,
    PaymentTerms,
    Reference,
)
from facturepro.domain.totals import LineAmounts, document_totals, line_net

D = Decimal
ZERO = Decimal(0)
SELLER = Party(
    name="Atelier Boisvert",
    legal_form="SARL",
    capital="20\u202f000\u00a0€",
    activity="",
    address=("14 rue des Tanneurs",),
    postcode="59000",
    city="Lille",
    siren="123456782",
    siret="12345678200010",
    vat_number="FR11123456782",
    rcs="Lille Métropole 123 456 782",
    email="contact@atelier-boisvert.example",
    phone="03 53 01 42 18",
)
CLIENT = Party(
    name="Menuiserie Le Goff SAS",
    address=("8 rue du Moulin",),
    postcode="59170",
    city="Croix",
    siren="314872052",
    vat_number="FR01314872052",
)
TERMS = PaymentTerms(
    iban="FR7630006000011234567890189",
    bic="AGRIFRPPXXX",
    text=("Règlement à 30 jours, par virement.",),
    early_discount="Pas d’escompte pour paiement anticipé.",
    late_penalty="En cas de retard, pénalités au taux directeur de la BCE majoré de 10 points, exigibles sans rappel,",
    recovery_indemnity="et indemnité forfaitaire de 40\u00a0€ pour frais de recouvrement "
    "(art. L441-10 et D441-5 du Code de commerce).",
)
MAIN_LINES = (
    ("PAN-CTP-18", "Contreplaqué bouleau 18 mm, 2500 × 1250", 18, "plaque", "68", 5, "20"),
    ("CHA-INV-110", "Charnière invisible 110°, avec amortisseur", 48, "pièce", "6.40", 0, "20"),
    ("COU-500-SC", "Coulisses 500 mm, sortie totale (paire)", 12, "paire", "24.90", 10, "20"),
    ("HUI-DUR-25", "Huile dure incolore 2,5 L", 2, "bidon", "64.90", 0, "20"),
    ("LIV-FIN-02", "Livre « Finitions à l’huile », 2ᵉ édition", 3, "pièce", "22", 0, "5.5"),
    ("SRV-DEB", "Débit de panneaux sur mesure", 6, "heure", "52", 0, "20"),
    ("SRV-LIV", "Livraison sur chantier, forfait", 1, "forfait", "85", 0, "20"),
)
DENSE_LINES = (
    ("FAB-TDL", "Tête de lit chêne, chambres 11 à 18", 8, "pièce", "286", 8, "20"),
    ("FAB-CHV", "Chevet suspendu chêne, tiroir", 16, "pièce", "94.50", 8, "20"),
    ("PAN-CTP-18", "Contreplaqué bouleau 18 mm, 2500 × 1250", 6, "plaque", "68", 0, "20"),
    ("PAN-MDF-19", "Panneau MDF 19 mm, 2800 × 2070", 4, "plaque", "46.80", 0, "20"),
    ("PAN-CHE-27", "Panneau chêne massif 27 mm", 5, "pièce", "112", 5, "20"),
    ("CHT-CHE-23", "Chant chêne 23 mm, rouleau 50 m", 2, "rouleau", "38.20", 0, "20"),
    ("CHA-INV-110", "Charnière invisible 110°, avec amortisseur", 32, "pièce", "6.40", 0, "20"),
    ("COU-500-SC", "Coulisses 500 mm, sortie totale (paire)", 16, "paire", "24.90", 10, "20"),
    ("POI-LAI-160", "Poignée laiton 160 mm", 24, "pièce", "18.90", 5, "20"),
    ("PAT-LAI-2", "Patère laiton, double", 16, "pièce", "11.60", 0, "20"),
    ("VIS-560-INX", "Vis inox A2 5 × 60 (boîte de 200)", 3, "boîte", "17.40", 0, "20"),
    ("VIS-440-ZN", "Vis zinguées 4 × 40 (boîte de 500)", 2, "boîte", "12.80", 0, "20"),
    ("LAM-20", "Lamelles n° 20 (boîte de 1 000)", 1, "boîte", "34.50", 0, "20"),
    ("COL-D3-5K", "Colle bois D3, 5 kg", 2, "seau", "27.90", 0, "20"),
    ("HUI-DUR-25", "Huile dure incolore 2,5 L", 3, "bidon", "64.90", 0, "20"),
    ("HUI-DUR-1L", "Huile dure incolore 1 L", 2, "bidon", "29.50", 0, "20"),
    ("ABR-150-120", "Disque abrasif 150 mm, grain 120 (× 50)", 2, "boîte", "23.70", 0, "20"),
    ("SRV-CHT", "Bande de chants, pose en atelier", "38.5", "m", "4.20", 0, "20"),
    ("SRV-DEB", "Débit de panneaux sur mesure", "9.5", "heure", "52", 0, "20"),
    ("SRV-POS2", "Pose sur site, équipe de deux", 14, "heure", "58", 0, "20"),
    ("SRV-LIV", "Livraison sur chantier, forfait", 2, "forfait", "85", 0, "20"),
    ("LIV-FIN-02", "Livre « Finitions à l’huile », 2ᵉ édition", 2, "pièce", "22", 0, "5.5"),
)
DRAFT_LINES = (
    ("PLA-CHE-38", "Plan de travail chêne 38 mm\n2600 × 650, huile", 2, "pièce", "385", 0, "20"),
    ("PAN-CHE-27", "Panneau chêne massif 27 mm", 3, "pièce", "112", 5, "20"),
    ("POI-LAI-160", "Poignée laiton 160 mm", 14, "pièce", "18.90", 0, "20"),
    ("HUI-DUR-1L", "Huile dure incolore 1 L", 4, "bidon", "29.50", 0, "20"),
    ("LIV-FIN-02", "Livre « Finitions à l’huile »", 1, "pièce", "22", 0, "5.5"),
    ("SRV-POS", "Pose et ajustage sur place", 7, "heure", "52", 0, "20"),
)


def make_lines(rows) -> tuple[ContentLine, ...]:
    lines = []
    for index, (sku, text, quantity, unit, price, discount, rate) in enumerate(rows, start=1):
        amounts = LineAmounts(D(quantity), D(price), D(rate), D(discount))
        net = line_net(amounts)
        line = ContentLine(f"L{index}", text, D(quantity), D(price), D(rate), net, sku, unit, D(discount))
        lines.append(line)
    return tuple(lines)


def make_totals(lines, paid=ZERO, exemptions=None) -> ContentTotals:
    amounts = [LineAmounts(line.quantity, line.unit_price, line.vat_rate, line.discount) for line in lines]
    totals = document_totals(amounts)
    known = exemptions or {}
    rows = tuple(ContentVat(row.rate, row.base, row.amount, *known.get(row.rate, ())) for row in totals.by_rate)
    due = totals.gross - paid
    return ContentTotals(totals.before_discount, totals.discount, totals.net, rows, totals.vat, totals.gross, paid, due)


def with_lines(content: InvoiceContent, rows, **changes) -> InvoiceContent:
    lines = make_lines(rows)
    return replace(content, lines=lines, totals=make_totals(lines), **changes)


def main_invoice(layout="sobre") -> InvoiceContent:
    """FA-2026-A0112, the invoice of the pictures."""
    lines = make_lines(MAIN_LINES)
    content = InvoiceContent(
        kind="invoice",
        number="FA-2026-A0112",
        currency="EUR",
        issued_on=date(2026, 11, 20),
        due_on=date(2026, 12, 20),
        delivered_on=date(2026, 11, 19),
        seller=SELLER,
        client=CLIENT,
        delivery_address=("Chantier Les Glycines", "27 avenue des Tilleuls", "59700 Marcq-en-Barœul"),
        lines=lines,
        totals=make_totals(lines),
        payment=TERMS,
        operation_nature="mixed",
        our_references=(Reference("order", "CO-2026-A0045"), Reference("delivery_note", "BL-2026-A0041")),
        your_reference="Chantier Glycines, lot 3",
        vat_on_debits=True,
        layout=layout,
    )
    if layout == "moderne":
        first, *rest = lines
        first = replace(first, description=first.description + "\nQualité BB/BB, collage extérieur")
        seller = replace(SELLER, activity="Agencement et fournitures bois")
        content = replace(content, seller=seller, lines=(first, *rest))
    return content.sealed()


def dense_invoice() -> InvoiceContent:
    client = Party(
        name="Hôtel Beaurepaire SARL",
        address=("3 place du Concert",),
        postcode="59000",
        city="Lille",
        siren="421908633",
        vat_number="FR71421908633",
    )
    content = with_lines(main_invoice("dense"), DENSE_LINES)
    return replace(
        content,
        number="FA-2026-A0101",
        client=client,
        issued_on=date(2026, 10, 23),
        due_on=date(2026, 11, 22),
        delivered_on=date(2026, 10, 22),
        delivery_address=None,
        your_reference="",
        our_references=(Reference("order", "CO-2026-A0038"), Reference("delivery_note", "BL-2026-A0033")),
    ).sealed()


def draft_invoice(layout="moderne") -> InvoiceContent:
    """The draft of the editor's picture: two mentions are missing."""
    client = Party("Studio Okapi", ("22 quai de la Basse-Deûle",), "59800", "Lille")
    content = with_lines(main_invoice("moderne"), DRAFT_LINES)
    return replace(
        content,
        number=None,
        issued_on=None,
        delivered_on=None,
        client=client,
        delivery_address=None,
        our_references=(Reference("quote", "DE-2026-A0064"),),
        your_reference="Aménagement studio",
        fingerprint=None,
        missing=("client.siren", "delivered_on"),
        layout=layout,
    )


def franchise_invoice(layout="sobre") -> InvoiceContent:
    lines = make_lines([(sku, text, q, unit, price, off, "0") for sku, text, q, unit, price, off, _rate in MAIN_LINES])
    text = "TVA non applicable, art. 293 B du CGI"
    return replace(
        main_invoice(layout),
        seller=replace(SELLER, name="Camille Vannier", legal_form="EI", capital="", vat_number="", rcs=""),
        lines=tuple(replace(line, exemption_code="VATEX-FR-FRANCHISE") for line in lines),
        totals=make_totals(lines, exemptions={D(0): (text, "VATEX-FR-FRANCHISE")}),
        vat_on_debits=False,
        operation_nature="services",
    ).sealed()


def long_invoice(count=300, layout="sobre") -> InvoiceContent:
    rows = [
        (f"{sku}-{n}", f"{text} {n}", quantity, unit, price, discount, rate)
        for n, (sku, text, quantity, unit, price, discount, rate) in (
            (n, DENSE_LINES[n % len(DENSE_LINES)]) for n in range(count)
        )
    ]
    return with_lines(main_invoice(layout), rows).sealed()


def awkward_invoice(layout="sobre") -> InvoiceContent:
    """Long names and addresses, descriptions of 120 characters with line breaks, one word without spaces."""
    description = (
        "Fourniture et pose d’un ensemble d’agencement sur mesure en chêne massif huilé, façades à cadre, "
        "chants replaqués 2 mm, œuvre d’art\nFinition : huile dure, deux couches\nPosé par nos soins"
    )
    rows = [
        ("REFERENCE-INTERMINABLE-0001", description, "1234.567", "mètre linéaire", "123456.7890", "12.5", "20"),
        ("X", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", 1, "", "1", 0, "5.5"),
    ]
    client = Party(
        name="Société coopérative d’intérêt collectif des artisans menuisiers et agenceurs des Hauts-de-France",
        address=(
            "Bâtiment C, escalier 4, troisième étage, porte gauche",
            "Zone d’activités de la Pilaterie",
            "BP 40123",
        ),
        postcode="59290",
        city="Wasquehal-lez-Marcq-en-Barœul Cedex",
        siren="314872052",
        vat_number="FR01314872052",
        country="BE",
    )
    seller = replace(
        SELLER,
        name="Établissements Boisvert, Vandenbroucke & Fils, successeurs de la Maison Delattre",
        address=("14 rue des Tanneurs prolongée, bâtiment B", "Parc d’activités du Moulin", "Entrée par la cour"),
    )
    return with_lines(
        main_invoice(layout), rows, client=client, seller=seller, notes="Merci de votre confiance.\n" * 3
    ).sealed()
