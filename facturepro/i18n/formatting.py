"""Numbers and dates as people read them.

French typography: U+202F between thousands, U+00A0 before the currency and the percent sign, U+2212 as minus.
Values are ``Decimal`` or ``int``, never float.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache

from facturepro.i18n import language
from facturepro.i18n.typography import NARROW_NBSP, NBSP

MINUS = "\u2212"

_DATE_PATTERNS = {
    "fr": {"short": "dd/MM/yyyy", "day": "d MMM", "long": "d MMMM yyyy", "full": "EEEE d MMMM yyyy"},
    "en": {"short": "dd/MM/yyyy", "day": "d MMM", "long": "d MMMM yyyy", "full": "EEEE d MMMM yyyy"},
}
# Symbols are data of the currency, but babel's locale data costs 29 ms at start for these few.
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "MAD": "MAD", "TND": "TND", "CHF": "CHF"}
_EXPONENTS = {"TND": 3, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "JPY": 0, "KRW": 0, "XOF": 0, "XAF": 0}


def currency_exponent(currency: str) -> int:
    """Number of decimals of a currency (ISO 4217): EUR 2, TND 3, JPY 0."""
    return _EXPONENTS.get(currency, 2)


def currency_symbol(currency: str) -> str:
    return _SYMBOLS.get(currency, currency)


def format_number(value: Decimal | int, decimals: int | None = None, in_language: str | None = None) -> str:
    """``Decimal("1234.5"), 2`` -> ``1 234,50``. Without ``decimals`` as many as the value needs.

    ``in_language`` overrides the window's language (papers have their own).
    """
    value = Decimal(value)
    if decimals is None:
        value = value.normalize()
        exponent = value.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    whole, _dot, fraction = f"{abs(value):.{decimals}f}".partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    groups.insert(0, whole)
    french = (in_language or language()) == "fr"
    text = (NARROW_NBSP if french else ",").join(groups)
    if fraction:
        text += ("," if french else ".") + fraction
    is_zero = not (set(text) & set("123456789"))
    return (MINUS if value < 0 and not is_zero else "") + text


def format_money(
    value: Decimal | int, currency: str = "EUR", decimals: int | None = None, in_language: str | None = None
) -> str:
    """``1 234,50 €``. ``decimals`` overrides the currency's own (0 for key figures)."""
    places = currency_exponent(currency) if decimals is None else decimals
    return f"{format_number(value, places, in_language)}{NBSP}{currency_symbol(currency)}"


def format_unit_price(value: Decimal, currency: str = "EUR", with_symbol: bool = True) -> str:
    """At least the currency's decimals, up to four."""
    exponent = value.normalize().as_tuple().exponent
    places = max(currency_exponent(currency), -exponent if isinstance(exponent, int) else 0)
    return format_money(value, currency, places) if with_symbol else format_number(value, places)


def format_quantity(value: Decimal | int) -> str:
    return format_number(value)


def format_rate(percent: Decimal | int) -> str:
    """``Decimal("5.5")`` -> ``5,5 %``."""
    return f"{format_number(percent)}{NBSP if language() == 'fr' else ''}%"


def format_date(day: date | None, style: str = "short") -> str:
    """``short`` 20/12/2026, ``day`` 20 déc., ``long`` 20 décembre 2026, ``full`` dimanche 20 décembre 2026."""
    if day is None:
        return "—"
    if style == "short":
        return f"{day:%d/%m/%Y}"
    from babel.dates import format_date as babel_date  # 29 ms: only for worded dates

    patterns = _DATE_PATTERNS.get(language(), _DATE_PATTERNS["en"])
    return babel_date(day, patterns[style], locale=_locale(language()))


def format_instant(at: datetime, now: datetime | None = None) -> str:
    """Local time; today only the clock, else the day as well."""
    local = at.astimezone()
    clock = f"{local:%H:%M}"
    if now is not None and local.date() == now.astimezone().date():
        return clock
    return f"{format_date(local.date(), 'day')} {clock}"


@cache
def _locale(code: str) -> str:
    return {"fr": "fr_FR", "en": "en_GB"}.get(code, code)
