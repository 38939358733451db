"""Identifiers are checked by python-stdnum and answered compact."""

from collections.abc import Callable

import pytest

from facturepro.domain import identifiers
from facturepro.domain.errors import UserError


@pytest.mark.parametrize(
    ("check", "text", "compact"),
    [
        (identifiers.siren, " 123 456 782 ", "123456782"),
        (identifiers.siret, "732 829 320 00074", "73282932000074"),
        (identifiers.iban, "FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        (identifiers.bic, "bnpafrppxxx", "BNPAFRPPXXX"),
        (identifiers.ean, "4006381333931", "4006381333931"),
        (identifiers.vat_number, "fr 11 123.456-782", "FR11123456782"),
        (identifiers.vat_number, "BE0123456749", "BE0123456749"),
        (identifiers.email, " a.b+c@exemple.fr ", "a.b+c@exemple.fr"),
        (identifiers.email, "é@exämple.fr", "é@exämple.fr"),
        (lambda text: identifiers.postcode(text, "FR"), "59 000", "59000"),
        (lambda text: identifiers.postcode(text, "BE"), " 1000 ", "1000"),
    ],
)
def test_valid(check: Callable[[str], str], text: str, compact: str) -> None:
    assert check(text) == compact
    assert check("  ") == ""


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (identifiers.siren, "123456789"),
        (identifiers.siren, "12345678"),
        (identifiers.siret, "73282932000075"),
        (identifiers.iban, "FR7630006000011234567890188"),
        (identifiers.bic, "BNPA"),
        (identifiers.ice, "001561191000067"),
        (identifiers.ean, "4006381333932"),
        (identifiers.vat_number, "FR12123456782"),
        (identifiers.vat_number, "123456782"),
        (identifiers.email, "a@b"),
        (identifiers.email, "a b@c.fr"),
        (identifiers.email, "a@b.fr, c@d.fr"),
        (lambda text: identifiers.postcode(text, "FR"), "5900"),
        (lambda text: identifiers.postcode(text, "FR"), "٥٩٠٠٠"),
    ],
)
def test_invalid(check: Callable[[str], str], text: str) -> None:
    with pytest.raises(UserError) as caught:
        check(text)
    assert caught.value.message


def test_the_vat_number_follows_from_the_siren() -> None:
    assert identifiers.french_vat_number("732 829 320") == "FR44732829320"
    assert identifiers.french_vat_number("") == ""
    assert identifiers.vat_number(identifiers.french_vat_number("123456782")) == "FR11123456782"
