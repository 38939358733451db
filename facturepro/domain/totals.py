"""Totals of a document. VAT is computed per rate on the rounded sum of the lines' bases (EN 16931, BR-CO-17),
never by adding rounded line taxes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from facturepro.domain.money import round_half_up

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """quantity, unit_price net of tax, discount and vat_rate in percent."""

    quantity: Decimal
    unit_price: Decimal
    vat_rate: Decimal
    discount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class VatBase:
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """``nets``: the amount of each line, in the order in which they were given."""

    before_discount: Decimal
    discount: Decimal
    net: Decimal
    vat: Decimal
    gross: Decimal
    by_rate: tuple[VatBase, ...]
    nets: tuple[Decimal, ...] = field(default=(), compare=False)


def line_gross(line: LineAmounts, decimals: int = 2) -> Decimal:
    """Amount of a line before its discount, rounded."""
    return round_half_up(line.quantity * line.unit_price, decimals)


def line_net(line: LineAmounts, decimals: int = 2) -> Decimal:
    """Amount of a line without tax: quantity x price, less the discount rounded as an amount of its own (BT-136)."""
    return _discounted(line_gross(line, decimals), line, decimals)


def _discounted(gross: Decimal, line: LineAmounts, decimals: int) -> Decimal:
    return gross - round_half_up(gross * line.discount / HUNDRED, decimals) if line.discount else gross


def document_totals(lines: Iterable[LineAmounts], decimals: int = 2) -> Totals:
    bases: dict[Decimal, Decimal] = {}
    before = net = Decimal(0)
    nets = []
    for line in lines:
        gross = line_gross(line, decimals)
        amount = _discounted(gross, line, decimals)
        nets.append(amount)
        before += gross
        net += amount
        rate = line.vat_rate.normalize()
        bases[rate] = bases.get(rate, Decimal(0)) + amount
    by_rate = tuple(
        VatBase(rate, base, round_half_up(base * rate / HUNDRED, decimals))
        for rate, base in sorted(bases.items(), reverse=True)
    )
    vat = sum((entry.amount for entry in by_rate), Decimal(0))
    zero = round_half_up(Decimal(0), decimals)
    return Totals(before + zero, before - net + zero, net + zero, vat + zero, net + vat + zero, by_rate, tuple(nets))
