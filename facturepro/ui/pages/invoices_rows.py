"""Invoices as rows of a list: chips, late dates, muted drafts; and the source that pages through them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_money
from facturepro.services import invoices, records
from facturepro.services.company import OpenCompany
from facturepro.services.invoices import InvoiceFilter
from facturepro.ui.models.cells import Cell, ColumnSpec

OPEN = ("issued", "partially_paid")
SORT_COLUMNS = {
    "number": "number",
    "client": "client_name",
    "date": "sort_on",
    "due": "due_on",
    "total": "total_gross",
}
Chip = tuple[str, str, str | None]


def columns() -> list[ColumnSpec]:
    return [
        ColumnSpec("number", _("Numéro"), 126, sortable=True),
        ColumnSpec("client", _("Client"), 0, kind="strong", sortable=True, minimum=130),
        ColumnSpec("date", _("Date"), 73, kind="date", sortable=True, priority=1),
        ColumnSpec("due", _("Échéance"), 79, kind="due", sortable=True, priority=2),
        ColumnSpec("status", _("Statut"), 150, kind="chip"),
        ColumnSpec("total", _("Total TTC"), 96, kind="money", sortable=True),
        ColumnSpec("amount_due", _("Reste dû"), 112, kind="money", priority=4),
        ColumnSpec("issued_by", _("Émise par"), 120, priority=5),
    ]


def status_chip(invoice: Mapping[str, Any], today: date, currency: str = "EUR") -> Chip:
    """Words, kind and icon of an invoice's state."""
    status = invoice["status"]
    if status == "draft":
        return _("Brouillon"), "neutral", "status.draft"
    if status == "to_number":
        return _("À numéroter"), "warning", "status.waiting"
    if status == "paid":
        return _("Payée"), "success", "status.paid"
    if status == "cancelled":
        return _("Annulée par avoir"), "violet", "status.cancelled"
    late = days_late(invoice, today)
    if late:
        return (
            _("En retard de {days} j").format(days=late),
            "danger",
            "status.late",
        )
    if status == "partially_paid":
        return (
            _("Reste {amount}").format(amount=format_money(invoice["amount_due"], currency)),
            "warning",
            "status.partial",
        )
    return _("À encaisser"), "info", "status.open"


def days_late(invoice: Mapping[str, Any], today: date) -> int:
    """Days since the due date of an invoice that is still to be paid, else 0."""
    due = invoice["due_on"]
    return max(0, (today - due).days) if invoice["status"] in OPEN and due is not None else 0


def short_day(day: date | None, today: date) -> str | None:
    """ "20 nov." in this year and in the months around it, "20/11/24" otherwise."""
    if day is None:
        return None
    near = day.year == today.year or abs((day - today).days) < 183
    return format_date(day, "day") if near else f"{day:%d/%m/%y}"


def sort_day(invoice: Mapping[str, Any]) -> date | None:
    """The date of the list: of issue, else of the draft's making."""
    try:
        return invoice["issued_on"] or date.fromisoformat(str(invoice["sort_on"])[:10])
    except ValueError:
        return None


def row(invoice: Mapping[str, Any], today: date, devices: Mapping[str, str], currency: str) -> dict[str, Any]:
    """The cells of an invoice, with the ``record`` itself."""
    is_draft = invoice["number"] is None
    late = days_late(invoice, today) > 0
    words, kind, icon = status_chip(invoice, today, currency)
    total, due = invoice["total_gross"], invoice["amount_due"]
    is_open = invoice["status"] in OPEN
    return {
        "id": invoice["id"],
        "record": invoice,
        "number": Cell(invoice["number"] or _("sans numéro"), muted=is_draft),
        "client": Cell(invoice["client_name"] or _("sans client"), muted=not invoice["client_name"]),
        "date": Cell(short_day(sort_day(invoice), today)),
        "due": Cell(short_day(None if is_draft else invoice["due_on"], today) or "—", late=late),
        "status": Cell(words, chip=kind, icon=icon),
        "total": Cell(total, muted=is_draft, struck=invoice["status"] == "cancelled", currency=currency),
        "amount_due": Cell(due if is_open else None, tone="danger" if late else None, currency=currency),
        "issued_by": Cell(devices.get(invoice["issued_by"], "") if invoice["issued_by"] else "", muted=True),
    }


