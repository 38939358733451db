"""The drawer at the right of a page: what is selected, in detail, edited in place.

drawer = Drawer("FA-2026-A0105")
drawer.set_menu(make_menu)
drawer.set_amount("Reste à payer", "2 251,80 €", chip=("En retard de 12 j", "danger", "status.late"),
                  note="sur 3 751,80 € TTC", share=0.4)
drawer.set_actions([Button("Enregistrer un paiement", "primary"), Button("Relancer")])
section = drawer.add_section()
section.add(KeyValueRow("Client", "Agencement Roux", link=True))
drawer.add_section("Chronologie").add(Timeline(entries))
drawer.set_foot(("status.sealed", "Scellée", "success"), ("status.synced", "Synchronisée", "success"))
self.shell.open_drawer(drawer)
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.chips import StatusChip
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Bar, Surface, empty_layout

_PADDING = 16
_HEADER = 48
Note = tuple[str, str, str]
"""(icon, text, colour token)."""


class DrawerSection(Surface):
    """A part of the drawer under a separator, with an optional small heading."""

    def __init__(self, title: str = "", first: bool = False) -> None:
        super().__init__("surface_2", () if first else ("top",))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(_PADDING, 9 if not first else 0, _PADDING, 12 if title else 8)
        self._column.setSpacing(0)
        if title:
            heading = Label(title, role="label", color="text_2")
            heading.setFixedHeight(24)
            self._column.addWidget(heading)

    def add(self, widget: QWidget) -> QWidget:
        """Put a widget at the end of the section; answers it."""
        self._column.addWidget(widget)
        return widget

    def clear(self) -> None:
        empty_layout(self._column)

    def add_spacing(self, pixels: int) -> None:
        self._column.addSpacing(pixels)


class _FootNote(QWidget):
    def __init__(self, icon: str, text: str, color: str) -> None:
        super().__init__()
        self._icon, self._color = icon, color
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 0, 0, 0)
        row.addWidget(Label(text, role="caption", color="text_2"))
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - 14 if mirrored else 0
        icons.paint(QPainter(self), QRect(left, (self.height() - 14) // 2, 14, 14), self._icon, self._color)


class Drawer(Surface):
    """Signals: ``close_requested()`` (its cross; the shell closes it)."""

    close_requested = Signal()

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__("surface_2", ("left",), parent)
        self.setAccessibleName(_("Détail : {title}").format(title=title))
        self._menu_factory: Callable[[], Menu] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)  # the line at the left stays free
        column.setSpacing(0)
        column.addLayout(self._make_header(title))
        inside = Surface()
        self._content = QVBoxLayout(inside)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(0)
        self._head = DrawerSection(first=True)
        self._head.hide()
        self._content.addWidget(self._head)
        self._content.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        column.addWidget(self._scroll, 1)
        self._notes: tuple[Note | Callable[[], Note], ...] = ()
        self._foot = Surface("surface_1", ("top",))
        self._foot.setFixedHeight(theme.current().size("footer"))
        self._foot_row = QHBoxLayout(self._foot)
        self._foot_row.setContentsMargins(_PADDING + 1, 1, _PADDING, 0)
        self._foot.hide()
        column.addWidget(self._foot)

    def _make_header(self, title: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(_PADDING, 0, 8, 0)
        row.setSpacing(8)
        self._title = Label(title, role="section", elide=True)
        self._title.setFixedHeight(_HEADER)
        row.addWidget(self._title, 1)
        self.menu_button = IconButton("action.more", _("Autres actions"))
        self.menu_button.clicked.connect(self._open_menu)
        self.menu_button.hide()
        row.addWidget(self.menu_button)
        self.close_button = IconButton("action.close", _("Fermer le détail"))
        self.close_button.clicked.connect(self.close_requested)
        row.addWidget(self.close_button)
        return row

    def title(self) -> str:
        return self._title.text()

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(_("Détail : {title}").format(title=title))

    def set_menu(self, factory: Callable[[], Menu] | None) -> None:
        """``factory`` makes the menu of the three dots each time it is opened."""
        self._menu_factory = factory
        self.menu_button.setVisible(factory is not None)

    def _open_menu(self) -> None:
        if self._menu_factory is not None:
            self._menu_factory().open_at(self.menu_button, align="end")

    def set_amount(
        self,
        label: str,
        amount: str,
        *,
        chip: tuple[str, str, str | None] | None = None,
        note: str = "",
        share: float | None = None,
    ) -> None:
        """The large figure at the top, with its chip above at the right, a note beside it and a bar below."""
        self._head.clear()
        top = QHBoxLayout()
        top.addWidget(Label(label, role="caption", color="text_2"))
        top.addStretch(1)
        if chip is not None:
            top.addWidget(StatusChip(*chip))
        figures = QHBoxLayout()
        figure = Label(amount, role="figure")
        figure.setFixedHeight(theme.current().line_height("figure"))
        figures.addWidget(figure)
        figures.addStretch(1)
        if note:
            figures.addWidget(Label(note, color="text_2"), 0, Qt.AlignmentFlag.AlignBottom)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(figures)
        if share is not None:
            column.addSpacing(8)
            column.addWidget(Bar(share))
        self._head.add(holder)
        self._head.show()

    def set_actions(self, buttons: Sequence[QWidget]) -> None:
        """A row of buttons under the amount; the first one fills it."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 8, 0, 8)
        line.setSpacing(8)
        for index, button in enumerate(buttons):
            if index == 0:
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            line.addWidget(button, 1 if index == 0 else 0)
        self._head.add(row)
        self._head.show()

    def add_section(self, title: str = "") -> DrawerSection:
        section = DrawerSection(title, first=self._head.isHidden() and self._content.count() == 2)
        self._content.insertWidget(self._content.count() - 1, section)
        return section

    def clear(self) -> None:
        """Take everything between header and foot away, to show another record in the same drawer."""
        self._head.clear()
        self._head.hide()
        for index in range(self._content.count() - 2, 0, -1):
            item = self._content.takeAt(index)
            section = item.widget() if item is not None else None
            if section is not None:
                section.hide()
                section.deleteLater()

    def set_foot(self, *notes: Note | Callable[[], Note]) -> None:
        """Notes (icon, text, colour token), the first at the left, the others at the right. One that changes while the
        drawer is open is given as a function, asked again by ``refresh_foot``."""
        self._notes = notes
        empty_layout(self._foot_row)
        for index, note in enumerate(notes):
            if index == 1:
                self._foot_row.addStretch(1)
            self._foot_row.addWidget(_FootNote(*(note() if callable(note) else note)))
        if len(notes) == 1:
            self._foot_row.addStretch(1)
        self._foot.setVisible(bool(notes))

    def refresh_foot(self) -> None:
        """Show again what changes by itself: the state of the record in the cloud."""
        if any(callable(note) for note in self._notes):
            self.set_foot(*self._notes)


