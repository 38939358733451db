"""Words, amounts and dates of a document in the document's own language.

``facturepro.i18n`` speaks the language of the window, for all threads at once. A document has a language of its own
and may be drawn in a worker, so the language is passed explicitly here. A test holds both to the same French.
"""

import gettext
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from facturepro.assets import resources_dir
from facturepro.documents.content import InvoiceContent, Kind, Party, Reference
from facturepro.i18n import LANGUAGES, N_, SOURCE_LANGUAGE
from facturepro.i18n.formatting import MINUS, currency_exponent, currency_symbol
from facturepro.i18n.typography import NARROW_NBSP, NBSP, typeset

TITLES: dict[Kind, str] = {
    "invoice": N_("Facture"),
    "deposit_invoice": N_("Facture d’acompte"),
    "credit_note": N_("Avoir"),
    "pro_forma": N_("Facture pro forma"),
    "quote": N_("Devis"),
    "order": N_("Commande"),
    "delivery_note": N_("Bon de livraison"),
    "purchase_order": N_("Bon de commande"),
}
_ISSUED_AT = {
    False: N_("Émise à {city}, le {date}"),
    True: N_("Émis à {city}, le {date}"),
}
_ISSUED = {False: N_("émise le {date}"), True: N_("émis le {date}")}
_MASCULINE = ("credit_note", "quote", "delivery_note", "purchase_order")
_NATURES_SHORT = {
    "goods": N_("Livraison de biens"),
    "services": N_("Prestation de services"),
    "mixed": N_("Biens et services (mixte)"),
}
_NATURES_SENTENCE = {
    "goods": N_("Opération : livraison de biens"),
    "services": N_("Opération : prestation de services"),
    "mixed": N_("Opération mixte : biens et services"),
}
MISSING_LABELS = {
    "client.address": N_("Adresse du client"),
    "client.siren": N_("SIREN du client"),
    "client.vat_number": N_("N° de TVA du client"),
    "delivered_on": N_("Date de livraison"),
    "due_on": N_("Échéance"),
    "payment.iban": N_("IBAN"),
    "seller.address": N_("Adresse du vendeur"),
    "seller.capital": N_("Capital du vendeur"),
    "seller.legal_form": N_("Forme juridique du vendeur"),
    "seller.rcs": N_("RCS du vendeur"),
    "seller.siren": N_("SIREN du vendeur"),
    "seller.siret": N_("SIRET du vendeur"),
    "seller.vat_number": N_("N° de TVA du vendeur"),
}
# Units that are symbols, or words that do not change.
_INVARIABLE = re.compile(r"[A-ZÀ-Þ].*|.*[\d²³%/.].*|(?:m|ml|cm|mm|dm|km|g|kg|mg|t|l|cl|dl|hl|h|j|min|s|u|ha|a)|.*[sxz]")
_PREPOSITIONS = ("de", "du", "des", "en", "à", "par", "pour")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("facturepro", str(resources_dir() / "translations"), languages=[language], fallback=True)


