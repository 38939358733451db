"""The hybrid clock: stamps of one device only grow, and their text sorts as they do."""

from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.clock import COUNTER_LIMIT, Stamp, default_stamp, is_default, observe, parse_stamp, tick

times = st.integers(0, 2**44)
counters = st.integers(0, COUNTER_LIMIT)
stamps = st.builds(Stamp, times, counters, st.text("0123456789abcdef", min_size=1, max_size=12))


@given(times, counters, st.lists(times, max_size=20))
def test_strictly_increasing_whatever_the_wall_clock_says(ms, counter, walls):
    last = (ms, counter)
    for wall in walls:
        following = tick(*last, wall)
        assert following > last and following[1] <= COUNTER_LIMIT
        last = following


@given(stamps, stamps)
def test_text_sorts_as_the_stamp(one, other):
    assert (str(one) < str(other)) == (one < other)
    assert parse_stamp(str(one)) == one


@given(times, counters, stamps, times, st.integers(0, 10**6))
def test_observing_never_goes_back_nor_beyond_the_tolerance(ms, counter, seen, now, tolerance):
    new_ms, new_counter, is_future = observe(ms, counter, seen, now, tolerance)
    assert (new_ms, new_counter) >= (ms, counter)
    assert is_future == (seen.milliseconds > now + tolerance)
    assert new_ms <= max(ms, now + tolerance)
    if not is_future:
        assert (new_ms, new_counter) >= (seen.milliseconds, seen.counter)


def test_a_full_counter_takes_the_next_millisecond():
    assert tick(5, COUNTER_LIMIT, 5) == (6, 0)
    assert tick(5, 3, 5) == (5, 4)
    assert tick(5, 3, 9) == (9, 0)


def test_a_default_is_older_than_anything_typed():
    assert is_default(default_stamp("ffff")) and is_default("")
    assert not is_default(str(Stamp(1, 0, "a")))
    assert default_stamp("ffff") < str(Stamp(1, 0, "0"))
