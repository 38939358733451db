"""The palette (Ctrl+K): every record, action and page by name, over a scrim.

The window gives it a ``PaletteSource``; it shows the groups as they come, marks the letters that match, and runs what
is chosen. Up and down move, Enter opens, Shift+Enter runs the other action of the entry, Tab lists all its actions,
Escape goes back.
"""

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListView, QVBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.ui import icons, theme
from facturepro.ui.widgets.drawing import box
from facturepro.ui.widgets.fields import TextField
from facturepro.ui.widgets.keycap import KeyCap, key_text
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.palette_items import PaletteGroup, PaletteItem, PaletteSource
from facturepro.ui.widgets.palette_rows import (
    CURRENT_ROLE,
    HEADING_HEIGHT,
    ITEM_ROLE,
    KEYCAP_ROLE,
    QUERY_ROLE,
    PaletteDelegate,
    match_spans,
)
from facturepro.ui.widgets.separators import HLine
from facturepro.ui.widgets.surface import FloatingPanel

TOP = 88
_INPUT = 56
_FOOT = 36
_BOTTOM = 8


__all__ = ["Palette", "PaletteGroup", "PaletteItem", "PaletteModel", "PaletteSource"]


class PaletteModel(QAbstractListModel):
    """Headings (strings) and items, in one list."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[str | PaletteItem] = []
        self.query = ""
        self.current = -1

    def show_groups(self, groups: Sequence[PaletteGroup], query: str) -> None:
        self.beginResetModel()
        self.query = query
        self._rows = []
        for group in groups:
            if group.items:
                self._rows += [group.title, *group.items] if group.title else [*group.items]
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def item(self, row: int) -> PaletteItem | None:
        entry = self._rows[row] if 0 <= row < len(self._rows) else None
        return entry if isinstance(entry, PaletteItem) else None

    def item_rows(self) -> list[int]:
        return [row for row, entry in enumerate(self._rows) if isinstance(entry, PaletteItem)]

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if self.item(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._rows[index.row()]
        if role == ITEM_ROLE:
            return entry
        if role == QUERY_ROLE:
            return self.query
        if role == CURRENT_ROLE:
            return index.row() == self.current
        if role == KEYCAP_ROLE:
            return self._keycap(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(entry, str):
                return entry
            parts = (entry.text, entry.detail, entry.chip[0] if entry.chip else "", entry.amount or entry.note)
            return ", ".join(part for part in parts if part)
        return None

    def _keycap(self, row: int) -> str:
        """The key that would run this row now."""
        entry, current = self._rows[row], self.item(self.current)
        if not isinstance(entry, PaletteItem) or current is None:
            return ""
        if row == self.current:
            return key_text("Return")
        if current.secondary is not None and current.secondary.key == entry.key:
            return key_text("Shift+Return")
        return key_text(entry.shortcut) if entry.shortcut else ""


class _Scrim(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().color("scrim"))


class _Lens(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(18, 18)

    def paintEvent(self, _event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self.rect(), "action.search", "text_2")


class _Foot(QWidget):
    """The band of keys and counts, with the rounded corners of the panel."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        painter.setClipRect(self.rect())
        radius = current.radius("panel") - 1
        box(painter, self.rect().adjusted(0, -radius, 0, 0), radius, current.color("surface_1"))
        painter.fillRect(0, 0, self.width(), 1, current.color("separator"))


