"""Layout "dense": one line per product, 22 and more on the first page, the legal text at the foot."""

from decimal import Decimal

from facturepro.documents import fonts
from facturepro.documents.columns import Column
from facturepro.documents.content import ContentLine
from facturepro.documents.layout import BAND, GREY, HAIRLINE, INK, MARK, RULE, Entry, Layout
from facturepro.documents.logo import fit
from facturepro.documents.sketch import Sketch, Style, elided, fitted, wrap
from facturepro.documents.wording import Wording
from facturepro.i18n import N_

STEP = 10.5
COLUMNS = (8.0, 175.5, 343.0)  # left edges of the three boxes' texts
BOX_EDGES = (167.5, 335.0)
TEXT = Style(size=8, leading=STEP)
SECOND = Style(size=8, color=GREY, leading=STEP)
STRONG = Style(fonts.SEMIBOLD, 8, leading=STEP)
HEAD = Style(fonts.SEMIBOLD, 7.25)
LABEL = Style(fonts.SEMIBOLD, 7.25, GREY)
TINY = Style(size=7.5, leading=13.5)
# Left edges of reference and description.
REFERENCE, DESCRIPTION = 3.8, 79.0
PADDING = 4.0


class DenseLayout(Layout):
    margin = 34.0157
    bottom = 795.0
    later_top = 46
    description_room = 210
    columns = (
        Column("quantity", N_("Qté"), 315.6, 24, TEXT),
        Column("unit", N_("Unité"), 324.0, 40, SECOND, starts=True),
        Column("price", N_("PU HT"), 403.0, 36, TEXT),
        Column("discount", N_("Rem."), 435.8, 28, SECOND),
        Column("vat", N_("TVA"), 471.8, 28, SECOND),
        Column("net", N_("Total HT"), 523.2, 44, TEXT),
    )
    body = TEXT
    legal = Style(size=7.1, color=GREY, leading=9.5)
    legal_baseline = 820.2

    def header(self) -> Sketch:
        sketch = Sketch(self.width)
        self._brand(sketch)
        self._title(sketch)
        top = 61.5
        ends = (self._seller(sketch, top), self._client(sketch, top), self._conditions(sketch, top))
        bottom = max(*ends, 129.4) - STEP + 9.2
        sketch.box(0.2, top + 0.2, self.width - 0.4, bottom - top, stroke=RULE)
        for x in BOX_EDGES:
            sketch.box(x, top, 0.5, bottom - top, fill=RULE)
        sketch.height = bottom + 7.3
        return sketch

    def _brand(self, sketch: Sketch) -> None:
        seller, x = self.content.seller, 0.0
        if self.logo is not None:
            width, height = fit(self.logo, 80, 26)
            sketch.image(0, 40.5 - height / 2, width, height, self.logo)
            x = width + 8
        name = fitted(seller.name, Style(fonts.BOLD, 11.25), 340 - x)
        sketch.text(x, 39.8, elided(seller.name, name, 340 - x), name)
        place = ", ".join([*seller.address, f"{seller.postcode} {seller.city}".strip()])
        contact = " · ".join(part for part in (place, seller.phone, seller.email) if part)
        style = fitted(contact, SECOND, 400 - x, smallest=0.88)
        sketch.text(x, 51.3, elided(contact, style, 400 - x), style)

    def _title(self, sketch: Sketch) -> None:
        content = self.content
        title = " ".join(part for part in (self.words.title(content), content.number) if part)
        sketch.text(self.width, 39.9, title, fitted(title, Style(fonts.BOLD, 11.25), 180), "right")
        issued = self.number_or_draft() if content.is_draft else self.words.issued(content)
        sketch.text(self.width, 51.1, issued, SECOND, "right")

    def _entries(self, sketch: Sketch, index: int, y: float, entries: list[Entry]) -> float:
        for entry in entries:
            style = TEXT.with_(mark=MARK if entry.missing else None)
            y = sketch.paragraph(COLUMNS[index], y, 153, entry.text, style)
        return y

    def _joined_address(self, entries: list[Entry]) -> list[Entry]:
        """The address in one line, wrapped where it must."""
        known = ", ".join(entry.text for entry in entries if not entry.missing)
        return [*([Entry(known)] if known else []), *(entry for entry in entries if entry.missing)]

    def _seller(self, sketch: Sketch, top: float) -> float:
        seller = self.content.seller
        sketch.text(COLUMNS[0], top + 13.8, self.text(N_("Vendeur")), LABEL)
        name = ", ".join(part for part in (seller.name, seller.legal_form) if part)
        address = self._joined_address(self.address(seller, "seller"))
        return self._entries(sketch, 0, top + 25.9, [Entry(name), *address, *self.identity(seller, "seller")])

    def _client(self, sketch: Sketch, top: float) -> float:
        client = self.content.client
        sketch.text(COLUMNS[1], top + 13.8, self.text(N_("Client")), LABEL)
        y = sketch.paragraph(COLUMNS[1], top + 25.9, 153, client.name, STRONG)
        address = self._joined_address(self.address(client, "client"))
        return self._entries(sketch, 1, y, [*address, *self.identity(client, "client")])

    def _conditions(self, sketch: Sketch, top: float) -> float:
        content, x = self.content, COLUMNS[2]
        nature = self.words.nature(content)
        pairs = [
            (self.text(N_("Livraison")), self._delivery(), TEXT),
            (self.words.due_label(content), self.dated(content.due_on, "due_on", "short"), STRONG),
            (self.text(N_("Nature")), Entry(_nature_first(self.words, content.operation_nature) or nature), TEXT),
            (self.text(N_("Réf.")), Entry(self.our_references()), TEXT),
            (self.text(N_("Votre réf.")), Entry(content.your_reference), TEXT),
        ]
        sketch.text(x, top + 13.8, self.text(N_("Conditions")), LABEL)
        y = top + 25.9
        for label, entry, style in pairs:
            if entry is None or not entry.text:
                continue
            sketch.text(x, y, label, SECOND)
            room = self.width - 8 - x - SECOND.width(label) - 8
            lines = wrap(entry.text, style, room)
            style = style.with_(mark=MARK if entry.missing else None)
            y = sketch.lines(self.width - 8, y, lines, style, "right")
        return y

    def _delivery(self) -> Entry | None:
        entry = self.dated(self.content.delivered_on, "delivered_on", "short")
        if entry is not None and entry.missing:
            return entry
        address = self.content.delivery_address
        place = ", ".join(address) if address else self.text(N_("même adresse"))
        return Entry(", ".join(part for part in (entry.text if entry else "", place) if part))

    # The table.

    def heading(self) -> Sketch:
        sketch = Sketch(self.width)
        sketch.box(0, 0, self.width, 17, fill=BAND)
        sketch.rule(0, 0, self.width, 0.5, INK)
        sketch.rule(0, 16.3, self.width, 0.5, INK)
        sketch.text(REFERENCE, 11.2, self.text(N_("Réf.")), HEAD)
        sketch.text(DESCRIPTION, 11.2, self.text(N_("Désignation")), HEAD)
        self.draw_titles(sketch, 11.2, HEAD)
        sketch.height = 16.7
        return sketch

    def description_styles(self) -> tuple[Style, Style]:
        return TEXT, Style(size=7, color=GREY, leading=9)

    def row(self, line: ContentLine, description: list[str], details: list[str], is_first: bool) -> Sketch:
        name_style, detail_style = self.description_styles()
        sketch = Sketch(self.width)
        if is_first and line.sku:
            reference = fitted(line.sku, SECOND, 70, smallest=0.8)
            sketch.text(REFERENCE, 10.2, elided(line.sku, reference, 70), reference)
        y = sketch.lines(DESCRIPTION, 10.2, description, name_style) - name_style.leading
        if details:
            y = sketch.lines(DESCRIPTION, y + 9.2, details, detail_style) - detail_style.leading
        sketch.rule(0, y + 5.5, self.width, 0.5, HAIRLINE)
        sketch.height = y + 6.04
        if is_first:
            self.draw_cells(sketch, 10.2, line)
        return sketch

    def cells(self, line: ContentLine) -> dict[str, str]:
        words = self.words
        return {
            "quantity": words.number(line.quantity),
            "unit": line.unit,
            "price": words.unit_price(line.unit_price, with_symbol=False),
            "discount": words.rate(line.discount) if line.discount else "",
            "vat": words.rate(line.vat_rate),
            "net": words.money(line.net, with_symbol=False),
        }

    def carried(self, amount: Decimal, at_top: bool) -> Sketch:
        sketch = Sketch(self.width)
        label = self.text(N_("Report")) if at_top else self.text(N_("À reporter"))
        sketch.text(DESCRIPTION, 10.2, label, STRONG)
        sketch.text(self.width - PADDING, 10.2, self.words.money(amount, with_symbol=False), STRONG, "right")
        if at_top:
            sketch.rule(0, 15.7, self.width, 0.5, HAIRLINE)
        sketch.height = 16.24
        return sketch

    def last_rule(self) -> Sketch:
        return Sketch(self.width)

    # Totals and payment.

    def closing(self) -> Sketch:
        sketch = Sketch(self.width)
        if self.has_qr_room:
            self.draw_qr(sketch, 0, 10.5, 63, size=5.5)
        y = self._transfer(sketch)
        self._vat(sketch, y)
        self._totals(sketch)
        return sketch

    def _transfer(self, sketch: Sketch) -> float:
        """IBAN and reference; answers the baseline of the VAT table's heading."""
        payment, x = self.content.payment, 81.0
        if not payment.iban:
            return 19.9
        sketch.text(x, 17.7, self.text(N_("Règlement par virement")), LABEL)
        lines = [f"IBAN {self.iban()}"]
        lines += [f"BIC {payment.bic}"] if payment.bic else []
        lines.append(self.text(N_("Référence {number}"), number=self.payment_reference()))
        return sketch.lines(x, 29.9, lines, TEXT) + 9.2

    def _vat(self, sketch: Sketch, y: float) -> None:
        left, middle, right = 81.0, 209.6, 295.2
        for x, title, align in (
            (left, N_("TVA"), "left"),
            (middle, N_("Base HT"), "right"),
            (right, N_("Montant"), "right"),
        ):
            sketch.text(x, y, self.text(title), LABEL.with_(size=7.5), align)
        sketch.rule(left, y + 4.0, right, 0.5, RULE)
        rows = self.vat_table()
        y += 14
        for index, (rate, base, amount) in enumerate(rows):
            style = TINY.with_(font=fonts.SEMIBOLD) if index == len(rows) - 1 else TINY
            sketch.text(left, y, rate, style)
            sketch.text(middle, y, base, style, "right")
            sketch.text(right, y, amount, style, "right")
            y += 13.5

    def _totals(self, sketch: Sketch) -> None:
        left, y = 313.5, 19.8
        for amount in self.amounts():
            sketch.text(left, y, amount.label, SECOND)
            sketch.text(self.width, y, amount.value, STRONG if amount.strong else TEXT, "right")
            y += 13.5
        sketch.rule(left, y - 6.9, self.width, 0.5, INK)
        due, style = self.due(), Style(fonts.SEMIBOLD, 10.5)
        sketch.text(left, y + 7.3, due.label, fitted(due.label, style, 100))
        sketch.text(self.width, y + 7.3, due.value, style, "right")

    def payment(self) -> Sketch:
        sketch = Sketch(self.width)
        text = self.sentences()
        if not text:
            return sketch
        sketch.rule(0, 0, self.width, 0.5, RULE)
        style = self.legal.with_(size=7, leading=9.55)
        sketch.lines(0, 13.1, wrap(text, style, self.width), style)
        return sketch


def _nature_first(words: Wording, nature: str) -> str:
    return words.text(N_("Mixte : biens et services")) if nature == "mixed" else ""
