"""The lines of an invoice that is being typed: typed values, what could not be read, and the empty line at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from facturepro.domain.errors import UserError
from facturepro.domain.money import plain
from facturepro.domain.totals import LineAmounts, line_net
from facturepro.i18n import _
from facturepro.i18n.formatting import format_number, format_quantity, format_rate, format_unit_price
from facturepro.services.catalog import entity
from facturepro.services.validation import FRENCH_RATES, convert

HANDLE, DESCRIPTION, QUANTITY, UNIT, PRICE, DISCOUNT, VAT, NET = range(8)
FIELDS = {
    DESCRIPTION: "description",
    QUANTITY: "quantity",
    UNIT: "unit",
    PRICE: "unit_price",
    DISCOUNT: "discount",
    VAT: "vat_rate",
}
EDITABLE = tuple(FIELDS)
RIGHT = (QUANTITY, PRICE, DISCOUNT, VAT, NET)
ERROR_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(eq=False)
class Line:
    """One line. ``errors``: field -> (what was typed, why it cannot be taken); the value before stays in force."""

    id: str = ""
    product_id: str | None = None
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    vat_rate: Decimal = Decimal(20)
    errors: dict[str, tuple[str, str]] = field(default_factory=dict)

    def net(self) -> Decimal:
        return line_net(LineAmounts(self.quantity, self.unit_price, self.vat_rate, self.discount))

    def values(self) -> dict[str, Any]:
        """By column name, as ``services.invoices`` takes them."""
        names = ("product_id", "description", "quantity", "unit", "unit_price", "discount", "vat_rate")
        return {"id": self.id, **{name: getattr(self, name) for name in names}}

    def signature(self) -> tuple[Any, ...]:
        return tuple(self.values().values())


def titles() -> list[str]:
    return ["", _("Désignation"), _("Qté"), _("Unité"), _("PU HT"), _("Remise"), _("TVA"), _("Total HT")]


class LinesModel(QAbstractTableModel):
    """Signals: ``edited()`` after any change by a person; ``counted(int)`` when the number of rows changes."""

    edited = Signal()
    counted = Signal(int)

    def __init__(self, rates: Sequence[Decimal] = FRENCH_RATES, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.default_vat = Decimal(20)
        self.is_locked = False
        self._rates = rates

    # ------------------------------------------------------------------ reading
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.lines) + (0 if self.is_locked else 1)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(titles())

    def is_ghost(self, row: int) -> bool:
        """The empty line at the end."""
        return row == len(self.lines)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return titles()[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.AccessibleTextRole:
            return titles()[section] or _("Déplacer")
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() in FIELDS and not self.is_locked:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        error = self._error(row, column)
        if role == ERROR_ROLE or role == Qt.ItemDataRole.ToolTipRole:
            return error[1] if error else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return error[0] if error else self._text(row, column, role == Qt.ItemDataRole.EditRole)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _("Ligne {row}, {column} : {text}").format(
                row=row + 1, column=titles()[column], text=self._text(row, column, False) or _("vide")
            )
        return None

    def _error(self, row: int, column: int) -> tuple[str, str] | None:
        if self.is_ghost(row) or column not in FIELDS:
            return None
        return self.lines[row].errors.get(FIELDS[column])

    def _text(self, row: int, column: int, editing: bool) -> str:
        if self.is_ghost(row):
            return format_rate(self.default_vat) if column == VAT and not editing else ""
        line = self.lines[row]
        if column == QUANTITY:
            return format_quantity(line.quantity)
        if column == PRICE:
            return format_unit_price(line.unit_price, with_symbol=False)
        if column == DISCOUNT:
            return format_number(line.discount) if editing else format_rate(line.discount) if line.discount else ""
        if column == VAT:
            return format_number(line.vat_rate) if editing else format_rate(line.vat_rate)
        if column == NET:
            return format_number(line.net(), 2)
        return {DESCRIPTION: line.description, UNIT: line.unit}.get(column, "")

    def errors(self) -> list[tuple[int, int, str]]:
        """(row, column, sentence) of what cannot be taken."""
        return [
            (row, column, line.errors[name][1])
            for row, line in enumerate(self.lines)
            for column, name in FIELDS.items()
            if name in line.errors
        ]

    # ------------------------------------------------------------------ typing
    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        column = index.column()
        if role != Qt.ItemDataRole.EditRole or column not in FIELDS or self.is_locked:
            return False
        text = str(value)
        if text == self.data(index, Qt.ItemDataRole.EditRole):
            return True
        if self.is_ghost(index.row()):
            if not text.strip():
                return True
            self._append(Line(vat_rate=self.default_vat))
        self._take(self.lines[index.row()], FIELDS[column], text)
        self._tell(index.row())
        return True

    def _take(self, line: Line, name: str, text: str) -> None:
        lines = entity("invoice").lines
        assert lines is not None
        try:
            value = convert(lines.by_name[name], text)
            self._check(name, value)
        except UserError as error:
            line.errors[name] = (text, error.message)
            return
        line.errors.pop(name, None)
        setattr(line, name, value)

    def _check(self, name: str, value: Any) -> None:
        if name == "quantity" and value <= 0:
            raise UserError("quantity_negative")
        if name == "unit_price" and value < 0:
            raise UserError("value_out_of_range", text=plain(value), label=_("PU HT"), low="0", high="99999999")
        if name == "vat_rate" and self._rates and value.normalize() not in [rate.normalize() for rate in self._rates]:
            rates = " · ".join(format_number(rate) for rate in self._rates)
            raise UserError("rate_invalid", text=format_number(value), country=_("France"), rates=rates)

    def _tell(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))
        self.edited.emit()

    def _append(self, line: Line) -> None:
        """Before the empty line."""
        row = len(self.lines)
        self.beginInsertRows(QModelIndex(), row, row)
        self.lines.append(line)
        self.endInsertRows()
        self.counted.emit(self.rowCount())

    def set_product(self, row: int, product: Mapping[str, Any]) -> None:
        """What the line takes from its product; quantity and discount stay."""
        if self.is_ghost(row):
            self._append(Line())
        line = self.lines[row]
        line.product_id, line.description, line.unit = product["id"], product["name"], product["unit"]
        line.unit_price, line.vat_rate = product["price"], product["vat"]
        for name in ("description", "unit", "unit_price", "vat_rate"):
            line.errors.pop(name, None)
        self._tell(row)

    # ------------------------------------------------------------------ whole lines
    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines; not an edit."""
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()
        self.counted.emit(self.rowCount())

    def set_locked(self, locked: bool) -> None:
        """An issued invoice: nothing to type, no empty line."""
        if locked != self.is_locked:
            self.beginResetModel()
            self.is_locked = locked
            self.endResetModel()
            self.counted.emit(self.rowCount())

    def remove(self, row: int) -> bool:
        if self.is_locked or not 0 <= row < len(self.lines):
            return False
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.lines[row]
        self.endRemoveRows()
        self.counted.emit(self.rowCount())
        self.edited.emit()
        return True

    def move(self, row: int, target: int) -> bool:
        """Put a line at another place; false at the ends."""
        last = len(self.lines) - 1
        if self.is_locked or not 0 <= row <= last or not 0 <= target <= last or row == target:
            return False
        self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), target + (1 if target > row else 0))
        self.lines.insert(target, self.lines.pop(row))
        self.endMoveRows()
        self.edited.emit()
        return True

    def duplicate(self, row: int) -> bool:
        if self.is_locked or not 0 <= row < len(self.lines):
            return False
        source = self.lines[row]
        copy = Line(**{**source.values(), "id": ""})
        self.beginInsertRows(QModelIndex(), row + 1, row + 1)
        self.lines.insert(row + 1, copy)
        self.endInsertRows()
        self.counted.emit(self.rowCount())
        self.edited.emit()
        return True

    def insert_texts(self, row: int, rows: Sequence[Mapping[str, str]]) -> int:
        """Lines pasted from elsewhere, by field name as text, before ``row``; answers how many came in."""
        if self.is_locked or not rows:
            return 0
        at = min(row, len(self.lines))
        made = []
        for texts in rows:
            line = Line(vat_rate=self.default_vat)
            for name, text in texts.items():
                if text.strip():
                    self._take(line, name, text)
            made.append(line)
        self.beginInsertRows(QModelIndex(), at, at + len(made) - 1)
        self.lines[at:at] = made
        self.endInsertRows()
        self.counted.emit(self.rowCount())
        self.edited.emit()
        return len(made)

    def savable(self) -> list[Line]:
        """Lines that say something; one without a description waits for it."""
        return [line for line in self.lines if line.description]


def parse_table(text: str, is_number: Callable[[str], bool]) -> list[dict[str, str]]:
    """Rows copied from a spreadsheet: description, quantity, [unit,] price, [discount,] VAT. A heading row is skipped.

    With one column every row is a description. Which of four or five columns is the unit shows in its not being a number.
    """
    rows = [[cell.strip() for cell in line.split("\t")] for line in text.replace("\r\n", "\n").split("\n")]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    if len(rows) > 1 and len(rows[0]) > 1 and not any(is_number(cell) for cell in rows[0][1:] if cell):
        rows = rows[1:]
    width = max(len(row) for row in rows)
    has_unit = width > 3 and any(len(row) > 2 and row[2] and not is_number(row[2]) for row in rows)
    names = ["description", "quantity", *(["unit"] if has_unit else []), "unit_price"]
    names += {1: ["vat_rate"], 2: ["discount", "vat_rate"]}.get(width - len(names), [])
    return [dict(zip(names, row, strict=False)) for row in rows]
