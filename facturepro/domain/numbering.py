"""Numbers of issued documents: prefix, year, series letter, counter.

BR-FR: at most 35 characters out of letters, digits and ``+ - _ /``, no spaces.
"""

import re
from dataclasses import dataclass

ALLOWED = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
PREFIX = re.compile(r"[A-Za-z0-9+_/]{1,8}")


@dataclass(frozen=True, slots=True)
class Series:
    """One gapless sequence: a prefix, a year and the letter of the computer that issues."""

    prefix: str
    year: int
    letter: str

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
