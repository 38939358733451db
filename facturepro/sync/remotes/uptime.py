"""Seconds that also pass while the computer sleeps.

``time.monotonic`` stands still on Linux and macOS while the lid is closed: what counts 90 s of silence, or a token's
hour, would believe that nothing happened meanwhile. The wall clock jumps when somebody sets it.
"""

from __future__ import annotations

import sys
import time


def uptime() -> float:
    """Seconds since some moment; never goes back."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # unlike time.monotonic there
    return time.monotonic()
