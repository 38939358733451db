"""What people type."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_date, parse_decimal
from facturepro.i18n.formatting import format_money, format_number

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,50", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1234.5", "1234.5"),
        ("-12,5", "-12.5"),
        ("\u22128,00", "-8.00"),
        ("12,5 %", "12.5"),
        ("007", "7"),
        (",5", "0.5"),
        (12, "12"),
        (D("3.14"), "3.14"),
    ],
)
def test_amounts(text: object, value: str) -> None:
    assert parse_decimal(text) == D(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "abc", "1,2,3", "1.2.3", "1e5", "12,34,56", "NaN", "--1", "9" * 16, "١٢", 12.5, True, D("NaN")]
)
def test_what_is_no_amount(text: object) -> None:
    with pytest.raises(UserError) as caught:
        parse_decimal(text)  # type: ignore[arg-type]
    assert caught.value.code == "amount_invalid"


@given(st.decimals("-999999999", "999999999", places=2))
def test_what_is_shown_can_be_typed_back(value: D) -> None:
    assert parse_decimal(format_money(value)) == value
    assert parse_decimal(format_number(value)) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-20", date(2026, 12, 20)),
        ("20/12/2026", date(2026, 12, 20)),
        ("20/12/26", date(2026, 12, 20)),
        ("20/12", date(2026, 12, 20)),
        ("20.12.2026", date(2026, 12, 20)),
        ("201226", date(2026, 12, 20)),
        ("29/02/2028", date(2028, 2, 29)),
    ],
)
def test_dates(text: str, day: date) -> None:
    assert parse_date(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "30/02/2026", "2026-13-01", "hier", "29/02/2026", "32/01/2026", "1/2/3/4"])
def test_dates_that_do_not_exist(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_date(text, TODAY)
    assert caught.value.code == "date_invalid"


def test_french_typography() -> None:
    assert format_money(D("-1234.5")) == "\u22121\u202f234,50\u00a0€"
    assert format_money(D("-0.001")) == "0,00\u00a0€"
