"""Stamps of the synchronisation: raising one above what it replaces, and following other computers' clocks."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import local_state
from facturepro.db.replication_records import WITNESS, raw
from facturepro.domain.clock import Stamp, observe, parse_stamp, tick

TOLERANCE_MS = 5 * 60 * 1000
_RAISED = "raised_stamp"
_STAMP = re.compile(r"[0-9a-e][0-9a-f]{11}-[0-9a-f]{4}-[^\s\"\\]{1,100}")  # above lies no room for raised stamps

RAISED = "+"
"""Ends the device part of raised stamps, which grow for themselves: a later natural stamp may lie below them."""


def is_stamp(value: Any) -> bool:
    """Can stamps be compared with it and raised above it?"""
    return isinstance(value, str) and _STAMP.fullmatch(value) is not None


def writer_of(stamp: str) -> str:
    """The last part of a stamp: the device id, with ``+`` when the stamp was raised."""
    return stamp[18:]


def device_of(stamp: str) -> str:
    """The id of the computer that made the change."""
    return stamp[18:].rstrip(RAISED)


class Raiser:
    """Gives a change a stamp above the one it replaces.

    Needed when the replaced stamp came from a computer whose clock is ahead: ours does not follow it, yet stamps must
    grow along the history of a group. The device's own clock is not moved; no stamp is given twice.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.device: str = raw(session, "SELECT device FROM capture_context WHERE id = 1").scalar_one()
        self._last: str = ""
        self._is_loaded = False

    def above(self, stamp: str) -> str:
        if not self._is_loaded:
            self._last = str(local_state.get(self._session, _RAISED, ""))
            self._is_loaded = True
        highest = parse_stamp(max(stamp[:17], self._last[:17]) + "-" + self.device + RAISED)
        ms, counter = tick(highest.milliseconds, highest.counter, 0)
        raised = Stamp(ms, counter, highest.device)
        self._last = str(raised)
        local_state.put(self._session, _RAISED, self._last)
        return self._last

    def raise_unsent(self, clock: dict[str, str], base: Mapping[str, str]) -> bool:
        """Raise the unsent groups whose stamp is not above the one they replace. True when there was one."""
        found = False
        for group, stamp in clock.items():
            replaced = base.get(group, "")
            if replaced > stamp:
                clock[group] = self.above(replaced)
                found = True
        return found


def has_arrived(clock: Mapping[str, str], stamp: str) -> bool:
    """Did a document with this clock ever hold the change with this stamp (even if it was replaced since)?

    A computer sends all it has of a record at once and its stamps grow, so a later stamp of it proves the earlier.
    """
    writer = writer_of(stamp)
    return any(seen >= stamp for seen in clock.values() if seen[18:] == writer)


def witnesses(clock: Mapping[str, str], base: Mapping[str, str], own: str) -> dict[str, str]:
    """Entries that keep it known that other computers' latest changes arrived, although they are replaced now.

    A computer whose acknowledgement was lost finds its stamp among them and knows that it was replaced knowingly: it is
    no conflict.
    """
    replaced: dict[str, str] = {}
    for group, stamp in base.items():
        if clock.get(group) != stamp and device_of(stamp) != own:
            writer = writer_of(stamp)
            replaced[writer] = max(stamp, replaced.get(writer, ""))
    return {WITNESS + writer: stamp for writer, stamp in replaced.items() if not has_arrived(clock, stamp)}


def follow(session: Session, stamps: Iterable[str], now_ms: int) -> str | None:
    """Move this computer's clock past the stamps. Answers the id of a computer whose clock is too far ahead."""
    highest = max(stamps, default="")
    if not highest:
        return None
    ms, counter = raw(session, "SELECT clock_ms, clock_counter FROM capture_context WHERE id = 1").one()
    seen = parse_stamp(highest)
    new_ms, new_counter, is_future = observe(ms, counter, seen, now_ms, TOLERANCE_MS)
    if (new_ms, new_counter) != (ms, counter):
        raw(session, "UPDATE capture_context SET clock_ms = ?, clock_counter = ? WHERE id = 1", new_ms, new_counter)
    return seen.device if is_future else None
