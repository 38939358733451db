"""Numbers hold to BR-FR."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.errors import UserError
from facturepro.domain.identifiers import number_prefix
from facturepro.domain.numbering import ALLOWED, Series, is_central


def test_a_number_names_prefix_year_letter_and_counter() -> None:
    series = Series("FA", 2026, "A")
    assert [series.number(n) for n in (1, 42, 9999, 10_000)] == [
        "FA-2026-A0001",
        "FA-2026-A0042",
        "FA-2026-A9999",
        "FA-2026-A10000",
    ]


@given(
    st.from_regex(r"\A[A-Za-z0-9+_/]{1,8}\Z"),
    st.integers(1000, 9999),
    st.from_regex(r"\A[A-Z]{1,3}\Z"),
    st.integers(1, 10**9),
)
def test_every_number_of_a_valid_prefix_is_allowed(prefix: str, year: int, letter: str, counter: int) -> None:
    assert ALLOWED.fullmatch(Series(number_prefix(prefix), year, letter).number(counter))


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_two_counters_never_give_one_number(first: int, second: int) -> None:
    series = Series("FA", 2026, "A")
    assert (series.number(first) == series.number(second)) is (first == second)


@given(
    st.from_regex(r"\A[A-Za-z0-9+_/]{1,8}\Z"),
    st.from_regex(r"\A[A-Za-z0-9+_/]{1,8}\Z"),
    st.from_regex(r"\A[A-Z]{1,3}\Z"),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
)
def test_a_central_number_is_never_one_of_a_computer(a: str, b: str, letter: str, first: int, second: int) -> None:
    central, own = Series(number_prefix(a), 2026), Series(number_prefix(b), 2026, letter)
    assert ALLOWED.fullmatch(central.number(first))
    assert central.number(first) != own.number(second)
    assert is_central(central.key)
    assert not is_central(own.key)
    assert Series("FA", 2026).number(12) == "FA-2026-0012"


@pytest.mark.parametrize("counter", [0, -1])
def test_counting_begins_at_one(counter: int) -> None:
    with pytest.raises(ValueError, match="impossible"):
        Series("FA", 2026, "A").number(counter)


@pytest.mark.parametrize("prefix", ["", "F A", "FÄ", "FACTURES9", "FA-", "FA\n", "فا", "FA;"])
def test_a_prefix_that_no_number_may_have(prefix: str) -> None:
    if prefix == "FA\n":
        assert number_prefix(prefix) == "FA"
        return
    with pytest.raises(UserError) as caught:
        number_prefix(prefix)
    assert caught.value.code == "prefix_invalid"
