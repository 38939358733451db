"""Totals: exact, half up, VAT per rate on the sum of the bases."""

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.money import from_scaled, plain, round_half_up, to_scaled
from facturepro.domain.totals import LineAmounts, document_totals, line_net

lines = st.builds(
    LineAmounts,
    quantity=st.decimals("0.001", "9999", places=3),
    unit_price=st.decimals("0", "99999", places=4),
    vat_rate=st.sampled_from([D("20"), D("10"), D("5.5"), D("2.1"), D("0")]),
    discount=st.decimals("0", "100", places=2),
)


def test_the_story_of_three_lines() -> None:
    totals = document_totals(
        [
            LineAmounts(D(2), D("12.50"), D(20), D(5)),
            LineAmounts(D(1), D("450"), D(20)),
            LineAmounts(D(1), D("10"), D("5.5")),
        ]
    )
    assert (totals.net, totals.vat, totals.gross) == (D("483.75"), D("95.30"), D("579.05"))
    assert totals.discount == D("1.25")
    assert [(row.rate, row.base, row.amount) for row in totals.by_rate] == [
        (D(20), D("473.75"), D("94.75")),
        (D("5.5"), D("10.00"), D("0.55")),
    ]


def test_vat_is_not_the_sum_of_rounded_line_taxes() -> None:
    totals = document_totals([LineAmounts(D(1), D("0.12"), D(20))] * 3)
    assert totals.vat == D("0.07")  # 0.36 x 20 % = 0.072; three rounded lines would give 0.06


def test_half_cents_go_up_and_away_from_zero() -> None:
    assert round_half_up(D("0.125"), 2) == D("0.13")
    assert round_half_up(D("-0.125"), 2) == D("-0.13")
    assert line_net(LineAmounts(D(1), D("1.005"), D(20))) == D("1.01")


def test_an_empty_document_is_worth_nothing() -> None:
    totals = document_totals([])
    assert (totals.net, totals.vat, totals.gross, totals.by_rate) == (D("0.00"), D("0.00"), D("0.00"), ())


@given(st.lists(lines, max_size=30))
def test_totals_add_up(entries: list[LineAmounts]) -> None:
    totals = document_totals(entries)
    assert totals.net == sum((line_net(line) for line in entries), D(0))
    assert totals.gross == totals.net + totals.vat
    assert totals.net == sum((row.base for row in totals.by_rate), D(0))
    assert totals.vat == sum((row.amount for row in totals.by_rate), D(0))
    assert totals.before_discount - totals.discount == totals.net
    for row in totals.by_rate:
        assert abs(row.amount - row.base * row.rate / 100) <= D("0.005")


@given(st.lists(lines, max_size=12), st.randoms())
def test_the_order_of_lines_does_not_matter(entries: list[LineAmounts], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert document_totals(shuffled) == document_totals(entries)


@given(st.integers(-(10**14), 10**14), st.integers(0, 4))
def test_scaled_integers_come_back(value: int, decimals: int) -> None:
    assert to_scaled(from_scaled(value, decimals), decimals) == value


def test_plain_form() -> None:
    assert plain(D("12.5000"), 2) == "12.50"
    assert plain(D("5.50")) == "5.5"
    assert plain(D("-0.00")) == "0"
    assert plain(D("1E+3"), 2) == "1000.00"
