"""Valuation against a second, slower way of computing the same."""

from decimal import Decimal as D
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.money import round_half_up
from facturepro.domain.valuation import first_in_first_out, weighted_average, without_transfers

QUANTITIES = st.integers(-9, 9).filter(bool).map(D)
COSTS = st.none() | st.integers(0, 99_999).map(lambda n: D(n).scaleb(-4))
MOVEMENTS = st.lists(st.tuples(QUANTITIES, COSTS), max_size=30)
FALLBACK = D("1.2345")


def cents(value: Fraction) -> D:
    return round_half_up(D(value.numerator) / D(value.denominator), 2)


def oracle_cump(movements: list[tuple[D, D | None]]) -> tuple[D, Fraction]:
    """(quantity, value) with exact fractions."""
    quantity, average = Fraction(0), Fraction(FALLBACK)
    for moved, cost in movements:
        if moved > 0 and cost is not None:
            held = max(quantity, Fraction(0))
            average = (held * average + Fraction(moved) * Fraction(cost)) / (held + Fraction(moved))
        quantity += Fraction(moved)
    return D(quantity.numerator), max(quantity, Fraction(0)) * average


def oracle_fifo(movements: list[tuple[D, D | None]]) -> tuple[D, D]:
    """Piece by piece: every unit that came in has its cost; every unit that goes takes the oldest, or is owed."""
    pieces: list[D] = []
    owed = 0
    last = FALLBACK
    for moved, cost in movements:
        if moved > 0:
            last = last if cost is None else cost
            for _piece in range(int(moved)):
                if owed:
                    owed -= 1
                else:
                    pieces.append(last)
        else:
            for _piece in range(-int(moved)):
                if pieces:
                    pieces.pop(0)
                else:
                    owed += 1
    return D(len(pieces) - owed), round_half_up(sum(pieces, D(0)), 2)


@given(MOVEMENTS)
def test_weighted_average_to_the_cent(movements: list[tuple[D, D | None]]) -> None:
    quantity, unit, value = weighted_average(movements, FALLBACK)
    expected_quantity, exact = oracle_cump(movements)
    assert quantity == expected_quantity == sum((moved for moved, _cost in movements), D(0))
    # 28 figures against exact fractions: they may only differ on a half cent that no decimal can show.
    assert value == cents(exact) or abs(Fraction(value) - exact) <= Fraction(1, 200) + Fraction(1, 10**20)
    assert value >= 0
    assert unit == round_half_up(unit, 4)


@given(MOVEMENTS)
def test_first_in_first_out_to_the_cent(movements: list[tuple[D, D | None]]) -> None:
    quantity, _unit, value = first_in_first_out(movements, FALLBACK)
    assert (quantity, value) == oracle_fifo(movements)


@given(MOVEMENTS, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9).map(D)), max_size=5))
def test_transfers_change_nothing(movements: list[tuple[D, D | None]], transfers: list[tuple[int, D]]) -> None:
    woven = [(moved, cost, False) for moved, cost in movements]
    for place, moved in transfers:
        woven[place:place] = [(-moved, None, True), (moved, None, True)]
    assert without_transfers(woven) == movements


def test_half_a_transfer_counts_last() -> None:
    assert without_transfers([(D(-2), None, True), (D(5), D(1), False)]) == [(D(5), D(1)), (D(-2), None)]


def test_nothing_moved_is_nothing() -> None:
    for rule in (weighted_average, first_in_first_out):
        assert rule([], D("4.2")) == (D(0), D("4.2"), D(0))


def test_negative_stock_is_worth_nothing_and_is_filled_first() -> None:
    movements = [(D(-3), None), (D(5), D(2))]
    assert weighted_average(movements, D(9)) == (D(2), D(2), D(4))
    assert first_in_first_out(movements, D(9)) == (D(2), D(2), D(4))
    assert first_in_first_out(movements[:1], D(9)) == (D(-3), D(9), D(0))
