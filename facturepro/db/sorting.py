"""Alphabetical order as people expect it: Ébénisterie between Durand and Fabre.

A generated column folds accents and case in SQL, so it holds whichever way a row is written and can be indexed.
"""

from sqlalchemy import Computed, Text
from sqlalchemy.orm import MappedColumn, mapped_column

SORT_TITLE = "sort_title"
# French first: SQLite's parser takes no more than some thirty nested calls.
_FOLDS = {
    "a": "àâÀÂ",
    "c": "çÇ",
    "e": "éèêëÉÈÊ",
    "i": "îïÎ",
    "o": "ôöÔÖ",
    "u": "ùûü",
    "oe": "œŒ",
}


def folded(expression: str) -> str:
    """SQL that answers the text without accents and in lower case."""
    for plain, letters in _FOLDS.items():
        for letter in letters:
            expression = f"replace({expression}, '{letter}', '{plain}')"
    return f"lower({expression})"


def sort_title(column: str) -> MappedColumn[str]:
    """The column that lists sort by, made from the one that names a record."""
    return mapped_column(Text, Computed(folded(column), persisted=False))
