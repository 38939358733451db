"""What a list shows: columns and cells, without any drawing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from facturepro.i18n.formatting import format_date, format_money, format_number

KINDS = ("text", "strong", "number", "money", "date", "due", "chip", "two_line", "icon")
_RIGHT = ("number", "money")


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a ``RecordList``.

    Attributes:
        key: attribute or mapping key of the row.
        width: px, or 0 for the column that takes the rest (exactly one per list).
        align: "left" or "right"; by default right for numbers and money.
        kind: text, strong (500), number, money (500), date, due, chip, two_line, icon.
        priority: 0 stays always; the column with the highest is dropped first when the list is narrow.
        minimum: least width of the column that takes the rest.
        sortable: a click on its title sorts.
        shown: whether the column is shown before a person chooses columns.
    """

    key: str
    title: str
    width: int = 0
    align: str = ""
    kind: str = "text"
    priority: int = 0
    minimum: int = 140
    sortable: bool = False
    shown: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of column {self.kind!r}")
        if not self.align:
            object.__setattr__(self, "align", "right" if self.kind in _RIGHT else "left")


@dataclass(frozen=True)
class Cell:
    """A value with what makes it look different. A plain value in a row means ``Cell(value)``.

    Attributes:
        value: str, Decimal, int, date or None.
        second: second line of a two_line cell.
        chip: kind of chip ("info"); icon: its icon.
        tone: colour token instead of the usual one ("danger").
        muted: in text_3; struck: struck through (a cancelled amount).
        late: a due date that is over.
        currency: of a money value.
    """

    value: Any
    second: str = ""
    chip: str = "neutral"
    icon: str | None = None
    tone: str | None = None
    muted: bool = False
    struck: bool = False
    late: bool = False
    currency: str = "EUR"

    def text(self, kind: str) -> str:
        """The value as a person reads it."""
        value = self.value
        if value is None:
            return "—" if kind in ("date", "due") else ""
        if isinstance(value, str):
            return value
        if kind == "money":
            return format_money(value, self.currency)
        if isinstance(value, date):
            return format_date(value, "day")
        if isinstance(value, (Decimal, int)):
            return format_number(value)
        return str(value)

    def spoken(self, kind: str) -> str:
        """Both lines, for a screen reader."""
        text = self.text(kind)
        return f"{text}, {self.second}" if self.second else text


def cell_of(row: Any, key: str) -> Cell:
    """The cell of a row for a column."""
    value = row.get(key) if isinstance(row, Mapping) else getattr(row, key, None)
    return value if isinstance(value, Cell) else Cell(value)


def row_id(row: Any) -> Any:
    """Identity of a row: its ``id``."""
    return row["id"] if isinstance(row, Mapping) else row.id
