"""Lists, filters, search and the dashboard, as the window asks for them, beside the same question to plain sqlite3."""

import sqlite3
import statistics
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import event

from benchmarks.measuring import Result, Table, milliseconds
from facturepro.services import clients, dashboard, invoices, palette, payments, records, stock
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.invoices import InvoiceFilter
from facturepro.services.records import ListQuery

Work = Callable[[], Any]
PAGE = 100  # rows that a list of the window fetches at once
_COLUMNS = (
    "seq, id, number, client_id, client_name, status, sort_on, issued_on, due_on, total_net, total_vat, total_gross, "
    "amount_paid, amount_due, issued_by"
)


class Plain:
    """The same file through sqlite3, without any mapping."""

    def __init__(self, company: OpenCompany) -> None:
        self._connection = sqlite3.connect(company.folder / DATABASE_NAME)
        self._connection.execute("PRAGMA cache_size=-65536")

    def ask(self, statement: str, *values: Any) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def time(self, statement: str, *values: Any) -> float:
        return statistics.median(milliseconds(lambda: self.ask(statement, *values), 5))

    def same(self, company: OpenCompany, *works: Work) -> float:
        """Median of the very statements that the work sends, without mapping, sessions or conversion."""
        sent: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            sent.append((statement, parameters))

        event.listen(company.db.engine, "before_cursor_execute", note)
        try:
            for work in works:
                work()
        finally:
            event.remove(company.db.engine, "before_cursor_execute", note)
        asked = [each for each in sent if each[0].startswith("SELECT")]
        return sum(self.time(statement, *parameters) for statement, parameters in asked)

    def close(self) -> None:
        self._connection.close()


def measure(table: Table, company: OpenCompany) -> None:
    with closing(Plain(company)) as plain:
        table.section("Invoices page: 100 rows")
        _pages(table, company, plain)
        table.section("Invoices page: a filter changes (rows, tab counters, sums)")
        _filters(table, company, plain)
        table.section("Invoices page: text search (rows, tab counters)")
        _texts(table, company, plain)
        table.section("Search as you type")
        _typing(table, company, plain)
        table.section("Other pages (rows, counters, sums)")
        _others(table, company, plain)
        table.section("Dashboard")
        _dashboard(table, company, plain)


def _pages(table: Table, company: OpenCompany, plain: Plain) -> None:
    everything = InvoiceFilter()
    half = plain.ask("SELECT COUNT(*) FROM invoice")[0][0] // 2
    for sort in ("sort_on", "number", "client_name", "due_on", "total_gross"):
        for is_descending in (True, False):
            expression = f"COALESCE({sort}, '')" if sort in ("number", "due_on") else sort
            expression = expression.replace("client_name", "sort_title")
            order = "DESC" if is_descending else "ASC"
            first = milliseconds(lambda s=sort, d=is_descending: invoices.page(company, everything, s, d))
            asked = f"SELECT {_COLUMNS} FROM invoice WHERE deleted_at IS NULL"
            ordered = f"ORDER BY {expression} {order}, id {order} LIMIT {PAGE}"
            base = plain.time(f"{asked} {ordered}")
            name = f"by {sort}, {order.lower()}ending"
            table.add(Result(f"{name}: first page", first, base, "sqlite3", 100))
            value, last = plain.ask(
                f"SELECT {expression}, id FROM invoice ORDER BY {expression}, id LIMIT 1 OFFSET {half}"
            )[0]
            cursor: Any = (Decimal(value) / 100 if sort == "total_gross" else value, last)
            deep = milliseconds(
                lambda s=sort, d=is_descending, c=cursor: invoices.page(company, everything, s, d, after=c)
            )
            sign = "<" if is_descending else ">"
            beyond = f"{expression} {sign}= ? AND ({expression} {sign} ? OR id {sign} ?)"
            base = plain.time(f"{asked} AND {beyond} {ordered}", value, value, last)
            table.add(Result(f"{name}: page after {half:,}", deep, base, "sqlite3", 100))


def filters(company: OpenCompany, plain: Plain) -> dict[str, InvoiceFilter]:
    today = company.today()
    busiest = plain.ask("SELECT client_id FROM invoice GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1")[0][0]
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    old = date(today.year - 6, 3, 1)
    return {
        "tab all": InvoiceFilter(),
        "tab drafts": InvoiceFilter(status="draft"),
        "tab to be paid": InvoiceFilter(status="open"),
        "tab overdue": InvoiceFilter(status="overdue"),
        "tab paid": InvoiceFilter(status="paid"),
        "this month": InvoiceFilter(start=month, end=today),
        "this year": InvoiceFilter(start=year, end=today),
        "a month six years ago": InvoiceFilter(start=old, end=old + timedelta(days=30)),
        "paid, this year": InvoiceFilter(status="paid", start=year, end=today),
        "one client": InvoiceFilter(client_id=busiest),
        "one client, paid": InvoiceFilter(client_id=busiest, status="paid"),
        "amount above 5,000": InvoiceFilter(minimum=Decimal(5000)),
        "amount 100 to 200": InvoiceFilter(minimum=Decimal(100), maximum=Decimal(200)),
        "amount above 1,000,000 (none)": InvoiceFilter(minimum=Decimal(1_000_000)),
        "paid, amount 100 to 200, this year": InvoiceFilter(
            status="paid", minimum=Decimal(100), maximum=Decimal(200), start=year, end=today
        ),
        "to be paid, a year ago (few)": InvoiceFilter(
            status="open", start=today - timedelta(days=400), end=today - timedelta(days=365)
        ),
    }


