"""A real company in a real main window, for the tests of the sales pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from facturepro.services import invoices, issuing, records
from facturepro.services.company import OpenCompany
from facturepro.services.undoing import UndoHistory
from facturepro.ui.data import CompanyContext, MemorySettings
from facturepro.ui.pages import clients, invoice_editor, payments
from facturepro.ui.pages import invoices as invoices_page
from facturepro.ui.shell.ports import CompanyEntry, ShellPorts
from facturepro.ui.shell.window import MainWindow


class SalesWindow:
    """The window with its context; ``page(key)`` opens and answers a page."""

    def __init__(self, company: OpenCompany) -> None:
        self.company = company
        self.undo = UndoHistory(company)
        self.context = CompanyContext(company, undo=self.undo)
        ports = ShellPorts(
            [module.spec(self.context) for module in (invoices_page, payments, clients, invoice_editor)],
            MemorySettings(),
            self.undo,
            lambda: [CompanyEntry(company.id, "Atelier Boisvert")],
            company.id,
            lambda _id: None,
            lambda: None,
            start_page="invoices",
        )
        self.window = MainWindow(ports)
        self.context.changes.connect(self.window.publish_changes)
        self.window.resize(1280, 800)
        self.window.show()
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window, 2000)

    def page(self, key: str, argument: str | None = None) -> Any:
        self.window.open_page(key, argument)
        QApplication.processEvents()
        return self.window.host.page()

    def toast(self) -> Any:
        return self.window.toasts.current()

    def close(self) -> None:
        self.window.close()
        self.undo.close()
        self.context.close()
        self.window.deleteLater()
        QApplication.processEvents()


@contextmanager
def open_window(company: OpenCompany) -> Iterator[SalesWindow]:
    made = SalesWindow(company)
    try:
        yield made
    finally:
        made.close()


def client(company: OpenCompany, name: str = "Studio Okapi", **values: Any) -> dict[str, Any]:
    given = {"name": name, "address": "22 quai de la Basse-Deûle", "postcode": "59800", "city": "Lille", **values}
    return records.create(company, "client", given)


def product(company: OpenCompany, name: str, price: str, **values: Any) -> dict[str, Any]:
    return records.create(company, "product", {"name": name, "price": price, **values})


def draft(company: OpenCompany, client_id: str, net: str = "100", **values: Any) -> dict[str, Any]:
    lines = [{"description": "Pose", "quantity": 1, "unit_price": net, "vat_rate": 20}]
    return invoices.create(company, {"client": client_id, "lines": lines, **values})


def issued(
    company: OpenCompany, client_id: str, net: str = "100", on: date | None = None, due: str = ""
) -> dict[str, Any]:
    made = draft(company, client_id, net, **({"due": due} if due else {}))
    return issuing.issue(company, made["id"], on)


def write(widget: QWidget, text: str) -> None:
    """Type any text; ``QTest.keyClicks`` aborts the process on letters outside ASCII."""
    for piece in text:
        if piece.isascii():
            QTest.keyClicks(widget, piece)
        else:
            event = QInputMethodEvent()
            event.setCommitString(piece)
            QApplication.sendEvent(widget, event)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key where the keyboard focus is."""
    focused = QApplication.focusWidget()
    assert focused is not None, "nothing has the keyboard focus"
    QTest.keyClick(focused, key, modifiers)
    QApplication.processEvents()
