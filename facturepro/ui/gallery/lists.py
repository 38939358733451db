"""Right column: list rows, the grid of an invoice, tabs and the sync indicator."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from facturepro.i18n.formatting import format_money
from facturepro.ui import icons, theme
from facturepro.ui.gallery.canvas import Canvas
from facturepro.ui.models.cells import Cell, ColumnSpec
from facturepro.ui.models.records import RecordModel
from facturepro.ui.widgets.drawing import box, draw_text
from facturepro.ui.widgets.list_paint import paint_focus_box
from facturepro.ui.widgets.listview import RecordList
from facturepro.ui.widgets.separators import VLine
from facturepro.ui.widgets.tabs import Tab, TabBar

COLUMNS = (
    ColumnSpec("number", "Numéro", 126),
    ColumnSpec("client", "Client", kind="strong"),
    ColumnSpec("status", "Statut", 150, kind="chip"),
    ColumnSpec("total", "Total TTC", 96, kind="money"),
)


def _row(number: str, client: str, status: Cell, total: str) -> dict[str, Any]:
    return {"id": number, "number": number, "client": client, "status": status, "total": Decimal(total)}


ROWS = (
    _row("FA-2026-A0112", "Menuiserie Le Goff", Cell("À encaisser", chip="info", icon="status.open"), "2788.49"),
    _row(
        "FA-2026-A0110",
        "Vasseur Architectes",
        Cell(f"Reste {format_money(Decimal('4236'))}", chip="warning", icon="status.partial"),
        "5736",
    ),
    _row("FA-2026-A0107", "Maison Delcourt", Cell("En retard de 10 j", chip="danger", icon="status.late"), "741.60"),
    _row("FA-2026-A0105", "Agencement Roux", Cell("En retard de 12 j", chip="danger", icon="status.late"), "3751.80"),
)


class FixedSource:
    """A page source over rows in memory."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = list(rows)

    def fetch(self, after: Any | None, limit: int) -> tuple[Sequence[Any], Any | None]:
        start = after or 0
        page = self._rows[start : start + limit]
        return page, start + limit if start + limit < len(self._rows) else None

    def fetch_ids(self, ids: Sequence[Any]) -> Sequence[Any]:
        return [row for row in self._rows if row["id"] in ids]

    def sort_by(self, key: str, descending: bool) -> None:
        self._rows.sort(key=lambda row: str(row[key]), reverse=descending)


def add(sheet: Canvas) -> None:
    sheet.section(656, 68, "Ligne de liste : 36, cellule 8/8, case 16, filet 1 dessous ; courante = trait 2 accent")
    model = RecordModel(COLUMNS, FixedSource(ROWS), parent=sheet)
    rows = RecordList(model, accessible_name="Factures")
    sheet.put(rows, 656, 109, 591, 176)
    model.set_checked(["FA-2026-A0107", "FA-2026-A0105"], True)
    rows.set_current_id("FA-2026-A0105")
    rows.show_hover(1)
    sheet.put(VLine(), 1247, 109, 1, 176)
    sheet.put(_Ruler([656, 692, 818, 1001, 1151, 1247], ["36", "126", "le reste", "150", "96"]), 656, 289, 593, 22)
    for left, text in ((656, "normal"), (715, "survol"), (770, "cochée"), (832, "cochée et courante (tiroir ouvert)")):
        sheet.words(text, left, 321, "caption", "text_2")
    sheet.section(
        656,
        349,
        "Grille de saisie : ligne 36, colonnes 24 / reste / 56 / 72 / 92 / 68 / 68 / 100, cellule active bordée 2",
    )
    sheet.put(_EditorSample(), 656, 390, 592, 106)
    _tabs(sheet)


