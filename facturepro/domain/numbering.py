"""Numbers of issued documents: prefix, year, series letter, counter.

A series belongs to one computer (its letter follows the year: ``FA-2026-A0112``) or to the whole company, its counter
being kept in the cloud (a digit follows: ``FA-2026-0112``). As a letter is never a digit, and a prefix holds no dash, no
number of one kind can be a number of the other. BR-FR: at most 35 characters out of letters, digits and ``+ - _ /``, no spaces.
"""

import re
from dataclasses import dataclass

ALLOWED = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
PREFIX = re.compile(r"[A-Za-z0-9+_/]{1,8}")


@dataclass(frozen=True, slots=True)
class Series:
    """One gapless sequence: a prefix, a year and the letter of the computer that issues, none in a central series."""

    prefix: str
    year: int
    letter: str = ""

    @property
    def key(self) -> str:
        return f"{self.prefix}-{self.year}-{self.letter}"

    def number(self, counter: int) -> str:
        """``FA-2026-A0112``.

        Raises:
            ValueError: the number would break BR-FR.
        """
        text = f"{self.key}{counter:04d}"
        if counter < 1 or not ALLOWED.fullmatch(text):
            raise ValueError(f"impossible document number {text!r}")
        return text


def is_central(key: str) -> bool:
    """Is this the key of a series whose counter is kept in the cloud?"""
    return key.endswith("-")
