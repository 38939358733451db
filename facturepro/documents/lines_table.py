"""The table of lines: repeated heading, and totals carried from page to page ("À reporter", "Report").

Rows are measured once; a page break never cuts a row. A description that is taller than half a page is laid out as
several rows, of which only the first one has amounts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from reportlab.platypus import Flowable, PageBreak

from facturepro.documents.sketch import Sketch


@dataclass(frozen=True, slots=True)
class Row:
    sketch: Sketch
    net: Decimal  # what this row adds to the carried total


@dataclass(frozen=True, slots=True)
class TableParts:
    """What a layout gives: heading, rows, how to draw a carried total, and the closing line."""

    heading: Sketch
    rows: tuple[Row, ...]
    carried: Callable[[Decimal, bool], Sketch]  # (amount, at the top of the page)
    last_rule: Sketch
    keep_after: float  # height of what follows the table and should not stand alone on a page


ORPHANS = 2  # rows that go along when the totals need a new page


class LinesTable(Flowable):  # type: ignore[misc]
    def __init__(
        self, parts: TableParts, first: int = 0, end: int | None = None, brought: Decimal = Decimal(0)
    ) -> None:
        super().__init__()
        self.parts = parts
        self.first = first
        self.end = len(parts.rows) if end is None else end
        self.brought = brought
        self.top = parts.carried(brought, True) if first else None
        self.bottom: Sketch | None = None
        if not self.is_last:
            self.bottom = parts.carried(brought + self.sum_of(first, self.end), False)

    @property
    def is_last(self) -> bool:
        return self.end == len(self.parts.rows)

    def sum_of(self, first: int, end: int) -> Decimal:
        return sum((row.net for row in self.parts.rows[first:end]), Decimal(0))

    def _sketches(self) -> list[Sketch]:
        rows = [row.sketch for row in self.parts.rows[self.first : self.end]]
        top = [self.parts.heading] if self.top is None else [self.parts.heading, self.top]
        return [*top, *rows, self.bottom or self.parts.last_rule]

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.width = self.parts.heading.width
        self.height = sum(sketch.height for sketch in self._sketches())
        # Totals alone on a page look lost: ask to be split, so that the last rows go with them.
        lonely = self.is_last and self.height + self.parts.keep_after > available_height
        if lonely and self.end - self.first > ORPHANS and self.height <= available_height:
            return self.width, available_height + 1
        return self.width, self.height

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """The rows that fit, a page break, the others; nothing when not even one row fits."""
        rows = self.parts.rows
        bottom = self.parts.carried(Decimal(0), False).height
        room = available_height - bottom - self.parts.heading.height - (self.top.height if self.top else 0)
        end = self.first
        while end < self.end and rows[end].sketch.height <= room:
            room -= rows[end].sketch.height
            end += 1
        end = min(end, self.end - ORPHANS) if self.end - self.first > ORPHANS else min(end, self.end - 1)
        if end <= self.first:
            return []
        brought = self.brought + self.sum_of(self.first, end)
        return [
            LinesTable(self.parts, self.first, end, self.brought),
            PageBreak(),
            LinesTable(self.parts, end, self.end, brought),
        ]

    def draw(self) -> None:
        top = self.height
        for sketch in self._sketches():
            sketch.draw(self.canv, top)
            top -= sketch.height
