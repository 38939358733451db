"""The merge rule by itself: any order comes to the same, and what loses is named."""

from hypothesis import given
from hypothesis import strategies as st

from facturepro.domain.clock import Stamp, default_stamp
from facturepro.domain.merge import dirty_groups, merge


def stamp(ms: int, device: str = "a") -> str:
    return str(Stamp(ms, 0, device))


def value(text: str) -> dict[str, str]:
    return {"v": text}


def test_the_later_change_of_a_group_stands_and_the_other_is_named():
    base = {"phone": stamp(1), "email": stamp(1)}
    local = {"phone": value("mine"), "email": value("old")}
    remote = {"phone": value("theirs"), "email": value("new")}
    clock = {"phone": stamp(3), "email": stamp(1)}
    merged = merge(local, clock, base, remote, {"phone": stamp(2, "b"), "email": stamp(2, "b")})
    assert merged.values == {"phone": value("mine"), "email": value("new")}
    assert merged.from_remote == {"email"}
    [loser] = merged.losers
    assert (loser.group, loser.kept, loser.lost) == ("phone", value("mine"), value("theirs"))
    assert dirty_groups(merged.clock, merged.base) == {"phone"}


def test_when_mine_is_older_it_is_the_one_named():
    base = {"phone": stamp(1)}
    merged = merge(
        {"phone": value("mine")}, {"phone": stamp(2)}, base, {"phone": value("theirs")}, {"phone": stamp(3, "b")}
    )
    assert merged.values["phone"] == value("theirs") and not dirty_groups(merged.clock, merged.base)
    assert (merged.losers[0].lost, merged.losers[0].lost_stamp) == (value("mine"), stamp(2))


def test_no_conflict_without_two_changes():
    base = {"phone": stamp(1)}
    clean = merge({"phone": value("old")}, base, base, {"phone": value("new")}, {"phone": stamp(2, "b")})
    assert clean.losers == () and clean.values["phone"] == value("new")
    unsent = merge({"phone": value("mine")}, {"phone": stamp(2)}, base, {"phone": value("old")}, base)
    assert unsent.losers == () and unsent.values["phone"] == value("mine") and dirty_groups(unsent.clock, unsent.base)


def test_the_same_value_twice_and_a_default_are_no_conflict():
    base = {"phone": stamp(1)}
    same = merge({"phone": value("x")}, {"phone": stamp(2)}, base, {"phone": value("x")}, {"phone": stamp(3, "b")})
    assert same.losers == ()
    default = merge(
        {"name": value("Principal")},
        {"name": default_stamp("a")},
        {},
        {"name": value("Dépôt")},
        {"name": stamp(3, "b")},
    )
    assert default.losers == () and default.values["name"] == value("Dépôt")


def test_a_removed_line_against_a_changed_one():
    base = {"line:1": stamp(1)}
    merged = merge({"line:1": value("edited")}, {"line:1": stamp(2)}, base, {}, {"line:1": stamp(3, "b")})
    assert merged.values["line:1"] is None
    assert merged.losers[0].kept is None and merged.losers[0].lost == value("edited")


def test_a_cloud_put_back_to_an_older_state_is_brought_up_again():
    base = {"phone": stamp(5)}
    merged = merge({"phone": value("new")}, dict(base), base, {"phone": value("old")}, {"phone": stamp(2, "b")})
    assert merged.values["phone"] == value("new") and dirty_groups(merged.clock, merged.base) and merged.losers == ()


GROUPS = ("a", "b", "line:1")
changes = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(GROUPS), st.integers(1, 50)), min_size=1, max_size=12
)


@given(changes, st.permutations("xyz"))
def test_any_order_of_arrival_comes_to_the_same(edits, order):
    """Three computers change a record from one state; whoever reaches the cloud first, the result is one."""

    def outcome(sequence):
        base = {group: stamp(0, "0") for group in GROUPS}
        cloud = {group: value("start") for group in GROUPS}
        cloud_clock = dict(base)
        journal = set()
        for device in sequence:
            local, clock = {group: value("start") for group in GROUPS}, dict(base)
            for writer, group, ms in edits:
                if writer == device and stamp(ms, device) > clock[group]:
                    local[group], clock[group] = value(f"{device}{ms}"), stamp(ms, device)
            merged = merge(local, clock, base, cloud, cloud_clock)
            again = merge(merged.values, merged.clock, merged.base, cloud, cloud_clock)
            assert (again.values, again.clock, again.losers) == (merged.values, merged.clock, ())  # idempotent
            cloud, cloud_clock = merged.values, merged.clock
            journal |= {(loser.group, loser.lost["v"]) for loser in merged.losers}
        return cloud, cloud_clock, journal

    assert outcome(order) == outcome("xyz")
