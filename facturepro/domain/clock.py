"""Hybrid logical clock.

A stamp is a sortable text: 12 hex digits of milliseconds since 1970, 4 of a counter, the device id:
``"019aa1b2c3d4-0003-7f3a9c"``. Stamps of one device strictly increase; ties between devices go to the higher id.
"""

from dataclasses import dataclass

COUNTER_LIMIT = 0xFFFF


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    milliseconds: int
    counter: int
    device: str

    def __str__(self) -> str:
        return f"{self.milliseconds:012x}-{self.counter:04x}-{self.device}"


def default_stamp(device: str) -> str:
    """Older than every change: the stamp of a value that nobody typed (a default made with the company)."""
    return str(Stamp(0, 0, device))


def is_default(stamp: str) -> bool:
    return not stamp or stamp.startswith("000000000000-")


def parse_stamp(text: str) -> Stamp:
    """Raises ValueError when the text is not a stamp."""
    milliseconds, counter, device = text.split("-", 2)
    return Stamp(int(milliseconds, 16), int(counter, 16), device)


def tick(last_ms: int, last_counter: int, now_ms: int) -> tuple[int, int]:
    """Next (milliseconds, counter) after the last one, whatever the wall clock says."""
    if now_ms > last_ms:
        return now_ms, 0
    if last_counter >= COUNTER_LIMIT:
        return last_ms + 1, 0
    return last_ms, last_counter + 1


def observe(last_ms: int, last_counter: int, seen: Stamp, now_ms: int, tolerance_ms: int) -> tuple[int, int, bool]:
    """The clock after another device's stamp was seen, and whether that stamp lay too far in the future.

    A stamp beyond ``now + tolerance`` is clamped: the local clock does not follow a computer that is wrong by a day.
    """
    limit = now_ms + tolerance_ms
    is_future = seen.milliseconds > limit
    target = (limit, 0) if is_future else (seen.milliseconds, seen.counter)
    ms, counter = max((last_ms, last_counter), target)
    return ms, counter, is_future
