"""Layout "sobre": black only, the client's address in the window of the envelope."""

from decimal import Decimal

from facturepro.documents import fonts
from facturepro.documents.columns import Column
from facturepro.documents.content import ContentLine
from facturepro.documents.layout import GREY, INK, MARK, Entry, Layout
from facturepro.documents.logo import fit
from facturepro.documents.sketch import Sketch, Style, fitted, wrap
from facturepro.i18n import N_

STEP = 12.72
COLUMN = 261.1  # left edge of the right half
VALUE_GAP = 12.7
STRONG = Style(fonts.SEMIBOLD)
HEAD = Style(fonts.SEMIBOLD, 8.25)
SMALL = Style(size=8.25, leading=11.5)
LABEL = Style(color=GREY)


class SobreLayout(Layout):
    margin = 51.0236
    bottom = 776.9
    description_room = 214
    columns = (
        Column("quantity", N_("Quantité"), 273.0, 50, Style()),
        Column("price", N_("Prix unitaire HT"), 351.1, 62, Style()),
        Column("discount", N_("Remise"), 393.4, 30, Style()),
        Column("vat", N_("TVA"), 430.6, 30, Style()),
        Column("net", N_("Montant HT"), 493.2, 50, Style()),
    )

    def header(self) -> Sketch:
        sketch = Sketch(self.width)
        seller_end = self._seller(sketch)
        client_end = self._client(sketch)
        if self.logo is not None:
            width, height = fit(self.logo, 150, 60)
            sketch.image(COLUMN, 42, width, height, self.logo)
        shift = max(0.0, seller_end - 207, client_end - 200)
        self._title(sketch, 237.2 + shift)
        delivery_end = self._delivery(sketch, 226.4 + shift)
        shift += max(0.0, delivery_end - 264.6 - shift)
        end = max(self._dates(sketch, 279.3 + shift), self._references(sketch, 279.3 + shift))
        sketch.height = end - STEP + 21.6
        return sketch

    def _seller(self, sketch: Sketch) -> float:
        seller = self.content.seller
        name = Style(fonts.SEMIBOLD, 12, leading=14)
        y = sketch.paragraph(0, 54.4, COLUMN - 20, seller.name, name) - 14 + 13.8
        entries = [Entry(text) for text in (self.words.legal_form(seller), seller.activity) if text]
        entries += self.address(seller, "seller")
        entries += [Entry(text) for text in (seller.phone, seller.email) if text]
        return self._entries(sketch, 0, y, COLUMN - 20, [*entries, *self.identity(seller, "seller")])

    def _client(self, sketch: Sketch) -> float:
        client = self.content.client
        width = self.width - COLUMN
        y = sketch.paragraph(COLUMN, 129.4, width, client.name, STRONG.with_(leading=STEP))
        return self._entries(
            sketch, COLUMN, y, width, [*self.address(client, "client"), *self.identity(client, "client")]
        )

    def _entries(self, sketch: Sketch, x: float, y: float, width: float, entries: list[Entry]) -> float:
        for entry in entries:
            style = self.body.with_(mark=MARK if entry.missing else None)
            y = sketch.paragraph(x, y, width, entry.text, style)
        return y

    def _title(self, sketch: Sketch, y: float) -> None:
        content = self.content
        title = self.words.title(content)
        if content.number:
            title = self.text(N_("{title} n° {number}"), title=title, number=content.number)
        style = Style(fonts.SEMIBOLD, 15)
        sketch.text(0, y, title, fitted(title, style, COLUMN - 16))
        if content.is_draft:
            issued = self.text(N_("Brouillon, sans numéro"))
        elif content.seller.city:
            issued = self.words.issued_at(content, content.seller.city)
        else:
            issued = self.words.issued(content).capitalize()
        sketch.paragraph(0, y + 14.8, COLUMN - 16, issued, self.body)

    def _delivery(self, sketch: Sketch, y: float) -> float:
        address = self.content.delivery_address
        if not address:
            return y
        sketch.text(COLUMN, y, self.text(N_("Adresse de livraison")), STRONG)
        width = self.width - COLUMN
        y = sketch.paragraph(COLUMN, y + STEP, width, address[0], self.body)
        rest = ", ".join(address[1:])
        return sketch.paragraph(COLUMN, y, width, rest, self.body) if rest else y

    def _dates(self, sketch: Sketch, y: float) -> float:
        content = self.content
        labels = (self.text(N_("Livraison le")), self.words.due_on_label(content))
        delivered, due = self.dated(content.delivered_on, "delivered_on"), self.dated(content.due_on, "due_on")
        x = max(LABEL.width(label) for label in labels) + VALUE_GAP
        for label, entry, style in zip(labels, (delivered, due), (self.body, STRONG), strict=True):
            if entry is not None:
                sketch.text(0, y, label, LABEL)
                sketch.text(x, y, entry.text, style.with_(mark=MARK if entry.missing else None))
                y += STEP
        return y

    def _references(self, sketch: Sketch, y: float) -> float:
        pairs = [
            (self.text(N_("Nature")), self.words.nature(self.content)),
            (self.text(N_("Vos références")), self.content.your_reference),
            (self.text(N_("Nos références")), self.our_references()),
        ]
        pairs = [(label, value) for label, value in pairs if value]
        x = COLUMN + max(LABEL.width(label) for label, _value in pairs) + VALUE_GAP
        for label, value in pairs:
            sketch.text(COLUMN, y, label, LABEL)
            y = sketch.paragraph(x, y, self.width - x, value, self.body)
        return y

    # The table.

    def heading(self) -> Sketch:
        sketch = Sketch(self.width)
        sketch.rule(0, 0, self.width, 0.5, INK)
        sketch.text(0, 14.6, self.text(N_("Désignation")), HEAD)
        self.draw_titles(sketch, 14.6, HEAD)
        sketch.rule(0, 23.6, self.width, 0.5, INK)
        sketch.height = 24.35
        return sketch

    def description_styles(self) -> tuple[Style, Style]:
        return self.body.with_(leading=12), Style(size=7.5, color=GREY, leading=10)

    def row(self, line: ContentLine, description: list[str], details: list[str], is_first: bool) -> Sketch:
        name_style, detail_style = self.description_styles()
        sketch = Sketch(self.width)
        y = sketch.lines(0, 13.45, description, name_style)
        if details:
            y = sketch.lines(0, y, details, detail_style) - detail_style.leading + name_style.leading
        sketch.height = y - name_style.leading + 6.8
        if is_first:
            self.draw_cells(sketch, 13.45, line)
        return sketch

    def cells(self, line: ContentLine) -> dict[str, str]:
        words = self.words
        return {
            "quantity": f"{words.number(line.quantity)} {words.unit(line.unit, line.quantity)}".rstrip(),
            "price": words.unit_price(line.unit_price),
            "discount": words.rate(line.discount) if line.discount else "",
            "vat": words.rate(line.vat_rate),
            "net": words.money(line.net),
        }

    def carried(self, amount: Decimal, at_top: bool) -> Sketch:
        sketch = Sketch(self.width)
        label = self.text(N_("Report")) if at_top else self.text(N_("À reporter"))
        if not at_top:
            sketch.rule(0, 0, self.width, 0.5, INK)
        sketch.text(0, 14.2, label, STRONG)
        sketch.text(self.width, 14.2, self.words.money(amount), STRONG, "right")
        if at_top:
            sketch.rule(0, 20.4, self.width, 0.4, INK)
        sketch.height = 21
        return sketch

    def last_rule(self) -> Sketch:
        sketch = Sketch(self.width)
        sketch.rule(0, 0, self.width, 0.5, INK)
        return sketch

    # Totals and payment.

    def closing(self) -> Sketch:
        sketch = Sketch(self.width)
        self._vat(sketch)
        self._totals(sketch)
        return sketch

    def _vat(self, sketch: Sketch) -> None:
        edge = 224.6
        for x, title, align in (
            (0, N_("TVA"), "left"),
            (144.3, N_("Base HT"), "right"),
            (edge, N_("Montant"), "right"),
        ):
            sketch.text(x, 24.6, self.text(title), HEAD, align)
        sketch.rule(0, 30.3, edge, 0.5, INK)
        y = 42.7
        rows = self.vat_table()
        for index, (rate, base, amount) in enumerate(rows):
            style = HEAD if index == len(rows) - 1 else SMALL
            sketch.text(0, y, rate, style)
            sketch.text(144.3, y, base, style, "right")
            sketch.text(edge, y, amount, style, "right")
            y += 17.2
        y += 5
        for mention in self.tax_mentions():
            y = sketch.paragraph(0, y, 270, mention, SMALL) + 2

    def _totals(self, sketch: Sketch) -> None:
        left, y = 306.1, 25.1
        for amount in self.amounts():
            sketch.text(left, y, amount.label, LABEL)
            sketch.text(self.width, y, amount.value, STRONG if amount.strong else self.body, "right")
            y += 17.22
        sketch.rule(left, y - 8.9, self.width, 0.5, INK)
        due, style = self.due(), Style(fonts.SEMIBOLD, 10.5)
        sketch.text(left, y + 5.9, due.label, style)
        sketch.text(self.width, y + 5.9, due.value, style, "right")
        sketch.rule(left, y + 13.6, self.width, 0.5, INK)
        sketch.rule(left, y + 15.1, self.width, 0.5, INK)

    def payment(self) -> Sketch:
        sketch = Sketch(self.width)
        content, y = self.content, 9.5
        width = self.width
        if self.has_qr_room:
            side = 78
            width -= side + 14
            self.draw_qr(sketch, self.width - side, 0, side)
            if self.qr is not None:
                caption = Style(size=7.5, color=GREY)
                sketch.text(self.width - side / 2, 89, self.text(N_("Virement SEPA")), caption, "center")
        if content.payment.iban:
            sketch.text(0, y, self.text(N_("Règlement par virement")), STRONG)
            lines = [f"IBAN {self.iban()}"]
            lines += [f"BIC {content.payment.bic}"] if content.payment.bic else []
            lines.append(self.text(N_("Référence à rappeler : {number}"), number=self.payment_reference()))
            y = sketch.lines(0, y + STEP, lines, self.body) + 6.3
        legal = Style(size=7.5, color=GREY, leading=10.5)
        sketch.lines(0, y, wrap(self.legal_text(), legal, width) if self.legal_text() else [], legal)
        sketch.height += 4.0
        return sketch

    def draw_footer(self, canvas: object, page: int, pages: int) -> None:
        super().draw_footer(canvas, page, pages)
        rule = Sketch(self.width)
        y = self.legal_baseline - len(self.footer_lines()) * self.legal.leading - 14.3
        rule.rule(self.left, y, self.right, 0.5, INK)
        rule.draw(canvas, 841.8898)
