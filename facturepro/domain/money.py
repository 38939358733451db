"""Scales and the one rounding rule.

Stored integers: money in the currency's own exponent, unit prices x 10^4, quantities x 10^3, rates and discounts
in basis points of a percent (5.5 % = 550). In Python everything is ``Decimal``.
"""

from decimal import ROUND_HALF_UP, Decimal

MONEY_DECIMALS = 2
UNIT_PRICE_DECIMALS = 4
QUANTITY_DECIMALS = 3
RATE_DECIMALS = 2
_LAST_PLACE = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """The only rounding of FacturePro: half away from zero, as French invoices are rounded by hand."""
    return value.quantize(_LAST_PLACE[decimals], rounding=ROUND_HALF_UP)


def to_scaled(value: Decimal, decimals: int) -> int:
    """``Decimal("12.5"), 2`` -> 1250.

    Raises:
        ValueError: the value has more decimals than the scale holds; rounding is the caller's decision.
    """
    scaled = value.scaleb(decimals)
    integer = int(scaled)
    if integer != scaled:
        raise ValueError(f"{value} has more than {decimals} decimals")
    return integer


def from_scaled(value: int, decimals: int) -> Decimal:
    return Decimal(value).scaleb(-decimals)


def plain(value: Decimal, minimum_decimals: int = 0) -> str:
    """Machine form for JSON and CSV: ``Decimal("12.5000"), 2`` -> ``"12.50"``; never an exponent."""
    text = f"{value:f}"
    whole, _dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(minimum_decimals, "0")
    sign_only_zero = whole == "-0" and not fraction.strip("0")
    whole = "0" if sign_only_zero else whole
    return f"{whole}.{fraction}" if fraction else whole
