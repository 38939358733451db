"""What the three layouts share: words and lines of parties, dates, totals, payment, footer.

A layout answers sketches; ``invoice_pdf`` lets them flow over pages. Distances are points, read from the mock-ups
(10-print-*.png, 2 px = 1 pt); y grows downwards inside a sketch.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from facturepro.documents import einvoice_scope, fonts
from facturepro.documents.columns import Column, Placed, place
from facturepro.documents.content import BILLING_KINDS, ContentLine, InvoiceContent, Party
from facturepro.documents.lines_table import Row, TableParts
from facturepro.documents.logo import read_logo
from facturepro.documents.qr import QrCode, epc_payload, qr_code
from facturepro.documents.sketch import Sketch, Style, wrap
from facturepro.documents.wording import Wording, grouped, grouped_iban, grouped_vat
from facturepro.i18n import N_

PAGE_WIDTH, PAGE_HEIGHT = 595.2756, 841.8898
INK, GREY = "#1d1b17", "#57534b"
RULE, HAIRLINE, BAND, MARK = "#cbc7be", "#e5e2db", "#f3f1ec", "#ffe9a8"
TALLEST_DESCRIPTION = 24  # lines of one row; a longer description goes on in rows of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a party or of the totals; ``missing`` ones are drawn on the mark."""

    text: str
    secondary: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    label: str
    value: str
    strong: bool = False


