"""Stock as rows of lists: levels per warehouse and movements, with the sources that page through them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from facturepro.i18n import _
from facturepro.i18n.formatting import MINUS, format_quantity
from facturepro.services import records, stock
from facturepro.services.catalog import REASONS
from facturepro.services.company import OpenCompany
from facturepro.ui import theme
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.widgets.drawing import draw_text, text_width
from facturepro.ui.widgets.list_paint import RecordDelegate

Chip = tuple[str, str, str]
WAREHOUSE_COLUMN = 64
SHOWN_WAREHOUSES = 4


def stock_chip(total: Decimal, minimum: Decimal, is_long: bool = False) -> Chip | None:
    """Words, kind and icon of a level that needs attention; None when all is well."""
    if total < 0:
        return _("Stock négatif"), "danger", "status.negative_stock"
    if total < minimum:
        words = _("{count} sous le minimum") if is_long else _("{count} sous min.")
        return words.format(count=format_quantity(minimum - total)), "warning", "status.low_stock"
    return None


def signed(quantity: Decimal) -> str:
    """``+12``, ``−2``."""
    text = format_quantity(abs(quantity))
    return f"{MINUS if quantity < 0 else '+'}{text}"


def level_columns(warehouses: Sequence[Mapping[str, Any]]) -> list[ColumnSpec]:
    """Product, a column per warehouse (the last ones give way first), available against minimum, state."""
    columns = [ColumnSpec("name", _("Produit"), 0, kind="two_line", minimum=222)]
    for index, warehouse in enumerate(warehouses):
        width = max(WAREHOUSE_COLUMN, round(text_width(theme.current().font("label"), warehouse["name"])) + 20)
        columns.append(
            ColumnSpec(
                f"at:{warehouse['id']}", warehouse["name"], min(width, 140), kind="number",
                priority=2 + index, shown=index < SHOWN_WAREHOUSES,
            )
        )  # fmt: skip
    columns.append(ColumnSpec("available", _("Dispo / min."), 108, align="right"))
    columns.append(ColumnSpec("state", _("État"), 134, kind="chip", priority=1))
    return columns


def level_row(product: Mapping[str, Any], warehouses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    levels, total, minimum = product["levels"], product["total"], product["min_stock"]
    chip = stock_chip(total, minimum)
    row: dict[str, Any] = {
        "id": product["id"],
        "name": Cell(product["name"], second=product["sku"]),
        "available": Cell(
            format_quantity(total), second=format_quantity(minimum), tone=_TONES[chip[1]] if chip else None
        ),
        "state": Cell(chip[0], chip=chip[1], icon=chip[2]) if chip else Cell(None),
        "record": product,
    }
    for warehouse in warehouses:
        quantity = levels.get(warehouse["id"], Decimal(0))
        tone = "danger" if quantity < 0 else None
        row[f"at:{warehouse['id']}"] = Cell(quantity, tone=tone, muted=quantity == 0)
    return row


_TONES = {"danger": "danger", "warning": "warning"}


class LevelSource:
    """Goods by name. ``state``: "", low, negative or unmoved."""

    def __init__(self, company: OpenCompany, warehouses: Sequence[Mapping[str, Any]], state: str, text: str) -> None:
        self._company, self._warehouses, self._state, self._text = company, warehouses, state, text

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        page = stock.page(self._company, self._state, self._text, after, limit)
        return [level_row(row, self._warehouses) for row in page.rows], page.next

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        return [
            level_row(row, self._warehouses) for row in stock.by_ids(self._company, list(ids)) if self._belongs(row)
        ]

    def _belongs(self, row: Mapping[str, Any]) -> bool:
        """Whether a changed product is still in the list of this tab."""
        if row["deleted_at"] is not None or row["is_archived"] or row["type"] == "service":
            return False
        total = row["total"]
        if self._state == "low":
            return bool(total < row["min_stock"])
        if self._state == "negative":
            return bool(total < 0)
        return self._state != "unmoved" or not row["levels"]

    def sort_by(self, key: str, descending: bool) -> None:
        """Levels are always by name."""


class AvailableDelegate(RecordDelegate):
    """The column "12 / 18": what is there in strong figures, the minimum after it, both in line."""

    def __init__(self, view: QWidget, main: RecordDelegate) -> None:
        super().__init__(view)
        self._main = main

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        for name in ("hover_row", "hover_check", "current_row", "focus_visible", "last_column", "first_column"):
            setattr(self, name, getattr(self._main, name))
        super().paint(painter, option, index)

    def _paint_cell(self, painter: QPainter, rect: QRect, cell: Cell, spec: ColumnSpec, rtl: bool) -> None:
        current = theme.current()
        tail = 38 if not rtl else 0  # room of "/ 30" after the figures
        color = current.color(cell.tone or "text")
        left = rect.adjusted(0, 0, -tail, 0)
        draw_text(painter, left, str(cell.value), current.font("strong"), color, Qt.AlignmentFlag.AlignRight)
        right = QRect(left.right() + 6, rect.top(), tail, rect.height())
        draw_text(painter, right, f"/ {cell.second}", current.font("body"), current.color("text_2"))


def reason_words(movement: Mapping[str, Any]) -> str:
    return _(REASONS.get(movement["reason"], movement["reason"]))


def movement_columns() -> list[ColumnSpec]:
    return [
        ColumnSpec("moved_on", _("Date"), 100, kind="date"),
        ColumnSpec("product", _("Produit"), 0, kind="two_line", minimum=200),
        ColumnSpec("reason", _("Motif"), 110),
        ColumnSpec("document", _("Document"), 132, priority=2),
        ColumnSpec("warehouse", _("Entrepôt"), 150, priority=1),
        ColumnSpec("note", _("Note"), 160, priority=4),
        ColumnSpec("quantity", _("Quantité"), 92, align="right", kind="strong"),
    ]


def movement_row(movement: Mapping[str, Any]) -> dict[str, Any]:
    quantity = movement["quantity"]
    return {
        "id": movement["id"],
        "moved_on": movement["moved_on"],
        "product": Cell(movement["product_name"], second=movement["sku"]),
        "reason": reason_words(movement),
        "document": Cell(movement["document_number"], tone="accent_text"),
        "warehouse": movement["warehouse_name"],
        "note": Cell(movement["note"], muted=True),
        "quantity": Cell(signed(quantity), tone="success" if quantity > 0 else None),
        "record": movement,
    }


class MovementSource:
    """Movements, newest first; they never change, so ids that are known stay as they are."""

    def __init__(self, company: OpenCompany, product_id: str, warehouse_id: str) -> None:
        self._company, self._product_id, self._warehouse_id = company, product_id, warehouse_id
        self._seen: dict[str, dict[str, Any]] = {}

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        found = stock.movements(self._company, self._product_id, self._warehouse_id, after, limit + 1)
        rows = [movement_row(row) for row in found[:limit]]
        self._seen |= {row["id"]: row for row in rows}
        last = found[limit - 1] if len(found) > limit else None
        return rows, (last["moved_on"].isoformat(), last["id"]) if last else None

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        return [self._seen[each] for each in ids if each in self._seen]

    def sort_by(self, key: str, descending: bool) -> None:
        """Movements are always by date."""


def product_of(company: OpenCompany, product_id: str) -> dict[str, Any]:
    """A product with its levels; raises UserError when there is none."""
    found = stock.by_ids(company, [product_id])
    return found[0] if found else records.get(company, "product", product_id)
