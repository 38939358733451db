"""Last writer wins per merge group, and what loses is named.

A record is seen here as groups: ``{"contact": {"phone": ..., "email": ...}, "line:<id>": {...} or None}``, each with
a stamp. The cloud document has one linear history (every update carries the version it replaces), so two changes are
concurrent exactly when a group is unsent here (``clock != base``) and its stamp in the cloud is no longer ``base``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facturepro.domain.clock import is_default

GroupValue = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Loser:
    """A value that two people disagreed on and that does not stand."""

    group: str
    kept: GroupValue
    lost: GroupValue
    kept_stamp: str
    lost_stamp: str


@dataclass(frozen=True, slots=True)
class Merged:
    """``clock`` and ``values`` after the merge, the cloud's clock as new ``base``, and what lost.

    ``from_remote`` names the groups whose value was taken from the cloud.
    """

    values: dict[str, GroupValue]
    clock: dict[str, str]
    base: dict[str, str]
    from_remote: frozenset[str]
    losers: tuple[Loser, ...]


def dirty_groups(clock: Mapping[str, str], base: Mapping[str, str]) -> frozenset[str]:
    """Groups changed here and not known to be in the cloud."""
    if clock == base:
        return frozenset()
    return frozenset([group for group, stamp in clock.items() if base.get(group) != stamp])


def merge(
    local: Mapping[str, GroupValue],
    clock: Mapping[str, str],
    base: Mapping[str, str],
    remote: Mapping[str, GroupValue],
    remote_clock: Mapping[str, str],
) -> Merged:
    """Bring a cloud document into the local record.

    A group that the cloud does not know is kept; equal stamps are the same change. Nothing is lost silently: where
    both sides changed a group since ``base`` and the values differ, the one that does not stand is in ``losers``.
    """
    values = dict(local)
    merged_clock = dict(clock)
    taken: set[str] = set()
    losers: list[Loser] = []
    unsent = dirty_groups(clock, base)
    for group, stamp in remote_clock.items():
        mine = clock.get(group, "")
        if stamp == mine:
            continue
        theirs_value, my_value = remote.get(group), local.get(group)
        both_changed = group in unsent and base.get(group) != stamp and not is_default(mine) and not is_default(stamp)
        if stamp > mine:
            values[group] = theirs_value
            merged_clock[group] = stamp
            taken.add(group)
            if both_changed and theirs_value != my_value:
                losers.append(Loser(group, theirs_value, my_value, stamp, mine))
        elif group not in unsent:
            # The cloud went back behind what it had acknowledged (restored project): ours is sent again.
            continue
        elif both_changed and theirs_value != my_value:
            losers.append(Loser(group, my_value, theirs_value, mine, stamp))
    return Merged(values, merged_clock, dict(remote_clock), frozenset(taken), tuple(losers))