def _filters(table: Table, company: OpenCompany, plain: Plain) -> None:
    for name, wanted in filters(company, plain).items():
        page = milliseconds(lambda w=wanted: invoices.page(company, w))
        figures = milliseconds(lambda w=wanted: (invoices.counts(company), invoices.sums(company, w)))
        both = tuple(rows + rest for rows, rest in zip(page, figures, strict=True))
        base = plain.same(
            company,
            lambda w=wanted: invoices.page(company, w),
            lambda w=wanted: (invoices.counts(company), invoices.sums(company, w)),
        )
        table.add(Result(name, both, base, "sqlite3", 100, window=statistics.median(page)))


def _texts(table: Table, company: OpenCompany, plain: Plain) -> None:
    number = plain.ask("SELECT number FROM invoice WHERE number IS NOT NULL ORDER BY seq LIMIT 1 OFFSET 1000")[0][0]
    for words in ("d", "du", "durand", "restaurant durand", number[:6], number, "zzzz"):
        for status in ("", "open"):
            wanted = InvoiceFilter(status=status, text=words)
            page = milliseconds(lambda w=wanted: invoices.page(company, w))
            figures = milliseconds(lambda: invoices.counts(company))
            both = tuple(rows + rest for rows, rest in zip(page, figures, strict=True))
            base = plain.same(company, lambda w=wanted: invoices.page(company, w), lambda: invoices.counts(company))
            found = len(invoices.page(company, wanted).rows)
            name = f"“{words}”{', to be paid' if status else ''}"
            window = statistics.median(page)
            table.add(Result(name, both, base, "sqlite3", 100, window=window, note=f"{found} rows"))


def _typing(table: Table, company: OpenCompany, plain: Plain) -> None:
    for words in ("d", "du", "dur", "durand", "durand 12", "lille", "0320", "vis"):
        times = milliseconds(lambda w=words: palette.find(company, w))
        base = plain.same(company, lambda w=words: palette.find(company, w))
        table.add(Result(f"palette: “{words}”", times, base, "sqlite3", 50))
    for words in ("d", "du", "durand", "durand 12"):
        query = ListQuery("client", text=words)
        times = milliseconds(lambda q=query: records.page(company, q, limit=PAGE))
        base = plain.same(company, lambda q=query: records.page(company, q, limit=PAGE))
        table.add(Result(f"client list: “{words}”", times, base, "sqlite3", 50))
        times = milliseconds(lambda q=query: records.page(company, q, limit=8))
        table.add(Result(f"client picker of the editor, 8 rows: “{words}”", times, goal=50))
    for words in ("v", "vis", "panneau"):
        query = ListQuery("product", text=words)
        times = milliseconds(lambda q=query: records.page(company, q, limit=8))
        table.add(Result(f"product picker of a line, 8 rows: “{words}”", times, goal=50))


def _others(table: Table, company: OpenCompany, plain: Plain) -> None:
    def add(name: str, page: Work, figures: Work) -> None:
        rows, rest = milliseconds(page), milliseconds(figures)
        both = tuple(one + other for one, other in zip(rows, rest, strict=True))
        base = plain.same(company, page, figures)
        table.add(Result(name, both, base, "sqlite3", 100, window=statistics.median(rows)))

    def client_page() -> None:
        found = records.page(company, ListQuery("client"), limit=PAGE).rows
        clients.balances(company, [row["id"] for row in found])

    query = ListQuery("client")
    add(
        "clients, with what each owes",
        client_page,
        lambda: (records.count(company, query), invoices.sums(company, InvoiceFilter(status="open"))),
    )
    add(
        "products",
        lambda: records.page(company, ListQuery("product"), limit=PAGE),
        lambda: (records.count(company, ListQuery("product")), stock.counts(company)),
    )
    add(
        "payments",
        lambda: payments.page(company),
        lambda: payments.totals(company),
    )
    for state in ("", "low", "negative", "unmoved"):
        add(
            f"stock levels, {state or 'all'}",
            lambda s=state: stock.page(company, s),
            lambda: stock.counts(company),
        )
    add(
        "stock movements",
        lambda: stock.movements(company),
        lambda: None,
    )
    product = plain.ask("SELECT product_id FROM stock_movement GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1")[0][0]
    add(
        "stock movements of one product, and its step chart",
        lambda: (stock.movements(company, product), stock.history(company, product)),
        lambda: None,
    )
    client = plain.ask("SELECT client_id FROM invoice GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1")[0][0]
    add(
        "figures of one client (drawer)",
        lambda: clients.figures(company, client),
        lambda: None,
    )
    invoice = plain.ask("SELECT id FROM invoice WHERE number IS NOT NULL LIMIT 1 OFFSET 999")[0][0]
    add(
        "one invoice with its lines (drawer, editor)",
        lambda: invoices.show(company, invoice),
        lambda: None,
    )


def _dashboard(table: Table, company: OpenCompany, plain: Plain) -> None:
    base = plain.same(company, lambda: dashboard.figures(company))
    times = milliseconds(lambda: dashboard.figures(company))
    table.add(Result("all figures but the stock's value", times, base, "sqlite3", 300, note="in a worker"))
    movements = "SELECT product_id, quantity, unit_cost FROM stock_movement ORDER BY product_id, moved_on, id"
    first = milliseconds(lambda: dashboard.StockValue(company).total(), 2, 0)
    base = statistics.median(milliseconds(lambda: plain.ask(movements), 2, 0))
    table.add(Result("value of the stock, first time", first, base, "sqlite3, rows only", note="in a worker"))
    kept = dashboard.StockValue(company)
    kept.total()
    moved = [row[0] for row in plain.ask("SELECT id FROM product WHERE type = 'goods' LIMIT 10")]

    def again() -> None:
        kept.forget(moved)
        kept.total()

    table.add(Result("value of the stock after 10 products moved", milliseconds(again), goal=300, note="in a worker"))
