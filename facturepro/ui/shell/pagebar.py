"""The bar above a page: title, search, sync indicator, and one primary button; 56 high."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import icons, theme
from facturepro.ui.pages.base import Page, PageAction
from facturepro.ui.shell.syncindicator import SyncIndicator
from facturepro.ui.widgets.buttons import Button, IconButton
from facturepro.ui.widgets.drawing import box, draw_text, state_of
from facturepro.ui.widgets.keycap import key_text, keycap_width, paint_keycap
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.surface import Surface

_SEARCH_WIDTH = 280
_SEARCH_MINIMUM = 160
_GIVES_WAY = 1000  # the search field takes what the words beside it leave, up to its width
_GLYPH_AIR = 5  # between the edge of an icon button and its icon


class SearchTrigger(QAbstractButton):
    """Looks like the search field and opens the palette; what is typed on it goes there. Signals: ``typed(str)``."""

    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(_("Rechercher ou agir…"))
        self.setAccessibleName(_("Rechercher ou agir"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setFixedHeight(theme.current().size("control"))
        self.setMinimumWidth(_SEARCH_MINIMUM)
        self.setMaximumWidth(_SEARCH_WIDTH)

    def sizeHint(self) -> QSize:
        return QSize(_SEARCH_MINIMUM, self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text.strip() and text.isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.typed.emit(text)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        fill = "hover" if state_of(self) == "hover" else "surface_2"
        box(painter, self.rect(), current.radius("control"), current.color(fill), current.color("border"))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        height, width = self.height(), self.width()
        lens = QRectF(width - 27 if mirrored else 11, (height - 16) / 2, 16, 16)
        icons.paint(painter, lens, "action.search", "text_2")
        keys = key_text("Ctrl+K")
        cap, cap_height = keycap_width(keys), current.size("keycap")
        spot = QRectF(6 if mirrored else width - 6 - cap, (height - cap_height) / 2, cap, cap_height)
        paint_keycap(painter, spot, keys)
        near, far = 35, cap + 12
        area = QRectF(self.rect()).adjusted(far if mirrored else near, 0, -near if mirrored else -far, 0)
        align = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        draw_text(painter, area, self.text(), current.font("body"), current.color("text_3"), align)


class PageBar(Surface):
    """Shows what a page says of itself. Signals: ``search_wanted(str)``, ``sync_clicked()``, ``undo_clicked()``,
    ``redo_clicked()``."""

    search_wanted = Signal(str)
    sync_clicked = Signal()
    undo_clicked = Signal()
    redo_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface_2", ("bottom",), parent)
        self._page: Page | None = None
        self._made: list[QWidget] = []
        self._back: object = None
        current = theme.current()
        self.setFixedHeight(current.size("topbar"))
        row = QHBoxLayout(self)
        self._row = row
        row.setSpacing(10)
        self.back_button = IconButton("action.back", _("Retour"), icon_size=18)
        self.back_button.clicked.connect(self._go_back)
        self.title = Label("", role="title")
        self.subtitle = Label("", color="text_2", elide=True)
        self._extras = QHBoxLayout()
        self._extras.setSpacing(12)
        self.undo_button = IconButton("action.undo", _("Annuler"), icon_size=18)
        self.undo_button.clicked.connect(self.undo_clicked)
        self.redo_button = IconButton("action.redo", _("Rétablir"), icon_size=18)
        self.redo_button.clicked.connect(self.redo_clicked)
        self.lens_button = IconButton("action.search", _("Rechercher ou agir"), icon_size=18)
        self.lens_button.clicked.connect(lambda: self.search_wanted.emit(""))
        self.search = SearchTrigger()
        self.search.clicked.connect(lambda: self.search_wanted.emit(""))
        self.search.typed.connect(self.search_wanted)
        self.sync = SyncIndicator()
        self.sync.clicked.connect(self.sync_clicked)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(8)
        row.addWidget(self.back_button)
        row.addWidget(self.title)
        row.addLayout(self._extras)
        row.addWidget(self.subtitle, 1)
        for part in (self.undo_button, self.redo_button, self.lens_button, self.search, self.sync):
            row.addWidget(part, _GIVES_WAY if part is self.search else 0)
        row.addLayout(self._actions)
        self.primary_button: Button | None = None

    def page(self) -> Page | None:
        return self._page

    def show_page(self, page: Page) -> None:
        """Fill the bar from the page, and again whenever it emits ``bar_changed``."""
        if self._page is not None and self._page is not page:
            self._page.bar_changed.disconnect(self.refresh)
        if self._page is not page:
            page.bar_changed.connect(self.refresh)
        self._page = page
        self.refresh()

    def refresh(self) -> None:
        page = self._page
        if page is None:
            return
        self.title.setText(page.title())
        self.subtitle.setText(page.subtitle())
        self._back = page.back()
        self.back_button.setVisible(self._back is not None)
        current = theme.current()
        outdent = _GLYPH_AIR if self._back is not None else 0
        self._row.setContentsMargins(current.space("l") - outdent, 0, current.space("m"), 0)
        for part in (self.undo_button, self.redo_button, self.lens_button):
            part.setVisible(page.compact)
        self.search.setVisible(not page.compact)
        self._swap_extras(page)
        beside_chip = self._extras.count() > 0
        self.subtitle.set_role("caption" if beside_chip else "body")
        self.subtitle.setContentsMargins(2, 0 if beside_chip else 4, 0, 0)  # else on the base line of the title
        self._make_actions(page)

    def set_undo_labels(self, undo: str | None, redo: str | None) -> None:
        self.undo_button.setEnabled(undo is not None)
        self.redo_button.setEnabled(redo is not None)
        self.undo_button.set_tooltip(_("Annuler : {label}").format(label=undo) if undo else _("Rien à annuler"))
        self.redo_button.set_tooltip(_("Rétablir : {label}").format(label=redo) if redo else _("Rien à rétablir"))

    def _go_back(self) -> None:
        if callable(self._back):
            self._back()

    def _swap_extras(self, page: Page) -> None:
        wanted = list(page.header_widgets())
        while (item := self._extras.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in wanted:
                widget.hide()
                widget.setParent(self._owner_of(widget))
        for widget in wanted:
            widget.setProperty("fpPage", page)
            self._extras.addWidget(widget)
            widget.show()

    def _owner_of(self, widget: QWidget) -> QWidget | None:
        owner = widget.property("fpPage")
        return owner if isinstance(owner, QWidget) else None

    def _make_actions(self, page: Page) -> None:
        for widget in self._made:
            widget.hide()
            self._actions.removeWidget(widget)
            widget.deleteLater()
        self._made = [self._make_button(action, "secondary") for action in page.secondary_actions()]
        primary = page.primary_action()
        self.primary_button = self._make_button(primary, "primary") if primary is not None else None
        if self.primary_button is not None:
            self._made.append(self.primary_button)
        for widget in self._made:
            self._actions.addWidget(widget)
            widget.show()  # now, so that its key works at once

    def _make_button(self, action: PageAction, variant: str) -> Button:
        keycap = key_text(action.shortcut) if action.shortcut and action.show_key else None
        button = Button(action.text, variant, action.icon, keycap=keycap)
        button.setEnabled(action.enabled)
        button.clicked.connect(lambda: action.callback())
        if action.shortcut:
            shortcut = QShortcut(QKeySequence(action.shortcut), button)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(button.click)
        return button
