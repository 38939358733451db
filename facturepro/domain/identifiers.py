"""Identifiers checked by python-stdnum, never by hand: each check answers the compact form."""

import re
from collections.abc import Callable
from importlib import import_module

from facturepro.domain import numbering
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")


def _checked(module: str, code: str, label: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        compact = text.strip()
        if not compact:
            return ""
        # stdnum modules load lists of prefixes: imported where used, not at start.
        number = import_module(f"stdnum.{module}")
        from stdnum.exceptions import ValidationError  # same reason

        try:
            return str(number.validate(compact))
        except ValidationError as error:
            raise UserError(code, label=_(label), text=compact) from error

    return check


siren = _checked("fr.siren", "identifier_invalid", N_("Le SIREN"))
siret = _checked("fr.siret", "identifier_invalid", N_("Le SIRET"))
iban = _checked("iban", "iban_invalid", N_("L’IBAN"))
bic = _checked("bic", "identifier_invalid", N_("Le BIC"))
ice = _checked("ma.ice", "identifier_invalid", N_("L’ICE"))
ean = _checked("ean", "identifier_invalid", N_("Le code-barres"))
_eu_vat = _checked("eu.vat", "identifier_invalid", N_("Le numéro de TVA"))


def vat_number(text: str) -> str:
    """EU VAT number with its country prefix, compact (``FR11123456782``)."""
    compact = re.sub(r"[\s.\-]", "", text).upper()
    return _eu_vat(compact) if compact else ""


def french_vat_number(siren_text: str) -> str:
    """The VAT number that follows from a SIREN: key = (12 + 3 x (SIREN mod 97)) mod 97."""
    number = siren(siren_text)
    return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}" if number else ""


def email(text: str) -> str:
    compact = text.strip()
    if compact and not _EMAIL.fullmatch(compact):
        raise UserError("email_invalid", text=compact)
    return compact


def number_prefix(text: str) -> str:
    """Prefix of the documents' numbers (BR-FR)."""
    compact = text.strip()
    if not numbering.PREFIX.fullmatch(compact):
        raise UserError("prefix_invalid", text=compact)
    return compact


def postcode(text: str, country: str) -> str:
    compact = text.strip()
    if country == "FR" and compact and not re.fullmatch(r"[0-9]{5}", compact.replace(" ", "")):
        raise UserError("postcode_invalid", text=compact)
    return compact.replace(" ", "") if country == "FR" else compact
