"""Columns of the lines table: where the numbers of this document need more room, the description gives it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facturepro.documents.sketch import Sketch, Style, elided, fitted


@dataclass(frozen=True, slots=True)
class Column:
    """``x`` is the right edge of a number, or the left edge of a word (``starts``); ``room`` is for its text."""

    name: str
    title: str  # marked with N_, translated when drawn
    x: float
    room: float
    style: Style
    starts: bool = False

    @property
    def align(self) -> str:
        return "left" if self.starts else "right"


@dataclass(frozen=True, slots=True)
class Placed:
    column: Column
    x: float
    room: float

    def draw(self, sketch: Sketch, baseline: float, text: str) -> None:
        style = fitted(text, self.column.style, self.room)
        sketch.text(self.x, baseline, elided(text, style, self.room), style, self.column.align)


def place(
    columns: Sequence[Column], widths: Mapping[str, float], description: float, narrowest: float
) -> tuple[tuple[Placed, ...], float]:
    """Columns (given from left to right) with room for texts of these widths, and what the description keeps."""
    missing = {column.name: max(0.0, widths.get(column.name, 0.0) - column.room) for column in columns}
    total = sum(missing.values())
    # Absurd amounts: the description keeps its minimum, and the texts are drawn smaller.
    scale = min(1.0, (description - narrowest) / total) if total else 1.0
    placed: list[Placed] = []
    shift = 0.0
    for column in reversed(columns):
        more = missing[column.name] * scale
        x = column.x - shift - (more if column.starts else 0)
        placed.append(Placed(column, x, column.room + more))
        shift += more
    return tuple(reversed(placed)), description - shift