@dataclass(frozen=True, slots=True)
class Wording:
    language: str
    currency: str

    @classmethod
    def of(cls, content: InvoiceContent) -> "Wording":
        return cls(content.language if content.language in LANGUAGES else SOURCE_LANGUAGE, content.currency)

    def text(self, message: str, **values: str) -> str:
        translated = self.prose(_catalogue(self.language).gettext(message))
        return translated.format(**values) if values else translated

    def prose(self, text: str) -> str:
        """A text of any origin (a mention, a term) with the no-break spaces of French."""
        return typeset(text) if self.language == SOURCE_LANGUAGE else text

    def number(self, value: Decimal, decimals: int | None = None) -> str:
        if decimals is None:
            exponent = value.normalize().as_tuple().exponent
            decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        text = f"{value:,.{decimals}f}"
        if text.startswith("-"):
            text = (MINUS if text.strip("-0.,") else "") + text[1:]
        if self.language == "fr":
            return text.replace(",", NARROW_NBSP).replace(".", ",")
        return text

    def money(self, value: Decimal, with_symbol: bool = True) -> str:
        text = self.number(value, currency_exponent(self.currency))
        return f"{text}{NBSP}{currency_symbol(self.currency)}" if with_symbol else text

    def unit_price(self, value: Decimal, with_symbol: bool = True) -> str:
        exponent = value.normalize().as_tuple().exponent
        places = max(currency_exponent(self.currency), -exponent if isinstance(exponent, int) else 0)
        text = self.number(value, places)
        return f"{text}{NBSP}{currency_symbol(self.currency)}" if with_symbol else text

    def rate(self, percent: Decimal) -> str:
        return f"{self.number(percent)}{NARROW_NBSP if self.language == 'fr' else ''}%"

    def date(self, day: date, style: str = "long") -> str:
        if style == "short":
            return f"{day:%d/%m/%Y}"
        from babel.dates import format_date  # 29 ms, once: only for worded dates

        return format_date(day, "d MMMM yyyy", locale={"fr": "fr_FR", "en": "en_GB"}[self.language])

    def unit(self, unit: str, quantity: Decimal) -> str:
        """``plaque``, 18 -> ``plaques``; symbols stay (``m²``, ``kg``)."""
        if abs(quantity) < 2 or not unit:
            return unit
        words = unit.split(" ")
        for index, word in enumerate(words):
            if word in _PREPOSITIONS or word.startswith(("d’", "d'")):
                break
            words[index] = _plural(word)
        return " ".join(words)

    def title(self, content: InvoiceContent) -> str:
        return self.text(TITLES[content.kind])

    def issued_at(self, content: InvoiceContent, city: str) -> str:
        assert content.issued_on is not None
        message = _ISSUED_AT[content.kind in _MASCULINE]
        return self.text(message, city=city, date=self.date(content.issued_on))

    def issued(self, content: InvoiceContent) -> str:
        assert content.issued_on is not None
        return self.text(_ISSUED[content.kind in _MASCULINE], date=self.date(content.issued_on, "short"))

    def due_label(self, content: InvoiceContent) -> str:
        return self.text(N_("Validité")) if content.kind == "quote" else self.text(N_("Échéance"))

    def due_on_label(self, content: InvoiceContent) -> str:
        return self.text(N_("Valable jusqu’au")) if content.kind == "quote" else self.text(N_("Échéance le"))

    def nature(self, content: InvoiceContent) -> str:
        return self.text(_NATURES_SHORT[content.operation_nature])

    def nature_sentence(self, content: InvoiceContent) -> str:
        return self.text(_NATURES_SENTENCE[content.operation_nature])

    def reference(self, reference: Reference) -> str:
        """``Commande CO-2026-A0045``; a delivery note shows its number alone."""
        if reference.kind == "delivery_note":
            return reference.number
        return f"{self.text(TITLES[reference.kind])} {reference.number}"

    def corrects(self, reference: Reference) -> str:
        if reference.on is None:
            return self.text(N_("Corrige la facture n° {number}"), number=reference.number)
        message = N_("Corrige la facture n° {number} du {date}")
        return self.text(message, number=reference.number, date=self.date(reference.on))

    def missing(self, name: str) -> str:
        return self.text(MISSING_LABELS[name]) if name in MISSING_LABELS else name

    def legal_line(self, seller: Party) -> str:
        """Atelier Boisvert, SARL au capital de 20 000 € · SIRET ... · RCS ... · N° TVA ..."""
        parts = [", ".join(part for part in (seller.name, self.legal_form(seller)) if part)]
        if seller.siret:
            parts.append(f"SIRET {grouped_siret(seller.siret)}")
        elif seller.siren:
            parts.append(f"SIREN {grouped(seller.siren)}")
        if seller.rcs:
            parts.append(f"RCS {seller.rcs}")
        if seller.vat_number:
            parts.append(self.text(N_("N° TVA {number}"), number=seller.vat_number))
        parts += [f"{entry.label} {entry.value}" for entry in seller.identifiers]
        return " · ".join(parts)

    def legal_form(self, party: Party) -> str:
        if party.legal_form and party.capital:
            return self.text(N_("{form} au capital de {capital}"), form=party.legal_form, capital=party.capital)
        return party.legal_form


def _plural(word: str) -> str:
    if _INVARIABLE.fullmatch(word):
        return word
    return f"{word}x" if word.endswith(("eau", "eu")) else f"{word}s"


def grouped(siren: str) -> str:
    """``123456782`` -> ``123 456 782``; anything else as it is."""
    compact = siren.replace(" ", "")
    if len(compact) != 9 or not compact.isdigit():
        return siren
    return f"{compact[:3]} {compact[3:6]} {compact[6:]}"


def grouped_siret(siret: str) -> str:
    compact = siret.replace(" ", "")
    if len(compact) != 14 or not compact.isdigit():
        return siret
    return f"{grouped(compact[:9])} {compact[9:]}"


def grouped_vat(number: str) -> str:
    """``FR11123456782`` -> ``FR11 123456782``; other countries as they are."""
    return f"{number[:4]} {number[4:]}" if number.startswith("FR") and len(number) == 13 else number


def grouped_iban(iban: str) -> str:
    compact = iban.replace(" ", "")
    return " ".join(compact[index : index + 4] for index in range(0, len(compact), 4))