class _Grip(QWidget):
    """The left edge of the drawer, dragged to make it wider."""

    dragged = Signal(int)
    WIDTH = 6

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self._from = 0.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        shift = event.globalPosition().x() - self._from
        self._from = event.globalPosition().x()
        self.dragged.emit(round(-shift if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else shift))


class DrawerZone(QWidget):
    """Holds the drawer of the page, between ``drawer_min`` and ``drawer_max`` wide.

    Signals: ``opened()``, ``closed()``, ``width_changed(int)`` after dragging.
    """

    opened = Signal()
    closed = Signal()
    width_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawer: QWidget | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._grip = _Grip(self)
        self._grip.dragged.connect(self._drag)
        self.set_width(theme.current().size("drawer"))
        self.hide()

    def drawer(self) -> QWidget | None:
        return self._drawer

    def set_width(self, width: int) -> None:
        current = theme.current()
        self.setFixedWidth(max(current.size("drawer_min"), min(width, current.size("drawer_max"))))

    def _drag(self, by: int) -> None:
        self.set_width(self.width() + by)
        self.width_changed.emit(self.width())

    def show_drawer(self, drawer: QWidget) -> None:
        """Open with any widget; one with ``close_requested`` can close itself."""
        if drawer is self._drawer:
            return
        self._take_out()
        self._drawer = drawer
        self._row.addWidget(drawer)
        if hasattr(drawer, "close_requested"):
            drawer.close_requested.connect(self.close_drawer)
        drawer.show()
        self.show()
        self._grip.raise_()
        self.opened.emit()

    def close_drawer(self) -> None:
        if self._drawer is None:
            return
        self._take_out()
        self.hide()
        self.closed.emit()

    def _take_out(self) -> None:
        drawer, self._drawer = self._drawer, None
        if drawer is not None:
            self._row.removeWidget(drawer)
            drawer.hide()
            drawer.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - _Grip.WIDTH if mirrored else 0
        self._grip.setGeometry(left, 0, _Grip.WIDTH, self.height())
