"""The letters that devices number their documents under."""

from __future__ import annotations

import re
from collections.abc import Container

_LETTERS = re.compile(r"[A-Z]{1,3}\Z")


def is_series_letter(text: str) -> bool:
    return _LETTERS.match(text) is not None


def series_letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA, 27 -> AB."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def free_letter(taken: Container[str], preferred: str | None) -> str:
    """``preferred`` when it is a letter that is free, else the first free one."""
    if preferred is not None and is_series_letter(preferred) and preferred not in taken:
        return preferred
    index = 0
    while series_letter(index) in taken:
        index += 1
    return series_letter(index)
