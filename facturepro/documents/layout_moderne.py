"""Layout "moderne": the company's accent colour, three columns of parties, a band of dates."""

from decimal import Decimal
from typing import Any

from facturepro.documents import fonts
from facturepro.documents.columns import Column
from facturepro.documents.content import ContentLine, InvoiceContent
from facturepro.documents.layout import BAND, GREY, HAIRLINE, INK, MARK, PAGE_HEIGHT, PAGE_WIDTH, RULE, Entry, Layout
from facturepro.documents.logo import fit
from facturepro.documents.sketch import Sketch, Style, color, elided, fitted, wrap
from facturepro.i18n import N_

STEP = 12.75
COLUMNS = (0.0, 176.5, 353.0)
COLUMN_WIDTH = 157.2
STRONG = Style(fonts.SEMIBOLD)
MEDIUM = Style(fonts.MEDIUM)
SECOND = Style(color=GREY)
SMALL = Style(size=7.5, color=GREY, leading=10.5)
HEAD = Style(fonts.SEMIBOLD, 7.5, GREY)


class ModerneLayout(Layout):
    margin = 42.5197
    bottom = 776.9
    later_top = 58
    description_room = 224
    columns = (
        Column("quantity", N_("Qté"), 251.8, 26, Style()),
        Column("unit", N_("Unité"), 264.4, 40, SECOND, starts=True),
        Column("price", N_("PU HT"), 353.6, 46, Style()),
        Column("discount", N_("Remise"), 399.0, 30, SECOND),
        Column("vat", N_("TVA"), 442.0, 32, SECOND),
        Column("net", N_("Total HT"), 510.2, 52, MEDIUM),
    )

    def __init__(self, content: InvoiceContent, duplicate: bool = False) -> None:
        super().__init__(content, duplicate)
        self.accent = content.accent
        self.on_accent = "#ffffff" if luminance(content.accent) < 0.4 else INK
        self.watermark = mixed_with_white(content.accent, 0.08)

    def page_ground(self, canvas: Any) -> None:
        canvas.setFillColor(color(self.accent))
        canvas.rect(0, PAGE_HEIGHT - 6, PAGE_WIDTH, 6, stroke=0, fill=1)
        super().page_ground(canvas)

    def header(self) -> Sketch:
        sketch = Sketch(self.width)
        self._brand(sketch)
        self._title(sketch)
        ends = (self._seller(sketch), self._client(sketch), self._delivery(sketch))
        top = max(ends) - STEP + 18.4
        self._band(sketch, top)
        sketch.height = top + 38.2 + 10.3
        return sketch

    def _brand(self, sketch: Sketch) -> None:
        seller = self.content.seller
        x = 38.6
        if self.logo is not None:
            width, height = fit(self.logo, 110, 34)
            sketch.image(0, 54.5 - height / 2, width, height, self.logo)
            x = width + 9
        else:
            letters = initials(seller.name)
            style = Style(fonts.BOLD, 12, self.on_accent)
            sketch.box(0, 39.5, 30, 30, fill=self.accent, radius=6)
            sketch.text(15, 58.8, letters, fitted(letters, style, 26), "center")
        width = 340 - x
        style = fitted(seller.name, Style(fonts.SEMIBOLD, 12), width)
        sketch.text(x, 52 if seller.activity else 58.8, elided(seller.name, style, width), style)
        if seller.activity:
            sketch.text(x, 65.2, elided(seller.activity, SECOND, width), SECOND)

    def _title(self, sketch: Sketch) -> None:
        title = self.words.title(self.content)
        sketch.text(self.width, 55.7, title, fitted(title, Style(fonts.SEMIBOLD, 21), 160), "right")
        number = self.content.number
        label = self.text(N_("n° {number}"), number=number) if number else self.number_or_draft()
        sketch.text(self.width, 69.3, label, fitted(label, SECOND, 165), "right")

    def _column(self, sketch: Sketch, index: int, title: str, name: str, entries: list[Entry]) -> float:
        x = COLUMNS[index]
        sketch.text(x, 101.9, title, HEAD.with_(color=self.accent_ink))
        y = sketch.paragraph(x, 116.6, COLUMN_WIDTH, name, STRONG.with_(leading=STEP))
        for entry in entries:
            style = self.body.with_(leading=STEP, color=GREY if entry.secondary else INK)
            y = sketch.paragraph(x, y, COLUMN_WIDTH, entry.text, style.with_(mark=MARK if entry.missing else None))
        return y

    @property
    def accent_ink(self) -> str:
        """The accent as text on white: a pale one is not readable."""
        return self.accent if luminance(self.accent) < 0.3 else INK

    def _seller(self, sketch: Sketch) -> float:
        seller = self.content.seller
        entries = [*self.address(seller, "seller"), *self.identity(seller, "seller")]
        entries += [Entry(seller.phone or seller.email, secondary=True)] if seller.phone or seller.email else []
        return self._column(sketch, 0, self.text(N_("Vendeur")), seller.name, entries)

    def _client(self, sketch: Sketch) -> float:
        client = self.content.client
        entries = [*self.address(client, "client"), *self.identity(client, "client")]
        return self._column(sketch, 1, self.text(N_("Facturé à")), client.name, entries)

    def _delivery(self, sketch: Sketch) -> float:
        content = self.content
        entries = [Entry(self.words.nature_sentence(content), secondary=True)]
        entries += [Entry(self.words.reference(reference), secondary=True) for reference in content.our_references]
        if content.your_reference:
            yours = self.text(N_("Votre réf. : {reference}"), reference=content.your_reference)
            entries.append(Entry(yours, secondary=True))
        if content.delivery_address:
            first, *rest = content.delivery_address
            return self._column(sketch, 2, self.text(N_("Livré à")), first, [*map(Entry, rest), *entries])
        x = COLUMNS[2]
        sketch.text(x, 101.9, self.text(N_("Livraison")), HEAD.with_(color=self.accent_ink))
        y = 116.6
        for entry in [Entry(self.text(N_("À l’adresse de facturation"))), *entries]:
            style = self.body.with_(leading=STEP, color=GREY if entry.secondary else INK)
            y = sketch.paragraph(x, y, COLUMN_WIDTH, entry.text, style)
        return y

    def _band(self, sketch: Sketch, top: float) -> None:
        content = self.content
        sketch.box(0, top, self.width, 38.2, fill=BAND, radius=5)
        cells = [
            (self.text(N_("Date d’émission")), Entry(self.issue_date())),
            (self.text(N_("Date de livraison")), self.dated(content.delivered_on, "delivered_on")),
            (self.words.due_label(content), self.dated(content.due_on, "due_on")),
        ]
        for index, (label, entry) in enumerate(cells):
            if entry is None:
                continue
            x = 12.0 + 146.5 * index
            sketch.text(x, top + 15.5, label, SMALL)
            sketch.text(x, top + 27.5, entry.text, STRONG.with_(mark=MARK if entry.missing else None))
        due = self.due()
        edge = self.width - 12
        sketch.text(edge, top + 15.5, due.label, SMALL, "right")
        sketch.text(edge, top + 27.5, due.value, STRONG, "right")

    # The table.

    def heading(self) -> Sketch:
        sketch = Sketch(self.width)
        sketch.text(0, 13, self.text(N_("Désignation")), HEAD)
        self.draw_titles(sketch, 13, HEAD)
        sketch.rule(0, 19.9, self.width, 1.0, INK)
        sketch.height = 21
        return sketch

    def description_styles(self) -> tuple[Style, Style]:
        return MEDIUM.with_(leading=12), SMALL.with_(leading=10)

    def details(self, line: ContentLine, more: str) -> str:
        if not line.sku:
            return more
        return f"{line.sku}, {more}" if more.strip() else line.sku

    def row(self, line: ContentLine, description: list[str], details: list[str], is_first: bool) -> Sketch:
        name_style, detail_style = self.description_styles()
        sketch = Sketch(self.width)
        y = sketch.lines(0, 14, description, name_style) - name_style.leading
        if details:
            y = sketch.lines(0, y + 12.6, details, detail_style) - detail_style.leading
        sketch.rule(0, y + 7.8, self.width, 0.5, HAIRLINE)
        sketch.height = y + 8.4
        if is_first:
            self.draw_cells(sketch, 14, line)
        return sketch

    def cells(self, line: ContentLine) -> dict[str, str]:
        words = self.words
        return {
            "quantity": words.number(line.quantity),
            "unit": line.unit,
            "price": words.unit_price(line.unit_price),
            "discount": words.rate(line.discount) if line.discount else "",
            "vat": words.rate(line.vat_rate),
            "net": words.money(line.net),
        }

    def carried(self, amount: Decimal, at_top: bool) -> Sketch:
        sketch = Sketch(self.width)
        label = self.text(N_("Report")) if at_top else self.text(N_("À reporter"))
        sketch.text(0, 14, label, SECOND)
        sketch.text(self.width, 14, self.words.money(amount), STRONG, "right")
        if at_top:
            sketch.rule(0, 20.4, self.width, 0.5, HAIRLINE)
        sketch.height = 21
        return sketch

    def last_rule(self) -> Sketch:
        return Sketch(self.width)

    # Totals and payment.

    def closing(self) -> Sketch:
        sketch = Sketch(self.width)
        self._vat(sketch)
        self._totals(sketch)
        return sketch

    def _vat(self, sketch: Sketch) -> None:
        edge = 276.9
        for x, title, align in (
            (0, N_("TVA"), "left"),
            (177.4, N_("Base HT"), "right"),
            (edge, N_("Montant"), "right"),
        ):
            sketch.text(x, 22.8, self.text(title), HEAD, align)
        sketch.rule(0, 28.4, edge, 0.5, RULE)
        y = 41.4
        rows = self.vat_table()
        for index, (rate, base, amount) in enumerate(rows):
            style = STRONG if index == len(rows) - 1 else self.body
            sketch.text(0, y, rate, style)
            sketch.text(177.4, y, base, style, "right")
            sketch.text(edge, y, amount, style, "right")
            y += 15.8
        y += 4.1
        for mention in self.tax_mentions():
            y = sketch.paragraph(0, y, edge, mention, SMALL) + 2

    def _totals(self, sketch: Sketch) -> None:
        left, y = 307.0, 26.3
        for amount in self.amounts():
            sketch.text(left, y, amount.label, SECOND)
            sketch.text(self.width, y, amount.value, STRONG if amount.strong else self.body, "right")
            y += 17.25
        top = y - 5.7
        sketch.box(left, top, self.width - left, 30, fill=self.accent, radius=5)
        due, style = self.due(), Style(fonts.SEMIBOLD, 12, self.on_accent)
        sketch.text(left + 10.5, top + 19.4, due.label, fitted(due.label, style, 100))
        sketch.text(self.width - 10.5, top + 19.4, due.value, fitted(due.value, style, 90), "right")

    def payment(self) -> Sketch:
        sketch = Sketch(self.width)
        content = self.content
        if not (content.payment.iban or self.legal_text()):
            return sketch
        x = 96.0 if self.has_qr_room else 12.0
        inner = Sketch(self.width - x - 12)
        y = 20.5
        if content.payment.iban:
            inner.text(0, y, self.text(N_("Payer par virement")), STRONG)
            inner.runs(0, y + STEP, [(N_("IBAN") + " ", SECOND), (self.iban(), self.body)])
            runs = (
                [("BIC ", SECOND), (content.payment.bic, self.body), (" · ", self.body)] if content.payment.bic else []
            )
            runs += [(self.text(N_("Référence")) + " ", SECOND), (self.payment_reference(), STRONG)]
            inner.runs(0, y + 2 * STEP, runs)
            y += 2 * STEP + 14.6
        for line in wrap(self.legal_text(), SMALL, inner.width) if self.legal_text() else []:
            inner.text(0, y, line, SMALL)
            y += SMALL.leading
        height = max(y - SMALL.leading + 13.5, 95 if self.has_qr_room else 0)
        sketch.box(0.4, 0.4, self.width - 0.8, height - 0.8, stroke=HAIRLINE, radius=6)
        if self.has_qr_room:
            self.draw_qr(sketch, 12, 13, 69)
        sketch.place(x, 0, inner)
        sketch.height = height + 0.4
        return sketch


def initials(name: str) -> str:
    """``Atelier Boisvert`` -> ``AB``."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "·"


def _channels(code: str) -> tuple[int, int, int]:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def luminance(code: str) -> float:
    """Relative luminance (WCAG): 0 is black, 1 is white."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(code))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed_with_white(code: str, share: float) -> str:
    return "#" + "".join(f"{round(255 - (255 - channel) * share):02x}" for channel in _channels(code))
