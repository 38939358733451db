"""The figures of the dashboard, and which list with which filter stands behind each.

Everything but the value of the stock comes from covering indexes and is read together in one snapshot; the value of the
stock walks through the movements and is kept by ``StockValue``, which recomputes only the products that moved.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from facturepro.db.queries import conflicts as conflict_queries
from facturepro.db.queries import dashboard as queries
from facturepro.db.queries import stock as stock_queries
from facturepro.domain.money import QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS, round_half_up, to_scaled
from facturepro.services.company import OpenCompany, settings

ZERO = Decimal(0)
AGES = (0, 30, 60, 90)
"""Ages of receivables, in days late: not due, 1-30, 31-60, 61-90, more."""
WEEKS = 5
CLIENT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Opens:
    """The list behind a figure: page of the window, and its filter.

    ``state`` is a tab of that list (open, overdue, draft, low); dates bound the day of issue or (``due_``) the due date.
    """

    page: str
    state: str = ""
    start: date | None = None
    end: date | None = None
    due_start: date | None = None
    due_end: date | None = None
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum with how many documents it is made of."""

    total: Decimal
    count: int
    opens: Opens


@dataclass(frozen=True, slots=True)
class Month:
    """Turnover of a calendar month in both years."""

    month: int
    this_year: Decimal
    last_year: Decimal
    opens: Opens


@dataclass(frozen=True, slots=True)
class Turnover:
    """Net of tax. ``month`` and ``to_date`` run to today; ``..._before`` is the same period of last year."""

    year: int
    months: tuple[Month, ...]
    month: Decimal
    month_before: Decimal
    to_date: Decimal
    to_date_before: Decimal
    opens_month: Opens
    opens_year: Opens


@dataclass(frozen=True, slots=True)
class Receivables:
    """What is owed. ``ages`` follow ``AGES``; ``oldest`` is the lateness in days of the oldest."""

    total: Amount
    overdue: Amount
    oldest: int
    ages: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Money that falls due from ``start`` to ``end``."""

    start: date
    end: date
    amount: Amount


@dataclass(frozen=True, slots=True)
class BestClient:
    id: str
    name: str
    net: Decimal
    opens: Opens


@dataclass(frozen=True, slots=True)
class LowProduct:
    id: str
    name: str
    available: Decimal
    minimum: Decimal
    opens: Opens


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the dashboard shows but the value of the stock."""

    today: date
    turnover: Turnover
    receivables: Receivables
    weeks: tuple[Week, ...]
    best_clients: tuple[BestClient, ...]
    low_stock: tuple[LowProduct, ...]
    low_count: int
    goods_count: int
    drafts: Amount
    conflicts: int


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One line of the checklist of a new company: logo, iban, client, invoice, cloud."""

    key: str
    is_done: bool


def figures(company: OpenCompany, best: int = 12) -> Figures:
    """All of them in one snapshot of the file; ``best`` bounds the lists of clients and products."""
    today = company.today()
    with company.db.read() as session:
        days = queries.net_by_day(session, date(today.year - 1, 1, 1), date(today.year, 12, 31))
        due = queries.due_by_day(session)
        since = _months_before(today, CLIENT_MONTHS)
        clients = queries.best_clients(session, since, today, best)
        counts = stock_queries.state_counts(session)
        low = stock_queries.low_stock(session, best) if counts["low"] else []
        draft_count, draft_total = queries.drafts(session)
        conflict_count = conflict_queries.count(session, True)
    return Figures(
        today=today,
        turnover=_turnover(days, today),
        receivables=_receivables(due, today),
        weeks=_weeks(due, today),
        best_clients=tuple(BestClient(*row, Opens("clients", record_id=row[0])) for row in clients),
        low_stock=tuple(_low_product(row) for row in low),
        low_count=counts["low"],
        goods_count=counts["all"],
        drafts=Amount(draft_total, draft_count, Opens("invoices", "draft")),
        conflicts=conflict_count,
    )


def _low_product(row: dict[str, Any]) -> LowProduct:
    return LowProduct(
        row["id"], row["name"], row["total"], row["min_stock"], Opens("stock", "low", record_id=row["id"])
    )


def _turnover(days: Sequence[tuple[date, Decimal]], today: date) -> Turnover:
    then = _a_year_before(today)
    sums: dict[tuple[int, int], Decimal] = {}
    month = month_before = to_date = to_date_before = ZERO
    for day, net in days:
        key = (day.year, day.month)
        sums[key] = sums.get(key, ZERO) + net
        if day.year == today.year and day <= today:
            to_date += net
            month += net if day.month == today.month else ZERO
        elif day.year == then.year and day <= then:
            to_date_before += net
            month_before += net if day.month == then.month else ZERO
    months = tuple(
        Month(
            number,
            sums.get((today.year, number), ZERO),
            sums.get((today.year - 1, number), ZERO),
            Opens("invoices", start=date(today.year, number, 1), end=_month_end(today.year, number)),
        )
        for number in range(1, 13)
    )
    return Turnover(
        today.year,
        months,
        month,
        month_before,
        to_date,
        to_date_before,
        Opens("invoices", start=today.replace(day=1), end=today),
        Opens("invoices", start=date(today.year, 1, 1), end=today),
    )


def _receivables(due: Iterable[tuple[date | None, int, Decimal]], today: date) -> Receivables:
    totals = [ZERO] * (len(AGES) + 1)
    counts = [0] * (len(AGES) + 1)
    oldest = 0
    for day, count, amount in due:
        late = (today - day).days if day else 0
        bucket = next((index for index, limit in enumerate(AGES) if late <= limit), len(AGES))
        totals[bucket] += amount
        counts[bucket] += count
        oldest = max(oldest, late)
    ages = tuple(
        Amount(total, count, _age_opens(index, today))
        for index, (total, count) in enumerate(zip(totals, counts, strict=True))
    )
    everything = Amount(sum(totals, ZERO), sum(counts), Opens("invoices", "open"))
    overdue = Amount(sum(totals[1:], ZERO), sum(counts[1:]), Opens("invoices", "overdue"))
    return Receivables(everything, overdue, oldest, ages)


def _age_opens(index: int, today: date) -> Opens:
    if index == 0:
        return Opens("invoices", "open", due_start=today)
    end = today - timedelta(days=AGES[index - 1] + 1)
    start = today - timedelta(days=AGES[index]) if index < len(AGES) else None
    return Opens("invoices", "overdue", due_start=start, due_end=end)


def _weeks(due: Iterable[tuple[date | None, int, Decimal]], today: date) -> tuple[Week, ...]:
    rows = [(day, count, amount) for day, count, amount in due if day is not None and day >= today]
    found = []
    start = today
    for _number in range(WEEKS):
        end = start + timedelta(days=6 - start.weekday())
        inside = [row for row in rows if start <= row[0] <= end]
        opens = Opens("invoices", "open", due_start=start, due_end=end)
        amount = Amount(sum((row[2] for row in inside), ZERO), sum(row[1] for row in inside), opens)
        found.append(Week(start, end, amount))
        start = end + timedelta(days=1)
    return tuple(found)


def _a_year_before(day: date) -> date:
    return date(day.year - 1, day.month, min(day.day, _month_end(day.year - 1, day.month).day))


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _months_before(day: date, months: int) -> date:
    """The day after the same day so many months ago: 12 months to 20 November 2026 begin on 21 November 2025."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _month_end(year, month + 1).day)) + timedelta(days=1)


