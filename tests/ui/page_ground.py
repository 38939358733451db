"""A shell that remembers what a page asked of it, and a company with something in it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from facturepro.services import invoices, issuing, payments, records, stock
from facturepro.services.company import OpenCompany

TODAY = date(2026, 11, 20)


class RecordingShell:
    """Implements ``pages.base.Shell``; long work runs at once."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, str | None]] = []
        self.toasts: list[str] = []
        self.toast_actions: list[Any] = []
        self.errors: list[BaseException] = []
        self.drawer: QWidget | None = None

    def open_page(self, key: str, argument: str | None = None) -> None:
        self.opened.append((key, argument))

    def open_drawer(self, drawer: QWidget) -> None:
        self.drawer = drawer
        drawer.resize(360, 744)
        drawer.show()

    def close_drawer(self) -> None:
        self.drawer = None

    def toast(self, text: str, action: Any = None, callback: Any = None, icon: Any = None) -> None:
        self.toasts.append(text)
        self.toast_actions.append(callback)
        self.undo = callback

    def show_error(self, error: BaseException) -> None:
        self.errors.append(error)

    def run_task(self, title: str, function: Callable[..., Any], *, on_done: Any = None, **_rest: Any) -> None:
        class Task:
            def check(self) -> None: ...

            def report(self, *_args: Any) -> None: ...

        try:
            answer = function(Task())
        except Exception as error:  # noqa: BLE001 - the window shows it
            (_rest.get("on_refused") or self.show_error)(error)
            return
        if on_done is not None:
            on_done(answer)

    def refresh_counters(self) -> None: ...


def client(company: OpenCompany, name: str = "Hôtel Beaurepaire") -> str:
    values = {"name": name, "company_name": name, "address": "3 place du Concert", "postcode": "59000", "city": "Lille"}
    return str(records.create(company, "client", values)["id"])


def product(company: OpenCompany, name: str = "Huile dure", on_hand: int = 4, minimum: int = 8) -> str:
    values = {"name": name, "sku": name[:3].upper(), "unit": "bidon", "price": "64.90", "cost": "38.46"}
    made = str(records.create(company, "product", {**values, "min_stock": str(minimum)})["id"])
    if on_hand:
        stock.move(company, made, on_hand, on=TODAY - timedelta(days=20))
    return made


def invoice(company: OpenCompany, client_id: str, net: str = "100", days: int = 30, on: date = TODAY) -> dict[str, Any]:
    lines = [{"description": "Pose", "unit_price": net}]
    values = {"client_id": client_id, "issued_on": on, "due_on": on + timedelta(days=days), "lines": lines}
    return issuing.issue(company, invoices.create(company, values)["id"], on)


def paid(company: OpenCompany, invoice_id: str, amount: str) -> None:
    payments.add(company, invoice_id, amount)
