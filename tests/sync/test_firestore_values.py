"""Values, paths and instants on their way to the cloud and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturepro.sync.remotes.firestore_protocol import Document, Value
from facturepro.sync.remotes.instants import from_nanos, shifted, to_nanos
from facturepro.sync.remotes.paths import MISSING, field_path, outermost, put_at, split_path, value_at
from facturepro.sync.remotes.series import free_letter, series_letter
from facturepro.sync.remotes.values import UnstorableValue, check_storable, decode_map, encode_map, encode_value

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: "__" not in name
)
_SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXT
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.dictionaries(_NAMES, inner, max_size=4) | st.lists(inner.filter(lambda v: type(v) is not list), max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=6))
def test_values_come_back_as_they_were(values: dict[str, Any]) -> None:
    check_storable(values)
    document = Document()
    encode_map(document.fields, values)
    again = Document.FromString(document.SerializeToString())
    assert decode_map(again.fields) == values


def test_what_another_program_wrote_can_be_written_back() -> None:
    document = Document()
    document.fields["when"].timestamp_value.seconds = 1_700_000_000
    document.fields["ratio"].double_value = 0.1
    document.fields["not"].double_value = float("inf")
    document.fields["bytes"].bytes_value = b"\x00\xff"
    document.fields["place"].geo_point_value.latitude = 48.5
    document.fields["ref"].reference_value = "projects/p/databases/(default)/documents/a/b"
    plain = decode_map(document.fields)
    assert plain["when"] == {"__timestamp__": "2023-11-14T22:13:20.000000000Z"}
    again = Document()
    encode_map(again.fields, plain)
    assert again == document


@pytest.mark.parametrize("value", [1.0, 2**63, -(2**63) - 1, b"", object(), [[1]], {"a": {1: 2}}, {"": 1}, {1, 2}])
def test_what_no_remote_holds(value: Any) -> None:
    with pytest.raises(UnstorableValue):
        check_storable(value)
    with pytest.raises((UnstorableValue, TypeError)):
        target = Value()
        encode_value(target, value)
        if value == {"": 1}:
            raise UnstorableValue("an empty name is refused by the server only")


def test_endless_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(30):
        value = {"a": value}
    for check in (check_storable, lambda value: encode_value(Value(), value)):
        with pytest.raises(UnstorableValue):
            check(value)


@given(st.lists(_NAMES, min_size=1, max_size=4))
def test_any_segments_make_a_path_and_come_back(segments: list[str]) -> None:
    assert split_path(field_path(*segments)) == tuple(segments)


def test_paths_are_quoted_when_they_must_be() -> None:
    assert field_path("fields", "phone") == "fields.phone"
    assert field_path("lines", "0193-ab") == "lines.`0193-ab`"
    assert field_path("clock", "a`b\\c.d") == "clock.`a\\`b\\\\c.d`"
    assert split_path("lines.0193-ab.q") == ("lines", "0193-ab", "q")
    assert split_path("clock.line:0193-ab") == ("clock", "line:0193-ab")


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "`a", "`a`b"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="not a field path"):
        split_path(path)


def test_the_outermost_paths() -> None:
    assert outermost(["lines.b", "lines.a.q", "lines.a", "fields.x", "lines.a.r"]) == [
        ("fields", "x"),
        ("lines", "a"),
        ("lines", "b"),
    ]


def test_reading_and_putting_at_a_path() -> None:
    tree: dict[str, Any] = {"a": {"b": None}}
    assert value_at(tree, ("a", "b")) is None
    assert value_at(tree, ("a", "b", "c")) is MISSING
    put_at(tree, ("x", "y"), 1)
    put_at(tree, ("a", "b"), MISSING)
    put_at(tree, ("no", "such"), MISSING)
    assert tree == {"a": {}, "x": {"y": 1}}


@given(st.integers(0, 4_000_000_000 * 10**9))
def test_instants_keep_every_nanosecond(nanos: int) -> None:
    text = from_nanos(nanos)
    assert to_nanos(text) == nanos
    assert text[:19] == datetime.fromtimestamp(nanos // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@given(st.integers(0, 4 * 10**18), st.integers(0, 4 * 10**18))
def test_instants_compare_as_text(first: int, second: int) -> None:
    assert (from_nanos(first) < from_nanos(second)) == (first < second)


def test_instants_shift() -> None:
    assert shifted("2026-03-01T00:00:00.000000001Z", -300) == "2026-02-28T23:55:00.000000001Z"
    assert to_nanos("2026-03-01T00:00:00.5Z") % 10**9 == 500_000_000
    with pytest.raises(ValueError, match="not an instant"):
        to_nanos("2026-03-01T00:00:00+01:00")


def test_letters() -> None:
    letters = [series_letter(index) for index in (0, 25, 26, 27, 51, 52, 701, 702)]
    assert letters == ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]
    assert free_letter({"A", "B"}, "B") == "C"
    assert free_letter({"A"}, "Z") == "Z"
    assert free_letter(set(), "a1") == "A"