def setup_steps(company: OpenCompany, is_in_cloud: bool = False) -> list[SetupStep]:
    """The checklist of a new company, in the order in which it is done."""
    own = settings(company)
    with company.db.read() as session:
        has_client, has_issued = queries.has_client(session), queries.has_issued(session)
    return [
        SetupStep("logo", bool(own["logo"])),
        SetupStep("iban", bool(own["iban"])),
        SetupStep("client", has_client),
        SetupStep("invoice", has_issued),
        SetupStep("cloud", is_in_cloud),
    ]


class StockValue:
    """Value of the stock at weighted average cost (CUMP), kept per product. Safe to call from a worker thread.

    The first ``total`` walks through every movement; later ones only through those of the products that changed since.
    """

    def __init__(self, company: OpenCompany) -> None:
        self._db = company.db
        self._values: dict[str, Decimal] = {}
        self._stale: set[str] = set()
        self._lock = threading.Lock()
        company.bus.subscribe(lambda changes: self.forget(changes.records.get("product", ())))

    def forget(self, product_ids: Iterable[str]) -> None:
        """These products moved, or their cost changed."""
        with self._lock:
            self._stale |= set(product_ids)

    def total(self) -> Decimal:
        """Sum of the values of all goods."""
        with self._lock:
            stale, self._stale = self._stale, set()
            known = dict(self._values)
        with self._db.read() as session:
            costs = dict(queries.goods(session))
            wanted = [product_id for product_id in costs if product_id in stale or product_id not in known]
            values = {product_id: known[product_id] for product_id in costs if product_id in known}
            values |= dict.fromkeys(wanted, ZERO)
            held = queries.on_hand(session) if wanted else {}
            for product_id, entries in queries.entries_of(session, wanted):
                values[product_id] = _value(entries, held.get(product_id, 0), costs[product_id])
        with self._lock:
            self._values = values
        return sum(values.values(), ZERO)


def _value(entries: Sequence[queries.Entry], held: int, fallback: Decimal) -> Decimal:
    """The same as ``valuation.weighted_average`` when only entries are told; exits do not change the average."""
    average = to_scaled(fallback, UNIT_PRICE_DECIMALS) + ZERO
    for moved, cost, before in entries:
        base = max(before, 0)
        entry = average if cost is None else cost
        average = (base * average + moved * entry) / (base + moved)
    exact = (max(held, 0) * average).scaleb(-QUANTITY_DECIMALS - UNIT_PRICE_DECIMALS)
    return round_half_up(exact, 2)


_stock_values: WeakKeyDictionary[OpenCompany, StockValue] = WeakKeyDictionary()


def stock_value(company: OpenCompany) -> StockValue:
    """The one of an open company: every page shares what was computed."""
    found = _stock_values.get(company)
    if found is None:
        found = _stock_values[company] = StockValue(company)
    return found