def _tabs(sheet: Canvas) -> None:
    sheet.section(656, 745, "Onglets 40, trait 2 accent ; recherche 32 ; indicateur de synchronisation")
    tabs = [Tab("all", "Toutes", 642), Tab("drafts", "Brouillons", 3), Tab("late", "En retard", 9, alert=True)]
    sheet.put(TabBar(tabs, margin=0), 656, 786, 592)
    states = (
        (664, 854, "status.synced", "success", "À jour"),
        (752, 854, "status.waiting", "accent_text", "2 en attente"),
        (879, 854, "status.offline", "text_2", "Hors ligne"),
        (992, 854, "sign-in", "warning", "Se reconnecter"),
        (664, 890, "status.error", "danger", "Erreur : droits retirés"),
    )
    for left, middle, icon, color, text in states:
        sheet.put(_Glyph(icon, color), left - 1, middle - 9, 18, 18)
        sheet.words(text, left + 23, middle, "button", "text_2")


class _Glyph(QWidget):
    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name, self._color = name, color

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), self._name, self._color)


class _Ruler(QWidget):
    """Measures below the list."""

    def __init__(self, ticks: list[int], texts: list[str]) -> None:
        super().__init__()
        self._ticks, self._texts = [tick - ticks[0] for tick in ticks], texts

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = theme.current().chip("violet")[1]
        painter.fillRect(0, 4, self._ticks[-1], 1, colour)
        for tick in self._ticks:
            painter.fillRect(tick, 1, 1, 7, colour)
        for left, right, text in zip(self._ticks, self._ticks[1:], self._texts, strict=False):
            area = QRectF(left, 7, right - left, 16)
            draw_text(painter, area, text, theme.current().font("label"), colour, Qt.AlignmentFlag.AlignHCenter)


class _EditorSample(QWidget):
    """Two lines of an invoice; the second has its quantity open."""

    _COLUMNS = (
        (25, 210, "Désignation", "left"),
        (235, 56, "Qté", "right"),
        (291, 72, "Unité", "left"),
        (363, 76, "PU HT", "right"),
        (439, 60, "TVA", "right"),
        (498, 93, "Total HT", "right"),
    )
    _LINES = (
        ("Panneau chêne massif 27 mm", "3", "pièce", "112,00", "20\u00a0%", "319,20"),
        ("Poignée laiton 160 mm", "14", "pièce", "18,90", "20\u00a0%", "264,60"),
    )

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        box(painter, self.rect(), current.radius("control"), current.color("surface_2"))
        painter.save()
        painter.setClipRect(0, 0, self.width(), 33)
        box(painter, self.rect(), current.radius("control"), current.color("surface_1"))
        painter.restore()
        painter.fillRect(QRect(1, 33, self.width() - 2, 35), current.color("hover"))
        for line in (32, 68):
            painter.fillRect(0, line, self.width(), 1, current.color("separator"))
        box(painter, self.rect(), current.radius("control"), None, current.color("separator"))
        self._texts(painter)
        icons.paint(painter, QRectF(5, 43, 16, 16), "action.drag", "text_3")
        cell = QRect(234, 68, 58, 37)
        painter.fillRect(cell, current.color("surface_2"))
        paint_focus_box(painter, cell)
        draw_text(
            painter,
            QRectF(235, 69, 46, 35),
            "14",
            current.font("body"),
            current.color("text"),
            Qt.AlignmentFlag.AlignRight,
        )
        painter.fillRect(282, 79, 1, 16, current.color("text"))

    def _texts(self, painter: QPainter) -> None:
        current = theme.current()
        for column, (left, width, title, side) in enumerate(self._COLUMNS):
            align = Qt.AlignmentFlag.AlignRight if side == "right" else Qt.AlignmentFlag.AlignLeft
            area = QRectF(left + 8, 1, width - 16, 31)
            draw_text(painter, area, title, current.font("label"), current.color("text_2"), align)
            for row, line in enumerate(self._LINES):
                quiet = column in (2, 4)
                font = current.font("button" if column == 5 else "body")
                area = QRectF(left + 8, 33 + 36 * row, width - 16, 35)
                draw_text(painter, area, line[column], font, current.color("text_2" if quiet else "text"), align)
