"""The letters that devices number their documents under, and the heads of central series."""

from __future__ import annotations

import re
from collections.abc import Container

from facturepro.sync.remotes.base import DateGoesBack, Numbered, SeriesBehind, SeriesHead

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


def head_of(series: str, stored: SeriesHead | None, known: SeriesHead) -> SeriesHead:
    """Where a central series stands, from its counter (None: there is none) and from what this computer has.

    Raises:
        SeriesBehind: going on from the counter would give a number again that a document here bears.
    """
    if stored is None:
        return known
    if stored.number < known.number:
        raise SeriesBehind(f"{series} stands at {stored.number}, this computer has {known.number}")
    return stored


def following_head(head: SeriesHead, numbered: Numbered) -> SeriesHead:
    """The head once the number is taken. Raises DateGoesBack."""
    if numbered.on < head.on:
        raise DateGoesBack(head, numbered.on)
    return SeriesHead(head.number + 1, numbered.on, numbered.seal)


def counter_id(series: str) -> str:
    """The name of a series' counter: a prefix may hold a slash, a document's name may not."""
    return series.replace("/", "~")
