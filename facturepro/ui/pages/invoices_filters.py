"""What the list of invoices can be filtered by."""

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.catalog import STATUSES
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoices_rows import period_choices, period_words
from facturepro.ui.pages.record_list_filters import OPEN_FORM, FilterKind, amount_filter, date_form, text_filter
from facturepro.ui.widgets.fields import SearchField
from facturepro.ui.widgets.labels import Label
from facturepro.ui.widgets.menu import Menu, MenuRow

_SHOWN = 6
TABS = ("all", "draft", "open", "overdue", "paid")


def make_filters(context: CompanyContext) -> list[FilterKind]:
    today = context.company.today
    statuses = [(key, _(words)) for key, words in STATUSES.items()]
    return [
        FilterKind(
            "period",
            _("Période"),
            lambda value: period_words(value, today()),
            choices=lambda: [*period_choices(today()), (OPEN_FORM, _("Dates…"))],
            make_form=date_form,
        ),
        FilterKind("due", _("Échéance"), lambda value: period_words(value, today()), make_form=date_form),
        amount_filter("amount", _("Montant")),
        FilterKind("due", _("Échéance"), lambda value: period_words(value, today()), make_form=date_form),
        FilterKind("client", _("Client"), lambda value: client_name(context, value), make_form=_client_form(context)),
        FilterKind("status", _("Statut"), lambda value: dict(statuses).get(value, value), choices=lambda: statuses),
        text_filter("text", _("Contient")),
    ]


def read_argument(argument: str) -> tuple[str, dict[str, Any]]:
    """Tab and filters of ``open_page``: "overdue", "client:<id>", "open,due:2026-11-20..2026-11-27".

    Raises:
        ValueError: it names neither; then it is the id of an invoice.
    """
    tab, filters = "all", {}
    for part in argument.split(","):
        name, colon, value = part.partition(":")
        if not colon and part in TABS:
            tab = part
        elif name == "client" and value:
            filters["client"] = value
        elif name in ("period", "due") and ".." in value:
            start, _dots, end = value.partition("..")
            filters[name] = tuple(date.fromisoformat(day) if day else None for day in (start, end))
        else:
            raise ValueError(argument)
    return tab, filters


def client_name(context: CompanyContext, client_id: str) -> str:
    try:
        return records.title("client", records.get(context.company, "client", client_id))
    except UserError:
        return _("client supprimé")


def _client_form(context: CompanyContext) -> Callable[[Any, Callable[[Any], None]], QWidget]:
    return lambda _value, apply: ClientChoice(context, apply)


class ClientChoice(QWidget):
    """A search field with the clients that match below; Down and Up choose, Enter takes."""

    def __init__(self, context: CompanyContext, apply: Callable[[Any], None]) -> None:
        super().__init__()
        self._context, self._apply = context, apply
        self._at = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        self.field = SearchField(_("Nom du client"))
        self.field.edited.connect(lambda _text: self._search())
        column.addWidget(self.field)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        self.setFixedHeight(self.field.height() + 12 + _SHOWN * 32)
        self.setMinimumWidth(280)
        column.addStretch(1)
        self.setFocusProxy(self.field)
        self._menu = Menu(context_window(self))
        self._found: list[dict[str, Any]] = []
        self._search()

    def _search(self) -> None:
        query = records.ListQuery("client", text=str(self.field.value()), with_archived=True)
        self._found = records.page(self._context.company, query, limit=_SHOWN).rows
        self._at = 0
        while (item := self._rows.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        for client in self._found:
            row = MenuRow(records.title("client", client), None, "", False, None, False, self._menu)
            row.setParent(self)
            row.clicked.connect(lambda _checked=False, chosen=client["id"]: self._apply(chosen))
            self._rows.addWidget(row)
        if not self._found:
            self._rows.addWidget(Label(_("Aucun client"), color="text_3"))
        self._mark()

    def _mark(self) -> None:
        item = self._rows.itemAt(self._at)
        row = item.widget() if item is not None else None
        self._menu.set_current(row if isinstance(row, MenuRow) else None)
        for index in range(self._rows.count()):
            self._rows.itemAt(index).widget().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._found:
            self._at = (self._at + (1 if key == Qt.Key.Key_Down else -1)) % len(self._found)
            self._mark()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._found:
            self._apply(self._found[self._at]["id"])
        else:
            super().keyPressEvent(event)


def context_window(widget: QWidget) -> QWidget:
    """A menu needs a window to be a child of; this one is never shown, it only holds the current row."""
    return widget