class Palette(_Scrim):
    """Covers ``window`` while open. Signals: ``opened()``, ``closed()``, ``used(str)`` with the key that was run."""

    opened = Signal()
    closed = Signal()
    used = Signal(str)

    def __init__(self, window: QWidget, source: PaletteSource) -> None:
        super().__init__(window)
        self._ground = window
        self._source = source
        self._opener: QWidget | None = None
        self._listing: PaletteItem | None = None  # whose actions are listed
        self.panel = FloatingPanel(self)
        column = QVBoxLayout(self.panel)
        column.setSpacing(0)
        margin = FloatingPanel.MARGIN + 1
        column.setContentsMargins(margin, margin, margin, margin)
        column.addWidget(self._make_input())
        column.addWidget(HLine())
        self.model = PaletteModel(self)
        self.view = self._make_view()
        column.addWidget(self.view)
        column.addWidget(self._make_foot())
        self.hide()
        window.installEventFilter(self)

    def _make_input(self) -> QWidget:
        holder = QWidget()
        holder.setFixedHeight(_INPUT - 1)
        row = QHBoxLayout(holder)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(12)
        row.addWidget(_Lens())
        self.input = TextField(placeholder=_("Rechercher ou agir…"), bare=True)
        font = theme.current().font("section")
        font.setWeight(theme.current().font("body").weight())
        self.input.setFont(font)
        self.input.setAccessibleName(_("Rechercher ou agir"))
        self.input.setProperty("fpFocusInside", True)
        self.input.textChanged.connect(self._search)
        self.input.installEventFilter(self)
        row.addWidget(self.input, 1)
        row.addWidget(KeyCap(key_text("Esc")))
        return holder

    def _make_view(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(PaletteDelegate(view))
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setSelectionMode(QListView.SelectionMode.NoSelection)
        view.setAccessibleName(_("Résultats"))
        view.entered.connect(lambda index: self._set_current(index.row()))
        view.clicked.connect(lambda index: self._run(self.model.item(index.row())))
        return view

    def _make_foot(self) -> QWidget:
        foot = _Foot()
        foot.setFixedHeight(_FOOT)
        row = QHBoxLayout(foot)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(4)
        for caps, words in (
            ((key_text("Up"), key_text("Down")), _("choisir")),
            ((key_text("Return"),), _("ouvrir")),
            ((key_text("Tab"),), _("autres actions")),
        ):
            for cap in caps:
                row.addWidget(KeyCap({"Up": "↑", "Down": "↓"}.get(cap, cap)))
            row.addWidget(Label(words, role="caption", color="text_2"))
            row.addSpacing(12)
        row.addStretch(1)
        self.count = Label("", role="caption", color="text_2")
        row.addWidget(self.count)
        return foot

    # --- opening and closing
    def set_source(self, source: PaletteSource) -> None:
        self._source = source

    def open(self, text: str = "") -> None:
        if self.isVisible():
            self.input.selectAll()
            return
        self._opener = QApplication.focusWidget()
        self._listing = None
        self.setGeometry(self._ground.rect())
        self.input.setText(text)
        self._search(text)
        self.show()
        self.raise_()
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)
        self.opened.emit()

    def dismiss(self, give_focus_back: bool = True) -> None:
        if self.isHidden():
            return
        self.hide()
        if give_focus_back and self._opener is not None and self._opener.isVisible():
            self._opener.setFocus(Qt.FocusReason.OtherFocusReason)
        self._opener = None
        self.closed.emit()

    # --- searching
    def _search(self, text: str) -> None:
        if self._listing is not None:
            groups = self._filtered_actions(self._listing, text)
            took = 0.0
        else:
            began = time.perf_counter()
            groups = self._source.query(text.strip())
            took = (time.perf_counter() - began) * 1000
        self.model.show_groups(groups, text.strip())
        rows = self.model.item_rows()
        self._set_current(rows[0] if rows else -1)
        self._describe(len(rows), took, bool(text.strip()))
        self._fit()

    def _filtered_actions(self, item: PaletteItem, text: str) -> list[PaletteGroup]:
        kept = [action for action in item.actions if not text.strip() or match_spans(action.text, text)]
        return [PaletteGroup(item.text, kept)]

    def _describe(self, count: int, took: float, has_text: bool) -> None:
        if not count and has_text:
            self.count.setText(_("Aucun résultat"))
        elif not has_text and self._listing is None:
            self.count.setText(_("Récents"))
        else:
            words = ngettext("{count} résultat en {time} ms", "{count} résultats en {time} ms", count)
            self.count.setText(words.format(count=format_number(count), time=max(1, round(took))))

    def _fit(self) -> None:
        current = theme.current()
        rows = self.model.item_rows()
        height = len(rows) * current.size("palette_row")
        height += (self.model.rowCount() - len(rows)) * HEADING_HEIGHT + (_BOTTOM if rows else 0)
        room = self._ground.height() - TOP - _INPUT - _FOOT - current.space("xl")
        self.view.setFixedHeight(max(0, min(height, room)))
        total = _INPUT + self.view.height() + _FOOT + 2
        width = min(current.size("palette"), self._ground.width() - 2 * current.space("m"))
        margin = FloatingPanel.MARGIN
        self.panel.resize(width + 2 * margin, total + 2 * margin)
        self.panel.move_panel((self._ground.width() - width) // 2, TOP)

    # --- choosing
    def current_item(self) -> PaletteItem | None:
        return self.model.item(self.model.current)

    def _set_current(self, row: int) -> None:
        if row >= 0 and self.model.item(row) is None:
            return
        self.model.current = row
        index = self.model.index(row) if row >= 0 else QModelIndex()
        self.view.setCurrentIndex(index)
        self.view.viewport().update()
        item = self.current_item()
        self.input.setAccessibleDescription(str(index.data()) if item is not None else "")

    def _step(self, by: int) -> None:
        rows = self.model.item_rows()
        if not rows:
            return
        place = rows.index(self.model.current) if self.model.current in rows else -by
        row = rows[(place + by) % len(rows)]
        self._set_current(row)
        if row == rows[0]:
            self.view.scrollToTop()
        else:
            self.view.scrollTo(self.model.index(row))

    def _run(self, item: PaletteItem | None) -> None:
        if item is None:
            return
        self.dismiss()
        self.used.emit(item.key)
        item.run()

    def _list_actions(self) -> None:
        item = self.current_item()
        if self._listing is None and item is not None and item.actions:
            self._listing = item
            self._replace_text("")

    def _leave_actions(self) -> bool:
        if self._listing is None:
            return False
        self._listing = None
        self._replace_text("")
        return True

    def _replace_text(self, text: str) -> None:
        blocked = self.input.blockSignals(True)
        self.input.setText(text)
        self.input.blockSignals(blocked)
        self._search(text)

    # --- events
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._ground and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._ground.rect())
            self._fit()
        if watched is self.input and event.type() == QEvent.Type.KeyPress:
            return self._key(event)  # type: ignore[arg-type]
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._step(5 if key == Qt.Key.Key_PageDown else -5)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.current_item()
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._run(item.secondary if shifted and item is not None else item)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._list_actions()
        elif key == Qt.Key.Key_Escape or (key == Qt.Key.Key_Backspace and not self.input.text()):
            if not self._leave_actions() and key == Qt.Key.Key_Escape:
                self.dismiss()
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        inside = self.panel.panel_rect().contains(self.panel.mapFrom(self, event.position().toPoint()))
        if not inside:
            self.dismiss()

    def panel_geometry(self) -> QRect:
        """The panel proper in the window's coordinates."""
        return self.panel.panel_rect().toRect().translated(self.panel.pos())
