"""Who the invoice is for: a field that searches from the first letters, then the client's card."""

from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_money
from facturepro.services import clients, records
from facturepro.ui import icons, theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor.suggest import Suggestion, SuggestPanel
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.drawing import box, draw_text, state_of
from facturepro.ui.widgets.fields import TextField
from facturepro.ui.widgets.labels import Label

_SHOWN = 5
_PANEL_WIDTH = 376
_CARD = 96


class _SearchLine(TextField):
    """Signals: ``left()`` when the focus goes, ``key(QKeyEvent)`` through ``on_key``."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__(placeholder=_("Rechercher ou créer un client"), icon="action.search")
        self.on_key: Any = lambda _event: False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.on_key(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class ClientCard(QWidget):
    """Name, address, and what is missing. Signals: ``change_wanted()``, ``opened()``."""

    change_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._client: dict[str, Any] = {}
        self._warning = ""
        self._locked = False
        self.setFixedHeight(_CARD)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.cross = IconButton("action.close", _("Changer de client"), size=24, icon_size=14, parent=self)
        self.cross.clicked.connect(self.change_wanted)

    def show_client(self, client: dict[str, Any], warning: str, locked: bool) -> None:
        self._client, self._warning, self._locked = client, warning, locked
        self.cross.setVisible(not locked)
        self.setAccessibleName(_("Client : {name}").format(name=records.title("client", client)))
        self.setAccessibleDescription(warning)
        self.update()

    def address(self) -> str:
        place = " ".join(part for part in (self._client.get("postcode"), self._client.get("city")) if part)
        street = str(self._client.get("address") or "").replace("\n", ", ")
        return ", ".join(part for part in (street, place) if part)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        left = 7 if self.isRightToLeft() else self.width() - 31
        self.cross.move(left, 7)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = theme.current()
        fill = "surface_1" if self._locked else "hover" if state_of(self) == "hover" else "surface_2"
        border = "separator" if self._locked else "border_input"
        box(painter, self.rect(), current.radius("control"), current.color(fill), current.color(border))
        inner = QRectF(self.rect()).adjusted(11, 0, -11, 0)
        name = QRectF(inner.left(), 9, inner.width() - 28, 20)
        draw_text(painter, name, records.title("client", self._client), current.font("strong"), current.color("text"))
        second = QRectF(inner.left(), 29, inner.width(), 20)
        draw_text(painter, second, self.address(), current.font("body"), current.color("text_2"))
        if self._warning:
            side = current.size("icon_small")
            icons.paint(painter, QRectF(inner.left(), 59, side, side), "status.error", "warning")
            area = QRectF(inner.left() + side + 5, 56, inner.width() - side - 5, 20)
            draw_text(painter, area, self._warning, current.font("button"), current.color("warning"))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._locked:
            self.change_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2)
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in keys and not control and not self._locked:
            self.change_wanted.emit()
        else:
            super().keyPressEvent(event)


class ClientField(QWidget):
    """Signals: ``edited(object)`` with the id a person chose, or None; ``failed(object)``."""

    edited = Signal(object)
    failed = Signal(object)

    def __init__(self, context: CompanyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._client_id: str | None = None
        self._warning = ""
        self._locked = False
        self._panel: SuggestPanel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        label = Label(_("Client"), role="label", color="text_2")
        column.addWidget(label)
        slot = QWidget()
        slot.setFixedHeight(_CARD)
        self._stack = QStackedLayout(slot)
        top = QWidget()
        inner = QVBoxLayout(top)
        inner.setContentsMargins(0, 0, 0, 0)
        self.search = _SearchLine()
        self.search.setAccessibleName(_("Client"))
        self.search.on_key = self._key
        self.search.edited.connect(lambda _text: self._suggest())
        self.search.left.connect(self._left)
        inner.addWidget(self.search)
        inner.addStretch(1)
        self.card = ClientCard()
        self.card.change_wanted.connect(self.start_search)
        self._stack.addWidget(top)
        self._stack.addWidget(self.card)
        column.addWidget(slot)

    # ------------------------------------------------------------------ value
    def value(self) -> str | None:
        return self._client_id

    def set_value(self, client_id: str | None) -> None:
        """Show a client; one that is gone reads as none."""
        found = records.get_many(self._context.company, "client", [client_id]) if client_id else []
        self._client_id = found[0]["id"] if found else None
        if found:
            self.card.show_client(found[0], self._warning, self._locked)
        self._stack.setCurrentIndex(1 if found else 0)
        self.search.set_value("")

    def set_warning(self, text: str) -> None:
        """ "SIREN manquant", under the address."""
        if text != self._warning:
            self._warning = text
            self.set_value(self._client_id) if self._client_id else None

    def set_locked(self, locked: bool) -> None:
        self._locked = locked
        self.search.set_locked(locked)
        self.set_value(self._client_id)

    def focus(self) -> None:
        """Where typing goes on: the search, or the card."""
        if self._client_id is None:
            self.search.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.card.setFocus(Qt.FocusReason.TabFocusReason)

    # ------------------------------------------------------------------ searching
    def panel(self) -> SuggestPanel:
        if self._panel is None:
            self._panel = SuggestPanel(self.window(), _("Clients trouvés"), _PANEL_WIDTH)
            self._panel.chosen.connect(self._choose)
            self._panel.create_wanted.connect(self._create)
        return self._panel

    def start_search(self) -> None:
        """Look for another client; leaving the field without choosing keeps the present one."""
        if self._locked:
            return
        self._stack.setCurrentIndex(0)
        self.search.set_value("")
        self.search.setFocus(Qt.FocusReason.TabFocusReason)

    def _suggest(self) -> None:
        text = str(self.search.value())
        if not text:
            self.panel().hide()
            return
        company = self._context.company
        found = records.page(company, records.ListQuery("client", text=text), limit=_SHOWN).rows
        rows = [self._suggestion(client) for client in found]
        create = _("Créer le client « {name} »").format(name=text)
        self.panel().show_rows(self.search, rows, text, create, 8)

    def _suggestion(self, client: dict[str, Any]) -> Suggestion:
        figures = clients.figures(self._context.company, client["id"])
        place = ", ".join(part for part in (client["address"].replace("\n", " "), client["city"]) if part)
        if figures["overdue"]:
            right, second, tone = format_money(figures["overdue"]), _("en retard"), "danger"
        else:
            right = ngettext("{count} facture", "{count} factures", figures["count"]).format(count=figures["count"])
            second, tone = (_("à jour") if figures["count"] else _("nouveau")), "text_2"
        return Suggestion(client["id"], records.title("client", client), place, right, second, tone)

    def _key(self, event: QKeyEvent) -> bool:
        if self._panel is not None and self._panel.handle_key(event):
            return True
        if event.key() == Qt.Key.Key_Escape and self._client_id is not None:
            self._stack.setCurrentIndex(1)
            self.card.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def _left(self) -> None:
        if self._panel is not None:
            self._panel.hide()
        if self._client_id is not None:
            QTimer.singleShot(0, self, self._show_card)

    def _show_card(self) -> None:
        if self._client_id is not None and not self.search.hasFocus():
            self._stack.setCurrentIndex(1)

    def _choose(self, client_id: str) -> None:
        self.set_value(client_id)
        self.edited.emit(client_id)

    def _create(self) -> None:
        """A client with this name; the rest is asked for where it is missing."""
        name = str(self.search.value())
        try:
            client = records.create(self._context.company, "client", {"name": name})
        except UserError as error:
            self.failed.emit(error)
            return
        self._choose(client["id"])
