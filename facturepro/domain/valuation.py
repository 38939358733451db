"""Stock valuation from movements: weighted average (CUMP) and FIFO, exact to the cent."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from facturepro.domain.money import UNIT_PRICE_DECIMALS, round_half_up

Movement = tuple[Decimal, Decimal | None]
"""(signed quantity, unit cost of what came in or None)."""


def without_transfers(movements: Iterable[tuple[Decimal, Decimal | None, bool]]) -> list[Movement]:
    """The movements in and out of the company. What goes from one warehouse to another keeps its cost and its age, so
    the two halves of a transfer cancel; a half that lacks the other (typed by hand) counts last."""
    kept: list[Movement] = []
    on_the_way = Decimal(0)
    for moved, cost, is_transfer in movements:
        if is_transfer:
            on_the_way += moved
        else:
            kept.append((moved, cost))
    return [*kept, (on_the_way, None)] if on_the_way else kept


def weighted_average(movements: Iterable[Movement], fallback: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """(quantity, unit cost, value) by CUMP after each entry. What came in without a cost takes the running average,
    else ``fallback``. A negative stock is worth nothing."""
    quantity = value = Decimal(0)
    average = fallback
    for moved, cost in movements:
        if moved > 0:
            entry = average if cost is None else cost
            base = max(quantity, Decimal(0))
            value = base * average + moved * entry
            average = value / (base + moved)
        quantity += moved
    held = max(quantity, Decimal(0))
    return quantity, round_half_up(average, UNIT_PRICE_DECIMALS), round_half_up(held * average, 2)


def first_in_first_out(movements: Iterable[Movement], fallback: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """(quantity, unit cost, value): what is left is what came in last. Negative stock is filled by the next entry."""
    layers: deque[list[Decimal]] = deque()
    owed = Decimal(0)
    last = fallback
    for moved, cost in movements:
        if moved > 0:
            last = last if cost is None else cost
            covered = min(owed, moved)
            owed -= covered
            if moved > covered:
                layers.append([moved - covered, last])
            continue
        out = -moved
        while out > 0 and layers:
            taken = min(out, layers[0][0])
            layers[0][0] -= taken
            out -= taken
            if layers[0][0] == 0:
                layers.popleft()
        owed += out
    quantity = sum((layer[0] for layer in layers), Decimal(0))
    value = round_half_up(sum((layer[0] * layer[1] for layer in layers), Decimal(0)), 2)
    unit = round_half_up(value / quantity, UNIT_PRICE_DECIMALS) if quantity else last
    return quantity - owed, unit, value
