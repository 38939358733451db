"""Instants of a remote: RFC 3339 in UTC with nine decimals, so that text order is the order of time."""

from __future__ import annotations

import calendar
import time
from functools import lru_cache

_NANOS = 1_000_000_000


@lru_cache(maxsize=1024)
def _second_text(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def instant_text(seconds: int, nanos: int) -> str:
    """``instant_text(0, 5)`` -> ``1970-01-01T00:00:00.000000005Z``."""
    return f"{_second_text(seconds)}.{nanos:09d}Z"


def instant_parts(text: str) -> tuple[int, int]:
    """(seconds since 1970, nanoseconds) of an instant in UTC, with or without decimals.

    Raises:
        ValueError: not such an instant.
    """
    if not text.endswith("Z"):
        raise ValueError(f"not an instant in UTC: {text!r}")
    whole, _dot, decimals = text[:-1].partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds, int(decimals.ljust(9, "0")[:9]) if decimals else 0


def to_nanos(text: str) -> int:
    seconds, nanos = instant_parts(text)
    return seconds * _NANOS + nanos


def from_nanos(nanos: int) -> str:
    return instant_text(*divmod(nanos, _NANOS))


def shifted(text: str, seconds: float) -> str:
    """The instant ``seconds`` later (earlier when negative)."""
    return from_nanos(to_nanos(text) + round(seconds * _NANOS))