class Layout(ABC):
    margin: ClassVar[float]
    top: ClassVar[float] = 0
    bottom: ClassVar[float]  # where the flow ends, from the top of the page
    later_top: ClassVar[float] = 60
    body: ClassVar[Style] = Style()
    legal: ClassVar[Style] = Style(size=7.1, color=GREY, leading=10.5)
    legal_baseline: ClassVar[float] = 815.9  # last line of the footer
    watermark = "#f1efeb"
    columns: ClassVar[tuple[Column, ...]]  # of the lines table, without the description
    description_room: ClassVar[float]

    def __init__(self, content: InvoiceContent, duplicate: bool = False) -> None:
        self.content = content
        self.words = Wording.of(content)
        self.duplicate = duplicate
        self.placed: set[str] = set()  # missing mentions that have found their place
        self.left, self.right = self.margin, PAGE_WIDTH - self.margin
        self.width = self.right - self.left
        self.logo = read_logo(content.logo) if content.logo else None

    # The parts of the paper.

    @abstractmethod
    def header(self) -> Sketch: ...

    @abstractmethod
    def cells(self, line: ContentLine) -> dict[str, str]:
        """Texts of a line by the name of their column."""

    @abstractmethod
    def heading(self) -> Sketch: ...

    @abstractmethod
    def row(self, line: ContentLine, description: list[str], details: list[str], is_first: bool) -> Sketch: ...

    @abstractmethod
    def carried(self, amount: Decimal, at_top: bool) -> Sketch: ...

    @abstractmethod
    def last_rule(self) -> Sketch: ...

    @abstractmethod
    def closing(self) -> Sketch: ...

    @abstractmethod
    def payment(self) -> Sketch: ...

    @abstractmethod
    def description_styles(self) -> tuple[Style, Style]:
        """Style of the name, style of the details."""

    def page_ground(self, canvas: Any) -> None:
        """Drawn first on every page."""
        if self.content.is_draft:
            draw_watermark(canvas, self.text(N_("BROUILLON")), self.watermark)

    # Words.

    def text(self, message: str, **values: str) -> str:
        return self.words.text(message, **values)

    def take_missing(self, name: str) -> bool:
        """Is this mention missing? Then it has found its place."""
        if not self.content.is_draft or name not in self.content.missing:
            return False
        self.placed.add(name)
        return True

    def to_fill(self, label: str = "") -> Entry:
        message = self.text(N_("{label} : à compléter"), label=label) if label else self.text(N_("à compléter"))
        return Entry(message, secondary=True, missing=True)

    def address(self, party: Party, owner: str) -> list[Entry]:
        lines = [*party.address, " ".join(part for part in (party.postcode, party.city) if part)]
        other_country = "client" if owner == "seller" else "seller"
        if party.country != getattr(self.content, other_country).country:
            lines.append(country_name(party.country, self.words.language))
        entries = [Entry(line) for line in lines if line]
        if self.take_missing(f"{owner}.address"):
            entries.append(self.to_fill(self.text(N_("Adresse"))))
        return entries

    def identity(self, party: Party, owner: str) -> list[Entry]:
        """SIREN, VAT number and the other identifiers, or what is missing of them."""
        known = {
            "siren": ("SIREN", grouped(party.siren)),
            "siret": ("SIRET", ""),
            "vat_number": (self.text(N_("TVA")), grouped_vat(party.vat_number)),
            "rcs": ("RCS", ""),
        }
        entries = []
        for field, (label, value) in known.items():
            if value:
                entries.append(Entry(f"{label} {value}", secondary=True))
            elif self.take_missing(f"{owner}.{field}"):
                entries.append(self.to_fill(label))
        if owner == "client":
            entries += [Entry(f"{item.label} {item.value}", secondary=True) for item in party.identifiers]
        return entries

    def issue_date(self) -> str:
        issued = self.content.issued_on
        return self.words.date(issued) if issued else self.text(N_("à l’émission"))

    def dated(self, day: Any, name: str, style: str = "long") -> Entry | None:
        if day is not None:
            return Entry(self.words.date(day, style))
        return self.to_fill() if self.take_missing(name) else None

    def our_references(self) -> str:
        return ", ".join(reference.number for reference in self.content.our_references)

    def number_or_draft(self) -> str:
        return self.content.number or self.text(N_("brouillon, sans numéro"))

    # Amounts.

    def amounts(self) -> list[Amount]:
        """The totals above the amount due."""
        totals, money = self.content.totals, self.words.money
        rows = []
        if totals.discount:
            rows.append(Amount(self.text(N_("Total HT avant remise")), money(totals.gross_before_discount)))
            rows.append(Amount(self.text(N_("Remises")), money(-totals.discount)))
        rows.append(Amount(self.text(N_("Total HT")), money(totals.net), strong=True))
        rows.append(Amount(self.text(N_("Total TVA")), money(totals.vat)))
        rows.append(Amount(self.text(N_("Total TTC")), money(totals.gross), strong=True))
        if totals.paid:
            rows.append(Amount(self.text(N_("Déjà réglé")), money(-totals.paid)))
        return rows

    def due(self) -> Amount:
        labels = {"credit_note": N_("Net à votre crédit"), "quote": N_("Montant total")}
        label = self.text(labels.get(self.content.kind, N_("Net à payer")))
        return Amount(label, self.words.money(self.content.totals.due), strong=True)

    def vat_table(self) -> list[tuple[str, str, str]]:
        words, totals = self.words, self.content.totals
        rows = [(words.rate(row.rate), words.money(row.base), words.money(row.amount)) for row in totals.vat_rows]
        return [*rows, (self.text(N_("Total")), words.money(totals.net), words.money(totals.vat))]

    def tax_mentions(self) -> list[str]:
        """Exemptions, option for debits and the company's own mentions; each once."""
        texts = [row.exemption for row in self.content.totals.vat_rows if row.exemption]
        if self.content.vat_on_debits:
            texts.append(self.text(N_("Option pour le paiement de la taxe d’après les débits.")))
        texts += self.content.mentions
        if self.content.corrects is not None:
            texts.insert(0, self.words.corrects(self.content.corrects) + ".")
        return list(dict.fromkeys(map(self.words.prose, texts)))

    def sentences(self) -> str:
        """Mentions and terms as one running text."""
        ended = [text if text.endswith((".", "!", "?", ":", ",", ";")) else f"{text}." for text in self.tax_mentions()]
        return " ".join([*ended, self.legal_text()]).strip()

    def still_missing(self) -> str:
        """Missing mentions that have no place of their own on the paper."""
        if not self.content.is_draft:
            return ""
        names = [self.words.missing(name) for name in self.content.missing if name not in self.placed]
        return self.text(N_("À compléter avant d’émettre : {names}"), names=", ".join(names)) if names else ""

    # Payment.

    @cached_property
    def qr(self) -> QrCode | None:
        payload = epc_payload(self.content)
        return qr_code(payload) if payload else None

    @property
    def promises_qr(self) -> bool:
        """A draft shows where the code will be."""
        content = self.content
        can_claim = content.kind in ("invoice", "deposit_invoice") and content.currency == "EUR"
        return content.is_draft and can_claim and bool(content.payment.iban)

    def draw_qr(self, sketch: Sketch, x: float, y: float, side: float, size: float = 6) -> None:
        if self.qr is not None:
            sketch.qr(x, y, side, self.qr, INK)
        elif self.promises_qr:
            sketch.box(x, y, side, side, stroke=RULE, dash=(2, 2))
            style = Style(size=size, color=GREY, leading=size * 1.5)
            lines = ["QR", self.text(N_("à l’émission"))]
            sketch.lines(x + side / 2, y + side / 2 - 1, lines, style, "center")

    @property
    def has_qr_room(self) -> bool:
        return self.qr is not None or self.promises_qr

    def iban(self) -> str:
        return grouped_iban(self.content.payment.iban)

    def payment_reference(self) -> str:
        return self.content.number or self.text(N_("à l’émission"))

    def legal_text(self) -> str:
        return self.words.prose(" ".join(self.content.payment.sentences()))

    # The table.

    @cached_property
    def placed_columns(self) -> tuple[tuple[Placed, ...], float]:
        widths = dict.fromkeys((column.name for column in self.columns), 0.0)
        for line in self.content.lines:
            for name, text in self.cells(line).items():
                if len(text) > 5:  # shorter ones fit everywhere
                    widths[name] = max(widths[name], self.body.width(text) + 0.5)
        return place(self.columns, widths, self.description_room, self.description_room * 0.55)

    def draw_titles(self, sketch: Sketch, baseline: float, style: Style) -> None:
        for placed in self.placed_columns[0]:
            sketch.text(placed.x, baseline, self.text(placed.column.title), style, placed.column.align)

    def draw_cells(self, sketch: Sketch, baseline: float, line: ContentLine) -> None:
        cells = self.cells(line)
        for placed in self.placed_columns[0]:
            text = cells[placed.column.name]
            if text:
                placed.draw(sketch, baseline, text)

    @property
    def description_width(self) -> float:
        return self.placed_columns[1]

    def table(self, keep_after: float) -> TableParts:
        return TableParts(self.heading(), tuple(self.rows()), self.carried, self.last_rule(), keep_after)

    def rows(self) -> list[Row]:
        name_style, detail_style = self.description_styles()
        width = self.description_width
        rows = []
        for line in self.content.lines:
            name, _newline, more = line.description.partition("\n")
            names = wrap(name, name_style, width)
            details = self.details(line, more)
            detail_lines = wrap(details, detail_style, width) if details.strip() else []
            rows += self._cut_rows(line, names, detail_lines)
        return rows

    def details(self, line: ContentLine, more: str) -> str:
        """The small text under the name."""
        return more

    def _cut_rows(self, line: ContentLine, names: list[str], details: list[str]) -> list[Row]:
        room = TALLEST_DESCRIPTION
        if len(names) + len(details) <= room:
            return [Row(self.row(line, names, details, is_first=True), line.net)]
        rows: list[Row] = []
        while names or details:
            now_names, names = names[:room], names[room:]
            left = room - len(now_names)
            now_details, details = details[:left], details[left:]
            sketch = self.row(line, now_names, now_details, is_first=not rows)
            rows.append(Row(sketch, line.net if not rows else Decimal(0)))
        return rows

    # The footer.

    def footer_lines(self) -> list[str]:
        return wrap(self.words.legal_line(self.content.seller), self.legal, self.width)

    def seal_line(self) -> str:
        content = self.content
        if content.is_draft:
            return self.text(N_("Aperçu non contractuel"))
        parts = []
        if self.duplicate:
            parts.append(self.text(N_("Duplicata")))
        if einvoice_scope.applies_to(content):
            parts.append(self.text(N_("Facture électronique Factur-X (EN 16931)")))
        if content.fingerprint and content.kind in BILLING_KINDS:
            code = content.fingerprint
            short = " ".join(code[index : index + 4] for index in range(0, 16, 4))
            parts.append(self.text(N_("empreinte SHA-256 {code}…"), code=short))
        line = ", ".join(parts)
        return line[:1].upper() + line[1:]

    @cached_property
    def footer(self) -> Sketch:
        """Without the page number; it ends at ``legal_baseline`` and grows upwards."""
        sketch = Sketch(self.width)
        lines = [*self.footer_lines(), self.seal_line()]
        first = self.legal_baseline - (len(lines) - 1) * self.legal.leading
        sketch.lines(0, first, lines, self.legal)
        return sketch

    @property
    def flow_bottom(self) -> float:
        """Where the flow must end, from the top of the page: long legal lines push it up."""
        return self.bottom - (len(self.footer_lines()) - 1) * self.legal.leading

    def draw_footer(self, canvas: Any, page: int, pages: int) -> None:
        canvas.saveState()
        canvas.translate(self.left, 0)
        self.footer.draw(canvas, PAGE_HEIGHT)
        number = Sketch(self.width)
        label = self.text(N_("Page {page} / {pages}"), page=str(page), pages=str(pages))
        number.text(self.width, self.legal_baseline, label, self.legal, "right")
        number.draw(canvas, PAGE_HEIGHT)
        canvas.restoreState()

    def draw_continuation(self, canvas: Any) -> None:
        """Head of the second and later pages: which document this is."""
        sketch = Sketch(self.width)
        style = self.body.with_(size=8, color=GREY)
        sketch.text(0, self.later_top - 16, self.content.seller.name, style)
        title = f"{self.words.title(self.content)} {self.number_or_draft()} · {self.content.client.name}"
        sketch.text(self.width, self.later_top - 16, title, style, "right")
        canvas.saveState()
        canvas.translate(self.left, 0)
        sketch.draw(canvas, PAGE_HEIGHT)
        canvas.restoreState()

    def notes(self) -> list[Sketch]:
        """Free text after the totals, in pieces that can go to the next page."""
        style = self.body
        pieces = []
        lines = wrap(self.content.notes, style, self.width) if self.content.notes.strip() else []
        warning = self.still_missing()
        for index in range(0, len(lines), 10):
            sketch = Sketch(self.width)
            sketch.lines(0, style.size + (8 if index == 0 else 2), lines[index : index + 10], style)
            pieces.append(sketch)
        if warning:
            sketch = Sketch(self.width)
            marked = style.with_(mark=MARK)
            sketch.lines(3, style.size + 10, wrap(warning, style, self.width - 6), marked)
            pieces.append(sketch)
        return pieces


def draw_watermark(canvas: Any, text: str, code: str) -> None:
    from facturepro.documents.sketch import color

    canvas.saveState()
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT * 0.54)
    canvas.rotate(27)
    canvas.setFillColor(color(code))
    text = fonts.shown(text)
    size = min(72.0, 72.0 * 450 / fonts.face(fonts.BOLD).width(text, 72))
    canvas.setFont(fonts.BOLD, size)
    canvas.drawCentredString(0, -size * 0.36, text)
    canvas.restoreState()


def country_name(code: str, language: str) -> str:
    from babel import Locale  # 29 ms, only for foreign addresses

    return str(Locale.parse(language).territories.get(code, code))
