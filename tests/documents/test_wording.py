from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturepro.documents.wording import Wording, grouped, grouped_iban, grouped_siret, grouped_vat
from facturepro.i18n import formatting
from tests.documents import samples

WORDS = Wording("fr", "EUR")
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12)


@given(amounts)
def test_paper_and_window_write_amounts_alike(amount):
    assert WORDS.money(amount) == formatting.format_money(amount)
    assert WORDS.number(amount) == formatting.format_quantity(amount)
    assert WORDS.unit_price(amount) == formatting.format_unit_price(amount)


@pytest.mark.parametrize("style", ["short", "long"])
def test_paper_and_window_write_dates_alike(style):
    day = date(2026, 12, 1)
    assert WORDS.date(day, style) == formatting.format_date(day, style)


def test_amounts_of_other_currencies_and_languages():
    assert Wording("fr", "TND").money(Decimal("1234.5")) == "1\u202f234,500\u00a0TND"
    assert Wording("en", "EUR").money(Decimal("-1234.5")) == "\u22121,234.50\u00a0€"
    assert WORDS.rate(Decimal("5.50")) == "5,5\u202f%"
    assert WORDS.unit_price(Decimal("0.0450")) == "0,045\u00a0€"


@pytest.mark.parametrize(
    ("unit", "quantity", "expected"),
    [
        ("plaque", "18", "plaques"),
        ("plaque", "1.5", "plaque"),
        ("seau", "2", "seaux"),
        ("mois", "3", "mois"),
        ("m²", "3", "m²"),
        ("kg", "3", "kg"),
        ("boîte de 200", "2", "boîtes de 200"),
        ("mètre linéaire", "2", "mètres linéaires"),
        ("", "2", ""),
    ],
)
def test_units_agree_with_their_quantity(unit, quantity, expected):
    assert WORDS.unit(unit, Decimal(quantity)) == expected


def test_identifiers_are_grouped_as_people_read_them():
    assert grouped("123456782") == "123 456 782"
    assert grouped("BE 0403") == "BE 0403"
    assert grouped_siret("12345678200010") == "123 456 782 00010"
    assert grouped_vat("FR11123456782") == "FR11 123456782"
    assert grouped_iban("FR7630006000011234567890189") == "FR76 3000 6000 0112 3456 7890 189"


def test_the_legal_line_is_the_one_of_the_pictures():
    assert WORDS.legal_line(samples.SELLER) == (
        "Atelier Boisvert, SARL au capital de 20\u202f000\u00a0€ · SIRET 123 456 782 00010 · "
        "RCS Lille Métropole 123 456 782 · N° TVA FR11123456782"
    )