def device_names(company: OpenCompany) -> dict[str, str]:
    """Computer id -> its name."""
    found = records.page(company, records.ListQuery("device"), limit=500).rows
    return {device["id"]: device["name"] for device in found}


class InvoiceSource:
    """Pages through the invoices of a filter (see ``RecordModel``). Safe to use from a worker thread."""

    def __init__(self, company: OpenCompany, wanted: InvoiceFilter, devices: Mapping[str, str], currency: str) -> None:
        self._company, self._wanted, self._devices, self._currency = company, wanted, devices, currency
        self._sort, self._descending = "sort_on", True

    def sort_by(self, key: str, descending: bool) -> None:
        self._sort, self._descending = SORT_COLUMNS.get(key, "sort_on"), descending

    def fetch(self, after: Any | None, limit: int) -> tuple[list[dict[str, Any]], Any | None]:
        page = invoices.page(self._company, self._wanted, self._sort, self._descending, after, limit)
        return self._rows(page.rows), page.next

    def fetch_ids(self, ids: Sequence[Any]) -> list[dict[str, Any]]:
        found = records.get_many(self._company, "invoice", list(ids))
        today = self._company.today()
        return self._rows([invoice for invoice in found if matches(invoice, self._wanted, today)])

    def _rows(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        today = self._company.today()
        return [row(invoice, today, self._devices, self._currency) for invoice in found]


def matches(invoice: Mapping[str, Any], wanted: InvoiceFilter, today: date) -> bool:
    """Whether an invoice still belongs to a filtered list; its text is not asked again."""
    return invoice["deleted_at"] is None and _in_state(invoice, wanted.status, today) and _in_limits(invoice, wanted)


def _in_state(invoice: Mapping[str, Any], status: str, today: date) -> bool:
    if status == "open":
        return invoice["status"] in OPEN
    if status == "overdue":
        return days_late(invoice, today) > 0
    if status == "draft":
        return invoice["number"] is None
    return not status or invoice["status"] == status


def _in_limits(invoice: Mapping[str, Any], wanted: InvoiceFilter) -> bool:
    day, due, total = str(invoice["sort_on"]), invoice["due_on"], invoice["total_gross"]
    return (
        (wanted.due_start is None or (due is not None and due >= wanted.due_start))
        and (wanted.due_end is None or (due is not None and due <= wanted.due_end))
        and (not wanted.client_id or invoice["client_id"] == wanted.client_id)
        and (wanted.start is None or day >= wanted.start.isoformat())
        and (wanted.end is None or day <= wanted.end.isoformat())
        and (wanted.minimum is None or total >= wanted.minimum)
        and (wanted.maximum is None or total <= wanted.maximum)
    )


def period_choices(today: date) -> list[tuple[str, str]]:
    return [
        ("month", _("ce mois")),
        ("last_month", _("mois dernier")),
        ("quarter", _("ce trimestre")),
        ("year", str(today.year)),
        ("last_year", str(today.year - 1)),
        ("12_months", _("12 mois")),
    ]


def period_bounds(value: Any, today: date) -> tuple[date | None, date | None]:
    """First and last day of a period of ``period_choices`` or of two chosen days."""
    if isinstance(value, tuple):
        return value
    first = today.replace(day=1)
    if value == "month":
        return first, None
    if value == "last_month":
        end = first - timedelta(days=1)
        return end.replace(day=1), end
    if value == "quarter":
        return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), None
    if value == "year":
        return date(today.year, 1, 1), None
    if value == "last_year":
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    year_ago = today.replace(year=today.year - 1, day=min(today.day, 28) if today.month == 2 else today.day)
    return year_ago + timedelta(days=1), None


def period_words(value: Any, today: date) -> str:
    if not isinstance(value, tuple):
        return dict(period_choices(today)).get(value, str(value))
    start, end = value
    if start and end:
        return f"{format_date(start)} – {format_date(end)}"
    return (
        _("depuis le {day}").format(day=format_date(start))
        if start
        else _("jusqu’au {day}").format(day=format_date(end))
    )


def total_of(found: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    """Sum of an amount over rows made by ``row``."""
    return sum((each["record"][name] for each in found), Decimal(0))
