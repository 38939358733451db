"""What the example's shop has sold, to whom, and what it had to buy: drawn from a seed, nothing is stored here."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from facturepro.db.models import Client, Product
from facturepro.domain import identifiers
from facturepro.domain.errors import UserError
from facturepro.domain.money import round_half_up
from facturepro.services import demo_data as data

DAYS = 730


@dataclass(frozen=True, slots=True)
class Line:
    product: Product
    quantity: Decimal
    discount: int


@dataclass(frozen=True, slots=True)
class Sale:
    on: date
    client: Client
    lines: tuple[Line, ...]


def any_siren(chance: random.Random) -> str:
    """Nine digits whose check digit is right."""
    while True:
        digits = f"{chance.randrange(30_000_000, 89_999_999):08d}"
        for last in "0123456789":
            with suppress(UserError):
                return identifiers.siren(digits + last)


def any_person(chance: random.Random, seen: set[str]) -> tuple[str, str, str, str, str]:
    """(name, contact or empty for a private person, street, postcode, town); a name that is not in ``seen``."""
    postcode, city = chance.choice(data.TOWNS)
    street = f"{chance.randrange(1, 180)} {chance.choice(data.STREETS)}"
    for _attempt in range(1000):
        first, last = chance.choice(data.FIRST_NAMES), chance.choice(data.LAST_NAMES)
        is_person = chance.random() < 0.3
        name = f"{first} {last}" if is_person else f"{chance.choice(data.TRADES)} {last}"
        if name not in seen:
            return name, "" if is_person else f"{first} {last}", street, postcode, city
    name = f"{chance.choice(data.TRADES)} {chance.choice(data.LAST_NAMES)} {len(seen)}"
    return name, f"{chance.choice(data.FIRST_NAMES)} {chance.choice(data.LAST_NAMES)}", street, postcode, city


def any_barcode(chance: random.Random) -> str:
    """EAN-13."""
    digits = f"376{chance.randrange(10**9):09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def all_sales(
    today: date, people: Sequence[Client], shelf: Sequence[Product], count: int, chance: random.Random
) -> list[Sale]:
    """In order of their days. Clients that come first buy more often; the last months and the busy season sell more."""
    if not people or not shelf:
        return []
    weights = {row[1]: row[-1] for row in (*data.GOODS, *data.SERVICES)}
    loyalty = [max(1.0, 14.0 - at) for at in range(len(people))]
    liking = [float(weights.get(product.sku, 1)) for product in shelf]
    sales = []
    for day in _days(today, count, chance):
        client = chance.choices(people, loyalty)[0]
        size = chance.choices((1, 2, 3, 4, 5, 6), (12, 22, 26, 20, 12, 8))[0]
        chosen = dict.fromkeys(chance.choices(range(len(shelf)), liking, k=size))
        lines = tuple(_line(shelf[at], bool(client.company_name), chance) for at in chosen)
        sales.append(Sale(day, client, lines))
    return sales


def _days(today: date, count: int, chance: random.Random) -> list[date]:
    """Working days up to today: each month has its share, the busy ones and the last ones more."""
    months: dict[tuple[int, int], list[date]] = {}
    for back in range(DAYS):
        day = today - timedelta(days=back)
        if day.weekday() < 6:
            months.setdefault((day.year, day.month), []).append(day)
    groups = list(months.values()) or [[today]]
    shares = [
        data.SEASON[days[0].month - 1] * len(days) / 26 * (1.25 - 0.35 * at / len(groups)) * (1.5 if at < 2 else 1)
        for at, days in enumerate(groups)
    ]
    found: list[date] = []
    reached = 0.0
    for days, share in zip(groups, shares, strict=True):
        reached += share / sum(shares) * count
        found += [chance.choice(days) for _sale in range(round(reached) - len(found))]
    return sorted(found)


def _line(product: Product, is_trade: bool, chance: random.Random) -> Line:
    price = product.price
    if product.type == "service":
        quantity = Decimal(chance.choice((1, 1, 2, 3, 4, 6, 8)))
    elif price >= 100:
        quantity = Decimal(chance.choice((1, 2, 2, 3, 4, 6))) + (Decimal("0.5") if product.unit == "m²" else 0)
    elif price >= 25:
        quantity = Decimal(chance.choice((2, 3, 4, 6, 8, 10, 12)))
    else:
        quantity = Decimal(chance.choice((4, 6, 10, 12, 16, 20, 24)))
    if is_trade and chance.random() < 0.5:
        quantity *= 2
    return Line(product, quantity, chance.choice((0, 0, 0, 5, 10)) if is_trade else 0)


def left_over(at: int, product: Product, is_sold: bool, chance: random.Random) -> Decimal:
    """How much of the ``at``-th product is there today: mostly enough, some under its minimum, one less than nothing."""
    if at == 8 and is_sold:
        return Decimal(-2)
    if at % 7 == 0:
        share = Decimal(chance.randrange(30, 85)) / 100
    else:
        share = Decimal(chance.randrange(130, 320)) / 100
    return round_half_up(product.min_stock * share, 0)


def elsewhere(left: Decimal, chance: random.Random) -> list[Decimal]:
    """How much of that lies in the second warehouse, and in the van."""
    depot = round_half_up(left * Decimal(chance.randrange(20, 60)) / 100, 0)
    van = round_half_up(left * Decimal(chance.randrange(0, 12)) / 100, 0)
    return [depot, min(van, left - depot)]


def receipts(today: date, left: Decimal, sold: Sequence[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """One receipt a quarter for what that quarter sells; the first also brings what is left today."""
    start = today - timedelta(days=DAYS + 10)
    wanted = [Decimal(0)] * (DAYS // 91 + 2)
    wanted[0] += left
    for on, quantity in sold:
        wanted[max(0, (on - start).days // 91)] += quantity
    return [(start + timedelta(days=91 * at), quantity) for at, quantity in enumerate(wanted) if quantity > 0]
